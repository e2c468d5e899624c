"""Rows that cannot be used come back with a reason; odd ones come in as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.tables import UNCALCULATED
from fieldsales.services import importing
from fieldsales.services.importing.errors import CodeTwiceInList, FormulaWithoutResult, TooManyCells
from tests.unit.services.importing.lists import NOW, errors_of, fates, import_table, stored

MakeCustomer = Callable[..., Customer]
BANCHO = "香川県高松市番町1-8-15"


@pytest.mark.parametrize(
    ("column", "cell", "error"),
    [
        ("受注確度", "検討中", "bad_likelihood"),
        ("金額", "応相談", "bad_amount"),
        ("次回訪問日", "来週", "bad_date"),
        ("メール", "a@b@c", "bad_email"),
        ("会社名", "x" * 501, "text_too_long"),
        ("金額", UNCALCULATED, FormulaWithoutResult.code),
        ("業種", UNCALCULATED, FormulaWithoutResult.code),
        ("電話番号", "#N/A", "error_value"),
        ("金額", "9" * 20, "bad_number"),
    ],
)
def test_a_cell_that_cannot_be_used_rejects_its_row_and_names_the_column(
    database: Database, aiko: User, column: str, cell: str, error: str
) -> None:
    header = ["会社名", "受注確度", "金額", "次回訪問日", "メール", "電話番号", "業種"]
    row = [cell if name == column else "A社" if name == "会社名" else "" for name in header]
    result = import_table(database, aiko, [header, row, ["B社", "", "", "", "", "", ""]])
    assert fates(result) == (1, 0, 0, 1)
    assert (result.rejects[0].error.code, result.rejects[0].heading) == (error, column)


def test_a_row_with_more_cells_than_headings_is_rejected_not_shifted(database: Database, aiko: User) -> None:
    result = import_table(database, aiko, [["会社名", "金額"], ["A社", "1", "000", "000"], ["B社", "5", "", ""]])
    assert errors_of(result) == [TooManyCells]
    assert [c.name for c in stored(database)] == ["B社"]


def test_one_code_for_two_names_in_a_list_keeps_the_first_and_rejects_the_second(database: Database, aiko: User) -> None:
    table = [["コード", "会社名"], ["1", "㈱髙﨑食品"], ["1", "重複コード社"], ["1", "株式会社高崎食品"]]
    for dry_run in (True, False):
        result = import_table(database, aiko, table, dry_run=dry_run)
        assert errors_of(result) == [CodeTwiceInList]
        assert result.rejects[0].error.params == {"value": "1", "line": 2}
    assert [c.name for c in stored(database)] == ["株式会社高崎食品"]


@pytest.mark.parametrize(
    "name", ['O\'Hara "x"', "<script>alert(1)</script>", "😀絵文字", "مرحبا", "長" * 500, "=cmd|' /C calc'!A0", "-2社", "+81"]
)
def test_odd_names_come_in_as_they_are(database: Database, aiko: User, name: str) -> None:
    import_table(database, aiko, [["会社名", "住所"], [name, BANCHO]])
    assert [c.name for c in stored(database)] == [name]
    assert fates(import_table(database, aiko, [["会社名", "住所"], [name, BANCHO]])) == (0, 0, 1, 0)


def test_an_archived_customer_is_updated_and_stays_archived(database: Database, aiko: User, make_customer: MakeCustomer) -> None:
    make_customer("A社", owner=aiko, code="1", archived_at=NOW)
    result = import_table(database, aiko, [["コード", "会社名", "メモ"], ["1", "A社", "x"]])
    assert (fates(result), result.notes[importing.Note.ARCHIVED]) == ((0, 1, 0, 0), 1)
    assert stored(database)[0].archived_at == NOW


def test_a_long_name_and_address_fit_the_index(database: Database, aiko: User) -> None:
    table: list[list[Any]] = [["会社名", "住所"], ["名" * 500, "東京都" + "住" * 990]]
    assert fates(import_table(database, aiko, table)) == (1, 0, 0, 0)
    assert fates(import_table(database, aiko, table)) == (0, 0, 1, 0)
