"""Doing what a plan said would let a left-out customer in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldsales.db.models import Plan, PlanStop, User
from fieldsales.domain.planning.day_rules import DayRules, rules_from_json, rules_to_json
from fieldsales.domain.planning.reasons import Reason, Relief, reason_to_json
from fieldsales.domain.words import StopChoice
from fieldsales.errors import N_, Conflict
from fieldsales.services.planning.plan_access import stops_of
from fieldsales.services.planning.plan_changes import Action, Edit, was_made
from fieldsales.services.planning.plan_stops import StopGone, open_stop, plan_day, require_ahead
from fieldsales.services.planning.work_days import check_rules


class AnotherDay(Conflict):
    code = "another_day"
    message = N_("This would change another day of the week. Change it in the plan of that day.")


def apply_relief(
    session: Session, actor: User, *, plan_id: int, stop_id: int, relief: Reason, now: datetime, client_ref: UUID | None = None
) -> int | None:
    """Relax what a relief names, so that planning anew lets the customer in; the customer itself is then visited in any case.

    Raises:
        NotFound, NotAllowed. StopGone: the customer, or the one to drop, is no longer in the plan. StopBegun. The errors of `check_rules`.
    """
    plan, stop = open_stop(session, actor, plan_id, stop_id)
    if was_made(session, plan, client_ref):
        return None
    params = relief.params
    edit = Edit(session, actor, plan, Action.RELIEVED, now=now, client_ref=client_ref)
    match relief.code:
        case Relief.DROP:
            _drop(session, edit, plan, int(params["visit"]))
        case Relief.SHORTEN_VISIT:
            edit.set(stop, visit_minutes=int(params["minutes"]))
        case Relief.STAY_UNTIL | Relief.START_AT | Relief.SHORTEN_BREAK | Relief.ALLOW_TRAVEL:
            _require_own_day(plan, relief)
            rules = check_rules(session, user_id=plan.user_id, rules=relaxed(rules_from_json(plan.rules), relief, plan))
            edit.set(plan, rules=rules_to_json(rules))
    edit.set(stop, choice=StopChoice.LOCKED)
    return edit.save(customers=[stop.customer_id], relief=reason_to_json(relief))


def relaxed(rules: DayRules, relief: Reason, plan: Plan) -> DayRules:
    """Return the rules of a day with what a relief relaxes of them."""
    params = relief.params
    if relief.code is Relief.STAY_UNTIL:
        return replace(rules, ends=plan_day(plan).wall(_to_the_minute(params["at"], up=True)))
    if relief.code is Relief.START_AT:
        return replace(rules, begins=plan_day(plan).wall(_to_the_minute(params["at"], up=False)))
    if relief.code is Relief.ALLOW_TRAVEL:
        return replace(rules, max_travel_minutes=int(params["minutes"]))
    pauses = [
        replace(pause, minutes=pause.minutes - int(params["minutes"])) if number == int(params["pause"]) else pause
        for number, pause in enumerate(rules.pauses)
    ]
    return replace(rules, pauses=tuple(pause for pause in pauses if pause.minutes > 0))


def _to_the_minute(seconds: int, *, up: bool) -> int:
    return -(-int(seconds) // 60) * 60 if up else int(seconds) // 60 * 60


def _require_own_day(plan: Plan, relief: Reason) -> None:
    """Raise AnotherDay when a relief is about another day than the plan's: days that were planned together relax one another."""
    if int(relief.params.get("day", plan.id)) != plan.id:
        raise AnotherDay()


def _drop(session: Session, edit: Edit, plan: Plan, stop_id: int) -> None:
    other: PlanStop | None = next((stop for stop in stops_of(session, plan.id) if stop.id == stop_id), None)
    if other is None:
        raise StopGone()
    require_ahead(other)
    edit.set(other, choice=StopChoice.EXCLUDED, position=None, pin=None)
