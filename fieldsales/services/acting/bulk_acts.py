"""What may be done to many customers at once, checked before anything happens, and what it needs to know of each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.id_lists import one_of
from fieldsales.db.models import Customer, CustomerTag, Tag, User
from fieldsales.domain.words import BulkAction
from fieldsales.errors import N_, BadNumber, FixTheInput, UserNotFound
from fieldsales.services.access import scope_of, visible_to
from fieldsales.services.customers.customer_input import MAX_CADENCE_DAYS, MAX_TAG
from fieldsales.services.customers.customers import find_owner
from fieldsales.services.customers.records import clean_text

MOST_CUSTOMERS = 50_000
MOST_TAGS = 20


class NothingChosen(FixTheInput):
    code = "no_customers_chosen"
    message = N_("No customer is chosen. Draw around some, or choose them by the filter.")
    field = "customer_ids"


class TooManyChosen(FixTheInput):
    code = "too_many_chosen"
    message = N_("These are too many customers for one go: at most {limit}. Narrow the choice and do it in parts.")
    field = "customer_ids"


class NobodyGiven(FixTheInput):
    code = "nobody_given"
    message = N_("Choose who is to look after the customers.")
    field = "owner_id"


class OwnerLeft(FixTheInput):
    code = "owner_left"
    message = N_("{name} has left and cannot be given customers. Choose somebody who is still there.")
    field = "owner_id"


class NoTagGiven(FixTheInput):
    code = "no_tag_given"
    message = N_("Choose or type a tag.")
    field = "tags"


class TooManyTags(FixTheInput):
    code = "too_many_tags"
    message = N_("At most {limit} tags at once.")
    field = "tags"


@dataclass(frozen=True, slots=True)
class BulkAct:
    """What is to be done: the new owner, the tags to put on or take off, or the interval in days (None: by rank again)."""

    action: BulkAction
    owner_id: int | None = None
    tags: tuple[str, ...] = ()
    cadence_days: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What one chosen customer says now of what an act is about; `tags` are those of the act that it carries."""

    owner_id: int | None
    team_id: int | None
    cadence_days: int | None
    archived: bool
    tags: frozenset[str] = frozenset()


def check_act(session: Session, actor: User, act: BulkAct, *, locked: bool) -> tuple[BulkAct, User | None]:
    """Return the act with tidy tags, and the new owner of a reassignment; `locked` keeps them from leaving until the transaction ends.

    Raises:
        NobodyGiven, OwnerLeft, UserNotFound, NotAllowed (somebody of a team that `actor` does not lead), NoTagGiven, TooManyTags,
        TextTooLong, BadNumber.
    """
    match act.action:
        case BulkAction.REASSIGN:
            return BulkAct(act.action, owner_id=act.owner_id), _new_owner(session, actor, act.owner_id, locked=locked)
        case BulkAction.TAG | BulkAction.UNTAG:
            tags = tuple(sorted({name for tag in act.tags if (name := clean_text(tag, field="tags", limit=MAX_TAG))}))
            if not tags:
                raise NoTagGiven()
            if len(tags) > MOST_TAGS:
                raise TooManyTags(limit=MOST_TAGS)
            return BulkAct(act.action, tags=tags), None
        case BulkAction.CADENCE:
            if act.cadence_days is not None and not 1 <= act.cadence_days <= MAX_CADENCE_DAYS:
                raise BadNumber(field="cadence_days", value=act.cadence_days)
            return BulkAct(act.action, cadence_days=act.cadence_days), None


def _new_owner(session: Session, actor: User, owner_id: int | None, *, locked: bool) -> User:
    if owner_id is None:
        raise NobodyGiven()
    # A shared lock: others may give them customers at the same time, but nobody may shut them out or move them to another team.
    sharing: Any = {"read": True, "of": User} if locked else None
    owner = session.get(User, owner_id, populate_existing=True, with_for_update=sharing)
    if owner is not None and owner.disabled_at is not None:
        scope = scope_of(actor)
        if scope.everything or owner.team_id in scope.team_ids:
            raise OwnerLeft(name=owner.name)
    found = find_owner(session, actor, owner_id)
    if found is None:
        raise UserNotFound(field="owner_id")
    return found


def check_ids(customer_ids: Iterable[int]) -> list[int]:
    """Return the chosen ids in order, each once.

    Raises:
        NothingChosen, TooManyChosen.
    """
    ids = sorted(set(customer_ids))
    if not ids:
        raise NothingChosen()
    if len(ids) > MOST_CUSTOMERS:
        raise TooManyChosen(limit=MOST_CUSTOMERS)
    return ids


def read_standings(session: Session, actor: User, ids: list[int], act: BulkAct, *, locked: bool) -> dict[int, Standing]:
    """Return what those customers say that `actor` may see; `locked` keeps others from changing them until the transaction ends."""
    c = Customer
    query = select(c.id, c.owner_id, c.team_id, c.cadence_days, c.archived_at).where(one_of(session, c.id, ids), visible_to(actor))
    query = query.order_by(c.id)
    rows = session.execute(query.with_for_update(of=c) if locked else query).all()
    found = {row.id: Standing(row.owner_id, row.team_id, row.cadence_days, row.archived_at is not None) for row in rows}
    if not act.tags:
        return found
    carried = select(CustomerTag.customer_id, Tag.name).join(Tag, Tag.id == CustomerTag.tag_id).where(Tag.name.in_(act.tags))
    tags: dict[int, set[str]] = {}
    for customer_id, name in session.execute(carried.where(one_of(session, CustomerTag.customer_id, found))):
        tags.setdefault(customer_id, set()).add(name)
    return {i: replace(standing, tags=frozenset(tags.get(i, ()))) for i, standing in found.items()}


def would_change(standing: Standing, act: BulkAct, owner: User | None) -> bool:
    """True when the act makes a difference to a customer; archived ones are left alone."""
    if standing.archived:
        return False
    match act.action:
        case BulkAction.REASSIGN:
            return owner is not None and (standing.owner_id, standing.team_id) != (owner.id, owner.team_id)
        case BulkAction.TAG:
            return not standing.tags.issuperset(act.tags)
        case BulkAction.UNTAG:
            return bool(standing.tags)
        case BulkAction.CADENCE:
            return standing.cadence_days != act.cadence_days


def overwritten(standing: Standing, act: BulkAct) -> int | None:
    """Return what the act would overwrite: the owner or the interval; nothing that two people can disagree about for tags."""
    if act.action is BulkAction.REASSIGN:
        return standing.owner_id
    return standing.cadence_days if act.action is BulkAction.CADENCE else None
