"""A check-in is judged by what statistics can bear, and what is no position is not taken for one."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.check_in import (
    CLOCK_AHEAD,
    OLDEST_FIX,
    VERIFIED_REACH_M,
    CheckInReason,
    Pin,
    Position,
    coarsened,
    judge,
    read_position,
)
from fieldsales.domain.geodesy import distance_m, moved_by
from fieldsales.domain.places import Level, LocateReason
from fieldsales.domain.words import CheckInState

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
PLACE = (34.34, 134.05)
ORDER = [CheckInState.VERIFIED, CheckInState.PLAUSIBLE, CheckInState.FAR]
metres = st.floats(0, 20_000)
accuracies = st.floats(0, 5_000)
precisions = st.floats(1, 10_000)


def at(east_m: float, accuracy_m: float = 12.0, *, north_m: float = 0.0) -> Position:
    return Position(*moved_by(*PLACE, east_m, north_m), accuracy_m, NOW)


def pin(precision_m: float = 15.0, level: Level = Level.POINT, *, doubted: bool = False) -> Pin:
    return Pin(*PLACE, precision_m, level, doubted)


@pytest.mark.parametrize(
    ("away_m", "accuracy_m", "precision_m", "level", "state", "reason"),
    [
        (40, 12, 15, Level.POINT, CheckInState.VERIFIED, CheckInReason.NEAR),
        (0, 0, 15, Level.POINT, CheckInState.VERIFIED, CheckInReason.NEAR),
        (90, 12, 15, Level.POINT, CheckInState.PLAUSIBLE, CheckInReason.ASIDE),
        (200, 12, 15, Level.POINT, CheckInState.FAR, CheckInReason.AWAY),
        (40, 400, 15, Level.POINT, CheckInState.PLAUSIBLE, CheckInReason.GPS_COARSE),
        (40, 12, 300, Level.CHOME, CheckInState.PLAUSIBLE, CheckInReason.PIN_OF_TOWN),
        (40, 12, 900, Level.POSTAL, CheckInState.PLAUSIBLE, CheckInReason.PIN_OF_POSTAL_CODE),
        (3_000, 12, 5_000, Level.CITY, CheckInState.PLAUSIBLE, CheckInReason.PIN_OF_CITY),
        (40, 12, 300, Level.BLOCK, CheckInState.PLAUSIBLE, CheckInReason.PIN_COARSE),
        (600, 12, 300, Level.CHOME, CheckInState.FAR, CheckInReason.AWAY),
    ],
)
def test_the_state_and_its_reason(
    away_m: float, accuracy_m: float, precision_m: float, level: Level, state: CheckInState, reason: CheckInReason
) -> None:
    verdict = judge(at(away_m, accuracy_m), pin(precision_m, level))
    assert (verdict.state, verdict.reason) == (state, reason)
    assert verdict.distance_m == pytest.approx(away_m, abs=0.01)


def test_without_a_pin_nothing_can_be_said() -> None:
    assert judge(at(0), None).state is CheckInState.UNKNOWN
    assert Pin.of(None, None, None, Level.NONE, LocateReason.NO_ADDRESS) is None


@pytest.mark.parametrize("reason", [LocateReason.ADDRESS_CHANGED, LocateReason.POSTAL_CODE_DISAGREES])
def test_a_pin_in_doubt_neither_verifies_nor_accuses(reason: LocateReason) -> None:
    doubted = Pin.of(*PLACE, 15.0, Level.POINT, reason)
    assert judge(at(10), doubted).state is CheckInState.PLAUSIBLE
    assert judge(at(5_000), doubted).state is CheckInState.UNKNOWN
    assert judge(at(5_000), doubted).reason is CheckInReason.PIN_DOUBTED


def test_a_pin_that_does_not_say_how_exact_it_is_verifies_nobody() -> None:
    silent = Pin.of(*PLACE, None, Level.POINT, LocateReason.NONE)
    assert judge(at(0), silent).state is CheckInState.PLAUSIBLE


@given(metres, metres, accuracies, precisions)
def test_farther_away_is_never_better(one: float, other: float, accuracy: float, precision: float) -> None:
    near, far = sorted((one, other))
    states = [judge(at(distance, accuracy), pin(precision)).state for distance in (near, far)]
    assert ORDER.index(states[0]) <= ORDER.index(states[1])


@given(metres, accuracies, accuracies, precisions)
def test_a_less_accurate_position_accuses_less(away: float, one: float, other: float, precision: float) -> None:
    fine, coarse = sorted((one, other))
    if judge(at(away, coarse), pin(precision)).state is CheckInState.FAR:
        assert judge(at(away, fine), pin(precision)).state is CheckInState.FAR


@given(metres, accuracies, precisions)
def test_nobody_within_the_claimed_circles_is_far(away: float, accuracy: float, precision: float) -> None:
    if away <= max(accuracy, precision):
        assert judge(at(away, accuracy), pin(precision)).state is not CheckInState.FAR


@given(metres, st.floats(0, 100_000), st.floats(0, 100_000))
def test_verified_means_near_whatever_accuracy_is_claimed(away: float, accuracy: float, precision: float) -> None:
    if judge(at(away, accuracy), pin(precision)).state is CheckInState.VERIFIED:
        assert away <= VERIFIED_REACH_M + 0.1


@given(st.floats(0, 2 * math.pi), metres)
def test_the_direction_does_not_matter(angle: float, away: float) -> None:
    turned = judge(at(away * math.cos(angle), north_m=away * math.sin(angle)), pin(60)).state
    nearer, farther = (judge(at(away * factor), pin(60)).state for factor in (0.99, 1.01))  # laying metres out on a globe is not exact
    assert ORDER.index(nearer) <= ORDER.index(turned) <= ORDER.index(farther)


@pytest.mark.parametrize(("accuracy", "precision"), [(10, 15), (60, 30), (20, 300), (800, 15)])
def test_people_who_are_there_are_hardly_ever_called_far(accuracy: float, precision: float) -> None:
    chance = random.Random(7)
    sigma = math.hypot(accuracy / 2.4477, precision / 2.1460, 60 / 2.1460)
    states = [judge(at(chance.gauss(0, sigma), accuracy, north_m=chance.gauss(0, sigma)), pin(precision)).state for _ in range(4000)]
    assert states.count(CheckInState.FAR) <= 12  # 1 in 1000, with room for chance
    agreeing = len(states) - states.count(CheckInState.FAR) - sum(s is CheckInState.PLAUSIBLE for s in states)
    if math.hypot(accuracy, precision) < 100:
        assert agreeing >= 0.93 * len(states)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"lat": math.nan, "lon": 134.0, "accuracy": 10, "taken_at": 0},
        {"lat": 999, "lon": 134.0, "accuracy": 10},
        {"lat": 34.0, "lon": -181, "accuracy": 10},
        {"lat": 34.0, "lon": 134.0, "accuracy": -1},
        {"lat": 34.0, "lon": 134.0, "accuracy": 1e9},
        {"lat": 34.0, "lon": 134.0, "accuracy": math.inf},
        {"lat": 0, "lon": 0, "accuracy": 10},
        {"lat": "34", "lon": "134", "accuracy": "10"},
        {"lat": True, "lon": True, "accuracy": True},
        {"lat": 10**400, "lon": 134.0, "accuracy": 10},
        {"lat": None, "lon": None, "accuracy": None},
        {"error": "<script>"},
        {"error": "near"},
        {"error": None},
    ],
)
def test_nonsense_from_a_browser_is_no_position(answer: dict[str, object]) -> None:
    assert read_position({"taken_at": NOW.timestamp() * 1000} | answer, now=NOW) is CheckInReason.NONSENSE


@pytest.mark.parametrize("taken_ms", [-1.0, 1e300, math.nan, None, "now"])
def test_a_time_that_is_none_is_nonsense(taken_ms: object) -> None:
    assert read_position({"lat": 34.0, "lon": 134.0, "accuracy": 5, "taken_at": taken_ms}, now=NOW) is CheckInReason.NONSENSE


@pytest.mark.parametrize("moved", [CLOCK_AHEAD + timedelta(seconds=1), timedelta(days=400), -OLDEST_FIX - timedelta(seconds=1)])
def test_a_fix_from_the_future_or_long_ago_is_not_believed(moved: timedelta) -> None:
    taken = (NOW + moved).timestamp() * 1000
    assert read_position({"lat": 34.0, "lon": 134.0, "accuracy": 5, "taken_at": taken}, now=NOW) is CheckInReason.CLOCK


def test_a_good_answer_becomes_a_position() -> None:
    answer = {"lat": 34.0, "lon": 134, "accuracy": 5.5, "taken_at": NOW.timestamp() * 1000 - 4000}
    assert read_position(answer, now=NOW) == Position(34.0, 134.0, 5.5, NOW - timedelta(seconds=4))


@pytest.mark.parametrize("error", ["denied", "unavailable", "timeout", "insecure", "unsupported"])
def test_a_browser_that_has_no_position_says_why(error: str) -> None:
    assert read_position({"error": error}, now=NOW) == CheckInReason(error)


@given(st.dictionaries(st.sampled_from(["lat", "lon", "accuracy", "taken_at", "error"]), st.one_of(st.floats(), st.integers(), st.text())))
def test_whatever_a_browser_sends_is_a_believable_position_or_a_reason(answer: dict[str, object]) -> None:
    read = read_position(answer, now=NOW)
    if isinstance(read, Position):
        assert (abs(read.lat) <= 90, abs(read.lon) <= 180, 0 <= read.accuracy_m <= 100_000) == (True, True, True)
    else:
        assert read in CheckInReason


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 100_000))
def test_coarsening_keeps_about_a_kilometre_and_no_more(lat: float, lon: float, accuracy: float) -> None:
    coarse_lat, coarse_lon, coarse_accuracy = coarsened(lat, lon, accuracy)
    assert distance_m(lat, lon, coarse_lat, coarse_lon) < 1_200
    assert coarse_accuracy >= max(1_000, accuracy)
    assert coarsened(coarse_lat, coarse_lon, coarse_accuracy) == (coarse_lat, coarse_lon, coarse_accuracy)


def test_two_places_in_the_same_square_kilometre_cannot_be_told_apart() -> None:
    assert coarsened(34.3401, 134.0434, 12) == coarsened(34.3419, 134.0451, 8)


def test_distances_are_those_of_the_earth() -> None:
    assert distance_m(35.681236, 139.767125, 34.702485, 135.495951) == pytest.approx(403_000, rel=0.01)  # Tokyo to Osaka stations
    assert distance_m(0, 179.9999, 0, -179.9999) == pytest.approx(22.24, abs=0.1)
    assert distance_m(90, 0, 90, 77) == pytest.approx(0, abs=1e-6)
