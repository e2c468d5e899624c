"""How likelihoods moved in a span: of each customer had, from what it was to what it became, by whom and after which visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from fieldsales.db.models import Customer, CustomerChange, OutcomeTemplate, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.reports import beginning_of
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import ChangeCause, Outcome
from fieldsales.services.team_scope import TeamScope, owned_customers, read_scope

MOST_LISTED = 500
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
    moves = _net_moves(actor, scope, team_filter, zone)
    counted = session.execute(select(moves.c.before, moves.c.after, func.count()).group_by(moves.c.before, moves.c.after))
    counts = {(before, after): count for before, after, count in counted}
    order = list(Likelihood)
    return TeamMoves(
        counts=dict(sorted(counts.items(), key=lambda pair: (order.index(pair[0][0]), order.index(pair[0][1])))),
        moves=tuple(_listed(session, moves)),
        lost=tuple(_listed(session, moves, moves.c.after == Likelihood.LOST)),
    )


def _net_moves(actor: User, scope: TeamScope, team_filter: TeamFilter, zone: ZoneInfo) -> CTE:
    """Return one row a customer that moved: what it was before the first step, after the last one, and which step that was."""
    begins = beginning_of(team_filter.span.first, zone)
    ends = beginning_of(team_filter.span.last + timedelta(days=1), zone)
    change = CustomerChange
    forwards, backwards = (change.changed_at, change.id), (change.changed_at.desc(), change.id.desc())
    before = func.first_value(change.likelihood_before, type_=change.likelihood_before.type).over(
        partition_by=change.customer_id, order_by=forwards
    )
    from_end = func.row_number().over(partition_by=change.customer_id, order_by=backwards)
    steps = (
        select(change.customer_id, change.id.label("change_id"), change.changed_at, change.likelihood_after.label("after"))
        .add_columns(before.label("before"), from_end.label("from_end"))
        .join(Customer, Customer.id == change.customer_id)
        .where(change.likelihood_after.is_not(None), change.likelihood_before.is_not(None))
        .where(change.changed_at >= begins, change.changed_at < ends, change.cause.not_in(BY_LISTS))
        .where(owned_customers(actor, scope, team_filter))
        .subquery()
    )
    return select(steps).where(steps.c.from_end == 1, steps.c.before != steps.c.after).cte("moves")


def _listed(session: Session, moves: CTE, *conditions: ColumnElement[bool]) -> Iterator[CustomerMove]:
    """Yield the newest moves with what is known of their last step; the note is of a visit that still counts."""
    owner, by = aliased(User), aliased(User)
    query = (
        select(moves.c.customer_id, Customer.name, func.coalesce(owner.name, ""), Customer.amount, moves.c.before, moves.c.after)
        .add_columns(moves.c.changed_at, func.coalesce(by.name, ""), Visit.id, Visit.outcome)
        .add_columns(func.coalesce(OutcomeTemplate.name, ""), func.coalesce(Visit.note, ""))
        .join(Customer, Customer.id == moves.c.customer_id)
        .join(CustomerChange, CustomerChange.id == moves.c.change_id)
        .outerjoin(owner, owner.id == Customer.owner_id)
        .outerjoin(by, by.id == CustomerChange.changed_by_id)
        .outerjoin(Visit, and_(Visit.id == CustomerChange.visit_id, Visit.deleted_at.is_(None)))
        .outerjoin(OutcomeTemplate, OutcomeTemplate.id == Visit.template_id)
        .where(*conditions)
        .order_by(moves.c.changed_at.desc(), moves.c.change_id.desc())
        .limit(MOST_LISTED)
    )
    for row in session.execute(query):
        yield CustomerMove(*row)
