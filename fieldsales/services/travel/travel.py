"""Travel as the team knows it: times of the port, the trains between stations they entered, and what their own days taught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from fieldsales.db.models import LearnedTravel, Place, PlaceLink
from fieldsales.domain.geodesy import distance_m
from fieldsales.domain.planning.problem import UNREACHABLE
from fieldsales.domain.travel import Point, TravelSource, TravelTable
from fieldsales.domain.travel_learning import Cell, Lesson, area_of, lesson_for
from fieldsales.domain.words import TravelMode
from fieldsales.services.ports import TravelTimes

NEAREST_STATIONS = 4
FARTHEST_STATION_M = 5_000.0
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TravelKnowledge:
    """What the database knows about travel by one means, read before anything slow is asked.

    `links` are rides by train as (from, to, seconds), with `stations` numbered as there. `lessons` are what was learned, by where the
    reckoned times came from; `hours` are those of the day in which one is under way.
    """

    stations: tuple[Point, ...] = ()
    links: tuple[tuple[int, int, int], ...] = ()
    lessons: Mapping[TravelSource, Mapping[Cell, Lesson]] = field(default_factory=dict)
    hours: tuple[int, ...] = ()


def read_knowledge(session: Session, *, mode: TravelMode, hours: Sequence[int] = ()) -> TravelKnowledge:
    """Return what was entered and learned about travel by `mode`; without `hours` what holds at any hour."""
    if mode is TravelMode.TRAIN:
        return _read_links(session)
    lessons: dict[TravelSource, dict[Cell, Lesson]] = {}
    for row in session.scalars(select(LearnedTravel).where(LearnedTravel.mode == mode)):
        lessons.setdefault(row.source, {})[row.area, row.hour] = Lesson(row.factor, row.spread, row.count)
    return TravelKnowledge(lessons=lessons, hours=tuple(hours))


def travel_table(travel_times: TravelTimes, points: Sequence[Point], *, mode: TravelMode, knowledge: TravelKnowledge) -> TravelTable:
    """Return times and distances between all points, as well as anybody knows; touches no database.

    By train one walks to a station nearby, rides as the team entered it, changing where it is quicker, and walks on;
    or walks all the way where that is no slower. Other times are stretched by what was learned where they begin.
    """
    if mode is TravelMode.TRAIN:
        return _by_train(travel_times, points, knowledge)
    return _as_learned(travel_times.table(points, mode=mode), points, knowledge)


def _as_learned(table: TravelTable, points: Sequence[Point], knowledge: TravelKnowledge) -> TravelTable:
    lessons = knowledge.lessons.get(table.source)
    if not lessons:
        return table
    areas = [area_of(point) if np.isfinite(point).all() else "" for point in points]
    by_area = {area: lesson_for(lessons, area, knowledge.hours) for area in set(areas)}
    known = [by_area[area] for area in areas]
    factors = np.array([lesson.factor if lesson else 1.0 for lesson in known])
    spreads = np.array([lesson.spread if lesson else np.nan for lesson in known])
    stretched = np.rint(table.seconds * factors[:, None]).astype(np.int64)
    seconds = np.where(table.seconds >= UNREACHABLE, UNREACHABLE, np.minimum(stretched, UNREACHABLE - 1))
    return replace(table, seconds=seconds, spread=np.broadcast_to(spreads[:, None], seconds.shape).copy())


def _read_links(session: Session) -> TravelKnowledge:
    one, other = aliased(Place), aliased(Place)
    in_use = [place.retired_at.is_(None) & place.owner_id.is_(None) for place in (one, other)]
    query = select(PlaceLink, one, other).join(one, PlaceLink.from_id == one.id).join(other, PlaceLink.to_id == other.id).where(*in_use)
    numbers: dict[int, int] = {}
    stations: list[Point] = []
    links: list[tuple[int, int, int]] = []
    for link, origin, target in session.execute(query.order_by(PlaceLink.from_id, PlaceLink.to_id)):
        for place in (origin, target):
            if numbers.setdefault(place.id, len(stations)) == len(stations):
                stations.append((place.lat, place.lon))
        links.append((numbers[origin.id], numbers[target.id], link.minutes * 60))
    return TravelKnowledge(tuple(stations), tuple(links))


def _by_train(travel_times: TravelTimes, points: Sequence[Point], knowledge: TravelKnowledge) -> TravelTable:
    nearby = _stations_nearby(points, knowledge.stations)
    walks = travel_times.table([*points, *(knowledge.stations[i] for i in nearby)], mode=TravelMode.WALK)
    count = len(points)
    best, metres = walks.seconds[:count, :count].copy(), walks.metres[:count, :count].copy()
    if nearby:
        rides, lengths = (table[np.ix_(nearby, nearby)] for table in _rides(knowledge))
        reach, walked = _quickest(walks.seconds[:count, count:], walks.metres[:count, count:], rides, lengths)
        ridden, travelled = _quickest(reach, walked, walks.seconds[count:, :count], walks.metres[count:, :count])
        rides_are_quicker = ridden < best
        best, metres = np.where(rides_are_quicker, ridden, best), np.where(rides_are_quicker, travelled, metres)
    return replace(walks, seconds=np.minimum(best, UNREACHABLE), metres=metres, spread=None)


def _stations_nearby(points: Sequence[Point], stations: Sequence[Point]) -> list[int]:
    """Return the stations that some point has among its nearest, no farther than one would walk."""
    chosen: set[int] = set()
    for lat, lon in points:
        near = sorted((metres, i) for i, s in enumerate(stations) if (metres := distance_m(lat, lon, *s)) <= FARTHEST_STATION_M)
        chosen.update(i for _, i in near[:NEAREST_STATIONS])
    return sorted(chosen)


def _rides(knowledge: TravelKnowledge) -> tuple[Whole, Whole]:
    """Return the quickest rides between all stations, changes included, and their lengths: Floyd's and Warshall's way."""
    stations = knowledge.stations
    seconds = np.full((len(stations), len(stations)), UNREACHABLE, dtype=np.int64)
    metres = np.zeros_like(seconds)
    np.fill_diagonal(seconds, 0)
    for origin, target, takes in knowledge.links:
        seconds[origin, target] = takes
        metres[origin, target] = round(distance_m(*stations[origin], *stations[target]))
    for via in range(len(stations)):
        by_way = seconds[:, via, None] + seconds[None, via, :]
        quicker = by_way < seconds
        metres = np.where(quicker, metres[:, via, None] + metres[None, via, :], metres)
        seconds = np.where(quicker, by_way, seconds)
    return seconds, metres


def _quickest(first_s: Whole, first_m: Whole, then_s: Whole, then_m: Whole) -> tuple[Whole, Whole]:
    """Return the quickest way from each row of `first` to each column of `then` by way of what lies between, and its length."""
    shape = (first_s.shape[0], then_s.shape[1])
    seconds, metres = np.full(shape, UNREACHABLE, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for via in range(first_s.shape[1]):
        by_way = first_s[:, via, None] + then_s[None, via, :]
        quicker = by_way < seconds
        metres = np.where(quicker, first_m[:, via, None] + then_m[None, via, :], metres)
        seconds = np.where(quicker, by_way, seconds)
    return seconds, metres
