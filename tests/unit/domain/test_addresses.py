"""The two sides of a comparison, address and town name, come to the same tokens."""

from __future__ import annotations

import pytest

from fieldsales.domain.addresses import fold, fold_name, is_number, number_value, town_key
from fieldsales.domain.addresses.numerals import number_token, read_kanji_number
from fieldsales.domain.addresses.towns import TownKind


@pytest.mark.parametrize(
    ("kanji", "value"),
    [
        ("三", 3),
        ("十", 10),
        ("十二", 12),
        ("二十三", 23),
        ("二三", 23),
        ("百二十六", 126),
        ("千二百", 1200),
        ("三千四百五", 3405),
        ("二〇", 20),
        ("一〇五", 105),
    ],
)
def test_a_kanji_number_has_one_value_however_it_is_written(kanji: str, value: int) -> None:
    assert read_kanji_number(kanji) == value


def test_a_number_is_one_token_so_126_never_begins_with_1() -> None:
    assert len(fold_name("126")) == 1
    assert not fold_name("126番地").startswith(fold_name("1"))
    assert is_number(fold_name("百二十六"))
    assert number_value(fold_name("百二十六")) == 126


def test_a_number_beyond_all_lots_is_still_one_token() -> None:
    assert fold_name("987654321012345") == number_token(10_000)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("旭ケ丘三丁目", "旭ヶ丘3丁目"),
        ("旭ケ丘三丁目", "旭が丘３丁目"),
        ("緑ガ丘", "緑ヶ丘"),
        ("雪ノ下", "雪の下"),
        ("雪ノ下", "雪之下"),
        ("雪ノ下", "雪乃下"),
        ("三ツ沢", "三ッ沢"),
        ("三ツ沢", "三っ沢"),
        ("髙﨑市", "高崎市"),
        ("澤田", "沢田"),
        ("濱田", "浜田"),
        ("渡邊町", "渡辺町"),
        ("渡邉町", "渡辺町"),
        ("齋藤", "斎藤"),
        ("櫻井", "桜井"),
        ("龍ケ崎", "竜ヶ崎"),
        ("條", "条"),
        ("縣", "県"),
        ("ｻｸﾙｰ原野", "サクルー原野"),
        ("サクル-原野", "サクルー原野"),
        ("ｶﾞｰﾃﾞﾝ", "ガーデン"),
        ("佐々木", "佐佐木"),
        ("三番丁", "3番町"),
        ("緑町四丁", "緑町4丁目"),
        ("第七地割", "7地割"),
        ("北三条西一丁目", "北3西1丁目"),
        ("大通り", "大通"),
        ("大字新町字原", "新町原"),
        ("高松市　番町", "高松市番町"),
        ("高松市\t番町", "高松市番町"),
        ("「高松市」番町", "高松市番町"),
        ("葛\U000e0100城", "葛城"),
        ("ニ丁目", "2丁目"),
        ("廿日市", "二十日市"),
    ],
)
def test_different_spellings_are_the_same_tokens(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize("hyphen", ["-", "‐", "‑", "‒", "–", "—", "―", "−", "－", "ー", "ｰ", "─", "━", "~", "〜", "～", "の", "ノ"])
def test_every_hyphen_and_long_mark_between_numbers_is_the_same(hyphen: str) -> None:
    assert fold_name(f"番町1{hyphen}2") == fold_name("番町1-2")


def test_a_kanji_one_between_arabic_digits_is_a_hyphen() -> None:
    assert fold_name("番町3一2一1") == fold_name("番町3-2-1")


def test_a_long_mark_within_a_word_stays() -> None:
    assert "ー" in fold_name("センター北1")


def test_numbers_that_a_space_keeps_apart_stay_apart() -> None:
    assert [number_value(token) for token in fold_name("1 2") if is_number(token)] == [1, 2]


@pytest.mark.parametrize(("one", "other"), [("大阪", "大坂"), ("千葉", "万葉"), ("1丁目", "1番地"), ("三丁目", "13丁目")])
def test_what_means_something_else_stays_different(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


def test_the_rest_is_the_original_text() -> None:
    folded = fold("高松市　新田町　乙８番地　﨑ビル３Ｆ")
    assert folded.rest_from(len(fold_name("高松市新田町"))) == "乙８番地　﨑ビル３Ｆ"


def test_the_rest_begins_after_the_hyphen_that_belonged_to_the_town() -> None:
    folded = fold("高松市番町1-8-15")
    assert folded.rest_from(len(fold_name("高松市番町1"))) == "8-15"


def test_the_rest_of_everything_is_everything() -> None:
    assert fold(" Paris ").rest_from(0) == "Paris"


@pytest.mark.parametrize(
    ("town", "koaza", "kind"),
    [
        ("旭ケ丘一丁目", "", TownKind.CHOME),
        ("緑町四丁", "", TownKind.CHOME),
        ("川原町", "", TownKind.OAZA),
        ("大字五日市", "第十地割", TownKind.KOAZA),
        ("北ノ新地上六軒丁", "", TownKind.OAZA),
    ],
)
def test_the_name_of_a_town_tells_how_fine_it_is(town: str, koaza: str, kind: TownKind) -> None:
    assert town_key(town, koaza).kind is kind


def test_a_municipality_without_towns_lends_its_lots_no_name() -> None:
    assert town_key("（大字なし）", "米屋町").tokens == fold_name("米屋町")
    assert town_key("（大字なし）", "").tokens == ""


def test_folding_survives_any_character() -> None:
    for text in ("", "\x00", "🏢", "ﾞ", "々", "ー", "-", "字", "丁目", "第", "א", "ﷺ", "①㈱㍿", "\ud800"):
        folded = fold(text)
        assert len(folded.tokens) == len(folded.starts) == len(folded.ends)
