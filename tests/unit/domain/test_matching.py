"""Two ways of writing the same thing compare equal; different things do not."""

import pytest

from fieldsales.domain.matching import address_key, customer_key, fold, name_key, search_text, search_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("㈱髙﨑商店", "株式会社 高崎商店"),
        ("（株）ＡＢＣ", "ABC株式会社"),
        ("有限会社　濱田屋", "㈲浜田屋"),
        ("Acme Co., Ltd.", "ACME"),
        ("医療法人社団みどり会", "みどり会"),
    ],
)
def test_a_name_matches_whatever_its_legal_form_width_and_kanji(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_a_name_of_nothing_but_a_legal_form_keeps_it() -> None:
    assert name_key("株式会社") == "株式会社"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("香川県高松市番町４丁目１番３号", "香川県高松市番町4-1-3"),
        ("東京都千代田区丸の内１－１－１", "東京都千代田区丸の内1-1-1"),
        ("高松市多肥上町1331番地1", "高松市多肥上町1331-1"),
        ("高松市 多肥上町 1331", "高松市多肥上町1331番地"),
    ],
)
def test_an_address_matches_however_its_numbers_are_written(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


def test_neighbours_are_not_the_same_customer() -> None:
    assert customer_key("みどり", "高松市番町1-1") != customer_key("みどり", "高松市番町1-11")


def test_a_long_vowel_mark_in_a_word_is_not_a_hyphen() -> None:
    assert "ー" in address_key("高松市サンポート2-1 タワー")


def test_search_finds_kana_old_kanji_and_phones_without_hyphens() -> None:
    haystack = search_text("㈱髙﨑商店", "たかさき", "087-123-4567")
    for query in ("高崎", "タカサキ", "たかさき", "0871234567", "087-123"):
        assert all(word in haystack for word in search_words(query)), query


def test_words_of_a_query_do_not_match_across_fields() -> None:
    assert "ab" not in search_text("a", "b")


def test_folding_twice_changes_nothing() -> None:
    for text in ("㈱髙﨑〜①", "ｶﾞｷﾞ", "ＡＢＣ", "ひらがな"):
        assert fold(fold(text)) == fold(text)
