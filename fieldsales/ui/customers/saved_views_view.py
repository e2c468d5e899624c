"""Saved views beside the filter: open one, keep what is shown now, and look after one's own."""

from __future__ import annotations

from functools import partial

import streamlit as st

from fieldsales.db.database import Session
from fieldsales.errors import FieldSalesError
from fieldsales.services.customers import saved_views
from fieldsales.services.customers.saved_views import MAX_NAME, ViewRow
from fieldsales.ui.customers import filters
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page

_NEW_NAME, _NEW_TEAM, _EDITED = "view_new_name", "view_new_team", "_view_edited"
_FORGET, _SUBMITTED = "_view_new_forget", "_view_submitted"
WIDGETS = (_NEW_NAME, _NEW_TEAM, _EDITED)
MINE_ALONE = 0


def draw_views(page: Page) -> None:
    """Draw the button that opens the views; it bears the name of the one in use."""
    _ = page.text.gettext
    with page.database.read() as session:
        views = saved_views.list_views(session, page.user)
    opened = _opened(views)
    now = _what_is_shown()
    changed = opened is not None and now is not None and now != opened.query
    name = _short(opened.name) if opened else _("Views")
    label = _("{name} (changed)").format(name=name) if changed else name
    with st.popover(label, icon=":material/bookmark:" if opened is None else ":material/bookmark_added:", key="views"):
        page.show_problem()
        page.show_problem("view_team")
        for view in views:
            _draw_view(page, view, in_use=view is opened)
        if not views:
            st.caption(_("A view keeps filter, colours and order under a name, for you or for your team."))
        if opened is not None and opened.mine:
            _draw_own(page, opened, changed=changed)
        _draw_new(page)


def _opened(views: tuple[ViewRow, ...]) -> ViewRow | None:
    asked = st.query_params.get(filters.SAVED, "")
    return next((view for view in views if str(view.id) == asked), None)


def _what_is_shown() -> dict[str, list[str]] | None:
    """Return what a view would keep of this screen; None while the URL asks for what does not exist."""
    try:
        return saved_views.clean_query(filters.current_query())
    except FieldSalesError:
        return None


def _draw_view(page: Page, view: ViewRow, *, in_use: bool) -> None:
    _ = page.text.gettext
    if view.mine:
        about = _("Shared with {team}").format(team=view.team_name) if view.team_id is not None else ""
    else:
        about = _("From {name}, {team}").format(name=view.owner_name, team=view.team_name)
    label = plain(view.name) + (f"  \n:small[{plain(about)}]" if about else "")
    key = f"view_open_{view.id}" if not in_use else f"view_used_{view.id}"
    icon = ":material/check:" if in_use else ":material/groups:" if view.team_id is not None else ":material/bookmark:"
    st.button(label, key=key, icon=icon, type="tertiary", width="stretch", wrap=True, on_click=_open, args=(view.id, view.query))


def _open(view_id: int, query: dict[str, list[str]]) -> None:
    filters.show_query(query | {filters.SAVED: [str(view_id)]})


def _own_keys(view: ViewRow) -> tuple[str, str]:
    """Return the keys of the fields of a view's own form: of its name, and of whom it is for."""
    return f"view_{view.id}_name", f"view_{view.id}_team"


def _draw_own(page: Page, view: ViewRow, *, changed: bool) -> None:
    """Draw what one may do with one's own view: let it show what is shown now, rename, share, delete."""
    _ = page.text.gettext
    name, team = _own_keys(view)
    if st.session_state.get(_EDITED) != (view.id, view.name, view.team_id) or name not in st.session_state:
        st.session_state[name], st.session_state[team] = view.name, view.team_id or MINE_ALONE
        st.session_state[_EDITED] = (view.id, view.name, view.team_id)
    with st.container(key="view_own", border=True, gap="small"):
        if changed and st.button(_("Keep what is shown now"), key="view_update", icon=":material/sync:", width="stretch"):
            with page.saving() as session:
                saved_views.update_view(session, page.user, view_id=view.id, query=filters.current_query())
            offer_undo(page, _("View changed."), partial(_put_back_query, view=view))
            st.rerun()
        st.text_input(_("Name of this view"), key=name, max_chars=MAX_NAME, persist_state="page")
        _draw_teams(page, team, view)
        _show_problem(page, name)
        with st.container(key="view_own_buttons", horizontal=True, wrap=False):
            edited = (st.session_state[name].strip(), st.session_state[team]) != (view.name, view.team_id or MINE_ALONE)
            if st.button(_("Save"), key="view_save", width="stretch", disabled=not edited):
                _save_own(page, view)
            if st.button(_("Delete"), key="view_delete", icon=":material/delete:", type="tertiary"):
                _delete(page, view)


