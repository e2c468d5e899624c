"""At night the server learns how long the team's travel takes, once, and what fails is tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from fieldsales.adapters.travel_times import Estimate
from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, LearnedTravel, User
from fieldsales.domain.travel import Point, TravelSource, TravelTable
from fieldsales.domain.words import CheckInState, TravelMode
from fieldsales.jobs import travel_learning
from fieldsales.services.travel.travel import read_knowledge, travel_table
from tests.fakes import FakeClock

Make = Callable[..., Customer]
NEAR, FAR = (34.3401, 134.0434), (34.3128, 134.0560)
DAYS = 40
pytestmark = pytest.mark.both_databases


class Roads:
    """A routing server that takes twice as long as the estimate."""

    def table(self, points: Sequence[Point], *, mode: TravelMode) -> TravelTable:
        table = Estimate().table(points, mode=mode)
        return replace(table, seconds=table.seconds * 2, source=TravelSource.ROADS)

    def line(self, points: Sequence[Point], *, mode: TravelMode) -> tuple[Point, ...]:
        return tuple(points)


@pytest.fixture
def forty_days(database: Database, make_customer: Make, aiko: User, clock: FakeClock) -> float:
    """On each of forty days one way that took 1.5 times as long as estimated; return the minutes it took."""
    shops = [make_customer(f"店{at}", owner=aiko, lat=at[0], lon=at[1], precision_m=30.0) for at in (NEAR, FAR)]
    seconds = 1.5 * float(Estimate().table([NEAR, FAR], mode=TravelMode.CAR).seconds[0, 1])
    with database.write() as session:
        for day in range(1, DAYS + 1):
            left = clock.now - timedelta(days=day)
            reached = left + timedelta(seconds=seconds, minutes=3)  # three minutes of it to park
            for shop, arrived, gone in ((shops[0], left - timedelta(minutes=20), left), (shops[1], reached, reached)):
                session.add(
                    CheckIn(
                        client_ref=uuid4(), user_id=aiko.id, customer_id=shop.id, checked_in_at=arrived, checked_out_at=gone,
                        closed_at=gone, state=CheckInState.PLAUSIBLE,
                    )
                )  # fmt: skip
    return seconds / 60


def planned_minutes(runtime: Runtime) -> float:
    with runtime.database.read() as session:
        knowledge = read_knowledge(session, mode=TravelMode.CAR)
    return float(travel_table(runtime.travel_times, [NEAR, FAR], mode=TravelMode.CAR, knowledge=knowledge).seconds[0, 1]) / 60


def test_the_next_plan_reckons_with_what_was_learned(runtime: Runtime, forty_days: float) -> None:
    before = planned_minutes(runtime)
    assert travel_learning.learn_tonight(runtime) == 4
    assert before < planned_minutes(runtime) <= forty_days
    assert planned_minutes(runtime) == pytest.approx(forty_days, rel=0.12)


def test_a_night_is_learned_from_once(runtime: Runtime, clock: FakeClock, forty_days: float) -> None:
    assert forty_days > 0
    with ThreadPoolExecutor(4) as pool:
        learned = list(pool.map(lambda _: travel_learning.learn_tonight(runtime), range(4)))
    assert sorted(learned, key=str) == [4, None, None, None]
    clock.advance(days=1)
    assert travel_learning.learn_tonight(runtime) == 4


def test_roads_and_estimates_are_learned_apart(runtime: Runtime, forty_days: float) -> None:
    with_roads = replace(runtime, travel_times=Roads())
    travel_learning.learn_tonight(with_roads)
    with runtime.database.read() as session:
        rows = session.scalars(select(LearnedTravel)).all()
    factors = {row.source: row.factor for row in rows if row.area == "" and row.hour == -1}
    assert factors[TravelSource.ROADS] < 1 < factors[TravelSource.ESTIMATE]
    assert planned_minutes(with_roads) == pytest.approx(forty_days, rel=0.12)


def test_a_night_on_which_it_failed_is_tried_again(runtime: Runtime, forty_days: float, monkeypatch: pytest.MonkeyPatch) -> None:
    assert forty_days > 0

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="full"):
        broken.setattr(travel_learning, "keep_lessons", fail)
        travel_learning.learn_tonight(runtime)
    assert travel_learning.learn_tonight(runtime) == 4


def test_a_server_that_stops_does_not_learn_to_the_end(runtime: Runtime, forty_days: float) -> None:
    assert forty_days > 0
    stop = threading.Event()
    stop.set()
    assert travel_learning.learn_tonight(runtime, stop=stop) is None
    assert travel_learning.learn_tonight(runtime) == 4


def test_the_worker_goes_on_after_a_failure_and_stops_when_told(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, calls = threading.Event(), []

    def learn(*_: object, **__: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            stop.set()
        raise OSError("away")

    monkeypatch.setattr(travel_learning, "learn_tonight", learn)
    monkeypatch.setattr(travel_learning, "EVERY_S", 0.0)
    travel_learning.run_travel_learning(runtime, stop=stop)
    assert len(calls) == 2
