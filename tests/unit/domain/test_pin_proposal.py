"""Check-ins propose another place for a pin only when people agree, and never for a few who were elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.check_in import Pin, Position
from fieldsales.domain.geodesy import distance_m, moved_by
from fieldsales.domain.pin_proposal import AGREEING_M, propose_place
from fieldsales.domain.places import Level

PIN = (34.34, 134.05)
DOOR = moved_by(*PIN, 180, -90)
TOWN = Pin(*PIN, 300, Level.CHOME)
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
offsets = st.tuples(st.floats(-20, 20), st.floats(-20, 20))


def near(place: tuple[float, float], east_m: float = 0, north_m: float = 0, accuracy_m: float = 10) -> Position:
    return Position(*moved_by(*place, east_m, north_m), accuracy_m, NOW)


def three(place: tuple[float, float] = DOOR, accuracy_m: float = 10) -> list[Position]:
    return [near(place, 0, 5, accuracy_m), near(place, 8, 0, accuracy_m), near(place, -6, -4, accuracy_m)]


def test_three_that_agree_away_from_an_approximate_pin_propose_their_median() -> None:
    proposed = propose_place(three(), TOWN)
    assert proposed is not None
    assert distance_m(proposed.lat, proposed.lon, *DOOR) < 10
    assert proposed.check_ins == 3
    assert proposed.distance_m == pytest.approx(201, abs=10)


def test_a_customer_without_a_pin_is_proposed_one() -> None:
    proposed = propose_place(three(), None)
    assert proposed is not None
    assert proposed.distance_m is None


def test_two_are_not_enough() -> None:
    assert propose_place(three()[:2], TOWN) is None


def test_coarse_positions_do_not_count() -> None:
    assert propose_place(three(accuracy_m=51), TOWN) is None


def test_an_exact_pin_is_left_alone() -> None:
    assert propose_place(three(), Pin(*PIN, 30)) is None
    assert propose_place(three(), Pin(*PIN, 15, doubted=True)) is not None


def test_a_pin_that_is_there_already_is_left_alone() -> None:
    assert propose_place(three(PIN), TOWN) is None


def test_people_who_were_somewhere_else_altogether_propose_nothing() -> None:
    assert propose_place(three(moved_by(*PIN, 4_000, 0)), TOWN) is None


@given(st.floats(-60, 60), st.floats(-170, 170), st.lists(offsets, min_size=3, max_size=9))
def test_one_far_outlier_changes_nothing_wherever_it_lies(lat: float, lon: float, spread: list[tuple[float, float]]) -> None:
    good = [near(DOOR, *offset) for offset in spread]
    proposed = propose_place([*good, Position(lat, lon, 5, NOW)], TOWN)
    assert proposed is not None
    assert distance_m(proposed.lat, proposed.lon, *DOOR) < 30


@given(st.lists(st.tuples(st.integers(-80, 80), st.integers(-179, 179)), min_size=3, max_size=12, unique=True))
def test_scattered_check_ins_never_propose_anything(places: list[tuple[int, int]]) -> None:
    positions = [Position(lat, lon, 5, NOW) for lat, lon in places]
    assert propose_place(positions, TOWN) is None
    assert propose_place(positions, None) is None


def test_two_camps_of_equal_size_propose_nothing() -> None:
    assert propose_place(three() + three(moved_by(*PIN, -200, 200)), TOWN) is None


@given(st.permutations(range(5)), st.lists(offsets, min_size=5, max_size=5))
def test_the_order_of_the_check_ins_does_not_matter(order: list[int], spread: list[tuple[float, float]]) -> None:
    positions = [near(DOOR, *offset) for offset in spread]
    one, other = propose_place(positions, TOWN), propose_place([positions[i] for i in order], TOWN)
    assert one is not None
    assert other is not None
    assert distance_m(one.lat, one.lon, other.lat, other.lon) < 0.01


def test_the_date_line_tears_nothing_apart() -> None:
    door = (52.0, 179.9999)
    proposed = propose_place([near(door, east, 0) for east in (-10, 0, 30)], None)
    assert proposed is not None
    assert distance_m(proposed.lat, proposed.lon, *door) < 1


def test_the_edge_of_agreement() -> None:
    inside = [near(DOOR), near(DOOR), near(DOOR, AGREEING_M - 1)]
    outside = [near(DOOR), near(DOOR), near(DOOR, AGREEING_M + 1)]
    assert propose_place(inside, TOWN) is not None
    assert propose_place(outside, TOWN) is None
