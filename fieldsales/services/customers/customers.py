"""Customers as people edit them: checked, optimistically locked, every change kept and reversible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fieldsales.db.models import Customer, CustomerChange, Tag, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.matching import customer_key, match_keys, people_in, search_text, with_people
from fieldsales.domain.places import Level, LocateReason, LocateStatus
from fieldsales.domain.words import ChangeCause, Role
from fieldsales.errors import (
    CodeTaken,
    CustomerChanged,
    CustomerNotFound,
    NotAllowed,
    UserNotFound,
)
from fieldsales.services import audit
from fieldsales.services.access import require_active, require_delete, scope_of, visible_customers
from fieldsales.services.customers.custom_fields import check_custom, list_fields
from fieldsales.services.customers.customer_input import EDITED_COLUMNS, CustomerInput, check_coordinate, prepare_values
from fieldsales.services.territories.territory_assignment import assign_unowned

HAND_PRECISION_M = 15.0
GIVEN_PRECISION_M = 30.0

# Columns that hold where a customer lies; a hand-placed pin is kept in history with all of them.
PLACE_COLUMNS = ("lat", "lon", "level", "precision_m", "provider", "matched", "rest", "locate_status", "locate_reason", "pinned_by_hand")


def _with_checked_custom(session: Session, values: CustomerInput, before: Mapping[str, str]) -> CustomerInput:
    return replace(values, custom=check_custom(values.custom, list_fields(session), before=before)) if values.custom else values


def apply_values(customer: Customer, values: CustomerInput, *, now: datetime) -> dict[str, tuple[Any, Any]]:
    """Write prepared `values` into the columns of `customer` and return {column: (before, after)} of what differs.

    A new address or postal code invalidates the place and queues the row in the same breath; a pin set by hand stays
    where it is and is marked for a check. Tags are not columns: see `set_tags`.
    """
    wanted = {name: getattr(values, name) for name in EDITED_COLUMNS} | {"code": values.code or None, "custom": dict(values.custom)}
    changes = {name: (getattr(customer, name), value) for name, value in wanted.items() if getattr(customer, name) != value}
    for name, (_, value) in changes.items():
        setattr(customer, name, value)
    if changes:
        write_keys(customer)
    moved = bool({"address", "postal_code"} & changes.keys())
    if moved:
        customer.area = None  # until the worker has looked it up anew
    if values.place is not None and not customer.pinned_by_hand and values.place != (customer.lat, customer.lon):
        changes |= _set_place(customer, *values.place, provider="given", precision_m=GIVEN_PRECISION_M, by_hand=False)
    elif moved or customer.id is None:
        queue_address(customer, now=now)
    if changes:
        customer.changed_at = now
    return changes


def write_keys(customer: Customer) -> None:
    """Write the columns that say by what a customer is found and recognised; contacts stay in the search text."""
    c = customer
    keys = match_keys(c.name, c.address, c.phone, c.email)
    c.match_key = customer_key(c.name, c.address)
    c.name_key, c.address_key, c.phone_key, c.email_key = keys.name_key, keys.address_key, keys.phone_key, keys.email_key
    own = search_text(c.name, c.name_kana, c.code or "", c.address, c.phone, c.contact_name, c.email)
    c.search_text = with_people(own, people_in(c.search_text or ""))


def queue_address(customer: Customer, *, now: datetime) -> None:
    """Forget the place and send the address to be located; a pin set by hand stays and is marked for a check."""
    customer.locate_claim = None
    customer.locate_attempts = 0
    if customer.pinned_by_hand:
        customer.locate_status, customer.locate_reason = LocateStatus.APPROXIMATE, LocateReason.ADDRESS_CHANGED
        return
    customer.lat = customer.lon = customer.precision_m = None
    customer.level, customer.provider, customer.matched, customer.rest, customer.located_with = Level.NONE, "", "", "", ""
    if customer.address or customer.postal_code:
        customer.locate_status, customer.locate_reason, customer.locate_due_at = None, LocateReason.NONE, now
    else:
        customer.locate_status, customer.locate_reason, customer.locate_due_at = LocateStatus.FAILED, LocateReason.NO_ADDRESS, None


def _set_place(
    customer: Customer, lat: float, lon: float, *, provider: str, precision_m: float, by_hand: bool
) -> dict[str, tuple[Any, Any]]:
    before = {name: getattr(customer, name) for name in PLACE_COLUMNS}
    customer.lat, customer.lon, customer.level, customer.precision_m = lat, lon, Level.POINT, precision_m
    customer.provider, customer.matched, customer.rest, customer.pinned_by_hand = provider, "", "", by_hand
    customer.locate_status, customer.locate_reason = LocateStatus.OK, LocateReason.NONE
    customer.locate_due_at = customer.locate_claim = None
    return {name: (before[name], getattr(customer, name)) for name in PLACE_COLUMNS if before[name] != getattr(customer, name)}


def create_customer(session: Session, actor: User, *, values: CustomerInput, now: datetime) -> Customer:
    """Add a customer; one without an owner belongs to the rep who adds it, else to whoever looks after the territory it lies in.

    Raises:
        FixTheInput leaves of `prepare_values` and `check_custom`, CodeTaken, NotAllowed (an owner outside the actor's reach).
    """
    require_active(actor)
    values = _with_checked_custom(session, prepare_values(values), {})
    if values.owner_id is None and actor.role is Role.REP:
        values = replace(values, owner_id=actor.id)
    owner = find_owner(session, actor, values.owner_id)
    require_free_code(session, values.code, None)
    customer = Customer(created_at=now, changed_at=now, pinned_by_hand=False, team_id=owner.team_id if owner else None, tags=[])
    apply_values(customer, values, now=now)
    session.add(customer)
    session.flush()
    set_tags(session, customer, values.tags)
    _keep(session, actor, customer, ChangeCause.CREATE, {"name": (None, customer.name)}, now=now)
    _find_keeper(session, customer, now=now)
    return customer


def update_customer(session: Session, actor: User, *, customer_id: int, version: int, values: CustomerInput, now: datetime) -> Customer:
    """Save an edit that began at `version`; saving what is there already changes nothing.

    Raises:
        CustomerNotFound, CustomerChanged (somebody saved since; carries the stored version), the errors of `create_customer`.
    """
    values = prepare_values(values)
    customer = open_for_change(session, actor, customer_id)
    if customer.version != version or customer.id != customer_id:  # the version of one that was merged since says nothing of this one
        raise CustomerChanged(who=_last_editor(session, customer), current=snapshot(customer), version=customer.version)
    values = _with_checked_custom(session, values, customer.custom)
    owner = find_owner(session, actor, values.owner_id) if values.owner_id != customer.owner_id else customer.owner
    if owner is None and actor.role is Role.REP and customer.owner_id not in (None, actor.id):
        raise NotAllowed(field="owner_id")
    if values.code and values.code != customer.code:
        require_free_code(session, values.code, customer.id)
    tags_before = [tag.name for tag in customer.tags]
    changes = apply_values(customer, values, now=now)
    if "owner_id" in changes:
        customer.team_id = owner.team_id if owner else customer.team_id
    set_tags(session, customer, values.tags)
    if tags_before != sorted(values.tags):
        changes["tags"] = (tags_before, list(values.tags))
        customer.changed_at = now
    _keep(session, actor, customer, ChangeCause.EDIT, changes, now=now)
    session.flush()
    if "owner_id" not in changes and changes.keys() & {"lat", "lon", "postal_code"}:
        _find_keeper(session, customer, now=now)
    return customer


def place_pin(session: Session, actor: User, *, customer_id: int, lat: float, lon: float, now: datetime) -> Customer:
    """Put the pin where a person says it belongs; no machine moves it afterwards.

    Raises:
        CustomerNotFound, BadCoordinate.
    """
    check_coordinate(lat, lon)
    customer = open_for_change(session, actor, customer_id)
    changes = _set_place(customer, lat, lon, provider="hand", precision_m=HAND_PRECISION_M, by_hand=True)
    customer.changed_at = now
    _keep(session, actor, customer, ChangeCause.PIN, changes, now=now)
    session.flush()
    _find_keeper(session, customer, now=now)
    return customer


def archive_customer(session: Session, actor: User, *, customer_id: int, archived: bool = True, now: datetime) -> Customer:
    """Take a customer off map and lists, or bring it back; nothing is deleted. One that was merged stays as the merge left it.

    Raises:
        CustomerNotFound. NotAllowed: archiving takes the right to delete; bringing back does not.
    """
    customer = open_for_change(session, actor, customer_id)
    if customer.id != customer_id:
        return customer  # not meant: the one that was kept
    if archived:
        require_delete(actor)
    before = customer.archived_at
    customer.archived_at = now if archived else None
    customer.changed_at = now
    _keep(session, actor, customer, ChangeCause.EDIT, {"archived_at": (before, customer.archived_at)}, now=now)
    session.flush()
    if (before is not None) != archived:
        action = AuditAction.CUSTOMER_ARCHIVED if archived else AuditAction.CUSTOMER_RESTORED
        audit.record(session, actor, action, subject_kind="customer", subject_id=customer.id, subject=customer.name, now=now)
    return customer


def open_for_change(session: Session, actor: User, customer_id: int) -> Customer:
    """Return a customer with tags and owner, locked until the transaction ends; for a merged one, the one that was kept.

    Raises:
        CustomerNotFound: it does not exist or `actor` may not see it.
    """
    query = visible_customers(actor, archived=True).where(Customer.id == customer_id).with_for_update(of=Customer)
    customer = session.scalar(
        query.options(selectinload(Customer.tags), selectinload(Customer.owner)).execution_options(populate_existing=True)
    )
    if customer is None:
        raise CustomerNotFound()
    if customer.merged_into_id is not None:  # what was typed into the open form of one that has just been merged is not lost
        return open_for_change(session, actor, customer.merged_into_id)
    return customer


def find_owner(session: Session, actor: User, owner_id: int | None) -> User | None:
    """Return the user who is to own a customer, None for nobody.

    Raises:
        UserNotFound: no such active user. NotAllowed: a rep may name themselves only, a manager their teams' people.
    """
    if owner_id is None:
        return None
    owner = session.get(User, owner_id)
    if owner is None or owner.disabled_at is not None:
        raise UserNotFound(field="owner_id")
    scope = scope_of(actor)
    if not scope.everything and owner.id != actor.id and (actor.role is Role.REP or owner.team_id not in scope.team_ids):
        raise NotAllowed(field="owner_id")
    return owner


def set_tags(session: Session, customer: Customer, names: tuple[str, ...]) -> None:
    """Give `customer` (tags loaded) exactly these tags, adding words that are new."""
    if sorted(tag.name for tag in customer.tags) == sorted(names):
        return
    known = {tag.name: tag for tag in session.scalars(select(Tag).where(Tag.name.in_(names)))} if names else {}
    customer.tags = [known.get(name) or Tag(name=name) for name in sorted(names)]


def snapshot(customer: Customer) -> dict[str, Any]:
    """Return the editable fields of a customer (tags loaded) as plain JSON values."""
    return {name: plain(getattr(customer, name)) for name in EDITED_COLUMNS} | {"tags": [tag.name for tag in customer.tags]}


def plain(value: Any) -> Any:
    """Return a column's value as JSON keeps it."""
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def change_of(
    actor: User | None,
    customer_id: int,
    cause: ChangeCause,
    changes: Mapping[str, tuple[Any, Any]],
    *,
    now: datetime,
    visit_id: int | None = None,
) -> CustomerChange:
    """Return the record of one change, not yet added to a session."""
    return CustomerChange(
        customer_id=customer_id,
        changed_by_id=actor.id if actor else None,
        changed_at=now,
        cause=cause,
        visit_id=visit_id,
        before={name: plain(before) for name, (before, _) in changes.items()},
        after={name: plain(after) for name, (_, after) in changes.items()},
    )


def _keep(
    session: Session, actor: User, customer: Customer, cause: ChangeCause, changes: Mapping[str, tuple[Any, Any]], *, now: datetime
) -> None:
    if changes:
        session.add(change_of(actor, customer.id, cause, changes, now=now))


def _find_keeper(session: Session, customer: Customer, *, now: datetime) -> None:
    """Give a customer without an owner to whoever looks after the territory it has turned up in."""
    if customer.owner_id is not None:
        return
    session.flush()
    if assign_unowned(session, customer_ids=[customer.id], now=now):
        session.refresh(customer, ["owner_id", "team_id", "version", "changed_at"])


def require_free_code(session: Session, code: str, customer_id: int | None) -> None:
    """Raise CodeTaken when another customer than `customer_id` has this code."""
    if code and session.scalar(select(Customer.id).where(Customer.code == code, Customer.id.is_distinct_from(customer_id))) is not None:
        raise CodeTaken(value=code)


def _last_editor(session: Session, customer: Customer) -> str:
    query = (
        select(User.name)
        .join(CustomerChange, CustomerChange.changed_by_id == User.id)
        .where(CustomerChange.customer_id == customer.id)
        .order_by(CustomerChange.id.desc())
        .limit(1)
    )
    return session.scalar(query) or "?"
