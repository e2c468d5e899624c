"""User text made harmless for the two places it is drawn in: Streamlit's markdown and HTML."""

from __future__ import annotations

import html
import re
import unicodedata

_MARKS = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")
_BIDI_CONTROLS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
# Streamlit turns these into pictures after the backslashes are gone, so the run itself has to be broken.
_SHORTCODE = re.compile(r":(?=[\w+\-/]+:)")
_ARROWS = re.compile(r"(?<![^\s])(<->|<-|->|--|>=|<=|~=)(?![^\s])")
_AUTOLINK = re.compile(r"(?i)(https?:|ftp:|www\.|mailto:)|@(?=\w)")
WORD_JOINER = "\u2060"
ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def plain(text: str) -> str:
    """Return `text` so that Streamlit's markdown (labels included) shows exactly its characters on one line.

    Marks are escaped; `:smile:`, `->` and bare links are broken with an invisible word joiner; right-to-left text
    is isolated so that it cannot turn its surroundings round.
    """
    clean = _clean(text)
    broken = _SHORTCODE.sub(":" + WORD_JOINER, clean)
    broken = _ARROWS.sub(lambda m: m.group(1)[0] + WORD_JOINER + m.group(1)[1:], broken)
    broken = _AUTOLINK.sub(lambda m: m.group(0)[:1] + WORD_JOINER + m.group(0)[1:], broken)
    return isolate(_MARKS.sub(r"\\\1", broken), like=clean)


def safe(text: str) -> str:
    """Return `text` for HTML: escaped, one line, its direction isolated; empty stays empty."""
    clean = _clean(text)
    return f"<bdi>{html.escape(clean)}</bdi>" if clean else ""


def safe_lines(text: str) -> str:
    """Return a longer text for HTML, its line breaks kept."""
    return "<br>".join(safe(line) for line in text.splitlines())


def in_parts(*parts: str) -> str:
    """Return pieces of HTML with a dot between them, each of which stays in one line where there is room; empty ones are nothing."""
    return " ".join(f'<span class="fs-part">{part}</span>' for part in parts if part)


def one_line(text: str) -> str:
    """Return `text` for places that show characters as they are (select boxes, table cells): one line, direction isolated."""
    clean = _clean(text)
    return isolate(clean, like=clean)


def isolate(text: str, *, like: str) -> str:
    """Wrap `text` in a bidirectional isolate when `like` holds right-to-left letters."""
    if any(unicodedata.bidirectional(c) in ("R", "AL") for c in like):
        return f"{ISOLATE}{text}{POP_ISOLATE}"
    return text


def _clean(text: str) -> str:
    return _CONTROLS.sub(" ", text.translate(_BIDI_CONTROLS)).strip()
