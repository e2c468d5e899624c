"""Changing or deleting one's own visit, over whatever screen it was opened from; colleagues' visits are for reading."""

from __future__ import annotations

import html
from datetime import date, datetime, time
from uuid import UUID, uuid5

import streamlit as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome
from fieldsales.errors import NotAllowed, NotFound
from fieldsales.services.visits.outcome_templates import TemplateRow, list_templates
from fieldsales.services.visits.visits import MAX_NOTE, MAX_REASON, VisitEdit, VisitEdited, VisitRow, delete_visit, edit_visit, read_visit
from fieldsales.ui import words
from fieldsales.ui.components.note_field import draw_note_field, forget_copy, typed_note
from fieldsales.ui.format import plain, safe, safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.visits.visit_extras import STEP_S
from fieldsales.ui.visits.visit_fields import Choice, note_words

PARAMETER = "visit_edit"
_LOADED = "_visit_edited"
_PREFIX = "edit_visit_"
_NOTE = "edit_visit_note"


def open_edit(visit_id: int) -> None:
    """Open a visit for editing; usable as a callback from any list of visits."""
    close_edit()
    st.query_params[PARAMETER] = str(visit_id)


def close_edit() -> None:
    """Close the sheet."""
    st.query_params.pop(PARAMETER, None)
    st.session_state.pop(_LOADED, None)


def draw_edit_sheet(page: Page) -> None:
    """Draw the visit that the URL asks to edit, if any, as a sheet.

    Raises:
        NotFound, NotAllowed: no such visit of the user's own.
    """
    asked = st.query_params.get(PARAMETER, "")
    if not asked:
        return
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise NotFound()
    with page.database.read() as session:
        visit = read_visit(session, page.user, visit_id=int(asked))
        templates = list_templates(session, retired=True)
    if visit.user_id != page.user.id:
        raise NotAllowed()
    _load(page, visit)
    with st.container(key="visit_sheet", gap="small"):
        st.subheader(page.text.gettext("Edit the visit"), anchor=False)
        _draw_fields(page, visit, templates)
        _draw_deletion(page, visit)
        page.show_problem()
        if isinstance(page.problem, VisitEdited):
            _draw_stored(page, visit)
        with st.container(key="visit_edit_buttons", horizontal=True, wrap=False, gap="xsmall"):
            if st.button(page.text.gettext("Cancel"), key="cancel_edit"):
                forget_copy(_note_reference(page, visit))
                close_edit()
                st.rerun()
            if st.button(page.text.gettext("Save"), key="save_edit", type="primary", width="stretch"):
                _save(page, visit, templates)


def _load(page: Page, visit: VisitRow) -> None:
    """Fill the fields from the visit once; what is being changed here is not overwritten by another device."""
    at = visit.visited_at.astimezone(page.zone)
    chosen: Choice = visit.template_id if visit.template_id is not None else visit.outcome
    filled = {
        _key(visit, "outcome"): chosen,
        _key(visit, "kind"): visit.kind,
        _key(visit, "likelihood"): visit.likelihood_after,
        _key(visit, "day"): at.date(),
        _key(visit, "time"): at.time().replace(second=0, microsecond=0),
        _key(visit, "next"): visit.next_on,
        _reason_key(visit): "",  # what was typed before the sheet was cancelled is not meant any more
    }
    loaded = st.session_state.get(_LOADED)
    # Another page forgets the fields but not what was loaded: the browser's way back must not find the form empty.
    if loaded is not None and loaded[0] == visit.id and all(key in st.session_state for key in filled):
        return
    for key, value in filled.items():
        st.session_state[key] = value
    st.session_state[_LOADED] = (visit.id, visit.version)


def _draw_fields(page: Page, visit: VisitRow, templates: tuple[TemplateRow, ...]) -> None:
    _ = page.text.gettext
    names: dict[Choice, str] = {t.id: plain(t.name) for t in templates if not t.retired or t.id == visit.template_id}
    if not any(not t.retired for t in templates) or visit.template_id is None:
        names |= {outcome: _(name) for outcome, name in words.OUTCOMES.items()}
    st.pills(
        _("What came of it"),
        list(names),
        format_func=lambda choice: names[choice],
        key=_key(visit, "outcome"),
        required=True,
        persist_state="page",
    )
    st.segmented_control(
        _("Likelihood"),
        [k for k in Likelihood if k is not Likelihood.UNRATED or visit.likelihood_after is k],
        format_func=lambda k: _(words.LIKELIHOODS_SHORT[k]),
        key=_key(visit, "likelihood"),
        required=True,
        width="stretch",
        persist_state="page",
    )
    st.pills(
        _("How"),
        list(words.VISIT_KINDS),
        format_func=lambda k: _(words.VISIT_KINDS[k]),
        key=_key(visit, "kind"),
        required=True,
        persist_state="page",
    )
    with st.container(key="visit_edit_when", horizontal=True, wrap=False):
        st.date_input(_("Day of the visit"), max_value=page.today, key=_key(visit, "day"), persist_state="page")
        st.time_input(_("Time of the visit"), step=STEP_S, key=_key(visit, "time"), persist_state="page")
    page.show_problem("visited_at")
    st.date_input(_("Next date"), key=_key(visit, "next"), persist_state="page")
    page.show_problem("next_on")
    draw_note_field(note_words(page, stored=""), client_ref=_note_reference(page, visit), text=visit.note, limit=MAX_NOTE, key=_NOTE)
    page.show_problem("note")


