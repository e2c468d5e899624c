"""The `fieldsales` command: one module a group, each registering itself on the app."""

from fieldsales.cli.main import build_app, main

__all__ = ["build_app", "main"]
