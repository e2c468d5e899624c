"""The `fieldsales` command: one module a group, each registering itself on the app."""

from fieldsales.cli.main import app, main

__all__ = ["app", "main"]
