"""A summary as a paper: what is on the page, in the PDF and in the CSV are the same cells; awkward summaries say so in a sentence."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from fieldsales.adapters.documents import write_pdf
from fieldsales.adapters.documents.fonts import drawable
from fieldsales.adapters.tables import sheet_bytes
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.papers import Cell, CellKind, Paper
from fieldsales.domain.spans import Span
from fieldsales.domain.tables import TableFormat, neutralised
from fieldsales.domain.team_summary import (
    DealFact,
    FigureFact,
    OverdueFact,
    PersonFact,
    ReportCount,
    SummaryFigure,
    TeamSummary,
    UnreadReport,
)
from fieldsales.domain.words import Outcome
from fieldsales.i18n import text_for
from fieldsales.wording.papers import plain_cell, say_cell, to_document, to_table
from fieldsales.wording.team_summary import summary_paper

NASTY = "=SUM(A1) <script>alert(1)</script> 𠮷野家"
DAY = date(2026, 11, 18)
DEAL = DealFact(7, "高松食品", "愛子", Likelihood.B, Likelihood.A, DAY, 1_200_000, Outcome.QUOTE, "", "来月に見積。\n工場長も同席。")
EMPTY = TeamSummary(
    span=Span.read("2026-W47"), against=Span.read("2026-W46"), today=date(2026, 11, 24), teams=(), people_chosen=(), tags=(), areas=(),
    figures=tuple(FigureFact(figure, 0, 0) for figure in SummaryFigure), people=(), deals=(), deal_count=0, lost=(), lost_count=0,
    overdue=(), overdue_count=0, unread=(), unread_count=0, author="千恵",
)  # fmt: skip
AIKO = PersonFact(1, "愛子", False, 12, 10, 3, 2, 1_234_567, 9, 8, 4, ReportCount(5, 3, 1, (date(2026, 11, 16), date(2026, 11, 19))))
FULL = replace(
    EMPTY,
    teams=("東チーム",),
    tags=("VIP",),
    areas=("香川県高松市",),
    figures=tuple(
        FigureFact(figure, 12 + n, 15 - n, 20.5 if figure is SummaryFigure.VISITS else None) for n, figure in enumerate(SummaryFigure)
    ),
    people=(AIKO, replace(AIKO, user_id=2, name="牡丹", left=True, reports=ReportCount(0, 0, 0, ()))),
    deals=(DEAL, replace(DEAL, customer_id=8, customer=NASTY, amount=None, note="")),
    deal_count=5,
    lost=(replace(DEAL, after=Likelihood.LOST, word="他社に決定"), replace(DEAL, after=Likelihood.LOST, outcome=None, note=NASTY)),
    lost_count=2,
    overdue=(OverdueFact(9, "石渡設備", "", None, DAY, 50_000), OverdueFact(10, "青木", "愛子", DAY, None, None)),
    overdue_count=2,
    unread=(UnreadReport(1, "愛子", DAY, "順調です", 2),),
    unread_count=1,
)


def cells(paper: Paper) -> list[Cell]:
    return [cell for part in paper.parts for line in part.lines for cell in line.cells]


def words(paper: Paper) -> list[str]:
    """Return what is said of a paper beside its cells."""
    parts = [text for part in paper.parts for text in (part.title, part.remark, *(c.name for c in part.columns if part.lines))]
    return [paper.title, paper.about, *paper.remarks, *parts]


def written(cell: Cell) -> str:
    """Return what a file holds for a cell: texts that might be formulas are neutralised, numbers are numbers."""
    value = plain_cell(cell)
    return neutralised(value) if isinstance(value, str) else str(value)


def squeezed(text: str) -> str:
    """Return `text` without the breaks that lines and pages put into it."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("summary", [EMPTY, FULL], ids=["empty", "full"])
