"""Everything else about a plan: hand it on, share, name, copy or delete it, and what was changed in it, each with its way back."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.services.planning import plan_changes
from fieldsales.services.planning.plan_changes import ChangeRow
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_handoff, plan_sharing_view, plan_taps
from fieldsales.ui.plan.plan_words import say_change

_SHOWN = 20


def draw_more(page: Page, plan: PlanView) -> None:
    """Draw the hand-off, the ways to share, and the history."""
    if plan.stops:
        plan_handoff.draw_handoff(page, plan)
    plan_sharing_view.draw_plan_menu(page, plan)
    _draw_history(page, plan)


def _draw_history(page: Page, plan: PlanView) -> None:
    _ = page.text.gettext
    opened = st.expander(_("What was changed"), key="plan_history", icon=":material/history:", on_change="rerun")
    if not opened.open:
        return
    with page.database.read() as session:
        changes = plan_changes.changes_since(session, page.user, plan_id=plan.id, limit=_SHOWN)
    with opened:
        for change in changes:
            _draw_change(page, plan, change)


def _draw_change(page: Page, plan: PlanView, change: ChangeRow) -> None:
    _ = page.text.gettext
    with st.container(key=f"plan_change_{change.id}", horizontal=True, wrap=False, vertical_alignment="center"):
        when = html.escape(page.text.moment(change.at, zone=page.zone))
        st.html(f'{safe(say_change(page.text, change))}<div class="fs-quiet">{when}</div>', width="stretch")
        if change.may_undo and st.button(_("Undo"), key=f"plan_undo_{change.id}", type="tertiary", icon=":material/undo:"):
            plan_taps.undo(page, plan_id=plan.id, change_id=change.id)
