"""Two records of one customer made one, and the way back: what moved, and what the columns said before, is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from fieldsales.db.models import Customer, CustomerMerge, User, Visit
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.words import ChangeCause, Role
from fieldsales.errors import N_, Conflict, CustomerNotFound, NotAllowed, NotFound
from fieldsales.services import audit
from fieldsales.services.access import require_active, visible_customers
from fieldsales.services.customers.contacts import refresh_search_text
from fieldsales.services.customers.customer_input import EDITED_COLUMNS
from fieldsales.services.customers.customers import (
    change_of,
    plain,
    require_free_code,
    write_keys,
)
from fieldsales.services.duplicates.duplicates import SameCustomer
from fieldsales.services.duplicates.merge_choices import FIELDS, FieldChoice, chosen_values, differing_fields
from fieldsales.services.duplicates.merge_rows import (
    MOVING,
    Values,
    add_tags,
    changed_columns,
    count_rows,
    move_rows,
    move_rows_back,
    remove_tags,
    restore_columns,
    typed,
    values_of,
)


class MergeNotYours(NotAllowed):
    code = "merge_not_yours"
    message = N_("Only a manager, or the owner of both, may merge two customers.")


class AlreadyMerged(Conflict):
    code = "already_merged"
    message = N_("One of the two has been merged or archived already. Open the list of duplicates again.")


class MergeOutdated(Conflict):
    code = "merge_outdated"
    message = N_("One of the two was changed in the meantime. Look at both again, then merge.")


class UndoLaterMergeFirst(Conflict):
    code = "undo_later_merge_first"
    message = N_("The customer that was kept has been merged into another one since. Undo that first.")


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would do: each field that differs with both values and what is proposed, and how much moves.

    `moving` maps table names to numbers of rows that somebody can see.
    `versions` belongs into `merge_customers`, which refuses when either side has changed since.
    """

    kept_id: int
    merged_id: int
    kept_name: str
    merged_name: str
    fields: tuple[FieldChoice, ...]
    moving: Mapping[str, int]
    new_tags: tuple[str, ...]
    versions: tuple[int, int]


@dataclass(frozen=True, slots=True)
class MergeRow:
    """One merge that can still be undone."""

    id: int
    kept_id: int
    kept_name: str
    merged_id: int
    merged_name: str
    who: str
    merged_at: datetime


def may_merge(actor: User, *customers: Customer) -> bool:
    """True for managers and admins, and for the owner of all of `customers`, which the caller has made sure they see."""
    return actor.disabled_at is None and (actor.role is not Role.REP or all(c.owner_id == actor.id for c in customers))


def preview_merge(session: Session, actor: User, *, kept_id: int, merged_id: int) -> MergePreview:
    """Return what merging would do; nothing is changed.

    Raises:
        CustomerNotFound, SameCustomer, MergeNotYours, AlreadyMerged.
    """
    kept, merged = _open_pair(session, actor, kept_id, merged_id, locked=False)
    tags = {tag.name for tag in kept.tags}
    return MergePreview(
        kept.id,
        merged.id,
        kept.name,
        merged.name,
        differing_fields(session, kept, merged),
        {name: number for name, model in MOVING.items() if (number := count_rows(session, model, merged.id))},
        tuple(tag.name for tag in merged.tags if tag.name not in tags),
        (kept.version, merged.version),
    )


def propose_kept(session: Session, actor: User, *, customer_ids: tuple[int, int]) -> tuple[int, int]:
    """Return (kept, merged) as it is likeliest meant: what has more visits stays, then what is older.

    Raises:
        CustomerNotFound, SameCustomer, MergeNotYours, AlreadyMerged.
    """
    pair = _open_pair(session, actor, *customer_ids, locked=False)
    kept, merged = sorted(pair, key=lambda customer: (-count_rows(session, Visit, customer.id), customer.id))
    return kept.id, merged.id


