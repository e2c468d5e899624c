"""vCards of every age and origin become the same words; damaged ones become a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.adapters.business_cards.errors import EmptyCard, TooManyCards
from fieldsales.adapters.business_cards.vcards import MAX_CARDS, is_vcard, read_vcards
from fieldsales.domain.business_cards import BusinessCard
from fieldsales.errors import FieldSalesError, NotACardFile


def quoted(text: str, encoding: str) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode(encoding))


def one(text: str | bytes) -> BusinessCard:
    (card,) = read_vcards(text if isinstance(text, bytes) else text.encode())
    return card


def vcard(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def test_an_old_phones_card_in_shift_jis_and_quoted_printable_is_read() -> None:
    # 表 ends in the byte of a backslash, ﾀ is half-width, and the name is folded by a soft line break.
    text = vcard(
        f"N;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:{quoted('髙橋', 'cp932')};=\r\n{quoted('表太郎', 'cp932')};;;",
        "SOUND;X-IRMC-N;CHARSET=SHIFT_JIS:ﾀｶﾊｼ;ﾋｮｳﾀﾛｳ;;;",
        f"ORG;ENCODING=QUOTED-PRINTABLE;CHARSET=Shift_JIS:{quoted('株式会社讃岐製麺', 'cp932')};{quoted('営業部', 'cp932')}",
        "TEL;CELL;VOICE:090-1111-2222",
        "TEL;WORK;VOICE:087-851-0000",
        "TEL;WORK;FAX:087-851-0001",
        f"ADR;WORK;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:;;{quoted('番町1-8-15', 'cp932')};"
        f"{quoted('高松市', 'cp932')};{quoted('香川県', 'cp932')};760-0017;",
        version="2.1",
    )
    card = one(text.encode("cp932"))
    assert (card.name, card.name_kana) == ("髙橋 表太郎", "タカハシ ヒョウタロウ")
    assert (card.company, card.role) == ("株式会社讃岐製麺", "営業部")
    assert (card.phone, card.mobile, card.note) == ("087-851-0000", "090-1111-2222", "FAX 087-851-0001")
    assert (card.postal_code, card.address) == ("760-0017", "香川県高松市番町1-8-15")


def test_an_outlook_card_with_line_breaks_inside_an_address_is_read() -> None:
    address = quoted("1600 Pennsylvania Ave NW\r\nBox 2", "utf-8")
    card = one(
        vcard(
            "N:Smith;John;;;", "FN:John Smith", f"ADR;WORK;PREF;ENCODING=QUOTED-PRINTABLE:;;{address};washington;dc;20001;", version="2.1"
        )
    )
    assert card.name == "John Smith"
    assert card.address == "1600 Pennsylvania Ave NW Box 2, washington, dc"


def test_a_version_3_card_of_an_iphone_is_read() -> None:
    card = one(
        vcard(
            "N:佐藤;太郎;;;", "FN:太郎 佐藤", "X-PHONETIC-LAST-NAME:さとう", "X-PHONETIC-FIRST-NAME:たろう",
            "ORG:Ａ商事\\, 本社;第二営業部",
            "TITLE:課長", "item1.EMAIL;type=INTERNET;type=pref:taro@a-shoji.example", "item2.EMAIL;type=HOME:taro@gmail.com",
            "TEL;type=CELL;type=VOICE:+81 90-1111-2222", "NOTE:一行目\\n二行目", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ",
        )
    )  # fmt: skip
    assert (card.name, card.name_kana, card.role) == ("佐藤 太郎", "さとう たろう", "第二営業部 課長")
    assert card.company == "A商事, 本社"
    assert (card.email, card.mobile) == ("taro@a-shoji.example", "+81 90-1111-2222")
    assert card.note == "taro@gmail.com\n一行目\n二行目"


def test_a_version_4_card_is_read() -> None:
    card = one(
        vcard(
            "FN:佐藤 太郎", 'N;SORT-AS="サトウ,タロウ":佐藤;太郎;;;', 'TEL;VALUE=uri;TYPE="work,voice":tel:+81-87-851-0000;ext=12',
            "EMAIL:taro@sanuki.example", "ORG;SORT-AS=サヌキ:株式会社讃岐", version="4.0",
        )
    )  # fmt: skip
    assert (card.name_kana, card.company_kana, card.phone) == ("サトウ タロウ", "サヌキ", "+81-87-851-0000 ext. 12")


def test_the_sort_string_of_version_3_is_the_reading() -> None:
    assert one(vcard("N:佐藤;太郎;;;", "FN:佐藤 太郎", "SORT-STRING:サトウ タロウ")).name_kana == "サトウ タロウ"


def test_several_cards_are_read_though_one_line_and_one_card_are_broken() -> None:
    text = (
        vcard("FN:一", "this line has no colon") + "BEGIN:VCARD\r\n" + vcard("FN:二") + vcard("NOTE:names nobody") + vcard("FN:三😀")[:-12]
    )
    assert [card.name for card in read_vcards(text.encode())] == ["一", "二", "三😀"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_a_card_is_read_in_whatever_encoding_it_comes(encoding: str) -> None:
    assert one(vcard("FN:佐藤 太郎", "ORG:讃岐製麺").encode(encoding)).company == "讃岐製麺"


def test_long_folded_and_oversized_values_are_cut_to_what_is_kept() -> None:
    card = one(vcard("FN:" + "あ" * 60 + "\r\n " + "い" * 500, "NOTE:\x07" + "長" * 20_000, "ORG:\u202eevil"))
    assert card.name == "あ" * 60 + "い" * 140
    assert len(card.note) == 10_000


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"not a card", NotACardFile),
        (b"BEGIN:VCARD\r\nEND:VCARD", NotACardFile),
        (vcard("NOTE:nobody").encode(), EmptyCard),
        (vcard("FN: ", "ORG:;").encode(), EmptyCard),
        (vcard("FN:x").encode() * (MAX_CARDS + 1), TooManyCards),
    ],
)
def test_what_is_no_card_is_a_sentence(data: bytes, problem: type[FieldSalesError]) -> None:
    with pytest.raises(problem):
        read_vcards(data)


@given(st.binary(max_size=300))
def test_no_bytes_between_begin_and_end_break_the_reader(inside: bytes) -> None:
    data = b"BEGIN:VCARD\r\nFN:" + inside + b"\r\nN:" + inside + b"\r\nADR;CHARSET=punycode:" + inside + b"\r\nEND:VCARD"
    assert is_vcard(data)
    try:
        cards = read_vcards(data)
    except FieldSalesError:
        return
    assert all(not card.is_empty for card in cards)
