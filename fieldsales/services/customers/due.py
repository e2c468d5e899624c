"""Who is due: the one condition behind today, list and map.

A date that was agreed comes first: once it has passed the customer is overdue, on its day it is due, and while it is still to
come the customer's rhythm cannot make it overdue. Without one, or before it, the rhythm speaks: due at 70 %, overdue at 100 %
of the interval since the last visit. Customers not to be visited, archived or merged into another have no rhythm.
`services.map.map_selection` says the same of the map's columns; a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from fieldsales.db.base import UtcDateTime
from fieldsales.db.models import Customer
from fieldsales.domain.cadence import DUE_TENTHS, DueRule, DueState, due_after_days
from fieldsales.domain.likelihood import Likelihood
from fieldsales.services.options import read_options


def read_rule(session: Session, *, today: date, zone: tzinfo) -> DueRule:
    """Return what decides who is due on the day `today` in `zone`."""
    return DueRule.on(today, zone, read_options(session))


def last_seen() -> ColumnElement[datetime]:
    """Return when a customer was visited last; one never visited counts from when it was entered."""
    return func.coalesce(Customer.last_visited_at, Customer.created_at)


def has_rhythm(rule: DueRule) -> ColumnElement[bool]:
    """Return the condition for customers that a rhythm may apply to at all."""
    barred = and_(Customer.do_not_visit, or_(Customer.do_not_visit_until.is_(None), Customer.do_not_visit_until >= rule.today))
    # IS TRUE keeps SQLite from the index of merged customers, by which it would find all the others first.
    unmerged = Customer.merged_into_id.is_(None).is_(true())
    return and_(Customer.archived_at.is_(None), unmerged, not_(barred))


def overdue_by_rank(rule: DueRule) -> Sequence[ColumnElement[bool]]:
    """Return `overdue_by_cadence` for those who follow their rank, one condition a rank, each quick to find by its index."""
    return [and_(has_rhythm(rule), part) for part in _by_rank(rule, int)]


def overdue_by_own(rule: DueRule) -> ColumnElement[bool]:
    """Return `overdue_by_cadence` for those with an interval of their own, quick to find by its index."""
    return and_(has_rhythm(rule), _by_own(rule, Customer.cadence_days))


def due_by_cadence(rule: DueRule) -> ColumnElement[bool]:
    """Return the condition for customers unseen for 70 % of their interval or more."""
    own = (Customer.cadence_days * DUE_TENTHS + 9) // 10
    return and_(has_rhythm(rule), or_(*_by_rank(rule, due_after_days), _by_own(rule, own)))


def overdue_by_cadence(rule: DueRule) -> ColumnElement[bool]:
    """Return the condition for customers unseen for their whole interval or longer."""
    return and_(has_rhythm(rule), or_(*_by_rank(rule, int), _by_own(rule, Customer.cadence_days)))


def due_by_own(rule: DueRule) -> ColumnElement[bool]:
    """Return `due_by_cadence` for those with an interval of their own, quick to find by its index."""
    return and_(has_rhythm(rule), _by_own(rule, (Customer.cadence_days * DUE_TENTHS + 9) // 10))


def fading(rule: DueRule, likelihoods: Iterable[Likelihood]) -> ColumnElement[bool]:
    """Return the condition for customers of these likelihoods unseen for their half-life or longer."""
    half_lives = rule.options.half_life_days
    parts = [
        and_(Customer.likelihood == likelihood, last_seen() < rule.unseen_since(half_lives[likelihood]))
        for likelihood in likelihoods
        if half_lives.get(likelihood, 0) > 0
    ]
    return or_(*parts) if parts else false()


def due_condition(rule: DueRule, states: Iterable[DueState]) -> ColumnElement[bool]:
    """Return the condition for customers in one of `states`."""
    wanted = frozenset(states)
    next_on = Customer.next_on
    overdue = or_(next_on < rule.today, and_(next_on.is_(None), overdue_by_cadence(rule)))
    at_least_due = or_(next_on <= rule.today, due_by_cadence(rule))
    parts: list[ColumnElement[bool]] = []
    if DueState.OVERDUE in wanted:
        parts.append(overdue)
    if DueState.DUE in wanted:
        due = or_(next_on >= rule.today, and_(next_on.is_(None), not_(overdue_by_cadence(rule))))
        parts.append(and_(at_least_due, due))
    if DueState.NONE in wanted:
        parts.append(and_(or_(next_on.is_(None), next_on > rule.today), not_(due_by_cadence(rule))))
    return or_(false(), *parts)


def _by_rank(rule: DueRule, after: Callable[[int], int]) -> list[ColumnElement[bool]]:
    return [
        and_(Customer.cadence_days.is_(None), Customer.likelihood == likelihood, last_seen() < rule.unseen_since(after(days)))
        for likelihood, days in rule.options.cadence_days.items()
        if days > 0
    ]


def _by_own(rule: DueRule, days: ColumnElement[int] | Any) -> ColumnElement[bool]:
    # Said apart, so that the whole is false, not unknown, for those who follow their rank.
    own = and_(Customer.cadence_days.is_not(None), Customer.cadence_days > 0)
    return and_(own, last_seen() < days_before(rule.unseen_since(0), days))


class days_before(GenericFunction[datetime]):
    """`days_before(moment, days)`: that many times 24 hours earlier, whatever the database calls it."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(days_before, "sqlite")
def _on_sqlite(element: days_before, compiler: SQLCompiler, **options: Any) -> str:
    moment, days = (compiler.process(clause, **options) for clause in element.clauses)
    # As SQLite keeps moments: text with microseconds, compared as text.
    return f"(datetime({moment}, '-' || ({days}) || ' days') || '.000000')"


@compiles(days_before, "postgresql")
def _on_postgresql(element: days_before, compiler: SQLCompiler, **options: Any) -> str:
    moment, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({moment} - ({days}) * interval '24 hours')"
