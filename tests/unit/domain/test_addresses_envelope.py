"""What stands around an address is taken off, and the postal code in it is kept."""

from __future__ import annotations

import pytest

from fieldsales.domain.addresses import PREFECTURES, find_prefecture, prefectures_of, read_postal_code, unwrap

ADDRESS = "香川県高松市番町一丁目8番15号"


@pytest.mark.parametrize(
    ("prefix", "postal_code"),
    [
        ("", ""),
        ("〒760-0017 ", "7600017"),
        ("〒7600017", "7600017"),
        ("760-0017　", "7600017"),
        ("７６０－００１７ ", "7600017"),
        ("日本、〒760-0017 ", "7600017"),
        ("日本、", ""),
        ("Japan, ", ""),
        ("住所：", ""),
        ("住所:", ""),
        ("本社：", ""),
        ("本社 ", ""),
        ("【本社】", ""),
        ("（本社）", ""),
        ("所在地　", ""),
        ("お届け先：", ""),
        ("Address: ", ""),
        ('"', ""),
        ("「", ""),
        ("\t \ufeff", ""),
        ("・", ""),
        ("本社住所：〒760-0017\n", "7600017"),
    ],
)
def test_postal_code_country_label_and_quotes_are_taken_off(prefix: str, postal_code: str) -> None:
    unwrapped = unwrap(prefix + ADDRESS)
    assert unwrapped.text[unwrapped.start :] == ADDRESS
    assert unwrapped.postal_code == postal_code


def test_a_marked_postal_code_counts_wherever_it_stands() -> None:
    assert unwrap("高松市番町1-1（〒760-0017）").postal_code == "7600017"


@pytest.mark.parametrize("text", ["本部町字石川424", "本社町1-1", "12-3 Main Street", "087-839-2011 高松市", "1234567890"])
def test_what_only_looks_like_a_label_or_a_postal_code_stays(text: str) -> None:
    assert unwrap(text).start == 0
    assert unwrap(text).postal_code == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("760-0017", "7600017"),
        ("〒760-0017", "7600017"),
        (" ７６００００１ ", "7600001"),
        ("760", ""),
        ("12345-6789", ""),
        ("", ""),
        ("abc", ""),
    ],
)
def test_a_postal_code_is_seven_digits_however_written(text: str, code: str) -> None:
    assert read_postal_code(text) == code


@pytest.mark.parametrize(
    ("code", "prefectures"),
    [
        ("7600017", {"香川県"}),
        ("0520022", {"北海道"}),
        ("9600634", {"福島県"}),
        ("0100001", {"秋田県"}),
        ("4980001", {"愛知県", "三重県"}),
        ("8170001", {"長崎県"}),
        ("9000001", {"沖縄県"}),
        ("760", set()),
        ("", set()),
    ],
)
def test_a_postal_code_tells_the_prefectures_it_may_lie_in(code: str, prefectures: set[str]) -> None:
    assert prefectures_of(code) == prefectures


def test_there_are_47_prefectures() -> None:
    assert len(set(PREFECTURES)) == 47


def test_a_prefecture_written_out_after_a_name_is_found() -> None:
    text = "株式会社山田 東京都千代田区丸の内1-1"
    assert find_prefecture(text, 0) == text.index("東京都")
    assert find_prefecture("ホテル東京都", 0) is None
