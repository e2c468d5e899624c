"""How likelihoods moved in a span: of each customer had, from what it was to what it became, by whom and after which visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from fieldsales.db.models import Customer, CustomerChange, OutcomeTemplate, User, Visit
from fieldsales.db.number_rows import read_numbers
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.reports import beginning_of
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import ChangeCause, Outcome
from fieldsales.services.team.team_scope import owned_customers, read_scope

MOST_LISTED = 500
_ORDER = tuple(Likelihood)
BY_LISTS = (ChangeCause.IMPORT, ChangeCause.CREATE, ChangeCause.MERGE)  # as in reports: `services.reports.report_facts`


@dataclass(frozen=True, slots=True)
class CustomerMove:
    """One customer's way in the span; `outcome`, `word` (the team's own for it) and `note` are of the visit that caused the last step.

    `owner` is whose customer it is now, `by` who took the last step, empty when nobody is known; `amount` in yen.
    """

    customer_id: int
    customer: str
    owner: str
    amount: int | None
    before: Likelihood
    after: Likelihood
    moved_at: datetime
    by: str
    visit_id: int | None
    outcome: Outcome | None
    word: str
    note: str


@dataclass(frozen=True, slots=True)
class TeamMoves:
    """`counts` of all moves as (before, after) → how many; `moves` lists the newest first, at most `MOST_LISTED`, `lost` those to lost."""

    counts: Mapping[tuple[Likelihood, Likelihood], int]
    moves: tuple[CustomerMove, ...]
    lost: tuple[CustomerMove, ...]

    @property
    def total(self) -> int:
        """How many customers moved."""
        return sum(self.counts.values())


def read_moves(session: Session, actor: User, *, team_filter: TeamFilter, zone: ZoneInfo) -> TeamMoves:
    """Return how the likelihoods of the customers that the filter leaves moved in its span, in days of `zone`.

    From what it was before the first step to what it is after the last one; there and back again is no move. What lists and merges
    set is no step: no conversation did it.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    scope = read_scope(session, actor, team_filter=team_filter)
    ways = _net_ways(session, owned_customers(actor, scope, team_filter), team_filter.span, zone)
    kinds, counts = np.unique(ways[:, 0] * len(_ORDER) + ways[:, 1], return_counts=True)
    lost = ways[ways[:, 1] == _ORDER.index(Likelihood.LOST)][:MOST_LISTED]
    told = _tell(session, np.concatenate([ways[:MOST_LISTED], lost]))
    return TeamMoves(
        counts={
            (_ORDER[kind // len(_ORDER)], _ORDER[kind % len(_ORDER)]): count
            for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True)
        },
        moves=tuple(told[i] for i in ways[:MOST_LISTED, 2].tolist() if i in told),
        lost=tuple(told[i] for i in lost[:, 2].tolist() if i in told),
    )


def _net_ways(session: Session, is_owned: ColumnElement[bool], span: Span, zone: ZoneInfo) -> NDArray[np.int64]:
    """Return of each customer that moved the two ends of its way (numbers in `_ORDER`) and the id of its last step, the newest first.

    The steps are read from the index alone and put together here: a year of a large team are a hundred thousand, and both databases
    take longer over a window of each customer.
    """
    change = CustomerChange
    begins, ends_at = beginning_of(span.first, zone), beginning_of(span.last + timedelta(days=1), zone)
    kinds = len(_ORDER)
    packed = (change.customer_id * kinds + _number(change.likelihood_before)) * kinds + _number(change.likelihood_after)  # half the text
    steps = (
        select(packed, change.id)
        .where(change.likelihood_after.is_not(None), change.likelihood_before.is_not(None), change.cause.not_in(BY_LISTS))
        .where(change.changed_at >= begins, change.changed_at < ends_at)
        .order_by(change.changed_at, change.id)
    )
    read, change_ids = read_numbers(session, steps).T
    customers, was, became = read // kinds**2, read // kinds % kinds, read % kinds
    owned = read_numbers(session, select(Customer.id).where(is_owned))[:, 0]
    places = np.arange(len(customers))
    first, last = np.zeros((2, 1 + max(customers.max(initial=0), owned.max(initial=0))), np.int64)
    first[customers[::-1]] = places[::-1]  # of a customer's several places the one written last remains
    last[customers] = places
    moved = np.intersect1d(customers, owned)
    moved = moved[was[first[moved]] != became[last[moved]]]
    newest = moved[np.argsort(-last[moved])]
    return np.stack([was[first[newest]], became[last[newest]], change_ids[last[newest]]], axis=1)


def _number(likelihood: InstrumentedAttribute[Likelihood | None]) -> ColumnElement[int]:
    """Return where a likelihood stands in `_ORDER`."""
    return case({word: number for number, word in enumerate(_ORDER)}, value=likelihood)


def _tell(session: Session, ways: NDArray[np.int64]) -> dict[int, CustomerMove]:
    """Return, by the id of its last step, what is known of each way.

    The note is of a visit that still counts.
    """
    ends = {change_id: (_ORDER[was], _ORDER[became]) for was, became, change_id in ways.tolist()}
    owner, by = aliased(User), aliased(User)
    query = (
        select(CustomerChange.id, CustomerChange.customer_id, Customer.name, func.coalesce(owner.name, ""), Customer.amount)
        .add_columns(CustomerChange.changed_at, func.coalesce(by.name, ""), Visit.id, Visit.outcome)
        .add_columns(func.coalesce(OutcomeTemplate.name, ""), func.coalesce(Visit.note, ""))
        .join(Customer, Customer.id == CustomerChange.customer_id)
        .outerjoin(owner, owner.id == Customer.owner_id)
        .outerjoin(by, by.id == CustomerChange.changed_by_id)
        .outerjoin(Visit, and_(Visit.id == CustomerChange.visit_id, Visit.deleted_at.is_(None)))
        .outerjoin(OutcomeTemplate, OutcomeTemplate.id == Visit.template_id)
        .where(CustomerChange.id.in_(ends))
    )
    told: dict[int, CustomerMove] = {}
    for change_id, customer_id, name, whose, amount, *known in session.execute(query):
        told[change_id] = CustomerMove(customer_id, name, whose, amount, *ends[change_id], *known)
    return told
