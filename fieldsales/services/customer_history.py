"""What was changed, by whom and when, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import Level, LocateReason, LocateStatus
from fieldsales.domain.words import ChangeCause, Kind, Stage
from fieldsales.errors import NotFound
from fieldsales.services.access import find_customer
from fieldsales.services.customers import (
    EDITED_COLUMNS,
    PLACE_COLUMNS,
    apply_values,
    change_of,
    find_owner,
    input_of,
    open_for_change,
    queue_address,
    require_free_code,
    set_tags,
)

_TYPES: dict[str, Any] = {
    "kind": Kind,
    "stage": Stage,
    "likelihood": Likelihood,
    "level": Level,
    "locate_status": LocateStatus,
    "locate_reason": LocateReason,
    "next_on": date.fromisoformat,
    "next_time": time.fromisoformat,
    "close_month": date.fromisoformat,
    "do_not_visit_until": date.fromisoformat,
    "archived_at": datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change to draw: `before` and `after` map column names to plain JSON values."""

    id: int
    who: str
    changed_at: datetime
    cause: ChangeCause
    before: dict[str, Any]
    after: dict[str, Any]


def list_changes(session: Session, actor: User, *, customer_id: int, limit: int = 100) -> tuple[Change, ...]:
    """Return the newest changes of a customer first.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    rows = session.execute(
        select(CustomerChange, User.name)
        .outerjoin(User, CustomerChange.changed_by_id == User.id)
        .where(CustomerChange.customer_id == customer_id)
        .order_by(CustomerChange.id.desc())
        .limit(limit)
    )
    return tuple(Change(c.id, who or "", c.changed_at, c.cause, c.before, c.after) for c, who in rows)


def restore_change(session: Session, actor: User, *, change_id: int, now: datetime) -> Customer:
    """Put the columns of one change back to what they were before it, as a change of its own.

    Raises:
        NotFound: no such change, or of a customer `actor` may not see; NotAllowed: the former owner is out of reach.
    """
    change = session.get(CustomerChange, change_id)
    if change is None or change.cause is ChangeCause.CREATE:
        raise NotFound()
    customer = open_for_change(session, actor, change.customer_id)
    wanted = {name: _typed(name, value) for name, value in change.before.items()}
    owner = find_owner(session, actor, wanted["owner_id"]) if wanted.get("owner_id") not in (None, customer.owner_id) else None
    if wanted.get("code") and wanted["code"] != customer.code:
        require_free_code(session, wanted["code"], customer.id)
    other_address = customer.locate_reason is LocateReason.ADDRESS_CHANGED
    tags_before = [tag.name for tag in customer.tags]
    before = {name: getattr(customer, name) for name in wanted if name != "tags"}
    now_saying = input_of(customer)
    edited = {name: value if name != "code" else value or "" for name, value in wanted.items() if name in EDITED_COLUMNS}
    apply_values(customer, type(now_saying)(**{n: edited.get(n, getattr(now_saying, n)) for n in EDITED_COLUMNS}), now=now)
    for name in (*PLACE_COLUMNS, "archived_at"):
        if name in wanted:
            setattr(customer, name, wanted[name])
    if owner is not None:
        customer.team_id = owner.team_id
    if "lat" in wanted and not customer.pinned_by_hand and (customer.lat is None or other_address):
        # Without a place, or with that of a former address, the row goes back into the queue instead of staying lost.
        queue_address(customer, now=now)
    if "tags" in wanted:
        set_tags(session, customer, tuple(wanted["tags"]))
        before["tags"] = tags_before
    customer.changed_at = now
    changes = {name: (before[name], wanted[name]) for name in wanted if before[name] != wanted[name]}
    if changes:
        session.add(change_of(actor, customer.id, ChangeCause.RESTORE, changes, now=now))
    session.flush()
    return customer


def _typed(name: str, value: Any) -> Any:
    return _TYPES[name](value) if name in _TYPES and value is not None else value
