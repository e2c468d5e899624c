"""QR codes on pictures, decoded by zxing-cpp: vCards and MECARDs; whatever else a code says is refused with its words."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image, ImageOps

from fieldsales.adapters.business_cards.errors import CodeIsNoCard, EmptyCard, NoCodeFound
from fieldsales.adapters.business_cards.vcards import is_vcard, read_vcards
from fieldsales.domain.business_cards import MECARD, BusinessCard, read_mecard

LONGEST_SIDE_PX = 4_000  # a code that is not readable in this is not readable
_SHOWN = 60


def read_code_card(picture: bytes, original: bytes) -> tuple[BusinessCard, ...]:
    """Return the card in the code on a picture: of `picture`, made small, and if that shows none, of the `original`.

    Raises:
        NoCodeFound, CodeIsNoCard (says what the code holds), EmptyCard, and the errors of `read_vcards`.
    """
    texts = _texts(picture) or _texts(original)
    if not texts:
        raise NoCodeFound()
    for text in texts:
        if is_vcard(text.encode()):
            return read_vcards(text.encode())
        if text.upper().startswith(MECARD):
            card = read_mecard(text[len(MECARD) :])
            if card.is_empty:
                raise EmptyCard()
            return (card,)
    shown = " ".join(texts[0].split())
    raise CodeIsNoCard(text=shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…")


def _texts(data: bytes) -> list[str]:
    """Return what the codes on a picture say, those that look like cards first; pictures here have passed the photo maker's checks."""
    with Image.open(io.BytesIO(data)) as image:
        image.draft("L", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
        grey = image.convert("L")
        grey.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
        upright = ImageOps.exif_transpose(grey)
    formats = zxingcpp.barcode_formats_from_str("QRCode|MicroQRCode|DataMatrix|Aztec")
    found = [code.text for code in zxingcpp.read_barcodes(upright, formats=formats) if code.text.strip()]
    return sorted(found, key=lambda text: not (is_vcard(text.encode()) or text.upper().startswith(MECARD)))
