"""Territories (担当エリア): who leads a team says which area each rep looks after, edits it and takes it out of use.

A manager handles the territories of the teams they lead and those of the whole company, an admin all; a rep none. An owner who has
left, or belongs to another team by now, leaves the territory as it is: it gives customers to nobody until somebody else is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from fieldsales.db.models import Team, Territory, User
from fieldsales.domain import drawn_areas
from fieldsales.domain.audit import AuditAction, changes_between
from fieldsales.domain.places import AddressQuery
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.territories import postal_prefix
from fieldsales.domain.words import AreaKind
from fieldsales.errors import NotAllowed
from fieldsales.services import audit
from fieldsales.services.access import scope_of
from fieldsales.services.customers.customers import find_owner
from fieldsales.services.customers.records import clean_text
from fieldsales.services.ports import Geocoder
from fieldsales.services.team.team_scope import require_lead
from fieldsales.services.territories.territory_errors import (
    BadPostalPrefix,
    MissingTerritoryName,
    NoMunicipality,
    NoPostalPrefix,
    NothingDrawn,
    OwnerOfAnotherTeam,
    TerritoryEdited,
    TerritoryNameTaken,
    TerritoryNotFound,
    TooManyTerritories,
    TooMuchInTerritory,
    UnknownMunicipality,
)

MAX_NAME = 200
MOST_TERRITORIES = 300
MOST_AREAS = 500


class KeeperState(StrEnum):
    """Whether a territory's owner gets customers: they do (`works`), there is none, they left, or they are of another team now."""

    WORKS = "works"
    NOBODY = "nobody"
    LEFT = "left"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryInput:
    """What a person says of a territory; `team_id` None with an owner takes the owner's team, without one the whole company.

    `rings` are what was drawn, in (lat, lon); `areas` municipalities or first digits of postal codes, as people write them.
    """

    name: str
    kind: AreaKind
    owner_id: int | None = None
    team_id: int | None = None
    rings: Sequence[Sequence[tuple[float, float]]] = ()
    areas: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class TerritoryView:
    """A territory as it is stored, with its names; `rings` in (lat, lon)."""

    id: int
    version: int
    name: str
    kind: AreaKind
    team_id: int | None
    team_name: str
    owner_id: int | None
    owner_name: str
    keeper: KeeperState
    rings: tuple[tuple[tuple[float, float], ...], ...]
    areas: tuple[str, ...]
    changed_by: str
    changed_at: datetime
    retired: bool


