"""What a business card says: from the properties of a vCard or the fields of a MECARD to the words of a contact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

LIMITS = {
    "name": 200,
    "name_kana": 200,
    "company": 500,
    "company_kana": 500,
    "role": 200,
    "phone": 100,
    "mobile": 100,
    "email": 320,
    "postal_code": 16,
    "address": 1000,
    "note": 10_000,
}
# Mail hosts that say nothing about where somebody works.
FREE_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "yahoo.co.jp", "yahoo.com", "ymail.ne.jp", "outlook.com", "outlook.jp", "hotmail.com",
        "hotmail.co.jp", "live.jp", "icloud.com", "me.com", "mac.com", "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp",
        "i.softbank.jp", "ymobile.ne.jp", "nifty.com", "biglobe.ne.jp", "ocn.ne.jp",
    }
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]+")
_EAST_ASIAN = re.compile("[぀-ヿ㐀-鿿豈-﫿々〆]")
_MOBILE = re.compile(r"(?:\+81[-\s(]*0?|0)[-\s)]*[789]0")


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCard:
    """A person and where they work, as far as a card says it; every text is on one line but `note`, and fits its column."""

    name: str = ""
    name_kana: str = ""
    company: str = ""
    company_kana: str = ""
    role: str = ""
    phone: str = ""
    mobile: str = ""
    email: str = ""
    postal_code: str = ""
    address: str = ""
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """True when it names nobody: neither a person nor a company."""
        return not (self.name or self.company)

    @property
    def mail_domain(self) -> str:
        """The company's own mail domain; empty for none, or one that anybody can have."""
        domain = self.email.rpartition("@")[2].casefold()
        return "" if domain in FREE_MAIL else domain


def make_card(**said: str) -> BusinessCard:
    """Return a card of these texts, cleaned and cut to what their columns hold; half-width kana become full-width."""
    return BusinessCard(**{name: _clean(name, text) for name, text in said.items()})


def _clean(name: str, text: str) -> str:
    if name == "note":
        lines = (_CONTROL_BUT_LINES.sub(" ", line).strip() for line in text.splitlines())
        return "\n".join(line for line in lines if line)[: LIMITS[name]]
    return re.sub(r"\s+", " ", _CONTROL.sub(" ", unicodedata.normalize("NFKC", text))).strip()[: LIMITS[name]]


@dataclass(frozen=True, slots=True)
class CardProperty:
    """One line of a vCard: its name and kinds in capitals, its value in parts (one for a plain value), `sort_as` as given."""

    name: str
    parts: tuple[str, ...]
    kinds: frozenset[str] = field(default=frozenset())
    sort_as: str = ""

    @property
    def text(self) -> str:
        """The parts that say something, one after the other."""
        return " ".join(part.strip() for part in self.parts if part.strip())


def card_of_properties(properties: Iterable[CardProperty]) -> BusinessCard:
    """Return what a vCard says; the first of several values counts, those at work before those at home, the rest is noted."""
    said: dict[str, list[CardProperty]] = {}
    for entry in properties:
        said.setdefault(entry.name, []).append(entry)

    def first(name: str) -> CardProperty:
        return min(said.get(name, ()), key=lambda entry: "HOME" in entry.kinds, default=CardProperty(name, ()))

    company, *departments = (*first("ORG").parts, "")
    phones = _phones(said.get("TEL", ()))
    address = first("ADR")
    street, postal_code = _address(address.parts)
    notes = [entry.text for name in ("NOTE", "URL") for entry in said.get(name, ())]
    mails = [entry.text.removeprefix("mailto:") for entry in sorted(said.get("EMAIL", ()), key=lambda entry: "HOME" in entry.kinds)]
    return make_card(
        name=_name(first("N").parts, first("FN").text),
        name_kana=_kana(said, first("N"), first("FN")),
        company=company,
        company_kana=first("X-PHONETIC-ORG").text or first("ORG").sort_as.replace(",", " "),
        role=" ".join(part for part in (*departments, first("TITLE").text or first("ROLE").text) if part.strip()),
        phone=phones[0],
        mobile=phones[1],
        email=mails[0] if mails else "",
        postal_code=postal_code,
        address=street,
        note="\n".join([*phones[2], *mails[1:], *notes]),
    )


