"""The fields of a day's rules: hours, start and end, pauses, means of travel; of one planned day and of days in general."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

import streamlit as st

from fieldsales.domain.planning.day_rules import LUNCH, DayRules, Pause, Whence, Whither
from fieldsales.domain.words import PlaceKind, TravelMode
from fieldsales.errors import N_
from fieldsales.services.planning.work_days import MAX_PAUSE_NAME, MAX_PAUSES, TooManyPauses
from fieldsales.services.travel.places import PlaceChoice
from fieldsales.ui.components.position_button import position_button
from fieldsales.ui.format import one_line
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_state
from fieldsales.ui.plan.plan_words import MODES

KINDS = {PlaceKind.HOME: N_("Home"), PlaceKind.OFFICE: N_("Office"), PlaceKind.STATION: N_("Station"), PlaceKind.OTHER: N_("Other place")}
HERE, FIRST, START, LAST = "here", "first_stop", "start", "last_stop"
_P = "plansheet_"
_BEGINS, _ENDS, _START, _END, _MODE = f"{_P}begins", f"{_P}ends", f"{_P}start", f"{_P}end", f"{_P}mode"
_TRAVEL, _PARKING, _MINUTES = f"{_P}travel", f"{_P}parking", f"{_P}visit_minutes"
_PAUSES, _NEXT, _HERE, _TURNED = f"{_P}pauses", f"{_P}next_pause", f"{_P}here", f"{_P}turned"
_STEP_S = 900
Choice = int | str


def draw_fields(page: Page, choices: Mapping[int, PlaceChoice], *, may_begin_here: bool, begins_now: bool) -> None:
    """Draw all fields of a day's rules; where the rep stands is asked only of a day that begins now, not of days in general."""
    _draw_hours(page)
    _draw_ends(page, choices, may_begin_here=may_begin_here, begins_now=begins_now)
    _draw_pauses(page)
    _draw_travel(page)
    page.show_problem()


def draw_refusal(page: Page) -> None:
    """Say above the buttons what was refused: its field may be out of sight, and has the same sentence beside it."""
    if page.problem is not None and page.problem.field is not None:
        st.caption(f":red[:material/error: {sentence_of(page.text, page.problem)}]")


def fill_fields(rules: DayRules, *, token: str) -> None:
    """Fill the form once with rules; a colleague's change meanwhile is not mixed into what is being typed."""
    start: Choice | None = {Whence.HERE: HERE, Whence.FIRST_STOP: FIRST}.get(rules.whence, rules.start_place_id)
    end: Choice | None = {Whither.START: START, Whither.LAST_STOP: LAST}.get(rules.whither, rules.end_place_id)
    values: dict[str, object] = {
        _BEGINS: rules.begins,
        _ENDS: rules.ends,
        _START: start,
        _END: end,
        _MODE: rules.mode,
        _TRAVEL: rules.max_travel_minutes,
        _PARKING: rules.parking_minutes,
        _MINUTES: rules.visit_minutes,
        _PAUSES: list(range(len(rules.pauses))),
        _NEXT: len(rules.pauses),
        _HERE: rules.here,
    }
    for number, pause in enumerate(rules.pauses):
        values |= _pause_values(number, pause)
    plan_state.begin_typing(token, values)


def _pause_values(number: int, pause: Pause) -> dict[str, object]:
    keys = _pause_keys(number)
    return {keys.name: pause.name, keys.minutes: pause.minutes, keys.earliest: pause.earliest, keys.latest: pause.latest}


@dataclass(frozen=True, slots=True)
class _PauseKeys:
    name: str
    minutes: str
    earliest: str
    latest: str


def _pause_keys(number: int) -> _PauseKeys:
    return _PauseKeys(*(f"{_P}pause_{number}_{part}" for part in ("name", "minutes", "earliest", "latest")))


def _pair(name: str) -> Any:
    """Return a row of two fields that stay beside each other on a phone, as columns would not."""
    return st.container(key=f"rules_pair_{name}", horizontal=True, wrap=False, gap="small")


def _draw_hours(page: Page) -> None:
    _ = page.text.gettext
    with _pair("hours"):
        st.time_input(_("Begins at"), key=_BEGINS, step=_STEP_S, on_change="ignore", persist_state="page")
        st.time_input(_("Ends at"), key=_ENDS, step=_STEP_S, on_change="ignore", persist_state="page")
    page.show_problem("begins")
    page.show_problem("ends")


def _draw_ends(page: Page, choices: Mapping[int, PlaceChoice], *, may_begin_here: bool, begins_now: bool) -> None:
    _ = page.text.gettext
    kept = [st.session_state[_HERE]] if st.session_state.get(_HERE) else []
    starts: list[Choice] = [*choices, *([HERE] if may_begin_here or kept else []), FIRST]
    # A day that begins at the first customer has no place to go back to: it ends at the last.
    ends: list[Choice] = [*choices, LAST] if st.session_state[_START] == FIRST else [START, *choices, LAST]
    words = {HERE: _("Where I am now"), FIRST: _("At the first customer"), START: _("Back where it began"), LAST: _("At the last customer")}

    def name(choice: Choice | None) -> str:
        return words[choice] if isinstance(choice, str) else _place_name(page, choices.get(choice or 0))

    st.selectbox(_("The day starts"), _with(starts, st.session_state[_START]), format_func=name, key=_START, persist_state="page")
    page.show_problem("start_place")
    if begins_now and st.session_state[_START] == HERE:
        tap = position_button(page, _("Read my position"), key=f"{_P}position")
        if tap is not None and tap.position is not None:
            st.session_state[_HERE] = (tap.position.lat, tap.position.lon)
        if st.session_state.get(_HERE):
            st.caption(_("The position is known."))
    _settle_end()
    st.selectbox(
        _("The day ends"), _with(ends, st.session_state[_END]), format_func=name, key=_END, on_change="ignore", persist_state="page"
    )
    page.show_problem("end_place")


