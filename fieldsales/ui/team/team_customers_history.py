"""What was done to many customers in the last weeks, with the way back."""

from __future__ import annotations

import streamlit as st

from fieldsales.services.acting import bulk_changes
from fieldsales.services.acting.bulk_changes import UNDO_FOR, ActRow
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_customers_words import say_act, say_left
from fieldsales.ui.team.team_state import TeamAsked

_OPEN = "_bulk_left_of"


def draw_history(page: Page, _asked: TeamAsked) -> None:
    """Draw the acts, the newest first."""
    _ = page.text.gettext
    with page.database.read() as session:
        acts = bulk_changes.list_acts(session, page.user, now=page.now)
    page.show_problem()
    if not acts:
        st.info(_("Nothing was done to many customers at once yet."), icon=":material/history:")
        return
    st.caption(
        _("Each act can be undone for {days} days. Customers that were changed again since stay as they are.").format(days=UNDO_FOR.days)
    )
    for act in acts:
        _draw_act(page, act)


def _draw_act(page: Page, act: ActRow) -> None:
    _, text = page.text.gettext, page.text
    with st.container(key=f"bulk_done_{act.id}", gap="xsmall"):
        count = text.ngettext("{count} customer", "{count} customers", act.count).format(count=text.number(act.count))
        st.markdown(f"**{say_act(text, act, owner=act.owner)}** · {count}")
        st.caption(f"{text.moment(act.made_at, zone=page.zone)} · {plain(act.who)}")
        if act.undone_at is not None:
            _draw_undone(page, act)
        elif act.may_undo:
            days = max(0, (act.until.astimezone(page.zone).date() - page.today).days)
            label = text.ngettext("Undo ({count} day left)", "Undo ({count} days left)", days).format(count=text.number(days))
            if st.button(label, key=f"bulk_undo_{act.id}", icon=":material/undo:", type="tertiary"):
                _undo(page, act.id)
        else:
            st.caption(_("Can no longer be undone."))


def _draw_undone(page: Page, act: ActRow) -> None:
    """Say when it was undone, and which customers were left because somebody changed them again."""
    _, text = page.text.gettext, page.text
    assert act.undone_at is not None
    st.caption(_("Undone {when}").format(when=text.moment(act.undone_at, zone=page.zone)))
    left = act.count - (act.undone_count or 0)
    if not left:
        return
    st.markdown(f":material/info: {say_left(text, left)}")
    if st.session_state.get(_OPEN) != act.id:
        st.button(_("Which ones"), key=f"bulk_left_{act.id}", type="tertiary", on_click=st.session_state.update, args=({_OPEN: act.id},))
        return
    with page.database.read() as session:
        rows = bulk_changes.left_alone(session, page.user, change_id=act.id)
    st.markdown("\n".join(f"- {plain(row.name)} · {plain(row.who)}" for row in rows) or _("You may not see them any more."))


def _undo(page: Page, change_id: int) -> None:
    with page.saving() as session:
        result = bulk_changes.undo_change(session, page.user, change_id=change_id, now=page.now)
    if result.left:
        st.session_state[_OPEN] = change_id
    page.toast(say_left(page.text, result.left) if result.left else page.text.gettext("Taken back."))
    st.rerun()
