"""Requests and complaints as they are drawn: the one query and the one shape behind every list of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from fieldsales.db.models import Customer, CustomerRequest, User
from fieldsales.domain.words import RequestKind, RequestStatus
from fieldsales.services.customers.records import may_change, may_delete


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request or complaint to draw; names are empty where nobody did that yet."""

    id: int
    version: int
    customer_id: int
    customer_name: str
    kind: RequestKind
    status: RequestStatus
    text: str
    answer: str
    due_on: date | None
    assigned_to_id: int | None
    assigned_to: str
    opened_by_id: int
    opened_by: str
    opened_at: datetime
    answered_by: str
    answered_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    may_change: bool
    may_delete: bool

    def is_late(self, today: date) -> bool:
        """True when it waits for an answer longer than promised."""
        return self.status is RequestStatus.OPEN and self.due_on is not None and self.due_on < today


_Assignee, _Opener, _Answerer, _Closer = aliased(User), aliased(User), aliased(User), aliased(User)


def request_rows() -> Select[CustomerRequest, str, str, str, str, str]:
    """Return the query of what `row_of` takes, deleted ones left out."""
    return (
        select(CustomerRequest, Customer.name, _Assignee.name, _Opener.name, _Answerer.name, _Closer.name)
        .join(Customer, CustomerRequest.customer_id == Customer.id)
        .join(_Opener, CustomerRequest.opened_by_id == _Opener.id)
        .outerjoin(_Assignee, CustomerRequest.assigned_to_id == _Assignee.id)
        .outerjoin(_Answerer, CustomerRequest.answered_by_id == _Answerer.id)
        .outerjoin(_Closer, CustomerRequest.closed_by_id == _Closer.id)
        .where(CustomerRequest.deleted_at.is_(None))
    )


def row_of(
    request: CustomerRequest, customer: str, assignee: str | None, opener: str, answerer: str | None, closer: str | None, actor: User
) -> RequestRow:
    """Return a request as it is drawn for `actor`."""
    return RequestRow(
        id=request.id,
        version=request.version,
        customer_id=request.customer_id,
        customer_name=customer,
        kind=request.kind,
        status=request.status,
        text=request.text,
        answer=request.answer,
        due_on=request.due_on,
        assigned_to_id=request.assigned_to_id,
        assigned_to=assignee or "",
        opened_by_id=request.opened_by_id,
        opened_by=opener,
        opened_at=request.opened_at,
        answered_by=answerer or "",
        answered_at=request.answered_at,
        closed_by=closer or "",
        closed_at=request.closed_at,
        may_change=may_change(actor, request.opened_by_id),
        may_delete=may_delete(actor, request.opened_by_id),
    )
