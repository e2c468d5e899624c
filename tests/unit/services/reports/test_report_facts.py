"""A report's numbers are those that anybody would count by hand from what is recorded."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, CustomerChange, CustomerRequest, Purchase, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.report_facts import ReportFacts, RequestEvent
from fieldsales.domain.words import ChangeCause, CheckInState, Outcome, Period, RequestKind, RequestStatus, VisitKind
from fieldsales.services.reports.reports import build_facts
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")
FIRST = date(2026, 10, 26)
TODAY = date(2026, 11, 21)
EVENING = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # 21:00 in Tokyo
LIKELIHOODS = list(Likelihood)


@dataclass
class Diary:
    """Everything that happened, in order, as a witness would have kept it."""

    visits: list[dict[str, Any]] = field(default_factory=list)
    purchases: list[dict[str, Any]] = field(default_factory=list)
    dates: dict[int, list[tuple[datetime, date | None]]] = field(default_factory=lambda: defaultdict(list))
    likelihoods: list[tuple[datetime, int, str, str]] = field(default_factory=list)
    places: dict[int, tuple[float, float]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


def live(database: Database, customers: list[Customer], aiko: User, botan: User, seed: int) -> Diary:
    """Let four weeks pass and keep a diary of them; some of what is recorded is deleted again, or somebody else's."""
    rng, diary = random.Random(seed), Diary()
    moments = sorted(_moment(FIRST + timedelta(days=rng.randrange(27)), rng.randrange(1440)) for _ in range(160))
    with database.write() as session:
        stored = {customer.id: session.get_one(Customer, customer.id) for customer in customers}
        for customer in stored.values():
            diary.names[customer.id] = customer.name
            diary.dates[customer.id].append((_moment(FIRST, 0) - timedelta(days=1), customer.next_on))
        for moment in (moment for moment in moments if moment <= EVENING):
            customer = stored[rng.choice(list(stored))]
            act = rng.choice(["visit"] * 5 + ["purchase", "date", "date", "likelihood"])
            _ACTS[act](session, rng, diary, customer, rng.choice([aiko, aiko, aiko, botan]), aiko, moment)
            session.flush()
    return diary


def _moment(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(), tzinfo=TOKYO) + timedelta(minutes=minute)


def _visit(session: Any, rng: random.Random, diary: Diary, customer: Customer, who: User, aiko: User, at: datetime) -> None:
    visit = Visit(
        client_ref=UUID(int=rng.getrandbits(128)),
        customer_id=customer.id,
        user_id=who.id,
        kind=rng.choice(list(VisitKind)),
        outcome=rng.choice(list(Outcome)),
        visited_at=at,
        note="",
        likelihood_before=Likelihood.B,
        likelihood_after=Likelihood.B,
        created_at=at,
        deleted_at=at if rng.random() < 0.15 else None,
    )
    session.add(visit)
    session.flush()
    if rng.random() < 0.4:  # a check-in elsewhere: the way leads from pin to pin all the same
        session.add(
            CheckIn(
                client_ref=UUID(int=rng.getrandbits(128)),
                user_id=who.id,
                customer_id=customer.id,
                visit_id=visit.id,
                checked_in_at=at,
                closed_at=at,
                lat=34 + rng.random(),
                lon=134 + rng.random(),
                accuracy_m=20,
                state=CheckInState.FAR,
            )
        )
    if visit.deleted_at is None and who.id == aiko.id:
        diary.visits.append({"at": at, "customer": customer.id, "kind": visit.kind, "outcome": visit.outcome, "id": visit.id})
        if customer.lat is not None and customer.lon is not None:
            diary.places[visit.id] = (customer.lat, customer.lon)


