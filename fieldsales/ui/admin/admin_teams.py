"""Teams: their names, who manages them, and whether their reps see each other's customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from fieldsales.db.models import Team, User
from fieldsales.domain.words import Role
from fieldsales.errors import NotFound
from fieldsales.services.accounts import accounts
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page

NEW = "new"
_MAX_NAME = 200


def draw_teams(page: Page, edited: str, *, on_edit: Callable[[str], None], on_leave: Callable[[], None]) -> None:
    """Draw the list of teams, or the one that is edited: `edited` is an id, NEW, or empty for the list."""
    with page.database.read() as session:
        teams = accounts.list_teams(session, page.user)
        users = accounts.list_users(session, page.user)
    if not edited:
        _draw_list(page, teams, users, on_edit)
        return
    st.button(page.text.gettext("All teams"), key="teams_back", icon=":material/arrow_back:", type="tertiary", on_click=on_leave)
    team = next((t for t in teams if str(t.id) == edited), None)
    if team is None and edited != NEW:
        raise NotFound()
    _draw_form(page, team, users, on_leave)


def _draw_list(page: Page, teams: Sequence[Team], users: Sequence[User], on_edit: Callable[[str], None]) -> None:
    _ = page.text.gettext
    with st.container(key="teams_head", horizontal=True, wrap=False, vertical_alignment="center"):
        number = page.text.ngettext("{count} team", "{count} teams", len(teams))
        st.caption(number.format(count=page.text.number(len(teams))), width="stretch")
        st.button(_("Add a team"), key="add_team", icon=":material/group_add:", type="primary", on_click=on_edit, args=(NEW,))
    with st.container(key="rows_teams", gap=None):
        for team in teams:
            label = _row_label(page, team, users)
            st.button(label, key=f"row_team_{team.id}", on_click=on_edit, args=(str(team.id),), width="stretch", wrap=True)


def _row_label(page: Page, team: Team, users: Sequence[User]) -> str:
    _ = page.text.gettext
    members = sum(user.team_id == team.id and user.disabled_at is None for user in users)
    number = page.text.ngettext("{count} member", "{count} members", members).format(count=page.text.number(members))
    managers = ", ".join(plain(user.name) for user in _managers(team, users)) or _("no manager")
    sharing = _("shares its customers") if team.shares_customers else _("each rep sees their own customers")
    return f":material/groups: **{plain(team.name)}**\n:small[{number} · {managers} · {sharing}]"


def _draw_form(page: Page, team: Team | None, users: Sequence[User], on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    key = str(team.id) if team else NEW
    names = {user.id: user.name for user in users if user.role is Role.MANAGER and user.disabled_at is None}
    managing = [user.id for user in _managers(team, users)] if team else []
    names |= {user.id: user.name for user in users if user.id in managing}
    st.subheader(plain(team.name) if team else _("Add a team"), anchor=False)
    with st.form(f"team_{key}", enter_to_submit=False):
        name = st.text_input(
            _("Team name"), value=team.name if team else "", key=f"team_name_{key}", max_chars=_MAX_NAME, autocomplete="off"
        )
        page.show_problem("team_name")
        shares = st.toggle(
            _("Reps of this team see each other's customers"), value=team.shares_customers if team else True, key=f"team_shares_{key}"
        )
        chosen = st.multiselect(
            _("Managers"),
            list(names),
            default=managing,
            format_func=lambda i: one_line(names[i]),
            key=f"team_managers_{key}",
            placeholder=_("Users with the role of a manager"),
            select_all=False,
        )
        page.show_problem("manager_ids")
        page.show_problem()
        saved = st.form_submit_button(_("Save"), key="save_team", type="primary", width="stretch")
    if saved:
        with page.saving() as session:
            team_id = team.id if team else None
            managers = frozenset(chosen)
            accounts.save_team(session, page.user, name=name, shares_customers=shares, manager_ids=managers, team_id=team_id, now=page.now)
        on_leave()
        page.toast(_("Team saved."))
        st.rerun()


def _managers(team: Team, users: Sequence[User]) -> list[User]:
    return [user for user in users if any(managed.id == team.id for managed in user.managed_teams)]
