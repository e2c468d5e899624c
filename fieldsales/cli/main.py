"""The command's root: joins the groups and turns our errors into a sentence and an exit code."""

from __future__ import annotations

import os
import sys

import typer

from fieldsales.cli import customers, database, gazetteer, server, users
from fieldsales.errors import FieldSalesError
from fieldsales.i18n import negotiate_locale, text_for

UNUSABLE_INPUT = 2

app = typer.Typer(no_args_is_help=True, add_completion=False, help="FieldSales: a self-hosted field-sales map.", pretty_exceptions_enable=False)
for group in (server, database, users, gazetteer, customers):
    group.register(app)


def main() -> None:
    """Run the command; an error of ours is one sentence on stderr and exit code 2."""
    try:
        app()
    except FieldSalesError as error:
        text = text_for(negotiate_locale(os.environ.get("LANG", "").split(".")[0], default="en"))
        print(text.error(error), file=sys.stderr)
        sys.exit(UNUSABLE_INPUT)
