"""Documents to print, as words and tables: what they say, not how they look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Text as a person wrote it, line breaks kept; `quiet` is smaller and paler."""

    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """A few (name, value) pairs side by side."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; `note` stands below it over the whole width, and may be long.

    `lines` are empty ones below that, to write on.
    """

    cells: tuple[str, ...]
    note: str = ""
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header; `shares` are the columns' parts of the width, `numbers` the columns that align right."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    shares: tuple[float, ...]
    numbers: frozenset[int] = frozenset()


Block = Heading | Prose | Figures | Table


@dataclass(frozen=True, slots=True)
class Document:
    """A document: `about` stands beside the title, `footer` on every page; `language` is a code such as ja."""

    title: str
    author: str
    about: str
    footer: str
    language: str
    blocks: tuple[Block, ...]
