"""What customers bought, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, Purchase, User
from fieldsales.domain.audit import AuditAction
from fieldsales.errors import N_, BadNumber, Conflict, FixTheInput, NotFound
from fieldsales.services.access import find_customer, visible_to
from fieldsales.services.customers.customer_input import MAX_AMOUNT
from fieldsales.services.customers.records import (
    bring_back,
    clean_text,
    find_record,
    find_recorded,
    may_change,
    may_delete,
    note_deletion,
    open_customer,
    record_once,
    require_change,
    take_away,
)

MAX_ITEM = 500
MAX_NOTE = 10_000


class MissingItem(FixTheInput):
    code = "missing_item"
    message = N_("Say what was bought.")
    field = "purchase_item"


class MissingAmount(FixTheInput):
    code = "missing_amount"
    message = N_("Say for how much.")
    field = "purchase_amount"


class MissingPurchaseDay(FixTheInput):
    code = "missing_purchase_day"
    message = N_("Say when it was bought.")
    field = "purchase_day"


class PurchaseInFuture(FixTheInput):
    code = "purchase_in_future"
    message = N_("A purchase cannot lie in the future.")
    field = "purchase_day"


class PurchaseChanged(Conflict):
    """`current` is what is stored now, `version` the one to save over it."""

    code = "purchase_changed"
    message = N_("This purchase was changed in the meantime. Compare both versions and save again.")
    field = "record"

    def __init__(self, *, current: PurchaseInput, version: int) -> None:
        self.current = current
        self.version = version
        super().__init__()


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseInput:
    """What a person says of a purchase; `amount` in whole yen, negative for what came back."""

    bought_on: date | None
    item: str
    amount: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """One purchase to draw."""

    id: int
    version: int
    customer_id: int
    customer_name: str
    bought_on: date
    item: str
    amount: int
    note: str
    user_id: int
    who: str
    may_change: bool
    may_delete: bool


@dataclass(frozen=True, slots=True)
class SalesSummary:
    """What a customer's purchases come to: `total` over its whole life and `this_year` in yen, the first and the last day."""

    total: int
    this_year: int
    count: int
    first_on: date | None
    last_on: date | None


def add_purchase(
    session: Session, actor: User, *, customer_id: int, values: PurchaseInput, client_ref: UUID, today: date, now: datetime
) -> Purchase:
    """Record a purchase; the same `client_ref` twice records it once.

    Raises:
        CustomerNotFound, MissingItem, MissingAmount, MissingPurchaseDay, PurchaseInFuture, BadNumber, TextTooLong.
    """
    columns = _prepare(values, today)
    customer = open_customer(session, actor, customer_id)
    known = find_recorded(session, Purchase, client_ref, actor.id)
    if known is not None:
        return known
    purchase = Purchase(client_ref=client_ref, customer_id=customer.id, user_id=actor.id, created_at=now, **columns)
    return record_once(session, purchase, actor.id)


def edit_purchase(session: Session, actor: User, *, purchase_id: int, version: int, values: PurchaseInput, today: date) -> Purchase:
    """Save other values in the place of those read at `version`.

    Raises:
        NotFound, NotAllowed, the errors of `add_purchase`. PurchaseChanged: somebody saved since.
    """
    columns = _prepare(values, today)
    purchase = find_record(session, actor, Purchase, purchase_id)
    require_change(actor, purchase.user_id)
    if purchase.deleted_at is not None:
        raise NotFound()
    if all(getattr(purchase, name) == value for name, value in columns.items()):
        return purchase
    if purchase.version != version:
        current = PurchaseInput(bought_on=purchase.bought_on, item=purchase.item, amount=purchase.amount, note=purchase.note)
        raise PurchaseChanged(current=current, version=purchase.version)
    for name, value in columns.items():
        setattr(purchase, name, value)
    session.flush()
    return purchase