def _name(parts: Sequence[str], formatted: str) -> str:
    family, given, *_ = (*(part.strip() for part in parts), "", "")
    if _EAST_ASIAN.search(family + given) or not formatted:
        return f"{family} {given}" if _EAST_ASIAN.search(family + given) else f"{given} {family}"
    return formatted


def _kana(said: dict[str, list[CardProperty]], name: CardProperty, formatted: CardProperty) -> str:
    """Return how a name is read, from whichever of the ways of writing it down is used."""
    phonetic = [entry.text for key in ("X-PHONETIC-LAST-NAME", "X-PHONETIC-FIRST-NAME") for entry in said.get(key, ())[:1]]
    sounds = [entry.text.replace(";", " ") for entry in said.get("SOUND", ()) if "X-IRMC-N" in entry.kinds]
    sorted_by = [entry.text for entry in said.get("SORT-STRING", ())]
    ways = (" ".join(phonetic), name.sort_as.replace(",", " "), formatted.sort_as.replace(",", " "), *sounds, *sorted_by)
    return next((way for way in ways if way.strip()), "")


def _phones(entries: Iterable[CardProperty]) -> tuple[str, str, list[str]]:
    """Return the number at work, the mobile number, and the rest as notes."""
    phone, mobile, rest = "", "", []
    for entry in sorted(entries, key=lambda entry: "HOME" in entry.kinds):
        number = re.sub(r"^tel:", "", entry.text, flags=re.IGNORECASE).replace(";ext=", " ext. ")
        if "FAX" in entry.kinds or "PAGER" in entry.kinds:
            rest.append(f"FAX {number}")
        elif ("CELL" in entry.kinds or is_mobile(number)) and not mobile:
            mobile = number
        elif not phone:
            phone = number
        else:
            rest.append(f"TEL {number}")
    return phone, mobile, rest


def is_mobile(number: str) -> bool:
    """True for a Japanese mobile number."""
    return _MOBILE.match(unicodedata.normalize("NFKC", number)) is not None


def _address(parts: Sequence[str]) -> tuple[str, str]:
    """Return (address, postal code) of box, extension, street, city, region, code, country; Japan writes from large to small."""
    _, extended, street, city, region, code, *_ = (*(part.strip() for part in parts), *("",) * 7)
    if _EAST_ASIAN.search(region + city + street):
        return f"{region}{city}{street}{' ' if extended else ''}{extended}", code
    return ", ".join(part for part in (extended, street, city, region) if part), code


MECARD = "MECARD:"
_FIELD = re.compile(r"((?:[^\\:;]|\\.)+):((?:[^\\;]|\\.)*);", re.DOTALL)


def read_mecard(text: str) -> BusinessCard:
    """Return what a MECARD says: `MECARD:N:family,given;SOUND:…;TEL:…;EMAIL:…;ADR:…;ORG:…;;`, marks escaped by a backslash."""
    found: dict[str, list[str]] = {}
    for key, value in _FIELD.findall(text.removeprefix(MECARD) + ";"):
        found.setdefault(key.strip().upper(), []).append(value)

    def first(key: str) -> list[str]:
        return [_unescaped(part) for part in re.split(r"(?<!\\),", found.get(key, [""])[0])]

    numbers = [CardProperty("TEL", (_unescaped(number),)) for number in found.get("TEL", ())]
    phone, mobile, more = _phones(numbers)
    address = first("ADR")
    street, postal_code = _address(address) if len(address) > 1 else (address[0], "")
    notes = [_unescaped(value) for key in ("NOTE", "URL", "MEMO") for value in found.get(key, ())]
    mails = [_unescaped(mail) for mail in found.get("EMAIL", ())]
    return make_card(
        name=_name(first("N"), ""),
        name_kana=" ".join(first("SOUND")),
        company=" ".join(first("ORG")),
        role=" ".join(first("TITLE")),
        phone=phone,
        mobile=mobile,
        email=mails[0] if mails else "",
        postal_code=postal_code,
        address=street,
        note="\n".join([*more, *mails[1:], *notes]),
    )


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
