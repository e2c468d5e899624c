"""The sheet that lies over the day, if one is open: from below on a phone, at the right on a desktop; the address says which."""

from __future__ import annotations

import streamlit as st

from fieldsales.errors import N_
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_adding, plan_more, plan_rules_form, plan_state, plan_stop_sheet, plan_variants
from fieldsales.ui.plan.plan_state import Asked, Sheet

TITLES = {
    Sheet.ADD: N_("Add customers"),
    Sheet.RULES: N_("Conditions of the day"),
    Sheet.VARIANTS: N_("Compare plans"),
    Sheet.MORE: N_("This plan"),
}
FOR_EDITORS = (Sheet.ADD, Sheet.RULES, Sheet.VARIANTS)


def draw_sheet(page: Page, asked: Asked, plan: PlanView, *, editable: bool) -> None:
    """Draw the open sheet; one that this reader may not have, or of a stop that is gone, is not there."""
    if asked.sheet is None or (asked.sheet in FOR_EDITORS and not editable):
        return
    if asked.sheet is Sheet.STOP:
        row = plan_stop_sheet.find_row(plan, asked.stop_id)
        if row is None:
            return
        with _sheet(page, row.name or page.text.gettext("A customer you may not see")):
            plan_stop_sheet.draw_stop(page, plan, row, editable=editable)
        return
    with _sheet(page, page.text.gettext(TITLES[asked.sheet])):
        if asked.sheet is Sheet.ADD:
            plan_adding.draw_adding(page, plan)
        elif asked.sheet is Sheet.RULES:
            plan_rules_form.draw_rules(page, plan)
        elif asked.sheet is Sheet.VARIANTS:
            plan_variants.draw_variants(page, plan)
        else:
            plan_more.draw_more(page, plan)


def _sheet(page: Page, title: str) -> st.delta_generator.DeltaGenerator:
    sheet = st.container(key="plan_sheet", gap="small")
    with sheet, st.container(key="plan_sheet_head", horizontal=True, wrap=False, vertical_alignment="center"):
        st.html(f"<h2>{safe(title)}</h2>", width="stretch")
        label = page.text.gettext("Close")
        st.button(label, key="plan_sheet_close", icon=":material/close:", type="tertiary", on_click=plan_state.close_sheet)
    return sheet
