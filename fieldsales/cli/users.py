"""`fieldsales user …`: who may log in."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from fieldsales.cli.runtime import open_runtime
from fieldsales.domain.words import Role
from fieldsales.errors import N_, FixTheInput
from fieldsales.services.accounts import accounts, sessions

group = typer.Typer(no_args_is_help=True, help="Who may log in.")
PasswordFromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")]


class PasswordsDiffer(FixTheInput):
    code = "passwords_differ"
    message = N_("The two passwords differ.")
    field = "password"


class NoPassword(FixTheInput):
    code = "no_password"
    message = N_("There is no terminal to ask for the password: use --password-stdin.")
    field = "password"


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(group, name="user")


@group.command()
def add(
    email: str,
    name: Annotated[str, typer.Option(help="The name that colleagues see.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    team: Annotated[str, typer.Option(help="The user's team; created when there is none of that name.")] = "",
    password_stdin: PasswordFromStdin = False,
) -> None:
    """Add a user."""
    runtime = open_runtime()
    password = _ask_password(from_stdin=password_stdin)
    with runtime.database.write() as session:
        user = accounts.add_user(session, None, email=email, name=name, role=role, password=password, team_name=team, now=runtime.clock())
    typer.echo(f"Added {user.email} ({user.role.value}).")


@group.command(name="list")
def list_all() -> None:
    """List all users: e-mail address, role, team, name."""
    with open_runtime().database.read() as session:
        for user in accounts.list_users(session, None):
            state = "disabled" if user.disabled_at is not None else "active"
            typer.echo("\t".join([user.email, user.role.value, user.team.name if user.team else "-", state, user.name]))


@group.command()
def disable(email: str) -> None:
    """Take away the right to log in, at once and on every device."""
    runtime = open_runtime()
    with runtime.database.write() as session:
        user = accounts.find_by_email(session, None, email=email)
        accounts.disable_user(session, None, user_id=user.id, now=runtime.clock())
    typer.echo(f"{user.email} can no longer log in.")


@group.command()
def enable(email: str) -> None:
    """Give back the right to log in."""
    runtime = open_runtime()
    with runtime.database.write() as session:
        user = accounts.find_by_email(session, None, email=email)
        accounts.enable_user(session, None, user_id=user.id, now=runtime.clock())
    typer.echo(f"{user.email} can log in again.")


@group.command()
def password(email: str, password_stdin: PasswordFromStdin = False) -> None:
    """Set a new password and log the user out everywhere."""
    runtime = open_runtime()
    with runtime.database.read() as session:
        user = accounts.find_by_email(session, None, email=email)
    new = _ask_password(from_stdin=password_stdin)
    with runtime.database.write() as session:
        accounts.set_password(session, None, user_id=user.id, password=new, now=runtime.clock())
    typer.echo(f"{user.email} has a new password.")


@group.command()
def logout(email: str) -> None:
    """Log a user out on every device."""
    runtime = open_runtime()
    with runtime.database.write() as session:
        user = accounts.find_by_email(session, None, email=email)
        ended = sessions.close_all_sessions(session, user, now=runtime.clock())
    typer.echo(f"{user.email}: {ended} log-ins ended.")


def _ask_password(*, from_stdin: bool) -> str:
    """Return a password from standard input, or typed twice on a terminal.

    Raises:
        NoPassword, PasswordsDiffer.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise NoPassword()
    typed = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != typed:
        raise PasswordsDiffer()
    return typed
