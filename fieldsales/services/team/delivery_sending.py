"""Sending deliveries: taken by one process each, with the rights that their makers have by then, part by part and each part once.

A delivery that is due is taken by moving its `next_at` ahead by a lease in one conditional update: of two processes one does it,
and when that one dies another goes on after the lease. What a part has is written down as soon as it has it. Only a process that
dies between the server's answer and that note can make a part come twice; the mail then has the same Message-ID.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import Delivery, Team, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.deliveries import LEASE, Progress, Trouble, TroubleCode, pause_after
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.team_summary import TeamSummary
from fieldsales.domain.words import DeliveryState, Role
from fieldsales.errors import NotAllowed
from fieldsales.services import audit
from fieldsales.services.access import require_export
from fieldsales.services.team.deliveries import DeliveryInput, input_of, may_have_team
from fieldsales.services.team.team_summary import read_summary


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery in the hands of one process until `until`; `progress` is what its week has already."""

    delivery_id: int
    asked: DeliveryInput
    week: Span
    progress: Progress
    attempts: int
    until: datetime

    @property
    def parts(self) -> tuple[str, ...]:
        """What is still to be done."""
        return self.progress.left_of(to_folder=self.asked.to_folder, recipients=self.asked.recipients)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be delivered: the summary, the team's name (empty for everybody), and in whose name."""

    summary: TeamSummary
    team: str
    maker: str


def claim_due(session: Session, *, now: datetime) -> Claim | None:
    """Take the delivery that has been due the longest; None when there is none, or another process was faster."""
    due = select(Delivery).where(Delivery.next_at <= now, Delivery.retired_at.is_(None)).order_by(Delivery.next_at, Delivery.id)
    delivery = session.scalars(due.limit(1)).first()
    if delivery is None:
        return None
    asked, until = input_of(delivery), now + LEASE
    week = asked.schedule.week(now)
    progress = Progress.read(delivery.done, week=week.first)
    # Another week begins anew; so does one that every part has (`send_again` forgets what is done).
    attempts = 1 if delivery.done.get("week") not in (None, week.first.isoformat()) else delivery.attempts + 1
    taken = {"next_at": until, "attempts": attempts, "done": progress.to_json(), "state": DeliveryState.WAITING}
    if not _change(session, delivery.id, delivery.next_at, **taken):
        return None
    return Claim(delivery.id, asked, week, progress, attempts, until)


def pack(session: Session, claim: Claim, *, now: datetime) -> Parcel | Trouble:
    """Return what is to be sent, or why it may not be sent any more; the rights are those of this moment."""
    delivery = session.get(Delivery, claim.delivery_id)
    maker = session.get(User, delivery.made_by_id) if delivery is not None else None
    if delivery is None or maker is None or maker.disabled_at is not None:
        return Trouble(TroubleCode.MAKER_LEFT, permanent=True)
    if maker.role is Role.REP or not may_have_team(maker, claim.asked.team_id):
        return Trouble(TroubleCode.TEAM_LOST, permanent=True)
    try:
        require_export(maker)
    except NotAllowed:
        return Trouble(TroubleCode.RIGHT_LOST, permanent=True)
    team = session.get(Team, claim.asked.team_id) if claim.asked.team_id is not None else None
    zone = claim.asked.schedule.zone
    wanted = TeamFilter(claim.week, team_ids=frozenset() if team is None else frozenset({team.id}))
    today = now.astimezone(zone).date()
    summary = read_summary(session, maker, team_filter=wanted, against=claim.week.before(), today=today, zone=zone, now=now)
    return Parcel(summary, team.name if team is not None else "", maker.name)


def keep_part(session: Session, claim: Claim, progress: Progress) -> bool:
    """Write down which parts have their week; False when somebody has changed the delivery meanwhile."""
    return _change(session, claim.delivery_id, claim.until, done=progress.to_json())


def finish(session: Session, claim: Claim, troubles: tuple[Trouble, ...], *, now: datetime) -> Trouble | None:
    """Write down how it went: done for this week, another attempt later, or given up; return what is shown of it.

    What was changed or stopped meanwhile stays as it was changed. A right or team that its maker has lost stops it for good.
    """
    following = claim.asked.schedule.after(now)
    if not troubles:
        sent: dict[str, Any] = {"sent_for": claim.week.first, "sent_at": now, "state": DeliveryState.SENT, "trouble": ""}
        if _change(session, claim.delivery_id, claim.until, next_at=following, attempts=0, **sent):
            _audit(session, claim, AuditAction.DELIVERY_SENT, "", now)
        return None
    trouble = next((t for t in troubles if not t.permanent), troubles[0])
    failed: dict[str, Any] = {"state": DeliveryState.FAILED, "trouble": str(trouble)[:500]}
    pause = None if trouble.permanent else pause_after(claim.attempts)
    if is_over(trouble):
        failed |= {"retired_at": now, "next_at": following}
    elif pause is None or now + pause >= following:
        failed |= {"next_at": following, "attempts": 0}
    else:
        failed |= {"next_at": now + pause}
    if _change(session, claim.delivery_id, claim.until, **failed) and (pause is None or is_over(trouble)):
        _audit(session, claim, AuditAction.DELIVERY_FAILED, str(trouble), now)
    return trouble


def is_over(trouble: Trouble) -> bool:
    """True for what stops a delivery for good."""
    return trouble.code in (TroubleCode.MAKER_LEFT, TroubleCode.TEAM_LOST, TroubleCode.RIGHT_LOST)


def wait_until_next(session: Session, *, now: datetime, at_most: timedelta) -> timedelta:
    """Return how long nothing is due, at most `at_most`."""
    next_at = session.scalar(select(Delivery.next_at).where(Delivery.retired_at.is_(None)).order_by(Delivery.next_at).limit(1))
    return at_most if next_at is None else max(timedelta(), min(at_most, next_at - now))


def _change(session: Session, delivery_id: int, seen: datetime, **values: Any) -> bool:
    """Change a delivery that is still due at the moment that was `seen`."""
    change = update(Delivery).where(Delivery.id == delivery_id, Delivery.next_at == seen, Delivery.retired_at.is_(None)).values(values)
    result = session.execute(change, execution_options={"synchronize_session": False})
    return isinstance(result, CursorResult) and result.rowcount == 1


def _audit(session: Session, claim: Claim, action: AuditAction, why: str, now: datetime) -> None:
    delivery = session.get(Delivery, claim.delivery_id)
    maker = session.get(User, delivery.made_by_id) if delivery is not None else None
    details = {"week": claim.week.first, "recipients": claim.asked.recipients, "folder": claim.asked.to_folder, "why": why}
    team = session.get(Team, claim.asked.team_id) if claim.asked.team_id is not None else None
    name = team.name if team is not None else ""
    audit.record(session, maker, action, subject_kind="delivery", subject_id=claim.delivery_id, subject=name, details=details, now=now)
