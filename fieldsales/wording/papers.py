"""Papers as they are read: on a screen, on paper, and by programs; the same cells in each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from fieldsales.domain.documents import Block, Document, Heading, Prose, Row, Table
from fieldsales.domain.papers import Cell, CellKind, Line, Paper, Part
from fieldsales.i18n import Text

NOTHING = "–"


def say_cell(cell: Cell, text: Text) -> str:
    """Return a cell as people read it; days have their year, since papers are kept."""
    value = cell.value
    if value is None:
        return NOTHING
    if isinstance(value, date):
        return text.day(value, today=date.min)
    if isinstance(value, str):
        return value
    match cell.kind:
        case CellKind.MONEY:
            return text.money(round(value))
        case CellKind.MONEY_CHANGE:
            return _signed(value, text.money(abs(round(value))))
        case CellKind.CHANGE:
            return _signed(value, text.number(abs(value)))
        case CellKind.SHARE:
            return text.percent(value)
        case _:
            return text.number(value)


def plain_cell(cell: Cell) -> str | int | float:
    """Return a cell as programs read it: days as 2026-11-21, numbers as numbers, a share with its sign, nothing for None."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return f"{value}%" if cell.kind is CellKind.SHARE else value


def to_document(paper: Paper, text: Text) -> Document:
    """Return a paper as a document to print."""
    return Document(
        title=paper.title,
        author=paper.author,
        about=paper.about,
        footer=f"FieldSales · {paper.title}",
        language=paper.language,
        blocks=tuple(_blocks(paper, text)),
    )


def to_table(paper: Paper) -> tuple[tuple[str, ...], Iterator[tuple[str | int | float, ...]]]:
    """Return a paper as header and rows of one table: each part with a row of its headings, its name in the first cell of every row."""
    return (paper.title, paper.about), _rows(paper)


def _rows(paper: Paper) -> Iterator[tuple[str | int | float, ...]]:
    for remark in paper.remarks:
        yield (paper.title, remark)
    for part in paper.parts:
        if part.lines:
            yield (part.title, *(column.name for column in part.columns))
        for line in part.lines:
            yield (part.title, *(plain_cell(cell) for cell in line.cells))
        if part.remark:
            yield (part.title, part.remark)


def _blocks(paper: Paper, text: Text) -> Iterator[Block]:
    for remark in paper.remarks:
        yield Prose(remark, quiet=True)
    for part in paper.parts:
        yield Heading(part.title)
        if part.lines:
            yield _table(part, text)
        if part.remark:
            yield Prose(part.remark, quiet=True)


def _table(part: Part, text: Text) -> Table:
    shown = [(at, column) for at, column in enumerate(part.columns) if not column.note]
    return Table(
        header=tuple(column.name for _at, column in shown),
        rows=tuple(_row(part, line, text) for line in part.lines),
        shares=tuple(column.width for _at, column in shown),
        numbers=frozenset(place for place, (_at, column) in enumerate(shown) if column.number),
    )


def _row(part: Part, line: Line, text: Text) -> Row:
    said = [(column, say_cell(cell, text)) for column, cell in zip(part.columns, line.cells, strict=True)]
    notes = [cell for column, cell in said if column.note and cell not in ("", NOTHING)]
    return Row(tuple(cell for column, cell in said if not column.note), "\n".join(notes))


def _signed(value: float, size: str) -> str:
    if not value:
        return f"±{size}"
    return f"{'+' if value > 0 else '−'}{size}"
