"""The reader of business cards: files by vobject, codes by zxing-cpp, and print by RapidOCR where that is switched on."""

from __future__ import annotations

from fieldsales.adapters.business_cards.codes import read_code_card
from fieldsales.adapters.business_cards.errors import NoCodeFound
from fieldsales.adapters.business_cards.printed import Engine, read_printed_card
from fieldsales.adapters.business_cards.vcards import is_vcard, read_vcards
from fieldsales.domain.business_cards import BusinessCard


class LibraryCards:
    """Reads cards; `ocr` also what is printed on them, with an `engine` of the caller's or RapidOCR."""

    def __init__(self, *, ocr: bool = False, engine: Engine | None = None) -> None:
        self._ocr, self._engine = ocr, engine

    def holds_file(self, data: bytes) -> bool:
        """True for a vCard file."""
        return is_vcard(data)

    def read_file(self, data: bytes) -> tuple[BusinessCard, ...]:
        """Return the cards of a vCard file.

        Raises:
            NotACardFile, EmptyCard, TooManyCards.
        """
        return read_vcards(data)

    def read_picture(self, picture: bytes, original: bytes) -> tuple[tuple[BusinessCard, ...], bool]:
        """Return the cards on a picture, and whether they were read off the paper instead of out of a code.

        Raises:
            NoCodeFound, CodeIsNoCard, EmptyCard, NothingPrinted.
        """
        try:
            return read_code_card(picture, original), False
        except NoCodeFound:
            if not self._ocr:
                raise
        return (read_printed_card(picture, engine=self._engine),), True
