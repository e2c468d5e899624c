"""Places to begin and end a day at and to change trains: everybody's, and each user's own, which nobody else ever sees."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Place, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.travel import Point
from fieldsales.domain.words import PlaceKind, Role
from fieldsales.errors import N_, BadChoice, Conflict, FixTheInput, NotAllowed, NotFound, TextTooLong
from fieldsales.services import audit
from fieldsales.services.access import require_active
from fieldsales.services.customers.customer_input import check_coordinate
from fieldsales.services.reports.report_people import find_person

MAX_NAME = 200
MAX_ADDRESS = 1_000
MAX_PLACES = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
OWN_KINDS = (PlaceKind.HOME, PlaceKind.OTHER)
SHARED_KINDS = (PlaceKind.OFFICE, PlaceKind.STATION, PlaceKind.OTHER)


class PlaceNotFound(NotFound):
    code = "place_not_found"
    message = N_("This place does not exist, or you may not see it.")
    field = "place"


class MissingPlaceName(FixTheInput):
    code = "missing_place_name"
    message = N_("A place needs a name.")
    field = "place_name"


class PlaceNameTaken(FixTheInput):
    code = "place_name_taken"
    message = N_("There is already a place “{value}”.")
    field = "place_name"


class TooManyPlaces(FixTheInput):
    code = "too_many_places"
    message = N_("There are {limit} places already; retire some first.")


class PlaceEdited(Conflict):
    code = "place_edited"
    message = N_("This place was changed in the meantime. Look at it again, then save.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInput:
    """What a person says of a place; `address` is for people, the point is what counts."""

    kind: PlaceKind
    name: str
    address: str = ""
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow(PlaceInput):
    """One place that its reader may see whole; `owner_id` None is everybody's."""

    id: int
    version: int
    owner_id: int | None
    retired: bool

    @property
    def point(self) -> Point:
        """Where it is."""
        return self.lat, self.lon


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A place to choose for somebody's day. Of another one's own place only the kind is told: no name, no address, no point."""

    id: int
    kind: PlaceKind
    name: str
    is_own: bool
    point: Point | None


def list_places(session: Session, actor: User, *, retired: bool = False) -> tuple[PlaceRow, ...]:
    """Return one's own places and everybody's, by kind and name; `retired` adds those out of use behind them.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    require_active(actor)
    query = _seen_by(actor) if retired else _seen_by(actor).where(Place.retired_at.is_(None))
    rows = [_row(place) for place in session.scalars(query)]
    return tuple(sorted(rows, key=lambda row: (row.retired, list(PlaceKind).index(row.kind), row.name, row.id)))


def list_choices(session: Session, actor: User, *, user_id: int) -> tuple[PlaceChoice, ...]:
    """Return the places in use that a day of this user may begin and end at, for whoever plans it.

    Raises:
        NotAllowed: `actor` is disabled. NotFound: `actor` does not look after this user.
    """
    find_person(session, actor, user_id)
    query = select(Place).where(Place.retired_at.is_(None), or_(Place.owner_id.is_(None), Place.owner_id == user_id))
    choices = [_choice(actor, place) for place in session.scalars(query)]
    return tuple(sorted(choices, key=lambda choice: (list(PlaceKind).index(choice.kind), choice.name, choice.id)))


def find_choice(session: Session, actor: User, place_id: int) -> PlaceChoice | None:
    """Return a place as `actor` may see it where a plan names it, None when it is gone."""
    place = session.get(Place, place_id)
    return None if place is None else _choice(actor, place)


def place_points(session: Session, place_ids: Collection[int]) -> dict[int, Point]:
    """Return where places are, whoever they belong to: for reckoning with, never to be shown (that is `find_choice`)."""
    query = select(Place.id, Place.lat, Place.lon).where(Place.id.in_(sorted(set(place_ids))))
    return {place_id: (lat, lon) for place_id, lat, lon in session.execute(query)}


def may_change_shared(actor: User) -> bool:
    """True for those who look after the places of everybody: managers and admins."""
    return actor.disabled_at is None and actor.role is not Role.REP