def delete_purchase(session: Session, actor: User, *, purchase_id: int, now: datetime) -> None:
    """Take a purchase away: it counts nowhere; `restore_purchase` brings it back.

    Raises:
        NotFound. NotAllowed: somebody else's, and the actor does not hold the right to delete.
    """
    purchase = take_away(session, actor, Purchase, purchase_id, now=now)
    if purchase is not None:
        what = {"bought_on": purchase.bought_on, "item": purchase.item, "amount": purchase.amount}
        note_deletion(session, actor, AuditAction.PURCHASE_DELETED, purchase, what=what, now=now)


def restore_purchase(session: Session, actor: User, *, purchase_id: int) -> None:
    """Bring a purchase back that was taken away.

    Raises:
        NotFound, NotAllowed.
    """
    bring_back(session, actor, Purchase, purchase_id)


def sales_summary(session: Session, actor: User, *, customer_id: int, today: date) -> SalesSummary:
    """Return what a customer has bought since the beginning and in the calendar year of `today`.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    of_this_year = case((Purchase.bought_on >= today.replace(month=1, day=1), Purchase.amount), else_=0)
    found = session.execute(
        select(
            func.coalesce(func.sum(Purchase.amount), 0),
            func.coalesce(func.sum(of_this_year), 0),
            func.count(),
            func.min(Purchase.bought_on),
            func.max(Purchase.bought_on),
        ).where(Purchase.customer_id == customer_id, Purchase.deleted_at.is_(None))
    ).one()
    return SalesSummary(int(found[0]), int(found[1]), found[2], found[3], found[4])


def list_purchases(session: Session, actor: User, *, customer_id: int, limit: int = 50) -> tuple[PurchaseRow, ...]:
    """Return the newest purchases of a customer first.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    query = _rows().where(Purchase.customer_id == customer_id).order_by(Purchase.bought_on.desc(), Purchase.id.desc()).limit(limit)
    return tuple(row_of(*found, actor) for found in session.execute(query))


def purchases_of(session: Session, actor: User, *, user_id: int, since: date, until: date) -> tuple[PurchaseRow, ...]:
    """Return what `user_id` recorded as bought from `since` to `until`, both included, of customers that `actor` may see."""
    query = _rows().where(Purchase.user_id == user_id, Purchase.bought_on.between(since, until), visible_to(actor))
    return tuple(row_of(*found, actor) for found in session.execute(query.order_by(Purchase.bought_on, Purchase.id)))


def read_purchase(session: Session, actor: User, *, purchase_id: int) -> PurchaseRow:
    """Return a purchase of a customer that `actor` may see.

    Raises:
        NotFound: there is none, or it was taken away.
    """
    found = session.execute(_rows().where(Purchase.id == purchase_id, visible_to(actor))).one_or_none()
    if found is None:
        raise NotFound()
    return row_of(*found, actor)


def row_of(purchase: Purchase, customer_name: str, who: str, actor: User) -> PurchaseRow:
    """Return a purchase as it is drawn for `actor`."""
    return PurchaseRow(
        id=purchase.id,
        version=purchase.version,
        customer_id=purchase.customer_id,
        customer_name=customer_name,
        bought_on=purchase.bought_on,
        item=purchase.item,
        amount=purchase.amount,
        note=purchase.note,
        user_id=purchase.user_id,
        who=who,
        may_change=may_change(actor, purchase.user_id),
        may_delete=may_delete(actor, purchase.user_id),
    )


def _rows() -> Select[Purchase, str, str]:
    return (
        select(Purchase, Customer.name, User.name)
        .join(Customer, Purchase.customer_id == Customer.id)
        .join(User, Purchase.user_id == User.id)
        .where(Purchase.deleted_at.is_(None))
    )


def _prepare(values: PurchaseInput, today: date) -> dict[str, Any]:
    item = clean_text(values.item, field="purchase_item", limit=MAX_ITEM)
    if not item:
        raise MissingItem()
    if values.amount is None:
        raise MissingAmount()
    if abs(values.amount) > MAX_AMOUNT:
        raise BadNumber(field="purchase_amount", value=values.amount)
    if values.bought_on is None:
        raise MissingPurchaseDay()
    if values.bought_on > today:
        raise PurchaseInFuture()
    note = clean_text(values.note, field="purchase_note", limit=MAX_NOTE)
    return {"bought_on": values.bought_on, "item": item, "amount": values.amount, "note": note}
