"""What visiting a customer on a planned day is worth: the formula of `domain.planning.worth`, asked about a customer's row."""

from __future__ import annotations

import math
from datetime import timedelta

from fieldsales.domain.cadence import DueRule, faded
from fieldsales.domain.planning.facts import Facts
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.domain.planning.worth import Timing, Worth, WorthInput, worth_of
from fieldsales.services.planning.plan_facts import CustomerFacts

_DAY = timedelta(days=1)


def worth_on(customer: CustomerFacts, rule: DueRule, options: PlanningOptions) -> Worth:
    """Return what visiting a customer is worth on the rule's day."""
    timing = timing_on(customer, rule)
    seen_on = rule.today - timedelta(days=timing.days_unseen)
    share = faded(customer.likelihood, seen_on, rule.today, rule.options)
    return worth_of(WorthInput(customer.likelihood, customer.amount, timing, share), options)


def timing_on(customer: CustomerFacts, rule: DueRule) -> Timing:
    """Return when a customer was and is to be seen, as of the rule's day; days are counted as `DueRule` counts them."""
    unseen = max(0, math.ceil((rule.day_began - customer.seen_at) / _DAY))
    late = 0 if customer.next_on is None else (rule.today - customer.next_on).days
    return Timing(unseen, customer.cadence_days, not customer.visited, customer.next_on, late)


def facts_for(customer: CustomerFacts, rule: DueRule, *, is_appointment: bool, is_locked: bool) -> Facts:
    """Return what explaining a plan needs to know about a customer."""
    return Facts(customer.name, timing_on(customer, rule), is_appointment, is_locked)
