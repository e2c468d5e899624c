"""The rows that an act on many customers writes: their history, then what they say now; one statement each, however many they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Integer, String, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from fieldsales.db.base import UtcDateTime
from fieldsales.db.id_lists import one_of
from fieldsales.db.models import Customer, CustomerChange, CustomerTag, Tag, User
from fieldsales.domain.words import BulkAction, ChangeCause
from fieldsales.services.acting.bulk_acts import BulkAct, Standing

_HISTORY = ("customer_id", "changed_by_id", "changed_at", "cause", "before", "after", "bulk_id")


def write_act(
    session: Session,
    actor: User,
    change_id: int,
    act: BulkAct,
    owner: User | None,
    ids: Collection[int],
    standings: Mapping[int, Standing],
    *,
    now: datetime,
) -> None:
    """Change the locked customers `ids` and keep what they said before."""
    match act.action:
        case BulkAction.REASSIGN:
            assert owner is not None
            _overwrite(session, actor, change_id, ids, {"owner_id": owner.id, "team_id": owner.team_id}, now=now)
        case BulkAction.CADENCE:
            _overwrite(session, actor, change_id, ids, {"cadence_days": act.cadence_days}, now=now)
        case BulkAction.TAG:
            words = add_words(session, act.tags)
            _keep_tags(session, actor, change_id, ids, on=act.tags, now=now)
            for name, tag_id in words.items():
                put_tag(session, tag_id, [i for i in ids if name not in standings[i].tags])
            touch(session, ids, now=now)
        case BulkAction.UNTAG:
            _keep_tags(session, actor, change_id, ids, off=act.tags, now=now)
            take_tags(session, act.tags, ids)
            touch(session, ids, now=now)
    session.expire_all()  # statements passed by what the session holds


def touch(session: Session, ids: Collection[int], *, now: datetime, **values: Any) -> None:
    """Write `values` into the customers; whoever has one open in a form is told, and the maps read them anew."""
    table = Customer.__table__
    statement = update(table).where(one_of(session, table.c.id, ids))  # type: ignore[arg-type]
    session.execute(statement.values(version=table.c.version + 1, changed_at=now, **values))


def what_they_say(session: Session, names: Iterable[str]) -> ColumnElement[Any]:
    """Return what the columns of a customer say, as JSON by their names."""
    json_object = func.json_object if session.get_bind().dialect.name == "sqlite" else func.json_build_object
    pairs: list[ColumnElement[Any]] = []
    for name in names:
        pairs += [literal(name, String), getattr(Customer, name)]
    return json_object(*pairs, type_=JSON)


def add_words(session: Session, names: Collection[str]) -> dict[str, int]:
    """Return the ids of tags by name; a word that is new is added, also when somebody else adds it at this moment."""
    added = (sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert)(Tag)
    session.execute(added.on_conflict_do_nothing(), [{"name": name} for name in sorted(names)])
    return {row.name: row.id for row in session.execute(select(Tag.id, Tag.name).where(Tag.name.in_(names)))}


def put_tag(session: Session, tag_id: int, ids: Collection[int]) -> None:
    """Put a tag on customers that do not carry it."""
    if ids:
        chosen = select(Customer.id, literal(tag_id, Integer)).where(one_of(session, Customer.id, ids))
        session.execute(insert(CustomerTag).from_select(["customer_id", "tag_id"], chosen))


def take_tags(session: Session, names: Collection[str], ids: Collection[int]) -> None:
    """Take tags off customers."""
    meant = CustomerTag.tag_id.in_(select(Tag.id).where(Tag.name.in_(names)))
    statement = delete(CustomerTag).where(meant, one_of(session, CustomerTag.customer_id, ids))
    session.execute(statement.execution_options(synchronize_session=False))


def tags_of(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    """Return the tags of customers in order; those without any are not in it."""
    query = select(CustomerTag.customer_id, Tag.name).join(Tag, Tag.id == CustomerTag.tag_id).order_by(Tag.name)
    found: dict[int, list[str]] = {}
    for customer_id, name in session.execute(query.where(one_of(session, CustomerTag.customer_id, ids))):
        found.setdefault(customer_id, []).append(name)
    return found


def _overwrite(session: Session, actor: User, change_id: int, ids: Collection[int], values: dict[str, Any], *, now: datetime) -> None:
    """Keep what the columns of `values` say, then let them say that."""
    rows = select(
        Customer.id,
        literal(actor.id, Integer),
        literal(now, UtcDateTime),
        literal(ChangeCause.BULK, CustomerChange.cause.type),
        what_they_say(session, values),
        literal(values, JSON),
        literal(change_id, Integer),
    ).where(one_of(session, Customer.id, ids))
    # Without the defaults: what they would say of the likelihood, this does not touch.
    session.execute(insert(CustomerChange).from_select(_HISTORY, rows.order_by(Customer.id), include_defaults=False))
    touch(session, ids, now=now, **values)


def _keep_tags(
    session: Session,
    actor: User,
    change_id: int,
    ids: Collection[int],
    *,
    on: Collection[str] = (),
    off: Collection[str] = (),
    now: datetime,
) -> None:
    """Keep which tags the customers carry, and which they will carry."""
    carried = tags_of(session, ids)
    who = {"changed_by_id": actor.id, "changed_at": now, "cause": ChangeCause.BULK, "bulk_id": change_id}
    rows = []
    for customer_id in ids:
        tags = carried.get(customer_id, [])
        wanted = sorted({*tags, *on} - set(off))
        rows.append({**who, "customer_id": customer_id, "before": {"tags": tags}, "after": {"tags": wanted}})
    session.execute(insert(CustomerChange.__table__), rows)  # type: ignore[arg-type]
