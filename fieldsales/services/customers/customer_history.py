"""What was changed, by whom and when, and the way back; and how the likelihood has moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from fieldsales.services.access import find_customer, require_delete
from fieldsales.services.customers import contacts
from fieldsales.services.customers.customer_input import EDITED_COLUMNS, input_of
from fieldsales.services.customers.customers import (
    PLACE_COLUMNS,
    apply_values,
    change_of,
    find_owner,
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
    "pin_confirmed_at": datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change to draw: `before` and `after` map column names to plain JSON values, an owner's number to the owner's name."""

    id: int
    who: str
    changed_at: datetime
    cause: ChangeCause
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LikelihoodMove:
    """What the likelihood became, when, by whom and why."""

    moved_at: datetime
    likelihood: Likelihood
    who: str
    cause: ChangeCause


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
    found = [(change, who or "") for change, who in rows]
    names = _owner_names(session, [side for change, _ in found for side in (change.before, change.after)])
    return tuple(
        Change(c.id, who, c.changed_at, c.cause, _with_owner_named(c.before, names), _with_owner_named(c.after, names)) for c, who in found
    )


def newest_change_id(session: Session, actor: User, *, customer_id: int) -> int | None:
    """Return the number of a customer's newest change, when `actor` made it: the one that “undo” means.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    newest = select(CustomerChange).where(CustomerChange.customer_id == customer_id).order_by(CustomerChange.id.desc()).limit(1)
    change = session.scalar(newest)
    return change.id if change is not None and change.changed_by_id == actor.id else None


def list_likelihoods(session: Session, actor: User, *, customer_id: int) -> tuple[LikelihoodMove, ...]:
    """Return how a customer's likelihood has moved, oldest first; the first one is what it was when the customer was added.

    Raises:
        CustomerNotFound.
    """
    customer = find_customer(session, actor, customer_id)
    return likelihoods_of(session, customer_id, created_at=customer.created_at, current=customer.likelihood)


def likelihoods_of(session: Session, customer_id: int, *, created_at: datetime, current: Likelihood) -> tuple[LikelihoodMove, ...]:
    """Return `list_likelihoods` of a customer that the caller has made sure the actor may see."""
    query = (
        select(CustomerChange, User.name)
        .outerjoin(User, CustomerChange.changed_by_id == User.id)
        .where(CustomerChange.customer_id == customer_id, CustomerChange.after["likelihood"].as_string().is_not(None))
        .order_by(CustomerChange.changed_at, CustomerChange.id)
    )
    moves = [
        (
            Likelihood(change.before["likelihood"]),
            LikelihoodMove(change.changed_at, Likelihood(change.after["likelihood"]), who or "", change.cause),
        )
        for change, who in session.execute(query)
    ]
    first = moves[0][0] if moves else current
    return (LikelihoodMove(created_at, first, "", ChangeCause.CREATE), *(move for _, move in moves))


def restore_change(session: Session, actor: User, *, change_id: int, now: datetime) -> Customer:
    """Put the columns of one change back to what they were before it, as a change of its own.

    Raises:
        NotFound: no such change, or of a customer `actor` may not see, or that was merged into another one since.
        NotAllowed: the former owner is out of reach, or it would archive the customer and the actor does not hold the right to delete.
    """
    change = session.get(CustomerChange, change_id)
    # A merge is undone whole, by `services.duplicates.merging`.
    if change is None or change.cause in (ChangeCause.CREATE, ChangeCause.MERGE):
        raise NotFound()
    customer = open_for_change(session, actor, change.customer_id)
    if customer.id != change.customer_id:  # what was before it there never was at the one that was kept
        raise NotFound()
    wanted = {name: _typed(name, value) for name, value in change.before.items()}
    if wanted.get("archived_at") is not None:
        require_delete(actor)
    if "custom" in wanted:
        wanted["custom"] = _custom_without(customer.custom, change)
    owner = find_owner(session, actor, wanted["owner_id"]) if wanted.get("owner_id") not in (None, customer.owner_id) else None
    if wanted.get("code") and wanted["code"] != customer.code:
        require_free_code(session, wanted["code"], customer.id)
    other_address = customer.locate_reason is LocateReason.ADDRESS_CHANGED
    tags_before = [tag.name for tag in customer.tags]
    before = {name: getattr(customer, name) for name in wanted if name not in ("tags", contacts.KEY)}
    now_saying = input_of(customer)
    edited = {name: value if name != "code" else value or "" for name, value in wanted.items() if name in EDITED_COLUMNS}
    apply_values(customer, type(now_saying)(**{n: edited.get(n, getattr(now_saying, n)) for n in EDITED_COLUMNS}), now=now)
    _put_back(customer, wanted, other_address=other_address, now=now)
    if owner is not None:
        customer.team_id = owner.team_id
    if "tags" in wanted:
        set_tags(session, customer, tuple(wanted["tags"]))
        before["tags"] = tags_before
    if contacts.KEY in wanted:
        sides = {"before": wanted[contacts.KEY], "after": change.after[contacts.KEY]}
        before[contacts.KEY], wanted[contacts.KEY] = contacts.restore_contacts(session, customer, **sides)
    customer.changed_at = now
    changes = {name: (before[name], wanted[name]) for name in wanted if before[name] != wanted[name]}
    if changes:
        session.add(change_of(actor, customer.id, ChangeCause.RESTORE, changes, now=now))
    session.flush()
    return customer


def _put_back(customer: Customer, wanted: Mapping[str, Any], *, other_address: bool, now: datetime) -> None:
    """Write the columns that no edit form has: where the customer lies, since when it is archived, its team."""
    for name in (*PLACE_COLUMNS, "archived_at", "pin_confirmed_at", "team_id"):
        if name in wanted:
            setattr(customer, name, wanted[name])
    if "lat" in wanted and not customer.pinned_by_hand and (customer.lat is None or other_address):
        # Without a place, or with that of a former address, the row goes back into the queue instead of staying lost.
        queue_address(customer, now=now)


def _owner_names(session: Session, sides: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    ids = {side["owner_id"] for side in sides if isinstance(side.get("owner_id"), int)}
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(sorted(ids))))} if ids else {}


def _with_owner_named(side: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    return {name: names.get(value, value) if name == "owner_id" else value for name, value in side.items()}


def _custom_without(custom: Mapping[str, str], change: CustomerChange) -> dict[str, str]:
    """Return `custom` with what one change did to it taken back, name by name: what others wrote since stays."""
    before, after = change.before["custom"] or {}, change.after["custom"] or {}
    touched = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    kept = {name: value for name, value in custom.items() if name not in touched}
    return kept | {name: value for name, value in before.items() if name in touched}


def _typed(name: str, value: Any) -> Any:
    return _TYPES[name](value) if name in _TYPES and value is not None else value
