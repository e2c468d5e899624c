"""Plans as such: opened for a rep and a day, accepted, deleted; `plan_edits` changes what is in them, `planning` solves them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Plan, User
from fieldsales.domain.planning.day_rules import rules_to_json
from fieldsales.domain.words import PlanState
from fieldsales.errors import N_, FixTheInput, NotFound
from fieldsales.services.planning.plan_access import edited_by, find_plan, open_for_edit, stops_of, visible_plans
from fieldsales.services.planning.plan_changes import Action, Edit, record_change
from fieldsales.services.planning.plan_proposals import propose_into, take_in_dates
from fieldsales.services.planning.plan_reading import list_plans, read_plan
from fieldsales.services.planning.plan_views import Person
from fieldsales.services.planning.work_days import read_rules
from fieldsales.services.reports.report_people import find_person, list_people, zone_of
from fieldsales.services.visits.stop_progress import note_so_far

__all__ = [
    "NothingPlanned",
    "accept_plan",
    "delete_plan",
    "list_plans",
    "open_plan",
    "plan_version",
    "read_plan",
    "restore_plan",
    "whose_days",
]


class NothingPlanned(FixTheInput):
    code = "nothing_planned"
    message = N_("There is no stop in this plan yet. Plan the day first.")


def open_plan(session: Session, actor: User, *, user_id: int, day: date, client_ref: UUID, zone: ZoneInfo, now: datetime) -> int:
    """Return the plan of a rep's day: the accepted one, else the newest draft, else a new draft with the customers proposed for it.

    A draft follows the appointments that were made, moved or cancelled since.
    `zone` is the installation's, for reps without one of their own. Two who open the same day at once get the same plan.

    Raises:
        NotAllowed: `actor` is disabled. NotFound: no such user among those `actor` may plan for.
    """
    person = find_planned(session, actor, user_id)
    found = _current_plan(session, actor, person.id, day)
    if found is None:
        lock_days_of(session, person.id)
        found = _current_plan(session, actor, person.id, day)
    if found is None:
        return add_plan(session, actor, person, day=day, client_ref=client_ref, zone=zone, now=now).id
    if find_plan(session, actor, found).state is PlanState.DRAFT:
        take_in_dates(session, actor, plan_id=found, now=now)
    return found


def add_plan(session: Session, actor: User, person: User, *, day: date, client_ref: UUID, zone: ZoneInfo, now: datetime) -> Plan:
    """Return a new draft with the customers proposed for it; the same `client_ref` twice makes one plan.

    Raises:
        NotFound: the reference belongs to a plan of somebody else's.
    """
    known = session.scalar(select(Plan).where(Plan.client_ref == client_ref))
    if known is not None:
        if known.created_by_id != actor.id:
            raise NotFound()
        return known
    plan = Plan(
        client_ref=client_ref,
        user_id=person.id,
        created_by_id=actor.id,
        changed_by_id=actor.id,
        day=day,
        zone=zone_of(person, zone).key,
        rules=rules_to_json(read_rules(session, actor, user_id=person.id)),
        created_at=now,
        changed_at=now,
    )
    session.add(plan)
    session.flush()
    edit = Edit(session, actor, plan, Action.OPENED, now=now)
    propose_into(session, edit, person=person)
    if edit.save() is None:
        record_change(session, actor, plan, Action.OPENED, now=now)
    return plan


def plan_version(session: Session, actor: User, *, plan_id: int) -> int:
    """Return the version of a plan, which rises with each change: cheap enough to ask every few seconds.

    Raises:
        NotFound.
    """
    found = session.execute(visible_plans(actor).where(Plan.id == plan_id).with_only_columns(Plan.version)).one_or_none()
    if found is None:
        raise NotFound()
    return int(found.version)


def whose_days(session: Session, actor: User) -> tuple[Person, ...]:
    """Return for whom `actor` may plan: themself, a manager's teams, everybody for an admin; by name.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    return tuple(Person(person.id, person.name) for person in list_people(session, actor))


