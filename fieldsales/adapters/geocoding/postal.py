"""A place by its postal code, where the address itself does not lead to a town."""

from __future__ import annotations

from fieldsales.domain.addresses import city_of_ward, fold_name, read_postal_code, unwrap, without_district
from fieldsales.domain.places import AddressQuery, Level, LocateReason, LocateStatus, Place

from .gazetteer import Gazetteer
from .records import PostalRow

POSTAL = "postal"
_TOWN_LEVELS = frozenset({"town", "office-town"})


class PostalCodes:
    """Answers from the postal codes that are installed with the gazetteer."""

    name = POSTAL

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Use the codes of `gazetteer`."""
        self._gazetteer = gazetteer

    def improve(self, query: AddressQuery, best: Place) -> Place:
        """Return the town of the postal code if that is more than `best` knows and the municipality does not contradict it."""
        if (best.found and best.level.is_town) or best.reason is LocateReason.OUTSIDE_JAPAN:
            return best
        code = read_postal_code(query.postal_code) or unwrap(query.text).postal_code
        row = self._gazetteer.postal(code) if code else None
        if row is None or row.lat is None or row.lon is None or row.level not in _TOWN_LEVELS:
            return best
        if best.found:
            named = self._gazetteer.municipality_of(query)
            if named is None or not _same_city(row, named):
                return best
        return Place(
            row.lat,
            row.lon,
            Level.POSTAL,
            row.precision_m,
            POSTAL,
            f"〒{code[:3]}-{code[3:]} {row.pref}{row.city}{row.town}",
            best.rest or query.text.strip(),
            LocateStatus.APPROXIMATE,
            LocateReason.POSTAL_CODE_ONLY,
        )


def _same_city(row: PostalRow, named: tuple[str, str]) -> bool:
    pref, city = named
    return row.pref == pref and _plain(row.city) == _plain(city)


def _plain(city: str) -> str:
    return fold_name(without_district(city_of_ward(city) or city))
