"""When two ways of writing are the same: names for matching, texts for searching."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from fieldsales.domain.addresses.folding import Folded as FoldedAddress
from fieldsales.domain.addresses.folding import fold as fold_address
from fieldsales.domain.addresses.numerals import FIRST_NUMBER, LAST_NUMBER

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


_PEOPLE = "\n\n"  # no part of a search text is empty, so this stands nowhere else


def with_people(own: str, people: str) -> str:
    """Return a customer's search text with that of its contacts behind it; `own` may have contacts already, who go."""
    own = own.partition(_PEOPLE)[0]
    return f"{own}{_PEOPLE}{people}" if people else own


def people_in(searched: str) -> str:
    """Return the contacts' part of a search text."""
    return searched.partition(_PEOPLE)[2]


_UNSEARCHABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")  # no stored text has them, and no database takes them
_PHONE_LIKE = re.compile(r"[0-9+(][0-9()\-]{3,}")


def search_words(query: str) -> list[str]:
    """Return the words of a query, each of which must occur in the search text."""
    return fold(_UNSEARCHABLE.sub(" ", query)).split()


def bare_digits(word: str) -> str:
    """Return the digits of a word that may be a piece of a telephone number with its marks; empty for any other word."""
    if not _PHONE_LIKE.fullmatch(word) or word.isdigit():
        return ""
    return re.sub(r"[^0-9]", "", word)


def phone_key(phone: str) -> str:
    """Return the digits of a telephone number for matching (+81 3 … as 03…), empty when there are too few to tell."""
    text = unicodedata.normalize("NFKC", phone)
    digits = re.sub(r"\D", "", text.split("/")[0])
    if text.lstrip().startswith("+81") or digits.startswith("0081"):
        digits = "0" + re.sub(r"^(?:00)?810?", "", digits)
    return digits if 9 <= len(digits) <= 15 else ""


def email_key(email: str) -> str:
    """Return a mail address for matching; empty for what is none."""
    key = unicodedata.normalize("NFKC", email).strip().casefold()
    return _bounded(key) if "@" in key else ""


MAX_KEY_PART = 200  # an index entry of PostgreSQL holds 2,700 bytes
_PREFECTURE = re.compile(r"(?:東京都|北海道|京都府|大阪府|..県|(?:神奈川|和歌山|鹿児島)県)")
_COUNTY = re.compile(r"[^市区町村郡]{1,5}郡(?=[^市区]{1,6}[町村])")
_NUMBER = f"[{FIRST_NUMBER}-{LAST_NUMBER}]"
_JOINT = "丁|番地ノ?|番|号|ノ|-"
# 2丁目3番4号, 2-3-4, 3の4, 1331番地1: numbers and what joins them; what follows the last one says nothing.
_LOT = re.compile(f"{_NUMBER}(?:(?:{_JOINT})+{_NUMBER})*")
_JOINTS = re.compile(_JOINT)
_JAPANESE = re.compile("[ぁ-ゖァ-ヺ㐀-鿿]")
_CLOSES_LOT = re.compile(r"[\s,、，(（]")


def address_key(address: str) -> str:
    """Return an address for matching: without prefecture, county, blanks and building, each lot number written one way."""
    folded = fold_address(address)
    tokens = folded.tokens
    if not _JAPANESE.search(address):
        return tokens  # elsewhere the number may stand first, and the city last
    start = match.end() if (match := _PREFECTURE.match(tokens)) else 0
    start = match.end() if (match := _COUNTY.match(tokens, start)) else start
    for lot in _LOT.finditer(tokens, start):
        if _is_lot(folded, lot):
            return tokens[start : lot.start()] + "-".join(_JOINTS.sub("", lot.group()))
    return tokens[start:]


def _is_lot(folded: FoldedAddress, lot: re.Match[str]) -> bool:
    """True when a run of numbers is the lot, not part of a town's name (三田, 六本木) or of a building's (5F)."""
    end = lot.end()
    if len(lot.group()) > 1 or end == len(folded.tokens) or folded.tokens[end] in "丁番号-":
        return True
    return _CLOSES_LOT.search(folded.original[folded.ends[end - 1] : folded.starts[end]]) is not None


def _bounded(key: str) -> str:
    if len(key) <= MAX_KEY_PART:
        return key
    return key[: MAX_KEY_PART - 33] + "#" + hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


@lru_cache(16_384)  # an import asks for each key when it reads a row and when it stores it
def customer_key(name: str, address: str) -> str:
    """Return the key by which a customer without a code is recognised: name and address, both for matching."""
    return f"{_bounded(name_key(name))}|{_bounded(address_key(address))}"


@dataclass(frozen=True, slots=True)
class MatchKeys:
    """What two records of one customer may share: the columns by which duplicates are looked up."""

    name_key: str
    address_key: str
    phone_key: str
    email_key: str


def match_keys(name: str, address: str, phone: str, email: str) -> MatchKeys:
    """Return a customer's keys; an empty one matches nothing."""
    named, _, lies = customer_key(name, address).partition("|")
    return MatchKeys(named, lies, phone_key(phone), email_key(email))
