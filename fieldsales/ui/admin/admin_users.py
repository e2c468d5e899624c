"""Users: who may log in, as what, with which rights; add, change, shut out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from fieldsales.db.models import User
from fieldsales.domain.words import Role
from fieldsales.errors import UserNotFound
from fieldsales.services.accounts import accounts
from fieldsales.services.accounts.sessions import close_all_sessions
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.words import ROLES

NEW = "new"
_ICONS = {Role.REP: ":material/person:", Role.MANAGER: ":material/supervisor_account:", Role.ADMIN: ":material/shield_person:"}
_MAX_NAME, _MAX_EMAIL, _MAX_PASSWORD = 200, 320, 1000


def draw_users(page: Page, edited: str, *, on_edit: Callable[[str], None], on_leave: Callable[[], None]) -> None:
    """Draw the list of users, or the one that is edited: `edited` is an id, NEW, or empty for the list."""
    with page.database.read() as session:
        users = accounts.list_users(session, page.user)
        teams = [team.name for team in accounts.list_teams(session, page.user)]
    if not edited:
        _draw_list(page, users, on_edit)
        return
    st.button(page.text.gettext("All users"), key="users_back", icon=":material/arrow_back:", type="tertiary", on_click=on_leave)
    if edited == NEW:
        _draw_new(page, teams, on_leave)
        return
    user = next((u for u in users if str(u.id) == edited), None)
    if user is None:
        raise UserNotFound()
    _draw_edit(page, user, teams)
    if user.id == page.user.id:
        st.caption(page.text.gettext("This is your own account: change your password under “Account”."))
    else:
        _draw_password(page, user)
        _draw_access(page, user)


def _draw_list(page: Page, users: Sequence[User], on_edit: Callable[[str], None]) -> None:
    _ = page.text.gettext
    active = sum(user.disabled_at is None for user in users)
    with st.container(key="users_head", horizontal=True, wrap=False, vertical_alignment="center"):
        number = page.text.ngettext("{count} user may log in", "{count} users may log in", active)
        st.caption(number.format(count=page.text.number(active)), width="stretch")
        st.button(_("Add a user"), key="add_user", icon=":material/person_add:", type="primary", on_click=on_edit, args=(NEW,))
    with st.container(key="rows_users", gap=None):
        for user in users:
            st.button(_row_label(page, user), key=f"row_user_{user.id}", on_click=on_edit, args=(str(user.id),), width="stretch", wrap=True)


def _row_label(page: Page, user: User) -> str:
    _ = page.text.gettext
    disabled = f":red[{_('disabled')}]" if user.disabled_at else ""
    team = plain(user.team.name) if user.team else ""
    managed = ", ".join(plain(t.name) for t in user.managed_teams if t.id != user.team_id)
    admin = user.role is Role.ADMIN  # who holds both rights by the role
    rights = [_("exports")] * (user.may_export and not admin) + [_("deletes")] * (user.may_delete and not admin)
    parts = [disabled, _(ROLES[user.role]), team, managed, *rights, plain(user.email)]
    return f"{_ICONS[user.role]} **{plain(user.name)}**\n:small[{' · '.join(p for p in parts if p)}]"


def _draw_new(page: Page, teams: Sequence[str], on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    st.subheader(_("Add a user"), anchor=False)
    with st.form("user_new", enter_to_submit=False):
        name, email, role, team = _draw_fields(page, NEW, teams, None)
        password = st.text_input(
            _("Password"),
            type="password",
            key="user_new_password",
            autocomplete="new-password",
            max_chars=_MAX_PASSWORD,
            persist_state=None,  # a password is kept no longer than it is on the screen
        )
        page.show_problem("password")
        page.show_problem()
        added = st.form_submit_button(_("Add"), key="save_user", type="primary", width="stretch")
    if added:
        with page.saving() as session:
            accounts.add_user(
                session, page.user, email=email, name=name, role=role, password=password, team_name=team, now=page.runtime.clock()
            )
        on_leave()
        page.toast(_("User added: {name}").format(name=name))
        st.rerun()


def _draw_edit(page: Page, user: User, teams: Sequence[str]) -> None:
    _ = page.text.gettext
    disabled = f" :red[{_('disabled')}]" if user.disabled_at else ""
    st.subheader(f"{plain(user.name)}{disabled}", anchor=False)
    with st.form(f"user_{user.id}", enter_to_submit=False):
        name, email, role, team = _draw_fields(page, str(user.id), teams, user)
        may_export = st.checkbox(_("May export customers"), value=user.may_export, key=f"user_export_{user.id}")
        deleting = _("May archive customers and delete what others recorded")
        may_delete = st.checkbox(deleting, value=user.may_delete, key=f"user_delete_{user.id}")
        page.show_problem()
        saved = st.form_submit_button(_("Save"), key="save_user", type="primary", width="stretch")
    if saved:
        with page.saving() as session:
            accounts.update_user(session, page.user, user_id=user.id, name=name, role=role, team_name=team, email=email, now=page.now)
            accounts.set_rights(session, page.user, user_id=user.id, may_export=may_export, may_delete=may_delete, now=page.now)
        page.toast(_("User saved."))
        st.rerun()


def _draw_fields(page: Page, key: str, teams: Sequence[str], user: User | None) -> tuple[str, str, Role, str]:
    """Draw the fields that new and known users have in common; return name, e-mail address, role and team."""
    _ = page.text.gettext
    name = st.text_input(_("Full name"), value=user.name if user else "", key=f"user_name_{key}", max_chars=_MAX_NAME, autocomplete="off")
    page.show_problem("name")
    email = st.text_input(
        _("E-mail address"), value=user.email if user else "", key=f"user_email_{key}", max_chars=_MAX_EMAIL, autocomplete="off"
    )
    page.show_problem("email")
    roles = list(Role)
    role = st.selectbox(
        _("Role"), roles, index=roles.index(user.role) if user else 0, format_func=lambda r: _(ROLES[r]), key=f"user_role_{key}"
    )
    page.show_problem("role")
    own = user.team.name if user and user.team else None
    team = st.selectbox(
        _("Team"),
        teams,
        index=list(teams).index(own) if own is not None and own in teams else None,
        format_func=one_line,
        key=f"user_team_{key}",
        placeholder=_("No team; type a name for a new one"),
        accept_new_options=True,
    )
    page.show_problem("team_name")
    return name, email, role or Role.REP, team or ""


def _draw_password(page: Page, user: User) -> None:
    _ = page.text.gettext
    with st.form(f"user_password_form_{user.id}", clear_on_submit=True, enter_to_submit=False):
        password = st.text_input(
            _("New password"),
            type="password",
            key=f"user_password_{user.id}",
            autocomplete="new-password",
            max_chars=_MAX_PASSWORD,
            persist_state=None,  # a password is kept no longer than it is on the screen
        )
        page.show_problem("password")
        st.caption(_("A new password logs the user out on every device."))
        changed = st.form_submit_button(_("Set password"), key="save_password", icon=":material/key:", width="stretch")
    if changed:
        with page.saving() as session:
            accounts.set_password(session, page.user, user_id=user.id, password=password, now=page.runtime.clock())
        page.toast(_("Password set."))
        st.rerun()


def _draw_access(page: Page, user: User) -> None:
    _ = page.text.gettext
    with st.container(key="user_access", horizontal=True):
        if st.button(_("Log out everywhere"), key="user_log_out", icon=":material/logout:"):
            with page.saving() as session:
                found = accounts.find_by_email(session, page.user, email=user.email)
                close_all_sessions(session, found, now=page.runtime.clock(), by=page.user)
            page.toast(_("Logged out on every device."))
            st.rerun()
        if user.disabled_at is None:
            if st.button(_("Disable"), key="user_disable", icon=":material/person_off:"):
                with page.saving() as session:
                    accounts.disable_user(session, page.user, user_id=user.id, now=page.runtime.clock())
                page.toast(_("Disabled: customers and visits stay."))
                st.rerun()
        elif st.button(_("Enable again"), key="user_enable", icon=":material/person:"):
            with page.saving() as session:
                accounts.enable_user(session, page.user, user_id=user.id, now=page.now)
            page.toast(_("This user may log in again."))
            st.rerun()
