"""What a rep on the road does, said in one line each, for tests of what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, PlanChange, PlanStop, User, Visit
from fieldsales.domain.check_in import CheckInReason
from fieldsales.domain.words import Outcome
from fieldsales.services.planning.road import Tap
from fieldsales.services.visits import check_ins, visits
from tests.planned_days import TOKYO


def stops(database: Database, plan_id: int) -> list[PlanStop]:
    with database.read() as session:
        return list(session.scalars(select(PlanStop).where(PlanStop.plan_id == plan_id).order_by(PlanStop.id)))


def first_stop(database: Database, plan_id: int) -> PlanStop:
    return stops(database, plan_id)[0]


def history(database: Database, plan_id: int) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(PlanChange.action).where(PlanChange.plan_id == plan_id).order_by(PlanChange.id)))


def tap(at: datetime) -> Tap:
    return Tap(uuid4(), at)


def tell(
    database: Database, actor: User, what: Callable[..., Any], plan_id: int, *, now: datetime, stop: int = 0, **values: Any
) -> PlanStop:
    values = {"tap": tap(now)} | values
    stop_id = values.pop("stop_id", None) or stops(database, plan_id)[stop].id
    with database.write() as session:
        what(session, actor, plan_id=plan_id, stop_id=stop_id, now=now, **values)
    return stops(database, plan_id)[stop]


def visit(database: Database, actor: User, customer: Customer, at: datetime, *, now: datetime | None = None, **values: Any) -> Visit:
    said = {"outcome": Outcome.MET, "client_ref": uuid4()} | values
    with database.write() as session:
        return visits.record_visit(session, actor, customer_id=customer.id, visited_at=at, zone=TOKYO, now=now or at, **said)


def check_in(database: Database, actor: User, customer: Customer, at: datetime) -> CheckIn:
    said = {"position": None, "failure": CheckInReason.DENIED, "client_ref": uuid4(), "zone": TOKYO, "now": at}
    with database.write() as session:
        return check_ins.check_in(session, actor, customer_id=customer.id, **said)