def whose_plan(session: Session, actor: User, *, owner_id: int | None) -> int:
    """Return into whose plan a customer of this owner goes: one's own; whoever leads the owner adds it to the owner's.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    if owner_id is not None and owner_id in {person.id for person in whose_days(session, actor)}:
        return owner_id
    return actor.id


def accept_plan(session: Session, actor: User, *, plan_id: int, now: datetime) -> int | None:
    """Make a plan the one that counts; another accepted plan of the same rep and day is set aside. Twice changes nothing.

    Each stop keeps when it was to begin as first accepted: that is what is compared with what was done. What was done of the day
    before it was accepted is done in it. Return the id of the change.

    Raises:
        NotFound, NotAllowed. NothingPlanned: it has no stops.
    """
    # First the person, then their plans: whoever accepts another plan of the same day meanwhile waits here.
    lock_days_of(session, find_plan(session, actor, plan_id).user_id)
    plan = open_for_edit(session, actor, plan_id)
    if plan.state is PlanState.ACCEPTED:
        return None
    route = [stop for stop in stops_of(session, plan.id) if stop.position is not None]
    if not route:
        raise NothingPlanned()
    same_day = select(Plan).where(Plan.user_id == plan.user_id, Plan.day == plan.day, Plan.state == PlanState.ACCEPTED)
    for other in session.scalars(same_day.where(Plan.deleted_at.is_(None)).with_for_update()):
        other.state = PlanState.SET_ASIDE  # brought back by accepting it, not by undoing this
        record_change(session, actor, other, Action.SET_ASIDE, detail={"plan": plan.id}, now=now)
    edit = Edit(session, actor, plan, Action.ACCEPTED, now=now)
    edit.set(plan, state=PlanState.ACCEPTED, accepted_at=now)
    for stop in route:
        edit.set(stop, promised_at=stop.promised_at or stop.starts_at)
    change_id = edit.save(stale=False)
    note_so_far(session, actor, plan, now=now)
    return change_id


def delete_plan(session: Session, actor: User, *, plan_id: int, now: datetime) -> None:
    """Take a plan away; `restore_plan` brings it back.

    Raises:
        NotFound, NotAllowed.
    """
    plan = open_for_edit(session, actor, plan_id)
    plan.deleted_at = now
    record_change(session, actor, plan, Action.DELETED, now=now)


def restore_plan(session: Session, actor: User, *, plan_id: int, now: datetime) -> None:
    """Bring back a plan that `actor` deleted; as a draft when another was accepted for its day meanwhile.

    Raises:
        NotFound: there is none, somebody else deleted it, or `actor` may no longer change it.
    """
    query = select(Plan).where(Plan.id == plan_id, Plan.deleted_at.is_not(None), Plan.changed_by_id == actor.id, edited_by(actor))
    user_id = session.scalar(query.with_only_columns(Plan.user_id))
    if user_id is None:
        raise NotFound()
    lock_days_of(session, user_id)
    plan = session.scalars(query.with_for_update()).one()
    if plan.state is PlanState.ACCEPTED and _accepted_plan(session, plan) is not None:
        plan.state = PlanState.DRAFT
    plan.deleted_at = None
    record_change(session, actor, plan, Action.RESTORED, now=now)


def find_planned(session: Session, actor: User, user_id: int) -> User:
    """Return a user for whom `actor` may plan.

    Raises:
        NotAllowed: `actor` is disabled. NotFound: no such user, disabled, or not one of theirs.
    """
    person = find_person(session, actor, user_id)
    if person.disabled_at is not None:
        raise NotFound()
    return person


def lock_days_of(session: Session, user_id: int) -> None:
    """Wait for whoever opens or accepts a plan of this user just now; nobody who only refers to the user waits."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def _current_plan(session: Session, actor: User, user_id: int, day: date) -> int | None:
    query = visible_plans(actor).where(Plan.user_id == user_id, Plan.day == day, Plan.state != PlanState.SET_ASIDE)
    plans = session.execute(query.order_by(Plan.id.desc()).with_only_columns(Plan.id, Plan.state)).all()
    accepted = next((plan.id for plan in plans if plan.state is PlanState.ACCEPTED), None)
    return accepted if accepted is not None else next((plan.id for plan in plans), None)


def _accepted_plan(session: Session, plan: Plan) -> int | None:
    same_day = select(Plan.id).where(Plan.user_id == plan.user_id, Plan.day == plan.day, Plan.state == PlanState.ACCEPTED)
    return session.scalar(same_day.where(Plan.deleted_at.is_(None)))
