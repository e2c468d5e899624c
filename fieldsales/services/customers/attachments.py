"""Files and photos of customers: checked and made small before they are kept, seen by those who may see the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import Attachment, Contact, Customer, User, Visit
from fieldsales.domain import pictures
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.file_names import AUDIO_SUFFIXES, PHOTO_SUFFIXES, audio_type, clean_file_name, document_type, suffix_of
from fieldsales.domain.words import AttachmentKind
from fieldsales.errors import EmptyFile, FileTooLarge, NotAudio, NotFound
from fieldsales.services.access import find_customer, require_active, visible_to
from fieldsales.services.customers.records import (
    find_record,
    find_recorded,
    may_change,
    may_delete,
    note_deletion,
    open_customer,
    record_once,
    require_may_delete,
)
from fieldsales.services.ports import FileStore, PhotoMaker

MAX_MEGABYTES = 25
MAX_BYTES = MAX_MEGABYTES * 1024 * 1024
_PICTURES = (AttachmentKind.PHOTO, AttachmentKind.CARD)


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file as it will be kept; `preview` is None for what is no picture."""

    kind: AttachmentKind
    file_name: str
    media_type: str
    data: bytes
    preview: bytes | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """One file to draw; its bytes are at `/files/{id}`. `may_delete` says whether the reader may."""

    id: int
    kind: AttachmentKind
    file_name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    user_id: int
    who: str
    created_at: datetime
    visit_id: int | None
    contact_id: int | None
    may_delete: bool


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """Where a file lies and how it may be handed out; `inline` for what a browser may show by itself."""

    path: Path
    file_name: str
    media_type: str
    inline: bool


def kind_of(file_name: str) -> AttachmentKind:
    """Return what a file claims to be by its name; whether it is shows when it is prepared."""
    suffix = suffix_of(file_name)
    if suffix in PHOTO_SUFFIXES:
        return AttachmentKind.PHOTO
    return AttachmentKind.VOICE if suffix in AUDIO_SUFFIXES else AttachmentKind.FILE


def prepare_file(photos: PhotoMaker | None, *, kind: AttachmentKind, data: bytes, file_name: str) -> PreparedFile:
    """Check a file and bring it into the shape that is kept; takes a second for a large photo, so call it outside a transaction.

    Raises:
        EmptyFile, FileTooLarge, NotAPhoto, PhotoTooLarge, NotAudio: naming the file.
    """
    name = clean_file_name(file_name)
    if not data:
        raise EmptyFile(name=name)
    if len(data) > MAX_BYTES:
        raise FileTooLarge(name=name, limit=MAX_MEGABYTES)
    if kind in _PICTURES:
        if photos is None:
            raise ValueError("a picture needs a photo maker")
        picture = photos.make(data, name=name)
        own_name = clean_file_name(file_name, suffix=pictures.SUFFIX, otherwise="photo")
        return PreparedFile(kind, own_name, pictures.MEDIA_TYPE, picture.data, picture.preview, picture.width, picture.height)
    if kind is AttachmentKind.VOICE:
        media_type = audio_type(data)
        if media_type is None:
            raise NotAudio(name=name)
        return PreparedFile(kind, name, media_type, data)
    return PreparedFile(kind, name, document_type(name), data)


def attach_file(
    session: Session,
    actor: User,
    files: FileStore,
    *,
    customer_id: int,
    kind: AttachmentKind,
    data: bytes,
    file_name: str,
    client_ref: UUID,
    now: datetime,
    photos: PhotoMaker | None = None,
    visit_id: int | None = None,
    draft_ref: UUID | None = None,
    contact_id: int | None = None,
) -> Attachment:
    """Check, prepare and keep a file in one go; pictures need `photos`. The same `client_ref` twice keeps it once.

    Raises:
        The errors of `prepare_file` and `attach_prepared`.
    """
    known = find_recorded(session, Attachment, client_ref, actor.id)
    if known is not None:
        return known
    find_customer(session, actor, customer_id)  # before unpacking anything for a stranger
    prepared = prepare_file(photos, kind=kind, data=data, file_name=file_name)
    return attach_prepared(
        session,
        actor,
        files,
        customer_id=customer_id,
        prepared=prepared,
        client_ref=client_ref,
        now=now,
        visit_id=visit_id,
        draft_ref=draft_ref,
        contact_id=contact_id,
    )


