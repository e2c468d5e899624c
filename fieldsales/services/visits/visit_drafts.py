"""Visits in the making: every step is kept under the reference that the visit will have, whatever happens to the phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Attachment, Customer, CustomerChange, User, Visit, VisitDraft
from fieldsales.domain.visit_answers import Next, VisitAnswers, from_json, merge_answers, to_json
from fieldsales.domain.words import Outcome, VisitKind
from fieldsales.errors import N_, Conflict, CustomerNotFound, NotFound, TextTooLong
from fieldsales.services.access import find_customer, require_active, visible_to
from fieldsales.services.customers.attachments import discard_draft_files

MAX_NOTE = 100_000
SUMMARY = 80
_FORMS = UUID("5b1d3a52-6f0e-4c55-9f6e-0b8a2d1c7e10")  # the namespace of references of forms that were just opened


class VisitRecorded(Conflict):
    """The visit was saved from another device; `visit_id` says which it is."""

    code = "visit_recorded"
    message = N_("This visit was recorded already, perhaps on another device.")

    def __init__(self, *, visit_id: int) -> None:
        self.visit_id = visit_id
        super().__init__()


@dataclass(frozen=True, slots=True)
class Draft:
    """A visit in the making, as it is kept."""

    client_ref: UUID
    customer_id: int
    answers: VisitAnswers
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft to list; `summary` is the beginning of its note."""

    id: int
    client_ref: UUID
    customer_id: int
    customer_name: str
    changed_at: datetime
    summary: str
    kind: VisitKind
    outcome: Outcome | None
    template_id: int | None


def reference_for(session: Session, actor: User, *, customer_id: int) -> UUID:
    """Return the reference under which a form opened now will save.

    It is that of the newest draft for this customer, if there is one. Otherwise it follows from what was recorded so
    far, so that two devices on which the same form is opened, untouched, mean the same visit.
    """
    mine = (VisitDraft.user_id == actor.id, VisitDraft.customer_id == customer_id)
    known = session.scalar(select(VisitDraft.client_ref).where(*mine).order_by(VisitDraft.changed_at.desc()).limit(1))
    if known is not None:
        return known
    # By customer alone, or SQLite walks through everything that a busy rep has ever recorded.
    recorded = session.execute(select(Visit.id, Visit.user_id).where(Visit.customer_id == customer_id))
    last = max((visit_id for visit_id, user_id in recorded if user_id == actor.id), default=0)
    return uuid5(_FORMS, f"{actor.id}.{customer_id}.{last}")


def own_reference(session: Session, actor: User, *, client_ref: UUID, customer_id: int) -> UUID:
    """Return the reference that a form addressed by `client_ref` saves under: the actor's own, whoever sent the address."""
    users = (select(model.user_id).where(model.client_ref == client_ref) for model in (VisitDraft, Visit))
    owners = {user_id for user_id in map(session.scalar, users) if user_id is not None}
    fresh = not owners and client_ref == reference_for(session, actor, customer_id=customer_id)
    if fresh or owners == {actor.id}:
        return client_ref
    return uuid5(client_ref, f"{actor.id}.{customer_id}")


def find_draft(session: Session, actor: User, *, client_ref: UUID) -> Draft | None:
    """Return one's own draft, None when there is none (yet, or any more)."""
    draft = session.scalar(select(VisitDraft).where(VisitDraft.client_ref == client_ref, VisitDraft.user_id == actor.id))
    return _draft(draft) if draft is not None else None


def open_draft(session: Session, actor: User, *, customer_id: int, client_ref: UUID, now: datetime) -> VisitDraft:
    """Return the actor's draft under this reference, begun now if there is none; two devices at once begin one.

    Raises:
        CustomerNotFound: no such customer among those `actor` may see, or the reference is somebody else's.
        VisitRecorded: it has become a visit already.
    """
    require_active(actor)
    find_customer(session, actor, customer_id)
    recorded = session.scalar(select(Visit).where(Visit.client_ref == client_ref))
    if recorded is not None and recorded.user_id == actor.id:
        raise VisitRecorded(visit_id=recorded.id)
    known = _locked(session, client_ref)
    if known is None and recorded is None:
        draft = VisitDraft(client_ref=client_ref, user_id=actor.id, customer_id=customer_id, answers={}, created_at=now, changed_at=now)
        try:
            with session.begin_nested():
                session.add(draft)
            return draft
        except IntegrityError:
            known = _locked(session, client_ref)
    if known is None or known.user_id != actor.id:
        raise CustomerNotFound()
    return known


def save_draft(
    session: Session,
    actor: User,
    *,
    customer_id: int,
    client_ref: UUID,
    answers: VisitAnswers | Mapping[str, Any],
    now: datetime,
    begun_at: datetime | None = None,
) -> Draft:
    """Keep what was said so far; the draft begins with the first answer, at `begun_at` if that was before.

    Raises:
        TextTooLong: the note; nothing was kept. The errors of `open_draft`.
    """
    said = answers if isinstance(answers, VisitAnswers) else from_json(answers)
    said = replace(said, note=said.note.replace("\x00", ""))
    if len(said.note) > MAX_NOTE:
        raise TextTooLong(field="note", limit=MAX_NOTE)
    draft = open_draft(session, actor, customer_id=customer_id, client_ref=client_ref, now=now)
    if begun_at is not None:
        draft.created_at = min(draft.created_at, begun_at)
    draft.answers, draft.changed_at = to_json(said), now
    session.flush()
    return _draft(draft)


