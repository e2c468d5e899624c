"""Which municipality an address names, whether or not it names the prefecture, the 郡 or the city of a ward."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .folding import Folded, fold_name
from .prefectures import PREFECTURES, short_name

_DISTRICT = re.compile(r"^(.+?郡|三宅島|八丈島)(?=.+[町村]$)")
_WARD = re.compile(r"^(.+?市)(.+区)$")
_FOREIGN_DISTRICT = re.compile(f".{{1,6}}?郡|{fold_name('三宅島')}|{fold_name('八丈島')}")
_LONGEST_PREFECTURE = 4

# Renamed since lists were written; only names that no other municipality has today.
_FORMER_NAMES = {
    "丹波篠山市": "篠山市",
    "富谷市": "富谷町",
    "野々市市": "野々市町",
    "長久手市": "長久手町",
    "滝沢市": "滝沢村",
    "白岡市": "白岡町",
    "大網白里市": "大網白里町",
}


@dataclass(frozen=True, slots=True)
class Municipality:
    """A 市, 町, 村 or 区 with the circle that holds nearly all of it; `wards` are the ids of a designated city's wards."""

    id: int
    pref: str
    city: str
    lat: float
    lon: float
    radius_m: float
    wards: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Prefecture and municipality as one writes them."""
        return self.pref + self.city

    @property
    def whole_city(self) -> str:
        """The city's own name for a ward of a designated city, else the municipality's."""
        return city_of_ward(self.city) or self.city


@dataclass(frozen=True, slots=True)
class MunicipalityMatch:
    """The municipalities that the tokens up to `end` may mean; `with_prefecture` when the address names it."""

    candidates: tuple[Municipality, ...]
    end: int
    with_prefecture: bool


def city_of_ward(city: str) -> str:
    """Return 札幌市 for 札幌市北区, the empty string for a municipality that is no ward of a designated city."""
    match = _WARD.match(city)
    return match.group(1) if match else ""


def without_district(city: str) -> str:
    """Return the municipality's name without its 郡 or island."""
    return _DISTRICT.sub("", city)


def municipality_keys(city: str) -> tuple[str, ...]:
    """Return the token strings by which an address may name `city`: in full, without 郡, as a ward alone, by its former name."""
    names = [city, without_district(city)]
    if ward := _WARD.match(city):
        names.append(ward.group(2))
    if city in _FORMER_NAMES:
        names.append(_FORMER_NAMES[city])
    return tuple(dict.fromkeys(fold_name(name) for name in names))


class MunicipalityIndex:
    """All municipalities of Japan by the ways to write them."""

    def __init__(self, municipalities: Iterable[tuple[Municipality, Sequence[str]]]) -> None:
        """Index each municipality under its keys (see `municipality_keys`)."""
        self.by_id: dict[int, Municipality] = {}
        self._by_key: dict[str, tuple[Municipality, ...]] = {}
        for municipality, keys in municipalities:
            self.by_id[municipality.id] = municipality
            for key in keys:
                self._by_key[key] = (*self._by_key.get(key, ()), municipality)
        self._longest = max(map(len, self._by_key), default=0)
        self._prefectures = {fold_name(name): name for name in PREFECTURES}
        self._short_prefectures = {fold_name(short_name(name)): name for name in PREFECTURES}

    def named(self, key: str) -> tuple[Municipality, ...]:
        """Return the municipalities with this key."""
        return self._by_key.get(key, ())

    def match(self, folded: Folded, start: int = 0) -> MunicipalityMatch | None:
        """Return what the address names at token `start`, None when that is no municipality of Japan."""
        prefecture, begin = self.read_prefecture(folded.tokens, start)
        if prefecture:
            found = self._match_name(folded.tokens, begin, prefecture)
            # columns joined by hand: 東京都東京都千代田区
            again, after = self.read_prefecture(folded.tokens, begin)
            if found is None and again == prefecture:
                found = self._match_name(folded.tokens, after, prefecture)
            return self._skip_repetition(folded.tokens, found) if found else None
        for length in (3, 2):
            short = folded.tokens[start : start + length]
            name = self._short_prefectures.get(short, "")
            if name and (found := self._match_name(folded.tokens, start + len(short), name)):
                return found
        return self._match_name(folded.tokens, start, "")

    def read_prefecture(self, tokens: str, start: int) -> tuple[str, int]:
        """Return the prefecture written in full at `start` and where it ends, or an empty name and `start`."""
        for length in range(_LONGEST_PREFECTURE, 2, -1):
            written = tokens[start : start + length]
            if name := self._prefectures.get(written):
                return name, start + len(written)
        return "", start

    def _match_name(self, tokens: str, start: int, prefecture: str) -> MunicipalityMatch | None:
        """Return the municipality with the longest name, also behind a 郡 that our names do not have."""
        if found := self._match_longest(tokens, start, prefecture):
            return found
        district = _FOREIGN_DISTRICT.match(tokens, start)
        found = self._match_longest(tokens, district.end(), prefecture) if district else None
        return found if found and all(candidate.city[-1] in "町村" for candidate in found.candidates) else None

    def _match_longest(self, tokens: str, start: int, prefecture: str) -> MunicipalityMatch | None:
        for end in range(min(len(tokens), start + self._longest), start, -1):
            candidates = self._by_key.get(tokens[start:end])
            if not candidates:
                continue
            if prefecture:
                candidates = tuple(candidate for candidate in candidates if candidate.pref == prefecture)
            if candidates:
                return MunicipalityMatch(candidates, end, bool(prefecture))
        return None

    def _skip_repetition(self, tokens: str, found: MunicipalityMatch) -> MunicipalityMatch:
        """Step over a prefecture and municipality that are written twice."""
        prefecture, begin = self.read_prefecture(tokens, found.end)
        if not prefecture or prefecture != found.candidates[0].pref:
            return found
        again = self._match_name(tokens, begin, prefecture)
        cities = {candidate.whole_city for candidate in found.candidates}
        return again if again and any(candidate.whole_city in cities for candidate in again.candidates) else found
