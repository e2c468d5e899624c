"""Territories (担当エリア): what each one holds, and which one counts where several hold the same customer.

The most particular one counts: a drawn territory before one by postal code, this before one by municipality; among postal codes
the one with more digits; among equals the one that was made first. A customer of a team belongs to territories of that team or of
none, one without a team to any.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldsales.domain.addresses import fold_name
from fieldsales.domain.drawn_areas import Ring, within
from fieldsales.domain.words import AreaKind

Mask: TypeAlias = NDArray[np.bool_]
POSTAL_DIGITS = 7
NO_POSTAL_CODE = -1
NOBODY = -1
_PARTICULARITY = {AreaKind.MUNICIPALITIES: 0, AreaKind.POSTAL_CODES: 1, AreaKind.DRAWN: 2}
_PREFIX = re.compile(r"\d{1,7}")
_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Territory:
    """What one territory holds: rings of (lat, lon) when drawn, else municipalities or the first digits of postal codes.

    `team_id` None is a territory of the whole company.
    """

    id: int
    kind: AreaKind
    rings: tuple[Ring, ...] = ()
    areas: frozenset[str] = frozenset()
    team_id: int | None = None


class Site(NamedTuple):
    """Where one customer lies, as its row says it."""

    lat: float | None
    lon: float | None
    area: str | None
    postal_code: str
    address: str
    team_id: int | None


@dataclass(frozen=True, slots=True)
class Sites:
    """Where customers lie, as columns: degrees (NaN without a pin), municipality, postal code as a number, team (0 for none).

    `area` holds positions in `area_names`. `postal` is the number of a Japanese postal code or NO_POSTAL_CODE.
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    area: NDArray[np.int64]
    area_names: Sequence[str]
    postal: NDArray[np.int64]
    team: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lat)

    @classmethod
    def of(cls, rows: Iterable[Site]) -> Sites:
        """Return columns of single sites."""
        lat, lon, area, postal, team = [], [], [], [], []
        codes: dict[str, int] = {}
        for site in rows:
            lat.append(np.nan if site.lat is None else site.lat)
            lon.append(np.nan if site.lon is None else site.lon)
            area.append(codes.setdefault(site.area or "", len(codes)))
            postal.append(NO_POSTAL_CODE if is_foreign(site.address) else postal_number(site.postal_code))
            team.append(site.team_id or 0)
        return cls(
            np.array(lat, np.float64),
            np.array(lon, np.float64),
            np.array(area, np.int64),
            tuple(codes),
            np.array(postal, np.int64),
            np.array(team, np.int64),
        )


def is_foreign(address: str) -> bool:
    """True for an address without a Japanese letter: seven digits beside it are no Japanese postal code."""
    return address != "" and _JAPANESE.search(address) is None


def postal_number(text: str) -> int:
    """Return a Japanese postal code as a number, with or without its mark and hyphen; NO_POSTAL_CODE for anything else."""
    usual = text[:3] + text[4:] if text[3:4] == "-" else text  # as most are written
    if len(usual) == POSTAL_DIGITS and usual.isascii() and usual.isdigit():
        return int(usual)
    digits = _digits(text)
    return int(digits) if len(digits) == POSTAL_DIGITS else NO_POSTAL_CODE


def postal_prefix(text: str) -> str:
    """Return the first digits of postal codes that `text` writes (160, 160-00, 〒160-0022), the empty string when it writes none."""
    digits = _digits(text)
    return digits if _PREFIX.fullmatch(digits) else ""


def _digits(text: str) -> str:
    """Return the digits of a postal code or its beginning, the empty string when there is more to it than mark and hyphen."""
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("〒")
    plain = re.sub(r"[\s\-‐‑‒–—―−ー]", "", plain)
    return plain if plain.isascii() and plain.isdigit() else ""


def held_by(territory: Territory, sites: Sites) -> Mask:
    """Return which sites lie in a territory, whatever their team; a customer without a pin lies in no drawn one."""
    if territory.kind is AreaKind.DRAWN:
        return within(territory.rings, sites.lat, sites.lon)
    held = np.zeros(len(sites), bool)
    if territory.kind is AreaKind.MUNICIPALITIES:
        named = {_folded(name) for name in territory.areas}
        wanted = [code for code, name in enumerate(sites.area_names) if name and _folded(name) in named]
        return np.isin(sites.area, wanted) if wanted else held
    for prefix in territory.areas:
        held |= _has_prefix(sites.postal, prefix)
    return held


