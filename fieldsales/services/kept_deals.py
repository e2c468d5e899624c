"""Decided deals, kept ready: telling half a million moves takes seconds, counting what was told takes a tenth of one.

A job tells the deals of customers that changed, and of all once a night, and keeps them as rows with the moment up to which they hold.
Whoever asks gets the rows of customers that have not changed since, and the deals of the others told on the spot: the answer is
always that of the moves themselves, kept rows or not. A change dated before that moment may have become visible after it, so what
changed within an hour before it is told on the spot too.
"""

from __future__ import annotations

from collections import Counter as Counts
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, insert, not_, or_, select, true
from sqlalchemy.orm import Session

from fieldsales.db.models import Counter, Customer, KeptDeal
from fieldsales.domain.deals import Deal
from fieldsales.domain.likelihood import Likelihood
from fieldsales.services.deals import CustomerDeal, merged_ends, tell_deals

OVERLAP = timedelta(hours=1)  # longer than an import of everything holds its transaction
PORTION = 2_000  # customers told in one transaction
_KEPT_TO = "deals_kept_to"


@dataclass(frozen=True, slots=True)
class DealKind:
    """What deals are counted by: who answers for the rank, the rank, and whether it was won."""

    stated_by: int | None
    stated: Likelihood | None
    won: bool


def count_deals(
    session: Session, customers: ColumnElement[bool], *, since: datetime | None = None, until: datetime | None = None
) -> Counts[DealKind]:
    """Return how many deals of each kind were decided from `since` to before `until`; `customers` as in `tell_deals`."""
    anew = _changed_since_kept(session)
    told = tell_deals(session, customers if anew is None else and_(customers, anew), since=since, until=until)
    counts = Counts(DealKind(each.stated_by, each.deal.stated, each.deal.won) for each in told)
    if anew is None:
        return counts
    kept = and_(true(), *_decided(since, until))
    ours = KeptDeal.customer_id.in_(select(Customer.id).where(customers, not_(anew)))
    what = (KeptDeal.stated, KeptDeal.won)
    named = select(KeptDeal.stated_by_id, *what, func.count()).where(kept, ours, KeptDeal.stated_by_id.is_not(None))
    nobodys = select(Customer.owner_id, *what, func.count()).join(KeptDeal, KeptDeal.customer_id == Customer.id)
    nobodys = nobodys.where(kept, KeptDeal.stated_by_id.is_(None), customers, not_(anew))
    for query in (named.group_by(KeptDeal.stated_by_id, *what), nobodys.group_by(Customer.owner_id, *what)):
        for person_id, stated, won, count in session.execute(query):
            counts[DealKind(person_id, stated, won)] += count
    return counts


def read_deals(
    session: Session, customers: ColumnElement[bool], *, since: datetime | None = None, until: datetime | None = None
) -> list[CustomerDeal]:
    """Return the deals themselves, in the order of their decision."""
    anew = _changed_since_kept(session)
    found = tell_deals(session, customers if anew is None else and_(customers, anew), since=since, until=until)
    if anew is not None:
        query = select(KeptDeal, Customer.owner_id).join(Customer, KeptDeal.customer_id == Customer.id)
        for row, owner_id in session.execute(query.where(*_decided(since, until), customers, not_(anew))):
            deal = Deal(row.customer_id, row.begun_at, row.stated, row.stated_at, row.stated_by_id, row.won, row.decided_at)
            found.append(CustomerDeal(deal, owner_id))
    return sorted(found, key=lambda each: (each.deal.decided_at, each.customer_id))


def last_customer_id(session: Session) -> int:
    """Return the highest number of a customer, 0 when there are none."""
    return session.scalar(select(func.max(Customer.id))) or 0


def keep_portion(session: Session, *, first_id: int, last_id: int) -> int:
    """Tell the deals of the customers with numbers from one to the other, keep them, and return how many there are."""
    return _replace(session, Customer.id.between(first_id, last_id))


def keep_changed(session: Session) -> int | None:
    """Do so for all customers that changed since; None when nothing was kept so far, so that all are to be told first."""
    anew = _changed_since_kept(session)
    return None if anew is None else _replace(session, anew)


def holds_to(session: Session, moment: datetime) -> None:
    """Say that what is kept was told of everything that was to be seen at `moment`."""
    kept_to = _locked(session)
    kept_to.value = max(kept_to.value, int(moment.timestamp()))
    session.flush()


def _replace(session: Session, wanted: ColumnElement[bool]) -> int:
    _locked(session)  # two processes that tell the same customers would keep their deals twice
    told_before = KeptDeal.customer_id.in_(select(Customer.id).where(wanted))
    session.execute(delete(KeptDeal).where(told_before), execution_options={"synchronize_session": False})
    rows = [
        {
            "customer_id": each.customer_id,
            "begun_at": each.deal.begun_at,
            "stated": each.deal.stated,
            "stated_at": each.deal.stated_at,
            "stated_by_id": each.deal.stated_by,
            "won": each.deal.won,
            "decided_at": each.deal.decided_at,
        }
        for each in tell_deals(session, wanted)
    ]
    if rows:
        session.execute(insert(KeptDeal), rows)
    return len(rows)


def _locked(session: Session) -> Counter:
    found = session.get(Counter, _KEPT_TO, with_for_update=True)
    if found is None:
        found = Counter(name=_KEPT_TO, value=0)
        session.add(found)
        session.flush()
    return found


def _changed_since_kept(session: Session) -> ColumnElement[bool] | None:
    """Return the condition on customers whose kept deals may not hold any more, None when nothing is kept."""
    kept_to = session.scalar(select(Counter.value).where(Counter.name == _KEPT_TO))
    if not kept_to:
        return None
    since = datetime.fromtimestamp(kept_to, UTC) - OVERLAP
    touched = select(Customer.id).where(Customer.merged_into_id.is_not(None), Customer.changed_at >= since)
    ends = merged_ends(session, list(session.scalars(touched)))
    return or_(Customer.changed_at >= since, Customer.id.in_(sorted(ends))) if ends else Customer.changed_at >= since


def _decided(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = []
    if since is not None:
        parts.append(KeptDeal.decided_at >= since)
    if until is not None:
        parts.append(KeptDeal.decided_at < until)
    return parts
