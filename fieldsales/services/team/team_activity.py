"""Where a team checked in on a day: single taps, never a track, and everybody who is shown can see who looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Customer, User
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.services.team.team_scope import customers_asked_for, read_scope, require_lead
from fieldsales.services.visits.check_ins import CheckInRow, check_ins_of_people, looked_after
from fieldsales.services.visits.position_views import CheckInPosition, read_shown_positions


@dataclass(frozen=True, slots=True)
class Activity:
    """One check-in with where it was; None without a position, or at a customer that the reader may not see."""

    row: CheckInRow
    position: CheckInPosition | None


def read_activity(
    session: Session, actor: User, *, team_filter: TeamFilter, day: date, zone: tzinfo, now: datetime
) -> tuple[Activity, ...]:
    """Return the check-ins of a day in `zone` of the people that the filter leaves, by name and time, and keep who looked.

    The filter's tags and municipalities ask for the customers; its span does not matter.

    Raises:
        NotAllowed: `actor` leads nobody.
        RuntimeError: the session would not keep the trace (it only reads).
    """
    require_lead(actor)
    scope = read_scope(session, actor, team_filter=team_filter)
    rows = check_ins_of_people(session, actor, user_ids=scope.user_ids, day=day, zone=zone)
    asked = customers_asked_for(team_filter)
    if asked:
        fitting = set(session.scalars(select(Customer.id).where(Customer.id.in_(sorted({row.customer_id for row in rows})), *asked)))
        rows = tuple(row for row in rows if row.customer_id in fitting)
    positions = {position.check_in_id: position for position in read_shown_positions(session, actor, rows=rows, now=now)}
    return tuple(Activity(row, positions.get(row.id)) for row in rows)


def find_day_before(session: Session, actor: User, *, team_filter: TeamFilter, day: date, zone: tzinfo) -> date | None:
    """Return the last day before `day`, in `zone`, on which somebody whom the filter leaves checked in; None for none.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    scope = read_scope(session, actor, team_filter=team_filter)
    begin = datetime.combine(day, time.min, zone)
    newest = select(func.max(CheckIn.checked_in_at)).where(CheckIn.user_id == User.id, CheckIn.checked_in_at < begin)
    asked = customers_asked_for(team_filter)
    if asked:
        newest = newest.join(Customer, Customer.id == CheckIn.customer_id).where(*asked)
    whose = sorted(looked_after(session, actor, user_ids=scope.user_ids))
    # Person by person: each is one step in the index of people and moments.
    moments = session.scalars(select(newest.correlate(User).scalar_subquery()).where(User.id.in_(whose)))
    last = max((moment for moment in moments if moment is not None), default=None)
    return last.astimezone(zone).date() if last is not None else None
