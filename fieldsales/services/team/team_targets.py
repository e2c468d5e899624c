"""Targets of reps and teams, month by month: what they sum to for whoever is looked at, and how leads set them.

A team may have a target of its own; without one it is what its people's add up to. A target of 0 is one, an empty cell is none.
Saving says what each cell held when it was shown: what somebody else has set meanwhile is never written over unseen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, CursorResult, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Target, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.progress import share_of_month
from fieldsales.domain.spans import EARLIEST, LATEST, Span, SpanKind
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import Role, TargetKind
from fieldsales.errors import N_, BadChoice, BadNumber, Conflict, NotFound
from fieldsales.services import audit
from fieldsales.services.team.team_scope import TeamScope, read_scope, require_lead

MOST_COUNTED, MOST_YEN = 1_000_000, 10**15  # a target in pieces, and in yen


class TargetsChanged(Conflict):
    """Nothing was saved; `cells` are those that hold something else by now."""

    code = "targets_changed"
    message = N_("Somebody else has changed {count} of these targets meanwhile. The newest values are shown: check them and save again.")
    field = "targets"

    def __init__(self, cells: Sequence[TargetEdit]) -> None:
        self.cells = tuple(cells)
        super().__init__(count=len(self.cells))


@dataclass(frozen=True, slots=True, order=True)
class Aim:
    """Whose target: of one person, or of one team as a whole; exactly one of the two is set."""

    team_id: int | None
    user_id: int | None


@dataclass(frozen=True, slots=True)
class TargetEdit:
    """One cell to be saved: what it held when it was shown (`before`), and what it is to hold; None for no target."""

    aim: Aim
    month: date
    kind: TargetKind
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class TargetLine:
    """What a team, or somebody of it, is to reach in a month; `left` for somebody who was disabled."""

    aim: Aim
    name: str
    team: str
    left: bool
    values: Mapping[TargetKind, int | None]


@dataclass(frozen=True, slots=True)
class Goals:
    """The targets that fall into a span: for all together, and for each person; `without` are its months that have none.

    A span is measured only when each of its months has a target: two months' targets would flatter a quarter.
    """

    total: Mapping[TargetKind, float | None]
    people: Mapping[int, Mapping[TargetKind, float | None]]
    without: Mapping[TargetKind, tuple[date, ...]]


def read_goals(session: Session, scope: TeamScope, *, team_filter: TeamFilter, holidays: Container[date]) -> Goals:
    """Return what the people that the filter leaves are to reach in its span; checks nobody's rights beyond `scope`.

    A part of a month has the share of its working days. Where the filter asks for some customers only, there are none: targets are
    for all customers.
    """
    months = {month: share_of_month(month, team_filter.span, holidays) for month in team_filter.span.months()}
    months = {month: share for month, share in months.items() if share > 0}
    if team_filter.tags or team_filter.areas:
        nothing = dict.fromkeys(TargetKind)
        return Goals(nothing, {person.id: nothing for person in scope.people}, {kind: () for kind in TargetKind})
    groups = _groups(scope, team_filter)
    team_ids = [team_id for team_id, _ in groups if team_id is not None]
    found = _stored(session, tuple(months), scope.user_ids, team_ids)
    total: dict[TargetKind, float | None] = {}
    without: dict[TargetKind, tuple[date, ...]] = {}
    people: dict[int, dict[TargetKind, float | None]] = {person.id: {} for person in scope.people}
    for kind in TargetKind:
        monthly = {month: _of_all(found, month, kind, groups) for month in months}
        without[kind] = tuple(month for month, value in monthly.items() if value is None)
        total[kind] = _shared_out(monthly, months)
        for user_id, own in people.items():
            own[kind] = _shared_out({month: found.get((month, kind, Aim(None, user_id))) for month in months}, months)
    return Goals(total, people, without)


def list_targets(session: Session, actor: User, *, month: date) -> tuple[TargetLine, ...]:
    """Return the targets of a month that `actor` may set: each team with its people, then who has no team.

    Those who left, and admins, are among them only with a target.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    scope = read_scope(session, actor, team_filter=TeamFilter(Span.around(SpanKind.MONTH, month)))
    found = _stored(session, (month,), scope.user_ids, [team_id for team_id, _ in scope.teams])
    lines: list[TargetLine] = []
    for team_id, team in (*scope.teams, (None, "")):
        if team_id is not None:
            aim = Aim(team_id, None)
            lines.append(TargetLine(aim, team, team, False, {kind: found.get((month, kind, aim)) for kind in TargetKind}))
        for person in scope.people:
            aim = Aim(None, person.id)
            values = {kind: found.get((month, kind, aim)) for kind in TargetKind}
            sells = person.role is not Role.ADMIN and not person.left
            if person.team_id == team_id and (sells or any(value is not None for value in values.values())):
                lines.append(TargetLine(aim, person.name, team, person.left, values))
    return tuple(lines)


