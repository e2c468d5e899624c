"""Small teams to hold figures against: generated rows, a database filled with them, and what plain Python reads from them.

`@given(rows=teams())` gives `TeamRows`; `invent_team(random.Random(7))` gives one that is always the same. `store_team(database, rows)`
empties a database and fills it. What plain Python reads from the rows is in `tests.team_readings`, and at hand here too.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from fieldsales.db.base import Base
from fieldsales.db.database import Database
from fieldsales.db.models import (
    Customer,
    CustomerChange,
    CustomerTag,
    OutcomeTemplate,
    Plan,
    PlanStop,
    Purchase,
    Tag,
    Target,
    Team,
    TeamManager,
    User,
    Visit,
)
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import (
    ChangeCause,
    Outcome,
    PlanState,
    Role,
    Stage,
    StopProgress,
    TargetKind,
    VisitKind,
)
from tests.team_readings import BY_LISTS as BY_LISTS
from tests.team_readings import MEETING as MEETING
from tests.team_readings import contacts as contacts
from tests.team_readings import day_of as day_of
from tests.team_readings import first_meetings as first_meetings
from tests.team_readings import is_asked_for as is_asked_for
from tests.team_readings import may_see as may_see
from tests.team_readings import meetings as meetings
from tests.team_readings import moves as moves
from tests.team_readings import orders as orders
from tests.team_readings import owned as owned
from tests.team_readings import people_of as people_of
from tests.team_readings import teams_led as teams_led
from tests.team_rows import (
    NOW,
    TEN_YEARS,
    TODAY,
    TOKYO,
    ChangeRow,
    CustomerRow,
    PlanRow,
    PurchaseRow,
    StopRow,
    TargetRow,
    TeamRow,
    TeamRows,
    UserRow,
    VisitRow,
)

TAGS = ("VIP", "展示会", "紹介")
AREAS = ("東京都新宿区", "香川県高松市", "大阪府大阪市北区", "")
SPANS = ("2026-11", "2026-10", "2026-W47", "2026-Q4", "2026", "2026-11-20..2026-11-22", "2017-01-01..2026-12-31", "2027-01")

# For tests that use one database for all examples: each fills it anew.
# Nothing is shrunk: each step towards the smallest example would fill the database once more, for minutes.
same_database = settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def teams() -> st.SearchStrategy[TeamRows]:
    """Return the strategy of small teams; what fails shrinks towards little and plain."""
    return st.randoms(use_true_random=False).map(invent_team)


def filters(rows: TeamRows) -> st.SearchStrategy[TeamFilter]:
    """Return the strategy of filters that make sense, or almost, for these rows."""
    some = lambda values: st.frozensets(st.sampled_from(values), max_size=2) if values else st.just(frozenset())  # noqa: E731
    return st.builds(
        TeamFilter,
        span=st.sampled_from(SPANS).map(Span.read),
        team_ids=st.just(frozenset()) | some([team.id for team in rows.teams]),
        user_ids=st.just(frozenset()) | some([user.id for user in rows.users]),
        tags=st.just(frozenset()) | some([*TAGS, "nobody's"]),
        areas=st.just(frozenset()) | some([area for area in AREAS if area]),
    )


def invent_team(rng: random.Random) -> TeamRows:
    """Return a team that holds the awkward cases: who left, who has no team, deleted rows, midnight, ten years, no pin, no target."""
    team_rows, users = _people(rng)
    customers = [_customer(rng, number, team_rows, users) for number in range(1, rng.randint(0, 10) + 1)]
    templates = {1: ("見積提出", Outcome.QUOTE), 2: ("他社に決定", Outcome.LOST)}
    visits = _visits(rng, users, customers, templates)
    purchases = _purchases(rng, users, customers)
    changes = _changes(rng, users, customers, visits)
    rows = TeamRows(team_rows, users, customers, visits, purchases, changes, _targets(rng, team_rows, users), [], templates)
    rows.plans.extend(_plans(rng, rows))
    newest = {i: max(v.visited_at for v in visits if v.customer_id == i and v.deleted_at is None) for i in _seen(visits)}
    last_rank = {change.customer_id: change.after for change in changes if change.after is not None}
    for number, customer in enumerate(rows.customers):
        values = {f.name: getattr(customer, f.name) for f in fields(customer)}
        values["last_visited_at"], values["likelihood"] = newest.get(customer.id), last_rank.get(customer.id, customer.likelihood)
        rows.customers[number] = CustomerRow(**values)
    return rows


def _seen(visits: Iterable[VisitRow]) -> set[int]:
    return {visit.customer_id for visit in visits if visit.deleted_at is None}


def _people(rng: random.Random) -> tuple[list[TeamRow], list[UserRow]]:
    """Return teams and users: 1 the admin, 2 and 3 managers, from 4 on reps, of whom there is at least one."""
    users = [UserRow(1, "Admin", Role.ADMIN, None), UserRow(2, "Manager", Role.MANAGER, None)]
    team_rows = [TeamRow(1, "東営業部", True, (2,))]
    if rng.random() < 0.6:
        users.append(UserRow(3, "Other manager", Role.MANAGER, rng.choice([None, 1])))
        team_rows.append(TeamRow(2, "西営業部", False, (3,) if rng.random() < 0.7 else (2, 3)))
    for number in range(4, 4 + rng.randint(1, 4)):
        left = NOW - timedelta(days=rng.randint(1, 90)) if number > 4 and rng.random() < 0.3 else None
        team_id = rng.choice([team.id for team in team_rows] * 3 + [None])
        users.append(UserRow(number, f"営業{number}", Role.REP, team_id, left))
    return team_rows, users


def _customer(rng: random.Random, number: int, team_rows: list[TeamRow], users: list[UserRow]) -> CustomerRow:
    owner = rng.choice([*(user for user in users if user.role is not Role.ADMIN), None])
    team_id = owner.team_id if owner is not None and rng.random() < 0.8 else rng.choice([None, *(team.id for team in team_rows)])
    located = rng.random() < 0.8
    return CustomerRow(
        id=number,
        name=f"高松食品{number}",
        owner_id=owner.id if owner else None,
        team_id=team_id,
        likelihood=rng.choice(list(Likelihood)),
        amount=rng.choice([None, 0, 10_000, 1_250_000, 99_999_999_999]),
        stage=rng.choice(list(Stage)),
        area=rng.choice([*AREAS, None]),
        tags=tuple(tag for tag in TAGS if rng.random() < 0.3),
        lat=34.34 + rng.randint(-50, 50) / 1000 if located else None,
        lon=134.05 + rng.randint(-50, 50) / 1000 if located else None,
        cadence_days=rng.choice([None, None, 0, 7, 30]),
        next_on=rng.choice([None, TODAY, TODAY + timedelta(days=rng.randint(-40, 40))]),
        do_not_visit=rng.random() < 0.1,
        created_at=NOW - timedelta(days=rng.choice([0, 10, 100, 1_000, TEN_YEARS])),
        archived_at=NOW - timedelta(days=3) if rng.random() < 0.1 else None,
    )


def _moment(rng: random.Random) -> datetime:
    """Return a moment up to now: mostly of the last weeks, sometimes of ten years, often close to midnight in Tokyo."""
    days = rng.choice([rng.randint(0, 40), rng.randint(0, 40), rng.randint(0, 400), rng.randint(0, TEN_YEARS)])
    clock = rng.choice([time(0, 0), time(9, 30), time(14, 0), time(23, 59, 59), time(rng.randint(0, 23), rng.randint(0, 59))])
    return min(datetime.combine(TODAY - timedelta(days=days), clock, TOKYO).astimezone(UTC), NOW)


def _visits(
    rng: random.Random, users: list[UserRow], customers: list[CustomerRow], templates: dict[int, tuple[str, Outcome]]
) -> list[VisitRow]:
    visits = []
    for number in range(1, (rng.randint(0, 30) if customers else 0) + 1):
        template_id = rng.choice([None, *templates])
        visits.append(
            VisitRow(
                id=number,
                customer_id=rng.choice(customers).id,
                user_id=rng.choice([user.id for user in users if user.role is not Role.ADMIN]),
                kind=rng.choice([VisitKind.VISIT, *VisitKind]),
                outcome=templates[template_id][1] if template_id else rng.choice(list(Outcome)),
                template_id=template_id,
                visited_at=_moment(rng),
                note=rng.choice(["", "担当者と面談", "<script>alert(1)</script>"]),
                likelihood_before=Likelihood.C,
                likelihood_after=Likelihood.B,
                deleted_at=NOW if rng.random() < 0.1 else None,
            )
        )
    return visits


def _purchases(rng: random.Random, users: list[UserRow], customers: list[CustomerRow]) -> list[PurchaseRow]:
    return [
        PurchaseRow(
            id=number,
            customer_id=rng.choice(customers).id,
            user_id=rng.choice([user.id for user in users if user.role is not Role.ADMIN]),
            bought_on=_moment(rng).astimezone(TOKYO).date(),
            amount=rng.choice([0, 1, 120_000, -30_000, 99_999_999_999]),
            deleted_at=NOW if rng.random() < 0.15 else None,
        )
        for number in range(1, (rng.randint(0, 10) if customers else 0) + 1)
    ]


def _changes(rng: random.Random, users: list[UserRow], customers: list[CustomerRow], visits: list[VisitRow]) -> list[ChangeRow]:
    """Return changes in the order of time: each move of a customer begins where the one before ended."""
    found: list[ChangeRow] = []
    for customer in customers:
        rank, own = customer.likelihood, [visit for visit in visits if visit.customer_id == customer.id]
        for moment in sorted(_moment(rng) for _ in range(rng.randint(0, 4))):
            cause = rng.choice([*ChangeCause, ChangeCause.VISIT, ChangeCause.VISIT, ChangeCause.EDIT])
            visit = rng.choice(own) if cause is ChangeCause.VISIT and own else None
            after = rng.choice([None, *(other for other in Likelihood if other is not rank)])
            by = rng.choice([None, *(user.id for user in users)]) if cause is not ChangeCause.VISIT else rng.choice(users).id
            before = None if after is None else rank
            found.append(ChangeRow(0, customer.id, by, moment, cause, visit.id if visit else None, before, after))
            rank = after or rank
    found.sort(key=lambda change: change.changed_at)
    return [ChangeRow(number, *(getattr(c, f.name) for f in fields(c)[1:])) for number, c in enumerate(found, start=1)]


def _targets(rng: random.Random, team_rows: list[TeamRow], users: list[UserRow]) -> list[TargetRow]:
    found = []
    for month in (date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)):
        for kind in TargetKind:
            value = 3 if kind is not TargetKind.AMOUNT else 500_000
            found += [TargetRow(month, kind, user.id, None, value) for user in users if user.role is Role.REP and rng.random() < 0.5]
            found += [TargetRow(month, kind, None, team.id, 4 * value) for team in team_rows if rng.random() < 0.3]
    return [TargetRow(t.month, t.kind, t.user_id, t.team_id, rng.choice([0, 1, t.value, t.value])) for t in found]


def _plans(rng: random.Random, rows: TeamRows) -> Iterator[PlanRow]:
    """Yield plans of the last weeks, one accepted a rep and day at most."""
    number = 0
    for user in rows.reps if rows.customers else ():
        for days in sorted({rng.randint(0, 30) for _ in range(rng.randint(0, 3))}):
            number += 1
            day = TODAY - timedelta(days=days)
            chosen = rng.sample(rows.customers, rng.randint(0, min(4, len(rows.customers))))
            stops = tuple(_stop(rng, position, customer.id, day) for position, customer in enumerate(chosen))
            state = rng.choice([PlanState.ACCEPTED, PlanState.ACCEPTED, PlanState.DRAFT])
            yield PlanRow(number, user.id, day, state, NOW if rng.random() < 0.1 else None, stops)


def _stop(rng: random.Random, position: int, customer_id: int, day: date) -> StopRow:
    promised = datetime.combine(day, time(9 + 2 * position), TOKYO).astimezone(UTC)
    progress = rng.choice([StopProgress.DONE, StopProgress.DONE, StopProgress.AHEAD, StopProgress.SKIPPED])
    came = promised + timedelta(minutes=rng.choice([-61, -60, -10, 0, 45, 60, 61, 200]))
    done = progress is StopProgress.DONE
    return StopRow(
        customer_id=customer_id,
        position=position if rng.random() < 0.9 else None,
        promised_at=promised if rng.random() < 0.8 else None,
        progress=progress,
        arrived_at=came if done and rng.random() < 0.6 else None,
        done_at=came + timedelta(minutes=20) if done else None,
    )


def store_team(database: Database, rows: TeamRows) -> None:
    """Empty the database and store these rows in it, nothing else."""
    with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
        for model, values in _values(rows):
            if values:
                session.execute(insert(model), values)
        if not database.is_sqlite:
            _continue_numbering(session)


def load_user(session: Session, user_id: int) -> User:
    """Return a stored person, to act as them."""
    return session.scalars(select(User).where(User.id == user_id)).unique().one()


def _values(rows: TeamRows) -> Iterator[tuple[type[Base], list[dict[str, Any]]]]:
    yield Team, [{"id": team.id, "name": team.name, "shares_customers": team.shares_customers} for team in rows.teams]
    yield User, [_plain(user) | {"email": f"user{user.id}@example.com", "password_hash": "-"} for user in rows.users]
    yield TeamManager, [{"team_id": team.id, "user_id": user_id} for team in rows.teams for user_id in team.manager_ids]
    yield Tag, [{"id": number, "name": name} for number, name in enumerate(TAGS, start=1)]
    yield Customer, [_plain(customer, "tags") | {"changed_at": NOW, "locate_status": _located(customer)} for customer in rows.customers]
    yield CustomerTag, [{"customer_id": c.id, "tag_id": TAGS.index(tag) + 1} for c in rows.customers for tag in c.tags]
    yield OutcomeTemplate, [{"id": i, "name": name, "outcome": outcome} for i, (name, outcome) in rows.templates.items()]
    yield Visit, [_plain(visit) | {"client_ref": UUID(int=visit.id), "created_at": visit.visited_at} for visit in rows.visits]
    yield Purchase, [_plain(p) | {"client_ref": UUID(int=p.id), "item": "給湯器", "created_at": NOW} for p in rows.purchases]
    yield CustomerChange, [_change(change) for change in rows.changes]
    yield Target, [_plain(target) | {"set_by_id": 1, "set_at": NOW} for target in rows.targets]
    yield Plan, [_plan(plan) for plan in rows.plans]
    yield PlanStop, [_plain(stop) | {"plan_id": plan.id} for plan in rows.plans for stop in plan.stops]


def _plain(row: Any, *without: str) -> dict[str, Any]:
    return {f.name: getattr(row, f.name) for f in fields(row) if f.name not in without}


def _located(customer: CustomerRow) -> str:
    return "ok" if customer.lat is not None else "failed"


def _change(change: ChangeRow) -> dict[str, Any]:
    moved = change.after is not None
    before = {"likelihood": change.before} if moved else {"name": "旧"}
    after = {"likelihood": change.after} if moved else {"name": "新"}
    return _plain(change, "before", "after") | {
        "before": before, "after": after, "likelihood_before": change.before, "likelihood_after": change.after,
    }  # fmt: skip


def _plan(plan: PlanRow) -> dict[str, Any]:
    return _plain(plan, "stops") | {
        "client_ref": UUID(int=plan.id), "created_by_id": plan.user_id, "changed_by_id": plan.user_id, "zone": "Asia/Tokyo",
        "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip


def _continue_numbering(session: Session) -> None:
    for table in ("teams", "users", "tags", "customers", "outcome_templates", "visits", "purchases", "customer_changes", "plans"):
        session.execute(text(f"SELECT setval('{table}_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"))
