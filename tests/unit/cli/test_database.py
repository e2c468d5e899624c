"""`fieldsales db`: a backup taken while people work comes back whole, and nonsense is refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from fieldsales.cli.database import UnusableBackup, group
from fieldsales.db.database import Database
from fieldsales.db.models import Team


@pytest.fixture
def team_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("FIELDSALES_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("FIELDSALES_DATABASE_URL", raising=False)
    assert CliRunner().invoke(group, ["upgrade"]).exit_code == 0
    return Database(f"sqlite:///{tmp_path / 'data' / 'fieldsales.sqlite3'}")


def team_names(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Team.name).order_by(Team.name)))


def test_a_backup_brings_back_what_was_there(team_database: Database, tmp_path: Path, now: datetime) -> None:
    with team_database.write() as session:
        session.add(Team(name="東"))
    assert CliRunner().invoke(group, ["backup", str(tmp_path / "b.sqlite3")]).exit_code == 0
    with team_database.write() as session:
        session.add(Team(name="あとから"))
    assert CliRunner().invoke(group, ["restore", str(tmp_path / "b.sqlite3")]).exit_code == 0
    assert team_names(team_database) == ["東"]


@pytest.mark.parametrize("content", [None, b"", b"not a database at all" * 100])
def test_what_is_not_a_backup_is_refused_and_nothing_changes(team_database: Database, tmp_path: Path, content: bytes | None) -> None:
    with team_database.write() as session:
        session.add(Team(name="東"))
    file = tmp_path / "b.sqlite3"
    if content is not None:
        file.write_bytes(content)
    assert isinstance(CliRunner().invoke(group, ["restore", str(file)]).exception, UnusableBackup)
    assert team_names(team_database) == ["東"]