def repeat_month_before(session: Session, actor: User, *, month: date) -> tuple[TargetEdit, ...]:
    """Return what would fill the empty cells of a month with the targets of the month before; people who left get none.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    before = {line.aim: line for line in list_targets(session, actor, month=Span.around(SpanKind.MONTH, month).before().first)}
    return tuple(
        TargetEdit(line.aim, month, kind, None, before[line.aim].values[kind])
        for line in list_targets(session, actor, month=month)
        if line.aim in before and not line.left
        for kind in TargetKind
        if line.values[kind] is None and before[line.aim].values[kind] is not None
    )


def save_targets(session: Session, actor: User, *, edits: Sequence[TargetEdit], imported_from: str = "", now: datetime) -> int:
    """Set, change or remove targets, all or none; return how many cells hold something else now.

    What holds `after` already is left alone. `imported_from` names the file they come from, for the audit log.

    Raises:
        NotAllowed: `actor` leads nobody. NotFound: not one of their people or teams. BadNumber, BadChoice: field `targets`.
        TargetsChanged: some hold neither `before` nor `after`; nothing is saved.
    """
    require_lead(actor)
    _check(session, actor, edits)
    months = tuple(sorted({edit.month for edit in edits}))
    stored = stored_targets(session, months=months, aims={edit.aim for edit in edits})
    wanted = [edit for edit in edits if stored.get((edit.month, edit.kind, edit.aim)) != edit.after]
    # One order for everybody, so that two who save the same cells wait for each other and never in a circle.
    wanted.sort(key=lambda edit: (edit.month, edit.kind, edit.aim.team_id or 0, edit.aim.user_id or 0))
    overtaken = [edit for edit in wanted if stored.get((edit.month, edit.kind, edit.aim)) != edit.before]
    if overtaken:
        raise TargetsChanged(overtaken)
    for edit in wanted:
        if not _write(session, actor, edit, now):
            raise TargetsChanged([edit])
    session.flush()
    if wanted:
        action = AuditAction.TARGETS_IMPORTED if imported_from else AuditAction.TARGETS_SET
        subject = ", ".join(f"{month:%Y-%m}" for month in months)
        details: dict[str, object] = {"count": len(wanted)} | ({"file": imported_from} if imported_from else {})
        details["targets"] = [_in_log(edit) for edit in wanted]
        audit.record(session, actor, action, subject_kind="targets", subject=subject, details=details, now=now)
    return len(wanted)


def _groups(scope: TeamScope, team_filter: TeamFilter) -> list[tuple[int | None, list[int]]]:
    """Return who is looked at, by team where whole teams are: (team or None, its people)."""
    if not scope.leads or team_filter.user_ids:
        return [(None, list(scope.user_ids))]
    members: dict[int | None, list[int]] = defaultdict(list)
    for person in scope.people:
        members[person.team_id].append(person.id)
    return list(members.items())


def _of_all(
    found: Mapping[tuple[date, TargetKind, Aim], int], month: date, kind: TargetKind, groups: Iterable[tuple[int | None, list[int]]]
) -> int | None:
    values: list[int] = []
    for team_id, members in groups:
        own = found.get((month, kind, Aim(team_id, None))) if team_id is not None else None
        theirs = [value for i in members if (value := found.get((month, kind, Aim(None, i)))) is not None]
        values += [own] if own is not None else theirs
    return sum(values) if values else None


def _shared_out(monthly: Mapping[date, int | None], shares: Mapping[date, float]) -> float | None:
    """Return what falls into the span; None when any of its months has no target: the rest is no measure for the whole."""
    values = [value * shares[month] for month, value in monthly.items() if value is not None]
    return sum(values) if values and len(values) == len(monthly) else None


def stored_targets(session: Session, *, months: Sequence[date], aims: Iterable[Aim]) -> dict[tuple[date, TargetKind, Aim], int]:
    """Return what is stored of some people and teams; checks nobody's rights."""
    known = list(aims)
    people, teams = ({getattr(aim, name) for aim in known} - {None} for name in ("user_id", "team_id"))
    return _stored(session, months, sorted(people), sorted(teams))


