"""`fieldsales user …`, as an administrator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from fieldsales.cli import users
from fieldsales.cli.users import NoPassword, PasswordsDiffer
from fieldsales.db.database import Database
from fieldsales.errors import EmailTaken, PasswordTooShort, UserNotFound
from fieldsales.services.accounts import accounts
from fieldsales.services.accounts.passwords import verify_password
from fieldsales.services.accounts.sessions import find_user, open_session


@pytest.fixture
def run(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Return a function that runs `fieldsales user …` and returns what it printed; an error of ours is raised."""
    monkeypatch.setenv("FIELDSALES_DATABASE_URL", database.url)
    monkeypatch.setenv("FIELDSALES_DATA_DIR", str(tmp_path))
    app = typer.Typer()
    users.register(app)

    def call(*arguments: str, stdin: str = "") -> str:
        done = CliRunner().invoke(app, ["user", *arguments], input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return call


def test_a_user_is_added_listed_disabled_and_enabled(run, database: Database, now) -> None:  # type: ignore[no-untyped-def]
    add = ("add", "Eri@Example.com", "--name", "江里", "--role", "manager", "--team", "北", "--password-stdin")
    assert "eri@example.com (manager)" in run(*add, stdin="a long password\n")
    assert run("list") == "eri@example.com\tmanager\t北\tactive\t江里\n"
    with database.write() as session:
        user = accounts.find_by_email(session, None, email="eri@example.com")
        token = open_session(session, user, user_agent="", now=now)
    run("disable", "ERI@example.com")
    assert "disabled" in run("list")
    with database.read() as session:
        assert find_user(session, token, now=now) is None
    run("enable", "eri@example.com")
    assert "active" in run("list")


def test_a_password_is_replaced_and_every_device_logged_out(run, database: Database, people) -> None:  # type: ignore[no-untyped-def]
    run("password", "aiko@example.com", "--password-stdin", stdin="another password\r\nsecond line\n")
    with database.read() as session:
        assert verify_password("another password", accounts.find_by_email(session, None, email="aiko@example.com").password_hash)
    assert "0 log-ins ended" in run("logout", "aiko@example.com")


def test_unusable_input_is_refused(run, people, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    add = ("--name", "A", "--role", "rep", "--password-stdin")
    with pytest.raises(EmailTaken):
        run("add", "aiko@example.com", *add, stdin="a long password")
    with pytest.raises(PasswordTooShort):
        run("add", "eri@example.com", *add, stdin="short")
    with pytest.raises(UserNotFound):
        run("disable", "nobody@example.com")
    with pytest.raises(NoPassword):
        run("password", "aiko@example.com")


def test_on_a_terminal_the_password_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["a long password", "a long password", "a long password", "a longer password"])
    monkeypatch.setattr(users.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(users.getpass, "getpass", lambda _prompt: next(typed))
    assert users._ask_password(from_stdin=False) == "a long password"
    with pytest.raises(PasswordsDiffer):
        users._ask_password(from_stdin=False)
