"""The handover list: whose customers wait, what is at risk first, and the first calls as a planned day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import CustomerRequest, PlanStop, User
from fieldsales.domain.handover import Risk, Stake
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import RequestKind, RequestStatus, StopChoice
from fieldsales.errors import CustomerNotFound, NotAllowed, NotFound, UserNotFound
from fieldsales.services.acting.handover import HandoverList, list_holders, plan_first_calls, read_handover
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")
EVERYBODY = TeamFilter(span=Span.around(SpanKind.MONTH, date(2026, 11, 21)))


def hand_over(database: Database, actor: User, person: User, today: date, team_filter: TeamFilter = EVERYBODY) -> HandoverList:
    with database.read() as session:
        return read_handover(session, actor, person_id=person.id, team_filter=team_filter, today=today, zone=TOKYO)


def test_whoever_left_stands_first_among_those_with_customers(
    database: Database, dai: User, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("甲", owner=aiko), make_customer("乙", owner=botan), make_customer("丙", owner=botan), make_customer("丁")
    with database.write() as session:
        session.get_one(User, botan.id).disabled_at = now

    with database.read() as session:
        holders = list_holders(session, dai, team_filter=EVERYBODY)

    assert [(waiting.person.name, waiting.person.left, waiting.customers) for waiting in holders] == [
        ("Botan", True, 2),
        ("Aiko", False, 1),
    ]


def test_customers_are_listed_by_what_is_at_risk(
    database: Database, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    quiet = make_customer("静か", owner=aiko, last_visited_at=now)
    hot = make_customer("熱い", owner=aiko, likelihood=Likelihood.A, amount=10_000_000, last_visited_at=now)
    angry = make_customer(
        "苦情", owner=aiko, likelihood=Likelihood.B, last_visited_at=now, next_on=today - timedelta(days=2), next_action="見積書を持参"
    )
    with database.write() as session:
        for kind, status, deleted in (
            (RequestKind.COMPLAINT, RequestStatus.OPEN, None),
            (RequestKind.REQUEST, RequestStatus.ANSWERED, None),
            (RequestKind.REQUEST, RequestStatus.CLOSED, None),
            (RequestKind.COMPLAINT, RequestStatus.OPEN, now),
        ):
            session.add(
                CustomerRequest(
                    client_ref=uuid4(), customer_id=angry.id, kind=kind, status=status, text="x", opened_by_id=aiko.id, opened_at=now,
                    deleted_at=deleted,
                )
            )  # fmt: skip

    found = hand_over(database, chie, aiko, today)

    assert [row.id for row in found.rows] == [angry.id, hot.id, quiet.id]
    first = found.rows[0]
    assert (first.risk, first.points, first.next_action) == (Risk.HIGH, 30 + 10 + 25 + 25, "見積書を持参")
    assert {(reason.stake, reason.value) for reason in first.reasons} == {
        (Stake.COMPLAINT, 1),
        (Stake.PROMISE_BROKEN, 2),
        (Stake.LIKELIHOOD, 0),
        (Stake.REQUEST, 1),
    }
    assert (found.rows[1].points, found.rows[2].points, found.rows[2].risk) == (60, 0, Risk.LOW)
    assert found.without_pin == 3


def test_the_filter_narrows_whose_customers_are_handed_over(
    database: Database, chie: User, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    vip = make_customer("甲", owner=aiko, tags=["VIP"])
    make_customer("乙", owner=aiko)

    found = hand_over(database, chie, aiko, today, TeamFilter(span=EVERYBODY.span, tags=frozenset({"VIP"})))

    assert [row.id for row in found.rows] == [vip.id]


def test_a_stranger_reads_no_handover_list(
    database: Database, chie: User, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    make_customer(owner=botan)
    with pytest.raises(UserNotFound):
        hand_over(database, chie, botan, today)
    for rep in (aiko, botan):
        with pytest.raises(NotAllowed):
            hand_over(database, rep, rep, today)
        with pytest.raises(NotAllowed), database.read() as session:
            list_holders(session, rep, team_filter=EVERYBODY)
        with pytest.raises(NotAllowed), database.write() as session:
            plan_first_calls(session, rep, customer_ids=[1], user_id=rep.id, day=today, client_ref=uuid4(), zone=TOKYO, now=now)


def test_nobody_without_customers_is_handed_over(database: Database, chie: User, aiko: User, today: date) -> None:
    assert hand_over(database, chie, aiko, today).rows == ()
    with database.read() as session:
        assert list_holders(session, chie, team_filter=EVERYBODY) == ()


def test_the_first_calls_are_planned_as_visits_to_be_made_in_any_case(
    database: Database, chie: User, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    first, second = (make_customer(name, owner=aiko, lat=34.35, lon=134.05) for name in ("甲", "乙"))
    strange = make_customer("丙", owner=botan, lat=34.35, lon=134.05)

    def plan(*ids: int, user: User = aiko) -> tuple[int, int]:
        with database.write() as session:
            day = today + timedelta(days=2)
            return plan_first_calls(session, chie, customer_ids=ids, user_id=user.id, day=day, client_ref=uuid4(), zone=TOKYO, now=now)

    plan_id, wanted = plan(first.id, second.id, first.id)
    assert wanted == 2
    assert plan(first.id) == (plan_id, 0)

    with database.read() as session:
        stops = {stop.customer_id: stop.choice for stop in session.scalars(select(PlanStop).where(PlanStop.plan_id == plan_id))}
    assert stops[first.id] is stops[second.id] is StopChoice.LOCKED
    with pytest.raises(CustomerNotFound):
        plan(strange.id)
    with pytest.raises(NotFound):
        plan(first.id, user=botan)
