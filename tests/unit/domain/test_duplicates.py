"""What speaks for one customer under two records, and what is not enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldsales.domain.duplicates import Reason, Traits, compare, names_alike
from fieldsales.domain.matching import match_keys

TOWN = "香川県高松市番町1-8-15"


def traits(number: int, name: str, *, address: str = "", phone: str = "", email: str = "", kana: str = "", code: str = "") -> Traits:
    keys = match_keys(name, address, phone, email)
    return Traits(number, keys.name_key, kana, keys.address_key, keys.phone_key, keys.email_key, code, None, None, None)


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        (
            traits(1, "株式会社高松食品", phone="087-851-0000"),
            traits(2, "高松食品(株)", phone="０８７ ８５１ ００００"),
            {Reason.PHONE, Reason.NAME, Reason.NO_ADDRESS},
        ),
        (traits(1, "甲商店", phone="+81 87-851-0000"), traits(2, "乙商店", phone="087-851-0000"), {Reason.PHONE}),
        (traits(1, "甲商店", email="Info@Ko.example"), traits(2, "甲野商事", email="info@ko.example"), {Reason.EMAIL}),
        (
            traits(1, "髙﨑製作所", address=TOWN),
            traits(2, "高崎製作所 本社", address="高松市番町一丁目8番15号 ビル3F"),
            {Reason.ADDRESS, Reason.LIKE_NAME},
        ),
        (traits(1, "甲商店"), traits(2, "甲商店", address=TOWN), {Reason.NAME, Reason.NO_ADDRESS}),
    ],
)
def test_what_two_records_share_is_said(one: Traits, other: Traits, reasons: set[Reason]) -> None:
    likeness = compare(one, other)
    assert likeness is not None
    assert set(likeness.reasons) == reasons
    assert compare(other, one) == likeness


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (traits(1, "コンビニ", address=TOWN), traits(2, "コンビニ", address="東京都港区芝1-1-1")),  # a chain
        (traits(1, "甲商店", address=TOWN), traits(2, "乙商店", address=TOWN)),  # neighbours in one house
        (traits(1, "第1倉庫", address=TOWN), traits(2, "第2倉庫", address=TOWN)),
        (traits(1, ""), traits(2, "")),
    ],
)
def test_what_too_little_speaks_for_is_no_pair(one: Traits, other: Traits) -> None:
    assert compare(one, other) is None


def test_one_name_near_by_is_a_pair_unless_the_pins_are_rough() -> None:
    one = replace(traits(1, "甲商店", address=TOWN), lat=34.34, lon=134.04, precision_m=15.0)
    near = replace(traits(2, "甲商店", address="高松市番町2-3"), lat=34.3405, lon=134.0405, precision_m=100.0)
    far = replace(near, lat=34.36)
    found = compare(one, near)
    assert found is not None
    assert Reason.NEAR in found.reasons
    assert compare(one, far) is None
    assert compare(one, replace(near, precision_m=3_000.0)) is None


def test_a_shared_number_and_name_is_likely_a_name_alone_only_possible() -> None:
    shared = {"phone": "087-851-0000", "address": TOWN}
    certain = compare(traits(1, "甲商店", **shared), traits(2, "甲商店", **shared))
    vague = compare(traits(1, "甲商店"), traits(2, "甲商店", address=TOWN))
    assert certain is not None
    assert certain.likely
    assert vague is not None
    assert not vague.likely


def test_names_are_alike_by_their_parts_or_by_a_slip_of_the_pen() -> None:
    assert names_alike("高松食品", "高松食品香川支店")
    assert names_alike("さぬき製麺所本店", "さぬき製面所本店")
    assert not names_alike("高松", "松山")