def _purchase(session: Any, rng: random.Random, diary: Diary, customer: Customer, who: User, aiko: User, at: datetime) -> None:
    day, amount, gone = at.astimezone(TOKYO).date(), rng.randrange(1, 10**6), rng.random() < 0.2
    session.add(
        Purchase(
            client_ref=UUID(int=rng.getrandbits(128)),
            customer_id=customer.id,
            user_id=who.id,
            bought_on=day,
            item="x",
            amount=amount,
            created_at=at,
            deleted_at=at if gone else None,
        )
    )
    if who.id == aiko.id and not gone:
        diary.purchases.append({"on": day, "customer": customer.id, "amount": amount})


def _date(session: Any, rng: random.Random, diary: Diary, customer: Customer, who: User, aiko: User, at: datetime) -> None:
    new = rng.choice([None, *(at.astimezone(TOKYO).date() + timedelta(days=n) for n in range(9))])
    if new == customer.next_on:
        return
    before, after = ({"next_on": d.isoformat() if d else None} for d in (customer.next_on, new))
    session.add(
        CustomerChange(customer_id=customer.id, changed_by_id=who.id, changed_at=at, cause=ChangeCause.EDIT, before=before, after=after)
    )
    customer.next_on = new
    diary.dates[customer.id].append((at, new))


def _likelihood(session: Any, rng: random.Random, diary: Diary, customer: Customer, who: User, aiko: User, at: datetime) -> None:
    new, cause = rng.choice(LIKELIHOODS), rng.choice([ChangeCause.VISIT, ChangeCause.EDIT, ChangeCause.RESTORE, ChangeCause.IMPORT])
    before, after = {"likelihood": customer.likelihood.value}, {"likelihood": new.value}
    session.add(CustomerChange(customer_id=customer.id, changed_by_id=who.id, changed_at=at, cause=cause, before=before, after=after))
    if who.id == aiko.id and cause is not ChangeCause.IMPORT:
        diary.likelihoods.append((at, customer.id, customer.likelihood.value, new.value))
    customer.likelihood = new


_ACTS = {"visit": _visit, "purchase": _purchase, "date": _date, "likelihood": _likelihood}


def count_by_hand(diary: Diary, first: date, last: date, mine: set[int]) -> dict[str, Any]:
    """Return every figure of a report, counted from the diary in the plainest way."""
    inside = [v for v in diary.visits if first <= v["at"].astimezone(TOKYO).date() <= last]
    sold = [p for p in diary.purchases if first <= p["on"] <= last]
    planned, done, missed = 0, 0, []
    for n in range((min(last, TODAY) - first).days + 1):
        day = first + timedelta(days=n)
        for customer in sorted(mine):
            morning = [value for at, value in diary.dates[customer] if at < _moment(day, 0)]
            if morning[-1] == day:
                planned += 1
                came = any(v["customer"] == customer and v["at"].astimezone(TOKYO).date() == day for v in inside)
                done += came
                if not came:
                    missed.append((day, customer, diary.dates[customer][-1][1]))
    chains: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for at, customer, before, after in diary.likelihoods:
        if first <= at.astimezone(TOKYO).date() <= last:
            chains[customer].append((before, after))
    return {
        "visits": sum(v["kind"] in (VisitKind.VISIT, VisitKind.ONLINE) for v in inside),
        "contacts": sum(v["kind"] in (VisitKind.CALL, VisitKind.EMAIL) for v in inside),
        "outcomes": Counter(v["outcome"] for v in inside),
        "amount": sum(p["amount"] for p in sold),
        "orders": len(sold),
        "planned": planned,
        "done": done,
        "missed": missed,
        "moves": {(c, chain[0][0], chain[-1][1]) for c, chain in chains.items() if chain[0][0] != chain[-1][1]},
        "metres": sum(
            _metres(diary, [v for v in inside if v["at"].astimezone(TOKYO).date() == first + timedelta(days=n)]) for n in range(31)
        ),
    }


