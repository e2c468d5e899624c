"""What became of visits after they were recorded: edits and deletions, for everybody who may see the customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import User, Visit, VisitChange
from fieldsales.services.access import find_customer


@dataclass(frozen=True, slots=True)
class VisitChangeRow:
    """One edit or deletion of a visit: the columns before and after as plain values; a deletion has `deleted_at`."""

    id: int
    visit_id: int
    visited_at: datetime
    who: str
    changed_at: datetime
    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def is_deletion(self) -> bool:
        """True when the visit was deleted or taken back."""
        return "deleted_at" in self.after


def list_visit_changes(session: Session, actor: User, *, customer_id: int, limit: int = 50) -> tuple[VisitChangeRow, ...]:
    """Return what was edited in, or deleted from, a customer's visits, newest first.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    query = (
        select(VisitChange, Visit.visited_at, User.name)
        .join(Visit, VisitChange.visit_id == Visit.id)
        .join(User, VisitChange.changed_by_id == User.id)
        .where(Visit.customer_id == customer_id)
        .order_by(VisitChange.changed_at.desc(), VisitChange.id.desc())
        .limit(limit)
    )
    return tuple(
        VisitChangeRow(c.id, c.visit_id, visited_at, who, c.changed_at, c.reason, c.before, c.after)
        for c, visited_at, who in session.execute(query)
    )
