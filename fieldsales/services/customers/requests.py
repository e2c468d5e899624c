"""Requests (要望) and complaints (クレーム): opened, answered, closed, opened again, each step with who and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerRequest, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.words import RequestKind, RequestStatus, Role
from fieldsales.errors import N_, Conflict, FixTheInput, NotFound, UserNotFound
from fieldsales.services.access import find_customer, require_active, scope_of, visible_to
from fieldsales.services.customers.records import (
    clean_text,
    find_record,
    find_recorded,
    may_delete,
    note_deletion,
    open_customer,
    record_once,
    require_change,
    require_may_delete,
)
from fieldsales.services.customers.request_rows import RequestRow, request_rows, row_of

MAX_TEXT = 10_000


class MissingRequestText(FixTheInput):
    code = "missing_request_text"
    message = N_("Say what the customer wants.")
    field = "request_text"


class MissingAnswer(FixTheInput):
    code = "missing_answer"
    message = N_("Say what the customer was answered.")
    field = "request_answer"


class DueInPast(FixTheInput):
    code = "due_in_past"
    message = N_("The day to answer by cannot lie in the past.")
    field = "request_due"


class AssigneeCannotSee(FixTheInput):
    code = "assignee_cannot_see"
    message = N_("{name} may not see this customer and cannot answer.")
    field = "request_assignee"


class WrongStep(FixTheInput):
    """Closing what is closed, answering what is closed, opening what is open."""

    code = "wrong_step"
    message = N_("This has been done already.")
    field = "record"


class RequestChanged(Conflict):
    """`current` is the row stored now: somebody answered, closed or changed it since it was read."""

    code = "request_changed"
    message = N_("This was changed by somebody else in the meantime. Look at the current state and try again.")
    field = "record"

    def __init__(self, *, current: RequestRow) -> None:
        self.current = current
        self.version = current.version
        super().__init__()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInput:
    """What a person says of a request; `due_on` is the day to answer by, `assigned_to_id` who is to answer."""

    kind: RequestKind
    text: str
    due_on: date | None = None
    assigned_to_id: int | None = None


def open_request(
    session: Session, actor: User, *, customer_id: int, values: RequestInput, client_ref: UUID, today: date, now: datetime
) -> CustomerRequest:
    """Write down what a customer wants; the same `client_ref` twice writes it once.

    Raises:
        CustomerNotFound, MissingRequestText, TextTooLong, DueInPast, UserNotFound, AssigneeCannotSee.
    """
    text = _clean_request(values.text)
    customer = open_customer(session, actor, customer_id)
    known = find_recorded(session, CustomerRequest, client_ref, actor.id)
    if known is not None:
        return known
    if values.due_on is not None and values.due_on < today:
        raise DueInPast()
    _require_assignee(session, customer, values.assigned_to_id)
    request = CustomerRequest(
        client_ref=client_ref,
        customer_id=customer.id,
        kind=values.kind,
        text=text,
        due_on=values.due_on,
        assigned_to_id=values.assigned_to_id,
        opened_by_id=actor.id,
        opened_at=now,
    )
    return record_once(session, request, actor.id)


def edit_request(session: Session, actor: User, *, request_id: int, version: int, values: RequestInput, today: date) -> CustomerRequest:
    """Correct what was written, to whom it is given or by when; everybody who sees the customer may.

    Raises:
        NotFound, the errors of `open_request`. RequestChanged: somebody saved since `version`.
    """
    text = _clean_request(values.text)
    request = _open_row(session, actor, request_id)
    wanted = {"kind": values.kind, "text": text, "due_on": values.due_on, "assigned_to_id": values.assigned_to_id}
    if all(getattr(request, name) == value for name, value in wanted.items()):
        return request
    _require_version(session, actor, request, version)
    if values.due_on is not None and values.due_on != request.due_on and values.due_on < today:
        raise DueInPast()
    if values.assigned_to_id != request.assigned_to_id:
        _require_assignee(session, find_customer(session, actor, request.customer_id), values.assigned_to_id)
    return _change(session, request, wanted)


def answer_request(session: Session, actor: User, *, request_id: int, version: int, answer: str, now: datetime) -> CustomerRequest:
    """Write down what the customer was answered; doing the same twice changes nothing.

    Raises:
        NotFound, MissingAnswer, TextTooLong, WrongStep (closed already), RequestChanged.
    """
    answer = clean_text(answer, field="request_answer", limit=MAX_TEXT)
    if not answer:
        raise MissingAnswer()
    request = _open_row(session, actor, request_id)
    if request.status is not RequestStatus.OPEN and request.answer == answer and request.answered_by_id == actor.id:
        return request
    _require_version(session, actor, request, version)
    if request.status is RequestStatus.CLOSED:
        raise WrongStep()
    done = {"status": RequestStatus.ANSWERED, "answer": answer, "answered_by_id": actor.id, "answered_at": now}
    return _change(session, request, done)


def close_request(session: Session, actor: User, *, request_id: int, version: int, now: datetime) -> CustomerRequest:
    """Lay a request to rest, answered or not; closing what is closed changes nothing.

    Raises:
        NotFound, RequestChanged.
    """
    request = _open_row(session, actor, request_id)
    if request.status is RequestStatus.CLOSED:
        return request
    _require_version(session, actor, request, version)
    return _change(session, request, {"status": RequestStatus.CLOSED, "closed_by_id": actor.id, "closed_at": now})


def reopen_request(session: Session, actor: User, *, request_id: int, version: int) -> CustomerRequest:
    """Take up again what was answered or closed; the last answer stays readable until there is another.

    Raises:
        NotFound, RequestChanged.
    """
    request = _open_row(session, actor, request_id)
    if request.status is RequestStatus.OPEN:
        return request
    _require_version(session, actor, request, version)
    return _change(session, request, {"status": RequestStatus.OPEN, "closed_by_id": None, "closed_at": None})


def delete_request(session: Session, actor: User, *, request_id: int, now: datetime) -> None:
    """Take away what was written by mistake; `restore_request` brings it back.

    Raises:
        NotFound. NotAllowed: somebody else wrote it, and the actor does not hold the right to delete.
    """
    request = find_record(session, actor, CustomerRequest, request_id)
    require_may_delete(actor, request.opened_by_id)
    if request.deleted_at is not None:
        return
    _change(session, request, {"deleted_at": now})
    note_deletion(session, actor, AuditAction.REQUEST_DELETED, request, now=now)


def restore_request(session: Session, actor: User, *, request_id: int) -> None:
    """Bring back what was taken away.

    Raises:
        NotFound, NotAllowed.
    """
    request = find_record(session, actor, CustomerRequest, request_id)
    if not may_delete(actor, request.opened_by_id):
        require_change(actor, request.opened_by_id)
    _change(session, request, {"deleted_at": None})


def find_request(session: Session, actor: User, *, request_id: int) -> RequestRow:
    """Return one request or complaint.

    Raises:
        NotFound.
    """
    found = session.execute(request_rows().where(CustomerRequest.id == request_id, visible_to(actor))).one_or_none()
    if found is None:
        raise NotFound()
    return row_of(*found, actor)


def list_requests(session: Session, actor: User, *, customer_id: int, limit: int = 50) -> tuple[RequestRow, ...]:
    """Return a customer's requests and complaints, the newest first.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    query = request_rows().where(CustomerRequest.customer_id == customer_id)
    query = query.order_by(CustomerRequest.opened_at.desc(), CustomerRequest.id.desc()).limit(limit)
    return tuple(row_of(*found, actor) for found in session.execute(query))


