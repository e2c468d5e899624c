"""Everything that happened at a customer in one order, newest first: read in portions, one bounded query per kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from enum import StrEnum
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from fieldsales.db.models import Attachment, Customer, CustomerChange, CustomerRequest, Note, Purchase, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause, VisitKind
from fieldsales.services.access import find_customer
from fieldsales.services.customers import attachments, purchases, request_rows
from fieldsales.services.customers.attachments import AttachmentRow
from fieldsales.services.customers.notes import NoteRow, note_row
from fieldsales.services.customers.purchases import PurchaseRow
from fieldsales.services.customers.records import may_change
from fieldsales.services.customers.request_rows import RequestRow
from fieldsales.services.visits.check_ins import CheckInRow, check_ins_of_visits
from fieldsales.services.visits.visits import VisitRow, visit_row, visit_rows

LARGEST_PORTION = 500
Columns = TypeVarTuple("Columns")


class TimelineKind(StrEnum):
    """What a timeline tells of; at the same moment the later of these stands above, visits, calls and mails as they were recorded."""

    FILE = "file"
    LIKELIHOOD = "likelihood"
    NOTE = "note"
    MAIL = "mail"
    CALL = "call"
    VISIT = "visit"
    REQUEST = "request"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class VisitEntry:
    """A visit, call or mail with the photos and recordings made of it, and the check-in that came before it."""

    visit: VisitRow
    files: tuple[AttachmentRow, ...]
    may_change: bool
    check_in: CheckInRow | None = None


@dataclass(frozen=True, slots=True)
class LikelihoodEntry:
    """A likelihood that moved without a visit: by an edit, an import, or something taken back."""

    before: Likelihood
    after: Likelihood
    cause: ChangeCause


Entry = VisitEntry | LikelihoodEntry | NoteRow | PurchaseRow | RequestRow | AttachmentRow


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """Where a portion ended: everything below it in the timeline's order comes next."""

    at: datetime
    kind: TimelineKind
    id: int


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened; `at` is its moment, for a purchase the end of its day. `who` is empty for imports."""

    kind: TimelineKind
    id: int
    at: datetime
    who: str
    entry: Entry

    @property
    def mark(self) -> TimelineMark:
        """Where a portion that ends with this item ends."""
        return TimelineMark(self.at, self.kind, self.id)


@dataclass(frozen=True, slots=True)
class _Portion:
    """What is asked for of each kind."""

    actor: User
    customer_id: int
    limit: int
    before: TimelineMark | None
    zone: tzinfo


def read_timeline(
    session: Session,
    actor: User,
    *,
    customer_id: int,
    limit: int,
    before: TimelineMark | None = None,
    kinds: Collection[TimelineKind] | None = None,
    zone: tzinfo = UTC,
) -> tuple[TimelineItem, ...]:
    """Return up to `limit` of what happened at a customer, newest first, from `before` on, of some `kinds` or all.

    `zone` is the reader's: a purchase has a day and no time, and stands at the end of that day. However long the
    history, no more than `limit` rows of each kind are read.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    wanted = set(TimelineKind) if kinds is None else set(kinds)
    portion = _Portion(actor, customer_id, min(max(limit, 0), LARGEST_PORTION), before, zone)
    items: list[TimelineItem] = []
    visit_kinds = [kind for kind, timeline_kind in _VISIT_KINDS.items() if timeline_kind in wanted]
    if visit_kinds:
        items += _visits(session, portion, visit_kinds)
    for timeline_kind, read in _READERS.items():
        if timeline_kind in wanted:
            items += read(session, portion)
    items.sort(key=lambda item: (item.at, _rank(item.kind), item.id), reverse=True)
    return _with_files(session, portion, items[: portion.limit])


_VISIT_KINDS = {
    VisitKind.VISIT: TimelineKind.VISIT,
    VisitKind.ONLINE: TimelineKind.VISIT,
    VisitKind.CALL: TimelineKind.CALL,
    VisitKind.EMAIL: TimelineKind.MAIL,
}


def _visits(session: Session, portion: _Portion, visit_kinds: list[VisitKind]) -> Iterable[TimelineItem]:
    query = visit_rows().where(Visit.customer_id == portion.customer_id)
    if len(visit_kinds) < len(_VISIT_KINDS):
        query = query.where(Visit.kind.in_(visit_kinds))
    for found in session.execute(_portion_of(query, portion, TimelineKind.VISIT, Visit.visited_at, Visit.id)):
        visit = visit_row(*found)
        entry = VisitEntry(visit, (), may_change(portion.actor, visit.user_id))
        yield TimelineItem(_VISIT_KINDS[visit.kind], visit.id, visit.visited_at, visit.who, entry)


def _notes(session: Session, portion: _Portion) -> Iterable[TimelineItem]:
    query = select(Note, User.name).join(User, Note.user_id == User.id)
    query = query.where(Note.customer_id == portion.customer_id, Note.deleted_at.is_(None))
    for note, who in session.execute(_portion_of(query, portion, TimelineKind.NOTE, Note.created_at, Note.id)):
        yield TimelineItem(TimelineKind.NOTE, note.id, note.created_at, who, note_row(note, portion.actor))


def _requests(session: Session, portion: _Portion) -> Iterable[TimelineItem]:
    query = request_rows.request_rows().where(CustomerRequest.customer_id == portion.customer_id)
    query = _portion_of(query, portion, TimelineKind.REQUEST, CustomerRequest.opened_at, CustomerRequest.id)
    for found in session.execute(query):
        row = request_rows.row_of(*found, portion.actor)
        yield TimelineItem(TimelineKind.REQUEST, row.id, row.opened_at, row.opened_by, row)


