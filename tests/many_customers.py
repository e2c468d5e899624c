"""What tests of acts on many customers ask and do again and again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerTag, Tag, User
from fieldsales.domain.words import BulkAction
from fieldsales.services.acting.bulk_changes import BulkAct, BulkResult, apply_change

# What changes with every save: who has the customer open in a form is told, and the maps read it anew.
BOOKKEEPING = {"version", "changed_at"}


def data_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every column of every customer but the bookkeeping, and who carries which tag, as the database holds them."""
    with database.read() as session:
        names = [column.name for column in Customer.__table__.columns if column.name not in BOOKKEEPING]
        customers = session.execute(text(f"SELECT {', '.join(names)} FROM customers ORDER BY id")).all()
        tags = session.execute(text("SELECT customer_id, tag_id FROM customer_tags ORDER BY 1, 2")).all()
    return {"customers": [tuple(map(repr, row)) for row in customers], "tags": [tuple(row) for row in tags]}


def act(database: Database, actor: User, ids: list[int], what: BulkAct, *, now: datetime, ref: UUID | None = None) -> BulkResult:
    with database.write() as session:
        return apply_change(session, actor, customer_ids=ids, act=what, client_ref=ref or uuid4(), now=now)


def reassign(owner: User) -> BulkAct:
    return BulkAct(BulkAction.REASSIGN, owner_id=owner.id)


def stored(database: Database, customer_id: int) -> Customer:
    with database.read() as session:
        return session.get_one(Customer, customer_id)


def tags_on(database: Database, customer_id: int) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Tag.name).join(CustomerTag).where(CustomerTag.customer_id == customer_id).order_by(Tag.name)))
