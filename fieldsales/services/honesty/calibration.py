"""How far the team's likelihoods can be believed: stated against won, per rank, person and team; and A's that went stale.

A deal is judged by the rank it had 30 days before it was decided (`domain.deals`), and counts for whoever gave that rank, also
after they have left or the customer has passed on; a rank that came with a list counts for the customer's owner. Only leads ask.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange, User
from fieldsales.domain.calibration import Calibration, calibrate
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.reports import beginning_of
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.errors import BadNumber
from fieldsales.services.access import visible_to
from fieldsales.services.honesty.kept_deals import DealKind, count_deals
from fieldsales.services.options import read_options
from fieldsales.services.team.team_scope import TeamPerson, TeamScope, customers_asked_for, owned_customers, read_scope, require_lead

MOST_DAYS = 3_650
MOST_LISTED = 200
USUAL_STALE_DAYS = 30


class DecidedIn(StrEnum):
    """Which decisions to look at: those of the filter's period, of the twelve months up to its end, or all up to then."""

    PERIOD = "period"
    YEAR = "year"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """What became of the ranks that one person gave; None stands for ranks that are nobody's, or of somebody out of the scope."""

    person: TeamPerson | None
    record: Calibration


@dataclass(frozen=True, slots=True)
class TeamRecord:
    """What became of the ranks that the people of one team gave."""

    id: int
    name: str
    record: Calibration


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """The record of all together, of each person and each team; decided from `first` (None: ever) to `last`, both included."""

    first: date | None
    last: date
    everybody: Calibration
    people: tuple[PersonRecord, ...]
    teams: tuple[TeamRecord, ...]


@dataclass(frozen=True, slots=True)
class StaleDeal:
    """A customer ranked A for long without a visit and without anybody having said so again; `ranked_at` is None when it was added so."""

    customer_id: int
    name: str
    owner: str
    amount: int | None
    last_visited_at: datetime | None
    ranked_at: datetime
    next_on: date | None


@dataclass(frozen=True, slots=True)
class StaleDeals:
    """The stale A's with the highest amounts first, at most `MOST_LISTED`; `count` are all of them, `of` all A's."""

    days: int
    count: int
    of: int
    amount: int
    rows: tuple[StaleDeal, ...]


