"""What is open at the customers had, and what it is worth: amounts by likelihood, weighted by how often such deals are won.

It is the state of now, whatever the span of the filter.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import LOOKS, OPEN, Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.services.team.team_scope import owned_customers, read_scope


@dataclass(frozen=True, slots=True)
class PipelineRank:
    """The open deals of one likelihood: how many, what they come to in yen, and weighted; `unpriced` of them name no amount."""

    likelihood: Likelihood
    count: int
    amount: int
    weighted: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The open deals, the likeliest first: each rank is there, also with nothing in it."""

    ranks: tuple[PipelineRank, ...]

    @property
    def count(self) -> int:
        """How many deals are open."""
        return sum(rank.count for rank in self.ranks)

    @property
    def amount(self) -> int:
        """What they come to in yen."""
        return sum(rank.amount for rank in self.ranks)

    @property
    def weighted(self) -> int:
        """What is to be expected of them in yen."""
        return sum(rank.weighted for rank in self.ranks)

    @property
    def unpriced(self) -> int:
        """How many of them name no amount."""
        return sum(rank.unpriced for rank in self.ranks)


def read_pipeline(session: Session, actor: User, *, team_filter: TeamFilter) -> Pipeline:
    """Return what is open at the customers that the filter leaves.

    A weighted amount is the sum of a rank times the share of `domain.likelihood.LOOKS`, rounded to a yen.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    scope = read_scope(session, actor, team_filter=team_filter)
    amount = cast(func.coalesce(func.sum(Customer.amount), 0), BigInteger)
    query = (
        select(Customer.likelihood, func.count(), func.count(Customer.amount), amount)
        .where(owned_customers(actor, scope, team_filter), Customer.likelihood.in_(OPEN))
        .group_by(Customer.likelihood)
    )
    found = {likelihood: counts for likelihood, *counts in session.execute(query)}
    return Pipeline(tuple(_rank(likelihood, *found.get(likelihood, (0, 0, 0))) for likelihood in OPEN))


def _rank(likelihood: Likelihood, count: int, priced: int, amount: int) -> PipelineRank:
    share = LOOKS[likelihood].share
    return PipelineRank(likelihood, count, amount, round(amount * share) if share is not None else 0, count - priced)
