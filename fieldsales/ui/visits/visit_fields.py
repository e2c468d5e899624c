"""The rows of the visit form: outcome, likelihood, next date, what the outcome asks for, and the note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.visit_answers import Next, date_of_choice
from fieldsales.domain.words import FieldKind, Outcome
from fieldsales.errors import FieldSalesError, TextTooLong
from fieldsales.services.customers.custom_fields import NO, PROBLEM_PREFIX, YES, FieldRow, fits
from fieldsales.services.visits.visits import MAX_NOTE
from fieldsales.ui import words
from fieldsales.ui.components.note_field import NoteWords, draw_note_field, typed_note
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.visits.visit_state import STATE, Form, FormState
from fieldsales.wording.visits import NEXT_NAMES

OUTCOME, LIKELIHOOD, NEXT, NEXT_DAY, NOTE = "visit_outcome", "visit_likelihood", "visit_next", "visit_next_day", "visit_note"
OFFERED = (Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.D, Likelihood.WON, Likelihood.LOST)
Choice = Outcome | int  # a built-in outcome, or the id of the team's own word


@dataclass
class Problems:
    """Places beside the fields, where a refusal is shown in the very run that refuses; `None` is for what belongs to no field."""

    page: Page
    places: dict[str | None, DeltaGenerator] = field(default_factory=dict)

    def place(self, name: str | None) -> None:
        """Keep a place here for what is said of the field `name`."""
        self.places[name] = st.container()

    def show(self, error: FieldSalesError) -> None:
        """Show a refusal beside its field."""
        with self.places.get(error.field) or self.places[None]:
            st.error(sentence_of(self.page.text, error), icon=":material/error:")


def draw_outcomes(page: Page, form: Form) -> None:
    """Draw what came of it: the team's words where there are some, else the built-in ones."""
    _ = page.text.gettext
    names = {t.id: (words.OUTCOME_ICONS[t.outcome], plain(t.name)) for t in form.templates}
    built_in = {outcome: (words.OUTCOME_ICONS[outcome], _(name)) for outcome, name in words.OUTCOMES.items()}
    shown: Mapping[Choice, tuple[str, str]] = names or built_in  # type: ignore[assignment]
    options = list(shown)
    chosen: Choice = form.template.id if form.template else form.outcome
    if chosen not in shown:  # a draft older than the team's words, or than the retirement of one
        shown = {**shown, chosen: built_in[form.outcome]}
        options = list(shown)
    st.session_state[OUTCOME] = chosen
    st.pills(
        _("What came of it"),
        options,
        format_func=lambda choice: "{} {}".format(*shown[choice]),
        key=OUTCOME,
        required=True,
        on_change=_say_outcome,
        label_visibility="collapsed",
        width="stretch",
        persist_state="page",
    )


def draw_likelihood(page: Page, form: Form) -> None:
    """Draw the likelihood, the present one named, the suggested or chosen one marked."""
    _ = page.text.gettext
    current = form.customer.likelihood
    st.session_state[LIKELIHOOD] = form.likelihood if form.likelihood in OFFERED else None
    st.segmented_control(
        _("Likelihood (now {current})").format(current=_(words.LIKELIHOODS_SHORT[current])),
        OFFERED,
        format_func=lambda k: _(words.LIKELIHOODS_SHORT[k]),
        key=LIKELIHOOD,
        on_change=_say_likelihood,
        args=(current,),
        width="stretch",
        persist_state="page",
    )


def draw_next(page: Page, form: Form) -> None:
    """Draw the chips for the next date; the label says which day is meant."""
    _ = page.text.gettext
    suggestion, answers = form.suggestion(page), form.state.answers
    agreed = form.customer.next_on
    dates = {c: date_of_choice(c, today=page.today, cadence_days=form.cadence_days, agreed_on=agreed) for c in NEXT_NAMES}
    hidden = {Next.KEEP} if agreed is None or agreed <= page.today else set()
    hidden |= {Next.CADENCE} if form.cadence_days is None else set()
    day = form.next_on(page)
    chosen = answers.next or suggestion.next
    if chosen in hidden or (chosen in dates and chosen is not Next.DAY and dates[chosen] != day):
        chosen = Next.DAY  # what “tomorrow” meant when it was said, or a visit entered late
    st.session_state[NEXT] = chosen if chosen in NEXT_NAMES else None
    label = _("Next date: {day}").format(day=page.text.day(day, today=page.today)) if day else _("No next date")
    options = [choice for choice in NEXT_NAMES if choice not in hidden]
    st.pills(label, options, format_func=lambda n: _(NEXT_NAMES[n]), key=NEXT, on_change=_say_next, args=(dates, day), persist_state="page")
    if chosen is Next.DAY:
        st.session_state[NEXT_DAY] = day
        st.date_input(
            _("Next date"),
            min_value=min(day or page.today, page.today),
            key=NEXT_DAY,
            label_visibility="collapsed",
            on_change=_say_day,
            persist_state="page",
        )


