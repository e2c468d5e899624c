"""The font that every document embeds: Noto Sans JP, so that any viewer shows Japanese and finds it by searching."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from fieldsales.domain.tables import MISSING_GLYPH

FONT = "NotoSansJP"
_FILE = Path(__file__).with_name("NotoSansJP-Regular.ttf")
_BEYOND_16_BITS = re.compile(r"<([0-9A-F]{5,6})>")
# What is no picture of its own: controls, joiners, direction marks, variation selectors, skin tones.
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef\ud800-\udfff]"
)


class SearchableFont(TTFont):  # type: ignore[misc]  # reportlab publishes no types
    """reportlab's font, with the way back from glyphs to text put right for characters beyond 16 bits (𠮷)."""

    def addObjects(self, doc: Any) -> None:
        """Add the font to a document, as reportlab calls it."""
        super().addObjects(doc)
        for name, added in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                added.content = _BEYOND_16_BITS.sub(_in_utf16, added.content)


def _in_utf16(match: re.Match[str]) -> str:
    return f"<{chr(int(match.group(1), 16)).encode('utf-16-be').hex().upper()}>"


@lru_cache(maxsize=1)
def embedded_font() -> SearchableFont:
    """Return the font, read and made known to reportlab at first use."""
    font = SearchableFont(FONT, str(_FILE))
    pdfmetrics.registerFont(font)
    return font


def drawable(text: str) -> str:
    """Return `text` as the font can draw it: composed, without what is invisible, the geta mark for glyphs it lacks (emoji)."""
    known = embedded_font().face.charToGlyph
    clean = _INVISIBLE.sub("", unicodedata.normalize("NFC", text.replace("\t", " ")))
    return "".join(c if c == "\n" or ord(c) in known else MISSING_GLYPH for c in clean)
