"""The command's root: joins the groups and turns our errors into a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import typer

from fieldsales.errors import FieldSalesError

UNUSABLE_INPUT = 2

# Which module registers which commands: a command loads its own module alone, for loading all takes a second.
MODULES = {
    "server": ("serve", "worker", "demo"),
    "database": ("db",),
    "users": ("user",),
    "gazetteer": ("gazetteer", "locate"),
    "customers": ("import", "export"),
    "planning": ("plan",),
}


def build_app(command: str | None = None) -> typer.Typer:
    """Return the command with the group of `command`, or with all groups for help and for what we do not know."""
    app = typer.Typer(
        no_args_is_help=True, add_completion=False, help="FieldSales: a self-hosted field-sales map.", pretty_exceptions_enable=False
    )
    app.callback()(lambda: None)  # keeps a single command a subcommand
    wanted = [module for module, commands in MODULES.items() if command in commands] or list(MODULES)
    for module in wanted:
        import_module(f"fieldsales.cli.{module}").register(app)
    return app


def main() -> None:
    """Run the command; an error of ours is one sentence on stderr and exit code 2."""
    try:
        build_app(next((argument for argument in sys.argv[1:] if not argument.startswith("-")), None))()
    except FieldSalesError as error:
        from fieldsales.i18n import negotiate_locale, text_for

        text = text_for(negotiate_locale(os.environ.get("LANG", "").split(".")[0], default="en"))
        print(text.error(error), file=sys.stderr)
        sys.exit(UNUSABLE_INPUT)
