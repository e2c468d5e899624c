"""PDF on A4: embedded font, selectable text, page numbers; long notes flow over as many pages as they need."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from fieldsales.adapters.documents.fonts import FONT, drawable, embedded_font
from fieldsales.domain.documents import Block, Document, Figures, Heading, Prose, Row, Table

MARGIN = 16 * mm
_LINE_HEIGHT = 7.5 * mm  # what a hand needs to write between two lines
_PADDING = 6  # what reportlab keeps free inside a frame
WIDTH = A4[0] - 2 * (MARGIN + _PADDING)
MAX_ACROSS = 5
MAX_PARAGRAPH = 2_000  # reportlab breaks a paragraph anew for every page it reaches over
_INK, _QUIET, _ACCENT, _LINE = HexColor("#17201e"), HexColor("#5b6966"), HexColor("#0f766e"), HexColor("#d8dedc")
_PANEL = HexColor("#f3f5f4")
_one_at_a_time = threading.Lock()  # the font keeps which glyphs a document uses


def _style(name: str, size: float, **values: Any) -> ParagraphStyle:
    values = {"leading": size * 1.5, "textColor": _INK} | values
    return ParagraphStyle(name, fontName=FONT, fontSize=size, wordWrap="CJK", **values)


_TITLE = _style("title", 17)
_ABOUT = _style("about", 9, textColor=_QUIET, spaceAfter=3 * mm)
_HEADING = _style("heading", 11, textColor=_ACCENT, spaceBefore=4 * mm, spaceAfter=1 * mm, keepWithNext=1)
_PROSE = _style("prose", 9.5)
_SMALL = _style("small", 8.5, textColor=_QUIET)
_NOTE = _style("note", 8.5, leftIndent=4 * mm)
_CELL = _style("cell", 8.5)
_NUMBER = _style("number", 8.5, alignment=2)
_HEAD = _style("head", 7.5, textColor=_QUIET)
_HEAD_NUMBER = _style("head_number", 7.5, textColor=_QUIET, alignment=2)
_NAME = _style("name", 7.5, textColor=_QUIET)
_VALUE = _style("value", 13)


def write_pdf(document: Document) -> bytes:
    """Return the document as a PDF file."""
    file = io.BytesIO()
    with _one_at_a_time:
        embedded_font()
        template = SimpleDocTemplate(
            file,
            pagesize=A4,
            leftMargin=MARGIN,
            rightMargin=MARGIN,
            topMargin=MARGIN,
            bottomMargin=MARGIN + 4 * mm,
            title=document.title,
            author=document.author,
            lang=document.language,
        )
        head = [*_paragraphs(document.title, _TITLE), *_paragraphs(document.about, _ABOUT)]
        story = [*head, *(flowable for block in document.blocks for flowable in _flowables(block))]
        template.build(story, canvasmaker=partial(_NumberedCanvas, footer=drawable(document.footer)))
    return file.getvalue()


class _NumberedCanvas(Canvas):  # type: ignore[misc]  # reportlab publishes no types
    """A canvas that knows how many pages there are: they are finished when the last one is."""

    def __init__(self, *arguments: Any, footer: str, **named: Any) -> None:
        # Else reportlab names Helvetica on every page, which it neither draws with nor embeds.
        super().__init__(*arguments, **named | {"initialFontName": FONT})
        self._footer = footer
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Keep the page for later, as reportlab calls it."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every page with its number and the file, as reportlab calls it."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont(FONT, 8)
            self.setFillColor(_QUIET)
            self.drawString(MARGIN + _PADDING, 10 * mm, self._footer)
            self.drawRightString(A4[0] - MARGIN - _PADDING, 10 * mm, f"{number} / {len(self._pages)}")
            super().showPage()
        super().save()


def _flowables(block: Block) -> Iterator[Flowable]:
    if isinstance(block, Heading):
        yield from _paragraphs(block.text, _HEADING)
    elif isinstance(block, Prose):
        yield from _paragraphs(block.text, _SMALL if block.quiet else _PROSE)
    elif isinstance(block, Figures):
        yield _figures(block)
    else:
        yield from _table(block)


def _paragraphs(text: str, style: ParagraphStyle) -> Iterator[Paragraph | Spacer]:
    for line in drawable(text).split("\n"):
        if not line.strip():
            yield Spacer(0, style.leading / 2)
        for start in range(0, len(line), MAX_PARAGRAPH):
            yield Paragraph(escape(line[start : start + MAX_PARAGRAPH]), style)


def _figures(figures: Figures) -> Grid:
    cells = [[*_paragraphs(value, _VALUE), *_paragraphs(name, _NAME)] for name, value in figures.pairs]
    across = min(len(cells), MAX_ACROSS)
    rows = [cells[start : start + across] for start in range(0, len(cells), across)]
    rows[-1] += [[] for _ in range(across - len(rows[-1]))]
    style = [
        ("BACKGROUND", (0, 0), (-1, -1), _PANEL),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("INNERGRID", (0, 0), (-1, -1), 2, HexColor("#ffffff")),
    ]
    return Grid(rows, colWidths=[WIDTH / across] * across, style=style, hAlign="LEFT")


def _table(table: Table) -> Iterator[Flowable]:
    """Yield the header and each row as a grid of its own, so that a note between two rows may be longer than a page."""
    header = _grid(table, table.header, _HEAD, _HEAD_NUMBER)
    header.keepWithNext = 1
    yield header
    for row in table.rows:
        # What is to be written on stays on one page with what it is about; only a note may be longer than a page.
        yield from (KeepTogether(list(_row(table, row))),) if row.lines else _row(table, row)


def _row(table: Table, row: Row) -> Iterator[Flowable]:
    grid = _grid(table, row.cells, _CELL, _NUMBER)
    grid.keepWithNext = 1 if row.note else 0
    yield grid
    if row.note:
        yield from _paragraphs(row.note, _NOTE)
        yield Spacer(0, 1.5 * mm)
    if row.lines:
        yield _ruled(row.lines)


def _ruled(lines: int) -> Grid:
    """Return empty lines to write on."""
    look = [("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE)]
    heights = [_LINE_HEIGHT] * lines
    return Grid([[""]] * lines, colWidths=[WIDTH - 4 * mm], rowHeights=heights, style=look, hAlign="RIGHT", spaceAfter=2 * mm)


def _grid(table: Table, cells: tuple[str, ...], style: ParagraphStyle, number: ParagraphStyle) -> Grid:
    drawn = [list(_paragraphs(cell, number if i in table.numbers else style)) for i, cell in enumerate(cells)]
    whole = sum(table.shares)
    look = [
        ("LINEABOVE", (0, 0), (-1, 0), 0.4, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    return Grid([drawn], colWidths=[WIDTH * share / whole for share in table.shares], style=look, hAlign="LEFT")
