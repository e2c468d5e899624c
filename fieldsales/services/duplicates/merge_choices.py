"""Which of two customers' values stays: what differs, what is proposed, and the columns that a choice writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange
from fieldsales.errors import BadChoice, TextTooLong
from fieldsales.services.customers.customer_input import LIMITS
from fieldsales.services.customers.customers import PLACE_COLUMNS

# The pin belongs to the address, and so does the search for it.
PLACE = (*PLACE_COLUMNS, "located_with", "locate_due_at", "locate_attempts", "pin_confirmed_at")
# Columns that only make sense together are chosen together, under the first one's name.
FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "name_kana": ("name_kana",),
    "kind": ("kind",),
    "stage": ("stage",),
    "likelihood": ("likelihood",),
    "amount": ("amount",),
    "close_month": ("close_month",),
    "address": ("address", "postal_code", *PLACE),
    "phone": ("phone",),
    "email": ("email",),
    "contact_name": ("contact_name",),
    "owner_id": ("owner_id", "team_id"),
    "next_on": ("next_on", "next_time", "next_action"),
    "cadence_days": ("cadence_days",),
    "opening_hours": ("opening_hours",),
    "visit_minutes": ("visit_minutes",),
    "do_not_visit": ("do_not_visit", "do_not_visit_reason", "do_not_visit_until"),
    "code": ("code",),
    "memo": ("memo",),
}
CUSTOM = "custom."  # before the name of a custom field


class Side(StrEnum):
    """Whose value stays."""

    KEPT = "kept"
    MERGED = "merged"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One field in which two customers differ; `kept` and `merged` map its columns to their values.

    `offered` holds both sides where the two texts fit behind each other.
    """

    name: str
    kept: Mapping[str, Any]
    merged: Mapping[str, Any]
    offered: tuple[Side, ...]
    proposed: Side


def differing_fields(session: Session, kept: Customer, merged: Customer) -> tuple[FieldChoice, ...]:
    """Return the fields in which two customers differ, each with the fuller or newer value proposed."""
    newer = _newer(session, kept, merged)
    found = []
    for name, columns in FIELDS.items():
        shown = [column for column in columns if column not in PLACE]
        mine, theirs = ({column: getattr(customer, column) for column in shown} for customer in (kept, merged))
        if mine != theirs or (name == "address" and _pin(kept) != _pin(merged)):
            offered = (Side.KEPT, Side.MERGED) + ((Side.BOTH,) if name == "memo" and _both_fit(kept, merged) else ())
            found.append(FieldChoice(name, mine, theirs, offered, _proposed(name, kept, merged, newer, offered)))
    for key in sorted(kept.custom.keys() | merged.custom.keys()):
        ours, other = kept.custom.get(key, ""), merged.custom.get(key, "")
        if ours != other:
            side = newer if ours and other else (Side.KEPT if ours else Side.MERGED)
            found.append(FieldChoice(CUSTOM + key, {CUSTOM + key: ours}, {CUSTOM + key: other}, (Side.KEPT, Side.MERGED), side))
    return tuple(found)


def chosen_values(fields: tuple[FieldChoice, ...], choices: Mapping[str, str], kept: Customer, merged: Customer) -> dict[str, Any]:
    """Return the columns of the kept customer that the choices change; a field without a choice takes what is proposed.

    Raises:
        BadChoice: a side that is not offered. TextTooLong: both memos together.
    """
    values: dict[str, Any] = {}
    custom = dict(kept.custom)
    for field in fields:
        side = _side(field, choices)
        if field.name.startswith(CUSTOM):
            if side is Side.MERGED:
                custom[field.name.removeprefix(CUSTOM)] = field.merged[field.name]
        elif side is Side.BOTH:
            values["memo"] = _both(kept, merged)
        elif side is Side.MERGED:
            values |= {column: getattr(merged, column) for column in FIELDS[field.name]}
    if len(values.get("memo", "")) > LIMITS["memo"]:
        raise TextTooLong(field="memo", limit=LIMITS["memo"])
    custom = {name: value for name, value in custom.items() if value}
    return values | ({"custom": custom} if custom != kept.custom else {})


def _side(field: FieldChoice, choices: Mapping[str, str]) -> Side:
    asked = choices.get(field.name, field.proposed)
    if asked not in field.offered:
        raise BadChoice(value=str(asked)[:50])
    return Side(asked)


def _proposed(name: str, kept: Customer, merged: Customer, newer: Side, offered: tuple[Side, ...]) -> Side:
    ours, theirs = getattr(kept, name), getattr(merged, name)
    if Side.BOTH in offered:
        return Side.BOTH
    if name == "code":
        return Side.KEPT if ours else Side.MERGED
    if name == "do_not_visit":  # nobody is sent to a door that was closed
        return Side.MERGED if theirs and not ours else Side.KEPT
    if name == "next_on" and ours and theirs:  # the earlier promise is the one that would be broken
        return Side.MERGED if theirs < ours else Side.KEPT
    if name == "address":
        return Side.MERGED if _place_worth(merged) > _place_worth(kept) else Side.KEPT
    if not ours or not theirs:
        return Side.KEPT if ours else Side.MERGED
    return newer


def _place_worth(customer: Customer) -> tuple[bool, bool, float, int]:
    """Return by what addresses are ranked: there is one, the pin was set by hand, how exact it is, how much is written."""
    exact = -(customer.precision_m or 1e9) if customer.lat is not None else -1e12
    return bool(customer.address), customer.pinned_by_hand, exact, len(customer.address)


def _pin(customer: Customer) -> tuple[float | None, float | None]:
    return customer.lat, customer.lon


def _newer(session: Session, kept: Customer, merged: Customer) -> Side:
    """Return which side somebody worked on last, by its history."""
    query = select(CustomerChange.customer_id, func.max(CustomerChange.changed_at)).where(
        CustomerChange.customer_id.in_((kept.id, merged.id))
    )
    last: dict[int, datetime] = {row[0]: row[1] for row in session.execute(query.group_by(CustomerChange.customer_id))}
    ours, theirs = (last.get(customer.id, customer.created_at) for customer in (kept, merged))
    return Side.MERGED if theirs > ours else Side.KEPT


def _both(kept: Customer, merged: Customer) -> str:
    return f"{kept.memo}\n\n{merged.memo}"


def _both_fit(kept: Customer, merged: Customer) -> bool:
    return bool(kept.memo and merged.memo) and len(_both(kept, merged)) <= LIMITS["memo"]
