"""Deliveries: a team's weekly summary that is sent by itself; who may set one up, change it, stop it, and see how it went.

A summary names customers and leaves the product for good, so whoever has it sent needs the right to export and leads the team;
both are looked at again each time it is sent (`services.team.delivery_sending`). Its maker and admins may change it; others who lead
the team see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Delivery, Team, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.deliveries import MAX_RECIPIENTS, Schedule, Trouble
from fieldsales.domain.words import DeliveryFormat, DeliveryState, Role
from fieldsales.errors import N_, BadChoice, BadEmail, Conflict, FixTheInput, NotAllowed, NotFound
from fieldsales.i18n import LOCALES
from fieldsales.services import audit
from fieldsales.services.access import require_export, scope_of
from fieldsales.services.customers.customer_input import is_email
from fieldsales.services.team.team_scope import require_lead

MAX_DELIVERIES = 50
MAX_ADDRESS = 254
_NOT_IN_ADDRESSES = frozenset('<>(),;:"\\[]')


class NowhereToDeliver(FixTheInput):
    code = "nowhere_to_deliver"
    message = N_("Choose the folder, or enter at least one e-mail address.")
    field = "recipients"


class TooManyRecipients(FixTheInput):
    code = "too_many_recipients"
    message = N_("At most {limit} e-mail addresses.")
    field = "recipients"


class NoFolder(FixTheInput):
    code = "no_delivery_folder"
    message = N_("This installation has no folder for deliveries: an administrator sets FIELDSALES_REPORTS_DIR.")
    field = "to_folder"


class NoMail(FixTheInput):
    code = "no_delivery_mail"
    message = N_("This installation sends no mail: an administrator sets FIELDSALES_SMTP_URL.")
    field = "recipients"


class TooManyDeliveries(FixTheInput):
    code = "too_many_deliveries"
    message = N_("You have {limit} deliveries already. Stop one first.")
    field = "delivery"


class DeliveryChanged(Conflict):
    code = "delivery_changed_meanwhile"
    message = N_("This delivery was changed in the meantime. Look at it again, then save.")
    field = "delivery"


@dataclass(frozen=True, slots=True)
class Ways:
    """Where this installation can deliver to."""

    folder: bool
    mail: bool


@dataclass(frozen=True, slots=True)
class DeliveryInput:
    """What is asked for; `team_id` None is everybody that the maker may look at, `weekday` counts from Monday 0."""

    team_id: int | None
    format: DeliveryFormat
    weekday: int
    at: time
    zone: str
    locale: str
    running_week: bool
    to_folder: bool
    recipients: tuple[str, ...]

    @property
    def schedule(self) -> Schedule:
        """When it is made."""
        return Schedule(self.weekday, self.at, ZoneInfo(self.zone), self.running_week)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery to draw; `retry` says that `next_at` is another attempt, `stopped` that nothing is sent any more."""

    id: int
    version: int
    asked: DeliveryInput
    team: str
    maker: str
    mine: bool
    next_at: datetime
    week: date
    state: DeliveryState
    attempts: int
    trouble: Trouble | None
    sent_for: date | None
    sent_at: datetime | None
    stopped: bool


def list_deliveries(session: Session, actor: User) -> tuple[DeliveryRow, ...]:
    """Return the deliveries that `actor` may see, those that are stopped only while they say why, newest last.

    Raises:
        NotAllowed: `actor` leads nobody, or is disabled.
    """
    require_lead(actor)
    rows = session.execute(_visible(actor).add_columns(Team.name, User.name).order_by(Delivery.id))
    shown = (_row(delivery, team, maker, actor) for delivery, team, maker in rows)
    return tuple(row for row in shown if not row.stopped or row.trouble is not None)


def teams_to_deliver(session: Session, actor: User) -> dict[int, str]:
    """Return the teams whose summary `actor` may have sent, by id, in the order of their names.

    Raises:
        NotAllowed.
    """
    require_lead(actor)
    scope = scope_of(actor)
    query = select(Team.id, Team.name).order_by(Team.name, Team.id)
    if not scope.everything:
        query = query.where(Team.id.in_(sorted(scope.team_ids)))
    return {team_id: name for team_id, name in session.execute(query)}


