"""Tidying the file store: what was deleted goes for good after a day, what a crash left without a row goes too."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import Attachment, VisitDraft
from fieldsales.services.ports import FileStore

KEPT_DELETED = timedelta(days=1)
KEPT_UNKNOWN = timedelta(hours=24)  # far longer than any transaction between the bytes and their row
BATCH = 500
# A server started with another database knows none of the files: then nothing is removed.
FEWEST_TO_DOUBT = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unknown:
    """What lies in the store: how many files in all, and the names of those that no row knows."""

    total: int
    names: tuple[str, ...]

    @property
    def doubtful(self) -> bool:
        """True when so many are unknown, or simply all, that the store rather belongs to another database."""
        many = len(self.names) > FEWEST_TO_DOUBT and 2 * len(self.names) > self.total
        return many or 0 < self.total == len(self.names)


def forget_lost_drafts(session: Session, *, now: datetime) -> int:
    """Delete the files of drafts that are no more and became no visit; return how many."""
    draft = exists().where(VisitDraft.client_ref == Attachment.draft_ref)
    lost = (
        Attachment.draft_ref.is_not(None),
        Attachment.visit_id.is_(None),
        Attachment.deleted_at.is_(None),
        Attachment.created_at < now - KEPT_DELETED,
        ~draft,
    )
    ids = list(session.scalars(select(Attachment.id).where(*lost).limit(BATCH)))
    session.execute(update(Attachment).where(Attachment.id.in_(ids)).values(deleted_at=now))
    return len(ids)


def forget_deleted(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Remove the rows of up to 500 files deleted a day ago and return their stored names: once committed, their bytes can go."""
    old = Attachment.deleted_at < now - KEPT_DELETED
    found = session.execute(select(Attachment.id, Attachment.stored_name).where(old).limit(BATCH)).all()
    session.execute(delete(Attachment).where(Attachment.id.in_([row.id for row in found])))
    return tuple(row.stored_name for row in found)


def find_unknown(session: Session, files: FileStore, *, now: datetime) -> Unknown:
    """Return what has lain in the store for a day without a row."""
    total, unknown = 0, list[str]()
    for names in files.kept_names(before=now - KEPT_UNKNOWN):
        total += len(names)
        for start in range(0, len(names), BATCH):
            unknown += _without_row(session, names[start : start + BATCH])
    return Unknown(total, tuple(unknown))


def _without_row(session: Session, names: Sequence[str]) -> list[str]:
    known = set(session.scalars(select(Attachment.stored_name).where(Attachment.stored_name.in_(names))))
    return [name for name in names if name not in known]
