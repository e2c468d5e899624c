"""What a merge moves and writes, as plain data that leads back: rows by their ids, columns before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Date, Enum, Table, Time, func, select, update
from sqlalchemy.orm import Session

from fieldsales.db.base import UtcDateTime
from fieldsales.db.models import Attachment, CheckIn, Contact, Customer, CustomerRequest, Note, PlanStop, Purchase, Visit, VisitDraft
from fieldsales.services.customers.customers import plain, write_keys
from fieldsales.services.duplicates.merge_choices import PLACE

Values = dict[str, Any]

# What hangs on a customer and goes with it. History stays where it was made, and so does who looked at whose check-ins.
MOVING = {
    "visits": Visit,
    "visit_drafts": VisitDraft,
    "contacts": Contact,
    "check_ins": CheckIn,
    "purchases": Purchase,
    "customer_requests": CustomerRequest,
    "notes": Note,
    "attachments": Attachment,
    "plan_stops": PlanStop,
}
# Rises or moves with every change, and must: open forms and the map notice a merge by it.
_NOT_KEPT = {"id", "version", "changed_at"}
_CHUNK = 1_000
_TABLE: Table = Customer.__table__  # type: ignore[assignment]


def values_of(customer: Customer) -> Values:
    """Return a customer's columns as plain JSON values."""
    return {column.name: plain(getattr(customer, column.name)) for column in _TABLE.c if column.name not in _NOT_KEPT}


def changed_columns(before: Values, after: Values, *, always: Sequence[str] = ()) -> dict[str, list[Any]]:
    """Return {column: [before, after]} of what differs, and of the columns `always`."""
    return {name: [value, after[name]] for name, value in before.items() if value != after[name] or name in always}


def typed(name: str, value: Any) -> Any:
    """Return a plain value as the column `name` takes it."""
    kind = _TABLE.c[name].type
    if value is None:
        return None
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    for column_type, read in ((UtcDateTime, datetime.fromisoformat), (Date, date.fromisoformat), (Time, time.fromisoformat)):
        if isinstance(kind, column_type):
            return read(value)
    return value


def restore_columns(customer: Customer, changed: Mapping[str, Sequence[Any]]) -> None:
    """Put back the columns that the merge changed, unless somebody has changed them since; address and pin only together."""
    now = values_of(customer)
    since = {name for name, (_, after) in changed.items() if now[name] != after}
    place = {name for name in changed if name in ("address", "postal_code", *PLACE)}
    if {"address", "postal_code"} & since or ("lat" in since and customer.pinned_by_hand):
        since |= place
    elif "address" in changed or "postal_code" in changed:
        since -= place  # what the worker has found for the merged address goes with that address
    for name, (before, _) in changed.items():
        if name not in since:
            setattr(customer, name, typed(name, before))
    if "search_text" in since or "match_key" in since:
        write_keys(customer)


def count_rows(session: Session, model: Any, customer_id: int) -> int:
    """Return how many rows of a customer somebody can see."""
    query = select(func.count()).select_from(model).where(model.customer_id == customer_id)
    if hasattr(model, "deleted_at"):
        query = query.where(model.deleted_at.is_(None))
    return session.scalar(query) or 0


def move_rows(session: Session, model: Any, from_id: int, to_id: int) -> list[int]:
    """Hang all rows of one customer on another and return their ids; a stop stays where its plan leads to the other one too."""
    query = select(model.id).where(model.customer_id == from_id).order_by(model.id)
    if model is PlanStop:
        query = query.where(PlanStop.plan_id.not_in(select(PlanStop.plan_id).where(PlanStop.customer_id == to_id)))
    ids = list(session.scalars(query))
    # Plain UPDATE: a visit that somebody is editing keeps its version, and the edit goes through.
    for start in range(0, len(ids), _CHUNK):
        change = update(model).where(model.id.in_(ids[start : start + _CHUNK])).values(customer_id=to_id)
        session.execute(change, execution_options={"synchronize_session": False})
    return ids


def move_rows_back(session: Session, model: Any, ids: Sequence[int], from_id: int, to_id: int) -> None:
    """Hang these rows back, those that still hang where the merge hung them."""
    for start in range(0, len(ids), _CHUNK):
        change = update(model).where(model.id.in_(ids[start : start + _CHUNK]), model.customer_id == from_id)
        session.execute(change.values(customer_id=to_id), execution_options={"synchronize_session": False})


def add_tags(kept: Customer, merged: Customer) -> list[int]:
    """Give `kept` the tags of `merged` that it lacks and return their ids."""
    known = {tag.id for tag in kept.tags}
    new = [tag for tag in merged.tags if tag.id not in known]
    kept.tags = sorted([*kept.tags, *new], key=lambda tag: tag.name)
    return [tag.id for tag in new]


def remove_tags(kept: Customer, tag_ids: Sequence[int]) -> None:
    """Take these tags away again."""
    gone = set(tag_ids)
    if gone:
        kept.tags = [tag for tag in kept.tags if tag.id not in gone]
