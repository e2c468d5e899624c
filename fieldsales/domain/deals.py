"""Deals as the moves of a customer's likelihood tell them: when one began, what it was ranked before the decision, how it ended.

A deal is open from the day the customer was added, or was opened again after a decision, until it is won or lost. Its *stated
rank* is the one that held 30 days before the decision, or the first one given to a younger deal: what is said on the eve of the
order foretells nothing. A decision taken back within a day, or restored away at any time, never happened. What a list or a merge
says was decided elsewhere and at another time: it ends the deal and counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fieldsales.domain.likelihood import OPEN, Likelihood
from fieldsales.domain.words import ChangeCause

FORESIGHT_DAYS = 30
SETTLED_AFTER_HOURS = 24
BY_OTHERS = frozenset((ChangeCause.IMPORT, ChangeCause.CREATE, ChangeCause.MERGE))  # nobody's judgement of that moment
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORESIGHT = timedelta(days=FORESIGHT_DAYS) // _MICROSECOND
_SETTLED = timedelta(hours=SETTLED_AFTER_HOURS) // _MICROSECOND
_OPEN = frozenset(OPEN)
_DECIDED = frozenset((Likelihood.WON, Likelihood.LOST))


class Move(NamedTuple):
    """One change of a customer's likelihood; `at` is microseconds since 1970, `by` whose act it was, None for nobody's."""

    at: int
    before: str
    after: str
    cause: str
    by: int | None


class _Stated(NamedTuple):
    at: int
    rank: str
    by: int | None
    cause: str


@dataclass(frozen=True, slots=True)
class Deal:
    """One decided deal.

    `stated` is its rank as it was stated, None when it never had one; `stated_at` is the moment that rank is judged at (30 days
    before `decided_at`, or when it was given), `stated_by` who gave it, None when nobody in particular did.
    """

    customer_id: int
    begun_at: datetime
    stated: Likelihood | None
    stated_at: datetime
    stated_by: int | None
    won: bool
    decided_at: datetime


def to_micros(moment: datetime) -> int:
    """Return a moment as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def to_moment(micros: int) -> datetime:
    """Return microseconds since 1970 as a moment in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def deals_of(customer_id: int, *, created: int, moves: Sequence[Move]) -> list[Deal]:
    """Return the decided deals of one customer, oldest first; `moves` are all of its moves in order, `created` is in microseconds."""
    deals: list[Deal] = []
    said: list[_Stated] = []  # within the deal that is open
    decided = False
    for state in _standing(created, moves):
        if state.rank not in _DECIDED:
            if decided:
                said, decided = [], False
            said.append(state)
            continue
        if not decided and said and state.cause not in BY_OTHERS:
            deals.append(_deal(customer_id, said, state))
        decided = True
    return deals


def open_since(*, created: int, moves: Sequence[Move]) -> int | None:
    """Return since when a customer's present deal has been open, in microseconds; None while it is decided."""
    since: int | None = None
    for state in _standing(created, moves) if moves else [_Stated(created, Likelihood.UNRATED, None, ChangeCause.CREATE)]:
        since = None if state.rank in _DECIDED else since if since is not None else state.at
    return since


def once_each(deals: Iterable[Deal]) -> list[Deal]:
    """Return the deals of records that turned out to be one customer; of those decided within 30 days of each other, the first."""
    kept: list[Deal] = []
    for deal in sorted(deals, key=lambda deal: (deal.decided_at, deal.customer_id)):
        if not kept or deal.decided_at - kept[-1].decided_at > timedelta(days=FORESIGHT_DAYS):
            kept.append(deal)
    return kept


def _standing(created: int, moves: Sequence[Move]) -> list[_Stated]:
    """Return what the likelihood was from when on, without decisions that were taken back."""
    states = [_Stated(created, moves[0].before, None, ChangeCause.CREATE)]
    for move in moves:
        last = states[-1]
        if last.rank in _DECIDED and len(states) > 1 and (move.cause == ChangeCause.RESTORE or move.at - last.at < _SETTLED):
            states.pop()
        if states[-1].rank != move.after:
            states.append(_Stated(move.at, move.after, move.by, move.cause))
    return states


def _deal(customer_id: int, said: Sequence[_Stated], decision: _Stated) -> Deal:
    eve = decision.at - _FORESIGHT
    held = next((state for state in reversed(said) if state.at <= eve), None)
    given: _Stated | None  # which rank, None when there was none to judge, or it had been withdrawn
    if held is not None and held.rank in _OPEN:
        given, at = held, eve
    else:
        given = next((state for state in said if state.at > eve and state.rank in _OPEN), None)
        at = given.at if given is not None else said[0].at
    return Deal(
        customer_id=customer_id,
        begun_at=to_moment(said[0].at),
        stated=Likelihood(given.rank) if given is not None else None,
        stated_at=to_moment(at),
        stated_by=given.by if given is not None and given.cause not in BY_OTHERS else None,
        won=decision.rank == Likelihood.WON,
        decided_at=to_moment(decision.at),
    )
