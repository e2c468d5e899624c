"""A stored territory, for tests of what lies in it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from fieldsales.db.database import Database
from fieldsales.db.models import Territory, User
from fieldsales.domain.words import AreaKind
from tests.team_rows import NOW


def add_territory(database: Database, owner: User, *, areas: Sequence[str] = (), **more: object) -> int:
    """Store a territory of somebody, of these municipalities or as the columns in `more` say, and return its id."""
    values: dict[str, object] = {"kind": AreaKind.MUNICIPALITIES, "rings": [], "name": "T", "changed_by_id": owner.id, "changed_at": NOW}
    row = Territory(**values | more, client_ref=uuid4(), areas=list(areas), team_id=owner.team_id, owner_id=owner.id)
    with database.write() as session:
        session.add(row)
    return row.id
