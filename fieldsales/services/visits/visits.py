"""Visits: recorded exactly once, undone while the ink is wet, edited and deleted by their author with a trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Customer, OutcomeTemplate, User, Visit, VisitChange, VisitDraft
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, VisitKind
from fieldsales.errors import (
    N_,
    Conflict,
    CustomerNotFound,
    FixTheInput,
    NextDateInPast,
    NotAllowed,
    NotFound,
    VisitInFuture,
)
from fieldsales.services import audit
from fieldsales.services.access import find_customer
from fieldsales.services.customers.attachments import adopt_draft_files
from fieldsales.services.customers.customer_input import LIMITS
from fieldsales.services.customers.customers import open_for_change, plain
from fieldsales.services.customers.records import clean_text, open_customer
from fieldsales.services.visits import outcome_templates, stop_progress, visit_drafts
from fieldsales.services.visits.check_ins import attach_to_visit
from fieldsales.services.visits.visit_effects import Changes, follow_visit, move_along, take_back

MAX_NOTE = 100_000
MAX_REASON = 500
UNDO_WINDOW = timedelta(hours=1)
CLOCK_SKEW = timedelta(minutes=2)  # a phone's clock may run ahead of ours


class UndoTooLate(FixTheInput):
    code = "undo_too_late"
    message = N_("This visit was recorded too long ago to be undone here.")


class MissingReason(FixTheInput):
    code = "missing_reason"
    message = N_("Say why: the reason stays in the history.")
    field = "reason"


class VisitEdited(Conflict):
    """Somebody (the author, on another device) saved since; `version` is the stored one."""

    code = "visit_edited"
    message = N_("This visit was changed on another device in the meantime. Compare, then save again or take over what is stored.")

    def __init__(self, *, version: int) -> None:
        self.version = version
        super().__init__()


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit to draw; `template_name` is the team's word for the outcome, empty for a built-in one."""

    id: int
    who: str
    visited_at: datetime
    kind: VisitKind
    outcome: Outcome
    note: str
    likelihood_before: Likelihood
    likelihood_after: Likelihood
    next_on: date | None
    version: int = 1
    user_id: int = 0
    customer_id: int = 0
    template_id: int | None = None
    template_name: str = ""
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEdit:
    """A visit as its author now wants it."""

    kind: VisitKind
    outcome: Outcome
    template_id: int | None = None
    visited_at: datetime
    likelihood: Likelihood
    next_on: date | None
    note: str


def record_visit(
    session: Session,
    actor: User,
    *,
    customer_id: int,
    visited_at: datetime,
    outcome: Outcome,
    kind: VisitKind = VisitKind.VISIT,
    template_id: int | None = None,
    likelihood: Likelihood | None = None,
    next_on: date | None = None,
    next_time: time | None = None,
    next_action: str = "",
    note: str = "",
    custom: Mapping[str, str] | None = None,
    client_ref: UUID,
    zone: tzinfo,
    now: datetime,
) -> Visit:
    """Record that `actor` called on a customer; the same `client_ref` twice records it once.

    Back-dated visits never move `last_visited_at` backwards: last week's forgotten visit must not undo yesterday's.
    `zone` is the rep's: it says which day the visit belongs to.
    A visit without a next date settles a next date that was due by then. `likelihood` None leaves it as it is.
    With `template_id` the outcome is the template's, and `custom` must fill the fields it asks for.
    The draft of the same reference goes in the same transaction, its files become the visit's.

    Raises:
        CustomerNotFound: no such customer among those `actor` may see.
        VisitInFuture, NextDateInPast, TextTooLong, TemplateNotFound, FieldRequired, …: naming the field.
    """
    customer = open_customer(session, actor, customer_id)
    known = find_recorded_visit(session, actor, client_ref)
    if known is not None:
        _forget_draft(session, actor, known)
        return known
    note = clean_text(note, field="note", limit=MAX_NOTE)
    next_action = clean_text(next_action, field="next_action", limit=LIMITS["next_action"])
    visited_on = _check_dates(visited_at, next_on, zone=zone, now=now)
    template = outcome_templates.find_template(session, template_id) if template_id is not None else None
    visit = Visit(
        client_ref=client_ref,
        customer_id=customer.id,
        user_id=actor.id,
        template_id=template_id,
        kind=kind,
        outcome=template.outcome if template else outcome,
        visited_at=visited_at,
        note=note,
        likelihood_before=customer.likelihood,
        likelihood_after=likelihood or customer.likelihood,
        next_on=next_on,
        created_at=now,
    )
    asked = outcome_templates.answer_fields(session, customer, template, custom or {})
    try:
        with session.begin_nested():
            session.add(visit)
    except IntegrityError:
        # Two phones sent the same reference at once; the other one was first.
        recorded = find_recorded_visit(session, actor, client_ref)
        if recorded is None:
            raise
        session.refresh(customer)
        return recorded
    promise = (next_time if next_on else None, next_action if next_on else "")
    follow_visit(session, actor, customer, visit, visited_on=visited_on, promise=promise, extra=asked)
    attach_to_visit(session, actor, visit, zone=zone)
    stop_progress.note_visit(session, actor, visit, now=now)
    _forget_draft(session, actor, visit)
    return visit


