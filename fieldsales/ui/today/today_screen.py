"""The day: the head with what is done, whom to turn to next, then everybody today asks for, the most pressing first."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.errors import N_
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.pins.locating import MOST_COUNTED, LocationCounts
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.services.visits import follow_ups
from fieldsales.services.visits.follow_ups import FollowUp, FollowUps, Whose
from fieldsales.ui import navigation, words
from fieldsales.ui.customers.customer_rows import next_in_words
from fieldsales.ui.empty_states import draw_no_customers
from fieldsales.ui.format import plain, safe
from fieldsales.ui.page import Page
from fieldsales.ui.today import today_plan, today_rows, today_waiting
from fieldsales.ui.today.today_waiting import Waiting
from fieldsales.ui.visits import check_in_view, visit_form

WHOSE = "whose"
_WHOSE_WIDGET = "today_whose"
_WHOSE_NAMES = {Whose.TEAM: N_("Team"), Whose.MINE: N_("Mine")}


def read_whose(page: Page) -> Whose:
    """Return whose day the URL asks for; what it may be, the service decides."""
    asked = st.query_params.get(WHOSE, "")
    default = Whose.TEAM if follow_ups.may_see_team(page.user) else Whose.MINE
    return Whose(asked) if asked in list(Whose) else default


def draw_head(page: Page, day: FollowUps, plan: PlanView | None) -> None:
    """Draw the date, who is greeted and what is done today in one line; for those with a team, whose day it is."""
    _ = page.text.gettext
    with st.container(key="today_head", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.title(page.text.day(page.today, today=page.today), anchor=False, width="content")
        greeting = _("Hello {name}").format(name=plain(page.user.name))
        st.markdown(f":gray[{greeting}]", width="stretch")
        st.html(_done_html(page, day, plan), width="content")
    if follow_ups.may_see_team(page.user):
        st.session_state[_WHOSE_WIDGET] = day.whose
        st.segmented_control(
            _("Whose customers"),
            list(_WHOSE_NAMES),
            format_func=lambda whose: _(_WHOSE_NAMES[whose]),
            key=_WHOSE_WIDGET,
            required=True,
            label_visibility="collapsed",
            width="stretch",
            on_change=_write_whose,
            persist_state="page",
        )


def _done_html(page: Page, day: FollowUps, plan: PlanView | None) -> str:
    """Return the visits of today in a ring that closes at the target, or the stops of the plan in use at its last.

    In a team's day, or without a target, the visits are said in words.
    """
    number = page.text.number
    if plan is not None and plan.stops and day.whose is Whose.MINE:
        done, planned = today_plan.count_stops(plan)
        said = page.text.gettext("{done} of {count} planned stops").format(done=number(done), count=number(planned))
        return _ring_html(number(done), number(planned), said, done / max(1, planned))
    done = day.visited_today
    said = page.text.ngettext("{count} visit today", "{count} visits today", done).format(count=number(done))
    if not day.target or day.whose is Whose.TEAM:
        return f'<span class="fs-done">{html.escape(said)}</span>'
    aim = page.text.gettext("{done} of {target} visits today").format(done=number(done), target=number(day.target))
    return _ring_html(number(done), number(day.target), aim, done / day.target)


def _ring_html(done: str, target: str, said: str, share: float) -> str:
    figures = f"<b>{html.escape(done)}</b>/{html.escape(target)}"
    named = f'role="img" aria-label="{html.escape(said)}" title="{html.escape(said)}"'
    return f'<span class="fs-ring" {named} style="--fs-share:{min(100, round(100 * share))}%"><span>{figures}</span></span>'


def draw_next(page: Page, day: FollowUps, plan: PlanView | None) -> None:
    """Draw whom to turn to now, with all one needs to go there: the plan's next stop, without a plan the most pressing.

    A team has many who turn to somebody.
    """
    if day.whose is Whose.TEAM:
        return
    stop = plan.next_stop() if plan is not None else None
    if plan is not None and stop is not None and stop.name:
        _draw_card(page, stop.customer_id, today_plan.stop_html(page, plan, stop), plan)
        return
    row = follow_ups.next_up(day, at=page.now.astimezone(page.zone).time())
    if row is not None:
        _draw_card(page, row.id, _next_html(page, day, row), plan)
    if plan is None:
        today_plan.draw_plan_link(page)


def _draw_card(page: Page, customer_id: int, head: str, plan: PlanView | None) -> None:
    _ = page.text.gettext
    with page.database.read() as session:
        customer = customer_details(session, page.user, customer_id=customer_id, visits=1)
    with st.container(key="today_next", border=True, gap="small"):
        st.html(head)
        with st.container(key="next_actions", horizontal=True, wrap=False, gap="xsmall"):
            today_rows.draw_reach(page, customer.phone, customer.lat, customer.lon, customer.name, key="next")
            st.button(_("Open"), key="next_open", icon=":material/open_in_full:", on_click=today_rows.pick, args=(customer.id,))
        presence = check_in_view.draw_presence(page, customer)
        with st.container(key="next_main", horizontal=True, wrap=False, gap="xsmall"):
            check_in_view.draw_check_in(page, customer, presence)
            st.button(
                _("Log a visit"),
                key="log_visit",
                icon=":material/edit_note:",
                type="primary",
                width="stretch",
                on_click=visit_form.open_form,
                args=(customer.id,),
            )
        if plan is not None:
            today_plan.draw_road_link(page, plan)


def _next_html(page: Page, day: FollowUps, row: FollowUp) -> str:
    _ = page.text.gettext
    badge = words.badge_html(row.likelihood, html.escape(_(words.LIKELIHOODS[row.likelihood])))
    parts = [html.escape(part) for part in (_next_reason(page, day, row), _("do not visit") if row.not_to_visit else "") if part]
    parts += [safe(row.next_action)] if row.next_action else []
    title = html.escape(_("Next up"))  # outside the f-string, where the catalogue's reader finds it
    return (
        f'<div class="fs-next">{title}</div><div class="fs-heading">{badge}<div><h2>{safe(row.name)}</h2>'
        f'<div class="fs-quiet">{" · ".join(parts)}</div></div></div>'
    )


def _next_reason(page: Page, day: FollowUps, row: FollowUp) -> str:
    _ = page.text.gettext
    if row.next_on == page.today:
        return _("Promised for today") if row.next_time is None else f"{row.next_time:%H:%M}"
    if row.next_on is not None and row.next_on < page.today:
        return next_in_words(page, row.next_on)
    return today_rows.fading_in_words(page, row) if row in day.fading.rows else today_rows.cadence_in_words(page, row)


def draw_sections(page: Page, day: FollowUps, waiting: Waiting) -> None:
    """Draw whom to see, most pressing first; when there is nobody, say what to do next."""
    _, whose = page.text.gettext, day.whose
    draw, rows = today_rows.draw_section, today_rows
    draw(page, _("Appointments and promises today"), day.appointments, rows.appointment_in_words, key="appointments", whose=whose)
    _draw_tomorrow(page, day)
    draw(page, _("Overdue"), day.overdue, rows.overdue_in_words, key="overdue", whose=whose)
    near = _("Due, and within 2 km of a stop of today or of your last check-in.")
    draw(page, _("On your way"), day.near, rows.near_in_words, key="near", whose=whose, why=near)
    today_waiting.draw_drafts(page, waiting)
    today_waiting.draw_requests(page, waiting, whose)
    today_waiting.draw_replies(page, waiting)
    left_alone = _("Unseen for longer than their interval, and no next date.")
    draw(page, _("Left alone too long"), day.by_cadence, rows.cadence_in_words, key="cadence", whose=whose, why=left_alone)
    stale = _("Nobody has confirmed these A's for their half-life.")
    draw(page, _("Fading A's"), day.fading, rows.fading_in_words, key="fading", whose=whose, why=stale)
    if day.is_quiet and waiting.is_empty:
        _draw_nothing(page, day)
    today_rows.follow_pick()


def _draw_tomorrow(page: Page, day: FollowUps) -> None:
    if not day.tomorrow.rows:
        return
    first, rest = day.tomorrow.rows[0], day.tomorrow.total - 1
    _, number = page.text.gettext, page.text.number
    when = f"{first.next_time:%H:%M} " if first.next_time is not None else ""
    sentence = _("Tomorrow first: {who}").format(who=f"{when}{plain(first.name)}")
    more = page.text.ngettext("and {count} more", "and {count} more", rest).format(count=number(rest)) if rest else ""
    st.caption(f"{sentence} {more}".strip())


def draw_places(page: Page, places: LocationCounts) -> None:
    """Draw how many customers the map cannot show well, with the way to put that right."""
    _ = page.text.gettext
    without, rough = places.unlocated, places.approximate
    if places.pending:
        looking = page.text.ngettext("{count} address is being looked up.", "{count} addresses are being looked up.", places.pending)
        st.caption(looking.format(count=page.text.number(places.pending)))
    if not without and not rough:
        return
    with st.container(key="today_places", horizontal=True, border=True, vertical_alignment="center"):
        sentence = _("Without a place: {without} · approximate: {rough}")
        more = "+" if places.total >= MOST_COUNTED else ""
        st.markdown(sentence.format(without=page.text.number(without) + more, rough=page.text.number(rough) + more))
        st.page_link(navigation.path_of("fix_list"), label=_("Places to fix"), icon=":material/wrong_location:")


def _draw_nothing(page: Page, day: FollowUps) -> None:
    _ = page.text.gettext
    with st.container(key="today_nothing"):
        if day.customers:
            st.info(_("Nothing is due. The map shows who is near: log a visit there and set the next date."), icon=":material/map:")
            st.page_link(navigation.path_of("map"), label=_("Open the map"), icon=":material/map:")
        else:
            draw_no_customers(page)


def _write_whose() -> None:
    st.query_params[WHOSE] = st.session_state[_WHOSE_WIDGET].value
