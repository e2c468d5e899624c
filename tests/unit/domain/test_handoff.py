"""A route handed to a map app: in links that the app takes whole, each going on where the one before ended."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.handoff import MAX_URL, MAX_WAYPOINTS, Leg, apple_legs, google_legs
from fieldsales.domain.travel import Point
from fieldsales.domain.words import TravelMode

HOME: Point = (35.68, 139.76)
CAR = TravelMode.CAR


def stops(count: int) -> list[Point]:
    return [(35.0 + n / 100, 139.0 + n / 100) for n in range(count)]


def asked(leg: Leg) -> dict[str, list[str]]:
    return parse_qs(urlsplit(leg.url).query)


def way(leg: Leg) -> list[str]:
    """The places of a Google link in order, origin first where it has one."""
    query = asked(leg)
    return [*query.get("origin", []), *(query["waypoints"][0].split("|") if "waypoints" in query else []), *query["destination"]]


def test_a_short_day_is_one_link_from_start_to_end() -> None:
    (leg,) = google_legs(HOME, stops(3), HOME, mode=CAR)
    query = asked(leg)
    assert leg.url.startswith("https://www.google.com/maps/dir/?api=1&")
    assert query["origin"] == query["destination"] == ["35.680000,139.760000"]
    assert query["waypoints"] == ["35.000000,139.000000|35.010000,139.010000|35.020000,139.020000"]
    assert query["travelmode"] == ["driving"]
    assert (leg.first, leg.last, leg.to_end) == (1, 3, True)


def test_a_long_day_is_cut_where_the_app_takes_no_more_and_goes_on_from_there() -> None:
    legs = google_legs(HOME, stops(25), HOME, mode=CAR)
    assert [(leg.first, leg.last, leg.to_end) for leg in legs] == [(1, 10, False), (11, 20, False), (21, 25, True)]
    assert [way(after)[0] for after in legs[1:]] == [way(before)[-1] for before in legs[:-1]]


def test_without_a_known_start_the_way_begins_where_the_phone_is() -> None:
    first, second = google_legs(None, stops(12), None, mode=CAR)
    assert "origin" not in asked(first)
    assert asked(second)["origin"] == asked(first)["destination"]


def test_customers_at_one_place_are_one_halt_and_still_counted() -> None:
    here, there = (35.0, 139.0), (35.1, 139.1)
    (leg,) = google_legs(None, [here, here, there, there], there, mode=CAR)
    assert way(leg) == ["35.000000,139.000000", "35.100000,139.100000"]
    assert (leg.first, leg.last, leg.to_end) == (1, 4, True)


def test_a_first_customer_at_the_start_itself_needs_no_way() -> None:
    (leg,) = google_legs(HOME, [HOME, (35.1, 139.1)], None, mode=CAR)
    assert way(leg) == ["35.680000,139.760000", "35.100000,139.100000"]
    assert (leg.first, leg.last) == (1, 2)


@pytest.mark.parametrize("nowhere", [(0.0, 0.0), (float("nan"), 139.0), (91.0, 139.0), (35.0, float("inf"))])
def test_what_is_no_place_on_earth_is_passed_over(nowhere: Point) -> None:
    (leg,) = google_legs(nowhere, [(35.0, 139.0), nowhere, (35.1, 139.1)], nowhere, mode=CAR)
    assert way(leg) == ["35.000000,139.000000", "35.100000,139.100000"]
    assert (leg.first, leg.last) == (1, 3)


def test_a_day_without_stops_has_no_links() -> None:
    assert google_legs(HOME, [], HOME, mode=CAR) == ()
    assert apple_legs(None, [], None, mode=CAR) == ()


def test_by_train_each_link_leads_to_one_stop_since_neither_app_takes_more() -> None:
    legs = google_legs(HOME, stops(3), None, mode=TravelMode.TRAIN)
    assert [(leg.first, leg.last) for leg in legs] == [(1, 1), (2, 2), (3, 3)]
    assert all("waypoints" not in asked(leg) and asked(leg)["travelmode"] == ["transit"] for leg in legs)


def test_apple_maps_is_told_every_stop_in_order() -> None:
    (leg,) = apple_legs(HOME, stops(2), HOME, mode=TravelMode.BICYCLE)
    query = asked(leg)
    assert leg.url.startswith("https://maps.apple.com/directions?")
    assert query["waypoint"] == ["35.000000,139.000000", "35.010000,139.010000"]
    assert (query["source"], query["destination"], query["mode"]) == (["35.680000,139.760000"], ["35.680000,139.760000"], ["cycling"])


place = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


@given(
    start=st.none() | place,
    route=st.lists(st.sampled_from([(35.0, 139.0), (35.1, 139.1)]) | place, max_size=60),
    end=st.none() | place,
    mode=st.sampled_from(TravelMode),
)
def test_no_link_is_longer_than_the_app_takes_and_together_they_lead_to_every_stop(
    start: Point | None, route: list[Point], end: Point | None, mode: TravelMode
) -> None:
    legs = google_legs(start, route, end, mode=mode)
    for leg in legs:
        assert len(leg.url) <= MAX_URL
        assert len(asked(leg).get("waypoints", [""])[0].split("|")) <= MAX_WAYPOINTS
    reached = {number for leg in legs for number in range(leg.first, leg.last + 1)}
    assert reached >= {number for number, point in enumerate(route, start=1) if point != (0.0, 0.0)}
    assert all(len(leg.url) <= MAX_URL for leg in apple_legs(start, route, end, mode=mode))
