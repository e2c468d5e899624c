"""What a rep has said of a visit so far: kept as a draft, completed by suggestions, merged when two devices speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from fieldsales.domain import follow_up
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, VisitKind

# A draft that is taken up again after this long belongs to the moment it was begun, not to now.
STALE_AFTER = timedelta(hours=1)


class Next(StrEnum):
    """The next dates offered; `KEEP` leaves the date that was agreed before, `NONE` says there is to be none."""

    KEEP = "keep"
    TOMORROW = "tomorrow"
    WEEK = "week"
    MONTH = "month"
    CADENCE = "cadence"
    DAY = "day"
    NONE = "none"


class When(StrEnum):
    """When the visit was: now, when its draft was begun, at a time of today, or at any moment."""

    NOW = "now"
    BEGUN = "begun"
    TODAY = "today"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitAnswers:
    """What has been said by hand; None (or empty) is what nobody has touched, so that suggestions may speak for it.

    `next_on` is the date that `next` meant when it was chosen. `visited_on` and `visited_time` are the rep's wall clock.
    """

    kind: VisitKind | None = None
    template_id: int | None = None
    outcome: Outcome | None = None
    likelihood: Likelihood | None = None
    next: Next | None = None
    next_on: date | None = None
    next_time: time | None = None
    next_action: str = ""
    when: When | None = None
    visited_on: date | None = None
    visited_time: time | None = None
    note: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to keep: which kind of visit was opened alone is no answer yet."""
        return replace(self, kind=None) == VisitAnswers()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is taken for granted unless the rep says otherwise."""

    likelihood: Likelihood
    next: Next
    next_on: date | None


_READERS: dict[str, Any] = {
    "kind": VisitKind,
    "template_id": int,
    "outcome": Outcome,
    "likelihood": Likelihood,
    "next": Next,
    "next_on": date.fromisoformat,
    "next_time": time.fromisoformat,
    "next_action": str,
    "when": When,
    "visited_on": date.fromisoformat,
    "visited_time": time.fromisoformat,
    "note": str,
    "custom": lambda values: {str(name): str(value) for name, value in values.items()},
}


def to_json(answers: VisitAnswers) -> dict[str, Any]:
    """Return only what was said, as plain JSON values."""
    said = {name: value for name, value in asdict(answers).items() if value not in (None, "", {})}
    return {name: value.isoformat() if isinstance(value, (date, time)) else value for name, value in said.items()}


def from_json(stored: Mapping[str, Any]) -> VisitAnswers:
    """Return the answers of a stored draft; what an older version wrote and this one does not understand is left out."""
    said: dict[str, Any] = {}
    for name, value in stored.items():
        if name not in _READERS:
            continue
        try:
            said[name] = _READERS[name](value)
        except (ValueError, TypeError, AttributeError):
            continue
    return VisitAnswers(**said)


def merge_answers(base: VisitAnswers, mine: VisitAnswers, theirs: VisitAnswers) -> VisitAnswers:
    """Return `theirs` with what `mine` changed since `base`; a note that both changed keeps both texts."""
    merged = {f.name: getattr(mine if getattr(mine, f.name) != getattr(base, f.name) else theirs, f.name) for f in fields(VisitAnswers)}
    if mine.note != base.note and theirs.note != base.note:
        merged["note"] = _both(mine.note, theirs.note)
    return VisitAnswers(**merged)


def _both(mine: str, theirs: str) -> str:
    if mine.startswith(theirs) or not theirs:
        return mine
    return theirs if theirs.startswith(mine) else f"{theirs}\n{mine}"


def suggest(
    outcome: Outcome,
    *,
    current: Likelihood,
    template_likelihood: Likelihood | None,
    next_days: int | None,
    agreed_on: date | None,
    cadence_days: int | None,
    visited_on: date,
    today: date,
) -> Suggestion:
    """Return what an outcome speaks for.

    A date agreed for later stays. Otherwise the team's word names the days, or the cadence does, counted from the visit;
    a date that would lie in the past (a visit entered late) is today.
    """
    likelihood = template_likelihood or follow_up.suggested_likelihood(outcome, current)
    if agreed_on is not None and agreed_on > max(visited_on, today) and next_days is None:
        return Suggestion(likelihood, Next.KEEP, agreed_on)
    if next_days is not None:
        return Suggestion(likelihood, Next.DAY, max(visited_on + timedelta(days=next_days), today))
    if cadence_days is not None:
        return Suggestion(likelihood, Next.CADENCE, max(visited_on + timedelta(days=cadence_days), today))
    return Suggestion(likelihood, Next.NONE, None)


def next_date(answers: VisitAnswers, suggestion: Suggestion) -> date | None:
    """Return the next date that is meant, None for none."""
    if answers.next is None:
        return suggestion.next_on
    return None if answers.next is Next.NONE else answers.next_on


def date_of_choice(choice: Next, *, today: date, cadence_days: int | None, agreed_on: date | None) -> date | None:
    """Return the date a chip stands for; None when it names none by itself."""
    if choice is Next.CADENCE:
        return today + timedelta(days=cadence_days) if cadence_days is not None else None
    if choice is Next.KEEP:
        return agreed_on
    offered = {Next.TOMORROW: follow_up.tomorrow, Next.WEEK: follow_up.in_a_week, Next.MONTH: follow_up.in_a_month}
    return offered[choice](today) if choice in offered else None


def moment_of(answers: VisitAnswers, *, now: datetime, begun_at: datetime | None, zone: tzinfo) -> datetime:
    """Return when the visit was, in UTC; `begun_at` is when its draft was opened, None when there is none."""
    when = answers.when or (When.BEGUN if is_stale(begun_at, now=now) else When.NOW)
    if when is When.BEGUN and begun_at is not None:
        return begun_at
    if when in (When.NOW, When.BEGUN) or answers.visited_time is None:
        return now
    today = now.astimezone(zone).date()
    day = today if when is When.TODAY else answers.visited_on or today
    return datetime.combine(day, answers.visited_time, tzinfo=zone).astimezone(now.tzinfo)


def is_stale(begun_at: datetime | None, *, now: datetime) -> bool:
    """True when a draft begun then is taken up again so late that now is hardly when the visit was."""
    return begun_at is not None and now - begun_at > STALE_AFTER