def merge_customers(
    session: Session,
    actor: User,
    *,
    kept_id: int,
    merged_id: int,
    choices: Mapping[str, str],
    versions: tuple[int, int],
    now: datetime,
) -> CustomerMerge:
    """Make one customer of two: the chosen values, and everything that hangs on the merged one, go to the kept one.

    `choices` maps names of fields to sides (`Side`); a field that is not named takes what the preview proposes.
    The merged one is archived and leads to the kept one. Both rows are locked in the order of their ids.

    Raises:
        CustomerNotFound, SameCustomer, MergeNotYours, AlreadyMerged, MergeOutdated (a version is not the one previewed),
        BadChoice, TextTooLong.
    """
    kept, merged = _open_pair(session, actor, kept_id, merged_id, locked=True)
    if (kept.version, merged.version) != versions:
        raise MergeOutdated()
    before = values_of(kept), values_of(merged)
    tags_before = [tag.name for tag in kept.tags]
    chosen = chosen_values(differing_fields(session, kept, merged), choices, kept, merged)
    merged.archived_at, merged.merged_into_id, merged.changed_at = now, kept.id, now
    merged.locate_due_at = merged.locate_claim = None
    if chosen.get("code") is not None:
        merged.code = None
        session.flush()  # a code stands once in the table, and the kept row may be written first
    for name, value in chosen.items():
        setattr(kept, name, value)
    if "address" in chosen:
        kept.locate_claim = None
    kept.last_visited_at = max((v for v in (kept.last_visited_at, merged.last_visited_at) if v), default=None)
    kept.changed_at = now
    added = add_tags(kept, merged)
    session.flush()
    rows = {name: ids for name, model in MOVING.items() if (ids := move_rows(session, model, merged.id, kept.id))}
    _find_by_all(session, kept)
    together = FIELDS["address"] if "address" in chosen else ()
    columns = {
        "kept": changed_columns(before[0], values_of(kept), always=together),
        "merged": changed_columns(before[1], values_of(merged)),
    }
    moved = columns | {"rows": rows, "tags": added}
    merge = CustomerMerge(kept_id=kept.id, merged_id=merged.id, merged_by_id=actor.id, merged_at=now, moved=moved)
    session.add(merge)
    _keep_history(session, actor, kept, merged, before[0], tags_before, now=now)
    session.flush()
    audit.record(session, actor, AuditAction.CUSTOMER_MERGED, **_about(kept, merged), now=now)
    return merge


def undo_merge(session: Session, actor: User, *, merge_id: int, now: datetime) -> CustomerMerge:
    """Make two of one again: everything that moved goes back, every column says what it said before.

    What was recorded for the kept customer since stays with it, and so does a field that somebody has changed since.

    Raises:
        NotFound: no such merge, or undone already, or of customers `actor` may not see. MergeNotYours.
        UndoLaterMergeFirst. CodeTaken: somebody else has the code that the merged customer had.
    """
    merge = session.get(CustomerMerge, merge_id)
    if merge is None:
        raise NotFound()
    try:
        kept, merged = _lock_both(session, actor, merge.kept_id, merge.merged_id)
    except CustomerNotFound:
        raise NotFound() from None
    session.refresh(merge)  # a colleague may have undone it while we waited for the lock
    if merge.undone_at is not None:
        raise NotFound()
    if not may_merge(actor, kept, merged):
        raise MergeNotYours()
    if kept.merged_into_id is not None:
        raise UndoLaterMergeFirst()
    said = values_of(kept)
    restore_columns(kept, merge.moved["kept"])
    session.flush()  # the code is free before its former owner takes it back
    code = merge.moved["merged"].get("code", [None])[0]
    if code and merged.code is None:
        require_free_code(session, code, merged.id)
    restore_columns(merged, merge.moved["merged"])
    for name, ids in merge.moved["rows"].items():
        move_rows_back(session, MOVING[name], ids, kept.id, merged.id)
    remove_tags(kept, merge.moved["tags"])
    kept.changed_at = merged.changed_at = merge.undone_at = now
    session.flush()
    _count_visits_again(session, kept, merge.moved["kept"])
    if merge.moved["rows"].get("visits"):  # of these some may have been edited or deleted since
        merged.last_visited_at = _newest_visit(session, merged)
    _find_by_all(session, kept, merge.moved["kept"].get("search_text"))
    changes = {name: (said[name], plain(getattr(kept, name))) for name in said if said[name] != plain(getattr(kept, name))}
    session.add(change_of(actor, kept.id, ChangeCause.MERGE, {"unmerged_name": (None, merged.name)} | _shown(changes), now=now))
    session.add(change_of(actor, merged.id, ChangeCause.MERGE, {"unmerged_name": (None, kept.name)}, now=now))
    session.flush()
    audit.record(session, actor, AuditAction.MERGE_UNDONE, **_about(kept, merged), now=now)
    return merge


def _about(kept: Customer, merged: Customer) -> dict[str, Any]:
    details = {"merged": merged.name, "merged_id": merged.id}
    return {"subject_kind": "customer", "subject_id": kept.id, "subject": kept.name, "details": details}


