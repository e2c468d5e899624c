"""Plans as they are drawn, handed on and read on the road: frozen values, in the time zone of whose day it is at the edges only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.day_rules import DayRules
from fieldsales.domain.planning.reasons import Reason
from fieldsales.domain.travel import Point
from fieldsales.domain.words import PlanGoal, PlanState, StopChoice, StopOrigin, StopPin, StopProgress


@dataclass(frozen=True, slots=True)
class StopView:
    """A stop of the route; moments are UTC, lengths seconds and metres.

    `wait_s` is the time before the doors open, `slack_s` how much later it could begin without anything breaking after it,
    `late_s` how long after its hours (or its appointment) it begins: 0 in every plan of the solver, not in one made by hand.
    `error_s` is the half-width of the arrival that holds two thirds of the days, None when nothing was learned.
    """

    id: int
    customer_id: int
    name: str
    likelihood: Likelihood
    address: str
    phone: str
    email: str
    lat: float
    lon: float
    arrives_at: datetime
    starts_at: datetime
    leaves_at: datetime
    travel_s: int
    travel_m: int
    wait_s: int
    slack_s: int
    late_s: int
    error_s: int | None
    choice: StopChoice
    origin: StopOrigin
    fixed_at: datetime | None
    pin: StopPin | None
    visit_minutes: int
    value: float
    why: tuple[Reason, ...]
    promised_at: datetime | None
    progress: StopProgress
    arrived_at: datetime | None
    done_at: datetime | None
    visit_id: int | None
    skip_reason: str
    opening_hours: str


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A customer of the plan outside the route: left out with its reason and what would let it in, excluded, or not tried yet.

    `reason` is None while nothing was planned since it came in. `lat` and `lon` are None without a pin, or for who may not see it.
    """

    id: int
    customer_id: int
    name: str
    likelihood: Likelihood
    lat: float | None
    lon: float | None
    choice: StopChoice
    origin: StopOrigin
    fixed_at: datetime | None
    visit_minutes: int
    value: float
    worth_why: tuple[Reason, ...]
    reason: Reason | None
    reliefs: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RestView:
    """A pause as planned; `name` is empty for lunch."""

    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class EndView:
    """Where the day begins or ends; without a name it is where the rep was, or a customer's."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Totals:
    """What a day comes to; `slack_s` is the time left between coming back and the end of the working day, below 0 when that is past."""

    value: float = 0.0
    travel_s: int = 0
    travel_m: int = 0
    wait_s: int = 0
    visits: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    slack_s: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """A user as others see them."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """One plan as its reader sees it; a customer that the reader may not see is a stop without name, address, phone and reasons.

    `stops` are in the order of the route. `is_stale` says that something was changed since the times were found, or an appointment
    moved: they are shown, and planning anew is offered. `is_by_hand` says that a person changed the route since it was planned,
    and that its times are those of that. `notes` are codes (`TravelNote` and `PlanNote` values).
    `line` is the way to draw, from start to end. `conflicts` say which required visits the last try could not combine.
    """

    id: int
    version: int
    person: Person
    created_by: Person
    changed_by: Person
    changed_at: datetime
    day: date
    zone: ZoneInfo
    name: str
    state: PlanState
    goal: PlanGoal
    rules: DayRules
    is_solved: bool
    is_stale: bool
    stops: tuple[StopView, ...]
    candidates: tuple[CandidateView, ...]
    rests: tuple[RestView, ...]
    start: EndView | None
    end: EndView | None
    totals: Totals
    notes: tuple[str, ...]
    conflicts: tuple[Reason, ...]
    line: tuple[Point, ...]
    may_edit: bool
    shared_with: tuple[Person, ...]
    is_by_hand: bool = False

    def next_stop(self) -> StopView | None:
        """Return where to go now: the first stop that is neither done nor skipped."""
        return next((s for s in self.stops if s.progress in (StopProgress.AHEAD, StopProgress.ARRIVED)), None)


@dataclass(frozen=True, slots=True)
class Variant:
    """What a day would come to if it were made for `goal`: its customers in order, those left out, whether all required fit.

    A customer that the reader may not see is an empty name. `home_by` is when a day is to end that is to end early.
    """

    goal: PlanGoal
    totals: Totals
    names: tuple[str, ...]
    left_out: tuple[str, ...]
    is_complete: bool = True
    home_by: time | None = None


@dataclass(frozen=True, slots=True)
class Filler:
    """A customer that fits before a stop without making it late: begins, ends, and how much time is then left before it.

    `stop_id` is its row in the plan, None while it is not in it. `detour_s` is the travel that it adds.
    """

    customer_id: int
    stop_id: int | None
    name: str
    likelihood: Likelihood
    lat: float
    lon: float
    value: float
    starts_at: datetime
    leaves_at: datetime
    slack_s: int
    detour_s: int
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of a list of plans."""

    id: int
    person: Person
    day: date
    name: str
    state: PlanState
    visits: int
    done: int
    totals: Totals
    changed_at: datetime
    changed_by: Person
