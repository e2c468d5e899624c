"""From an address to a place, with the towns of the atlas at hand."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fieldsales.domain.addresses import (
    Folded,
    Municipality,
    MunicipalityMatch,
    TownMatch,
    after_last_direction,
    city_of_ward,
    find_prefecture,
    fold,
    fold_name,
    is_number,
    match_district,
    match_town,
    number_value,
    prefectures_of,
    read_postal_code,
    unwrap,
    without_district,
)
from fieldsales.domain.places import AddressQuery, Level, LocateReason, LocateStatus, Place

from .atlas import Atlas, TownTable, precision_level
from .records import PostalRow

GAZETTEER = "gazetteer"
MUNICIPALITIES = "municipalities"

_METRES_PER_DEGREE = 111_195.0
_POSTAL_CODE_DISAGREES_BEYOND_M = 10_000.0
_ONE_PLACE_WITHIN_M = 3_000.0
_ONE_DISTRICT_WITHIN_M = 8_000.0
_KYOTO = "京都市"
_WARD_NAME = re.compile("[^\ue000-\uf8ff区-]{1,4}区")
_FORMER_TOWN = re.compile("[^\ue000-\uf8ff町村-]{1,6}[町村]")
_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_LOOKS_LIKE_ADDRESS = re.compile(r"[^\W\d_].*[,\s].*[^\W_]|[^\W\d_].*\d|\d.*[^\W\d_]", re.DOTALL)
_CITY_GOES_ON = re.compile("役所|役場|.*[-\ue000-\uf8ff町村区通条]")


class _Hit(NamedTuple):
    """A town that an address names."""

    table: TownTable
    match: TownMatch
    certain: bool


class Reading(NamedTuple):
    """An address as far as its municipality; `candidates` are several when it could be any of them, none when unknown."""

    folded: Folded
    postal_code: str
    candidates: tuple[Municipality, ...]
    end: int
    with_prefecture: bool
    prefecture: str


class Locator:
    """Answers addresses from one atlas."""

    def __init__(self, atlas: Atlas) -> None:
        """Answer from `atlas`."""
        self.atlas = atlas

    def read(self, query: AddressQuery) -> Reading:
        """Return the municipalities that the address may mean, fewer when its postal code tells them apart."""
        unwrapped = unwrap(query.text)
        postal_code = (read_postal_code(query.postal_code) if query.postal_code else "") or unwrapped.postal_code
        index = self.atlas.municipalities
        folded = fold(query.text[unwrapped.start :])
        found = index.match(folded)
        if found is None and (elsewhere := find_prefecture(query.text, unwrapped.start)) is not None:
            later = fold(query.text[elsewhere:])
            if (found := index.match(later)) is not None:
                folded = later
        if found is None:
            prefecture, end = index.read_prefecture(folded.tokens, 0)
            return Reading(folded, postal_code, (), end, bool(prefecture), prefecture)
        candidates = found.candidates if len(found.candidates) == 1 else self._settle(found, postal_code)
        return Reading(folded, postal_code, candidates, found.end, found.with_prefecture, candidates[0].pref)

    def locate(self, query: AddressQuery) -> Place:
        """Return the place of an address, never one that its text does not begin with."""
        reading = self.read(query)
        if not reading.candidates:
            return self._unknown(reading)
        if len({candidate.pref for candidate in reading.candidates}) > 1:
            return self._ambiguous(reading)
        place, hit = self._locate_within(reading)
        if reading.postal_code and place.found:
            place = self._cross_check(place, (hit.table.municipality if hit else reading.candidates[0]), reading.postal_code)
        return place

    def area_of(self, query: AddressQuery) -> str:
        """Return the municipality that an address names beyond doubt, else that of its postal code, else the empty string."""
        reading = self.read(query)
        text = reading.folded.original.strip()
        if not reading.candidates:
            row = self.atlas.postal(reading.postal_code) if reading.postal_code and (not text or _JAPANESE.search(text)) else None
            return row.pref + without_district(row.city) if row else ""
        if not reading.with_prefecture and not _may_end_here(reading.folded, reading.end) and not self._find_towns(reading):
            return ""
        if len(reading.candidates) == 1:
            return reading.candidates[0].pref + without_district(reading.candidates[0].city)
        cities = {(candidate.pref, candidate.whole_city) for candidate in reading.candidates}
        return "".join(cities.pop()) if len(cities) == 1 else ""

    def _settle(self, found: MunicipalityMatch, postal_code: str) -> tuple[Municipality, ...]:
        """Return the candidates that the postal code allows, all of them when it allows none."""
        if not postal_code:
            return found.candidates
        row = self.atlas.postal(postal_code)
        if row and (same := tuple(c for c in found.candidates if _is_in(row, c))):
            return same
        prefectures = prefectures_of(postal_code)
        return tuple(c for c in found.candidates if c.pref in prefectures) or found.candidates

    def _unknown(self, reading: Reading) -> Place:
        text = reading.folded.original.strip()
        if reading.prefecture:
            reason = LocateReason.UNKNOWN_MUNICIPALITY
        elif not text:
            reason = LocateReason.NO_ADDRESS
        elif not _JAPANESE.search(text):
            reason = LocateReason.OUTSIDE_JAPAN if _LOOKS_LIKE_ADDRESS.search(text) else LocateReason.NOT_AN_ADDRESS
        else:
            reason = LocateReason.UNKNOWN_MUNICIPALITY if re.search("[市区町村郡]", text) else LocateReason.NOT_AN_ADDRESS
        return Place.nowhere(
            LocateStatus.FAILED, reason, provider=self._provider, matched=reading.prefecture, rest=reading.folded.rest_from(reading.end)
        )

    def _ambiguous(self, reading: Reading) -> Place:
        return Place.nowhere(
            LocateStatus.AMBIGUOUS,
            LocateReason.SEVERAL_MUNICIPALITIES,
            provider=self._provider,
            matched=reading.folded.original[: reading.folded.ends[reading.end - 1]].strip(),
            rest=reading.folded.rest_from(reading.end),
        )

    @property
    def _provider(self) -> str:
        return GAZETTEER if self.atlas.has_towns else MUNICIPALITIES

    def _locate_within(self, reading: Reading) -> tuple[Place, _Hit | None]:
        """Return the place within the municipality, and the town if one was found."""
        hits = self._find_towns(reading)
        if len(hits) > 1:
            hits = self._choose(hits, reading.postal_code)
        if len(hits) == 1:
            return self._town_place(hits[0], reading.folded), hits[0]
        if hits:
            return self._several_towns(hits, reading), None
        if len({candidate.whole_city for candidate in reading.candidates}) > 1:
            return self._ambiguous(reading), None
        if district := self._district_place(reading):
            return district, None
        return self._city_place(reading, LocateReason.UNKNOWN_TOWN), None

    def _find_towns(self, reading: Reading) -> list[_Hit]:
        """Return the towns with the longest name that the address has, in any ward if the ward is not known."""
        for municipalities, start, certain in self._places_to_look(reading):
            hits = []
            for municipality in municipalities:
                table = self.atlas.towns(municipality)
                if table and (match := self._match(reading.folded, start, table)):
                    hits.append(_Hit(table, match, certain))
            if hits:
                furthest = max(hit.match.end for hit in hits)
                return [hit for hit in hits if hit.match.end == furthest]
        return []

    def _match(self, folded: Folded, start: int, table: TownTable) -> TownMatch | None:
        if table.municipality.city.startswith(_KYOTO):
            after = after_last_direction(folded.tokens, start)
            if after is not None:
                return _match_anywhere(folded, after, table) or _match_whole(folded, start, table)
        return match_town(folded, start, table.index)

    def _places_to_look(self, reading: Reading) -> Iterator[tuple[list[Municipality], int, bool]]:
        """Yield where to look for the town, best first: municipalities, the token it begins at, whether that is certain."""
        tokens, end = reading.folded.tokens, reading.end
        named = [municipality for candidate in reading.candidates for municipality in self._with_towns(candidate)]
        yield named, end, True
        if ward := _WARD_NAME.match(tokens, end):
            yield named, ward.end(), True
        # the ward may have been redrawn
        siblings = [ward for candidate in reading.candidates for ward in self._wards(candidate.pref, city_of_ward(candidate.city))]
        if siblings:
            yield [ward for ward in siblings if ward not in named], end, False
        if (former := _FORMER_TOWN.match(tokens, end)) and former.end() < len(tokens):
            yield named, former.end(), False

    def _with_towns(self, candidate: Municipality) -> Sequence[Municipality]:
        """Return the municipality, or its wards if the towns are known by ward (also for a ward newer than the gazetteer)."""
        if candidate.wards:
            return [self.atlas.municipalities.by_id[ward] for ward in candidate.wards]
        if candidate.city[-1] == "区" and (whole := city_of_ward(candidate.city)) and self.atlas.towns(candidate) is None:
            return self._wards(candidate.pref, whole)
        return (candidate,)

    def _wards(self, pref: str, whole_city: str) -> list[Municipality]:
        """Return the wards of a designated city, none for an empty name."""
        for candidate in self.atlas.municipalities.named(fold_name(whole_city)):
            if candidate.pref == pref and candidate.wards:
                return [self.atlas.municipalities.by_id[ward] for ward in candidate.wards]
        return []

    def _choose(self, hits: list[_Hit], postal_code: str) -> list[_Hit]:
        row = self.atlas.postal(postal_code) if postal_code else None
        if row is None:
            return hits
        chosen = [hit for hit in hits if hit.table.municipality.pref == row.pref and hit.table.municipality.city == row.city]
        return chosen if len(chosen) == 1 else hits

    def _town_place(self, hit: _Hit, folded: Folded) -> Place:
        table, match = hit.table, hit.match
        position, end = match.position, match.end
        lat, lon = table.point(position)
        level, precision_m = precision_level(table.index.kinds[position]), float(table.precision_m[position])
        matched = table.municipality.name + table.name(position)
        if self.atlas.has_blocks:
            at = end + 1 if folded.tokens[end : end + 1] == "-" else end
            number = folded.tokens[at : at + 1]
            if is_number(number) and (block := self.atlas.block(table, position, number_value(number))):
                lat, lon, level, precision_m = block.lat, block.lon, Level.BLOCK, block.precision_m
                matched, end = f"{matched}{number_value(number)}", at + 1
        place = Place(lat, lon, level, precision_m, GAZETTEER, matched, folded.rest_from(end), LocateStatus.OK)
        return place if match.clean and hit.certain else place.doubted(LocateReason.UNKNOWN_TOWN)

    def _several_towns(self, hits: list[_Hit], reading: Reading) -> Place:
        """Return one place for towns of the same name if they lie together, else the middle of the city."""
        points = [hit.table.point(hit.match.position) for hit in hits]
        lat, lon = (sum(values) / len(points) for values in zip(*points, strict=True))
        reach = max(_distance_m(lat, lon, *point) for point in points)
        if reach > _ONE_PLACE_WITHIN_M:
            return self._city_place(reading, LocateReason.SEVERAL_TOWNS)
        place = self._town_place(hits[0], reading.folded)
        radius = reach + max(float(hit.table.precision_m[hit.match.position]) for hit in hits)
        if reach < 1:
            return place
        return Place(
            lat, lon, Level.OAZA, radius, GAZETTEER, place.matched, place.rest, LocateStatus.APPROXIMATE, LocateReason.SEVERAL_TOWNS
        )

    def _district_place(self, reading: Reading) -> Place | None:
        """Return the middle of the towns whose names begin alike, when they lie within a few kilometres."""
        folded = reading.folded
        for municipality in reading.candidates[:1]:
            table = self.atlas.towns(municipality)
            found = match_district(folded, reading.end, table.index) if table else None
            if table is None or found is None:
                continue
            positions, end = found
            points = [table.point(position) for position in positions]
            lat, lon = (statistics.median(values) for values in zip(*points, strict=True))
            radius = max(_distance_m(lat, lon, *point) for point in points)
            if radius > _ONE_DISTRICT_WITHIN_M:
                continue
            radius += statistics.mean(table.precision_m[position] for position in positions)
            matched = municipality.name + folded.original[folded.starts[reading.end] : folded.ends[end - 1]]
            place = Place(lat, lon, Level.OAZA, radius, GAZETTEER, matched, folded.rest_from(end), LocateStatus.OK)
            return place.doubted(LocateReason.UNKNOWN_TOWN)
        return None

    def _city_place(self, reading: Reading, reason: LocateReason) -> Place:
        municipality = reading.candidates[0]
        folded, end = reading.folded, reading.end
        if not reading.with_prefecture and not _may_end_here(folded, end):
            return Place.nowhere(LocateStatus.FAILED, LocateReason.NOT_AN_ADDRESS, provider=self._provider, rest=folded.original.strip())
        lat, lon, radius_m = self.atlas.circle(municipality)
        if not self.atlas.has_towns:
            reason = LocateReason.GAZETTEER_MISSING
        rest = folded.rest_from(end)
        return Place(lat, lon, Level.CITY, radius_m, self._provider, municipality.name, rest, LocateStatus.APPROXIMATE, reason)

    def _cross_check(self, place: Place, municipality: Municipality, postal_code: str) -> Place:
        """Doubt a place that its postal code puts elsewhere."""
        row = self.atlas.postal(postal_code)
        if row is None:
            prefectures = prefectures_of(postal_code)
            agrees = not prefectures or municipality.pref in prefectures
        else:
            agrees = _is_in(row, municipality) and not _is_far(row, place)
        return place if agrees else place.doubted(LocateReason.POSTAL_CODE_DISAGREES)


def _match_anywhere(folded: Folded, start: int, table: TownTable) -> TownMatch | None:
    """Return the town at `start`, or else the first later one, as after 東入二丁目."""
    for begin in range(start, len(folded.tokens)):
        match = match_town(folded, begin, table.index)
        if match and (begin == start or match.end - begin > 2):
            return match
    return None


def _match_whole(folded: Folded, start: int, table: TownTable) -> TownMatch | None:
    """Return the town that stands before the streets (本能寺前町（寺町通御池上る）), not the street that begins like one."""
    match = match_town(folded, start, table.index)
    return match if match and folded.has_gap_before(match.end) else None


def _may_end_here(folded: Folded, end: int) -> bool:
    """True when a municipality without prefecture or town is an address all the same: 津市 123, but not 津市民会館."""
    if end >= len(folded.tokens) or folded.has_gap_before(end):
        return True
    return _CITY_GOES_ON.match(folded.tokens, end) is not None


def _is_in(row: PostalRow, municipality: Municipality) -> bool:
    """True when a postal code lies in the municipality; wards are not told apart, since they change."""
    return row.pref == municipality.pref and fold_name(city_of_ward(row.city) or row.city) == fold_name(municipality.whole_city)


def _is_far(row: PostalRow, place: Place) -> bool:
    if row.lat is None or row.lon is None or place.lat is None or place.lon is None or row.level not in ("town", "office-town"):
        return False
    if not place.level.is_town:
        return False
    return _distance_m(row.lat, row.lon, place.lat, place.lon) > _POSTAL_CODE_DISAGREES_BEYOND_M


def _distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return a distance on a locally flat earth, good enough to compare with kilometres."""
    return math.hypot(lat2 - lat1, (lon2 - lon1) * math.cos(math.radians((lat1 + lat2) / 2))) * _METRES_PER_DEGREE
