"""Learning from the team's own days how long travel takes: from a check-out to the next check-in, nobody's name kept.

A way counts when the same person checked out of one customer and into another on the same day, 2 minutes to 3 hours apart, with
both pins known well enough, neither check-in far from its pin, and no visit elsewhere in between. Parking, as the person's own
day has it, is taken off, because the planner adds it again. `domain.travel_learning` says what many ways teach together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Customer, LearnedTravel, Plan, User, Visit, WorkDay
from fieldsales.domain.geodesy import distance_m
from fieldsales.domain.planning.day_rules import DayRules, rules_from_json
from fieldsales.domain.travel import Point, TravelSource
from fieldsales.domain.travel_learning import MIN_OVERALL, Sample, area_of, learn
from fieldsales.domain.words import CheckInState, PlanState, TravelMode, VisitKind
from fieldsales.services.ports import TravelTimes
from fieldsales.services.visits.check_ins import pin_of

LOOK_BACK = timedelta(days=180)
FORGOTTEN_AFTER = timedelta(days=60)  # what could not be learned anew for so long, because the server that knew the roads is gone
MOST_CHECK_INS = 100_000
SHORTEST, LONGEST = timedelta(minutes=2), timedelta(hours=3)
NEAREST_M, FARTHEST_M = 300.0, 100_000.0
EXACT_PIN_M = 300.0
_SHORTEST_RECKONED_S = 60
_MODES = (TravelMode.CAR, TravelMode.BICYCLE, TravelMode.WALK)


@dataclass(frozen=True, slots=True)
class Leg:
    """One way among the places of a day: from which to which, at which hour of the clock, and how long it took without parking."""

    origin: int
    target: int
    hour: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TravelledDay:
    """The ways of one day by one means; whose day it was is not said."""

    mode: TravelMode
    places: tuple[Point, ...]
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class _Stay:
    """A check-in with what judging a way from or to it takes."""

    user_id: int
    customer_id: int
    point: Point | None
    arrived_at: datetime
    left_at: datetime | None
    zone: ZoneInfo

    @property
    def day(self) -> date:
        return self.arrived_at.astimezone(self.zone).date()


def read_travelled_days(session: Session, *, now: datetime, zone: ZoneInfo) -> tuple[TravelledDay, ...]:
    """Return the ways of the last half year that can teach something; `zone` is that of people without one of their own."""
    since = now - LOOK_BACK
    stays = _read_stays(session, since, zone)
    elsewhere = _read_visits(session, since)
    rules_of = _rules_by_day(session, since.date() - timedelta(days=1))
    days = []
    for (user_id, day), of_day in groupby(stays, key=lambda stay: (stay.user_id, stay.day)):
        rules = rules_of(user_id, day)
        if rules.mode in _MODES:
            travelled = _travelled(list(of_day), elsewhere.get(user_id, ()), rules)
            days += [travelled] if travelled.legs else []
    return tuple(days)


def reckon(days: Iterable[TravelledDay], travel_times: TravelTimes, source: TravelSource) -> Iterator[tuple[TravelMode, Sample]]:
    """Yield actual over reckoned time for each way that `travel_times` knows from this source."""
    for day in days:
        table = travel_times.table(day.places, mode=day.mode)
        if table.source is not source:
            continue
        for leg in day.legs:
            reckoned = int(table.seconds[leg.origin, leg.target])
            if reckoned >= _SHORTEST_RECKONED_S:
                yield day.mode, Sample(area_of(day.places[leg.origin]), leg.hour, leg.seconds / reckoned)


def keep_lessons(session: Session, *, samples: Mapping[tuple[TravelMode, TravelSource], Sequence[Sample]], now: datetime) -> int:
    """Put what samples teach in the place of what was known, and return how many cells that is; too few samples change nothing."""
    session.execute(delete(LearnedTravel).where(LearnedTravel.learned_at < now - FORGOTTEN_AFTER))
    count = 0
    for (mode, source), of_kind in samples.items():
        lessons = learn(of_kind) if len(of_kind) >= MIN_OVERALL else {}
        if not lessons:
            continue
        session.execute(delete(LearnedTravel).where(LearnedTravel.mode == mode, LearnedTravel.source == source))
        for (area, hour), lesson in lessons.items():
            values = {"factor": lesson.factor, "spread": lesson.spread, "count": lesson.count, "learned_at": now}
            session.add(LearnedTravel(mode=mode, source=source, area=area, hour=hour, **values))
        count += len(lessons)
    session.flush()
    return count


def _read_stays(session: Session, since: datetime, zone: ZoneInfo) -> list[_Stay]:
    query = select(CheckIn, Customer, User.timezone).join(Customer, CheckIn.customer_id == Customer.id)
    query = query.join(User, CheckIn.user_id == User.id).where(CheckIn.checked_in_at >= since)
    newest = query.order_by(CheckIn.checked_in_at.desc()).limit(MOST_CHECK_INS)
    stays = []
    for check_in, customer, own_zone in session.execute(newest.execution_options(yield_per=1_000)):
        pin = pin_of(customer)
        sure = pin is not None and not pin.doubted and pin.precision_m <= EXACT_PIN_M and check_in.state is not CheckInState.FAR
        stays.append(
            _Stay(
                check_in.user_id,
                customer.id,
                (pin.lat, pin.lon) if pin is not None and sure else None,
                check_in.checked_in_at,
                check_in.checked_out_at,
                ZoneInfo(own_zone) if own_zone else zone,
            )
        )
    return sorted(stays, key=lambda stay: (stay.user_id, stay.arrived_at))


def _read_visits(session: Session, since: datetime) -> dict[int, list[tuple[datetime, int]]]:
    """Return when each user was at which customer by their own record, check-in or not."""
    visits: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    made = select(Visit.user_id, Visit.visited_at, Visit.customer_id).where(Visit.kind == VisitKind.VISIT, Visit.deleted_at.is_(None))
    for user_id, at, customer_id in session.execute(made.where(Visit.visited_at >= since)):
        visits[user_id].append((at, customer_id))
    return visits


def _rules_by_day(session: Session, first_day: date) -> Callable[[int, date], DayRules]:
    """Return how somebody got about on a day: as accepted for that day, else as usual."""
    usual = {row.user_id: rules_from_json(row.rules) for row in session.scalars(select(WorkDay))}
    accepted = select(Plan.user_id, Plan.day, Plan.rules).where(Plan.state == PlanState.ACCEPTED, Plan.deleted_at.is_(None))
    planned = {(user_id, day): rules_from_json(rules) for user_id, day, rules in session.execute(accepted.where(Plan.day >= first_day))}
    return lambda user_id, day: planned.get((user_id, day)) or usual.get(user_id) or DayRules()


def _travelled(stays: Sequence[_Stay], visits: Sequence[tuple[datetime, int]], rules: DayRules) -> TravelledDay:
    places: dict[Point, int] = {}
    legs = []
    parking_s = rules.parking_minutes * 60 if rules.mode is TravelMode.CAR else 0
    for left, reached in pairwise(stays):
        took = _direct_way(left, reached, visits)
        if took is None or left.point is None or reached.point is None or left.left_at is None:
            continue
        origin, target = (places.setdefault(point, len(places)) for point in (left.point, reached.point))
        legs.append(Leg(origin, target, left.left_at.astimezone(left.zone).hour, max(took.total_seconds() - parking_s, 0.0)))
    return TravelledDay(rules.mode, tuple(places), tuple(legs))


def _direct_way(left: _Stay, reached: _Stay, visits: Sequence[tuple[datetime, int]]) -> timedelta | None:
    """Return how long it took from one customer to the next, None when it was no such way."""
    if left.left_at is None or left.point is None or reached.point is None or left.customer_id == reached.customer_id:
        return None
    took = reached.arrived_at - left.left_at
    if not (SHORTEST <= took <= LONGEST and NEAREST_M <= distance_m(*left.point, *reached.point) <= FARTHEST_M):
        return None
    between = any(left.left_at < at < reached.arrived_at and c not in (left.customer_id, reached.customer_id) for at, c in visits)
    return None if between else took
