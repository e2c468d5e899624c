"""What else is known of an invented customer: people, purchases, requests, notes, the next action; drawn apart from the story.

Each customer has a chance of its own (seeded by its number), so that a further kind of record changes no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from random import Random

from fieldsales.demo.inventing import SEED, Invented
from fieldsales.demo.names import invent_person
from fieldsales.demo.people import FORMER, LEFT_DAYS
from fieldsales.demo.phrases import (
    COMPLAINTS,
    DO_NOT_VISIT,
    GOODS,
    NEXT_ACTIONS,
    REQUESTS,
    RESOLUTIONS,
    ROLES,
    write_memo,
)
from fieldsales.domain.likelihood import OPEN, Likelihood
from fieldsales.domain.words import Kind, Outcome, RequestKind, RequestStatus, Stage

_OPEN_REQUEST_DAYS, _LEFT_OPEN_DAYS = 12, 120
_APPOINTMENTS = (time(9, 30), time(10, 0), time(11, 0), time(13, 30), time(15, 0), time(16, 30))
_FORWARD = 4


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a customer."""

    name: str
    kana: str
    role: str
    phone: str
    mobile: str
    email: str


@dataclass(frozen=True, slots=True)
class Bought:
    """One purchase."""

    day: date
    item: str
    amount: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A request or complaint: opened on `day`, to be answered by `due`; `done_on` when it was closed."""

    kind: RequestKind
    status: RequestStatus
    text: str
    answer: str
    day: date
    due: date
    done_on: date | None


@dataclass(frozen=True, slots=True)
class Written:
    """A note of one day."""

    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What holds for the customer from now on: next action, expected month, own cadence, and not to be visited."""

    next_time: time | None = None
    next_action: str = ""
    close_month: date | None = None
    cadence_days: int | None = None
    do_not_visit_reason: str = ""
    do_not_visit_until: date | None = None


def draw_of(invented: Invented) -> Random:
    """Return the chance from which one customer's records are drawn."""
    return Random(SEED * 1_000_003 + invented.number)


def invent_people(rng: Random, invented: Invented) -> tuple[Person, ...]:
    """Return the people known at a company, none at a person."""
    if invented.kind is Kind.PERSON or not invented.encounters:
        return ()
    return tuple(_person(rng, invented, number) for number in range(rng.choice((0, 0, 1, 1, 2, 3))))


def _person(rng: Random, invented: Invented, number: int) -> Person:
    person = invent_person(rng)
    mobile = f"090-0000-{rng.randrange(10_000):04d}" if rng.random() < 0.4 else ""
    email = f"staff{number + 1}.{invented.number:05d}@example.jp" if rng.random() < 0.6 else ""
    return Person(person.name, person.kana, rng.choice(ROLES), invented.phone if rng.random() < 0.5 else "", mobile, email)


def invent_purchases(rng: Random, invented: Invented, *, today: date) -> Iterator[Bought]:
    """Yield what was ordered at visits, and the regular orders of clients before."""
    amount = invented.amount or 200_000
    gone = LEFT_DAYS if invented.rep == FORMER.account else 0
    for encounter in invented.encounters:
        if encounter.outcome is Outcome.ORDER:
            yield Bought(encounter.day, rng.choice(GOODS), amount)
    if invented.stage is Stage.CLIENT:
        for years in range(rng.choice((0, 1, 1, 2, 3))):
            day = today - timedelta(days=max(15, gone) + 365 * years + rng.randrange(350 - gone))
            yield Bought(day, rng.choice(GOODS), max(1, round(amount * rng.uniform(0.2, 0.9) / 1_000)) * 1_000)


def invent_requests(rng: Random, invented: Invented, *, today: date) -> Iterator[Asked]:
    """Yield now and then a request or complaint; recent ones still wait for an answer."""
    if not invented.encounters or rng.random() > 0.16:
        return
    day = invented.encounters[-1].day
    kind = RequestKind.COMPLAINT if rng.random() < 0.4 else RequestKind.REQUEST
    text = rng.choice(COMPLAINTS if kind is RequestKind.COMPLAINT else REQUESTS)
    due = day + timedelta(days=rng.choice((3, 5, 7, 10)))
    if (today - day).days <= (_LEFT_OPEN_DAYS if invented.rep == FORMER.account else _OPEN_REQUEST_DAYS):
        yield Asked(kind, RequestStatus.OPEN, text, "", day, due, None)
    elif rng.random() < 0.15:
        yield Asked(kind, RequestStatus.ANSWERED, text, rng.choice(RESOLUTIONS), day, due, None)
    else:
        yield Asked(kind, RequestStatus.CLOSED, text, rng.choice(RESOLUTIONS), day, due, min(due, today - timedelta(days=1)))


def invent_notes(rng: Random, invented: Invented) -> Iterator[Written]:
    """Yield a note at some customers."""
    if invented.encounters and rng.random() < 0.15:
        yield Written(rng.choice(invented.encounters).day, write_memo(rng))


def arrange(rng: Random, invented: Invented, next_on: date | None, *, today: date) -> Arrangement:
    """Return what was arranged for the days to come; about half of today's and later dates have an hour."""
    timed = next_on is not None and next_on >= today and rng.random() < 0.5
    ahead = invented.likelihood in OPEN and rng.random() < 0.7
    refused = any(e.outcome is Outcome.REFUSED for e in invented.encounters) and invented.likelihood is Likelihood.D
    blocked = refused and rng.random() < 0.4
    return Arrangement(
        next_time=rng.choice(_APPOINTMENTS) if timed else None,
        next_action=rng.choice(NEXT_ACTIONS) if next_on is not None and rng.random() < 0.8 else "",
        close_month=_month_ahead(today, rng.randrange(_FORWARD)) if ahead else None,
        cadence_days=rng.choice((7, 14, 30, 60)) if rng.random() < 0.08 else None,
        do_not_visit_reason=rng.choice(DO_NOT_VISIT) if blocked else "",
        do_not_visit_until=_month_ahead(today, 6) if blocked and rng.random() < 0.6 else None,
    )


def _month_ahead(today: date, months: int) -> date:
    number = today.year * 12 + today.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
