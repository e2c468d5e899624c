"""What a phone says on the road, carried out: each action once, whatever happened to the plan while the phone had no signal.

Visits and check-ins concern a customer and belong to whoever made them, so they are recorded even when the plan is gone by
the time they arrive; what concerns the plan alone needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Session
from fieldsales.db.models import User
from fieldsales.domain.check_in import CheckInReason, Position, checked_position, read_position
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.travel import Point
from fieldsales.domain.words import Outcome
from fieldsales.errors import BadChoice, BadCoordinate
from fieldsales.services.access import require_active
from fieldsales.services.audit import writing_from
from fieldsales.services.planning import planning, road
from fieldsales.services.planning.road import Tap
from fieldsales.services.visits import check_ins, visits
from fieldsales.web.said import Said


@dataclass(frozen=True, slots=True)
class Asked:
    """One action of one person on one plan, from one network address."""

    runtime: Runtime
    user_id: int
    plan_id: int
    said: Said
    now: datetime
    address: str = ""

    def writing(self) -> AbstractContextManager[Session]:
        """Yield a session in one transaction."""
        return writing_from(self.runtime.database, self.address)

    @property
    def tap(self) -> Tap:
        """Its reference and moment."""
        return Tap(self.said.ref("client_ref"), self.said.moment("at"))

    def at(self) -> datetime:
        """Return when it was, by a clock that is not ahead of ours."""
        return min(self.tap.at, self.now)

    def zone_of(self, actor: User) -> ZoneInfo:
        """Return the zone of the actor's days."""
        return ZoneInfo(actor.timezone) if actor.timezone else self.runtime.settings.zone


def carry_out(asked: Asked) -> dict[str, Any]:
    """Carry out one action and return what is to be said of it beyond that it is done.

    Raises:
        BadChoice, BadDate, BadNumber: naming what was wrong with it; and whatever the service that does it raises.
    """
    name = asked.said.text("action")
    if name in _TOLD:
        with asked.writing() as session:
            return _TOLD[name](session, _actor(session, asked), asked)
    if name in _PLANNED:
        return _PLANNED[name](asked)
    raise BadChoice(field="action", value=name[:50])


def here_of(said: Said, *, now: datetime) -> Point | None:
    """Return where the phone says that it is, None when it does not say.

    Raises:
        BadCoordinate.
    """
    part = said.part("here")
    if part is None:
        return None
    found = read_position(part.plain(), now=now)
    if not isinstance(found, Position):
        raise BadCoordinate()
    return found.lat, found.lon


def _actor(session: Session, asked: Asked) -> User:
    actor = session.get_one(User, asked.user_id)
    require_active(actor)
    return actor


def _visit(session: Session, actor: User, asked: Asked) -> dict[str, Any]:
    said = asked.said
    visits.record_visit(
        session,
        actor,
        customer_id=said.whole("customer_id"),
        visited_at=asked.at(),
        outcome=said.word("outcome", Outcome),
        template_id=said.whole_or_none("template_id"),
        likelihood=said.word_or_none("likelihood", Likelihood),
        next_on=said.day_or_none("next_on"),
        note=said.text("note"),
        custom=said.texts("custom"),
        client_ref=asked.tap.client_ref,
        zone=asked.zone_of(actor),
        now=asked.now,
    )
    return {}


def _undo_visit(session: Session, actor: User, asked: Asked) -> dict[str, Any]:
    visit = visits.find_recorded_visit(session, actor, asked.said.ref("visit_ref"))
    if visit is not None:
        visits.undo_visit(session, actor, visit_id=visit.id, now=asked.now)
    return {}


def _check_in(session: Session, actor: User, asked: Asked) -> dict[str, Any]:
    at = asked.at()
    answer = asked.said.part("position")
    read = CheckInReason.NOT_GIVEN if answer is None else read_position(answer.plain(), now=at)
    if isinstance(read, Position):
        read = checked_position(read, now=at)
    made = check_ins.check_in(
        session,
        actor,
        customer_id=asked.said.whole("customer_id"),
        position=read if isinstance(read, Position) else None,
        failure=read if isinstance(read, CheckInReason) else CheckInReason.NOT_GIVEN,
        client_ref=asked.tap.client_ref,
        zone=asked.zone_of(actor),
        now=at,
    )
    return {"state": made.state.value}


def _arrive(session: Session, actor: User, asked: Asked) -> dict[str, Any]:
    road.arrive(session, actor, plan_id=asked.plan_id, stop_id=asked.said.whole("stop_id"), tap=asked.tap, now=asked.now)
    return {}


def _done(session: Session, actor: User, asked: Asked) -> dict[str, Any]:
    road.mark_done(session, actor, plan_id=asked.plan_id, stop_id=asked.said.whole("stop_id"), tap=asked.tap, now=asked.now)
    return {}


def _skip(session: Session, actor: User, asked: Asked) -> dict[str, Any]:
    stop_id, reason = asked.said.whole("stop_id"), asked.said.text("reason")
    road.skip(session, actor, plan_id=asked.plan_id, stop_id=stop_id, reason=reason, tap=asked.tap, now=asked.now)
    return {}


def _reopen(session: Session, actor: User, asked: Asked) -> dict[str, Any]:
    road.reopen(session, actor, plan_id=asked.plan_id, stop_id=asked.said.whole("stop_id"), tap=asked.tap, now=asked.now)
    return {}


def _late(asked: Asked) -> dict[str, Any]:
    leaves_at, here = asked.said.moment("leaves_at"), here_of(asked.said, now=asked.now)
    with asked.writing() as session:
        actor = _actor(session, asked)
        is_new = road.note_late(session, actor, plan_id=asked.plan_id, leaves_at=leaves_at, tap=asked.tap, now=asked.now)
    if is_new:
        _replan_rest(asked, at=max(leaves_at, asked.now), here=here)
    return {}


def _replan(asked: Asked) -> dict[str, Any]:
    _replan_rest(asked, at=asked.now, here=here_of(asked.said, now=asked.now))
    return {}


def _replan_rest(asked: Asked, *, at: datetime, here: Point | None) -> None:
    tools = planning.Tools(asked.runtime.database, asked.runtime.solver, asked.runtime.travel_times)
    planning.replan_rest(tools, asked.user_id, plan_id=asked.plan_id, at=at, here=here, now=asked.now)


def _insert(asked: Asked) -> dict[str, Any]:
    customer_id = asked.said.whole("customer_id")
    tools = planning.Tools(asked.runtime.database, asked.runtime.solver, asked.runtime.travel_times)
    planning.insert_customer(tools, asked.user_id, plan_id=asked.plan_id, customer_id=customer_id, now=asked.now)
    return {}


_TOLD: dict[str, Callable[[Session, User, Asked], dict[str, Any]]] = {
    "visit": _visit,
    "undo_visit": _undo_visit,
    "check_in": _check_in,
    "arrive": _arrive,
    "done": _done,
    "skip": _skip,
    "reopen": _reopen,
}
_PLANNED: dict[str, Callable[[Asked], dict[str, Any]]] = {"late": _late, "replan": _replan, "insert": _insert}