def save_place(
    session: Session, actor: User, *, values: PlaceInput, own: bool = True, place_id: int | None = None, version: int | None = None
) -> Place:
    """Add a place, or change one; `own` makes a new one the actor's alone, else everybody's. A change keeps whose it is.

    Raises:
        NotAllowed, PlaceNotFound, MissingPlaceName, PlaceNameTaken, TextTooLong, BadCoordinate, TooManyPlaces.
        BadChoice: a home is nobody's but its owner's; offices and stations are everybody's.
        PlaceEdited: somebody changed it since `version` was read.
    """
    require_active(actor)
    place = Place(owner_id=actor.id if own else None) if place_id is None else _find(session, actor, place_id, lock=True)
    _require_change(actor, place)
    if version is not None and place_id is not None and place.version != version:
        raise PlaceEdited()
    _check_kind(values.kind, own=place.owner_id is not None)
    name = _clean(values.name, field="place_name", limit=MAX_NAME)
    if not name:
        raise MissingPlaceName()
    address = _clean(values.address, field="place_address", limit=MAX_ADDRESS)
    check_coordinate(values.lat, values.lon)
    _require_free_name(session, place, name, place_id)
    place.kind, place.name, place.address, place.lat, place.lon = values.kind, name, address, values.lat, values.lon
    session.add(place)
    session.flush()
    return place


def retire_place(session: Session, actor: User, *, place_id: int, retired: bool = True, now: datetime) -> None:
    """Take a place out of the choices, or bring it back; plans that begin or end there keep it, trains pass it no longer.

    Raises:
        NotAllowed, PlaceNotFound. PlaceNameTaken: brought back, it would be the second one of its name.
    """
    require_active(actor)
    place = _find(session, actor, place_id, lock=True)
    _require_change(actor, place)
    if not retired:
        _require_free_name(session, place, place.name, place.id)
    newly_retired = retired and place.retired_at is None
    place.retired_at = (place.retired_at or now) if retired else None
    session.flush()
    if newly_retired and place.owner_id is None:  # a home is its owner's alone, in the log too
        audit.record(session, actor, AuditAction.PLACE_DELETED, subject_kind="place", subject_id=place.id, subject=place.name, now=now)


def _seen_by(actor: User) -> Select[Place]:
    return select(Place).where(or_(Place.owner_id.is_(None), Place.owner_id == actor.id))


def _find(session: Session, actor: User, place_id: int, *, lock: bool = False) -> Place:
    query = _seen_by(actor).where(Place.id == place_id)
    place = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if place is None:
        raise PlaceNotFound()
    return place


def _require_change(actor: User, place: Place) -> None:
    if place.owner_id is None and not may_change_shared(actor):
        raise NotAllowed()


def _check_kind(kind: PlaceKind, *, own: bool) -> None:
    if kind not in (OWN_KINDS if own else SHARED_KINDS):
        raise BadChoice(field="place_kind", value=kind.value)


def _clean(text: str, *, field: str, limit: int) -> str:
    clean = " ".join(_CONTROL.sub(" ", text).split())
    if len(clean) > limit:
        raise TextTooLong(field=field, limit=limit)
    return clean


def _require_free_name(session: Session, place: Place, name: str, place_id: int | None) -> None:
    """See that nobody has to guess which of two places of one name is meant, and that the list stays one to read."""
    same = Place.owner_id.is_(None) if place.owner_id is None else Place.owner_id == place.owner_id
    in_use = select(Place.id, Place.name).where(same, Place.retired_at.is_(None), Place.id.is_distinct_from(place_id))
    others = session.execute(in_use).all()
    if any(other == name for _, other in others):
        raise PlaceNameTaken(value=name)
    if len(others) >= MAX_PLACES:
        raise TooManyPlaces(limit=MAX_PLACES)


def _choice(actor: User, place: Place) -> PlaceChoice:
    if place.owner_id is not None and place.owner_id != actor.id:
        return PlaceChoice(place.id, place.kind, "", False, None)
    return PlaceChoice(place.id, place.kind, place.name, place.owner_id is not None, (place.lat, place.lon))


def _row(place: Place) -> PlaceRow:
    return PlaceRow(
        id=place.id,
        version=place.version,
        kind=place.kind,
        name=place.name,
        address=place.address,
        lat=place.lat,
        lon=place.lon,
        owner_id=place.owner_id,
        retired=place.retired_at is not None,
    )
