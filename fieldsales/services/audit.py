"""The audit log: who did what to whom or what, when and from where. Written by services, read by admins, changed by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache

from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, User
from fieldsales.domain.audit import AuditAction, clean_text, plain_details, words_in
from fieldsales.domain.matching import search_text
from fieldsales.i18n import LOCALES, text_for
from fieldsales.wording.audit import ACTIONS

ADDRESS = "network_address"  # under this name a session knows from where it is used (`Session.info`)
MAX_ADDRESS = 64
MAX_SEARCHED = 4_000


@contextmanager
def writing_from(database: Database, address: str) -> Iterator[Session]:
    """Yield a session in one transaction, like `Database.write`; the log's entries say that it is used from this network address."""
    with database.write() as session:
        session.info[ADDRESS] = address
        yield session


def record(
    session: Session,
    actor: User | None,
    action: AuditAction,
    *,
    subject_kind: str = "",
    subject_id: int | None = None,
    subject: str = "",
    details: Mapping[str, object] | None = None,
    now: datetime,
    address: str = "",
) -> AuditEvent:
    """Add an entry within the transaction of the act itself: both are kept, or neither is.

    `actor` None is the command line, a background worker, or a visitor who did not get in. `subject` is the name of what was acted
    on as it was then, `details` plain values, from which what is named like a secret is hidden. `address` is the network address;
    empty takes the one that the session was opened for.

    Raises:
        RuntimeError: the session only reads, so the entry would be lost.
    """
    if not session.get_bind().get_execution_options().get("writes"):
        raise RuntimeError("the audit log is written in a writing session, together with the act")
    action, kept = AuditAction(action), plain_details(details or {})
    named, from_where = clean_text(subject), (address or str(session.info.get(ADDRESS, "")))[:MAX_ADDRESS]
    who = (actor.name, actor.email) if actor is not None else ("", "")
    event = AuditEvent(
        happened_at=now,
        actor_id=actor.id if actor is not None else None,
        actor_name=who[0],
        action=action.value,
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject=named,
        details=kept,
        address=from_where,
        search_text=search_text(*who, named, from_where, *spoken(action), *words_in(kept))[:MAX_SEARCHED],
    )
    session.add(event)
    session.flush()
    return event


def record_export(
    session: Session,
    actor: User,
    action: AuditAction = AuditAction.TABLE_EXPORTED,
    *,
    what: str,
    rows: int | None = None,
    details: Mapping[str, object] | None = None,
    now: datetime,
) -> None:
    """Keep that data left the product: before the file is handed over, so that none goes out unseen. `what` names the file."""
    counted = {} if rows is None else {"rows": rows}
    record(session, actor, action, subject=what, details=counted | dict(details or {}), now=now)


@lru_cache
def spoken(action: AuditAction) -> tuple[str, ...]:
    """Return what an act is called in each language: in the searched text, so that it is found by the words on the screen."""
    return tuple(dict.fromkeys(text_for(locale).gettext(ACTIONS[action]) for locale in LOCALES))
