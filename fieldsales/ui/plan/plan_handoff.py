"""A planned day handed on: to the map app for the next stop or the whole route, to calendar, device, table and paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from fieldsales.domain.handoff import Leg, apple_legs, google_legs
from fieldsales.domain.navigation_links import navigation_links
from fieldsales.domain.travel import Point
from fieldsales.domain.words import StopProgress, TravelMode
from fieldsales.errors import N_
from fieldsales.services.planning.plan_views import EndView, PlanView, StopView
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.wording.lengths import say_clock

_FILES = (
    ("pdf", "day.pdf", N_("Sheet to print (PDF)"), ":material/print:"),
    ("ics", "day.ics", N_("Calendar (iCalendar)"), ":material/event:"),
    ("gpx", "day.gpx", N_("Route for devices (GPX)"), ":material/route:"),
    ("csv", "day.csv", N_("CSV for Excel (UTF-8)"), ":material/csv:"),
    ("cp932", "day.csv?encoding=cp932", N_("CSV for older programs (Shift_JIS)"), ":material/csv:"),
)
_MakeLegs = Callable[..., tuple[Leg, ...]]


def draw_handoff(page: Page, plan: PlanView) -> None:
    """Draw the links that hand a plan on; nothing is contacted until one is tapped."""
    _ = page.text.gettext
    with st.container(key="plan_handoff", gap="small"):
        if not plan.stops:
            st.caption(_("Once the day is planned it can be handed to map apps, calendar and paper from here."))
            return
        ahead = [stop for stop in _numbered(page, plan) if _is_on_map(stop[1])]
        if ahead:
            _draw_next(page, plan, *ahead[0])
            _draw_route(page, plan, ahead)
        _draw_files(page, plan)


def _numbered(page: Page, plan: PlanView) -> list[tuple[int, StopView]]:
    """Return the stops to go to with their numbers: on the day itself and after, only those that are still ahead."""
    stops = list(enumerate(plan.stops, start=1))
    if not _is_under_way(page, plan):
        return stops
    return [(number, stop) for number, stop in stops if stop.progress in (StopProgress.AHEAD, StopProgress.ARRIVED)]


def _is_under_way(page: Page, plan: PlanView) -> bool:
    return plan.day <= page.now.astimezone(plan.zone).date()


def _is_on_map(stop: StopView) -> bool:
    return bool(stop.name) and (stop.lat, stop.lon) != (0.0, 0.0)


def _draw_next(page: Page, plan: PlanView, number: int, stop: StopView) -> None:
    _ = page.text.gettext
    st.subheader(_("Next stop") if _is_under_way(page, plan) else _("First stop"), anchor=False)
    st.markdown(f"**{number}. {plain(stop.name)}** · {say_clock(stop.starts_at, plan.zone)}")
    with st.container(key="handoff_next", horizontal=True, gap="xsmall"):
        for link in navigation_links(stop.lat, stop.lon, name=stop.name, mode=plan.rules.mode):
            st.link_button(link.app, link.url, key=f"handoff_next_{link.app}", icon=":material/navigation:")


def _draw_route(page: Page, plan: PlanView, ahead: Sequence[tuple[int, StopView]]) -> None:
    """Draw the links for the whole route, each with the stops that it leads to."""
    _ = page.text.gettext
    st.subheader(_("Whole route") if len(ahead) == len(plan.stops) else _("Rest of the route"), anchor=False)
    start = None if _is_under_way(page, plan) else _point(plan.start)
    points = [(stop.lat, stop.lon) for _number, stop in ahead]
    numbers = [number for number, _stop in ahead]
    with st.container(key="handoff_route", gap="xsmall"):
        for app, make in (("Google Maps", google_legs), ("Apple Maps", apple_legs)):
            legs = make(start, points, _point(plan.end), mode=plan.rules.mode)
            with st.container(key=f"handoff_route_{app}", horizontal=True, gap="xsmall"):
                for leg in legs:
                    label = app if len(legs) == 1 else f"{app} {_stops(page, numbers[leg.first - 1], numbers[leg.last - 1])}"
                    st.link_button(label, leg.url, key=f"handoff_{app}_{leg.first}_{leg.last}_{leg.to_end}", icon=":material/route:")
        if plan.rules.mode is TravelMode.TRAIN:
            st.caption(_("By train the map apps take one stop at a time."))
        else:
            st.caption(_("Apple Maps takes several stops from iOS 18.4 on. Google Maps needs its app on a phone to show more than three."))


def _point(end: EndView | None) -> Point | None:
    return (end.lat, end.lon) if end is not None else None


def _stops(page: Page, first: int, last: int) -> str:
    return f"{page.text.number(first)}–{page.text.number(last)}" if first != last else page.text.number(first)


def _draw_files(page: Page, plan: PlanView) -> None:
    _ = page.text.gettext
    st.subheader(_("Files"), anchor=False)
    if plan.is_stale:
        st.caption(_("Something was changed after these times were found."))
    with st.container(key="handoff_files", gap="xsmall"):
        for key, name, label, icon in _FILES:
            st.link_button(_(label), f"/plans/{plan.id}/{name}", key=f"handoff_{key}", icon=icon, width="stretch")