def save_delivery(
    session: Session,
    actor: User,
    *,
    asked: DeliveryInput,
    client_ref: UUID,
    ways: Ways,
    now: datetime,
    delivery_id: int | None = None,
    version: int | None = None,
) -> Delivery:
    """Set up a delivery, or change the one of `delivery_id`; the same `client_ref` sets up one.

    Raises:
        NotAllowed: `actor` leads nobody or may not export. NotFound: no such delivery, or somebody else's; no such team.
        BadChoice, BadEmail, NowhereToDeliver, TooManyRecipients, NoFolder, NoMail, TooManyDeliveries, DeliveryChanged.
    """
    require_lead(actor)
    require_export(actor)
    known = session.scalar(select(Delivery).where(Delivery.client_ref == client_ref)) if delivery_id is None else None
    if known is not None:
        return _own(session, actor, known.id)
    kept = _usable(session, actor, asked, ways)
    if delivery_id is None:
        return _add(session, actor, kept, client_ref, now)
    delivery = _own(session, actor, delivery_id)
    if delivery.retired_at is not None or (version is not None and version != delivery.version):
        raise DeliveryChanged()
    _fill(delivery, kept, now)
    session.flush()
    _audit(session, actor, AuditAction.DELIVERY_CHANGED, delivery, now)
    return delivery


def stop_delivery(session: Session, actor: User, *, delivery_id: int, now: datetime) -> None:
    """Send nothing more, and take the delivery out of the list; again it changes nothing.

    Raises:
        NotAllowed, NotFound.
    """
    delivery = _own(session, actor, delivery_id)
    if delivery.retired_at is None:
        delivery.retired_at = now
        _audit(session, actor, AuditAction.DELIVERY_RETIRED, delivery, now)
    delivery.trouble = ""
    session.flush()


def send_again(session: Session, actor: User, *, delivery_id: int, now: datetime) -> date:
    """Have a delivery sent within a minute, to everybody, whatever they have already; return the first day of the week it tells of.

    Raises:
        NotAllowed: also when `actor` may not export. NotFound.
    """
    require_export(actor)
    delivery = _own(session, actor, delivery_id)
    if delivery.retired_at is not None:
        raise NotFound()
    delivery.next_at, delivery.attempts, delivery.done = now, 0, {}
    delivery.state, delivery.trouble = DeliveryState.WAITING, ""
    _audit(session, actor, AuditAction.DELIVERY_ASKED_FOR, delivery, now)
    session.flush()
    return input_of(delivery).schedule.week(now).first


def input_of(delivery: Delivery) -> DeliveryInput:
    """Return what a stored delivery asks for."""
    return DeliveryInput(
        team_id=delivery.team_id,
        format=delivery.format,
        weekday=delivery.weekday,
        at=delivery.at,
        zone=delivery.zone,
        locale=delivery.locale,
        running_week=delivery.running_week,
        to_folder=delivery.to_folder,
        recipients=tuple(delivery.recipients),
    )


def may_have_team(actor: User, team_id: int | None) -> bool:
    """True when `actor` leads the team; None is everybody they lead."""
    scope = scope_of(actor)
    return team_id is None or scope.everything or team_id in scope.team_ids


def _add(session: Session, actor: User, asked: DeliveryInput, client_ref: UUID, now: datetime) -> Delivery:
    active = select(func.count()).select_from(Delivery).where(Delivery.made_by_id == actor.id, Delivery.retired_at.is_(None))
    if (session.scalar(active) or 0) >= MAX_DELIVERIES:
        raise TooManyDeliveries(limit=MAX_DELIVERIES)
    delivery = Delivery(client_ref=client_ref, made_by_id=actor.id)
    _fill(delivery, asked, now)
    try:
        with session.begin_nested():
            session.add(delivery)
    except IntegrityError:  # the same form came twice at the same moment
        twin = session.scalar(select(Delivery).where(Delivery.client_ref == client_ref))
        if twin is None:
            raise
        return _own(session, actor, twin.id)
    _audit(session, actor, AuditAction.DELIVERY_ADDED, delivery, now)
    return delivery


