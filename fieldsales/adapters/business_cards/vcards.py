"""vCard 2.1, 3.0 and 4.0, read by vobject; old encodings are undone before, so that it sees plain Unicode."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from typing import Any

import vobject

from fieldsales.adapters.business_cards.errors import EmptyCard, TooManyCards
from fieldsales.domain.business_cards import BusinessCard, CardProperty, card_of_properties
from fieldsales.errors import NotACardFile

MAX_CARDS = 200
_BEGIN, _END = re.compile(rb"(?im)^\s*BEGIN\s*:\s*VCARD\s*$"), re.compile(rb"(?im)^\s*END\s*:\s*VCARD\s*$")
# Codecs of our own choosing: a charset named in a file is nobody's key to the others that Python knows.
_CHARSETS = {
    "SHIFT_JIS": "cp932", "SHIFT-JIS": "cp932", "SJIS": "cp932", "X-SJIS": "cp932", "WINDOWS-31J": "cp932", "CP932": "cp932",
    "EUC-JP": "euc_jp", "ISO-2022-JP": "iso2022_jp", "ISO-8859-1": "latin-1", "WINDOWS-1252": "cp1252", "UTF-16": "utf-16",
}  # fmt: skip
_STRUCTURED = {
    "N": ("family", "given", "additional", "prefix", "suffix"),
    "ADR": ("box", "extended", "street", "city", "region", "code", "country"),
}
_LEFT_OUT = {"PHOTO", "LOGO", "KEY"}


def is_vcard(data: bytes) -> bool:
    """True when the bytes hold the beginning of a vCard."""
    return _BEGIN.search(_without_zeros(data)[:65_536]) is not None


def read_vcards(data: bytes) -> tuple[BusinessCard, ...]:
    """Return the cards of a file; a line that cannot be read is left out, and so is a card that names nobody.

    Raises:
        NotACardFile: no card, or none that can be read. EmptyCard: cards that name nobody. TooManyCards.
    """
    blocks = list(_blocks(_without_zeros(data)))
    if len(blocks) > MAX_CARDS:
        raise TooManyCards(limit=MAX_CARDS)
    read = [properties for block in blocks if (properties := _properties(block))]
    if not read:
        raise NotACardFile()
    cards = [card for properties in read if not (card := card_of_properties(properties)).is_empty]
    if not cards:
        raise EmptyCard()
    return tuple(cards)


def _without_zeros(data: bytes) -> bytes:
    """Return UTF-16 files as UTF-8, others as they are."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def _blocks(data: bytes) -> Iterator[bytes]:
    for begin in _BEGIN.finditer(data):
        following = _BEGIN.search(data, begin.end())
        end = _END.search(data, begin.end(), following.start() if following else len(data))
        yield data[begin.end() : end.start() if end else following.start() if following else len(data)]


def _properties(block: bytes) -> list[CardProperty]:
    lines = [line for raw in _logical_lines(block) if (line := _plain_line(raw))]
    if not lines:
        return []
    # Version 3.0 for all: what set 2.1 apart is undone by now, and 4.0 reads alike.
    text = "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])
    try:
        card = vobject.readOne(text, ignoreUnreadable=True)
    except Exception:  # a parser that meets what nobody foresaw: the card is damaged
        return []
    return [entry for line in card.getChildren() if (entry := _property(line)) is not None]


def _logical_lines(block: bytes) -> Iterator[bytes]:
    """Yield lines with what was folded put together: by a blank at the start, or by `=` at the end of quoted-printable."""
    whole = b""
    for line in re.split(rb"\r\n|\r|\n", block):
        if _is_quoted(whole) and whole.endswith(b"="):
            whole = whole[:-1] + line
        elif line[:1] in (b" ", b"\t"):
            whole += line[1:]
        else:
            if whole.strip():
                yield whole
            whole = line
    if whole.strip():
        yield whole


def _is_quoted(line: bytes) -> bool:
    return b"QUOTED-PRINTABLE" in line.partition(b":")[0].upper()


def _plain_line(raw: bytes) -> str:
    """Return a line as Unicode without encodings; empty for what we do not need or cannot read."""
    head, colon, value = raw.partition(b":")
    names = head.decode("ascii", "replace").split(";")
    name = names[0].strip().rpartition(".")[2].upper()
    if not colon or name in _LEFT_OUT or name in ("VERSION", "BEGIN", "END"):
        return ""
    charset = next((part.partition("=")[2].strip('" ').upper() for part in names if part.upper().startswith("CHARSET=")), "")
    kept = [part for part in names[1:] if not re.match(r"(?i)(?:ENCODING=.*|CHARSET=.*|QUOTED-PRINTABLE|8BIT|7BIT)$", part.strip())]
    if _is_quoted(raw):
        value = quopri.decodestring(value)
    text = _decoded(value, charset).replace("\r\n", "\n").replace("\n", "\\n")
    whole = ";".join([name, *kept])
    return f"{_decoded(head, '') if kept and not whole.isascii() else whole}:{text}"


def _decoded(value: bytes, charset: str) -> str:
    for codec in (_CHARSETS.get(charset, "utf-8"), "utf-8", "cp932"):
        try:
            return value.decode(codec)
        except UnicodeDecodeError:
            continue
    return value.decode("utf-8", "replace")


def _property(line: Any) -> CardProperty | None:
    """Return one line as vobject read it; None for what is no property."""
    name = str(line.name).upper()
    params: dict[str, list[str]] = getattr(line, "params", {})
    kinds = {kind.strip().upper() for value in params.get("TYPE", ()) for kind in value.split(",")}
    kinds |= {str(single).upper() for single in getattr(line, "singletonparams", ())}
    value = getattr(line, "value", None)
    if name in _STRUCTURED and not isinstance(value, (str, list)):
        parts = tuple(_joined(getattr(value, part, "")) for part in _STRUCTURED[name])
    elif isinstance(value, list):
        parts = tuple(_joined(part) for part in value)
    elif isinstance(value, str):
        parts = (value,)
    else:
        return None
    return CardProperty(name, parts, frozenset(kinds), " ".join(params.get("SORT-AS", ())))


def _joined(part: Any) -> str:
    return " ".join(map(str, part)) if isinstance(part, list) else str(part)
