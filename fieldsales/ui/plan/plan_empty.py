"""What the plan page says while there is little to show: no customers, nobody due, a day off, a day that is over; and what to do next."""

from __future__ import annotations

import streamlit as st

from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.planning.outcome import PlanNote
from fieldsales.domain.words import StopProgress
from fieldsales.domain.working_days import is_working_day
from fieldsales.services.pins import locating
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.services.working_days import public_holidays
from fieldsales.ui import navigation
from fieldsales.ui.empty_states import draw_no_customers
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_state
from fieldsales.ui.plan.plan_state import Asked
from fieldsales.ui.plan.plan_words import is_past


def draw_nothing_planned(page: Page, asked: Asked) -> None:
    """Say that nothing was planned for a day that is over, and lead to today."""
    _ = page.text.gettext
    with st.container(key="plan_nothing"):
        day = page.text.day(asked.day, today=page.today)
        st.info(_("Nothing was planned for {day}.").format(day=day), icon=":material/event_busy:")
        st.button(_("Plan today"), key="plan_to_today", icon=":material/today:", on_click=plan_state.show_day, args=(page.today,))


def draw_hints(page: Page, plan: PlanView, *, editable: bool) -> None:
    """Say what is special about the day, and what to do while it has no customers."""
    if is_past(plan, page.now):
        _draw_done(page, plan)
    elif not is_working_day(plan.day, public_holidays()):
        st.caption(page.text.gettext("A Saturday, Sunday or public holiday: customers may be closed."))
    if plan.stops or not editable:
        return
    if not plan.candidates:
        _draw_without_customers(page)
    elif all(candidate.lat is None for candidate in plan.candidates) or PlanNote.NO_PINS in plan.notes:
        _draw_without_places(page)


def _draw_without_customers(page: Page) -> None:
    _ = page.text.gettext
    index, database = page.runtime.map_index, page.database
    extent = index.extent(database, page.user, customer_filter=CustomerFilter(), now=page.now, zone=page.zone)
    if extent.bounds is not None:
        st.info(_("Nobody is due on this day. Add whom you want to see: by name, from the map, or from a saved view."))
        return
    with database.read() as session:
        places = locating.count_problems(session, page.user)
    if places.unlocated or places.pending:
        _draw_without_places(page)
    else:
        draw_no_customers(page)


def _draw_without_places(page: Page) -> None:
    _ = page.text.gettext
    st.warning(_("None of these customers has a place on the map, so no route can be planned."), icon=":material/wrong_location:")
    st.page_link(navigation.path_of("fix_list"), label=_("Places to fix"), icon=":material/wrong_location:")


def _draw_done(page: Page, plan: PlanView) -> None:
    """Say what became of a day that is over."""
    if not plan.stops:
        return
    _, number = page.text.gettext, page.text.number
    done = sum(stop.progress is StopProgress.DONE for stop in plan.stops)
    skipped = sum(stop.progress is StopProgress.SKIPPED for stop in plan.stops)
    parts = [_("{done} of {planned} planned visits made").format(done=number(done), planned=number(len(plan.stops)))]
    if skipped:
        parts.append(page.text.ngettext("{count} skipped", "{count} skipped", skipped).format(count=number(skipped)))
    st.markdown(f":gray[{' · '.join(parts)}]")
