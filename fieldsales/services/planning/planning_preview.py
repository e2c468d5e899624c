"""What other planning options would change: the customers most worth a visit today, as it is set and as it would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.domain.planning.worth import Worth
from fieldsales.services.access import visible_customers
from fieldsales.services.customers import due
from fieldsales.services.planning.plan_facts import CustomerFacts, find_facts
from fieldsales.services.planning.plan_worth import worth_on
from fieldsales.services.planning.planning_options import check_planning_options

SHOWN = 20
SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer in both orders; ranks count from 1 among the sample."""

    customer_id: int
    name: str
    likelihood: Likelihood
    rank_before: int
    rank_after: int
    before: Worth
    after: Worth

    @property
    def moved(self) -> int:
        """How many places it rose; less than 0 when it fell."""
        return self.rank_before - self.rank_after


@dataclass(frozen=True, slots=True)
class Preview:
    """Who leads either order, in the new one; `sampled` of the `total` customers were compared."""

    standings: tuple[Standing, ...]
    sampled: int
    total: int


def preview_options(
    session: Session, actor: User, *, present: PlanningOptions, changed: PlanningOptions, today: date, zone: tzinfo
) -> Preview:
    """Return the customers that `actor` sees who are among the first `SHOWN` by either options.

    Of more than `SAMPLE` customers every n-th is compared.

    Raises:
        BadNumber, UrgencyOutOfOrder: as `check_planning_options`, of the changed ones.
    """
    check_planning_options(changed)
    rule = due.read_rule(session, today=today, zone=zone)
    seen = visible_customers(actor).where(due.has_rhythm(rule))
    total = session.scalar(seen.with_only_columns(func.count(Customer.id))) or 0
    newest = session.scalar(select(func.max(Customer.id))) or 0
    step = max(1, -(-newest // SAMPLE)) if total > SAMPLE else 1
    facts = find_facts(session, seen.where(Customer.id % step == 0).order_by(Customer.id), rule)
    before = {customer.id: worth_on(customer, rule, present) for customer in facts}
    after = {customer.id: worth_on(customer, rule, changed) for customer in facts}
    ranks_before, ranks_after = _ranks(facts, before), _ranks(facts, after)
    leading = [c for c in facts if min(ranks_before[c.id], ranks_after[c.id]) <= SHOWN]
    standings = [
        Standing(c.id, c.name, c.likelihood, ranks_before[c.id], ranks_after[c.id], before[c.id], after[c.id])
        for c in sorted(leading, key=lambda c: ranks_after[c.id])
    ]
    return Preview(tuple(standings), len(facts), total)


def _ranks(facts: Sequence[CustomerFacts], worth: dict[int, Worth]) -> dict[int, int]:
    order = sorted(facts, key=lambda customer: (-worth[customer.id].value, customer.id))
    return {customer.id: rank for rank, customer in enumerate(order, 1)}
