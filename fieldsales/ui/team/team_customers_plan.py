"""The chosen customers taken into a rep's planned day."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import streamlit as st

from fieldsales.services.planning import plan_edits, plan_undo, plans
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.plan.plan_words import day_chip

DAYS = 7
_WHO, _DAY = "bulk_plan_who", "bulk_plan_day"


def choose_day(page: Page, *, who_key: str, day_key: str) -> tuple[int | None, date | None, dict[int, str]]:
    """Draw whose day and which one, both empty for the next customers; return them and the names of everybody offered, by id."""
    _ = page.text.gettext
    with page.database.read() as session:
        people = {person.id: one_line(person.name) for person in plans.whose_days(session, page.user)}
    days = [page.today + timedelta(days=ahead) for ahead in range(DAYS)]
    who = st.selectbox(
        _("Whose day"),
        list(people),
        index=None,
        format_func=people.__getitem__,
        key=who_key,
        placeholder=_("Choose somebody"),
        persist_state=None,
    )
    day = st.pills(_("On which day"), days, format_func=lambda day: day_chip(page.text, day, page.today), key=day_key, persist_state=None)
    return who, day, people


def draw_adding(page: Page, ids: list[int]) -> None:
    """Draw whose day it is, which one, and the button."""
    _ = page.text.gettext
    who, day, people = choose_day(page, who_key=_WHO, day_key=_DAY)
    st.caption(_("They become candidates of that day; the plan is made when somebody plans it. A plan holds at most 500 customers."))
    with st.container(key="bulk_foot", gap="small"):
        page.show_problem("customer_ids")
        page.show_problem()
        with st.container(key="bulk_bar"):
            label = _("Add {count} to the plan").format(count=page.text.number(len(ids)))
            ready = who is not None and day is not None and bool(ids)
            tapped = st.button(label, key="bulk_add_to_plan", type="primary", width="stretch", disabled=not ready)
    if not (tapped and who is not None and day is not None):
        return
    with page.saving() as session:
        zone = page.runtime.settings.zone
        plan_id = plans.open_plan(session, page.user, user_id=who, day=day, client_ref=uuid4(), zone=zone, now=page.now)
        change_id = plan_edits.add_customers(session, page.user, plan_id=plan_id, customer_ids=ids, now=page.now)
    when = f"{day_chip(page.text, day, page.today)} · {plain(people[who])}"
    if change_id is None:
        page.toast(_("All of them are in the plan already: {day}.").format(day=when))
    else:
        sentence = _("Added to the plan of {day}.").format(day=when)
        offer_undo(page, sentence, lambda s, p: plan_undo.undo_change(s, p.user, plan_id=plan_id, change_id=change_id, now=p.now))
    st.rerun()