def _draw_new(page: Page) -> None:
    _ = page.text.gettext
    if st.session_state.pop(_FORGET, False) or _NEW_NAME not in st.session_state:
        st.session_state[_NEW_NAME], st.session_state[_NEW_TEAM] = "", MINE_ALONE
    with st.container(key="view_new", gap="small"):
        st.text_input(
            _("Save what is shown as a view"), key=_NEW_NAME, max_chars=MAX_NAME, placeholder=_("Name of the view"), persist_state="page"
        )
        _draw_teams(page, _NEW_TEAM)
        _show_problem(page, _NEW_NAME)
        if st.button(_("Save view"), key="view_create", icon=":material/bookmark_add:", width="stretch") and _what_is_shown() is not None:
            _create(page)


def _draw_teams(page: Page, key: str, view: ViewRow | None = None) -> None:
    """Draw whom a view is for; nothing for people without a team."""
    _ = page.text.gettext
    teams = {MINE_ALONE: _("For me alone")} | {i: one_line(name) for i, name in saved_views.teams_to_share_with(page.user).items()}
    if view is not None and view.team_id is not None:
        teams.setdefault(view.team_id, one_line(view.team_name))  # shared before one left that team
    if len(teams) > 1:
        st.selectbox(_("Shared with"), list(teams), format_func=lambda i: teams.get(i, ""), key=key, persist_state="page")


def _show_problem(page: Page, form: str) -> None:
    """Show what is wrong with a view's name in the form that it was typed into."""
    if st.session_state.get(_SUBMITTED) == form:
        page.show_problem("view_name")


def _create(page: Page) -> None:
    name, team_id = st.session_state[_NEW_NAME], st.session_state[_NEW_TEAM] or None
    st.session_state[_SUBMITTED] = _NEW_NAME
    with page.saving() as session:
        view = saved_views.save_view(session, page.user, name=name, query=filters.current_query(), team_id=team_id, now=page.now)
    st.session_state[_FORGET] = True
    st.query_params[filters.SAVED] = str(view.id)
    page.toast(page.text.gettext("View saved."))
    st.rerun()


def _save_own(page: Page, view: ViewRow) -> None:
    name, team = _own_keys(view)
    st.session_state[_SUBMITTED] = name
    with page.saving() as session:
        saved_views.rename_view(session, page.user, view_id=view.id, name=st.session_state[name])
        saved_views.share_view(session, page.user, view_id=view.id, team_id=st.session_state[team] or None)
    page.toast(page.text.gettext("View saved."))
    st.rerun()


def _delete(page: Page, view: ViewRow) -> None:
    _ = page.text.gettext
    with page.saving() as session:
        saved_views.delete_view(session, page.user, view_id=view.id)
    st.query_params.pop(filters.SAVED, None)
    offer_undo(page, _("View deleted: {name}").format(name=plain(view.name)), partial(_bring_back, view=view))
    st.rerun()


def _bring_back(session: Session, page: Page, *, view: ViewRow) -> None:
    team_id = view.team_id if view.team_id in saved_views.teams_to_share_with(page.user) else None
    saved_views.save_view(session, page.user, name=view.name, query=view.query, team_id=team_id, now=page.now)


def _put_back_query(session: Session, page: Page, *, view: ViewRow) -> None:
    saved_views.update_view(session, page.user, view_id=view.id, query=view.query)


def _short(name: str) -> str:
    """Return a name as the button bears it."""
    return plain(name if len(name) <= 14 else name[:13] + "…")