def _files(session: Session, portion: _Portion) -> Iterable[TimelineItem]:
    """Yield the files that belong to no visit; those of a visit are shown with it."""
    query = select(Attachment, User.name).join(User, Attachment.user_id == User.id)
    query = query.where(Attachment.customer_id == portion.customer_id, Attachment.deleted_at.is_(None))
    query = query.where(Attachment.visit_id.is_(None), Attachment.draft_ref.is_(None))
    for file, who in session.execute(_portion_of(query, portion, TimelineKind.FILE, Attachment.created_at, Attachment.id)):
        yield TimelineItem(TimelineKind.FILE, file.id, file.created_at, who, attachments.row_of(file, who, portion.actor))


def _likelihoods(session: Session, portion: _Portion) -> Iterable[TimelineItem]:
    """Yield the moves that no visit made; those of a visit are shown with it."""
    query = select(CustomerChange, User.name).outerjoin(User, CustomerChange.changed_by_id == User.id)
    query = query.where(
        CustomerChange.customer_id == portion.customer_id,
        CustomerChange.visit_id.is_(None),
        CustomerChange.after["likelihood"].as_string().is_not(None),
        CustomerChange.before["likelihood"].as_string().is_not(None),
    )
    query = _portion_of(query, portion, TimelineKind.LIKELIHOOD, CustomerChange.changed_at, CustomerChange.id)
    for change, who in session.execute(query):
        entry = LikelihoodEntry(Likelihood(change.before["likelihood"]), Likelihood(change.after["likelihood"]), change.cause)
        yield TimelineItem(TimelineKind.LIKELIHOOD, change.id, change.changed_at, who or "", entry)


def _purchases(session: Session, portion: _Portion) -> Iterable[TimelineItem]:
    query = (
        select(Purchase, Customer.name, User.name)
        .join(Customer, Purchase.customer_id == Customer.id)
        .join(User, Purchase.user_id == User.id)
        .where(Purchase.customer_id == portion.customer_id, Purchase.deleted_at.is_(None))
    )
    if portion.before is not None:
        query = query.where(_day_before(portion.before, portion.zone))
    for purchase, customer_name, who in session.execute(query.order_by(Purchase.bought_on.desc(), Purchase.id.desc()).limit(portion.limit)):
        row = purchases.row_of(purchase, customer_name, who, portion.actor)
        yield TimelineItem(TimelineKind.PURCHASE, row.id, _end_of(row.bought_on, portion.zone), who, row)


_READERS: dict[TimelineKind, Callable[[Session, _Portion], Iterable[TimelineItem]]] = {
    TimelineKind.NOTE: _notes,
    TimelineKind.REQUEST: _requests,
    TimelineKind.FILE: _files,
    TimelineKind.LIKELIHOOD: _likelihoods,
    TimelineKind.PURCHASE: _purchases,
}


def _portion_of(
    query: Select[*Columns], portion: _Portion, kind: TimelineKind, at: SQLCoreOperations[datetime], row_id: SQLCoreOperations[int]
) -> Select[*Columns]:
    """Return the query ordered and cut to the portion."""
    mark = portion.before
    if mark is not None:
        rank, mark_rank = _rank(kind), _rank(mark.kind)
        same_moment: ColumnElement[bool] = at == mark.at
        if rank == mark_rank:
            query = query.where(or_(at < mark.at, and_(same_moment, row_id < mark.id)))
        else:
            query = query.where(or_(at < mark.at, same_moment) if rank < mark_rank else at < mark.at)
    return query.order_by(at.desc(), row_id.desc()).limit(portion.limit)


def _day_before(mark: TimelineMark, zone: tzinfo) -> ColumnElement[bool]:
    """Return the condition on `Purchase` that leaves what stands below the mark."""
    day = mark.at.astimezone(zone).date()
    if mark.kind is TimelineKind.PURCHASE and mark.at == _end_of(day, zone):
        return or_(Purchase.bought_on < day, and_(Purchase.bought_on == day, Purchase.id < mark.id))
    return Purchase.bought_on < day


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.max, tzinfo=zone).astimezone(UTC)


def _rank(kind: TimelineKind) -> int:
    """Return what orders kinds at the same moment; visits, calls and mails are one, as they are rows of one table."""
    one = TimelineKind.VISIT if kind in (TimelineKind.CALL, TimelineKind.MAIL) else kind
    return list(TimelineKind).index(one)


def _with_files(session: Session, portion: _Portion, items: list[TimelineItem]) -> tuple[TimelineItem, ...]:
    """Give each visit its files and its check-in, all read at once."""
    ids = [item.id for item in items if isinstance(item.entry, VisitEntry)]
    if not ids:
        return tuple(items)
    query = select(Attachment, User.name).join(User, Attachment.user_id == User.id)
    query = query.where(Attachment.visit_id.in_(ids), Attachment.deleted_at.is_(None)).order_by(Attachment.id)
    of_visit: dict[int, list[AttachmentRow]] = {}
    for file, who in session.execute(query):
        of_visit.setdefault(file.visit_id or 0, []).append(attachments.row_of(file, who, portion.actor))
    arrivals = check_ins_of_visits(session, portion.actor, visit_ids=ids)
    return tuple(_with_own(item, of_visit, arrivals) for item in items)


def _with_own(item: TimelineItem, of_visit: dict[int, list[AttachmentRow]], arrivals: dict[int, CheckInRow]) -> TimelineItem:
    if not isinstance(item.entry, VisitEntry) or (item.id not in of_visit and item.id not in arrivals):
        return item
    entry = VisitEntry(item.entry.visit, tuple(of_visit.get(item.id, ())), item.entry.may_change, arrivals.get(item.id))
    return TimelineItem(item.kind, item.id, item.at, item.who, entry)
