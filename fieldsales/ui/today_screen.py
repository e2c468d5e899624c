"""The day: the head with what is done, whom to turn to next, then everybody today asks for, the most pressing first."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.errors import N_
from fieldsales.services import follow_ups
from fieldsales.services.customer_search import customer_details
from fieldsales.services.follow_ups import FollowUp, FollowUps, Whose
from fieldsales.services.locating import MOST_COUNTED, LocationCounts
from fieldsales.ui import check_in_view, navigation, today_rows, today_waiting, visit_form, words
from fieldsales.ui.empty_states import draw_no_customers
from fieldsales.ui.format import plain, safe
from fieldsales.ui.page import Page
from fieldsales.ui.today_waiting import Waiting

WHOSE = "whose"
_WHOSE_WIDGET = "today_whose"
_WHOSE_NAMES = {Whose.TEAM: N_("Team"), Whose.MINE: N_("Mine")}


def read_whose(page: Page) -> Whose:
    """Return whose day the URL asks for; what it may be, the service decides."""
    asked = st.query_params.get(WHOSE, "")
    default = Whose.TEAM if follow_ups.may_see_team(page.user) else Whose.MINE
    return Whose(asked) if asked in list(Whose) else default


def draw_head(page: Page, day: FollowUps) -> None:
    """Draw the date, who is greeted and what is done today in one line; for those with a team, whose day it is."""
    _ = page.text.gettext
    with st.container(key="today_head", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.title(page.text.day(page.today, today=page.today), anchor=False, width="content")
        greeting = _("Hello {name}").format(name=plain(page.user.name))
        st.markdown(f":gray[{greeting}]", width="stretch")
        st.html(_done_html(page, day), width="content")
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
        )


def _done_html(page: Page, day: FollowUps) -> str:
    """Return the visits of today in a ring that closes at the target; in a team's day, or without a target, in words."""
    done, number = day.visited_today, page.text.number
    said = page.text.ngettext("{count} visit today", "{count} visits today", done).format(count=number(done))
    if not day.target or day.whose is Whose.TEAM:
        return f'<span class="fs-done">{html.escape(said)}</span>'
    share = min(100, round(100 * done / day.target))
    aim = page.text.gettext("{done} of {target} visits today").format(done=number(done), target=number(day.target))
    figures = f"<b>{html.escape(number(done))}</b>/{html.escape(number(day.target))}"
    named = f'role="img" aria-label="{html.escape(aim)}" title="{html.escape(aim)}"'
    return f'<span class="fs-ring" {named} style="--fs-share:{share}%"><span>{figures}</span></span>'


def draw_next(page: Page, day: FollowUps) -> None:
    """Draw whom to turn to now, with all one needs to go there; a team has many who turn to somebody."""
    row = follow_ups.next_up(day, at=page.now.astimezone(page.zone).time())
    if row is None or day.whose is Whose.TEAM:
        return
    _ = page.text.gettext
    with st.container(key="today_next", border=True, gap="small"):
        st.html(_next_html(page, day, row))
        with page.database.read() as session:
            customer = customer_details(session, page.user, customer_id=row.id, visits=1)
        with st.container(key="next_actions", horizontal=True, wrap=False, gap="xsmall"):
            today_rows.draw_reach(page, row.phone, row.lat, row.lon, row.name, key="next")
            st.button(_("Open"), key="next_open", icon=":material/open_in_full:", on_click=today_rows.pick, args=(row.id,))
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
                args=(row.id,),
            )


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
        return today_rows.next_in_words(page, row.next_on)
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