def draw_required_fields(page: Page, form: Form, problems: Problems) -> None:
    """Draw the customer's own fields that this outcome asks for."""
    template, said = form.template, form.state.answers.custom
    wanted = template.required_fields if template else ()
    for row in (row for row in form.fields if row.name in wanted):
        _draw_field(page, row, said.get(row.name, form.customer.custom.get(row.name, "")))
        problems.place(PROBLEM_PREFIX + row.name)


def _draw_field(page: Page, row: FieldRow, value: str) -> None:
    _ = page.text.gettext
    key, label = f"visit_custom_{row.id}", plain(row.name)
    said: dict[str, Any] = {"key": key, "on_change": _say_custom, "args": (row.name, key)}
    if row.kind is FieldKind.CHOICE:
        st.session_state[key] = value if value in row.choices else None
        st.selectbox(label, row.choices, format_func=one_line, placeholder=_("Choose"), **said, persist_state="page")
    elif row.kind is FieldKind.YES_NO:
        st.session_state[key] = value if value in (YES, NO) else None
        st.segmented_control(label, (YES, NO), format_func=lambda v: _("Yes") if v == YES else _("No"), **said, persist_state="page")
    elif row.kind is FieldKind.DATE:
        st.session_state[key] = date.fromisoformat(value) if fits(row, value) and value else None
        st.date_input(label, **said, persist_state="page")
    else:
        st.session_state[key] = value
        st.text_input(label, autocomplete="off", **said, persist_state="page")


def note_words(page: Page, *, stored: str) -> NoteWords:
    """Return what the note field says; `stored` is said of a text that the server has."""
    _ = page.text.gettext
    too_long = _("At most {limit} characters: this note has {count}. Please shorten it before saving.")
    return NoteWords(
        label=_("Note"),
        placeholder=_("Optional"),
        stored=stored,
        waiting=_("Kept on this device, not on the server yet"),
        too_long=too_long.format(limit=page.text.number(MAX_NOTE), count="{count}"),
    )


def draw_note(page: Page, form: Form, problems: Problems) -> None:
    """Draw the note with what the draft holds of it."""
    said = note_words(page, stored=page.text.gettext("Kept as a draft"))
    draw_note_field(said, client_ref=form.state.client_ref, text=form.state.stored.note, limit=MAX_NOTE, key=NOTE)
    problems.place("note")


def take_typed_note(state: FormState) -> None:
    """Take in what was typed since the last run, before anything is drawn or saved."""
    typed = typed_note(NOTE, client_ref=state.client_ref)
    if typed is None or typed.n == state.note_n:
        return
    state.note_n = typed.n
    state.long_note = typed.text if len(typed.text) > MAX_NOTE else ""
    if not state.long_note:
        state.say(note=typed.text)


def require_note_that_fits(state: FormState) -> None:
    """Refuse a note that is longer than fits, as long as it stands in the field.

    Raises:
        TextTooLong.
    """
    if state.long_note:
        raise TextTooLong(field="note", limit=MAX_NOTE)


def form_state() -> FormState:
    """Return the open form for a callback, which runs before the form is drawn."""
    state = st.session_state[STATE]
    assert isinstance(state, FormState)
    return state


def _say_outcome() -> None:
    chosen = st.session_state[OUTCOME]
    if isinstance(chosen, Outcome):
        form_state().say(outcome=chosen, template_id=None)
    else:
        form_state().say(template_id=chosen, outcome=None)


def _say_likelihood(current: Likelihood) -> None:
    form_state().say(likelihood=st.session_state[LIKELIHOOD] or current)  # taken away: as it is now


def _say_next(dates: dict[Next, date | None], before: date | None) -> None:
    chosen = st.session_state[NEXT] or Next.NONE
    form_state().say(next=chosen, next_on=before if chosen is Next.DAY else dates.get(chosen))


def _say_day() -> None:
    picked = st.session_state[NEXT_DAY]
    form_state().say(next=Next.DAY, next_on=picked if isinstance(picked, date) else None)


def _say_custom(name: str, key: str) -> None:
    value = st.session_state[key]
    text = value.isoformat() if isinstance(value, date) else str(value or "")
    state = form_state()
    state.say(custom={**state.answers.custom, name: text})