def attach_prepared(
    session: Session,
    actor: User,
    files: FileStore,
    *,
    customer_id: int,
    prepared: PreparedFile,
    client_ref: UUID,
    now: datetime,
    visit_id: int | None = None,
    draft_ref: UUID | None = None,
    contact_id: int | None = None,
) -> Attachment:
    """Keep a prepared file of a customer; the same `client_ref` twice keeps it once.

    With `draft_ref` it belongs to a visit in the making and is its author's alone until `adopt_draft_files`; where the visit
    was recorded meanwhile, on another device, it belongs to that at once.
    The bytes are stored before the row: a crash between the two leaves a file without a row, which the sweep removes.

    Raises:
        CustomerNotFound, NotFound (no such visit or contact of this customer), FileNotStored.
    """
    customer = open_customer(session, actor, customer_id)
    known = find_recorded(session, Attachment, client_ref, actor.id)
    if known is not None:
        return known
    if visit_id is None and draft_ref is not None:
        recorded = Visit.client_ref == draft_ref, Visit.user_id == actor.id, Visit.customer_id == customer.id, Visit.deleted_at.is_(None)
        visit_id = session.scalar(select(Visit.id).where(*recorded))
    if visit_id is not None:
        _require_visit(session, actor, visit_id, customer.id)
    if contact_id is not None:
        contact = session.get(Contact, contact_id)
        if contact is None or contact.customer_id != customer.id:
            raise NotFound()
    attachment = Attachment(
        client_ref=client_ref,
        customer_id=customer.id,
        user_id=actor.id,
        visit_id=visit_id,
        draft_ref=None if visit_id is not None else draft_ref,
        contact_id=contact_id,
        kind=prepared.kind,
        file_name=prepared.file_name,
        media_type=prepared.media_type,
        size=len(prepared.data),
        width=prepared.width,
        height=prepared.height,
        stored_name=files.keep(prepared.data, preview=prepared.preview),
        created_at=now,
    )
    return record_once(session, attachment, actor.id)


def _require_visit(session: Session, actor: User, visit_id: int, customer_id: int) -> Visit:
    visit = session.get(Visit, visit_id)
    if visit is None or visit.customer_id != customer_id or visit.deleted_at is not None or not may_change(actor, visit.user_id):
        raise NotFound()
    return visit


def adopt_draft_files(session: Session, actor: User, *, draft_ref: UUID, visit_id: int) -> int:
    """Give the files of a draft to the visit that it became and return how many; doing it twice changes nothing.

    Raises:
        NotFound: no such visit of the actor's.
    """
    require_active(actor)
    visit = session.get(Visit, visit_id)
    if visit is None or visit.user_id != actor.id:
        raise NotFound()
    mine = (Attachment.draft_ref == draft_ref, Attachment.user_id == actor.id, Attachment.deleted_at.is_(None))
    ids = list(session.scalars(select(Attachment.id).where(*mine)))
    session.execute(
        update(Attachment).where(Attachment.id.in_(ids)).values(visit_id=visit.id, draft_ref=None, customer_id=visit.customer_id)
    )
    return len(ids)


def discard_draft_files(session: Session, actor: User, *, draft_ref: UUID, now: datetime) -> None:
    """Delete the files of one's own draft that was thrown away."""
    require_active(actor)
    mine = (Attachment.draft_ref == draft_ref, Attachment.user_id == actor.id, Attachment.deleted_at.is_(None))
    session.execute(update(Attachment).where(*mine).values(deleted_at=now))


