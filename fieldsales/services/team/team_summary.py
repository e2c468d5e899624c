"""The summary of a team: what it did in a span, held against another one; what moved, what was lost and why, what waits.

Figures are those of the progress view (`services.team.team_progress`, `services.team.team_moves`): one computation, shown twice. Only
somebody who leads has a summary; a rep's own is their report of the week.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User
from fieldsales.domain.cadence import DueState
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.report_facts import MoveFact
from fieldsales.domain.reports import rises
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.team_summary import (
    MOST_LISTED,
    DealFact,
    FigureFact,
    OverdueFact,
    PersonFact,
    ReportCount,
    SummaryFigure,
    TeamSummary,
    UnreadReport,
)
from fieldsales.domain.words import Period, TargetKind, VisitKind
from fieldsales.services.customers.due import due_condition, read_rule
from fieldsales.services.reports.report_review import count_reports, count_to_read, list_to_read
from fieldsales.services.team.team_moves import CustomerMove, TeamMoves, read_moves
from fieldsales.services.team.team_progress import PersonProgress, TeamProgress, read_progress
from fieldsales.services.team.team_scope import TeamScope, owned_customers, read_scope, require_lead

_TARGETS = {
    SummaryFigure.VISITS: TargetKind.VISITS,
    SummaryFigure.FIRST_VISITS: TargetKind.FIRST_VISITS,
    SummaryFigure.ORDERS: TargetKind.ORDERS,
    SummaryFigure.AMOUNT: TargetKind.AMOUNT,
}
_NO_REPORTS = ReportCount(0, 0, 0, ())


def read_summary(
    session: Session, actor: User, *, team_filter: TeamFilter, against: Span, today: date, zone: ZoneInfo, now: datetime
) -> TeamSummary:
    """Return the summary of whom the filter leaves, in days of `zone`, held against the span `against`.

    Raises:
        NotAllowed: `actor` leads nobody, or is disabled.
    """
    require_lead(actor)
    scope = read_scope(session, actor, team_filter=team_filter)
    progress = read_progress(session, actor, team_filter=team_filter, today=today, zone=zone)
    before = read_progress(session, actor, team_filter=team_filter.during(against), today=today, zone=zone)
    moves = read_moves(session, actor, team_filter=team_filter, zone=zone)
    moves_before = read_moves(session, actor, team_filter=team_filter.during(against), zone=zone)
    span = team_filter.span
    reports = count_reports(session, actor, user_ids=scope.user_ids, first=span.first, last=span.last, zone=zone, now=now)
    overdue, overdue_count = _overdue(session, actor, scope, team_filter, today=today, zone=zone)
    unread, unread_count = _unread(session, actor, scope, span)
    lost = _counts(moves)[SummaryFigure.LOST]
    return TeamSummary(
        span=span,
        against=against,
        today=today,
        teams=tuple(name for team_id, name in scope.teams if team_id in team_filter.team_ids),
        people_chosen=tuple(person.name for person in scope.people if person.id in team_filter.user_ids),
        tags=tuple(sorted(team_filter.tags)),
        areas=tuple(sorted(team_filter.areas)),
        figures=_figures(progress, before, _counts(moves), _counts(moves_before)),
        people=_people(progress, before, reports),
        deals=tuple(_deal(move, zone) for move in moves.moves if move.after is not Likelihood.LOST)[:MOST_LISTED],
        deal_count=moves.total - lost,
        lost=tuple(_deal(move, zone) for move in moves.lost[:MOST_LISTED]),
        lost_count=lost,
        overdue=overdue,
        overdue_count=overdue_count,
        unread=unread,
        unread_count=unread_count,
        author=actor.name,
    )


def _figures(
    progress: TeamProgress, before: TeamProgress, moves: dict[SummaryFigure, int], moves_before: dict[SummaryFigure, int]
) -> tuple[FigureFact, ...]:
    now_done, then_done = _done(progress) | moves, _done(before) | moves_before
    targets = {figure: progress.figures[kind].target for figure, kind in _TARGETS.items()}
    return tuple(FigureFact(figure, now_done[figure], then_done[figure], targets.get(figure)) for figure in SummaryFigure)


def _done(progress: TeamProgress) -> dict[SummaryFigure, int]:
    plans = progress.plans
    return {figure: progress.figures[kind].actual for figure, kind in _TARGETS.items()} | {
        SummaryFigure.CONTACTS: sum(progress.contacts.get(kind, 0) for kind in (VisitKind.CALL, VisitKind.EMAIL)),
        SummaryFigure.PLANNED: plans.planned,
        SummaryFigure.DONE: plans.done,
        SummaryFigure.ON_TIME: plans.on_time,
    }


def _counts(moves: TeamMoves) -> dict[SummaryFigure, int]:
    found = dict.fromkeys((SummaryFigure.RISEN, SummaryFigure.FALLEN, SummaryFigure.WON, SummaryFigure.LOST), 0)
    for (before, after), count in moves.counts.items():
        if after is Likelihood.WON:
            found[SummaryFigure.WON] += count
        elif after is Likelihood.LOST:
            found[SummaryFigure.LOST] += count
        else:
            found[SummaryFigure.RISEN if rises(MoveFact(0, "", before, after)) else SummaryFigure.FALLEN] += count
    return found


def _people(progress: TeamProgress, before: TeamProgress, reports: Mapping[int, ReportCount]) -> tuple[PersonFact, ...]:
    visits_before = {row.person.id: row.figures[TargetKind.VISITS].actual for row in before.people}
    return tuple(_person(row, visits_before.get(row.person.id, 0), reports.get(row.person.id, _NO_REPORTS)) for row in progress.people)


def _person(row: PersonProgress, visits_before: int, reports: ReportCount) -> PersonFact:
    done = {kind: row.figures[kind].actual for kind in TargetKind}
    return PersonFact(
        user_id=row.person.id,
        name=row.person.name,
        left=row.person.left,
        visits=done[TargetKind.VISITS],
        visits_before=visits_before,
        first_visits=done[TargetKind.FIRST_VISITS],
        orders=done[TargetKind.ORDERS],
        amount=done[TargetKind.AMOUNT],
        planned=row.plans.planned,
        done=row.plans.done,
        overdue_a=row.overdue_a,
        reports=reports,
    )


def _deal(move: CustomerMove, zone: ZoneInfo) -> DealFact:
    return DealFact(
        customer_id=move.customer_id,
        customer=move.customer,
        who=move.by or move.owner,
        before=move.before,
        after=move.after,
        on=move.moved_at.astimezone(zone).date(),
        amount=move.amount,
        outcome=move.outcome,
        word=move.word,
        note=move.note,
    )


def _overdue(
    session: Session, actor: User, scope: TeamScope, team_filter: TeamFilter, *, today: date, zone: ZoneInfo
) -> tuple[tuple[OverdueFact, ...], int]:
    """Return the customers rated A that are overdue today, the largest amounts first, and how many there are."""
    rule = read_rule(session, today=today, zone=zone)
    wanted = (
        owned_customers(actor, scope, team_filter),
        Customer.likelihood == Likelihood.A,
        Customer.merged_into_id.is_(None),
        due_condition(rule, (DueState.OVERDUE,)),
    )
    count = session.scalar(select(func.count(Customer.id)).where(*wanted)) or 0
    query = select(Customer.id, Customer.name, User.name, Customer.last_visited_at, Customer.next_on, Customer.amount)
    query = query.outerjoin(User, User.id == Customer.owner_id).where(*wanted)
    rows = session.execute(query.order_by(func.coalesce(Customer.amount, 0).desc(), Customer.id).limit(MOST_LISTED))
    return tuple(
        OverdueFact(i, name, owner or "", seen.astimezone(zone).date() if seen else None, next_on, amount)
        for i, name, owner, seen, next_on, amount in rows
    ), count


def _unread(session: Session, actor: User, scope: TeamScope, span: Span) -> tuple[tuple[UnreadReport, ...], int]:
    """Return the daily reports of the span that nobody has confirmed, and how many there are."""
    rows = list_to_read(session, actor, period=Period.DAY, first=span.first, last=span.last, user_ids=scope.user_ids, limit=MOST_LISTED)
    found = tuple(UnreadReport(row.user_id, row.who, row.starts_on, row.comment, row.comments) for row in rows)
    count = count_to_read(session, actor, period=Period.DAY, first=span.first, last=span.last, user_ids=scope.user_ids)
    return found, count