def list_merges(session: Session, actor: User, *, customer_id: int | None = None, limit: int = 20) -> tuple[MergeRow, ...]:
    """Return the newest merges that `actor` can undo, with `customer_id` only those that customer was kept in."""
    visible = visible_customers(actor, archived=True).with_only_columns(Customer.id)
    query = (
        select(CustomerMerge, User.name)
        .join(User, CustomerMerge.merged_by_id == User.id)
        .where(CustomerMerge.undone_at.is_(None), CustomerMerge.kept_id.in_(visible), CustomerMerge.merged_id.in_(visible))
        .order_by(CustomerMerge.id.desc())
        .limit(limit)
    )
    if customer_id is not None:
        query = query.where(CustomerMerge.kept_id == customer_id)
    found = list(session.execute(query))
    ids = {customer_id for merge, _ in found for customer_id in (merge.kept_id, merge.merged_id)}
    customers = {c.id: c for c in session.scalars(select(Customer).where(Customer.id.in_(sorted(ids))))} if found else {}
    return tuple(
        MergeRow(m.id, m.kept_id, customers[m.kept_id].name, m.merged_id, customers[m.merged_id].name, who, m.merged_at)
        for m, who in found
        if may_merge(actor, customers[m.kept_id], customers[m.merged_id])
    )


def kept_of(session: Session, actor: User, *, customer_id: int) -> int:
    """Return the customer that `customer_id` is today: itself, or the one it was merged into.

    Raises:
        CustomerNotFound.
    """
    while True:
        row = session.execute(
            visible_customers(actor, archived=True).with_only_columns(Customer.merged_into_id).where(Customer.id == customer_id)
        ).first()
        if row is None:
            raise CustomerNotFound()
        if row.merged_into_id is None:
            return customer_id
        customer_id = row.merged_into_id


def _open_pair(session: Session, actor: User, kept_id: int, merged_id: int, *, locked: bool) -> tuple[Customer, Customer]:
    require_active(actor)
    if kept_id == merged_id:
        raise SameCustomer()
    kept, merged = _lock_both(session, actor, kept_id, merged_id, locked=locked)
    if not may_merge(actor, kept, merged):
        raise MergeNotYours()
    if kept.archived_at is not None or merged.archived_at is not None:
        raise AlreadyMerged()
    return kept, merged


def _lock_both(session: Session, actor: User, kept_id: int, merged_id: int, *, locked: bool = True) -> tuple[Customer, Customer]:
    query = visible_customers(actor, archived=True).where(Customer.id.in_((kept_id, merged_id))).order_by(Customer.id)
    query = query.options(selectinload(Customer.tags)).execution_options(populate_existing=True)
    found = {c.id: c for c in session.scalars(query.with_for_update(of=Customer) if locked else query)}
    if len(found) < 2:
        raise CustomerNotFound()
    return found[kept_id], found[merged_id]


def _find_by_all(session: Session, customer: Customer, changed: Sequence[str] | None = None) -> None:
    """Make a customer be found by its own words and those of the people there now; `changed` is what undoing put back."""
    if changed is not None and customer.search_text == changed[0]:
        return
    write_keys(customer)
    refresh_search_text(session, customer.id)
    session.refresh(customer, ["search_text"])


def _count_visits_again(session: Session, kept: Customer, changed: Mapping[str, Sequence[Any]]) -> None:
    """Let the visits that are there now say when the last one was, if the merge had a say in it."""
    if "last_visited_at" not in changed:
        return
    newest = _newest_visit(session, kept)
    before = typed("last_visited_at", changed["last_visited_at"][0])
    known = (before, newest) if kept.last_visited_at == before else (newest,)
    kept.last_visited_at = max((moment for moment in known if moment is not None), default=None)


def _newest_visit(session: Session, customer: Customer) -> datetime | None:
    return session.scalar(select(func.max(Visit.visited_at)).where(Visit.customer_id == customer.id, Visit.deleted_at.is_(None)))


def _keep_history(
    session: Session, actor: User, kept: Customer, merged: Customer, before: Values, tags_before: list[str], *, now: datetime
) -> None:
    after = values_of(kept)
    changes = _shown({name: (value, after[name]) for name, value in before.items() if value != after[name]})
    tags = [tag.name for tag in kept.tags]
    if tags != tags_before:
        changes["tags"] = (tags_before, tags)
    session.add(change_of(actor, kept.id, ChangeCause.MERGE, {"merged_name": (None, merged.name)} | changes, now=now))
    session.add(change_of(actor, merged.id, ChangeCause.MERGE, {"merged_into_name": (None, kept.name)}, now=now))


def _shown(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Return what history tells of a change: what people edit, not what machines derive from it."""
    return {name: values for name, values in changes.items() if name in EDITED_COLUMNS}