def find_recorded_visit(session: Session, actor: User, client_ref: UUID) -> Visit | None:
    """Return the visit recorded under this reference, a deleted one included.

    Raises:
        CustomerNotFound: somebody else used the reference; nothing is revealed.
    """
    visit = session.scalar(select(Visit).where(Visit.client_ref == client_ref))
    if visit is not None and visit.user_id != actor.id:
        raise CustomerNotFound()
    return visit


def _check_dates(visited_at: datetime, next_on: date | None, *, zone: tzinfo, now: datetime) -> date:
    if visited_at > now + CLOCK_SKEW:
        raise VisitInFuture()
    visited_on = visited_at.astimezone(zone).date()
    if next_on is not None and next_on < visited_on:
        raise NextDateInPast()
    return visited_on


def _forget_draft(session: Session, actor: User, visit: Visit) -> None:
    if visit.deleted_at is None:
        adopt_draft_files(session, actor, draft_ref=visit.client_ref, visit_id=visit.id)
    session.execute(delete(VisitDraft).where(VisitDraft.client_ref == visit.client_ref, VisitDraft.user_id == actor.id))


def edit_visit(session: Session, actor: User, *, visit_id: int, version: int, values: VisitEdit, zone: tzinfo, now: datetime) -> Visit:
    """Save an edit of one's own visit that began at `version`; what was there before stays in the history.

    Likelihood and next date of the customer move along as `visit_effects` says.

    Raises:
        NotFound, NotAllowed (somebody else's visit), VisitEdited, and the errors of `record_visit`.
    """
    visit, customer = _open_own(session, actor, visit_id)
    _require_version(visit, version)
    note = clean_text(values.note, field="note", limit=MAX_NOTE)
    _check_dates(values.visited_at, values.next_on if values.next_on != visit.next_on else None, zone=zone, now=now)
    outcome = values.outcome
    if values.template_id is not None and values.template_id != visit.template_id:
        outcome = outcome_templates.find_template(session, values.template_id).outcome
    wanted: dict[str, Any] = {
        "kind": values.kind,
        "outcome": outcome,
        "template_id": values.template_id,
        "visited_at": values.visited_at,
        "likelihood_after": values.likelihood,
        "next_on": values.next_on,
        "note": note,
    }
    edited: Changes = {name: (getattr(visit, name), value) for name, value in wanted.items() if getattr(visit, name) != value}
    if not edited:
        return visit
    for name, (_, value) in edited.items():
        setattr(visit, name, value)
    _keep(session, actor, visit, edited, now=now)
    move_along(session, actor, customer, visit, edited=edited, now=now)
    if edited.keys() & {"kind", "visited_at"}:
        stop_progress.forget_visit(session, actor, visit, now=now)
        stop_progress.note_visit(session, actor, visit, now=now)
    return visit


def delete_visit(session: Session, actor: User, *, visit_id: int, version: int, reason: str, now: datetime) -> None:
    """Take one's own visit out of everything that counts; it stays in the history with the reason.

    Raises:
        NotFound, NotAllowed (somebody else's visit), VisitEdited, MissingReason, TextTooLong.
    """
    visit, customer = _open_own(session, actor, visit_id)
    _require_version(visit, version)
    reason = clean_text(reason, field="reason", limit=MAX_REASON)
    if not reason:
        raise MissingReason()
    _delete(session, actor, visit, customer, reason=reason, now=now)