def _settle_end() -> None:
    """Turn “back where it began” into the last customer while the day begins at the first, and back when it no longer does."""
    state = st.session_state
    if state[_START] == FIRST and state[_END] == START:
        state[_END], state[_TURNED] = LAST, True
    elif state[_START] != FIRST and state.pop(_TURNED, False) and state[_END] == LAST:
        state[_END] = START


def _with(choices: list[Choice], chosen: Choice | None) -> list[Choice]:
    """Return the choices with the one that is chosen, even if it went out of use."""
    return choices if chosen in choices or chosen is None else [chosen, *choices]


def _place_name(page: Page, place: PlaceChoice | None) -> str:
    """Return a place as it may be shown: of another one's own place only the kind is known."""
    if place is None:
        return page.text.gettext("A place out of use")
    return one_line(place.name) or page.text.gettext(KINDS[place.kind])


def _draw_pauses(page: Page) -> None:
    _ = page.text.gettext
    numbers: list[int] = st.session_state[_PAUSES]
    for position, number in enumerate(numbers):
        keys = _pause_keys(number)
        with st.container(key=f"plan_pause_{number}", gap="xsmall", border=True):
            with st.container(key=f"plan_pause_head_{number}", horizontal=True, wrap=False, vertical_alignment="bottom"):
                st.text_input(
                    _("Pause"), key=keys.name, max_chars=MAX_PAUSE_NAME, placeholder=_("Lunch"), on_change="ignore", persist_state="page"
                )
                st.number_input(_("Minutes"), step=5, key=keys.minutes, on_change="ignore", width=110, persist_state="page")
                gone = f"plan_pause_remove_{number}"
                st.button(_("Remove"), key=gone, icon=":material/delete:", type="tertiary", on_click=_remove_pause, args=(number,))
            with _pair(f"pause_{number}"):
                st.time_input(_("Earliest"), key=keys.earliest, step=_STEP_S, on_change="ignore", persist_state="page")
                st.time_input(_("Latest"), key=keys.latest, step=_STEP_S, on_change="ignore", persist_state="page")
            page.show_problem(f"pause:{position}")
    page.show_problem("pauses")
    if len(numbers) < MAX_PAUSES:
        label = _("Add a pause") if numbers else _("Add a lunch break")
        st.button(label, key="plan_pause_add", icon=":material/add:", type="tertiary", on_click=_add_pause)
    elif getattr(page.problem, "field", None) != "pauses":
        st.caption(sentence_of(page.text, TooManyPauses(limit=MAX_PAUSES)))


def _draw_travel(page: Page) -> None:
    _ = page.text.gettext
    modes = list(MODES)
    st.segmented_control(
        _("Travel by"),
        modes,
        format_func=lambda m: _(MODES[m]),
        key=_MODE,
        required=True,
        width="stretch",
        on_change="ignore",
        persist_state="page",
    )
    with st.expander(_("Limits and usual lengths"), key="plan_rules_more"):
        no_limit = _("No limit")
        st.number_input(
            _("Travel at most (min)"), value=None, step=15, key=_TRAVEL, placeholder=no_limit, on_change="ignore", persist_state="page"
        )
        page.show_problem("max_travel_minutes")
        with _pair("lengths"):
            st.number_input(_("Parking per stop (min)"), step=1, key=_PARKING, on_change="ignore", persist_state="page")
            st.number_input(_("Usual visit (min)"), step=5, key=_MINUTES, on_change="ignore", persist_state="page")
        page.show_problem("parking_minutes")
        page.show_problem("visit_minutes")


def typed_rules() -> DayRules:
    """Return the rules as they are typed."""
    state: Any = st.session_state
    start, end = state[_START], state[_END]
    return DayRules(
        begins=state[_BEGINS] or time(9),
        ends=state[_ENDS] or time(18),
        whence={HERE: Whence.HERE, FIRST: Whence.FIRST_STOP}.get(start, Whence.PLACE),
        start_place_id=start if isinstance(start, int) else None,
        here=state[_HERE] if start == HERE else None,
        whither={START: Whither.START, LAST: Whither.LAST_STOP}.get(end, Whither.PLACE),
        end_place_id=end if isinstance(end, int) else None,
        pauses=tuple(_typed_pause(number) for number in state[_PAUSES]),
        max_travel_minutes=state[_TRAVEL],
        mode=TravelMode(state[_MODE]),
        parking_minutes=state[_PARKING],
        visit_minutes=state[_MINUTES],
    )


def _typed_pause(number: int) -> Pause:
    state, keys = st.session_state, _pause_keys(number)
    return Pause(state[keys.minutes], state[keys.earliest] or LUNCH.earliest, state[keys.latest] or LUNCH.latest, state[keys.name] or "")


def _add_pause() -> None:
    number = st.session_state[_NEXT]
    first = LUNCH if not st.session_state[_PAUSES] else Pause(15, time(15), time(16))
    for key, value in _pause_values(number, first).items():
        st.session_state[key] = value
    st.session_state[_PAUSES] = [*st.session_state[_PAUSES], number]
    st.session_state[_NEXT] = number + 1


def _remove_pause(number: int) -> None:
    st.session_state[_PAUSES] = [other for other in st.session_state[_PAUSES] if other != number]