def test_every_cell_and_word_of_the_paper_is_in_the_pdf(summary: TeamSummary, locale: str) -> None:
    text = text_for(locale)
    paper = summary_paper(summary, text)
    read = squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(write_pdf(to_document(paper, text)))).pages))
    said = [say_cell(cell, text) for cell in cells(paper)]
    notes = {column.name for part in paper.parts for column in part.columns if column.note}  # a note stands below, without its heading
    wanted = [*said, *(word for word in words(paper) if word not in notes)]
    assert [word for word in wanted if squeezed(drawable(word)) not in read] == []


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("summary", [EMPTY, FULL], ids=["empty", "full"])
def test_every_cell_and_word_of_the_paper_is_in_the_csv_and_nothing_else(summary: TeamSummary, locale: str) -> None:
    paper = summary_paper(summary, text_for(locale))
    header, rows = to_table(paper)
    read = list(csv.reader(io.StringIO(sheet_bytes(header, rows, TableFormat("csv", "utf-8-sig")).decode("utf-8-sig"), newline="")))
    wanted = [[paper.title, paper.about], *([paper.title, remark] for remark in paper.remarks)]
    for part in paper.parts:
        wanted += [[part.title, *(column.name for column in part.columns)]] if part.lines else []
        wanted += [[part.title, *(written(cell) for cell in line.cells)] for line in part.lines]
        wanted += [[part.title, part.remark]] if part.remark else []
    assert read == wanted


def test_every_line_has_a_cell_for_each_column() -> None:
    for part in summary_paper(FULL, text_for("ja")).parts:
        assert {len(line.cells) for line in part.lines} == {len(part.columns)}


def test_programs_read_days_and_numbers_and_no_formula() -> None:
    paper = summary_paper(FULL, text_for("ja"))
    header, rows = to_table(paper)
    read = sheet_bytes(header, rows, TableFormat("csv", "utf-8-sig")).decode("utf-8-sig")
    for raw in ("2026-11-18", ",1234567,", ",1200000,", "59%", "'=SUM(A1)"):
        assert raw in read
    assert ",=SUM" not in read


def test_old_programs_get_the_same_table_in_their_encoding() -> None:
    header, rows = to_table(summary_paper(FULL, text_for("ja")))
    assert "週次サマリー 2026/11/16(月)" in sheet_bytes(header, rows, TableFormat("csv", "cp932")).decode("cp932")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (Cell(3, CellKind.CHANGE), "+3"),
        (Cell(-3, CellKind.CHANGE), "−3"),
        (Cell(0, CellKind.CHANGE), "±0"),
        (Cell(-1_200_000, CellKind.MONEY_CHANGE), "−¥1,200,000"),
        (Cell(59, CellKind.SHARE), "59%"),
        (Cell(None, CellKind.MONEY), "–"),
        (Cell(DAY, CellKind.DAY), "2026/11/18(水)"),
        (Cell("未訪問", CellKind.DAY), "未訪問"),
    ],
)
def test_a_cell_is_said_as_people_read_it(cell: Cell, said: str) -> None:
    assert say_cell(cell, text_for("ja")) == said


def test_a_team_without_data_says_so_in_every_part() -> None:
    paper = summary_paper(EMPTY, text_for("ja"))
    assert "絞り込みに該当する担当者がいません。" in paper.remarks
    assert [part.key for part in paper.parts if not part.lines and not part.remark] == []
    alone = summary_paper(replace(EMPTY, people=(AIKO,)), text_for("ja"))
    assert "この期間の記録はありません。" in alone.remarks


def test_a_week_without_any_report_due_is_not_praised_for_handing_in_all() -> None:
    said = {part.key: part.remark for part in summary_paper(EMPTY, text_for("en")).parts}
    assert said["missing"] == "No daily report was due in this period."
    done = replace(EMPTY, people=(replace(AIKO, reports=ReportCount(5, 5, 0, ())),))
    assert {p.key: p.remark for p in summary_paper(done, text_for("en")).parts}["missing"].startswith("Every daily report")


def test_whose_it_is_and_what_it_leaves_out_is_said() -> None:
    paper = summary_paper(FULL, text_for("ja"))
    assert paper.about == "東チーム · タグ: VIP · エリア: 香川県高松市"
    deals = next(part for part in paper.parts if part.key == "deals")
    assert "3" in deals.remark
    people = next(part for part in paper.parts if part.key == "people")
    assert "牡丹" in str(people.lines[1].cells[0].value)
    assert people.lines[1].cells[0].value != "牡丹"  # who left is marked


def test_a_period_under_way_says_that_it_is_held_against_as_many_days() -> None:
    under_way = replace(FULL, today=date(2026, 11, 18), against=Span.read("2026-11-09..2026-11-11"))
    (remark,) = summary_paper(under_way, text_for("en")).remarks
    assert remark.startswith("This period is not over: it is compared with as many days")