def list_attachments(
    session: Session,
    actor: User,
    *,
    customer_id: int | None = None,
    visit_id: int | None = None,
    draft_ref: UUID | None = None,
    contact_id: int | None = None,
    limit: int = 200,
) -> tuple[AttachmentRow, ...]:
    """Return the files of a customer, visit, own draft or contact, newest first; what `actor` may not see is not there."""
    query = _shown_to(actor).order_by(Attachment.created_at.desc(), Attachment.id.desc()).limit(limit)
    wanted = {"customer_id": customer_id, "visit_id": visit_id, "draft_ref": draft_ref, "contact_id": contact_id}
    for column, value in wanted.items():
        if value is not None:
            query = query.where(getattr(Attachment, column) == value)
    if draft_ref is None:
        query = query.where(Attachment.draft_ref.is_(None))
    return tuple(row_of(attachment, who, actor) for attachment, who in session.execute(query))


def row_of(attachment: Attachment, who: str, actor: User) -> AttachmentRow:
    """Return a file as it is drawn for `actor`."""
    return AttachmentRow(
        id=attachment.id,
        kind=attachment.kind,
        file_name=attachment.file_name,
        media_type=attachment.media_type,
        size=attachment.size,
        width=attachment.width,
        height=attachment.height,
        user_id=attachment.user_id,
        who=who,
        created_at=attachment.created_at,
        visit_id=attachment.visit_id,
        contact_id=attachment.contact_id,
        may_delete=may_delete(actor, attachment.user_id),
    )


def not_deleted() -> ColumnElement[bool]:
    """Return the condition on `Attachment` that leaves out what was deleted, and the files of deleted visits."""
    gone = select(Visit.id).where(Visit.id == Attachment.visit_id, Visit.deleted_at.is_not(None)).exists()
    return and_(Attachment.deleted_at.is_(None), or_(Attachment.visit_id.is_(None), ~gone))


def _shown_to(actor: User) -> Select[Attachment, str]:
    own_or_kept = or_(Attachment.draft_ref.is_(None), Attachment.user_id == actor.id)
    return (
        select(Attachment, User.name)
        .join(Customer, Attachment.customer_id == Customer.id)
        .join(User, Attachment.user_id == User.id)
        .where(visible_to(actor), own_or_kept, not_deleted())
    )


def open_attachment(session: Session, actor: User, files: FileStore, *, attachment_id: int, preview: bool = False) -> OpenedFile:
    """Return where the bytes of a file lie; of a picture, with `preview`, those of the small one.

    Raises:
        NotFound: no such file, or not for this actor, or its bytes are lost.
    """
    found = session.execute(_shown_to(actor).where(Attachment.id == attachment_id)).one_or_none()
    if found is None:
        raise NotFound()
    attachment: Attachment = found[0]
    path = files.path_of(attachment.stored_name, preview=preview and attachment.kind in _PICTURES)
    if path is None:
        raise NotFound()
    inline = attachment.kind is not AttachmentKind.FILE
    return OpenedFile(path, attachment.file_name, attachment.media_type, inline)


def delete_attachment(session: Session, actor: User, *, attachment_id: int, now: datetime) -> None:
    """Take a file away; it can come back until the sweep removes its bytes a day later.

    Raises:
        NotFound. NotAllowed: somebody else's, and the actor does not hold the right to delete.
    """
    attachment = _open_file(session, actor, attachment_id)
    if attachment.deleted_at is not None:
        return
    attachment.deleted_at = now
    session.flush()
    if attachment.draft_ref is None:  # what nobody but its author has seen is no deletion
        what = {"file": attachment.file_name, "size": attachment.size}
        note_deletion(session, actor, AuditAction.FILE_DELETED, attachment, what=what, now=now)


def restore_attachment(session: Session, actor: User, *, attachment_id: int) -> None:
    """Bring a deleted file back.

    Raises:
        NotFound: the sweep was there first. NotAllowed.
    """
    _open_file(session, actor, attachment_id).deleted_at = None
    session.flush()


def _open_file(session: Session, actor: User, attachment_id: int) -> Attachment:
    attachment = find_record(session, actor, Attachment, attachment_id)
    if attachment.draft_ref is not None and attachment.user_id != actor.id:
        raise NotFound()
    require_may_delete(actor, attachment.user_id)
    return attachment
