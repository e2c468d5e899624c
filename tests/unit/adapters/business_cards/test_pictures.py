"""Codes on pictures are decoded, print is read where somebody reads it, and everything else is a sentence."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from fieldsales.adapters.business_cards import printed
from fieldsales.adapters.business_cards.errors import CodeIsNoCard, EmptyCard, NoCodeFound, NothingPrinted, ReaderMissing
from fieldsales.adapters.business_cards.reader import LibraryCards
from fieldsales.adapters.files.photos import PillowPhotos
from fieldsales.bootstrap import build_runtime
from fieldsales.domain.words import AttachmentKind
from fieldsales.errors import BadSetting, EmptyFile, FieldSalesError, FileTooLarge, NotACardFile, PhotoTooLarge
from fieldsales.services.customers import business_cards
from fieldsales.services.customers.business_cards import CardReading, read_cards
from fieldsales.settings import Settings

VCARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:佐藤;太郎\r\nFN:佐藤 太郎\r\nORG:讃岐製麺\r\nTEL;TYPE=CELL:090-1111-2222\r\nEND:VCARD"
MECARD = "MECARD:N:佐藤,太郎;SOUND:サトウ,タロウ;TEL:0878510000;TEL:09011112222;EMAIL:taro@sanuki.example;ORG:讃岐製麺;NOTE:A\\;B;;"


def photo_of(*codes: str, turned: float = 7.0, size: tuple[int, int] = (1200, 900), form: str = "JPEG") -> bytes:
    """Return a photo of a card with these codes on it, held a little askew."""
    photo = Image.new("RGB", size, "#8a8378")
    for place, text in enumerate(codes):
        code = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, zxingcpp.QRCode), scale=5)))
        photo.paste(code.convert("RGB"), (size[0] // 8 + place * 560, size[1] // 3))
    packed = io.BytesIO()
    photo.rotate(turned, fillcolor="#8a8378").save(packed, form)
    return packed.getvalue()


def read(data: bytes, *, ocr: bool = False, engine: Any = None, name: str = "card.jpg") -> CardReading:
    return read_cards(LibraryCards(ocr=ocr, engine=engine), PillowPhotos(), data=data, file_name=name)


@pytest.mark.parametrize("payload", [VCARD, MECARD])
def test_the_code_on_a_photo_becomes_a_card_and_the_photo_is_kept_small(payload: str) -> None:
    reading = read(photo_of(payload, size=(3000, 2000)))
    (card,) = reading.cards
    assert (card.name, card.company, card.mobile.replace("-", "")) == ("佐藤 太郎", "讃岐製麺", "09011112222")
    assert reading.picture is not None
    assert (reading.picture.kind, reading.picture.width, reading.printed) == (AttachmentKind.CARD, 1600, False)


def test_a_mecard_gives_reading_mail_and_note() -> None:
    (card,) = read(photo_of(MECARD)).cards
    assert (card.name_kana, card.phone, card.email, card.note) == ("サトウ タロウ", "0878510000", "taro@sanuki.example", "A;B")


def test_a_code_beside_it_that_is_no_card_does_not_hide_the_one_that_is() -> None:
    (card,) = read(photo_of("https://sanuki.example/", VCARD, turned=0)).cards
    assert card.company == "讃岐製麺"


def test_a_code_too_small_for_the_small_picture_is_read_from_the_original() -> None:
    photo = Image.new("L", (4000, 3000), 255)
    code = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(VCARD, zxingcpp.QRCode), scale=2)))
    photo.paste(code, (300, 300))
    packed = io.BytesIO()
    photo.save(packed, "PNG")
    assert read(packed.getvalue()).cards[0].company == "讃岐製麺"


def blank(form: str = "PNG", size: tuple[int, int] = (400, 300)) -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", size, "white").save(packed, form)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (blank(), NoCodeFound),
        (photo_of("https://sanuki.example/about"), CodeIsNoCard),
        (photo_of("MECARD:TEL:0878510000;;"), EmptyCard),
        (b"PK\x03\x04 a zip that calls itself a photo", NotACardFile),
        (b"\xff\xd8\xff\xe0 half a photo", NotACardFile),
        (b"  \r\n", EmptyFile),
        (b"", EmptyFile),
        (blank(size=(10_000, 8_100)), PhotoTooLarge),
        (b"BEGIN:VCARD\r\n" + b"x" * 11 * 1024**2, FileTooLarge),
        ("名刺 😀".encode(), NotACardFile),
    ],
)
def test_what_cannot_be_used_is_a_sentence(data: bytes, problem: type[FieldSalesError]) -> None:
    with pytest.raises(problem):
        read(data)


def test_the_sentence_repeats_what_a_code_says() -> None:
    with pytest.raises(CodeIsNoCard, match=re.escape("https://sanuki.example/about")):
        read(photo_of("https://sanuki.example/about"))


class FakeEngine:
    """Reads the same lines off every picture, as (text, score, left, top, height)."""

    def __init__(self, *lines: tuple[str, float, int, int, int]) -> None:
        self._lines = lines
        self.seen: tuple[int, ...] = ()

    def __call__(self, picture: Any) -> Any:
        self.seen = picture.shape
        if not self._lines:
            return SimpleNamespace(txts=None, scores=None, boxes=None)
        boxes = [[[x, y], [x + 300, y], [x + 300, y + h], [x, y + h]] for _, _, x, y, h in self._lines]
        return SimpleNamespace(txts=[line[0] for line in self._lines], scores=[line[1] for line in self._lines], boxes=np.array(boxes))


def test_print_is_read_only_where_that_is_switched_on_and_marked_as_such() -> None:
    engine = FakeEngine(("佐藤太郎", 0.99, 40, 200, 60), ("株式会社讃岐製麺", 0.98, 40, 40, 40), ("しみ", 0.2, 0, 0, 9))
    with pytest.raises(NoCodeFound):
        read(blank(), engine=engine)
    reading = read(blank(), ocr=True, engine=engine)
    assert reading.printed
    assert (reading.cards[0].name, reading.cards[0].company, reading.cards[0].note) == ("佐藤太郎", "株式会社讃岐製麺", "")
    assert engine.seen == (300, 400, 3)


def test_a_code_goes_before_print() -> None:
    reading = read(photo_of(VCARD), ocr=True, engine=FakeEngine(("別人", 0.99, 0, 0, 40)))
    assert (reading.cards[0].name, reading.printed) == ("佐藤 太郎", False)


def test_an_empty_paper_says_so() -> None:
    with pytest.raises(NothingPrinted):
        read(blank(), ocr=True, engine=FakeEngine())


def test_the_switch_without_the_extra_stops_the_start_and_a_wrong_value_too(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "is_installed", lambda: False)
    with pytest.raises(BadSetting, match="CARD_OCR"):
        build_runtime(Settings(data_dir=tmp_path, card_ocr="on"))
    printed._load.cache_clear()
    with pytest.raises(ReaderMissing):
        read(blank(), ocr=True)


def test_a_card_without_a_company_becomes_a_person() -> None:
    card = business_cards.BusinessCard(name="佐藤 太郎", email="taro@gmail.com")
    assert business_cards.new_customer_of(card).name == "佐藤 太郎"
    assert card.mail_domain == ""
