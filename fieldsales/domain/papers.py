"""A paper: what a screen shows, a PDF prints and a CSV holds, said once. Its words are in one language, its cells are values.

`wording.papers` turns it into what is read; nothing that draws one adds or leaves out a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

Value = str | int | float | date | None


class CellKind(StrEnum):
    """What a value is, and so how it is read: `CHANGE` has a sign, `SHARE` is in percent, `NOTE` may be long, money is yen."""

    TEXT = "text"
    NUMBER = "number"
    CHANGE = "change"
    MONEY = "money"
    MONEY_CHANGE = "money_change"
    SHARE = "share"
    DAY = "day"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value; None is nothing to be said."""

    value: Value
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a part; `customer_id` and `user_id` say whose page it leads to on a screen."""

    cells: tuple[Cell, ...]
    customer_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and the column's share of the width on paper; a column of notes stands below its line there."""

    name: str
    width: float = 20.0
    number: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a paper under its title: `remark` is said below it, such as what it leaves out, or that there is nothing.

    `key` names it to programs. Every line has a cell for each column.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper; `about` says of whom and of when, `remarks` what a reader should know first."""

    title: str
    about: str
    language: str
    author: str
    remarks: tuple[str, ...]
    parts: tuple[Part, ...]
