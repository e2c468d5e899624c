"""What many ways teach: the middle of them, leaning on wider cells where there are few."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.travel_learning import (
    ANY_HOUR,
    EVERYWHERE,
    MIN_CELL,
    MIN_OVERALL,
    Sample,
    area_of,
    learn,
    lesson_for,
)

ALL = (EVERYWHERE, ANY_HOUR)


def samples(count: int, ratio: float, area: str = "a", hour: int = 9) -> list[Sample]:
    return [Sample(area, hour, ratio)] * count


def test_too_few_teach_nothing() -> None:
    assert learn(samples(MIN_OVERALL - 1, 2.0)) == {}
    assert set(learn(samples(MIN_OVERALL, 2.0))) == {ALL, ("a", ANY_HOUR), (EVERYWHERE, 9), ("a", 9)}


def test_a_cell_needs_enough_ways_of_its_own() -> None:
    lessons = learn([*samples(40, 1.0), *samples(MIN_CELL - 1, 2.0, "b"), *samples(MIN_CELL, 2.0, "c")])
    assert ("b", ANY_HOUR) not in lessons
    assert lessons["c", ANY_HOUR].count == MIN_CELL


def test_many_ways_are_believed_and_few_lean_on_the_rest() -> None:
    assert learn(samples(1_000, 1.5))[ALL].factor == pytest.approx(1.5, rel=0.01)
    lessons = learn([*samples(1_000, 1.0), *samples(8, 2.0, "b")])
    assert 1.0 < lessons["b", ANY_HOUR].factor < 1.6
    more = learn([*samples(1_000, 1.0), *samples(200, 2.0, "b")])
    assert more["b", ANY_HOUR].factor == pytest.approx(2.0, rel=0.05)


def test_a_forgotten_check_in_and_a_long_coffee_move_nothing() -> None:
    chance = random.Random(3)
    usual = [Sample("a", 9, 1.2 * chance.uniform(0.9, 1.1)) for _ in range(200)]
    odd = [Sample("a", 9, 3.9)] * 20 + [Sample("a", 9, 60.0)] * 50 + [Sample("a", 9, 0.0)] * 50
    assert learn(usual + odd)[ALL].factor == pytest.approx(learn(usual)[ALL].factor, rel=0.03)
    assert learn(usual + odd)[ALL].count == 220


def test_two_thirds_of_the_ways_lie_within_the_spread() -> None:
    chance = random.Random(5)
    ratios = [1.3 * chance.lognormvariate(0, 0.25) for _ in range(5_000)]
    lesson = learn([Sample("a", 9, ratio) for ratio in ratios])[ALL]
    within = sum(abs(ratio / lesson.factor - 1) <= lesson.spread for ratio in ratios) / len(ratios)
    assert within == pytest.approx(2 / 3, abs=0.02)
    assert lesson.spread == pytest.approx(0.25, abs=0.03)


def test_the_narrowest_that_is_known_speaks() -> None:
    lessons = learn([*samples(100, 1.0, "a", 9), *samples(100, 2.0, "b", 9), *samples(100, 3.0, "b", 17)])

    def factor(area: str, *hours: int) -> float:
        lesson = lesson_for(lessons, area, hours)
        assert lesson is not None
        return lesson.factor

    assert factor("b", 17) > factor("b", 9) > factor("a", 9)
    assert factor("b", 3) == lessons["b", ANY_HOUR].factor
    assert factor("nowhere", 9) == lessons[EVERYWHERE, 9].factor
    assert factor("nowhere") == factor("nowhere", 3) == lessons[ALL].factor
    assert lesson_for({}, "a", (9,)) is None


def test_neighbours_share_a_cell_of_some_kilometres() -> None:
    assert area_of((34.3500, 134.0470)) == area_of((34.3505, 134.0475))
    assert area_of((34.35, 134.05)) != area_of((34.42, 134.05))
    assert area_of((34.35, 134.05)) != area_of((34.35, 134.13))
    assert area_of((-16.8, 180.0)) == area_of((-16.8, -180.0))
    assert len(area_of((90.0, 179.9))) <= 32


@given(st.lists(st.builds(Sample, st.sampled_from(["a", "b", "c"]), st.integers(6, 9), st.floats(0, 10)), max_size=120))
def test_a_lesson_is_always_a_sane_one(ways: list[Sample]) -> None:
    for lesson in learn(ways).values():
        assert 0.25 <= lesson.factor <= 4.0
        assert 0 <= lesson.spread < 20
        assert lesson.count >= MIN_CELL
