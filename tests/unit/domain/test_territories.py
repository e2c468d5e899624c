"""Which territory holds a customer, and which one counts where several do."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldsales.domain.territories import (
    NO_POSTAL_CODE,
    NOBODY,
    Site,
    Sites,
    Territory,
    choose_territories,
    count_shared,
    held_by,
    postal_number,
    postal_prefix,
    shared_names,
)
from fieldsales.domain.words import AreaKind

TAKAMATSU = Site(34.34, 134.04, "香川県高松市", "760-0017", "香川県高松市番町1", None)
SQUARE = (((34.0, 134.0), (34.0, 135.0), (35.0, 135.0), (35.0, 134.0)),)


def drawn(number: int, **more: int | None) -> Territory:
    return Territory(number, AreaKind.DRAWN, SQUARE, team_id=more.get("team_id"))


def towns(number: int, *names: str, team_id: int | None = None) -> Territory:
    return Territory(number, AreaKind.MUNICIPALITIES, areas=frozenset(names), team_id=team_id)


def codes(number: int, *prefixes: str, team_id: int | None = None) -> Territory:
    return Territory(number, AreaKind.POSTAL_CODES, areas=frozenset(prefixes), team_id=team_id)


def chosen(territories: list[Territory], *sites: Site) -> list[int | None]:
    """Return the id of the territory that counts for each site."""
    positions = choose_territories(territories, Sites.of(sites)).tolist()
    return [None if position == NOBODY else territories[position].id for position in positions]


def shared(territories: list[Territory], *sites: Site) -> dict[tuple[int, int], int]:
    columns = Sites.of(sites)
    return count_shared(territories, columns, choose_territories(territories, columns))


@pytest.mark.parametrize(
    ("written", "prefix"),
    [("160", "160"), ("160-0022", "1600022"), ("〒160-00", "16000"), ("１６０", "160"), ("060", "060"), ("1", "1"), (" 160 ー 0 ", "1600")],
)
def test_a_postal_prefix_is_read_as_people_write_it(written: str, prefix: str) -> None:
    assert postal_prefix(written) == prefix


@pytest.mark.parametrize("written", ["", "〒", "新宿", "160x", "12345678", "SW1A 2AA", "<script>", "16.0", "-"])
def test_what_is_no_postal_prefix_is_none(written: str) -> None:
    assert postal_prefix(written) == ""


@pytest.mark.parametrize("written", ["", "160", "90210", "SW1A 2AA", "12345678", "160-002"])
def test_a_postal_code_that_is_not_of_seven_digits_is_none(written: str) -> None:
    assert postal_number(written) == NO_POSTAL_CODE


def test_a_leading_nought_of_a_postal_code_counts() -> None:
    sapporo = TAKAMATSU._replace(postal_code="060-0001")
    assert chosen([codes(1, "60"), codes(2, "060")], sapporo) == [2]
    assert chosen([codes(1, "06"), codes(2, "0")], sapporo) == [1]


def test_a_drawn_territory_goes_before_a_postal_one_and_this_before_a_municipality() -> None:
    by_town, by_code, by_hand = towns(1, "香川県高松市"), codes(2, "760"), drawn(3)
    assert chosen([by_town, by_code, by_hand], TAKAMATSU) == [3]
    assert chosen([by_code, by_town], TAKAMATSU) == [2]
    assert chosen([by_town], TAKAMATSU) == [1]
    assert chosen([], TAKAMATSU) == [None]


def test_more_digits_go_before_fewer_and_the_older_one_before_the_younger() -> None:
    assert chosen([codes(1, "7"), codes(2, "76"), codes(3, "76")], TAKAMATSU) == [2]
    assert chosen([towns(8, "香川県高松市"), towns(7, "香川県高松市")], TAKAMATSU) == [7]
    # Each prefix claims on its own: the long one of the first goes before the short one of the second, not the other way round.
    elsewhere = TAKAMATSU._replace(postal_code="761-0001")
    assert chosen([codes(1, "7600", "761"), codes(2, "760", "7610")], TAKAMATSU, elsewhere) == [1, 2]


def test_a_territory_of_another_team_holds_nobody_of_this_one_and_those_without_a_team_lie_in_any() -> None:
    east, west = towns(1, "香川県高松市", team_id=1), towns(2, "香川県高松市", team_id=2)
    assert chosen([east, west], TAKAMATSU._replace(team_id=2), TAKAMATSU._replace(team_id=1), TAKAMATSU) == [2, 1, 1]
    assert chosen([east], TAKAMATSU._replace(team_id=2)) == [None]


def test_a_customer_without_a_pin_lies_in_no_drawn_territory_but_in_one_by_name_or_code() -> None:
    pinless = TAKAMATSU._replace(lat=None, lon=None)
    assert chosen([drawn(1)], pinless) == [None]
    assert chosen([drawn(1), towns(2, "香川県高松市")], pinless) == [2]
    assert chosen([codes(3, "760")], pinless) == [3]


def test_a_customer_without_pin_and_address_lies_nowhere() -> None:
    nothing = Site(None, None, "", "", "", None)
    assert chosen([drawn(1), towns(2, "香川県高松市"), codes(3, "7")], nothing, nothing._replace(area=None)) == [None, None]


def test_a_municipality_is_recognised_in_either_spelling() -> None:
    assert chosen([towns(1, "茨城県龍ケ崎市")], TAKAMATSU._replace(area="茨城県竜ヶ崎市")) == [1]


def test_seven_digits_of_a_foreign_address_are_no_japanese_postal_code() -> None:
    haifa = Site(32.8, 35.0, "", "7600017", "12 Herzl Street, Haifa", None)
    assert chosen([codes(1, "760")], haifa) == [None]
    assert chosen([codes(1, "760")], haifa._replace(address="")) == [1]
    assert held_by(Territory(2, AreaKind.DRAWN, (((32.0, 34.0), (32.0, 36.0), (33.0, 36.0), (33.0, 34.0)),)), Sites.of([haifa])).all()


def test_a_ring_across_the_antimeridian_holds_what_lies_on_both_sides() -> None:
    fiji = Territory(1, AreaKind.DRAWN, (((-18.0, 178.0), (-18.0, 182.0), (-16.0, 182.0), (-16.0, 178.0)),))
    west, east = (TAKAMATSU._replace(lat=-17.0, lon=lon) for lon in (179.5, -179.5))
    assert chosen([fiji], west, east, TAKAMATSU) == [1, 1, None]


def test_nobody_lies_anywhere_when_there_are_no_customers() -> None:
    assert len(choose_territories([drawn(1), towns(2, "香川県高松市")], Sites.of([]))) == 0
    assert shared([drawn(1), drawn(2)]) == {}


def test_shared_customers_are_counted_for_the_territory_that_counts_first() -> None:
    territories = [towns(1, "香川県高松市"), drawn(2), codes(3, "760")]
    assert shared(territories, TAKAMATSU, TAKAMATSU) == {(1, 0): 2, (2, 0): 2, (1, 2): 2}


def test_names_that_two_territories_share_are_told_even_without_a_customer() -> None:
    assert shared_names(towns(1, "甲", "乙"), towns(2, "乙", "丙")) == ("乙",)
    assert shared_names(codes(1, "160", "17"), codes(2, "1600", "18")) == ("1600",)
    assert shared_names(towns(1, "甲", team_id=1), towns(2, "甲", team_id=2)) == ()
    assert shared_names(towns(1, "甲"), codes(2, "1")) == ()


places = st.builds(
    Site,
    st.none() | st.floats(33.5, 35.5),
    st.floats(133.5, 135.5),
    st.sampled_from(["香川県高松市", "徳島県徳島市", "", None]),
    st.sampled_from(["760-0017", "7610001", "770", "", "７６００００１"]),
    st.sampled_from(["番町", "", "Main Street 1"]),
    st.sampled_from([None, 1, 2]),
).map(lambda site: site if site.lat is not None else site._replace(lon=None))
territories = st.lists(
    st.one_of(
        st.builds(lambda team: (AreaKind.DRAWN, frozenset[str](), team), st.sampled_from([None, 1, 2])),
        st.builds(
            lambda names, team: (AreaKind.MUNICIPALITIES, names, team),
            st.frozensets(st.sampled_from(["香川県高松市", "徳島県徳島市"]), min_size=1),
            st.sampled_from([None, 1, 2]),
        ),
        st.builds(
            lambda names, team: (AreaKind.POSTAL_CODES, names, team),
            st.frozensets(st.sampled_from(["7", "760", "76", "7600017", "761"]), min_size=1),
            st.sampled_from([None, 1, 2]),
        ),
    ),
    max_size=5,
).map(lambda found: [Territory(at, kind, SQUARE if kind is AreaKind.DRAWN else (), *rest) for at, (kind, *rest) in enumerate(found, 1)])


def plainly_holds(territory: Territory, site: Site) -> tuple[int, int] | None:
    """Return how particularly a territory holds a site, None when it does not, in plain Python."""
    if territory.kind is AreaKind.DRAWN:
        inside = site.lat is not None and site.lon is not None and 34 <= site.lat < 35 and 134 <= site.lon < 135
        return (2, 0) if inside else None
    if territory.kind is AreaKind.MUNICIPALITIES:
        return (0, 0) if site.area in territory.areas else None
    digits = site.postal_code.translate(str.maketrans("０１６７", "0167", "-"))
    if len(digits) != 7 or site.address == "Main Street 1":
        return None
    return max(((1, len(prefix)) for prefix in territory.areas if digits.startswith(prefix)), default=None)


@settings(max_examples=200)
@given(found=territories, sites=st.lists(places, max_size=8))
def test_the_columns_say_what_the_rule_says_of_each_customer(found: list[Territory], sites: list[Site]) -> None:
    expected = []
    for site in sites:
        mine = [t for t in found if site.team_id is None or t.team_id in (None, site.team_id)]
        claims = [(*held, -t.id, t.id) for t in mine if (held := plainly_holds(t, site)) is not None]
        expected.append(max(claims)[-1] if claims else None)
    assert chosen(found, *sites) == expected
    columns = Sites.of(sites)
    for (a, b), count in shared(found, *sites).items():
        both = [s for s in sites if plainly_holds(found[a], s) is not None and plainly_holds(found[b], s) is not None]
        assert count <= len(both)
    for a, b in product(range(len(found)), repeat=2):
        if a < b and (found[a].team_id is None or found[b].team_id is None or found[a].team_id == found[b].team_id):
            both = np.count_nonzero(held_by(found[a], columns) & held_by(found[b], columns))
            assert sum(count for pair, count in shared(found, *sites).items() if set(pair) == {a, b}) == both
