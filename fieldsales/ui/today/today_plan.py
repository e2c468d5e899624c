"""The day's plan on the today page: the next stop with its time and why, and the way to the road or to planning the day."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.domain.words import PlanState, StopProgress
from fieldsales.services.planning import plans
from fieldsales.services.planning.plan_views import PlanView, StopView
from fieldsales.ui import navigation, words
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page
from fieldsales.ui.plan.plan_reasons import say_all
from fieldsales.wording.lengths import say_clock


def read_plan_of_today(page: Page) -> PlanView | None:
    """Return the plan that the user accepted for today, None when there is none."""
    with page.database.read() as session:
        rows = plans.list_plans(session, page.user, first_day=page.today, last_day=page.today, user_id=page.user.id)
        accepted = next((row for row in rows if row.state is PlanState.ACCEPTED), None)
        return plans.read_plan(session, page.user, plan_id=accepted.id, now=page.now) if accepted else None


def count_stops(plan: PlanView) -> tuple[int, int]:
    """Return how many stops of a plan are done, and how many there are to do; skipped ones are neither."""
    done = sum(stop.progress is StopProgress.DONE for stop in plan.stops)
    return done, sum(stop.progress is not StopProgress.SKIPPED for stop in plan.stops)


def stop_html(page: Page, plan: PlanView, stop: StopView) -> str:
    """Return the head of the card: which stop it is, when, who and why."""
    _ = page.text.gettext
    number = _("{number} of {count}").format(number=page.text.number(plan.stops.index(stop) + 1), count=page.text.number(len(plan.stops)))
    begins = say_clock(stop.starts_at, plan.zone)
    if stop.arrived_at is not None:
        when = _("Arrived {time}").format(time=say_clock(stop.arrived_at, plan.zone))
    else:
        when = _("Planned for {time}").format(time=begins)
    badge = words.badge_html(stop.likelihood, html.escape(_(words.LIKELIHOODS[stop.likelihood])))
    why = say_all(page.text, plan, stop.why)
    title = html.escape(_("Next up") + " · " + number)
    return (
        f'<div class="fs-next">{title}</div><div class="fs-heading">{badge}<div><h2>{safe(stop.name)}</h2>'
        f'<div class="fs-quiet"><b>{html.escape(when)}</b>{" · " + safe(why) if why else ""}</div></div></div>'
    )


def draw_road_link(page: Page, plan: PlanView) -> None:
    """Draw the way to the page for the road, which works without signal."""
    label = html.escape(page.text.gettext("On the road"))
    st.html(f'<a class="fs-action fs-wide" href="/route/{plan.id}" target="_self">{label}</a>')


def draw_plan_link(page: Page) -> None:
    """Draw the way to planning the day, for who has no plan yet."""
    with st.container(key="today_unplanned"):
        query = {"day": page.today.isoformat()}
        st.page_link(navigation.path_of("plan"), label=page.text.gettext("Plan today"), icon=":material/route:", query_params=query)
