"""How likelihoods moved in a span: of each customer had, from what it was to what it became, by whom and after which visit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, and_, func, inspect, select, type_coerce
from sqlalchemy.orm import Session, aliased

from fieldsales.db.models import Customer, CustomerChange, OutcomeTemplate, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.reports import beginning_of
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import ChangeCause, Outcome
from fieldsales.services.team_scope import owned_customers, read_scope

MOST_LISTED = 500
Way = tuple[str, str]  # a customer's likelihood before and after, as it is stored
BY_LISTS = (ChangeCause.IMPORT, ChangeCause.CREATE, ChangeCause.MERGE)  # as in reports: `services.report_facts`


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
    ways, last_steps = _net_moves(session, owned_customers(actor, scope, team_filter), team_filter.span, zone)
    order = list(Likelihood)
    counts = {(Likelihood(was), Likelihood(became)): count for (was, became), count in Counter(ways.values()).items()}
    newest = [i for i in reversed(last_steps) if i in ways]
    lost = [i for i in newest if ways[i][1] == Likelihood.LOST][:MOST_LISTED]
    told = _tell(session, {last_steps[i]: ways[i] for i in (*newest[:MOST_LISTED], *lost)})
    return TeamMoves(
        counts=dict(sorted(counts.items(), key=lambda pair: (order.index(pair[0][0]), order.index(pair[0][1])))),
        moves=tuple(told[i] for i in newest[:MOST_LISTED] if i in told),
        lost=tuple(told[i] for i in lost if i in told),
    )


def _net_moves(session: Session, is_owned: ColumnElement[bool], span: Span, zone: ZoneInfo) -> tuple[dict[int, Way], dict[int, int]]:
    """Return of each customer that moved the two ends of its way, and of each the id of its last step, in the order of time.

    The steps are read from the index alone and put together here: a year of a large team are a hundred thousand, and both databases
    take longer over a window of each customer.
    """
    change = inspect(CustomerChange).local_table.c  # plain columns: their rows are read in half the time of an entity's
    before, after = (type_coerce(column, String) for column in (change.likelihood_before, change.likelihood_after))
    owned = select(Customer.id).where(is_owned)
    begins, ends_at = beginning_of(span.first, zone), beginning_of(span.last + timedelta(days=1), zone)
    steps = (
        select(change.customer_id, before, after, change.id)
        .where(change.likelihood_after.is_not(None), change.likelihood_before.is_not(None), change.cause.not_in(BY_LISTS))
        .where(change.changed_at >= begins, change.changed_at < ends_at)
        .where((change.customer_id + 0).in_(owned))  # the sum keeps SQLite to the index of moves, in the order of time
        .order_by(change.changed_at, change.id)
    )
    ends: dict[int, tuple[str, str]] = {}
    last_steps: dict[int, int] = {}
    for customer_id, was, became, change_id in session.execute(steps):
        known = ends.get(customer_id)
        if known is not None:
            del last_steps[customer_id]  # what comes again comes last
        ends[customer_id] = (was if known is None else known[0], became)
        last_steps[customer_id] = change_id
    return {i: way for i, way in ends.items() if way[0] != way[1]}, last_steps


def _tell(session: Session, ways: Mapping[int, Way]) -> dict[int, CustomerMove]:
    """Return, by customer, what is known of the last step of its way (`ways` by the id of that change).

    The note is of a visit that still counts.
    """
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
        .where(CustomerChange.id.in_(list(ways)))
    )
    told: dict[int, CustomerMove] = {}
    for change_id, customer_id, name, whose, amount, *known in session.execute(query):
        before, after = (Likelihood(word) for word in ways[change_id])
        told[customer_id] = CustomerMove(customer_id, name, whose, amount, before, after, *known)
    return told
