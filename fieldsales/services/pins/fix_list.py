"""The fix list: every customer without a good pin, why, and the best guess there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import LocateReason
from fieldsales.errors import CustomerNotFound
from fieldsales.services.access import visible_customers
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customer_search import text_conditions
from fieldsales.services.customers.customers import open_for_change, place_pin, update_customer
from fieldsales.services.pins.locating import PinState, pin_state

# Two reasons beside those of `LocateReason`: not looked for yet, and found, but only roughly.
WAITING = "waiting"
ROUGH = "rough"
_SERVICE = (LocateReason.SERVICE_BUSY, LocateReason.SERVICE_REFUSED)


@dataclass(frozen=True, slots=True)
class Problem:
    """One customer of the fix list; `reason` is WAITING, ROUGH or a value of `LocateReason`.

    `lat`, `lon` are the best guess, None when there is none; the true place lies within `precision_m` of it in nine
    cases of ten. `retry_at` is when the address is looked for again. `version` is the customer's, for an edit.
    """

    customer_id: int
    version: int
    name: str
    likelihood: Likelihood
    postal_code: str
    address: str
    owner_name: str
    state: PinState
    reason: str
    lat: float | None
    lon: float | None
    precision_m: float | None
    matched: str
    by_hand: bool
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProblemList:
    """One page of the fix list, how many there are of `reason`, and how many of each reason."""

    rows: tuple[Problem, ...]
    matching: int
    reasons: Mapping[str, int]

    @property
    def total(self) -> int:
        """All customers without a good pin: approximate, pending and unlocated together."""
        return sum(self.reasons.values())


def list_problems(session: Session, actor: User, *, reason: str = "", text: str = "", limit: int = 50, offset: int = 0) -> ProblemList:
    """Return the customers without a good pin that `actor` may see: those without any place first, then the hottest deals.

    `reason` and `text` narrow the rows; the numbers by reason are of all.
    """
    without_pin = pin_state() != PinState.LOCATED.value
    problems = visible_customers(actor).where(without_pin)
    key = _reason().label("reason")
    counted = session.execute(problems.with_only_columns(key, func.count(Customer.id)).group_by(key))
    wanted = problems.where(*text_conditions(text))
    if reason:
        wanted = wanted.where(_reason() == reason)
    matching = session.scalar(wanted.with_only_columns(func.count(Customer.id))) or 0
    rows = session.execute(_with_reasons(wanted).order_by(*_most_pressing()).limit(limit).offset(offset))
    found = tuple(_problem(customer, owner, state, why) for customer, owner, state, why in rows)
    return ProblemList(found, matching, {name: count for name, count in counted})


def find_problem(session: Session, actor: User, *, customer_id: int) -> Problem:
    """Return one customer as the fix list sees it, a well-placed one too.

    Raises:
        CustomerNotFound: it does not exist or `actor` may not see it.
    """
    query = visible_customers(actor, archived=True).where(Customer.id == customer_id)
    for customer, owner, state, why in session.execute(_with_reasons(query)):
        return _problem(customer, owner, state, why)
    raise CustomerNotFound()


def correct_address(
    session: Session, actor: User, *, customer_id: int, version: int, postal_code: str, address: str, now: datetime
) -> int | None:
    """Save a corrected address begun at `version` and return the change's id, None when nothing differs.

    The address is queued in the same transaction; `locating.locate_customer` then finds it without waiting.

    Raises:
        CustomerNotFound, CustomerChanged, TextTooLong.
    """
    values = replace(input_of(open_for_change(session, actor, customer_id)), postal_code=postal_code, address=address)
    before = _newest_change(session, customer_id)
    update_customer(session, actor, customer_id=customer_id, version=version, values=values, now=now)
    return _newest_change(session, customer_id, after=before)


def correct_pin(session: Session, actor: User, *, customer_id: int, lat: float, lon: float, now: datetime) -> int | None:
    """Put the pin where a person says and return the change's id, None when it was there already.

    Raises:
        CustomerNotFound, BadCoordinate.
    """
    open_for_change(session, actor, customer_id)
    before = _newest_change(session, customer_id)
    place_pin(session, actor, customer_id=customer_id, lat=lat, lon=lon, now=now)
    return _newest_change(session, customer_id, after=before)


def _newest_change(session: Session, customer_id: int, *, after: int | None = None) -> int | None:
    session.flush()
    newest = session.scalar(select(func.max(CustomerChange.id)).where(CustomerChange.customer_id == customer_id))
    return newest if newest != after else None


def _reason() -> ColumnElement[str]:
    no_place = and_(Customer.address == "", Customer.postal_code == "")
    waiting = and_(pin_state() == PinState.PENDING.value, Customer.locate_reason.not_in(_SERVICE))
    return case(
        (waiting, WAITING),
        (Customer.locate_reason != LocateReason.NONE, type_coerce(Customer.locate_reason, String)),
        (Customer.lat.is_not(None), ROUGH),
        (no_place, LocateReason.NO_ADDRESS.value),
        else_=LocateReason.NOT_AN_ADDRESS.value,
    )


def _with_reasons(query: Select[Customer]) -> Select[Customer, str | None, str, str]:
    columns = (User.name, pin_state().label("state"), _reason().label("reason"))
    return query.outerjoin(User, User.id == Customer.owner_id).add_columns(*columns)


def _most_pressing() -> list[ColumnElement[object]]:
    state = case({PinState.UNLOCATED.value: 0, PinState.APPROXIMATE.value: 1}, value=pin_state(), else_=2)
    hot = case({likelihood.value: rank for rank, likelihood in enumerate(Likelihood)}, value=Customer.likelihood, else_=99)
    return [state, hot, Customer.name, Customer.id]  # type: ignore[list-item]


def _problem(customer: Customer, owner_name: str | None, state: str, reason: str) -> Problem:
    return Problem(
        customer_id=customer.id,
        version=customer.version,
        name=customer.name,
        likelihood=customer.likelihood,
        postal_code=customer.postal_code,
        address=customer.address,
        owner_name=owner_name or "",
        state=PinState(state),
        reason=reason,
        lat=customer.lat,
        lon=customer.lon,
        precision_m=customer.precision_m,
        matched=customer.matched,
        by_hand=customer.pinned_by_hand,
        retry_at=customer.locate_due_at if customer.locate_claim is None else None,
    )
