"""A paper on the screen: each part as a table that becomes a list of cards on a phone, with its file behind it."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import streamlit as st

from fieldsales.domain.papers import Cell, CellKind, Column, Line, Paper, Part
from fieldsales.ui.format import safe, safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.wording.papers import NOTHING, plain_cell, say_cell

_LONG_NOTE = 240
_AT_ONCE = 5  # how many cards stand there without a tap
_AS_TABLE = 4  # up to so many columns a phone shows a table as it is
_AS_FIGURES = 6  # and up to so many a line for each, the name above numbers too wide to stand beside it
_CARDS = ("fs-paper fs-paper-cards", "fs-paper fs-paper-cards fs-paper-counts")
LinkOf = Callable[[Line], str]


def draw_paper_head(paper: Paper) -> None:
    """Draw of whom and of when the paper is."""
    remarks = "".join(f"<p>{html.escape(remark)}</p>" for remark in paper.remarks)
    st.html(f'<div class="fs-paper-head"><h2>{safe(paper.title)}</h2><p>{safe(paper.about)}</p>{remarks}</div>')


def draw_paper_parts(page: Page, paper: Paper, *, key: str, link_of: LinkOf) -> None:
    """Draw what the paper says; `link_of` gives the address a line leads to, empty for none."""
    for part in paper.parts:
        with st.container(key=f"{key}_{part.key}", gap=None):
            st.html(_part(page, part, link_of))
            if part.lines:
                _draw_file(page, part, key=f"{key}_{part.key}")


def names_customers(part: Part) -> bool:
    """True for a part that says which customers there are, or what people wrote."""
    return any(line.customer_id is not None for line in part.lines) or any(column.note for column in part.columns)


def _draw_file(page: Page, part: Part, *, key: str) -> None:
    header = [column.name for column in part.columns]
    rows = [[plain_cell(cell) for cell in line.cells] for line in part.lines]
    draw_table_export(page, key=key, name=part.title, header=header, rows=rows, names_customers=names_customers(part))


def _part(page: Page, part: Part, link_of: LinkOf) -> str:
    title = f'<h3 class="fs-section">{safe(part.title)}</h3>'
    remark = f'<p class="fs-quiet">{html.escape(part.remark)}</p>' if part.remark else ""
    if not part.lines:
        return title + remark
    at_once = _AT_ONCE if _look(part) in _CARDS else len(part.lines)
    first = _table(page, part, part.lines[:at_once], link_of)
    if len(part.lines) > at_once:
        everything = page.text.gettext("Show all ({count})").format(count=page.text.number(len(part.lines)))
        rest = _table(page, part, part.lines[at_once:], link_of)
        first += f'<details class="fs-paper-rest"><summary>{html.escape(everything)}</summary>{rest}</details>'
    return title + first + remark


def _table(page: Page, part: Part, lines: Sequence[Line], link_of: LinkOf) -> str:
    head = "".join(f'<th scope="col" role="columnheader"{_class(column)}>{html.escape(column.name)}</th>' for column in part.columns)
    rows = "".join(_line(page, part, line, link_of(line)) for line in lines)
    look = _look(part)
    body = f'<thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">{rows}</tbody>'
    return f'<div class="fs-paper-wide"><table class="{look}" role="table">{body}</table></div>'


def _look(part: Part) -> str:
    """Return how a phone shows a part: as it is, a line for each figure, or a card for each line."""
    if names_customers(part):
        return _CARDS[0]
    if len(part.columns) <= _AS_TABLE:
        return "fs-paper"
    return "fs-paper fs-paper-figures" if len(part.columns) <= _AS_FIGURES else _CARDS[1]


def _line(page: Page, part: Part, line: Line, link: str) -> str:
    named = next((at for at, column in enumerate(part.columns) if _is_name(part, at, column)), 0)
    cells = "".join(
        _cell(page, column, cell, link if at == named else "", name=at == named)
        for at, (column, cell) in enumerate(zip(part.columns, line.cells, strict=True))
    )
    return f'<tr role="row">{cells}</tr>'


def _is_name(part: Part, at: int, column: Column) -> bool:
    """True for the column that names what a line is about: the first one that holds a text."""
    return not column.number and not column.note and part.lines[0].cells[at].kind is CellKind.TEXT


def _cell(page: Page, column: Column, cell: Cell, link: str, *, name: bool) -> str:
    said = say_cell(cell, page.text)
    shown = _note(said) if cell.kind is CellKind.NOTE else safe(said)
    if link:
        shown = f'<a href="{html.escape(link, quote=True)}" target="_self">{shown or NOTHING}</a>'
    money = cell.kind in (CellKind.MONEY, CellKind.MONEY_CHANGE)
    return f'<td role="cell"{_class(column, name=name, money=money)} data-name="{html.escape(column.name, quote=True)}">{shown}</td>'


def _class(column: Column, *, name: bool = False, money: bool = False) -> str:
    number = "fs-number fs-money" if money else "fs-number"
    kind = "fs-note" if column.note else number if column.number else "fs-name" if name else ""
    return f' class="{kind}"' if kind else ""


def _note(note: str) -> str:
    if len(note) <= _LONG_NOTE:
        return safe_lines(note)
    return f"<details><summary>{safe(note[:_LONG_NOTE])}…</summary>{safe_lines(note)}</details>"