def _stored(
    session: Session, months: Sequence[date], user_ids: Sequence[int], team_ids: Sequence[int]
) -> dict[tuple[date, TargetKind, Aim], int]:
    query = select(Target.month, Target.kind, Target.team_id, Target.user_id, Target.value).where(
        Target.month.in_(months), or_(Target.user_id.in_(user_ids), Target.team_id.in_(team_ids))
    )
    return {(month, kind, Aim(team_id, user_id)): value for month, kind, team_id, user_id, value in session.execute(query)}


def _check(session: Session, actor: User, edits: Sequence[TargetEdit]) -> None:
    scope = read_scope(session, actor, team_filter=TeamFilter(Span.around(SpanKind.DAYS, EARLIEST)))
    people, teams = set(scope.user_ids), {team_id for team_id, _ in scope.teams}
    for edit in edits:
        if edit.aim.user_id not in people if edit.aim.team_id is None else edit.aim.team_id not in teams or edit.aim.user_id is not None:
            raise NotFound()
        if edit.month.day != 1 or not EARLIEST <= edit.month <= LATEST:
            raise BadChoice(field="targets", value=edit.month.isoformat())
        if edit.after is not None and not 0 <= edit.after <= most(edit.kind):
            raise BadNumber(field="targets", value=str(edit.after))


def most(kind: TargetKind) -> int:
    """Return the highest target of a kind."""
    return MOST_YEN if kind is TargetKind.AMOUNT else MOST_COUNTED


def _write(session: Session, actor: User, edit: TargetEdit, now: datetime) -> bool:
    """Write one cell if it still holds what it held; False when somebody was faster."""
    if edit.before is None:
        target = Target(month=edit.month, kind=edit.kind, user_id=edit.aim.user_id, team_id=edit.aim.team_id, value=edit.after)
        target.set_by_id, target.set_at = actor.id, now
        try:
            with session.begin_nested():
                session.add(target)
        except IntegrityError:
            return False
        return True
    cell = _cell(edit)
    if edit.after is None:
        done = session.execute(delete(Target).where(*cell))
    else:
        done = session.execute(update(Target).where(*cell).values(value=edit.after, set_by_id=actor.id, set_at=now))
    assert isinstance(done, CursorResult)
    return done.rowcount == 1


def _cell(edit: TargetEdit) -> tuple[ColumnElement[bool], ...]:
    whose = Target.user_id == edit.aim.user_id if edit.aim.user_id is not None else Target.team_id == edit.aim.team_id
    return Target.month == edit.month, Target.kind == edit.kind, whose, Target.value == edit.before


def _in_log(edit: TargetEdit) -> dict[str, object]:
    whose: dict[str, object] = {"user_id": edit.aim.user_id} if edit.aim.user_id is not None else {"team_id": edit.aim.team_id}
    return whose | {"month": f"{edit.month:%Y-%m}", "kind": edit.kind.value, "before": edit.before, "after": edit.after}