def list_drafts(session: Session, actor: User) -> tuple[DraftRow, ...]:
    """Return the actor's own drafts with something in them, newest first; those of customers out of sight are not shown."""
    query = (
        select(VisitDraft, Customer.name, _has_files())
        .join(Customer, VisitDraft.customer_id == Customer.id)
        .where(VisitDraft.user_id == actor.id, visible_to(actor))
        .order_by(VisitDraft.changed_at.desc(), VisitDraft.id.desc())
    )
    found = [(draft, name, from_json(draft.answers), files) for draft, name, files in session.execute(query)]
    return tuple(_row(draft, name, answers) for draft, name, answers, files in found if files or not answers.is_empty)


def discard_draft(session: Session, actor: User, *, client_ref: UUID, now: datetime) -> Draft:
    """Throw one's own draft away with its files and return it, so that `restore_draft` can bring it back.

    Raises:
        NotFound: there is no such draft of one's own.
    """
    require_active(actor)
    draft = _locked(session, client_ref)
    if draft is None or draft.user_id != actor.id:
        raise NotFound()
    thrown = _draft(draft)
    discard_draft_files(session, actor, draft_ref=client_ref, now=now)
    session.execute(delete(VisitDraft).where(VisitDraft.id == draft.id))
    return thrown


def restore_draft(session: Session, actor: User, *, draft: Draft, thrown_at: datetime, now: datetime) -> Draft:
    """Bring back a draft that was thrown away at `thrown_at`, with the files that went with it.

    What was said since under the same reference stays, and its note stands behind the former one.

    Raises:
        The errors of `open_draft`.
    """
    since = find_draft(session, actor, client_ref=draft.client_ref)
    kept = save_draft(
        session,
        actor,
        customer_id=draft.customer_id,
        client_ref=draft.client_ref,
        answers=merge_answers(VisitAnswers(), since.answers, draft.answers) if since is not None else draft.answers,
        now=now,
        begun_at=draft.created_at,
    )
    mine = (Attachment.draft_ref == draft.client_ref, Attachment.user_id == actor.id, Attachment.deleted_at == thrown_at)
    session.execute(update(Attachment).where(*mine).values(deleted_at=None))
    return kept


def keep_as_draft(session: Session, visit: Visit, *, now: datetime) -> UUID | None:
    """Put what was written for a visit that is being taken back, and its files, into a new draft; None when there is neither."""
    files = update(Attachment).where(Attachment.visit_id == visit.id, Attachment.deleted_at.is_(None))
    client_ref = uuid5(visit.client_ref, "taken back")
    moved = session.scalars(files.values(visit_id=None, draft_ref=client_ref).returning(Attachment.id)).all()
    promised = _promise_of(session, visit)
    if not moved and not visit.note and not promised.next_action:
        return None
    said = replace(promised, kind=visit.kind, outcome=visit.outcome, template_id=visit.template_id, note=visit.note)
    session.add(
        VisitDraft(
            client_ref=client_ref,
            user_id=visit.user_id,
            customer_id=visit.customer_id,
            answers=to_json(said),
            created_at=visit.visited_at,
            changed_at=now,
        )
    )
    session.flush()
    return client_ref


def _promise_of(session: Session, visit: Visit) -> VisitAnswers:
    """Return the next action that was written with a visit, with its day and time; it is the customer's, so its history has it."""
    made = select(CustomerChange.after).where(CustomerChange.visit_id == visit.id).order_by(CustomerChange.id.desc())
    kept = next((after for after in session.scalars(made) if after.get("next_action")), None)
    if kept is None or visit.next_on is None:
        return VisitAnswers()
    said = from_json({name: kept.get(name) for name in ("next_action", "next_time")})
    return replace(said, next=Next.DAY, next_on=visit.next_on)


def _locked(session: Session, client_ref: UUID) -> VisitDraft | None:
    query = select(VisitDraft).where(VisitDraft.client_ref == client_ref)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _has_files() -> Any:
    return select(Attachment.id).where(Attachment.draft_ref == VisitDraft.client_ref, Attachment.deleted_at.is_(None)).exists()


def _draft(draft: VisitDraft) -> Draft:
    return Draft(draft.client_ref, draft.customer_id, from_json(draft.answers), draft.created_at, draft.changed_at)


def _row(draft: VisitDraft, customer_name: str, answers: VisitAnswers) -> DraftRow:
    return DraftRow(
        id=draft.id,
        client_ref=draft.client_ref,
        customer_id=draft.customer_id,
        customer_name=customer_name,
        changed_at=draft.changed_at,
        summary=answers.note[:SUMMARY],
        kind=answers.kind or VisitKind.VISIT,
        outcome=answers.outcome,
        template_id=answers.template_id,
    )
