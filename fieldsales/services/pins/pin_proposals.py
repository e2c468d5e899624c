"""“Move the pin here?”: what check-ins suggest about a pin. Nothing moves unless a person says so."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Customer, CustomerChange, User
from fieldsales.domain.check_in import Position
from fieldsales.domain.pin_proposal import ACCURATE_M, MIN_CHECK_INS, ProposedPlace, propose_place
from fieldsales.domain.words import ChangeCause
from fieldsales.errors import N_, Conflict
from fieldsales.services.access import find_customer
from fieldsales.services.customers.customers import change_of, open_for_change, place_pin
from fieldsales.services.visits.check_ins import pin_of

CONSIDERED = 100
_ADDRESS = frozenset({"address", "postal_code"})


class ProposalGone(Conflict):
    code = "proposal_gone"
    message = N_("The pin has been moved or confirmed in the meantime; nothing was changed.")


def propose_pin(session: Session, actor: User, *, customer_id: int, zone: tzinfo) -> ProposedPlace | None:
    """Return where check-ins say that a customer's pin belongs, None when they do not.

    Counted are exact positions taken since the address last changed and since somebody last said that the pin is right.

    Raises:
        CustomerNotFound.
    """
    return _propose(session, find_customer(session, actor, customer_id), zone)


def accept_proposal(session: Session, actor: User, *, customer_id: int, zone: tzinfo, now: datetime) -> int:
    """Put the pin where the check-ins say and return the id of the change, for `restore_change` to take it back.

    Raises:
        CustomerNotFound. ProposalGone: there is nothing to propose any more.
    """
    customer = open_for_change(session, actor, customer_id)
    proposed = _propose(session, customer, zone)
    if proposed is None:
        raise ProposalGone()
    place_pin(session, actor, customer_id=customer_id, lat=proposed.lat, lon=proposed.lon, now=now)
    newest = select(CustomerChange.id).where(CustomerChange.customer_id == customer.id).order_by(CustomerChange.id.desc()).limit(1)
    return session.scalars(newest).one()


def confirm_pin(session: Session, actor: User, *, customer_id: int, now: datetime) -> None:
    """Keep that the pin is right where it is, whatever the check-ins until now suggest.

    Raises:
        CustomerNotFound.
    """
    customer = open_for_change(session, actor, customer_id)
    change = change_of(actor, customer.id, ChangeCause.PIN, {"pin_confirmed_at": (customer.pin_confirmed_at, now)}, now=now)
    customer.pin_confirmed_at = customer.changed_at = now
    session.add(change)
    session.flush()


def _propose(session: Session, customer: Customer, zone: tzinfo) -> ProposedPlace | None:
    exact = select(CheckIn).where(CheckIn.customer_id == customer.id, CheckIn.coarsened_at.is_(None), CheckIn.accuracy_m <= ACCURATE_M)
    if customer.pin_confirmed_at is not None:
        exact = exact.where(CheckIn.checked_in_at > customer.pin_confirmed_at)
    found = session.scalars(exact.order_by(CheckIn.checked_in_at.desc(), CheckIn.id.desc()).limit(CONSIDERED)).all()
    best: dict[tuple[int, date], Position] = {}
    for row in found:
        if row.lat is None or row.lon is None or row.accuracy_m is None:
            continue
        key = (row.user_id, row.checked_in_at.astimezone(zone).date())
        if key not in best or row.accuracy_m < best[key].accuracy_m:
            best[key] = Position(row.lat, row.lon, row.accuracy_m, row.checked_in_at)
    if len(best) < MIN_CHECK_INS:
        return None
    moved_at = _address_changed_at(session, customer.id)
    still = [position for position in best.values() if moved_at is None or position.taken_at > moved_at]
    return propose_place(still, pin_of(customer))


def _address_changed_at(session: Session, customer_id: int) -> datetime | None:
    """Return when the address last became another one; what was checked in before belongs to the former."""
    changes = select(CustomerChange.changed_at, CustomerChange.after).where(CustomerChange.customer_id == customer_id)
    return next((at for at, after in session.execute(changes.order_by(CustomerChange.id.desc())) if _ADDRESS & after.keys()), None)