def list_territories(
    session: Session, actor: User, *, team_filter: TeamFilter | None = None, retired: bool = False
) -> tuple[TerritoryView, ...]:
    """Return the territories that `actor` handles, by team and name; `retired` adds those out of use.

    The filter's teams and reps say whose; those of the whole company stay when teams are asked for.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    owner, editor = aliased(User), aliased(User)
    query = (
        select(Territory, Team.name, owner, editor.name)
        .outerjoin(Team, Team.id == Territory.team_id)
        .outerjoin(owner, owner.id == Territory.owner_id)
        .join(editor, editor.id == Territory.changed_by_id)
        .where(_handled_by(actor))
        .order_by(Team.name, Territory.name, Territory.id)
        .execution_options(populate_existing=True)
    )
    if not retired:
        query = query.where(Territory.retired_at.is_(None))
    if team_filter is not None and team_filter.team_ids:
        query = query.where(or_(Territory.team_id.is_(None), Territory.team_id.in_(sorted(team_filter.team_ids))))
    if team_filter is not None and team_filter.user_ids:
        query = query.where(Territory.owner_id.in_(sorted(team_filter.user_ids)))
    return tuple(_view(row, team or "", person, who) for row, team, person, who in session.execute(query).unique())


def find_territory(session: Session, actor: User, territory_id: int) -> TerritoryView:
    """Return one territory.

    Raises:
        NotAllowed: `actor` leads nobody. TerritoryNotFound.
    """
    for territory in list_territories(session, actor, retired=True):
        if territory.id == territory_id:
            return territory
    raise TerritoryNotFound()


def add_territory(
    session: Session, actor: User, *, values: TerritoryInput, geocoder: Geocoder, client_ref: UUID, now: datetime
) -> TerritoryView:
    """Add a territory; the same `client_ref` twice adds it once.

    Raises:
        NotAllowed, UserNotFound, OwnerOfAnotherTeam, TextTooLong, and the leaves of FixTheInput of this module and of `drawn_areas`.
    """
    require_lead(actor)
    known = session.scalar(select(Territory).where(Territory.client_ref == client_ref))
    if known is not None:
        return find_territory(session, actor, known.id)
    if (session.scalar(select(func.count()).select_from(Territory).where(Territory.retired_at.is_(None))) or 0) >= MOST_TERRITORIES:
        raise TooManyTerritories(limit=MOST_TERRITORIES)
    row = Territory(client_ref=client_ref, changed_by_id=actor.id, changed_at=now)
    _write(session, actor, row, values, geocoder)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the same request, or another territory of this name, came a moment before
        twin_id = session.scalar(select(Territory.id).where(Territory.client_ref == client_ref))
        if twin_id is not None:
            return find_territory(session, actor, twin_id)
        raise TerritoryNameTaken(value=row.name) from None
    _record(session, actor, row, AuditAction.TERRITORY_ADDED, _facts(session, row), now=now)
    return find_territory(session, actor, row.id)


def change_territory(
    session: Session, actor: User, *, territory_id: int, version: int, values: TerritoryInput, geocoder: Geocoder, now: datetime
) -> TerritoryView:
    """Save an edit that began at `version`; customers stay with whom they are.

    Raises:
        TerritoryNotFound, TerritoryEdited (somebody saved since), and the errors of `add_territory`.
    """
    row = _open(session, actor, territory_id, version)
    before = _facts(session, row)
    if _save(session, actor, row, lambda: _write(session, actor, row, values, geocoder), now=now):
        after = _facts(session, row)
        told = {"changes": changes_between(before, after)} if after != before else after  # an outline drawn anew
        _record(session, actor, row, AuditAction.TERRITORY_CHANGED, told, now=now)
    return find_territory(session, actor, territory_id)


def retire_territory(
    session: Session, actor: User, *, territory_id: int, version: int, retired: bool = True, now: datetime
) -> TerritoryView:
    """Take a territory out of use, or back into it; customers stay with whom they are.

    Raises:
        NotAllowed, TerritoryNotFound, TerritoryEdited. TerritoryNameTaken: another one took its name since.
    """
    row = _open(session, actor, territory_id, version)
    if retired == (row.retired_at is not None):
        return find_territory(session, actor, territory_id)
    if not retired:
        _require_free_name(session, row.name, row.team_id, row.id)
    _save(session, actor, row, lambda: setattr(row, "retired_at", now if retired else None), now=now)
    action = AuditAction.TERRITORY_RETIRED if retired else AuditAction.TERRITORY_RESTORED
    _record(session, actor, row, action, _facts(session, row), now=now)
    return find_territory(session, actor, territory_id)


def read_areas(texts: Iterable[str], geocoder: Geocoder) -> tuple[str, ...]:
    """Return municipalities as `Customer.area` has them, sorted.

    Raises:
        NoMunicipality, UnknownMunicipality, TooMuchInTerritory.
    """
    found = set()
    for text in (text.strip() for text in texts):
        if not text:
            continue
        area = geocoder.area_of(AddressQuery(text))
        if not area:
            raise UnknownMunicipality(value=text[:50])
        found.add(area)
    if not found:
        raise NoMunicipality()
    if len(found) > MOST_AREAS:
        raise TooMuchInTerritory(limit=MOST_AREAS)
    return tuple(sorted(found))


def read_prefixes(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the first digits of postal codes that were written, sorted, without those that another one includes.

    Raises:
        NoPostalPrefix, BadPostalPrefix, TooMuchInTerritory.
    """
    found = set()
    for text in (text.strip() for text in texts):
        if not text:
            continue
        prefix = postal_prefix(text)
        if not prefix:
            raise BadPostalPrefix(value=text[:50])
        found.add(prefix)
    if not found:
        raise NoPostalPrefix()
    if len(found) > MOST_AREAS:
        raise TooMuchInTerritory(limit=MOST_AREAS)
    return tuple(sorted(prefix for prefix in found if not any(prefix != other and prefix.startswith(other) for other in found)))