def read_calibration(
    session: Session, actor: User, *, team_filter: TeamFilter, decided_in: DecidedIn, today: date, zone: ZoneInfo
) -> CalibrationView:
    """Return what became of the ranks given by whom the filter leaves, about customers the actor may see.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    scope = read_scope(session, actor, team_filter=team_filter)
    last = min(team_filter.span.last, today)
    first = {
        DecidedIn.PERIOD: team_filter.span.first,
        DecidedIn.YEAR: _year_before(last),
        DecidedIn.ALL: None,
    }[decided_in]
    since = beginning_of(first, zone) if first is not None else None
    until, asked = beginning_of(last + timedelta(days=1), zone), customers_asked_for(team_filter)
    counts = count_deals(session, visible_to(actor), asked, since=since, until=until)
    by_person = _by_person(counts, scope, only_people=bool(team_filter.user_ids or team_filter.team_ids))
    known = {person.id: person for person in scope.people}
    people = [PersonRecord(known.get(i) if i is not None else None, _calibrate(found)) for i, found in by_person.items()]
    people.sort(key=lambda row: (row.person is None, row.person.name if row.person else "", row.person.id if row.person else 0))
    by_team: dict[int, Counter[DealKind]] = defaultdict(Counter)
    for person_id, found in by_person.items():
        team_id = known[person_id].team_id if person_id is not None else None
        if team_id is not None:
            by_team[team_id] += found
    teams = tuple(TeamRecord(i, name, _calibrate(by_team[i])) for i, name in scope.teams if i in by_team)
    everybody = _calibrate(sum(by_person.values(), Counter()))
    return CalibrationView(first, last, everybody, tuple(people), teams)


def read_stale(session: Session, actor: User, *, team_filter: TeamFilter, days: int, now: datetime) -> StaleDeals:
    """Return the A's of the filter that nobody visited for `days` days and that were not ranked A within them either.

    Raises:
        NotAllowed: `actor` leads nobody. BadNumber: `days` is not between 1 and 3650.
    """
    require_lead(actor)
    if not 1 <= days <= MOST_DAYS:
        raise BadNumber(field="days", value=days)
    scope = read_scope(session, actor, team_filter=team_filter)
    hot = and_(owned_customers(actor, scope, team_filter), Customer.likelihood == Likelihood.A)
    before = now - timedelta(days=days)
    seen = func.coalesce(Customer.last_visited_at, Customer.created_at)
    said = exists().where(
        CustomerChange.customer_id == Customer.id, CustomerChange.likelihood_after == Likelihood.A, CustomerChange.changed_at >= before
    )
    stale = and_(hot, seen < before, Customer.created_at < before, ~said)
    count, amount = session.execute(select(func.count(Customer.id), func.sum(Customer.amount)).where(stale)).one()
    of = session.scalar(select(func.count(Customer.id)).where(hot)) or 0
    query = (
        select(Customer.id, Customer.name, func.coalesce(User.name, ""), Customer.amount, Customer.last_visited_at)
        .add_columns(Customer.created_at, Customer.next_on)
        .outerjoin(User, Customer.owner_id == User.id)
        .where(stale)
        .order_by(func.coalesce(Customer.amount, 0).desc(), seen, Customer.id)
        .limit(MOST_LISTED)
    )
    rows = session.execute(query).all()
    ranked = _ranked_at(session, [row[0] for row in rows])
    found = tuple(StaleDeal(i, name, owner, yen, at, ranked.get(i, made), on) for i, name, owner, yen, at, made, on in rows)
    return StaleDeals(days, count, of, int(amount or 0), found)


def usual_stale_days(session: Session) -> int:
    """Return after how many days an A is called stale unless somebody chooses: when it is believed half as much."""
    return read_options(session).half_life_days.get(Likelihood.A) or USUAL_STALE_DAYS


def reckon_corrections(counts: Counter[DealKind]) -> dict[int, dict[Likelihood, Likelihood]]:
    """Return, by person, the ranks that what became of their deals contradicts, and what these ranks stand for."""
    by_person: dict[int, Counter[DealKind]] = defaultdict(Counter)
    for kind, count in counts.items():
        if kind.stated_by is not None:
            by_person[kind.stated_by][kind] += count
    records = {person_id: _calibrate(found).corrections for person_id, found in by_person.items()}
    return {person_id: corrections for person_id, corrections in records.items() if corrections}


def _by_person(counts: Counter[DealKind], scope: TeamScope, *, only_people: bool) -> dict[int | None, Counter[DealKind]]:
    """Return the deals by who gave the rank; None holds what nobody in the scope did, unless the filter asks for people."""
    asked = set(scope.user_ids)
    found: dict[int | None, Counter[DealKind]] = defaultdict(Counter)
    for kind, count in counts.items():
        if kind.stated_by in asked:
            found[kind.stated_by][kind] += count
        elif not only_people:
            found[None][kind] += count
    return found


def _calibrate(counts: Counter[DealKind]) -> Calibration:
    return calibrate((kind.stated, kind.won, count) for kind, count in counts.items())


def _year_before(last: date) -> date:
    """Return the first of the twelve months of days that end with `last`."""
    following = last + timedelta(days=1)
    return following.replace(year=following.year - 1, day=28 if (following.month, following.day) == (2, 29) else following.day)


def _ranked_at(session: Session, customer_ids: list[int]) -> dict[int, datetime]:
    """Return since when each of these customers, ranked now, has its rank; those that were added with it are missing."""
    if not customer_ids:
        return {}
    moved = CustomerChange.customer_id.in_(customer_ids) & CustomerChange.likelihood_after.is_not(None)
    query = select(CustomerChange.customer_id, func.max(CustomerChange.changed_at)).where(moved).group_by(CustomerChange.customer_id)
    return {customer_id: at for customer_id, at in session.execute(query)}
