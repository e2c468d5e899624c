"""Trains between the team's places: fixed minutes, each direction its own, the usual wait included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Place, PlaceLink, User
from fieldsales.errors import N_, FixTheInput, NotAllowed, NumberOutside
from fieldsales.services.access import require_active
from fieldsales.services.travel.places import PlaceNotFound, may_change_shared

MAX_MINUTES = 600
MAX_LINKS = 2_000


class SamePlaceTwice(FixTheInput):
    code = "same_place_twice"
    message = N_("Choose two different places.")
    field = "link_to"


class NoMinutes(FixTheInput):
    code = "no_minutes"
    message = N_("Say how many minutes it takes, in one direction at least.")
    field = "link_there"


class TooManyLinks(FixTheInput):
    code = "too_many_links"
    message = N_("There are {limit} connections already.")


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A connection of two places: minutes there and back, None for a direction without a train."""

    from_id: int
    from_name: str
    to_id: int
    to_name: str
    there: int | None
    back: int | None


def list_links(session: Session, actor: User) -> tuple[LinkRow, ...]:
    """Return the connections between everybody's places in use, by name, both directions in one row.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    require_active(actor)
    shared = select(Place.id, Place.name).where(Place.owner_id.is_(None), Place.retired_at.is_(None))
    names = {place_id: name for place_id, name in session.execute(shared)}
    minutes = {(link.from_id, link.to_id): link.minutes for link in session.scalars(select(PlaceLink))}
    pairs = {tuple(sorted(pair, key=lambda i: (names[i], i))) for pair in minutes if pair[0] in names and pair[1] in names}
    rows = [LinkRow(one, names[one], other, names[other], minutes.get((one, other)), minutes.get((other, one))) for one, other in pairs]
    return tuple(sorted(rows, key=lambda row: (row.from_name, row.to_name, row.from_id, row.to_id)))


def save_link(session: Session, actor: User, *, from_id: int, to_id: int, there: int | None, back: int | None) -> None:
    """Set how long it takes between two of everybody's places, None for a direction without a train; saving it again replaces it.

    Raises:
        NotAllowed: `actor` is neither manager nor admin. PlaceNotFound: not one of everybody's places in use.
        SamePlaceTwice, NoMinutes, TooManyLinks. NumberOutside: naming the direction (`link_there`, `link_back`).
    """
    _require_change(actor)
    if from_id == to_id:
        raise SamePlaceTwice()
    for place_id, field in ((from_id, "link_from"), (to_id, "link_to")):
        place = session.get(Place, place_id)
        if place is None or place.owner_id is not None or place.retired_at is not None:
            raise PlaceNotFound(field=field)
    if there is None and back is None:
        raise NoMinutes()
    for minutes, field in ((there, "link_there"), (back, "link_back")):
        if minutes is not None and (isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= MAX_MINUTES):
            raise NumberOutside(field=field, value=minutes, lowest=1, highest=MAX_MINUTES)
    links = _links_between(session, from_id, to_id)
    if not links and len(session.scalars(select(PlaceLink.from_id).limit(MAX_LINKS)).all()) >= MAX_LINKS:
        raise TooManyLinks(limit=MAX_LINKS)
    _set(session, links, (from_id, to_id), there)
    _set(session, links, (to_id, from_id), back)
    session.flush()


def remove_link(session: Session, actor: User, *, from_id: int, to_id: int) -> None:
    """Take a connection away in both directions; one that is gone already is fine.

    Raises:
        NotAllowed: `actor` is neither manager nor admin.
    """
    _require_change(actor)
    for link in _links_between(session, from_id, to_id):
        session.delete(link)
    session.flush()


def _require_change(actor: User) -> None:
    require_active(actor)
    if not may_change_shared(actor):
        raise NotAllowed()


def _links_between(session: Session, one: int, other: int) -> Sequence[PlaceLink]:
    there = (PlaceLink.from_id == one) & (PlaceLink.to_id == other)
    back = (PlaceLink.from_id == other) & (PlaceLink.to_id == one)
    return session.scalars(select(PlaceLink).where(or_(there, back)).with_for_update()).all()


def _set(session: Session, links: Sequence[PlaceLink], pair: tuple[int, int], minutes: int | None) -> None:
    known = next((link for link in links if (link.from_id, link.to_id) == pair), None)
    if known is not None and minutes is None:
        session.delete(known)
    elif known is not None and minutes is not None:
        known.minutes = minutes
    elif minutes is not None:
        session.add(PlaceLink(from_id=pair[0], to_id=pair[1], minutes=minutes))
