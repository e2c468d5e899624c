"""One act on many customers: looked at first, done in one transaction, kept in each customer's history, undone for 30 days.

The chosen customers are locked in the order of their ids, so that two managers who act on the same ones follow each other;
the second is told what the first changed. `undo_change`, `list_acts` and `left_alone` live in `services.acting.bulk_undo`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.id_lists import one_of
from fieldsales.db.models import BulkChange, Customer, CustomerChange, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import BulkAction
from fieldsales.errors import N_, Conflict, FixTheInput, NotFound
from fieldsales.services import audit
from fieldsales.services.acting.bulk_acts import (
    BulkAct,
    NobodyGiven,
    NoTagGiven,
    NothingChosen,
    OwnerLeft,
    Standing,
    TooManyChosen,
    TooManyTags,
    check_act,
    check_ids,
    overwritten,
    read_standings,
    would_change,
)
from fieldsales.services.acting.bulk_rows import write_act
from fieldsales.services.acting.bulk_undo import (
    UNDO_FOR,
    ActRow,
    BulkUndoTooLate,
    LeftAlone,
    UndoneElsewhere,
    UndoResult,
    left_alone,
    list_acts,
    undo_change,
)
from fieldsales.services.map.map_index import announce_bulk_change
from fieldsales.services.team.team_scope import require_lead

__all__ = [
    "UNDO_FOR",
    "ActRow",
    "BulkAct",
    "BulkPreview",
    "BulkResult",
    "BulkUndoTooLate",
    "ChangedMeanwhile",
    "LeftAlone",
    "NoTagGiven",
    "NobodyGiven",
    "NothingChosen",
    "NothingToChange",
    "OwnerLeft",
    "TooManyChosen",
    "TooManyTags",
    "UndoResult",
    "UndoneElsewhere",
    "apply_change",
    "left_alone",
    "list_acts",
    "preview_change",
    "undo_change",
]

MOST_NAMED = 20
ANNOUNCED_FROM = 500  # fewer are found by the maps themselves within half a second


class NothingToChange(FixTheInput):
    code = "nothing_to_change"
    message = N_("Nothing to change: all chosen customers have it already, or are archived.")
    field = "customer_ids"


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A customer that somebody else changed between preview and act; the values are the owner's id or days of the interval."""

    customer_id: int
    name: str
    who: str
    seen: int | None
    now: int | None


class ChangedMeanwhile(Conflict):
    """Nothing was done. `rows` are the first of them, with names where the actor still sees them."""

    code = "changed_meanwhile"
    message = N_("{who} changed {count} of these customers after your preview. Nothing was done yet; look at the new preview and decide.")

    def __init__(self, *, rows: tuple[Meanwhile, ...], count: int, who: str) -> None:
        self.rows, self.count = rows, count
        super().__init__(who=who, count=count)


@dataclass(frozen=True, slots=True)
class OwnerCount:
    """How many of the customers somebody owns; id None is nobody, a name is kept for those who left."""

    owner_id: int | None
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What an act would do. `chosen` = `changing` + `unchanged` (have it already) + `archived` + `hidden` (gone, or not to be seen).

    The counts by status and owner are of those that would change. `seen` belongs into `apply_change`: what would be overwritten.
    """

    act: BulkAct
    chosen: int
    changing: int
    unchanged: int
    archived: int
    hidden: int
    by_likelihood: tuple[tuple[Likelihood, int], ...]
    by_owner: tuple[OwnerCount, ...]
    seen: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What an act did: its number (for `undo_change`), how many customers it changed, and how many of those asked for it left."""

    change_id: int
    action: BulkAction
    count: int
    left: int


def preview_change(session: Session, actor: User, *, customer_ids: Collection[int], act: BulkAct) -> BulkPreview:
    """Return what `apply_change` would do; nothing is changed, strangers are only counted.

    Raises:
        NotAllowed: `actor` leads nobody. The errors of `check_act`. NothingChosen, TooManyChosen.
    """
    require_lead(actor)
    act, owner = check_act(session, actor, act, locked=False)
    ids = check_ids(customer_ids)
    standings = read_standings(session, actor, ids, act, locked=False)
    changing = [i for i, standing in standings.items() if would_change(standing, act, owner)]
    archived = sum(standing.archived for standing in standings.values())
    likelihoods = _likelihoods(session, changing)
    return BulkPreview(
        act=act,
        chosen=len(ids),
        changing=len(changing),
        unchanged=len(standings) - len(changing) - archived,
        archived=archived,
        hidden=len(ids) - len(standings),
        by_likelihood=tuple((likelihood, likelihoods[likelihood]) for likelihood in Likelihood if likelihoods[likelihood]),
        by_owner=count_owners(session, (standings[i].owner_id for i in changing)),
        seen={i: overwritten(standing, act) for i, standing in standings.items() if not standing.archived},
    )


