"""`fieldsales db …`: migrations, backup and restore."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import typer

from fieldsales.cli.runtime import open_runtime
from fieldsales.errors import N_, FixTheInput

group = typer.Typer(no_args_is_help=True, help="Migrations, backup and restore.")


class UnusableBackup(FixTheInput):
    code = "unusable_backup"
    message = N_("This is not a backup of FieldSales: {why}")


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(group, name="db")


@group.command()
def upgrade() -> None:
    """Bring the tables to the newest version."""
    open_runtime()
    typer.echo("The database is up to date.")


@group.command()
def backup(file: Path) -> None:
    """Write a consistent copy of the database to FILE while the server goes on."""
    database = open_runtime(upgrade=False).database
    partial = file.with_name(file.name + ".partial")
    if database.is_sqlite:
        with closing(sqlite3.connect(str(database.engine.url.database))) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)
    else:
        _postgres("pg_dump", "--format=custom", f"--file={partial}", f"--dbname={_libpq_url(database.engine.url)}")
    partial.replace(file)
    typer.echo(f"Written to {file}.")


@group.command()
def restore(file: Path) -> None:
    """Replace the database by the backup in FILE; stop the server first."""
    if not file.is_file():
        raise UnusableBackup(why="no such file")
    runtime = open_runtime(upgrade=False)
    if runtime.database.is_sqlite:
        _restore_sqlite(file, Path(str(runtime.database.engine.url.database)))
    else:
        _postgres(
            "pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={_libpq_url(runtime.database.engine.url)}", str(file)
        )
    runtime.database.upgrade()
    typer.echo("The backup is in place.")


def _restore_sqlite(file: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as source:
            if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise UnusableBackup(why="damaged")
            if not source.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
                raise UnusableBackup(why="not our tables")
            with closing(sqlite3.connect(target)) as destination:
                source.backup(destination)
    except sqlite3.DatabaseError as error:
        raise UnusableBackup(why=str(error)) from error


def _libpq_url(url: object) -> str:
    return url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql", 1)  # type: ignore[attr-defined, no-any-return]


def _postgres(program: str, *arguments: str) -> None:
    if shutil.which(program) is None:
        raise UnusableBackup(why=f"{program} is not installed")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnusableBackup(why=done.stderr.strip()[-300:])