def _write(session: Session, actor: User, row: Territory, values: TerritoryInput, geocoder: Geocoder) -> None:
    """Check what a person says and put it into the columns of `row`."""
    name = clean_text(values.name, field="territory_name", limit=MAX_NAME)
    if not name:
        raise MissingTerritoryName()
    owner = find_owner(session, actor, values.owner_id) if values.owner_id not in (None, row.owner_id) else _owner_now(session, values)
    team_id = values.team_id if values.team_id is not None else (owner.team_id if owner is not None else None)
    _require_team(actor, team_id)
    # Somebody who left or moved stays where they are named, until another one is chosen.
    as_before = owner is not None and (owner.id, team_id) == (row.owner_id, row.team_id)
    if owner is not None and team_id is not None and owner.team_id != team_id and not as_before:
        raise OwnerOfAnotherTeam(name=owner.name)
    _require_free_name(session, name, team_id, row.id)
    row.name, row.kind, row.team_id, row.owner_id = name, values.kind, team_id, owner.id if owner is not None else None
    row.rings, row.areas = [], []
    match values.kind:
        case AreaKind.DRAWN:
            row.rings = _read_rings(values.rings)
        case AreaKind.MUNICIPALITIES:
            row.areas = list(read_areas(values.areas, geocoder))
        case AreaKind.POSTAL_CODES:
            row.areas = list(read_prefixes(values.areas))


def _read_rings(rings: Sequence[Sequence[tuple[float, float]]]) -> list[list[list[float]]]:
    found = drawn_areas.read_rings(rings)
    if not found:
        raise NothingDrawn()
    drawn_areas.require_simple(found)
    return [[[round(lat, 6), round(lon, 6)] for lat, lon in ring] for ring in found]


def _owner_now(session: Session, values: TerritoryInput) -> User | None:
    return session.get(User, values.owner_id) if values.owner_id is not None else None


def _require_team(actor: User, team_id: int | None) -> None:
    scope = scope_of(actor)
    if team_id is not None and not scope.everything and team_id not in scope.team_ids:
        raise NotAllowed(field="territory_team")


def _require_free_name(session: Session, name: str, team_id: int | None, own_id: int | None) -> None:
    in_team = select(Territory.id).where(Territory.team_id.is_not_distinct_from(team_id), Territory.retired_at.is_(None))
    same = in_team.where(Territory.name == name)
    if session.scalar(same.where(Territory.id.is_distinct_from(own_id)).limit(1)) is not None:
        raise TerritoryNameTaken(value=name)


def _open(session: Session, actor: User, territory_id: int, version: int) -> Territory:
    require_lead(actor)
    query = select(Territory).where(Territory.id == territory_id, _handled_by(actor)).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise TerritoryNotFound()
    if row.version != version:
        raise TerritoryEdited(who=session.scalar(select(User.name).where(User.id == row.changed_by_id)) or "?")
    return row


def _save(session: Session, actor: User, row: Territory, change: Callable[[], None], *, now: datetime) -> bool:
    """Carry out a change of a row; False when it leaves everything as it is."""
    name = row.name
    try:
        with session.begin_nested():
            change()
            if not session.is_modified(row):
                return False
            name, row.changed_by_id, row.changed_at = row.name, actor.id, now
    except IntegrityError:  # another one took the name a moment before
        raise TerritoryNameTaken(value=name) from None
    return True


def _facts(session: Session, row: Territory) -> dict[str, object]:
    """Return what the audit log keeps of a territory: names, which say something also when their owners are gone."""
    owner = session.scalar(select(User.name).where(User.id == row.owner_id)) if row.owner_id is not None else None
    team = session.scalar(select(Team.name).where(Team.id == row.team_id)) if row.team_id is not None else None
    return {"name": row.name, "kind": row.kind, "owner": owner, "team": team, "areas": row.areas, "rings": len(row.rings)}


def _record(session: Session, actor: User, row: Territory, action: AuditAction, details: Mapping[str, object], *, now: datetime) -> None:
    audit.record(session, actor, action, subject_kind="territory", subject_id=row.id, subject=row.name, details=details, now=now)


def _handled_by(actor: User) -> ColumnElement[bool]:
    scope = scope_of(actor)
    if scope.everything:
        return true()
    return or_(Territory.team_id.is_(None), Territory.team_id.in_(sorted(scope.team_ids)))


def _view(row: Territory, team: str, owner: User | None, who: str) -> TerritoryView:
    keeper = KeeperState.WORKS
    if owner is None:
        keeper = KeeperState.NOBODY
    elif owner.disabled_at is not None:
        keeper = KeeperState.LEFT
    elif row.team_id not in (None, owner.team_id):
        keeper = KeeperState.ELSEWHERE
    return TerritoryView(
        id=row.id,
        version=row.version,
        name=row.name,
        kind=row.kind,
        team_id=row.team_id,
        team_name=team,
        owner_id=row.owner_id,
        owner_name=owner.name if owner is not None else "",
        keeper=keeper,
        rings=tuple(tuple((lat, lon) for lat, lon in ring) for ring in row.rings),
        areas=tuple(row.areas),
        changed_by=who,
        changed_at=row.changed_at,
        retired=row.retired_at is not None,
    )
