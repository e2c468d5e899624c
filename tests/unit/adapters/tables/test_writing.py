"""What is written reads back as it was, opens as text everywhere, and appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldsales.adapters.tables import errors, open_sheet, write_sheet
from fieldsales.domain.tables import MAX_EXCEL_CELL, TableFormat, neutralised, restored, writable

FORMATS = [
    TableFormat("csv", "utf-8-sig"),
    TableFormat("csv", "cp932"),
    TableFormat("csv", "utf-8", "\t"),
    TableFormat("csv", "utf-16"),
    TableFormat("xlsx"),
]
DANGEROUS = ["=1+1", "+81", "-5", "@SUM(A1)", "\t=1", "＝1+1", "'=1", "'quoted", "''two"]


@pytest.mark.parametrize("table_format", FORMATS, ids=lambda f: f"{f.kind}-{f.encoding}")
def test_a_table_reads_back_as_it_was_written(tmp_path: Path, table_format: TableFormat) -> None:
    path = tmp_path / f"out.{table_format.kind}"
    rows = [["①㈱髙﨑", "000123", "改行\nあり", 5], ['引用"符', "a,b;c", "", 2.5]]
    assert write_sheet(path, ["名前", "コード", "備考", "数"], rows, table_format) == 2
    read = [row.cells for row in open_sheet(path).rows()]
    assert read == [("名前", "コード", "備考", "数"), ("①㈱髙﨑", "000123", "改行\nあり", "5"), ('引用"符', "a,b;c", "", "2.5")]


@pytest.mark.parametrize("value", DANGEROUS)
def test_no_program_takes_a_text_for_a_formula(tmp_path: Path, value: str) -> None:
    for name, table_format in (("out.csv", FORMATS[0]), ("out.xlsx", FORMATS[-1])):
        write_sheet(tmp_path / name, ["h", "x"], [[value, "x"]], table_format)
        cell = next(row for row in open_sheet(tmp_path / name).rows() if row.line > 1).cells[0]
        assert cell.lstrip("\t")[0] == "'"
        assert restored(cell) == value
    found = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]["A2"]
    assert (found.data_type, found.number_format) == ("s", "@")


@given(st.text(max_size=30))
def test_what_is_neutralised_is_restored(text: str) -> None:
    assert restored(neutralised(text)) == text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_text_has_a_form_in_cp932(text: str) -> None:
    written = writable(text, TableFormat("csv", "cp932"))
    assert written.encode("cp932").decode("cp932") == written


def test_cp932_gets_its_own_wave_dash_and_marks_what_it_lacks() -> None:
    assert writable("10〜20−30 ①㈱髙﨑 😀", TableFormat("csv", "cp932")) == "10～20－30 ①㈱髙﨑 〓"
    assert writable("9:00–12:00 · 約束", TableFormat("csv", "cp932")) == "9:00－12:00 ・ 約束"


def test_a_text_longer_than_an_excel_cell_is_cut_there_and_whole_in_csv(tmp_path: Path) -> None:
    text = "長" * (MAX_EXCEL_CELL + 10)
    assert len(writable(text, TableFormat("xlsx"))) == MAX_EXCEL_CELL
    assert writable(text, TableFormat("csv")) == text


def test_a_table_that_breaks_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    def rows() -> Iterator[list[str]]:
        yield ["a"]
        raise RuntimeError

    (tmp_path / "out.csv").write_text("before")
    with pytest.raises(RuntimeError):
        write_sheet(tmp_path / "out.csv", ["h"], rows(), FORMATS[0])
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("out.csv", "before")]


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(errors.CannotWriteFile):
        write_sheet(tmp_path / "nowhere" / "out.csv", ["h"], [], FORMATS[0])


def test_a_minus_sign_that_shift_jis_lacks_begins_no_formula() -> None:
    assert writable("\u2212@SUM(1)", TableFormat("csv", "cp932")) == "'\uff0d@SUM(1)"
