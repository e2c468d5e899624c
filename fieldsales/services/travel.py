"""Travel as the team knows it: times of the port, the trains between stations they entered, and what their own days taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from fieldsales.domain.travel import Point, TravelTable
from fieldsales.domain.words import TravelMode
from fieldsales.services.ports import TravelTimes


@dataclass(frozen=True, slots=True)
class TravelKnowledge:
    """What the database knows about travel by one means, read before anything slow is asked."""


def read_knowledge(session: Session, *, mode: TravelMode, hours: Sequence[int] | None = None) -> TravelKnowledge:
    """Return what was learned and entered about travel by `mode`; `hours` are those of the day in which one is under way."""
    return TravelKnowledge()


def travel_table(travel_times: TravelTimes, points: Sequence[Point], *, mode: TravelMode, knowledge: TravelKnowledge) -> TravelTable:
    """Return times and distances between all points, as well as anybody knows; touches no database."""
    return travel_times.table(points, mode=mode)
