"""The municipality that an address names: with and without a gazetteer, and never a guess."""

from __future__ import annotations

import pytest

from fieldsales.adapters.geocoding.chain import build_chain
from fieldsales.domain.places import AddressQuery

from .conftest import Asking

NAMED = [
    ("香川県高松市番町1-8-15", "香川県高松市"),
    ("高松市番町一丁目", "香川県高松市"),
    ("〒760-0017 香川県高松市番町", "香川県高松市"),
    ("北海道札幌市北区北7条西1丁目", "北海道札幌市北区"),
    ("札幌市中央区北3条西1", "北海道札幌市中央区"),
    ("東京都八丈島八丈町大賀郷", "東京都八丈町"),
    ("北海道紋別郡滝上町字サクルー原野", "北海道滝上町"),
    ("香川県高松市", "香川県高松市"),
]
NONE = ["", "住所確認中", "府中市本町1-2", "伊達市末永町3", "10 Downing Street, London", "津市民会館", "東京都どこか町1"]


@pytest.mark.parametrize(("address", "area"), NAMED)
def test_an_address_names_its_municipality_without_its_district(address: str, area: str, ask: Asking, ask_without: Asking) -> None:
    assert ask.gazetteer.area_of(AddressQuery(address)) == area
    assert ask_without.gazetteer.area_of(AddressQuery(address)) == area


@pytest.mark.parametrize("address", NONE)
def test_what_names_none_or_could_be_several_has_none(address: str, ask: Asking, ask_without: Asking) -> None:
    assert ask.gazetteer.area_of(AddressQuery(address)) == ""
    assert ask_without.gazetteer.area_of(AddressQuery(address)) == ""


def test_the_postal_code_tells_cities_of_the_same_name_apart(ask_without: Asking) -> None:
    assert ask_without.gazetteer.area_of(AddressQuery("府中市府川町315", "726-8601")) == "広島県府中市"


def test_a_postal_code_alone_names_the_municipality_it_stands_for_but_not_abroad(ask_with_codes: Asking) -> None:
    assert ask_with_codes.gazetteer.area_of(AddressQuery("", "760-0017")) == "香川県高松市"
    assert ask_with_codes.gazetteer.area_of(AddressQuery("12 Herzl Street, Haifa", "7600017")) == ""


def test_the_chain_asks_no_service_for_it(ask: Asking) -> None:
    chain = build_chain(["gazetteer", "gsi"], gazetteer_path=ask.path, user_agent="test")
    assert chain.area_of(AddressQuery("香川県高松市番町1-8-15")) == "香川県高松市"
