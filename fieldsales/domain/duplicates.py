"""When two customers may be one: what speaks for it, what against, and how loudly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from fieldsales.domain.geodesy import distance_m
from fieldsales.domain.matching import fold

NEAR_M = 150.0
EXACT_M = 300.0  # a pin with a larger radius says nothing about what is near
LIKELY, POSSIBLE = 80, 45
_SIMILAR = 0.8
_SHORTEST_PART = 3
_DIGITS = re.compile(r"\d+")


class Reason(StrEnum):
    """Why two customers may be one."""

    PHONE = "phone"
    EMAIL = "email"
    NAME = "name"
    LIKE_NAME = "like_name"
    ADDRESS = "address"
    NEAR = "near"
    NO_ADDRESS = "no_address"
    KANA = "kana"


POINTS = {
    Reason.PHONE: 50,
    Reason.EMAIL: 45,
    Reason.NAME: 40,
    Reason.ADDRESS: 30,
    Reason.LIKE_NAME: 20,
    Reason.NEAR: 20,
    Reason.NO_ADDRESS: 10,
    Reason.KANA: 10,
}
OTHER_PHONE = OTHER_CODE = -5  # a second number or an old code is common, but speaks for two


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a customer is compared: keys of `domain.matching`, kana as written, the pin with its radius if there is one."""

    id: int
    name_key: str
    kana: str
    address_key: str
    phone_key: str
    email_key: str
    code: str
    lat: float | None
    lon: float | None
    precision_m: float | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why two customers may be one, the weightiest reason first; `points` order pairs and mean nothing else."""

    reasons: tuple[Reason, ...]
    points: int

    @property
    def likely(self) -> bool:
        """True when hardly anything but one customer explains it."""
        return self.points >= LIKELY


def compare(one: Traits, other: Traits) -> Likeness | None:
    """Return how alike two customers are, None when too little speaks for one."""
    found = set(_same_keys(one, other))
    if found and Reason.NAME not in found and one.kana and fold(one.kana) == fold(other.kana):
        found.add(Reason.KANA)
    if Reason.NAME not in found and names_alike(one.name_key, other.name_key):
        found.add(Reason.LIKE_NAME)
    if Reason.NAME in found and not (one.address_key and other.address_key):
        found.add(Reason.NO_ADDRESS)
    if Reason.ADDRESS not in found and _near(one, other):
        found.add(Reason.NEAR)
    points = sum(POINTS[reason] for reason in found)
    points += OTHER_PHONE if one.phone_key and other.phone_key and one.phone_key != other.phone_key else 0
    points += OTHER_CODE if one.code and other.code else 0
    return Likeness(tuple(reason for reason in POINTS if reason in found), points) if points >= POSSIBLE else None


def _same_keys(one: Traits, other: Traits) -> list[Reason]:
    same = {
        Reason.PHONE: one.phone_key and one.phone_key == other.phone_key,
        Reason.EMAIL: one.email_key and one.email_key == other.email_key,
        Reason.NAME: one.name_key and one.name_key == other.name_key,
        Reason.ADDRESS: one.address_key == other.address_key and is_site(one.address_key),
    }
    return [reason for reason, holds in same.items() if holds]


def _near(one: Traits, other: Traits) -> bool:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return False
    if max(one.precision_m or 0.0, other.precision_m or 0.0) > EXACT_M:
        return False
    return distance_m(one.lat, one.lon, other.lat, other.lon) <= NEAR_M


def is_site(address_key: str) -> bool:
    """True when a key of an address is a site: it ends in the number of a lot."""
    return len(address_key) >= 4 and "\ue000" <= address_key[-1] <= "\uf8ff"


def names_alike(one: str, other: str) -> bool:
    """True when two names at one address may be one; 第1倉庫 and 第2倉庫 are not."""
    if _DIGITS.findall(one) != _DIGITS.findall(other):
        return False
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _SHORTEST_PART and shorter in longer:
        return True
    # What two names have in common is at most the letters they share, which is counted ten times sooner.
    needed = _SIMILAR * (len(one) + len(other)) / 2
    if len(shorter) < needed or sum(min(one.count(letter), other.count(letter)) for letter in set(shorter)) < needed:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SIMILAR
