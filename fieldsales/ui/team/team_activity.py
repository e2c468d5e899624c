"""Where the team checked in on a day: points on a map, no lines between them, and the same as a list."""

from __future__ import annotations

import html
from datetime import date, timedelta
from typing import Any

import streamlit as st

from fieldsales.domain.words import CheckInState
from fieldsales.services.team.team_activity import Activity, find_day_before, read_activity
from fieldsales.ui.format import one_line, safe
from fieldsales.ui.map.map_frame import draw_frame
from fieldsales.ui.map.map_view import tile_layers
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.visits.check_in_words import check_in_in_words, state_in_words

KEY = "activity_map"
DAY = "day"
_PICKED = "activity_day"
# Fill and ink; the sign in the pin says the same without colour.
_LOOKS = {
    CheckInState.VERIFIED: ("#009E73", "#FFFFFF", "✓"),
    CheckInState.PLAUSIBLE: ("#56B4E9", "#1B1B1B", "○"),
    CheckInState.FAR: ("#D55E00", "#FFFFFF", "!"),
    CheckInState.UNKNOWN: ("#FFFFFF", "#444444", "?"),
}


def draw_activity(page: Page, asked: TeamAsked) -> None:
    """Draw the day's check-ins; that somebody looked is kept as it is drawn."""
    _ = page.text.gettext
    day = _choose_day(page)
    with page.writing() as session:
        found = read_activity(session, page.user, team_filter=asked.team_filter, day=day, zone=page.zone, now=page.now)
    st.caption(_("Only taps on Check in are shown, no ways between them. Whoever is shown here can see that you looked."))
    if not found:
        _draw_nobody(page, asked, day)
        return
    shown = [(number, activity) for number, activity in enumerate(found, start=1) if activity.position is not None]
    if shown:
        draw_frame(_configuration(page, day, shown), key=KEY, start="startActivity", configure="configureActivity")
    without = len(found) - len(shown)
    if without:
        said = page.text.ngettext("{count} check-in has no position to show.", "{count} check-ins have no position to show.", without)
        st.caption(said.format(count=page.text.number(without)))
    _draw_list(page, found)


def _draw_nobody(page: Page, asked: TeamAsked, day: date) -> None:
    """Say that the day has no check-in, and lead to the last one before that has."""
    _ = page.text.gettext
    st.info(_("Nobody checked in on this day."), icon=":material/location_off:")
    with page.database.read() as session:
        before = find_day_before(session, page.user, team_filter=asked.team_filter, day=day, zone=page.zone)
    if before is None:
        return
    label = _("Last check-ins: {day}").format(day=page.text.day(before, today=page.today))
    with st.container(key="activity_nobody"):
        st.button(label, key="activity_last", icon=":material/history:", width="stretch", on_click=_show_day, args=(before,))


def _choose_day(page: Page) -> date:
    """Return the day of the address, else today; draw the field to choose it."""
    _ = page.text.gettext
    day = _read_day(st.query_params.get(DAY, ""), page.today) or page.today
    if st.session_state.get(_PICKED) != day:
        st.session_state[_PICKED] = day
    with st.container(key="activity_days", horizontal=True, wrap=False, gap="small", vertical_alignment="bottom"):
        before, after = day - timedelta(days=1), day + timedelta(days=1)
        st.button(_("Day before"), key="activity_before", icon=":material/chevron_left:", on_click=_show_day, args=(before,))
        st.date_input(_("Day"), key=_PICKED, label_visibility="collapsed", on_change=_show_picked, persist_state="page")
        st.button(
            _("Day after"), key="activity_after", icon=":material/chevron_right:", on_click=_show_day, args=(after,),
            disabled=after > page.today,
        )  # fmt: skip
    return day


def _read_day(said: str, today: date) -> date | None:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= today else None


def _show_day(day: date) -> None:
    st.query_params[DAY] = day.isoformat()


def _show_picked() -> None:
    picked = st.session_state.get(_PICKED)
    if isinstance(picked, date):
        _show_day(picked)


def _configuration(page: Page, day: date, shown: list[tuple[int, Activity]]) -> dict[str, Any]:
    return {
        "points": [_point(page, number, activity) for number, activity in shown],
        "shape": f"{day}.{[activity.row.id for _number, activity in shown]}",
        "labels": {"whole": page.text.gettext("Show all"), "coarse": page.text.gettext("Rounded to about 1 km")},
        "tiles": tile_layers(page.runtime.settings),
    }


def _point(page: Page, number: int, activity: Activity) -> dict[str, Any]:
    row, position = activity.row, activity.position
    assert position is not None
    fill, ink, sign = _LOOKS[row.state]
    return {
        "number": str(number),
        "lat": position.lat,
        "lon": position.lon,
        "coarse": position.coarse,
        "fill": fill,
        "ink": ink,
        "sign": sign,
        "who": one_line(row.who),
        "where": one_line(row.customer_name) or page.text.gettext("A customer you may not see"),
        "said": check_in_in_words(page, row),
    }


def _draw_list(page: Page, found: tuple[Activity, ...]) -> None:
    items, who = [], None
    for number, activity in enumerate(found, start=1):
        row = activity.row
        if row.user_id != who:
            items.append(f'<li class="fs-activity-who"><b>{safe(row.who)}</b></li>')
            who = row.user_id
        name = safe(row.customer_name) or html.escape(page.text.gettext("A customer you may not see"))
        link = f'<a href="/customer?id={row.customer_id}" target="_self">{name}</a>' if row.customer_name else name
        sign = html.escape(_LOOKS[row.state][2])
        title = html.escape(state_in_words(page, row), quote=True)
        items.append(
            f'<li><span class="fs-activity-number" title="{title}">{number} {sign}</span> {link}'
            f'<div class="fs-quiet">{html.escape(check_in_in_words(page, row))}</div></li>'
        )
    with st.container(key="activity_list"):
        st.html(f'<ul class="fs-timeline">{"".join(items)}</ul>')
