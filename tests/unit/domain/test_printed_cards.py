"""The lines of a printed card are told apart by how they are written and how large they stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.business_cards import BusinessCard
from fieldsales.domain.printed_cards import PrintedLine, read_printed


def card_of(*lines: tuple[str, int]) -> BusinessCard:
    """Return the card of lines below each other, each with its height."""
    top, printed = 0, []
    for text, height in lines:
        printed.append(PrintedLine(text, 50, top, 500, top + height))
        top += height + 8
    return read_printed(printed)


def test_a_usual_card_is_told_apart() -> None:
    card = card_of(
        ("株式会社さくら髙﨑ソリューションズ", 40),
        ("営業部 課長", 28),
        ("渡邊裕子", 64),
        ("わたなべ ゆうこ", 24),
        ("〒760-0017 香川県高松市番町一丁目8番15号", 26),
        ("番町ビル3F", 26),
        ("TEL 087-123-4567FAX 087-123-4568", 26),
        ("携帯 090-1234-5678", 26),
        ("E-mail: y.watanabe@sakura.co.jp", 26),
        ("https://sakura.co.jp", 26),
    )
    assert (card.name, card.name_kana, card.role) == ("渡邊裕子", "わたなべ ゆうこ", "営業部 課長")
    assert card.company == "株式会社さくら髙﨑ソリューションズ"
    assert (card.postal_code, card.address) == ("760-0017", "香川県高松市番町一丁目8番15号 番町ビル3F")
    assert (card.phone, card.mobile, card.email) == ("087-123-4567", "090-1234-5678", "y.watanabe@sakura.co.jp")
    assert set(card.note.splitlines()) == {"https://sakura.co.jp", "FAX 087-123-4568"}


def test_a_title_before_the_name_and_an_english_card_are_told_apart() -> None:
    assert card_of(("代表取締役 田中 誠", 50), ("合同会社うどんラボ", 30)).name == "田中 誠"
    card = card_of(("Sakura Trading Co., Ltd.", 30), ("Sales Manager", 20), ("John Smith", 50), ("Tel: +81-87-123-4567", 20))
    assert (card.name, card.company, card.role, card.phone) == (
        "John Smith",
        "Sakura Trading Co., Ltd.",
        "Sales Manager",
        "+81-87-123-4567",
    )


def test_what_finds_no_place_is_kept_as_a_note() -> None:
    assert card_of(("田中誠", 50), ("一級建築士 登録第12345号", 20)).note == "一級建築士 登録第12345号"


@given(st.lists(st.tuples(st.text(max_size=60), st.integers(1, 90)), max_size=12))
def test_no_print_breaks_the_reading(lines: list[tuple[str, int]]) -> None:
    assert isinstance(card_of(*lines), BusinessCard)