def undo_visit(session: Session, actor: User, *, visit_id: int, now: datetime) -> UUID | None:
    """Take back one's own visit within the hour, with the likelihood and next date it set, unless changed since.

    What was written for it, and its files, go back into a draft of the same customer: a slip of the thumb loses nothing.
    Return that draft's reference, None when there was nothing to keep. A late second copy of the same save does not
    bring the visit back, because its reference stays used. Twice changes nothing.

    Raises:
        NotFound: no such visit of one's own. UndoTooLate.
    """
    visit = session.get(Visit, visit_id)
    if visit is None or visit.user_id != actor.id:
        raise NotFound()
    if visit.deleted_at is not None:
        return None
    if now - visit.created_at > UNDO_WINDOW:
        raise UndoTooLate()
    visit, customer = _open_own(session, actor, visit_id)
    draft_ref = visit_drafts.keep_as_draft(session, visit, now=now)
    _delete(session, actor, visit, customer, reason="", now=now)
    return draft_ref


def _open_own(session: Session, actor: User, visit_id: int) -> tuple[Visit, Customer]:
    visit = session.get(Visit, visit_id, with_for_update=True, populate_existing=True)
    if visit is None or visit.deleted_at is not None:
        raise NotFound()
    try:
        customer = open_for_change(session, actor, visit.customer_id)
    except CustomerNotFound:
        raise NotFound() from None
    if visit.user_id != actor.id:
        raise NotAllowed()
    return visit, customer


def _require_version(visit: Visit, version: int) -> None:
    if visit.version != version:
        raise VisitEdited(version=visit.version)


def _delete(session: Session, actor: User, visit: Visit, customer: Customer, *, reason: str, now: datetime) -> None:
    visit.deleted_at, visit.deleted_reason = now, reason
    _keep(session, actor, visit, {"deleted_at": (None, now)}, reason=reason, now=now)
    session.flush()
    session.execute(update(CheckIn).where(CheckIn.visit_id == visit.id).values(visit_id=None))  # free for the visit that replaces it
    take_back(session, actor, customer, visit, now=now)
    stop_progress.forget_visit(session, actor, visit, now=now)
    details = {"visit": visit.id, "visited_at": visit.visited_at} | ({"reason": reason} if reason else {"undone": True})
    action, subject_id = AuditAction.VISIT_DELETED, customer.id
    audit.record(session, actor, action, subject_kind="customer", subject_id=subject_id, subject=customer.name, details=details, now=now)


def _keep(session: Session, actor: User, visit: Visit, changes: Changes, *, reason: str = "", now: datetime) -> None:
    before = {name: plain(old) for name, (old, _) in changes.items()}
    after = {name: plain(new) for name, (_, new) in changes.items()}
    session.add(VisitChange(visit_id=visit.id, changed_by_id=actor.id, changed_at=now, reason=reason, before=before, after=after))


def list_visits(session: Session, actor: User, *, customer_id: int, limit: int = 20) -> tuple[VisitRow, ...]:
    """Return the newest visits of a customer first; deleted ones are not among them.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    query = visit_rows().where(Visit.customer_id == customer_id).order_by(Visit.visited_at.desc(), Visit.id.desc()).limit(limit)
    return tuple(visit_row(*found) for found in session.execute(query))


def read_visit(session: Session, actor: User, *, visit_id: int) -> VisitRow:
    """Return one visit of a customer that `actor` may see.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    found = session.execute(visit_rows().where(Visit.id == visit_id)).one_or_none()
    if found is None:
        raise NotFound()
    find_customer(session, actor, found[0].customer_id)
    return visit_row(*found)


def visit_rows() -> Select[Visit, str, str, bool]:
    """Return the query of what `visit_row` takes, deleted visits left out."""
    edited = exists().where(VisitChange.visit_id == Visit.id)
    return (
        select(Visit, User.name, OutcomeTemplate.name, edited)
        .join(User, Visit.user_id == User.id)
        .outerjoin(OutcomeTemplate, Visit.template_id == OutcomeTemplate.id)
        .where(Visit.deleted_at.is_(None))
    )


def visit_row(v: Visit, who: str, template_name: str | None, edited: bool) -> VisitRow:
    """Return a visit as it is drawn."""
    return VisitRow(
        id=v.id,
        who=who,
        visited_at=v.visited_at,
        kind=v.kind,
        outcome=v.outcome,
        note=v.note,
        likelihood_before=v.likelihood_before,
        likelihood_after=v.likelihood_after,
        next_on=v.next_on,
        version=v.version,
        user_id=v.user_id,
        customer_id=v.customer_id,
        template_id=v.template_id,
        template_name=template_name or "",
        edited=edited,
    )
