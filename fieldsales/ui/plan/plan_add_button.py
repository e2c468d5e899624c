"""“Add to plan” on a customer's card and page: one tap, one day, and it is visited then."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import streamlit as st

from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.planning import plan_undo, plans
from fieldsales.services.planning.plan_wishes import want_customer
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.page import Page
from fieldsales.ui.plan.plan_words import day_chip

DAYS = 7
_DAY = "add_to_plan_day"


def draw_add_to_plan(page: Page, customer: CustomerDetails) -> None:
    """Draw the button behind which the day is chosen; nothing for a customer that no route can reach."""
    if customer.lat is None or customer.archived_at is not None:
        return
    _ = page.text.gettext
    days = [page.today + timedelta(days=ahead) for ahead in range(DAYS)]
    with st.popover(_("Add to plan"), icon=":material/route:", key="add_to_plan", type="tertiary"):
        st.pills(
            _("On which day"),
            days,
            format_func=lambda day: day_chip(page.text, day, page.today),
            key=_DAY,
            on_change=_note,
            persist_state="page",
        )
        page.show_problem("customer_ids")
    day = st.session_state.pop(f"_{_DAY}", None)
    if isinstance(day, date):
        _add(page, customer, day)


def _note() -> None:
    """Take the tapped day for this run, and let none be marked afterwards."""
    st.session_state[f"_{_DAY}"] = st.session_state[_DAY]
    st.session_state[_DAY] = None


def _add(page: Page, customer: CustomerDetails, day: date) -> None:
    _ = page.text.gettext
    with page.saving() as session:
        plan_id = plans.open_plan(
            session,
            page.user,
            user_id=plans.whose_plan(session, page.user, owner_id=customer.owner_id),
            day=day,
            client_ref=uuid4(),
            zone=page.runtime.settings.zone,
            now=page.now,
        )
        change_id = want_customer(session, page.user, plan_id=plan_id, customer_id=customer.id, now=page.now)
    when = day_chip(page.text, day, page.today)
    if change_id is None:
        page.toast(_("Already in the plan of {day}.").format(day=when))
    else:
        sentence = _("Added to the plan of {day}.").format(day=when)
        offer_undo(page, sentence, lambda s, p: plan_undo.undo_change(s, p.user, plan_id=plan_id, change_id=change_id, now=p.now))
    st.rerun()
