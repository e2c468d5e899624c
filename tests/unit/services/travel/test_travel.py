"""Travel with what the team knows: trains between stations, and times stretched by what its own days taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from fieldsales.adapters.travel_times import build_travel_times
from fieldsales.db.database import Database
from fieldsales.db.models import LearnedTravel, User
from fieldsales.domain.planning.problem import UNREACHABLE
from fieldsales.domain.travel import Point, TravelNote, TravelSource, TravelTable
from fieldsales.domain.travel_learning import ANY_HOUR, EVERYWHERE, area_of
from fieldsales.domain.words import PlaceKind, TravelMode
from fieldsales.services.travel import place_links, places
from fieldsales.services.travel.places import PlaceInput
from fieldsales.services.travel.travel import TravelKnowledge, read_knowledge, travel_table

ESTIMATE = build_travel_times()
SHOP, MILL = (34.3500, 134.0470), (34.2925, 133.7940)  # a few steps from the stations of Takamatsu and Marugame
TAKAMATSU, SAKAIDE, MARUGAME = (34.3507, 134.0469), (34.3129, 133.8563), (34.2925, 133.7937)


def knowledge_of(database: Database, mode: TravelMode = TravelMode.TRAIN, hours: Sequence[int] = ()) -> TravelKnowledge:
    with database.read() as session:
        return read_knowledge(session, mode=mode, hours=hours)


def table_of(points: Sequence[Point], knowledge: TravelKnowledge, mode: TravelMode = TravelMode.TRAIN) -> TravelTable:
    return travel_table(ESTIMATE, points, mode=mode, knowledge=knowledge)


def walk_s(one: Point, other: Point) -> int:
    return int(ESTIMATE.table([one, other], mode=TravelMode.WALK).seconds[0, 1])


@pytest.fixture
def station_ids(database: Database, dai: User) -> list[int]:
    """Takamatsu, Sakaide and Marugame: 20 minutes and 10, 25 and 12 back."""
    with database.write() as session:
        ids = [
            places.save_place(session, dai, own=False, values=PlaceInput(kind=PlaceKind.STATION, name=name, lat=lat, lon=lon)).id
            for name, (lat, lon) in (("高松", TAKAMATSU), ("坂出", SAKAIDE), ("丸亀", MARUGAME))
        ]
        place_links.save_link(session, dai, from_id=ids[0], to_id=ids[1], there=20, back=25)
        place_links.save_link(session, dai, from_id=ids[1], to_id=ids[2], there=10, back=12)
    return ids


@pytest.mark.usefixtures("station_ids")
def test_by_train_one_walks_rides_changes_and_walks_on(database: Database) -> None:
    table = table_of([SHOP, MILL], knowledge_of(database))
    to_station, from_station = walk_s(SHOP, TAKAMATSU), walk_s(MARUGAME, MILL)
    assert table.seconds[0, 1] == to_station + 30 * 60 + from_station
    assert table.seconds[1, 0] == to_station + 37 * 60 + from_station
    assert table.seconds[0, 0] == 0
    assert 24_000 < table.metres[0, 1] < 26_000


@pytest.mark.usefixtures("station_ids")
def test_who_is_there_on_foot_no_later_walks(database: Database) -> None:
    near = (34.3460, 134.0490)
    table = table_of([SHOP, near], knowledge_of(database))
    assert table.seconds[0, 1] == walk_s(SHOP, near)


@pytest.mark.usefixtures("station_ids")
def test_the_quicker_of_two_ways_is_taken(database: Database, dai: User, station_ids: list[int]) -> None:
    with database.write() as session:
        place_links.save_link(session, dai, from_id=station_ids[0], to_id=station_ids[2], there=50, back=22)
    table = table_of([TAKAMATSU, MARUGAME], knowledge_of(database))
    assert (table.seconds[0, 1], table.seconds[1, 0]) == (30 * 60, 22 * 60)


def test_without_trains_one_walks(database: Database) -> None:
    table = table_of([SHOP, MILL], knowledge_of(database))
    assert table.seconds[0, 1] == walk_s(SHOP, MILL)


def test_a_retired_station_is_passed_by_no_train(database: Database, dai: User, station_ids: list[int], now: datetime) -> None:
    with database.write() as session:
        places.retire_place(session, dai, place_id=station_ids[1], now=now)
    assert table_of([SHOP, MILL], knowledge_of(database)).seconds[0, 1] == walk_s(SHOP, MILL)


@pytest.mark.usefixtures("station_ids")
def test_what_is_no_point_is_reached_by_no_train(database: Database) -> None:
    table = table_of([SHOP, (float("nan"), 134.0)], knowledge_of(database))
    assert table.seconds[0, 1] == UNREACHABLE


@pytest.mark.usefixtures("station_ids")
def test_trains_mean_nothing_to_those_who_drive(database: Database) -> None:
    table = table_of([SHOP, MILL], knowledge_of(database, TravelMode.CAR), TravelMode.CAR)
    assert (table.seconds == ESTIMATE.table([SHOP, MILL], mode=TravelMode.CAR).seconds).all()


def learn(database: Database, now: datetime, *rows: tuple[str, int, float, float], source: TravelSource = TravelSource.ESTIMATE) -> None:
    with database.write() as session:
        for area, hour, factor, spread in rows:
            session.add(
                LearnedTravel(
                    mode=TravelMode.CAR, source=source, area=area, hour=hour, factor=factor, spread=spread, count=40, learned_at=now
                )
            )


def test_times_are_stretched_by_what_was_learned_where_they_begin(database: Database, now: datetime) -> None:
    learn(database, now, (EVERYWHERE, ANY_HOUR, 1.1, 0.3), (area_of(SHOP), ANY_HOUR, 1.5, 0.2))
    table = table_of([SHOP, MILL], knowledge_of(database, TravelMode.CAR), TravelMode.CAR)
    plain = ESTIMATE.table([SHOP, MILL], mode=TravelMode.CAR)
    assert table.seconds[0, 1] == pytest.approx(plain.seconds[0, 1] * 1.5, abs=1)
    assert table.seconds[1, 0] == pytest.approx(plain.seconds[1, 0] * 1.1, abs=1)
    assert table.spread is not None
    assert table.spread.shape == (2, 2)
    assert (table.spread[0, 1], table.spread[1, 0]) == (pytest.approx(0.2), pytest.approx(0.3))
    assert (table.metres == plain.metres).all()


def test_the_hours_of_the_day_count_and_their_difference_is_part_of_the_doubt(database: Database, now: datetime) -> None:
    learn(database, now, (EVERYWHERE, ANY_HOUR, 1.0, 0.2), (EVERYWHERE, 8, 1.6, 0.2))
    at_eight = table_of([SHOP, MILL], knowledge_of(database, TravelMode.CAR, [8]), TravelMode.CAR)
    at_ten = table_of([SHOP, MILL], knowledge_of(database, TravelMode.CAR, [10]), TravelMode.CAR)
    both = table_of([SHOP, MILL], knowledge_of(database, TravelMode.CAR, [8, 10]), TravelMode.CAR)
    assert at_ten.seconds[0, 1] < both.seconds[0, 1] < at_eight.seconds[0, 1]
    assert both.spread is not None
    assert at_eight.spread is not None
    assert both.spread[0, 1] > at_eight.spread[0, 1] == pytest.approx(0.2)


def test_what_was_learned_of_estimates_is_not_applied_to_roads(database: Database, now: datetime) -> None:
    class Roads:
        def table(self, points: Sequence[Point], *, mode: TravelMode) -> TravelTable:
            return replace(ESTIMATE.table(points, mode=mode), source=TravelSource.ROADS, notes=(TravelNote.SOME_ESTIMATED,))

        def line(self, points: Sequence[Point], *, mode: TravelMode) -> tuple[Point, ...]:
            return tuple(points)

    learn(database, now, (EVERYWHERE, ANY_HOUR, 2.0, 0.3))
    plain = ESTIMATE.table([SHOP, MILL], mode=TravelMode.CAR)
    knowledge = knowledge_of(database, TravelMode.CAR)
    by_road = travel_table(Roads(), [SHOP, MILL], mode=TravelMode.CAR, knowledge=knowledge)
    assert (by_road.seconds == plain.seconds).all()
    assert (by_road.spread, by_road.notes) == (None, (TravelNote.SOME_ESTIMATED,))
    learn(database, now, (EVERYWHERE, ANY_HOUR, 3.0, 0.3), source=TravelSource.ROADS)
    knowledge = knowledge_of(database, TravelMode.CAR)
    assert (travel_table(Roads(), [SHOP, MILL], mode=TravelMode.CAR, knowledge=knowledge).seconds[0, 1]) > 2.9 * plain.seconds[0, 1]


def test_no_way_stays_no_way_however_slow_travel_is(database: Database, now: datetime) -> None:
    learn(database, now, (EVERYWHERE, ANY_HOUR, 3.0, 0.3))
    table = table_of([SHOP, (float("nan"), 1.0)], knowledge_of(database, TravelMode.CAR), TravelMode.CAR)
    assert table.seconds[0, 1] == UNREACHABLE
    assert np.isfinite(table.seconds).all()
