"""How this one day is to go: hours, start and end, pauses, means of travel; other days keep theirs."""

from __future__ import annotations

import streamlit as st

from fieldsales.services.planning import plan_edits
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.services.travel import places
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_state, plan_taps
from fieldsales.ui.plan.day_rules_fields import draw_fields, draw_refusal, fill_fields, typed_rules


def draw_rules(page: Page, plan: PlanView) -> None:
    """Draw the form; saving plans the day anew where it was planned before."""
    _ = page.text.gettext
    with page.database.read() as session:
        choices = {choice.id: choice for choice in places.list_choices(session, page.user, user_id=plan.person.id)}
    fill_fields(plan.rules, token=f"rules.{plan.id}")
    own_day = plan.person.id == page.user.id
    draw_fields(page, choices, may_begin_here=own_day, begins_now=own_day and plan.day == page.today)
    with st.container(key="plan_rules_foot", gap="xsmall"):
        draw_refusal(page)
        with st.container(key="plan_rules_buttons", horizontal=True, wrap=False, gap="small"):
            st.button(_("Cancel"), key="plan_rules_cancel", on_click=plan_state.close_sheet)
            if st.button(_("Save"), key="plan_rules_save", type="primary", width="stretch"):
                _save(page, plan)


def _save(page: Page, plan: PlanView) -> None:
    change_id = plan_taps.change(page, plan_edits.set_rules, plan_id=plan.id, rules=typed_rules())
    plan_taps.offer_way_back(page, page.text.gettext("The conditions are saved."), plan_id=plan.id, change_id=change_id)
    if change_id is not None and plan.is_solved:
        plan_taps.ask_solving(plan.id)
    plan_state.close_sheet()
    st.rerun()