def apply_change(
    session: Session,
    actor: User,
    *,
    customer_ids: Collection[int],
    act: BulkAct,
    client_ref: UUID,
    seen: Mapping[int, int | None] | None = None,
    now: datetime,
) -> BulkResult:
    """Do it to all of them in this transaction; the same `client_ref` twice does it once.

    Customers that `actor` may not see, archived ones and those that have it already are left. With `seen` (of the preview) nothing
    is done when somebody else changed meanwhile what the act would overwrite.

    Raises:
        ChangedMeanwhile, NothingToChange, and the errors of `preview_change`. NotFound: `client_ref` is somebody else's.
    """
    require_lead(actor)
    known = _find_made(session, actor, client_ref)
    if known is not None:
        return known
    act, owner = check_act(session, actor, act, locked=True)
    ids = check_ids(customer_ids)
    change = BulkChange(client_ref=client_ref, action=act.action, what={}, count=0, made_by_id=actor.id, made_at=now)
    try:
        with session.begin_nested():
            session.add(change)
    except IntegrityError:  # the same request came a moment before, and is done by now
        known = _find_made(session, actor, client_ref)
        if known is None:
            raise
        return known
    standings = read_standings(session, actor, ids, act, locked=True)
    changing = [i for i, standing in standings.items() if would_change(standing, act, owner)]
    if seen is not None:
        _require_as_seen(session, standings, set(changing), act, seen)
    if not changing:
        raise NothingToChange()
    write_act(session, actor, change.id, act, owner, changing, standings, now=now)
    change.count, change.what = len(changing), _what(act, owner, left=len(ids) - len(changing))
    details = change.what | {"action": act.action.value, "count": change.count}
    named = owner.name if owner is not None else ", ".join(act.tags)
    audit.record(
        session, actor, AuditAction.BULK_CHANGED, subject_kind="bulk_change", subject_id=change.id, subject=named, details=details, now=now
    )
    if len(changing) >= ANNOUNCED_FROM:
        announce_bulk_change(session)
    session.flush()
    return _result(change)


def count_owners(session: Session, owner_ids: Iterable[int | None]) -> tuple[OwnerCount, ...]:
    """Return how often each owner occurs, by name; nobody comes last."""
    counts = Counter(owner_ids)
    wanted = [i for i in counts if i is not None]
    names = {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(wanted)))} if wanted else {}
    rows = [OwnerCount(i, names.get(i, "") if i is not None else "", count) for i, count in counts.items()]
    return tuple(sorted(rows, key=lambda row: (row.owner_id is None, row.name, row.owner_id or 0)))


def _likelihoods(session: Session, ids: list[int]) -> Counter[Likelihood]:
    query = select(Customer.likelihood, func.count()).where(one_of(session, Customer.id, ids)).group_by(Customer.likelihood)
    return Counter({likelihood: count for likelihood, count in session.execute(query)})


def _find_made(session: Session, actor: User, client_ref: UUID) -> BulkResult | None:
    change = session.scalar(select(BulkChange).where(BulkChange.client_ref == client_ref).execution_options(populate_existing=True))
    if change is None:
        return None
    if change.made_by_id != actor.id:
        raise NotFound()
    return _result(change)


def _result(change: BulkChange) -> BulkResult:
    return BulkResult(change.id, change.action, change.count, int(change.what.get("left", 0)))


def _what(act: BulkAct, owner: User | None, *, left: int) -> dict[str, Any]:
    """Return the parameters of an act as they are kept; the owner's name as it was then."""
    what: dict[str, Any] = {"left": left}
    if owner is not None:
        return what | {"owner_id": owner.id, "owner": owner.name}
    return what | ({"cadence_days": act.cadence_days} if act.action is BulkAction.CADENCE else {"tags": list(act.tags)})


def _require_as_seen(
    session: Session, standings: Mapping[int, Standing], changing: Collection[int], act: BulkAct, seen: Mapping[int, int | None]
) -> None:
    """Raise ChangedMeanwhile when what would be overwritten is not what was seen, or customers went out of sight."""
    gone = [i for i in seen if i not in standings or standings[i].archived]
    other = [i for i in sorted(changing) if i in seen and overwritten(standings[i], act) != seen[i]]
    changed = sorted([*gone, *other])
    if not changed:
        return
    named = changed[:MOST_NAMED]
    names = {
        row.id: row.name
        for row in session.execute(select(Customer.id, Customer.name).where(Customer.id.in_([i for i in named if i in standings])))
    }
    who = _last_editors(session, changed)
    rows = tuple(
        Meanwhile(i, names.get(i, ""), who.get(i, ""), seen[i], overwritten(standings[i], act) if i in standings else None) for i in named
    )
    people = list(dict.fromkeys(who[i] for i in changed if i in who))
    raise ChangedMeanwhile(rows=rows, count=len(changed), who=", ".join(people[:3]) or "?")


def _last_editors(session: Session, ids: list[int]) -> dict[int, str]:
    """Return who changed each of them last."""
    change = CustomerChange
    newest = select(func.max(change.id)).where(one_of(session, change.customer_id, ids)).group_by(change.customer_id)
    query = select(change.customer_id, User.name).join(User, User.id == change.changed_by_id).where(change.id.in_(newest))
    return {customer_id: name for customer_id, name in session.execute(query)}
