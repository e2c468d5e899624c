"""`fieldsales plan day`: a rep's day planned from the command line, so that every evening's next day can be planned by cron."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from fieldsales.errors import BadDate

if TYPE_CHECKING:
    from fieldsales.bootstrap import Runtime
    from fieldsales.db.models import User
    from fieldsales.domain.planning.reasons import Reason
    from fieldsales.i18n import Text
    from fieldsales.services.planning.plan_views import CandidateView, PlanView, StopView

NOT_ALL_PLANNED = 1


def register_day(group: typer.Typer) -> None:
    """Add the command to the group `plan`."""
    group.command("day")(plan_day)


def plan_day(
    rep: Annotated[str, typer.Option("--rep", metavar="EMAIL", help="Whose day.")],
    day: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help="Which day.")],
    accept: Annotated[bool, typer.Option("--accept", help="Accept the plan, so that it is the one on the road.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Plan a rep's day with the customers proposed for it; a plan that was accepted stays as it is.

    Exits with 1 when not all that has to be visited could be planned.
    """
    from fieldsales.cli.runtime import open_runtime
    from fieldsales.i18n import text_for

    wanted = _read_date(day)
    runtime = open_runtime()
    try:
        plan = _planned(runtime, rep, wanted, accept=accept)
    finally:
        runtime.solver.close()
    text = text_for(runtime.settings.locale)
    if as_json:
        typer.echo(json.dumps(_as_json(plan, rep, text), ensure_ascii=False))
    else:
        _show(plan, text)
    if plan.conflicts or any(_had_to_be_in(entry) for entry in plan.candidates):
        raise typer.Exit(NOT_ALL_PLANNED)


def _had_to_be_in(entry: CandidateView) -> bool:
    from fieldsales.domain.words import StopChoice

    return entry.choice is StopChoice.LOCKED or (entry.fixed_at is not None and entry.choice is not StopChoice.EXCLUDED)


def _read_date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadDate(field="date", value=value) from None


def _planned(runtime: Runtime, email: str, day: date, *, accept: bool) -> PlanView:
    """Open, fill, solve and perhaps accept the day's plan, and return it."""
    from fieldsales.domain.words import PlanState
    from fieldsales.services.accounts.accounts import find_by_email
    from fieldsales.services.planning import planning, plans

    now = runtime.clock()
    with runtime.database.write() as session:
        # The rep themself acts: whoever may start this command on the server may do what any of its users may.
        actor = find_by_email(session, None, email=email)
        zone = runtime.settings.zone
        plan_id = plans.open_plan(session, actor, user_id=actor.id, day=day, client_ref=uuid4(), zone=zone, now=now)
        is_draft = plans.read_plan(session, actor, plan_id=plan_id, now=now).state is PlanState.DRAFT
    if is_draft:
        planning.solve_plan(runtime.planning_tools, actor.id, plan_id=plan_id, now=now)
    if accept and is_draft:
        with runtime.database.write() as session:
            plans.accept_plan(session, _again(session, actor), plan_id=plan_id, now=now)
    with runtime.database.read() as session:
        return plans.read_plan(session, _again(session, actor), plan_id=plan_id, now=now)


def _again(session: Any, actor: User) -> User:
    from fieldsales.services.planning.plan_task import read_actor

    return read_actor(session, actor.id)


def _as_json(plan: PlanView, email: str, text: Text) -> dict[str, Any]:
    """Return the plan for programs: moments in the plan's own zone, lengths in seconds, reasons as codes and as sentences."""
    totals = plan.totals
    return {
        "plan_id": plan.id,
        "rep": email,
        "date": plan.day.isoformat(),
        "state": plan.state.value,
        "stops": [_stop(plan, stop, text) for stop in plan.stops],
        "left_out": [_left_out(plan, entry, text) for entry in plan.candidates],
        "breaks": [{"start": _iso(plan, rest.starts_at), "end": _iso(plan, rest.ends_at)} for rest in plan.rests],
        "conflicts": [_said(plan, reason, text) for reason in plan.conflicts],
        "notes": list(plan.notes),
        "start": _iso(plan, totals.starts_at),
        "end": _iso(plan, totals.ends_at),
        "value": round(totals.value, 1),
        "travel_s": totals.travel_s,
        "travel_m": totals.travel_m,
        "wait_s": totals.wait_s,
    }


def _stop(plan: PlanView, stop: StopView, text: Text) -> dict[str, Any]:
    return {
        "customer_id": stop.customer_id,
        "name": stop.name,
        "arrival": _iso(plan, stop.arrives_at),
        "start": _iso(plan, stop.starts_at),
        "departure": _iso(plan, stop.leaves_at),
        "travel_s": stop.travel_s,
        "slack_s": stop.slack_s,
        "appointment": stop.fixed_at is not None,
        "value": round(stop.value, 1),
        "why": [_said(plan, reason, text) for reason in stop.why],
    }


def _left_out(plan: PlanView, entry: CandidateView, text: Text) -> dict[str, Any]:
    return {
        "customer_id": entry.customer_id,
        "name": entry.name,
        "value": round(entry.value, 1),
        "reason": entry.reason and _said(plan, entry.reason, text),
        "would_fit_if": [_said(plan, relief, text) for relief in entry.reliefs],
    }


def _said(plan: PlanView, reason: Reason, text: Text) -> dict[str, Any]:
    return {"code": reason.code.value, "text": _sentence(plan, reason, text)}


def _sentence(plan: PlanView, reason: Reason, text: Text) -> str:
    from fieldsales.domain.planning.moments import PlanDay
    from fieldsales.wording.plans import say_reason

    midnight = PlanDay(plan.day, plan.zone).midnight.astimezone(plan.zone)
    return say_reason(reason, text, midnight=midnight, pauses=[pause.name for pause in plan.rules.pauses])


def _iso(plan: PlanView, moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(plan.zone).isoformat()


def _show(plan: PlanView, text: Text) -> None:
    """Print the day as one would read it aloud: times, names, reasons; then who was left out and why."""
    from fieldsales.wording.plans import say_note

    typer.echo(f"{plan.day.isoformat()}  {plan.person.name}")
    for stop in plan.stops:
        times = f"{stop.starts_at.astimezone(plan.zone):%H:%M}–{stop.leaves_at.astimezone(plan.zone):%H:%M}"
        why = " · ".join(_sentence(plan, reason, text) for reason in stop.why)
        typer.echo("  ".join(part for part in (times, stop.name, why) if part))
    for entry in plan.candidates:
        reason = "" if entry.reason is None else _sentence(plan, entry.reason, text)
        typer.echo("  ".join(part for part in ("     –     ", entry.name, reason) if part))
    for note in plan.notes:
        typer.echo(say_note(note, text), err=True)
    for conflict in plan.conflicts:
        typer.echo(_sentence(plan, conflict, text), err=True)
