"""Decided deals, kept ready: telling half a million moves takes seconds, counting what was told takes a tenth of one.

A job tells the deals of customers that changed, and of all once a night, and keeps them as rows with the moment up to which they hold.
Whoever asks gets the rows of customers that have not changed since, and the deals of the others told on the spot: the answer is
always that of the moves themselves, kept rows or not. A change dated before that moment may have become visible after it, so what
changed within an hour before it is told on the spot too.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from fieldsales.db.id_lists import one_of
from fieldsales.db.models import Counter, Customer, KeptDeal
from fieldsales.domain.deals import Deal
from fieldsales.domain.likelihood import Likelihood
from fieldsales.services.honesty.deals import CustomerDeal, merged_ends, tell_deals

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
    session: Session,
    visible: ColumnElement[bool],
    asked: Sequence[ColumnElement[bool]] = (),
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Counts[DealKind]:
    """Return how many deals of each kind were decided from `since` to before `until`.

    `visible` (`access.visible_to`) speaks of owner and team of `Customer` alone, `asked` are further conditions on it. A record
    merged into another one counts when they admit the one that was kept.
    """
    anew = changed_since_kept(session)
    told = _told(session, and_(visible, *asked), anew, since=since, until=until)
    counts = Counts(DealKind(each.stated_by, each.deal.stated, each.deal.won) for each in told)
    if anew is None:
        return counts
    by = func.coalesce(KeptDeal.stated_by_id, KeptDeal.owner_id)
    query = select(by, KeptDeal.stated, KeptDeal.won, func.count()).where(*_decided(since, until), _of_deal(visible))
    query = query.where(~one_of(session, KeptDeal.customer_id, anew)) if anew else query
    query = query.where(KeptDeal.customer_id.in_(select(Customer.id).where(*asked))) if asked else query
    for person_id, stated, won, count in session.execute(query.group_by(by, KeptDeal.stated, KeptDeal.won)):
        counts[DealKind(person_id, stated, won)] += count
    return counts


def read_deals(
    session: Session,
    customers: ColumnElement[bool],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    newest: int | None = None,
) -> list[CustomerDeal]:
    """Return the deals themselves, or the `newest` of them, in the order of their decision; `customers` as in `tell_deals`."""
    anew = changed_since_kept(session)
    found = _told(session, customers, anew, since=since, until=until)
    if anew is not None:
        kept = KeptDeal
        query = (
            select(kept.customer_id, kept.begun_at, kept.stated, kept.stated_at, kept.stated_by_id, kept.won, kept.decided_at)
            .add_columns(kept.owner_id, kept.team_id)
            .join(Customer, kept.customer_id == Customer.id)
            .where(*_decided(since, until), customers)
            .order_by(kept.decided_at.desc(), kept.customer_id.desc())
            .limit(newest)
        )
        for *deal, owner_id, team_id in session.execute(query.where(~one_of(session, kept.customer_id, anew)) if anew else query):
            found.append(CustomerDeal(Deal(*deal), owner_id, team_id))
    found.sort(key=lambda each: (each.deal.decided_at, each.customer_id))
    return found if newest is None else found[-newest:]


def last_customer_id(session: Session) -> int:
    """Return the highest number of a customer, 0 when there are none."""
    return session.scalar(select(func.max(Customer.id))) or 0


def keep_portion(session: Session, *, first_id: int, last_id: int) -> int:
    """Tell the deals of the customers with numbers from one to the other, keep them, and return how many there are."""
    return _replace(session, Customer.id.between(first_id, last_id))


def keep_anew(session: Session, *, customer_ids: Sequence[int]) -> int:
    """Do so for some customers, at most `PORTION`."""
    return _replace(session, Customer.id.in_(customer_ids))


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
            "owner_id": each.owner_id,
            "team_id": each.team_id,
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


def changed_since_kept(session: Session) -> list[int] | None:
    """Return the customers whose kept deals may not hold any more; None when nothing is kept, so that all are to be told first."""
    kept_to = session.scalar(select(Counter.value).where(Counter.name == _KEPT_TO))
    if not kept_to:
        return None
    since = datetime.fromtimestamp(kept_to, UTC) - OVERLAP
    changed = session.execute(select(Customer.id, Customer.merged_into_id).where(Customer.changed_at >= since)).all()
    ends = merged_ends(session, [customer_id for customer_id, merged_into in changed if merged_into is not None])
    return sorted({customer_id for customer_id, _ in changed} | ends)


def _told(
    session: Session, customers: ColumnElement[bool], anew: list[int] | None, *, since: datetime | None, until: datetime | None
) -> list[CustomerDeal]:
    """Return what is to be told on the spot: everything when nothing is kept."""
    if anew is None:
        return tell_deals(session, customers, since=since, until=until)
    return [
        deal
        for first in range(0, len(anew), PORTION)
        for deal in tell_deals(session, and_(Customer.id.in_(anew[first : first + PORTION]), customers), since=since, until=until)
    ]


def _of_deal(visible: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition on a customer's owner and team as one on what is kept of them with the deal: the same rule, not a copy."""
    columns = {Customer.__table__.c[name]: KeptDeal.__table__.c[name] for name in ("owner_id", "team_id")}
    return visitors.replacement_traverse(visible, {}, lambda element, **_: columns.get(element))


def _decided(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = []
    if since is not None:
        parts.append(KeptDeal.decided_at >= since)
    if until is not None:
        parts.append(KeptDeal.decided_at < until)
    return parts
