"""What planning goes by for everybody: what a visit is worth, how urgent it is, what travel costs; with a preview of the effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time, timedelta

import streamlit as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import BOUNDS, PlanningOptions
from fieldsales.errors import N_, FieldSalesError
from fieldsales.services.planning.planning_options import check_planning_options, read_planning_options, save_planning_options
from fieldsales.ui import words
from fieldsales.ui.admin.admin_planning_preview import draw_preview
from fieldsales.ui.page import Page

_KEY = "planning_"
_SHOWN = _KEY + "early_end"  # what is put last: with it in the session, all fields are filled
_FIELD_PX = 150  # two beside each other on a phone
_URGENCY = {
    "rested": N_("Right after a visit"),
    "due": N_("Due"),
    "overdue": N_("Overdue"),
    "per_interval": N_("For each further interval, plus"),
    "promised": N_("Date agreed, and come"),
    "per_day_late": N_("For each day it is past, plus"),
    "never_visited": N_("Never visited"),
    "no_rhythm": N_("Without a cadence"),
    "neglected": N_("For a faded likelihood, plus up to"),
    "highest": N_("Never more than"),
}


@dataclass(frozen=True, slots=True)
class _Form:
    """The page, what its form says, and what of that cannot be saved, if anything."""

    page: Page
    changed: PlanningOptions
    refused: FieldSalesError | None

    def show_problem(self, field: str | None = None) -> None:
        """Show what is wrong with a field: what the last save refused, else what saving would refuse."""
        if self.page.problem is not None:
            self.page.show_problem(field)
        elif self.refused is not None and self.refused.field == field:
            st.error(self.page.text.error(self.refused), icon=":material/error:")


def draw_planning(page: Page) -> None:
    """Draw all options in one form, each problem beside its field, and below it what they change."""
    _ = page.text.gettext
    with page.database.read() as session:
        present = read_planning_options(session)
    _fill(present)
    form = _form(page, present)
    st.markdown(_("Value of a visit = odds × amount × urgency, in points. A sure deal of the usual amount that is just due is 100 points."))
    with st.form("planning_options", enter_to_submit=False):
        _draw_odds(form)
        _draw_amount(form)
        _draw_urgency(form)
        _draw_travel(form)
        _draw_new_plans(form)
        form.show_problem()
        with st.container(key="planning_buttons", horizontal=True):
            st.form_submit_button(_("Defaults"), key="planning_defaults", on_click=_write, args=(PlanningOptions(),))
            st.form_submit_button(_("Preview"), key="planning_preview")
            saved = st.form_submit_button(_("Save"), key="save_planning", type="primary", width="stretch")
    if saved:
        with page.saving() as session:
            save_planning_options(session, page.user, options=form.changed, now=page.now)
        page.toast(_("Saved. Plans made from now on go by it."))
        st.rerun()
    if form.refused is None:
        draw_preview(page, present, form.changed)


def _draw_odds(form: _Form) -> None:
    _ = form.page.text.gettext
    _draw_title(_("Odds (%)"), _("How many of a hundred deals of each likelihood are won; of those already won, how many order again."))
    with st.container(key="planning_odds", horizontal=True, gap="small"):
        for likelihood in Likelihood:
            with st.container(width=_FIELD_PX):
                _draw_number(form, _(words.LIKELIHOODS_SHORT[likelihood]), f"odds.{likelihood.value}", percent=True)


def _draw_amount(form: _Form) -> None:
    _ = form.page.text.gettext
    _draw_title(_("Amount"), _("100% counts the amount in proportion, 0% not at all, with 50% four times the amount count twice."))
    with st.container(key="planning_amount", horizontal=True, gap="small"):
        with st.container(width=_FIELD_PX):
            _draw_number(form, _("Usual amount (yen)"), "typical_amount", step=100_000)
        with st.container(width=_FIELD_PX):
            _draw_number(form, _("How far it counts (%)"), "amount_power", percent=True)


def _draw_urgency(form: _Form) -> None:
    _ = form.page.text.gettext
    _draw_title(_("Urgency"), _("Multiplies what is expected. It rises from a visit over due (70% of the interval) to overdue (100%)."))
    with st.container(key="planning_urgency", horizontal=True, gap="small"):
        for name, label in _URGENCY.items():
            with st.container(width=_FIELD_PX):
                _draw_number(form, _(label), name, step=0.1)


def _draw_travel(form: _Form) -> None:
    _ = form.page.text.gettext
    _draw_title(_("Travel"), _("What a minute on the road costs, in points: a visit worth less than its detour is left out of the plan."))
    with st.container(key="planning_travel", horizontal=True, gap="small"):
        with st.container(width=_FIELD_PX):
            _draw_number(form, _("Points a minute"), "value_per_minute", step=0.1)
        with st.container(width=_FIELD_PX):
            _draw_number(form, _("With the goal “least driving”"), "driving_value_per_minute", step=0.1)
        with st.container(width=_FIELD_PX):
            st.time_input(
                _("End of the day with the goal “home early”"), key=_KEY + "early_end", step=timedelta(minutes=15), persist_state="page"
            )
            form.show_problem("early_end")


def _draw_new_plans(form: _Form) -> None:
    _ = form.page.text.gettext
    _draw_title(_("New plans"), "")
    with st.container(key="planning_new", horizontal=True, gap="small"):
        with st.container(width=_FIELD_PX):
            _draw_number(form, _("Length of a visit (minutes)"), "visit_minutes", step=5)
        with st.container(width=_FIELD_PX):
            _draw_number(form, _("Customers proposed, at most"), "max_candidates", step=5)
        with st.container(width=_FIELD_PX):
            _draw_number(form, _("Not due yet: how far from the way (km)"), "near_km", step=0.5)


def _draw_title(title: str, explained: str) -> None:
    st.subheader(title, anchor=False)
    if explained:
        st.caption(explained)


def _draw_number(form: _Form, label: str, field: str, *, step: int | float = 1, percent: bool = False) -> None:
    lowest, highest = BOUNDS[field.partition(".")[0]]
    if percent:
        st.number_input(label, 0, 100, step=5, key=_KEY + field, persist_state="page")
    elif isinstance(step, float):
        st.number_input(label, float(lowest), float(highest), step=step, format="%.1f", key=_KEY + field, persist_state="page")
    else:
        st.number_input(label, int(lowest), int(highest), step=step, key=_KEY + field, persist_state="page")
    form.show_problem(field)


def forget_typed() -> None:
    """Let the form begin with what is set when it is drawn next."""
    st.session_state.pop(_SHOWN, None)


def _fill(present: PlanningOptions) -> None:
    """Show what is set, unless somebody is typing."""
    if _SHOWN not in st.session_state:
        _write(present)


def _write(options: PlanningOptions) -> None:
    """Make the form show options."""
    state = st.session_state
    for likelihood in Likelihood:
        state[f"{_KEY}odds.{likelihood.value}"] = round(options.odds.get(likelihood, 0) * 100)
    state[_KEY + "amount_power"] = round(options.amount_power * 100)
    for name in ("typical_amount", "visit_minutes", "max_candidates"):
        state[_KEY + name] = getattr(options, name)
    for name in (*_URGENCY, "value_per_minute", "driving_value_per_minute", "near_km"):
        state[_KEY + name] = float(getattr(options, name))
    state[_KEY + "early_end"] = options.early_end


def _form(page: Page, present: PlanningOptions) -> _Form:
    changed = _typed(present)
    try:
        check_planning_options(changed)
    except FieldSalesError as refused:
        return _Form(page, changed, refused)
    return _Form(page, changed, None)


def _typed(present: PlanningOptions) -> PlanningOptions:
    """Return what the form says; a field that was emptied keeps what is set."""
    state = st.session_state
    plain = ("typical_amount", "visit_minutes", "max_candidates", *_URGENCY, "value_per_minute", "driving_value_per_minute", "near_km")
    typed = {name: state[_KEY + name] for name in plain if state.get(_KEY + name) is not None}
    percents = {likelihood: state.get(f"{_KEY}odds.{likelihood.value}") for likelihood in Likelihood}
    odds = {likelihood: present.odds.get(likelihood, 0.0) if p is None else p / 100 for likelihood, p in percents.items()}
    power: int | None = state.get(_KEY + "amount_power")
    end: time | None = state.get(_KEY + "early_end")
    return replace(
        present,
        **typed,
        odds=odds,
        amount_power=present.amount_power if power is None else power / 100,
        early_end=end or present.early_end,
    )
