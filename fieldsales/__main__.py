"""`python -m fieldsales` is the `fieldsales` command."""

from fieldsales.cli import main

main()
