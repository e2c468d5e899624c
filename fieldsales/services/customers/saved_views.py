"""Saved views: a filter with its colouring and order under a name, for oneself or for a team.

Whoever saved a view may change it; the team it is shared with sees and uses it. To everybody else it does not exist. What
a view shows is decided by whoever looks: it holds a question, no customers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import SavedView, Team, User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.map_colours import ColourBy
from fieldsales.errors import N_, BadChoice, FixTheInput, NotAllowed, NotFound, TextTooLong
from fieldsales.services.access import require_active
from fieldsales.services.customers.customer_search import Order

MAX_NAME = 100
MAX_VIEWS = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
Query = Mapping[str, Sequence[str]]


class ViewNotFound(NotFound):
    code = "view_not_found"
    message = N_("This view does not exist, or it is not shared with you.")


class MissingViewName(FixTheInput):
    code = "missing_view_name"
    message = N_("A view needs a name.")
    field = "view_name"


class ViewNameTaken(FixTheInput):
    code = "view_name_taken"
    message = N_("You already have a view “{value}”.")
    field = "view_name"


class TooManyViews(FixTheInput):
    code = "too_many_views"
    message = N_("You have {limit} views already. Delete one first.")
    field = "view_name"


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One saved view; `query` are the URL parameters of its filter, `colour` and `order`. A view that is not `mine` is read-only."""

    id: int
    name: str
    query: dict[str, list[str]]
    mine: bool
    owner_name: str
    team_id: int | None
    team_name: str


def list_views(session: Session, actor: User) -> tuple[ViewRow, ...]:
    """Return one's own views, then those that one's teams share, each by name."""
    require_active(actor)
    query = select(SavedView, User.name, Team.name).join(User, User.id == SavedView.user_id)
    query = query.outerjoin(Team, Team.id == SavedView.team_id).where(_visible_to(actor))
    rows = [_row(view, actor, owner, team) for view, owner, team in session.execute(query.order_by(SavedView.name, SavedView.id))]
    return tuple(sorted(rows, key=lambda row: not row.mine))


def teams_to_share_with(actor: User) -> dict[int, str]:
    """Return the teams, by id, that `actor` belongs to or manages."""
    own = [actor.team] if actor.team is not None else []
    return {team.id: team.name for team in sorted([*own, *actor.managed_teams], key=lambda team: team.name)}


def save_view(session: Session, actor: User, *, name: str, query: Query, team_id: int | None = None, now: datetime) -> ViewRow:
    """Keep a view; the very same one twice is kept once.

    Raises:
        MissingViewName, TextTooLong, ViewNameTaken, TooManyViews, BadChoice (a team that is not one's own, an unknown word of
        the query) and the errors of `CustomerFilter.from_query`.
    """
    require_active(actor)
    name, kept = _clean_name(name), clean_query(query)
    _require_own_team(actor, team_id)
    same = _own_view_named(session, actor, name)
    if same is not None:
        if (dict(same.query), same.team_id) != (kept, team_id):
            raise ViewNameTaken(value=name)
        return _row_of(session, same, actor)
    if (session.scalar(select(func.count(SavedView.id)).where(SavedView.user_id == actor.id)) or 0) >= MAX_VIEWS:
        raise TooManyViews(limit=MAX_VIEWS)
    view = SavedView(user_id=actor.id, team_id=team_id, name=name, query=kept, created_at=now)
    session.add(view)
    session.flush()
    return _row_of(session, view, actor)


def update_view(session: Session, actor: User, *, view_id: int, query: Query) -> ViewRow:
    """Let one's own view show from now on what `query` says.

    Raises:
        ViewNotFound, NotAllowed (a colleague's), the errors of `save_view`.
    """
    view = _own_view(session, actor, view_id)
    view.query = clean_query(query)
    session.flush()
    return _row_of(session, view, actor)


def rename_view(session: Session, actor: User, *, view_id: int, name: str) -> ViewRow:
    """Give one's own view another name.

    Raises:
        ViewNotFound, NotAllowed (a colleague's), MissingViewName, TextTooLong, ViewNameTaken.
    """
    view, name = _own_view(session, actor, view_id), _clean_name(name)
    same = _own_view_named(session, actor, name)
    if same is not None and same.id != view.id:
        raise ViewNameTaken(value=name)
    view.name = name
    session.flush()
    return _row_of(session, view, actor)


def share_view(session: Session, actor: User, *, view_id: int, team_id: int | None) -> ViewRow:
    """Share one's own view with a team, or with nobody any more (None).

    Raises:
        ViewNotFound, NotAllowed (a colleague's), BadChoice: a team that one neither belongs to nor manages.
    """
    view = _own_view(session, actor, view_id)
    if team_id != view.team_id:
        _require_own_team(actor, team_id)
    view.team_id = team_id
    session.flush()
    return _row_of(session, view, actor)


def delete_view(session: Session, actor: User, *, view_id: int) -> ViewRow:
    """Delete one's own view and return what it was: saved again with `save_view`, it is back.

    Raises:
        ViewNotFound, NotAllowed (a colleague's).
    """
    view = _own_view(session, actor, view_id)
    row = _row_of(session, view, actor)
    session.delete(view)
    session.flush()
    return row


def clean_query(query: Query) -> dict[str, list[str]]:
    """Return the parts of URL parameters that a view keeps: the filter, `colour` and `order`, in one way of writing.

    Raises:
        BadChoice, BadNumber, TextTooLong: naming the parameter.
    """
    kept = CustomerFilter.from_query(query).to_query()
    for name, words in (("colour", ColourBy), ("order", Order)):
        for value in query.get(name, ())[:1]:
            if value not in list(words):
                raise BadChoice(field=name, value=value[:50])
            kept[name] = [value]
    return kept


def _visible_to(actor: User) -> ColumnElement[bool]:
    return or_(SavedView.user_id == actor.id, SavedView.team_id.in_(sorted(teams_to_share_with(actor))))


def _own_view(session: Session, actor: User, view_id: int) -> SavedView:
    require_active(actor)
    view = session.scalar(select(SavedView).where(SavedView.id == view_id, _visible_to(actor)).with_for_update())
    if view is None:
        raise ViewNotFound()
    if view.user_id != actor.id:
        raise NotAllowed()
    return view


def _own_view_named(session: Session, actor: User, name: str) -> SavedView | None:
    return session.scalar(select(SavedView).where(SavedView.user_id == actor.id, SavedView.name == name).limit(1))


def _require_own_team(actor: User, team_id: int | None) -> None:
    if team_id is not None and team_id not in teams_to_share_with(actor):
        raise BadChoice(field="view_team", value=team_id)


def _clean_name(name: str) -> str:
    cleaned = " ".join(_CONTROL.sub(" ", name).split())
    if not cleaned:
        raise MissingViewName()
    if len(cleaned) > MAX_NAME:
        raise TextTooLong(field="view_name", limit=MAX_NAME)
    return cleaned


def _row_of(session: Session, view: SavedView, actor: User) -> ViewRow:
    team = session.get(Team, view.team_id) if view.team_id is not None else None
    return _row(view, actor, actor.name, team.name if team else None)


def _row(view: SavedView, actor: User, owner: str, team: str | None) -> ViewRow:
    return ViewRow(view.id, view.name, dict(view.query), view.user_id == actor.id, owner, view.team_id, team or "")