def list_open_requests(
    session: Session, actor: User, *, assigned_to: int | None = None, customer_id: int | None = None, limit: int = 50
) -> tuple[RequestRow, ...]:
    """Return what waits for an answer: what is due first, then complaints, then the oldest.

    With `assigned_to` only what that user is to answer: what is given to them, and of their own customers what is given to
    nobody, or to somebody who cannot answer any more.
    """
    query = request_rows().where(CustomerRequest.status == RequestStatus.OPEN, visible_to(actor), Customer.archived_at.is_(None))
    if assigned_to is not None:
        query = query.where(_for(assigned_to))
    if customer_id is not None:
        query = query.where(CustomerRequest.customer_id == customer_id)
    complaints_first = CustomerRequest.kind != RequestKind.COMPLAINT
    order = (CustomerRequest.due_on.is_(None), CustomerRequest.due_on, complaints_first, CustomerRequest.opened_at, CustomerRequest.id)
    return tuple(row_of(*found, actor) for found in session.execute(query.order_by(*order).limit(limit)))


def list_assignees(session: Session, actor: User, *, customer_id: int) -> tuple[tuple[int, str], ...]:
    """Return (id, name) of everybody who may answer for this customer: all active users who may see it.

    Raises:
        CustomerNotFound.
    """
    customer = find_customer(session, actor, customer_id)
    users = session.scalars(select(User).where(User.disabled_at.is_(None)).order_by(User.name)).unique()
    return tuple((user.id, user.name) for user in users if scope_of(user).admits(customer.owner_id, customer.team_id))


def _for(user_id: int) -> ColumnElement[bool]:
    nobodys = or_(CustomerRequest.assigned_to_id.is_(None), _assignee_is_gone())
    return or_(CustomerRequest.assigned_to_id == user_id, and_(nobodys, Customer.owner_id == user_id))


def _assignee_is_gone() -> ColumnElement[bool]:
    """Return the condition that who was to answer is disabled, or a rep of another team than the customer's by now."""
    elsewhere = and_(User.role == Role.REP, User.team_id.is_distinct_from(Customer.team_id))
    return exists().where(User.id == CustomerRequest.assigned_to_id, or_(User.disabled_at.is_not(None), elsewhere))


def _open_row(session: Session, actor: User, request_id: int) -> CustomerRequest:
    require_active(actor)
    request = find_record(session, actor, CustomerRequest, request_id)
    if request.deleted_at is not None:
        raise NotFound()
    return request


def _require_version(session: Session, actor: User, request: CustomerRequest, version: int) -> None:
    if request.version != version:
        raise RequestChanged(current=find_request(session, actor, request_id=request.id))


def _require_assignee(session: Session, customer: Customer, user_id: int | None) -> None:
    if user_id is None:
        return
    user = session.get(User, user_id)
    if user is None or user.disabled_at is not None:
        raise UserNotFound(field="request_assignee")
    if not scope_of(user).admits(customer.owner_id, customer.team_id):
        raise AssigneeCannotSee(name=user.name)


def _change(session: Session, request: CustomerRequest, values: Mapping[str, Any]) -> CustomerRequest:
    for name, value in values.items():
        setattr(request, name, value)
    session.flush()
    return request


def _clean_request(text: str) -> str:
    text = clean_text(text, field="request_text", limit=MAX_TEXT)
    if not text:
        raise MissingRequestText()
    return text
