"""Without a gazetteer every Japanese address is at least in its town."""

from __future__ import annotations

import pytest

from fieldsales.adapters.geocoding.municipalities import municipality_points, radius_m
from fieldsales.domain.places import Level, LocateReason, LocateStatus

from .conftest import TOWNS, Asking


def test_the_package_knows_every_municipality() -> None:
    assert len(municipality_points()) == 1741


@pytest.mark.parametrize(
    ("address", "matched"),
    [
        ("香川県高松市番町1-8-15", "香川県高松市"),
        ("高松市番町1-8-15", "香川県高松市"),
        ("北海道札幌市北区北7条西1丁目", "北海道札幌市北区"),
        ("北海道紋別郡滝上町字サクルー原野", "北海道滝上町"),
        ("紋別郡滝上町字サクルー原野", "北海道滝上町"),
        ("東京都千代田区丸の内1-1", "東京都千代田区"),
        ("静岡県浜松市中央区元城町", "静岡県浜松市中央区"),
        ("東京都八丈島八丈町大賀郷", "東京都八丈町"),
        ("茨城県龍ヶ崎市寺後", "茨城県竜ケ崎市"),
    ],
)
def test_an_address_is_placed_in_its_municipality(address: str, matched: str, ask_without: Asking) -> None:
    place = ask_without(address)
    assert place.found
    assert (place.level, place.status, place.reason) == (Level.CITY, LocateStatus.APPROXIMATE, LocateReason.GAZETTEER_MISSING)
    assert place.matched.replace("龍", "竜") == matched
    assert place.precision_m is not None
    assert 3_000 <= place.precision_m <= 40_000


@pytest.mark.parametrize("address", ["府中市宮西町2-24", "中央区銀座1-1", "北区赤羽1-1", "伊達市梅本町"])
def test_a_name_of_several_municipalities_is_ambiguous_here_too(address: str, ask_without: Asking) -> None:
    assert ask_without(address).status is LocateStatus.AMBIGUOUS


def test_the_radius_holds_the_towns(ask_without: Asking) -> None:
    far = 0
    for pref, city, town, koaza, lat, lon in TOWNS:
        if lat is None:
            continue
        place = ask_without(f"{pref}{city}{town}{koaza}1")
        assert place.lat is not None
        assert place.lon is not None
        assert place.precision_m is not None
        far += ((place.lat - lat) ** 2 + ((place.lon - lon) * 0.8) ** 2) ** 0.5 * 111_195 > place.precision_m
    assert far <= len(TOWNS) / 10


def test_an_island_with_no_neighbour_has_the_largest_radius() -> None:
    assert radius_m(25.83, 131.23) == 40_000