def _fill(delivery: Delivery, asked: DeliveryInput, now: datetime) -> None:
    """Write what is asked for into a row; what was under way is over."""
    for name in ("team_id", "format", "weekday", "at", "zone", "locale", "running_week", "to_folder"):
        setattr(delivery, name, getattr(asked, name))
    delivery.recipients = list(asked.recipients)
    delivery.next_at, delivery.attempts = asked.schedule.after(now), 0
    delivery.state, delivery.trouble = DeliveryState.WAITING, ""


def _usable(session: Session, actor: User, asked: DeliveryInput, ways: Ways) -> DeliveryInput:
    if asked.team_id is not None and (not may_have_team(actor, asked.team_id) or session.get(Team, asked.team_id) is None):
        raise NotFound(field="team")
    if asked.weekday not in range(7):
        raise BadChoice(field="weekday", value=asked.weekday)
    if asked.zone not in available_timezones():
        raise BadChoice(field="zone", value=asked.zone[:50])
    if asked.locale not in LOCALES:
        raise BadChoice(field="locale", value=asked.locale[:50])
    recipients = _usable_addresses(asked.recipients)
    if asked.to_folder and not ways.folder:
        raise NoFolder()
    if recipients and not ways.mail:
        raise NoMail()
    if not (asked.to_folder or recipients):
        raise NowhereToDeliver()
    at = asked.at.replace(second=0, microsecond=0, tzinfo=None)
    return DeliveryInput(
        asked.team_id, asked.format, asked.weekday, at, asked.zone, asked.locale, asked.running_week, asked.to_folder, recipients
    )


def _usable_addresses(addresses: Sequence[str]) -> tuple[str, ...]:
    clean = tuple(dict.fromkeys(address.strip() for address in addresses if address.strip()))
    if len(clean) > MAX_RECIPIENTS:
        raise TooManyRecipients(limit=MAX_RECIPIENTS)
    for address in clean:
        if not is_email(address) or len(address) > MAX_ADDRESS or not address.isascii() or _NOT_IN_ADDRESSES & set(address):
            raise BadEmail(field="recipients", value=address[:100])
    return clean


def _visible(actor: User) -> Select[Delivery]:
    query = select(Delivery).join(User, User.id == Delivery.made_by_id).outerjoin(Team, Team.id == Delivery.team_id)
    scope = scope_of(actor)
    if scope.everything:
        return query
    return query.where(or_(Delivery.made_by_id == actor.id, Delivery.team_id.in_(sorted(scope.team_ids))))


def _own(session: Session, actor: User, delivery_id: int) -> Delivery:
    """Return a delivery that `actor` may change, locked."""
    require_lead(actor)
    query = _visible(actor).where(Delivery.id == delivery_id).with_for_update(of=Delivery).execution_options(populate_existing=True)
    delivery = session.scalar(query)
    if delivery is None:
        raise NotFound()
    if delivery.made_by_id != actor.id and actor.role is not Role.ADMIN:
        raise NotAllowed()
    return delivery


def _row(delivery: Delivery, team: str | None, maker: str, actor: User) -> DeliveryRow:
    asked = input_of(delivery)
    return DeliveryRow(
        id=delivery.id,
        version=delivery.version,
        asked=asked,
        team=team or "",
        maker=maker,
        mine=delivery.made_by_id == actor.id or actor.role is Role.ADMIN,
        next_at=delivery.next_at,
        week=asked.schedule.week(delivery.next_at).first,
        state=delivery.state,
        attempts=delivery.attempts,
        trouble=Trouble.read(delivery.trouble),
        sent_for=delivery.sent_for,
        sent_at=delivery.sent_at,
        stopped=delivery.retired_at is not None,
    )


def _audit(session: Session, actor: User, action: AuditAction, delivery: Delivery, now: datetime) -> None:
    team = session.get(Team, delivery.team_id) if delivery.team_id is not None else None
    details = {"format": delivery.format, "folder": delivery.to_folder, "recipients": delivery.recipients}
    name = team.name if team is not None else ""
    audit.record(session, actor, action, subject_kind="delivery", subject_id=delivery.id, subject=name, details=details, now=now)