def _draw_stored(page: Page, visit: VisitRow) -> None:
    """Draw what another device has saved; the next save from here replaces it knowingly."""
    _ = page.text.gettext
    st.session_state[_LOADED] = (visit.id, visit.version)
    outcome = visit.template_name or _(words.OUTCOMES[visit.outcome])
    next_day = page.text.day(visit.next_on, today=page.today) if visit.next_on else ""
    said = [outcome, _(words.VISIT_KINDS[visit.kind]), page.text.moment(visit.visited_at, zone=page.zone)]
    said += [_(words.LIKELIHOODS_SHORT[visit.likelihood_after]), next_day]
    note = f'<div class="fs-quote">{safe_lines(visit.note)}</div>' if visit.note else ""
    title, line = html.escape(_("Stored now")), " · ".join(safe(part) for part in said if part)
    st.html(f'<div class="fs-memo"><b>{title}</b><div>{line}</div>{note}</div>')
    st.button(_("Take over what is stored"), key="edit_take_stored", icon=":material/undo:", on_click=open_edit, args=(visit.id,))


def _draw_deletion(page: Page, visit: VisitRow) -> None:
    _ = page.text.gettext
    with st.expander(_("Delete this visit"), key="visit_deletion"):
        reason = st.text_input(_("Why"), key=_reason_key(visit), max_chars=MAX_REASON, autocomplete="off", persist_state="page")
        page.show_problem("reason")
        st.caption(_("It counts nowhere any more; the history keeps it with your reason."))
        if st.button(_("Delete the visit"), key="delete_visit", icon=":material/delete:"):
            with page.saving() as session:
                delete_visit(session, page.user, visit_id=visit.id, version=visit.version, reason=reason, now=page.now)
            forget_copy(_note_reference(page, visit))
            close_edit()
            page.toast(_("The visit was deleted."))
            st.rerun()


def _save(page: Page, visit: VisitRow, templates: tuple[TemplateRow, ...]) -> None:
    state = st.session_state
    chosen: Choice = state[_key(visit, "outcome")]
    template = next((t for t in templates if t.id == chosen), None) if not isinstance(chosen, Outcome) else None
    typed = typed_note(_NOTE, client_ref=_note_reference(page, visit))
    _loaded_id, version = state[_LOADED]
    values = VisitEdit(
        kind=state[_key(visit, "kind")],
        outcome=chosen if isinstance(chosen, Outcome) else template.outcome if template else visit.outcome,
        template_id=template.id if template else None,
        visited_at=_moment(page, visit),
        likelihood=state[_key(visit, "likelihood")],
        next_on=state[_key(visit, "next")],
        note=typed.text if typed else visit.note,
    )
    with page.saving() as session:
        edit_visit(session, page.user, visit_id=visit.id, version=version, values=values, zone=page.zone, now=page.now)
    forget_copy(_note_reference(page, visit))
    close_edit()
    page.toast(page.text.gettext("Visit changed."))
    st.rerun()


def _moment(page: Page, visit: VisitRow) -> datetime:
    """Return when the visit was; untouched to the minute, it keeps its seconds."""
    day: date = st.session_state[_key(visit, "day")]
    clock: time = st.session_state[_key(visit, "time")]
    was = visit.visited_at.astimezone(page.zone)
    if (day, clock) == (was.date(), was.time().replace(second=0, microsecond=0)):
        return visit.visited_at
    return datetime.combine(day, clock, tzinfo=page.zone).astimezone(page.now.tzinfo)


def _key(visit: VisitRow, name: str) -> str:
    """Return the key of a field: it bears the visit, because the browser may still send what it shows of another one."""
    return f"{_PREFIX}{visit.id}_{name}"


def _note_reference(page: Page, visit: VisitRow) -> UUID:
    """Return under what the browser keeps the note while it is being edited."""
    return uuid5(UUID(int=visit.id), f"edited by {page.user.id}")


def _reason_key(visit: VisitRow) -> str:
    return f"visit_reason_{visit.id}"
