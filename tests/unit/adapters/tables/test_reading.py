"""Lists are read whatever program wrote them, and what is no list gets one sentence."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fieldsales.adapters.tables import errors, open_sheet
from fieldsales.domain.tables import MAX_CELL, MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS, UNCALCULATED

SHEET = "xl/worksheets/sheet1.xml"
LIST = "会社名,住所\r\n①㈱髙﨑～,香川県高松市番町1-1\r\n"


def cells_of(path: Path) -> list[tuple[str, ...]]:
    return [row.cells for row in open_sheet(path).rows()]


def written(tmp_path: Path, content: bytes | str, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


def workbook(tmp_path: Path, rows: list[list[Any]], *, formats: dict[str, str] | None = None, title: str = "顧客") -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    path = tmp_path / "list.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_every_encoding_of_excel_is_recognised(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, LIST, encoding=encoding)
    assert open_sheet(path).format.encoding == encoding
    assert cells_of(path) == [("会社名", "住所"), ("①㈱髙﨑～", "香川県高松市番町1-1")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_found_even_beside_other_marks(tmp_path: Path, delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(
        [["会社名", "金額", "備考"], ["A社", "1,000,000", "x;y;z"], ["B社", "2,000", "a,b,c,d"]]
    )
    path = written(tmp_path, text.getvalue())
    assert open_sheet(path).format.delimiter == delimiter
    assert cells_of(path)[1] == ("A社", "1,000,000", "x;y;z")


def test_excels_own_hint_at_the_delimiter_is_obeyed_and_is_no_row(tmp_path: Path) -> None:
    assert cells_of(written(tmp_path, "sep=;\r\n会社名;住所\r\nA,B社;東京\r\n")) == [("会社名", "住所"), ("A,B社", "東京")]


def test_line_breaks_in_cells_blank_rows_and_leading_zeros_survive(tmp_path: Path) -> None:
    path = written(tmp_path, '会社名,コード,備考\r\n\r\nA社,000123,"改行\nあり"\r\n,,\r\nB社,0,\r\n')
    assert [(row.line, row.cells) for row in open_sheet(path).rows()] == [
        (1, ("会社名", "コード", "備考")),
        (3, ("A社", "000123", "改行\nあり")),
        (6, ("B社", "0", "")),
    ]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", errors.EmptyFile),
        (b" \r\n \r\n", errors.EmptyFile),
        (bytes(range(256)) * 100, errors.NotATable),
        (b"a,b\n1\x002,3\n", errors.NotATable),
        (b"%PDF-1.7 ...", errors.NotATable),
        (b"\x89PNG\r\n", errors.NotATable),
        (b"a,b\n\x81\xff\xff,1\n", errors.UnknownEncoding),
        (b"a,b\n\xfd\xfe\xff,1\n", errors.UnknownEncoding),
        (b"<html><table><tr><td>1</td></tr></table></html>", errors.WebPageNotTable),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, errors.OldExcelFile),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), errors.ProtectedExcelFile),
        (b"PK\x03\x04" + b"\0" * 5000, errors.DamagedExcelFile),
        (b'a,b\n"open,1\n2,3\n', errors.QuoteNotClosed),
        (b'a,b\n1,"never closed\n' + b"x,y\n" * 50_000, errors.CellTooLong),
        (b"a,b\n1," + b"x" * (MAX_CELL + 1) + b"\n", errors.CellTooLong),
        (b"a,b\n1," + b"x" * (5 * 1024 * 1024), errors.CellTooLong),
        (b",".join([b"h"] * (MAX_COLUMNS + 1)) + b"\n", errors.TooManyColumns),
        (b"a,b\n" + b"1,2\n" * (MAX_ROWS + 1), errors.TooManyRows),
    ],
)
def test_what_is_no_list_gets_one_sentence(tmp_path: Path, content: bytes, error: type[errors.UnusableFile]) -> None:
    path = written(tmp_path, content)
    with pytest.raises(error):
        cells_of(path)


def test_the_full_number_of_rows_is_read(tmp_path: Path) -> None:
    assert sum(1 for _ in open_sheet(written(tmp_path, b"a,b\n" + b"1,2\n" * MAX_ROWS)).rows()) == MAX_ROWS + 1


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(errors.FileTooLarge):
        open_sheet(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.FileMissing, match="nowhere"):
        open_sheet(tmp_path / "nowhere.csv")


def test_numbers_dates_and_percentages_read_as_excel_shows_them(tmp_path: Path) -> None:
    rows = [
        ["会社名", "値"],
        ["整数", 312345678],
        ["小数", 0.1 + 0.2],
        ["割合", 0.8],
        ["日付", date(2026, 11, 21)],
        ["時刻", datetime(2026, 11, 21, 9, 5)],
    ]
    path = workbook(
        tmp_path, [*rows, ["真偽", True], ["コード", 42], ["郵便", 600001]], formats={"B4": "0%", "B8": "000000", "B9": r"000\-0000"}
    )
    values = [row[1] for row in cells_of(path)[1:]]
    assert values == ["312345678", "0.3", "80%", "2026-11-21", "2026-11-21 09:05:00", "TRUE", "000042", "060-0001"]


def test_a_formula_without_a_result_is_marked_and_one_with_a_result_reads_as_it(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["会社名", "金額"], ["A社", "=1+1"], ["B社", 5]])
    assert cells_of(path)[1:] == [("A社", UNCALCULATED), ("B社", "5")]
    content = replaced(path, "<v />", "<v>2</v>")
    assert cells_of(written(tmp_path, content, "with.xlsx"))[1] == ("A社", "2")


def test_the_first_visible_sheet_that_holds_anything_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "空"
    hidden = book.create_sheet("隠し")
    hidden.append(["x"])
    hidden.sheet_state = "hidden"
    book.create_sheet("顧客").append(["会社名", "住所"])
    book.save(tmp_path / "sheets.xlsx")
    sheet = open_sheet(tmp_path / "sheets.xlsx")
    assert (sheet.format.sheet, [row.cells for row in sheet.rows()]) == ("顧客", [("会社名", "住所")])


def test_an_excel_file_without_content_is_empty(tmp_path: Path) -> None:
    with pytest.raises(errors.EmptyFile):
        open_sheet(workbook(tmp_path, []))


def test_a_size_that_the_file_claims_wrongly_costs_nothing(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["会社名"], ["A社"]])
    content = replaced(path, 'ref="A1:A2"', 'ref="A1:XFD1048576"')
    assert cells_of(written(tmp_path, content, "claims.xlsx")) == [("会社名",), ("A社",)]


def test_a_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["会社名"], ["A社"]])
    content = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * (64 * 1024 * 1024))
    with pytest.raises(errors.ExcelFileTooLarge):
        open_sheet(written(tmp_path, content.getvalue(), "bomb.xlsx"))


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["会社名"], ["A社"]])
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "'
        + "x" * 1000
        + '">'
        + "".join(f'<!ENTITY {chr(98 + i)} "' + f"&{chr(97 + i)};" * 10 + '">' for i in range(8))
        + "]><worksheet "
    )
    with pytest.raises(errors.DamagedExcelFile):
        cells_of(written(tmp_path, replaced(path, "<worksheet ", bomb, "A社", "&i;"), "bomb.xlsx"))


@pytest.mark.parametrize("name", ["mimetype", "xl/workbook.bin"])
def test_other_spreadsheets_are_named_as_such(tmp_path: Path, name: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(errors.OtherSpreadsheet):
        open_sheet(written(tmp_path, content.getvalue(), "x.xlsx"))


@pytest.mark.parametrize("cut", [100, 1000, 3000])
def test_half_an_excel_file_is_damaged(tmp_path: Path, cut: int) -> None:
    content = workbook(tmp_path, [["会社名"], ["A社"]]).read_bytes()
    with pytest.raises(errors.DamagedExcelFile):
        cells_of(written(tmp_path, content[:cut], "half.xlsx"))


def replaced(path: Path, *pairs: str) -> bytes:
    """Return a workbook with texts replaced inside its sheet."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            words = source.read(name).decode()
            for old, new in zip(pairs[::2], pairs[1::2], strict=True) if name == SHEET else ():
                assert old in words
                words = words.replace(old, new, 1)
            target.writestr(name, words)
    return content.getvalue()
