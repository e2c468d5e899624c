"""What a report (日報) states, as plain values, and the JSON in which it is frozen when it is submitted.

Moments are UTC, money is integer yen, distances are metres. `VERSION` is kept in the JSON: a shape that changes gets a
new number and a reader for the old one, because a report that was submitted has to be readable for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time
from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, Period, RequestKind, VisitKind

VERSION = 2
_READABLE = (1, VERSION)  # what version 2 added to the shapes has defaults, which say what version 1 did not know
Entry = TypeVar("Entry")


class RequestEvent(StrEnum):
    """What was done about a request: it came in, or it was answered."""

    OPENED = "opened"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class VisitFact:
    """One visit, call or mail; `word` is the team's own word for the outcome, empty for the product's.

    `checked_in_at` and `stayed_s` (seconds, None without a check-out) come from the check-in that belongs to the visit.
    """

    visit_id: int
    customer_id: int
    customer: str
    at: datetime
    kind: VisitKind
    outcome: Outcome
    word: str
    note: str
    likelihood_before: Likelihood
    likelihood_after: Likelihood
    next_on: date | None
    checked_in_at: datetime | None
    stayed_s: int | None


@dataclass(frozen=True, slots=True)
class MoveFact:
    """How one customer's likelihood moved in the period, from first to last."""

    customer_id: int
    customer: str
    before: Likelihood
    after: Likelihood


@dataclass(frozen=True, slots=True)
class OrderFact:
    """One purchase."""

    purchase_id: int
    customer_id: int
    customer: str
    on: date
    item: str
    amount: int


@dataclass(frozen=True, slots=True)
class RequestFact:
    """A request or complaint that came in or was answered."""

    request_id: int
    customer_id: int
    customer: str
    kind: RequestKind
    event: RequestEvent
    text: str


@dataclass(frozen=True, slots=True)
class PlanFact:
    """A customer to be seen on a day: a stop of an accepted plan, or one whose next date was `on`.

    `now_on` is the date it has got since, None when there is none any more. `at` is the time promised, on the person's
    clock; `skipped` why a stop was left out on the way, as the person said.
    """

    customer_id: int
    customer: str
    on: date
    now_on: date | None
    at: time | None
    action: str
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class DayFact:
    """One day in numbers; `visits` are personal and online meetings, `contacts` calls and mails.

    `by_plan` says that `planned` are the stops of an accepted plan; `on_time` of those done were done within an hour of the
    time first promised. `as_planned` says that the stops were made in the plan's order and `distance_m` is the plan's way.
    """

    on: date
    visits: int
    contacts: int
    orders: int
    amount: int
    planned: int
    done: int
    distance_m: int
    by_plan: bool = False
    on_time: int = 0
    as_planned: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeFact:
    """How often an outcome occurred."""

    outcome: Outcome
    word: str
    count: int


@dataclass(frozen=True, slots=True)
class CustomerFact:
    """What happened with one customer in the period."""

    customer_id: int
    customer: str
    visits: int
    amount: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything a report states of one person and period, before anybody comments on it.

    `visits` lists single visits and is empty for a week or a month, where `days` and `customers` (the most important)
    stand instead; for a day `days` is that one day. `unplaced` counts the visits whose place is not known, which the
    distance passes over. `missed` was planned for a day of the period that has begun and not visited on it; `coming`
    is the plan of the next working day, week or month: at most as many as are worth listing, `coming_count` is all.
    """

    period: Period
    starts_on: date
    ends_on: date
    person: str
    visits: tuple[VisitFact, ...]
    days: tuple[DayFact, ...]
    outcomes: tuple[OutcomeFact, ...]
    moves: tuple[MoveFact, ...]
    orders: tuple[OrderFact, ...]
    requests: tuple[RequestFact, ...]
    missed: tuple[PlanFact, ...]
    customers: tuple[CustomerFact, ...]
    coming_from: date
    coming_to: date
    coming: tuple[PlanFact, ...]
    coming_count: int
    unplaced: int

    @property
    def visit_count(self) -> int:
        """Meetings in person and online."""
        return sum(day.visits for day in self.days)

    @property
    def contact_count(self) -> int:
        """Calls and mails."""
        return sum(day.contacts for day in self.days)

    @property
    def amount(self) -> int:
        """The sum of all orders in yen."""
        return sum(order.amount for order in self.orders)

    @property
    def planned(self) -> int:
        """How many visits were planned on days that have begun."""
        return sum(day.planned for day in self.days)

    @property
    def done(self) -> int:
        """How many of them took place on their day."""
        return sum(day.done for day in self.days)

    @property
    def promised(self) -> int:
        """How many visits were planned with a time: the stops of accepted plans."""
        return sum(day.planned for day in self.days if day.by_plan)

    @property
    def on_time(self) -> int:
        """How many of these were done within an hour of it."""
        return sum(day.on_time for day in self.days)

    @property
    def distance_m(self) -> int:
        """The great-circle distance from visit to visit, on days that went as planned the way of the plan."""
        return sum(day.distance_m for day in self.days)

    @property
    def is_empty(self) -> bool:
        """True when nothing happened and nothing was planned."""
        counts = (self.visit_count, self.contact_count, self.planned, len(self.moves), len(self.orders), len(self.requests))
        return not any(counts)


class UnknownShape(ValueError):
    """The frozen facts were written by a newer release than this one."""


def to_json(facts: ReportFacts) -> dict[str, Any]:
    """Return the facts as JSON keeps them."""
    return {"version": VERSION} | {name: _plain(value) for name, value in asdict(facts).items()}


def from_json(stored: Mapping[str, Any]) -> ReportFacts:
    """Return the facts that `to_json` wrote, in this release or before.

    Raises:
        UnknownShape: a newer release wrote them.
    """
    if stored.get("version") not in _READABLE:
        raise UnknownShape(stored.get("version"))
    return _read(ReportFacts, stored)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in value]
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, (date, time)) else value


def _read(shape: type[Entry], stored: Mapping[str, Any]) -> Entry:
    hints = get_type_hints(shape)
    known = [f for f in fields(shape) if f.name in stored]  # type: ignore[arg-type]
    return shape(**{f.name: _typed(hints[f.name], stored[f.name]) for f in known})


def _typed(hint: Any, value: Any) -> Any:
    if isinstance(hint, UnionType):
        return None if value is None else _typed(get_args(hint)[0], value)
    if get_args(hint):
        return tuple(_read(get_args(hint)[0], entry) for entry in value)
    if hint in (datetime, date, time):
        return hint.fromisoformat(value)
    return hint(value)
