"""The one button at the bottom: plan the day, use what was planned, set out."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.domain.words import PlanState
from fieldsales.services.planning import plans
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_state, plan_taps
from fieldsales.ui.plan.plan_state import Sheet


def draw_primary(page: Page, plan: PlanView, *, editable: bool) -> None:
    """Draw what comes next for this plan; nothing where its reader may only look."""
    if not editable:
        return
    _ = page.text.gettext
    with st.container(key="plan_primary", horizontal=True, wrap=False, gap="small"):
        if not plan.stops and not plan.candidates:
            _button(_("Add customers"), "plan_add_first", ":material/person_add:", plan_state.open_sheet, Sheet.ADD)
        elif plan_taps.is_solving(plan.id):
            # A second tap asks for what is under way already.
            _button(_("Planning…"), "plan_solve", ":material/route:", plan_taps.ask_solving, plan.id)
        elif not plan.is_solved or plan.is_stale or not plan.stops:
            _button(_("Plan the day"), "plan_solve", ":material/route:", plan_taps.ask_solving, plan.id)
        else:
            _draw_use(page, plan)


def _draw_use(page: Page, plan: PlanView) -> None:
    """Draw what a planned day is used by; an order made by hand may be planned anew instead."""
    _ = page.text.gettext
    if plan.is_by_hand:
        key, icon = "plan_anew", ":material/route:"
        st.button(_("Plan anew"), key=key, icon=icon, width="stretch", on_click=plan_taps.ask_solving, args=(plan.id,))
    if plan.state is not PlanState.ACCEPTED:
        _draw_accept(page, plan)
    elif plan.person.id == page.user.id and plan.day == page.today:
        label = html.escape(_("Set out"))
        st.html(f'<a class="fs-action fs-primary fs-wide" href="/route/{plan.id}" target="_self">{label}</a>')


def _draw_accept(page: Page, plan: PlanView) -> None:
    _ = page.text.gettext
    if not st.button(_("Use this plan"), key="plan_accept", type="primary", icon=":material/check:", width="stretch"):
        return
    with page.saving() as session:
        change_id = plans.accept_plan(session, page.user, plan_id=plan.id, now=page.now)
    plan_taps.offer_way_back(page, _("The plan is in use."), plan_id=plan.id, change_id=change_id)
    st.rerun()


def _button(label: str, key: str, icon: str, on_click: object, what: object) -> None:
    st.button(label, key=key, type="primary", icon=icon, width="stretch", on_click=on_click, args=(what,))  # type: ignore[arg-type]