@lru_cache(maxsize=8_192)
def _folded(area: str) -> str:
    """Return a municipality for comparison: 龍ケ崎市 and 竜ヶ崎市 are one."""
    return fold_name(area)


def choose_territories(territories: Sequence[Territory], sites: Sites) -> NDArray[np.int64]:
    """Return for each site the position in `territories` of the one that counts, NOBODY where none holds it."""
    chosen = np.full(len(sites), NOBODY, np.int64)
    claims = [(_PARTICULARITY[t.kind], length, -t.id, position) for position, t in enumerate(territories) for length in _lengths(t)]
    for _, length, _, position in sorted(claims):  # the most particular comes last and overwrites
        territory = territories[position]
        held = held_by(_of_length(territory, length), sites)
        if territory.team_id is not None:
            held &= (sites.team == 0) | (sites.team == territory.team_id)
        chosen[held] = position
    return chosen


def count_shared(territories: Sequence[Territory], sites: Sites, chosen: NDArray[np.int64]) -> dict[tuple[int, int], int]:
    """Return how many sites lie in both of two territories, by their positions, the one that counts first; only pairs with some.

    `chosen` is what `choose_territories` says, NOBODY also where a territory counts that is not among these.
    """
    shared: dict[tuple[int, int], int] = {}
    masks = [held_by(territory, sites) for territory in territories]
    for first in range(len(territories)):
        for second in range(first + 1, len(territories)):
            if not _may_meet(territories[first], territories[second]):
                continue
            both = masks[first] & masks[second]
            for winner, loser in ((first, second), (second, first)):
                count = int(np.count_nonzero(both & _wins(territories, chosen, winner, loser)))
                if count:
                    shared[winner, loser] = shared.get((winner, loser), 0) + count
    return shared


def shared_names(one: Territory, other: Territory) -> tuple[str, ...]:
    """Return what two territories both name: municipalities, or postal prefixes of which one begins with the other; sorted."""
    if one.kind is not other.kind or one.kind is AreaKind.DRAWN or not _may_meet(one, other):
        return ()
    if one.kind is AreaKind.MUNICIPALITIES:
        return tuple(sorted(one.areas & other.areas))
    return tuple(sorted({max(a, b, key=len) for a in one.areas for b in other.areas if a.startswith(b) or b.startswith(a)}))


def _wins(territories: Sequence[Territory], chosen: NDArray[np.int64], winner: int, loser: int) -> Mask:
    """Return where `winner` goes before `loser`: where it counts, or, where a third one counts, by the order of their kinds."""
    third = (chosen != winner) & (chosen != loser)
    by_rule = _order(territories[winner]) > _order(territories[loser])
    wins: Mask = (chosen == winner) | (third & by_rule)
    return wins


def _order(territory: Territory) -> tuple[int, int, int]:
    return _PARTICULARITY[territory.kind], max(_lengths(territory), default=0), -territory.id


def _may_meet(one: Territory, other: Territory) -> bool:
    """True when a customer may belong to both: territories of two teams never meet."""
    return one.team_id is None or other.team_id is None or one.team_id == other.team_id


def _lengths(territory: Territory) -> Sequence[int]:
    """Return the lengths of a territory's postal prefixes, each of which claims on its own; one nought for the other kinds."""
    return sorted({len(prefix) for prefix in territory.areas}) if territory.kind is AreaKind.POSTAL_CODES else (0,)


def _of_length(territory: Territory, length: int) -> Territory:
    if territory.kind is not AreaKind.POSTAL_CODES:
        return territory
    prefixes = frozenset(prefix for prefix in territory.areas if len(prefix) == length)
    return Territory(territory.id, territory.kind, areas=prefixes, team_id=territory.team_id)


def _has_prefix(postal: NDArray[np.int64], prefix: str) -> Mask:
    has: Mask = (postal >= 0) & (postal // 10 ** (POSTAL_DIGITS - len(prefix)) == int(prefix))
    return has