def _metres(diary: Diary, visits: list[dict[str, Any]]) -> float:
    stops = [
        diary.places[v["id"]]
        for v in sorted(visits, key=lambda v: (v["at"], v["id"]))
        if v["kind"] is VisitKind.VISIT and v["id"] in diary.places
    ]
    return sum(_angle(a, b) * 6_371_008.8 for a, b in zip(stops, stops[1:], strict=False))  # noqa: RUF007 - the other way round than the code


def _angle(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the angle between two places as vectors; the product uses haversines."""
    (x1, y1, z1), (x2, y2, z2) = (_vector(*a), _vector(*b))
    cross = (y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2)
    return math.atan2(math.hypot(*cross), x1 * x2 + y1 * y2 + z1 * z2)


def _vector(lat: float, lon: float) -> tuple[float, float, float]:
    phi, lam = math.radians(lat), math.radians(lon)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)


def stated(facts: ReportFacts) -> dict[str, Any]:
    """Return the figures that a report states."""
    return {
        "visits": facts.visit_count,
        "contacts": facts.contact_count,
        "outcomes": Counter({o.outcome: o.count for o in facts.outcomes}),
        "amount": facts.amount,
        "orders": len(facts.orders),
        "planned": facts.planned,
        "done": facts.done,
        "missed": [(p.on, p.customer_id, p.now_on) for p in facts.missed],
        "moves": {(m.customer_id, m.before.value, m.after.value) for m in facts.moves},
    }


def facts_of(
    database: Database, actor: User, *, on: date, period: Period = Period.DAY, user: User | None = None, now: datetime = EVENING
) -> ReportFacts:
    with database.read() as session:
        return build_facts(session, actor, user_id=(user or actor).id, period=period, starts_on=on, zone=TOKYO, now=now)


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_is_the_one_counted_by_hand(
    database: Database, aiko: User, botan: User, make_customer: CustomerFactory, seed: int
) -> None:
    customers = [
        make_customer(f"客{n}", owner=aiko if n < 6 else botan, next_on=FIRST + timedelta(days=n) if n % 2 else None, **pin)
        for n, pin in enumerate([{"lat": 34 + n / 10, "lon": 134.1} if n != 3 else {} for n in range(8)])
    ]
    diary = live(database, customers, aiko, botan, seed)
    mine = {customer.id for customer in customers[:6]}
    spans = [(Period.DAY, FIRST + timedelta(days=n), FIRST + timedelta(days=n)) for n in range(27)]
    spans += [(Period.WEEK, FIRST + timedelta(days=7 * n), FIRST + timedelta(days=7 * n + 6)) for n in range(4)]
    spans.append((Period.MONTH, date(2026, 11, 1), date(2026, 11, 30)))
    for period, first, last in spans:
        facts, expected = facts_of(database, aiko, on=first, period=period), count_by_hand(diary, first, last, mine)
        assert facts.distance_m == pytest.approx(expected.pop("metres"), abs=len(facts.days))
        assert stated(facts) == expected, (period, first)
        assert (facts.starts_on, facts.ends_on) == (first, last)


def test_the_day_begins_where_the_person_works(database: Database, aiko: User, make_customer: CustomerFactory) -> None:
    with database.write() as session:
        session.get_one(User, aiko.id).timezone = "America/New_York"
    with database.read() as session:
        aiko = session.get_one(User, aiko.id)
    _store_visit(database, aiko, make_customer(owner=aiko), datetime(2026, 11, 20, 3, 0, tzinfo=UTC))  # the evening before in New York
    assert facts_of(database, aiko, on=date(2026, 11, 19)).visit_count == 1
    assert facts_of(database, aiko, on=date(2026, 11, 20)).visit_count == 0


def test_after_friday_comes_the_next_working_day_and_all_between(database: Database, aiko: User, make_customer: CustomerFactory) -> None:
    for day in (21, 23, 24, 25):
        make_customer(f"{day}日", owner=aiko, next_on=date(2026, 11, day), next_action="見積", next_time=time(10, 0) if day == 24 else None)
    facts = facts_of(database, aiko, on=date(2026, 11, 20))
    assert (facts.coming_from, facts.coming_to) == (date(2026, 11, 21), date(2026, 11, 24))  # the 23rd is a public holiday
    assert [(plan.customer, plan.at) for plan in facts.coming] == [("21日", None), ("23日", None), ("24日", time(10, 0))]


def test_yesterdays_plan_for_today_is_not_todays_plan(database: Database, aiko: User, make_customer: CustomerFactory) -> None:
    customer = make_customer("動いた", owner=aiko, next_on=date(2026, 11, 30))
    change = {"before": {"next_on": "2026-11-20"}, "after": {"next_on": "2026-11-30"}}
    at = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    with database.write() as session:
        session.add(CustomerChange(customer_id=customer.id, changed_by_id=aiko.id, changed_at=at, cause=ChangeCause.EDIT, **change))
    assert [plan.customer for plan in facts_of(database, aiko, on=date(2026, 11, 19)).coming] == ["動いた"]
    friday = facts_of(database, aiko, on=date(2026, 11, 20))
    assert [(plan.customer, plan.now_on) for plan in friday.missed] == [("動いた", date(2026, 11, 30))]
    assert friday.coming == ()


def test_requests_are_told_on_the_day_they_came_and_the_day_they_were_answered(
    database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer(owner=aiko)
    came, answered = datetime(2026, 11, 19, 3, 0, tzinfo=UTC), datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    with database.write() as session:
        for n, gone in ((1, None), (2, answered)):
            session.add(
                CustomerRequest(
                    client_ref=UUID(int=n),
                    customer_id=customer.id,
                    kind=RequestKind.COMPLAINT,
                    status=RequestStatus.ANSWERED,
                    text="遅い" * 1_000,
                    answer="おわび",
                    opened_by_id=aiko.id,
                    opened_at=came,
                    answered_by_id=aiko.id,
                    answered_at=answered,
                    deleted_at=gone,
                )
            )
    (told,) = facts_of(database, aiko, on=date(2026, 11, 19)).requests
    assert (told.event, told.text[:2], len(told.text)) == (RequestEvent.OPENED, "遅い", 300)
    (told,) = facts_of(database, aiko, on=date(2026, 11, 20)).requests
    assert (told.event, told.text) == (RequestEvent.ANSWERED, "おわび")


def test_a_visit_tells_its_check_in_and_how_long_it_lasted(database: Database, aiko: User, make_customer: CustomerFactory) -> None:
    at = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    customer = make_customer(owner=aiko)
    visit = _store_visit(database, aiko, customer, at, note="長い話")
    left = at + timedelta(minutes=25)
    with database.write() as session:
        session.add(
            CheckIn(
                client_ref=UUID(int=1),
                user_id=aiko.id,
                customer_id=customer.id,
                visit_id=visit.id,
                checked_in_at=at - timedelta(minutes=5),
                checked_out_at=left,
                closed_at=left,
                state=CheckInState.UNKNOWN,
            )
        )
    facts = facts_of(database, aiko, on=date(2026, 11, 20))
    assert (facts.visits[0].checked_in_at, facts.visits[0].stayed_s, facts.visits[0].note) == (at - timedelta(minutes=5), 1800, "長い話")
    assert facts.unplaced == 1  # neither the customer nor the check-in has a position
    assert facts_of(database, aiko, on=date(2026, 11, 20), period=Period.WEEK).visits == ()


def _store_visit(database: Database, user: User, customer: Customer, at: datetime, note: str = "") -> Visit:
    visit = Visit(
        client_ref=UUID(int=int(at.timestamp())),
        customer_id=customer.id,
        user_id=user.id,
        outcome=Outcome.MET,
        visited_at=at,
        note=note,
        likelihood_before=Likelihood.B,
        likelihood_after=Likelihood.B,
        created_at=at,
    )
    with database.write() as session:
        session.add(visit)
    return visit
