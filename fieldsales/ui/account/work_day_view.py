"""How one's days usually go: what a new plan begins with."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from fieldsales.domain.planning.day_rules import DayRules, Pause, Whence, Whither
from fieldsales.services.planning import work_days
from fieldsales.services.travel import places
from fieldsales.services.travel.places import PlaceChoice
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.places import place_undo
from fieldsales.ui.places.place_undo import WayBack
from fieldsales.ui.plan import plan_state
from fieldsales.ui.plan.day_rules_fields import KINDS, draw_fields, draw_refusal, fill_fields, typed_rules
from fieldsales.ui.plan.plan_words import MODES


def say_usual_day(page: Page) -> str:
    """Return one's usual day in a line: hours, from where to where, by which means, pauses."""
    _ = page.text.gettext
    with page.database.read() as session:
        rules = work_days.read_rules(session, page.user, user_id=page.user.id)
        choices = {choice.id: choice for choice in places.list_choices(session, page.user, user_id=page.user.id)}
    hours = f"{rules.begins:%H:%M}–{rules.ends:%H:%M}"
    pauses = [_say_pause(page, pause) for pause in rules.pauses]
    return " · ".join([hours, _say_ends(page, rules, choices), _(MODES[rules.mode]), *pauses])


def draw_usual_day(page: Page, *, on_leave: Callable[[], None]) -> None:
    """Draw the form of one's usual day; days that are planned already keep their own."""
    _ = page.text.gettext
    with page.database.read() as session:
        former = work_days.read_rules(session, page.user, user_id=page.user.id)
        choices = {choice.id: choice for choice in places.list_choices(session, page.user, user_id=page.user.id)}
    st.subheader(_("Usual day"), anchor=False)
    st.caption(_("New plans begin with this; plans made already keep what they were made with."))
    fill_fields(former, token=f"usual_day.{page.user.id}")
    draw_fields(page, choices, may_begin_here=True, begins_now=False)
    draw_refusal(page)
    with st.container(key="usual_day_buttons", horizontal=True, wrap=False, gap="small"):
        if st.button(_("Cancel"), key="usual_day_cancel"):
            plan_state.forget_typed()
            on_leave()
            st.rerun()
        saved = st.button(_("Save"), key="usual_day_save", type="primary", width="stretch")
    if saved:
        with page.saving() as session:
            had_said = work_days.has_rules(session, page.user, user_id=page.user.id)
            work_days.save_rules(session, page.user, rules=typed_rules(), now=page.now)
        place_undo.offer(page, _("Usual day saved."), _way_back(page, former if had_said else None))
        plan_state.forget_typed()
        on_leave()
        st.rerun()


def _way_back(page: Page, former: DayRules | None) -> WayBack:
    if former is None:
        return work_days.forget_rules
    return lambda session, actor: work_days.save_rules(session, actor, rules=former, now=page.now)


def _say_pause(page: Page, pause: Pause) -> str:
    _ = page.text.gettext
    name = plain(pause.name) or _("Lunch")
    return _("{name} {minutes} min").format(name=name, minutes=page.text.number(pause.minutes))


def _say_ends(page: Page, rules: DayRules, choices: dict[int, PlaceChoice]) -> str:
    _ = page.text.gettext
    start = {Whence.HERE: _("Where I am now"), Whence.FIRST_STOP: _("At the first customer")}.get(rules.whence)
    end = {Whither.START: "", Whither.LAST_STOP: _("At the last customer")}.get(rules.whither)
    start = _say_place(page, choices, rules.start_place_id) if start is None else start
    end = _say_place(page, choices, rules.end_place_id) if end is None else end
    return f"{start} – {end}" if end else start


def _say_place(page: Page, choices: dict[int, PlaceChoice], place_id: int | None) -> str:
    choice = choices.get(place_id or 0)
    if choice is None:
        return page.text.gettext("A place out of use")
    return plain(choice.name) or page.text.gettext(KINDS[choice.kind])
