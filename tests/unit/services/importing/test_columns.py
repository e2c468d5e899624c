"""What the columns of real lists mean, in Japanese and English, and what a person may make of them."""

from __future__ import annotations

import pytest

from fieldsales.domain.tables import TableRow
from fieldsales.services.importing import Field, Heading, columns_from, guess_columns, mapping_of, read_heading
from fieldsales.services.importing.errors import NoNameColumn, NoRows, TwoColumnsOneField, UnknownField, UnusableMapping
from fieldsales.services.importing.fields import FIELD_NAMES, unit_of_heading
from tests.unit.services.importing.lists import MemorySheet


def guessed(names: str, *rows: str) -> list[str]:
    heading = Heading(1, tuple(names.split(",")))
    sample = [TableRow(number, tuple(row.split(","))) for number, row in enumerate(rows, start=2)]
    return [str(column) for column in guess_columns(heading, sample)]


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        (
            "顧客コード,会社名,フリガナ,郵便番号,住所,電話番号,メール,担当者,受注確度,金額,緯度,経度,メモ",
            "code name name_kana postal_code address phone email owner_or_contact likelihood amount lat lon memo",
        ),
        ("得意先名,都道府県,市区町村,番地,建物名,ＴＥＬ", "name prefecture city lot building phone"),
        ("氏名,ふりがな,自宅住所,携帯,備考", "name name_kana address phone memo"),
        ("会社名,氏名,所在地,営業担当,先方担当者", "name contact_name address owner contact_name"),
        (
            "Company,Contact,Street,City,State,Zip,Phone,E-mail,Owner,Probability,Deal size",
            "name contact_name lot city prefecture postal_code phone email owner likelihood amount",
        ),
        ("顧客名 (必須),住所*,電話番号（代表）,見込金額（千円）,ランク", "name address phone amount likelihood"),
        ("お客様会社名,会社所在地", "name address"),
    ],
)
def test_headings_are_understood(names: str, fields: str) -> None:
    found = guessed(names)
    wanted = fields.split()
    if names.startswith("会社名,氏名"):
        wanted[1], wanted[4] = "custom:氏名", "contact_name"
    assert found == wanted


def test_a_person_beside_a_company_is_the_contact() -> None:
    assert guessed("会社名,氏名,住所") == ["name", "contact_name", "address"]


def test_what_nobody_knows_becomes_a_field_of_our_own() -> None:
    assert guessed("会社名,業種,FAX,No.,ID") == ["name", "custom:業種", "custom:FAX", "custom:No.", "custom:ID"]


def test_a_second_phone_is_kept_as_a_field_of_our_own() -> None:
    assert guessed("会社名,電話番号,携帯電話") == ["name", "phone", "custom:携帯電話"]


def test_a_whole_address_beside_its_parts_is_the_rest() -> None:
    assert guessed("会社名,都道府県,市区町村,住所,建物名") == ["name", "prefecture", "city", "lot", "building"]


def test_content_helps_where_headings_say_nothing() -> None:
    rows = [f"㈱テスト{i},a{i}@example.jp,087-123-456{i},760-001{i},香川県高松市番町{i}-1" for i in range(1, 5)]
    assert guessed("あ,い,う,え,お", *rows) == ["name", "email", "phone", "postal_code", "address"]


def test_a_title_above_the_headings_is_passed_over() -> None:
    sheet = MemorySheet([["顧客一覧 2026年11月", ""], ["", ""], ["会社名", "住所"], ["A社", "香川県"]])
    assert read_heading(sheet) == Heading(3, ("会社名", "住所"))


def test_nameless_and_repeated_headings_get_names_of_their_own() -> None:
    sheet = MemorySheet([["会社名", "備考", "備考", ""], ["A社", "x", "y", "z"]])
    assert read_heading(sheet).names == ("会社名", "備考", "備考 (2)", "[D]")


def test_a_list_without_headings_can_be_read_too() -> None:
    sheet = MemorySheet([["A社", "香川県"], ["B社", "東京都"]])
    assert read_heading(sheet, has_heading=False) == Heading(0, ("[A]", "[B]"))


@pytest.mark.parametrize("table", [[], [["会社名", "住所"]], [["会社名"], [" "]]])
def test_a_list_without_rows_is_refused(table: list[list[str]]) -> None:
    with pytest.raises(NoRows):
        read_heading(MemorySheet(table))


def test_a_mapping_corrects_the_guess_and_reads_back() -> None:
    heading = Heading(1, ("得意先", "どこ", "業種"))
    columns = columns_from(heading, {"どこ": "address", "業種": "custom:Industry"}, guess_columns(heading, []))
    assert mapping_of(heading, columns) == {"得意先": "name", "どこ": "address", "業種": "custom:Industry"}
    assert columns_from(heading, mapping_of(heading, columns), guess_columns(heading, [])) == columns


def test_a_mapping_takes_a_field_from_the_column_that_was_guessed() -> None:
    heading = Heading(1, ("会社名", "屋号"))
    columns = columns_from(heading, {"屋号": "name"}, guess_columns(heading, []))
    assert [str(c) for c in columns] == ["custom:会社名", "name"]


@pytest.mark.parametrize(
    ("mapping", "error"),
    [
        ({"会社名": "nam"}, UnknownField),
        ({"会社名": "ignore"}, NoNameColumn),
        ({"住所": "name", "会社名": "name"}, TwoColumnsOneField),
        ({"会社名": 5}, UnusableMapping),
        ([], UnusableMapping),
    ],
)
def test_an_unusable_mapping_is_refused(mapping: object, error: type[Exception]) -> None:
    heading = Heading(1, ("会社名", "住所"))
    with pytest.raises(error):
        columns_from(heading, mapping, guess_columns(heading, []))  # type: ignore[arg-type]


def test_every_field_has_a_name_to_choose_it_by() -> None:
    assert set(FIELD_NAMES) == set(Field)


def test_the_unit_in_a_heading_is_understood() -> None:
    assert [unit_of_heading(h) for h in ("金額", "金額(千円)", "見込金額（万円）", "売上(百万円)")] == [1, 1_000, 10_000, 1_000_000]
