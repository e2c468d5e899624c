"""When two ways of writing are the same: names for matching, texts for searching."""

from __future__ import annotations

import re
import unicodedata

# Old and variant kanji that Japanese names and places are written with, and the form we compare in.
VARIANTS = str.maketrans(
    "髙﨑澤濱濵邊邉齋齊斎廣櫻德惠國縣學會圓榮應黑藏實壽條眞神﨟與萬龍瀧澁邨嶋嶌莊冨盧龜寬",
    "高崎沢浜浜辺辺斉斉斉広桜徳恵国県学会円栄応黒蔵実寿条真神臈与万竜滝渋村島島荘富芦亀寛",
)
_LEGAL_FORMS = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|公益社団法人|公益財団法人|医療法人社団|医療法人財団|医療法人|社会福祉法人|学校法人|"
    r"\((?:株|有|同|資|名|医|社|財|学|福)\)|\b(?:co\.?,?\s*ltd\.?|inc\.?|ltd\.?|llc|gmbh|corp\.?)(?=\W|$)"
)
_NOT_WORD = re.compile(r"[\s\W_]+")
_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def fold(text: str) -> str:
    """Return `text` in the one form in which it is compared: width, case, kana and old kanji made alike."""
    return unicodedata.normalize("NFKC", text).casefold().translate(VARIANTS).translate(_HIRAGANA)


def name_key(name: str) -> str:
    """Return a customer's name for matching: without legal form, spaces and marks; the folded name if nothing is left."""
    folded = fold(name)
    return _NOT_WORD.sub("", _LEGAL_FORMS.sub("", folded)) or _NOT_WORD.sub("", folded)


def search_text(*parts: str) -> str:
    """Return what a search looks through: the folded parts, and phone-like runs also without their hyphens."""
    folded = [fold(part) for part in parts if part]
    bare = [re.sub(r"[^0-9]", "", part) for part in folded if re.fullmatch(r"[0-9+()\-\s]{6,}", part)]
    return "\n".join([re.sub(r"\s+", "", part) for part in folded] + bare)


def search_words(query: str) -> list[str]:
    """Return the words of a query, each of which must occur in the search text."""
    return [word for word in fold(query).split() if word]


_HYPHENS = re.compile(r"[-‐‑‒–—―−ー－ｰ~〜～]")
_BLANKS = re.compile(r"\s+")


def address_key(address: str) -> str:
    """Return an address for matching: folded, without blanks, every dash alike, 丁目・番地・番・号 between numbers as dashes."""
    folded = _BLANKS.sub("", fold(address))
    folded = re.sub(r"(?<=\d)(?:丁目|番地の?|番|号)(?=\d)", "-", folded)
    folded = re.sub(r"(?<=\d)(?:番地|号)(?!\d)", "", folded)
    return re.sub(r"(?<=\d)" + _HYPHENS.pattern + r"+(?=\d)", "-", folded)


def customer_key(name: str, address: str) -> str:
    """Return the key by which a customer without a code is recognised: name and address, both for matching."""
    return f"{name_key(name)}|{address_key(address)}"
