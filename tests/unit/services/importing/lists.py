"""Lists for tests: rows in memory, imported as the screen and the command do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.tables import TableFormat, TableRow
from fieldsales.errors import FieldSalesError
from fieldsales.services import importing

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class MemorySheet:
    """A table that was never a file."""

    table: Sequence[Sequence[str]]
    format: TableFormat = field(default_factory=lambda: TableFormat("csv"))

    def rows(self) -> Iterator[TableRow]:
        for line, cells in enumerate(self.table, start=1):
            if any(map(str.strip, cells)):
                yield TableRow(line, tuple(cells))


def import_table(
    database: Database,
    actor: User,
    table: Sequence[Sequence[str]],
    *,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    now: datetime = NOW,
    **options: Any,
) -> importing.ImportResult:
    """Import a table whose first row holds the headings."""
    sheet = MemorySheet(table)
    heading = importing.read_heading(sheet)
    columns = importing.columns_from(heading, mapping or {}, importing.guess_columns(heading, importing.data_rows(sheet, heading)))
    with database.read() as session:
        people = importing.find_people(session, actor)
    reader = importing.RowReader(heading, columns, people)
    rows = list(reader.read(sheet.rows()))
    with (database.read if dry_run else database.write)() as session:
        chosen = importing.ImportOptions(**options)
        result = importing.import_rows(session, actor, reader=reader, rows=rows, options=chosen, now=now, dry_run=dry_run)
    check_counts(result)
    return result


def check_counts(result: importing.ImportResult) -> None:
    """Both sums of the contract, for every import that any test makes."""
    counts = result.counts()
    taken = counts["created"] + counts["updated"] + counts["unchanged"]
    assert counts["rows"] == taken + counts["rejected"]
    assert taken == counts["located"] + counts["approximate"] + counts["pending"] + counts["unlocated"]


def fates(result: importing.ImportResult) -> tuple[int, int, int, int]:
    """Return created, updated, unchanged, rejected."""
    return tuple(result.fates[fate] for fate in importing.Fate)  # type: ignore[return-value]


def stored(database: Database) -> list[Customer]:
    """Return all customers with their tags."""
    with database.read() as session:
        return list(session.scalars(select(Customer).order_by(Customer.id).options(selectinload(Customer.tags))))


def errors_of(result: importing.ImportResult) -> list[type[FieldSalesError]]:
    """Return why rows were rejected, in order."""
    return [type(reject.error) for reject in result.rejects]
