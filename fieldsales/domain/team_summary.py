"""What the summary of a team states, as plain values, and which span it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.words import Outcome

MOST_LISTED = 100
BEFORE, YEAR = "before", "year"


class SummaryFigure(StrEnum):
    """The numbers by which a span is held against another."""

    VISITS = "visits"
    FIRST_VISITS = "first_visits"
    CONTACTS = "contacts"
    ORDERS = "orders"
    AMOUNT = "amount"
    PLANNED = "planned"
    DONE = "done"
    ON_TIME = "on_time"
    RISEN = "risen"
    FALLEN = "fallen"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class FigureFact:
    """A number of the span and of the one it is held against; `target` is the share of the months' targets, None without any."""

    figure: SummaryFigure
    now: int
    before: int
    target: float | None = None


@dataclass(frozen=True, slots=True)
class ReportCount:
    """Daily reports of one person: days over on which one was due, those of them handed in, and which are still to be confirmed.

    `missing` are the due days without one; `to_review` counts what was handed in and nobody has confirmed.
    """

    due: int
    handed_in: int
    to_review: int
    missing: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class PersonFact:
    """One person's line: what they did in the span (`visits_before` in the other), and how their reports stand."""

    user_id: int
    name: str
    left: bool
    visits: int
    visits_before: int
    first_visits: int
    orders: int
    amount: int
    planned: int
    done: int
    overdue_a: int
    reports: ReportCount


@dataclass(frozen=True, slots=True)
class DealFact:
    """A customer whose likelihood moved: from, to, on which day, by whom; `outcome`, `word` and `note` are of the visit that caused it."""

    customer_id: int
    customer: str
    who: str
    before: Likelihood
    after: Likelihood
    on: date
    amount: int | None
    outcome: Outcome | None
    word: str
    note: str


@dataclass(frozen=True, slots=True)
class OverdueFact:
    """A customer rated A that nobody has seen for too long; `last_on` None was never visited."""

    customer_id: int
    customer: str
    owner: str
    last_on: date | None
    next_on: date | None
    amount: int | None


@dataclass(frozen=True, slots=True)
class UnreadReport:
    """A daily report that was handed in and that nobody has confirmed."""

    user_id: int
    name: str
    on: date
    comment: str
    comments: int


@dataclass(frozen=True, slots=True)
class TeamSummary:
    """Everything a summary states. `deals` are the moves of likelihoods but for those to lost, which are `lost`, newest first.

    Lists hold at most `MOST_LISTED`, the counts beside them are of all.
    `teams`, `people`, `tags` and `areas` name what the filter leaves, empty for all of it.
    """

    span: Span
    against: Span
    today: date
    teams: tuple[str, ...]
    people_chosen: tuple[str, ...]
    tags: tuple[str, ...]
    areas: tuple[str, ...]
    figures: tuple[FigureFact, ...]
    people: tuple[PersonFact, ...]
    deals: tuple[DealFact, ...]
    deal_count: int
    lost: tuple[DealFact, ...]
    lost_count: int
    overdue: tuple[OverdueFact, ...]
    overdue_count: int
    unread: tuple[UnreadReport, ...]
    unread_count: int
    author: str

    @property
    def under_way(self) -> bool:
        """True while days of the span are still to come."""
        return self.span.first <= self.today < self.span.last

    @property
    def is_empty(self) -> bool:
        """True when nothing was done and nothing moved."""
        return not any(fact.now for fact in self.figures)


def read_against(text: str, span: Span, *, today: date) -> Span:
    """Return the span that `text` holds another against: the one before, `year` the same a year ago, or a span as `Span.read` reads it.

    While the span is under way the other one is cut to as many days: half a month against a whole one would say nothing.

    Raises:
        BadChoice: not a span.
    """
    if text not in ("", BEFORE, YEAR):
        return Span.read(text)
    other = year_before(span) if text == YEAR else span.before()
    passed = (today - span.first).days + 1
    if not span.first <= today < span.last or passed >= other.days:
        return other
    return Span(SpanKind.DAYS, other.first, other.first + timedelta(days=passed - 1))


def year_before(span: Span) -> Span:
    """Return the same span a year before; a week 52 weeks before, so that it has the same weekdays."""
    if span.kind is SpanKind.WEEK:
        return Span.around(SpanKind.WEEK, span.first - timedelta(weeks=52))
    if span.kind is SpanKind.DAYS:
        first = _a_year_earlier(span.first)
        return Span(SpanKind.DAYS, first, first + timedelta(days=span.days - 1))
    return Span.around(span.kind, _a_year_earlier(span.first))


def _a_year_earlier(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
