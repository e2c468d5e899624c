"""What most visits need no word of: how and when it was, time and content of the next action, voice and photos."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, time
from uuid import uuid5

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fieldsales.domain.visit_answers import When
from fieldsales.domain.words import AttachmentKind, VisitKind
from fieldsales.errors import N_, FieldSalesError, TryLater
from fieldsales.services.customers.attachments import attach_prepared, delete_attachment, prepare_file
from fieldsales.services.customers.customer_input import LIMITS
from fieldsales.services.visits.visit_drafts import VisitRecorded, open_draft
from fieldsales.ui import words
from fieldsales.ui.page import Page
from fieldsales.ui.visits.visit_fields import Problems, form_state
from fieldsales.ui.visits.visit_state import Form, read_form

KIND, WHEN, DAY, TIME = "visit_kind", "visit_when", "visit_day", "visit_time"
_REMOVED, _KEPT = "_visit_file_removed", "_visit_files_kept"
NEXT_TIME, NEXT_ACTION, VOICE, PHOTOS = "visit_next_time", "visit_next_action", "visit_voice", "visit_photos"
KIND_ICONS = {
    VisitKind.VISIT: ":material/directions_walk:",
    VisitKind.CALL: ":material/call:",
    VisitKind.EMAIL: ":material/mail:",
    VisitKind.ONLINE: ":material/videocam:",
}
WHEN_NAMES = {When.NOW: N_("Now"), When.BEGUN: N_("When it was begun"), When.TODAY: N_("Today at…"), When.MOMENT: N_("Day and time…")}
PHOTO_TYPES = ["jpg", "jpeg", "png", "heic", "heif", "webp", "gif"]
STEP_S = 300


def draw_extras(page: Page, form: Form, problems: Problems) -> None:
    """Draw the row of buttons behind which the rest waits."""
    _ = page.text.gettext
    files = page.text.number(len(form.files)) if form.files else ""
    with st.container(key="visit_extras", horizontal=True, wrap=False, gap="xsmall"):
        with st.popover(_moment_in_words(page, form), icon=KIND_ICONS[form.kind], key="visit_how"):
            _draw_kind(page, form)
            _draw_when(page, form)
        with st.popover(_("What is next"), icon=":material/event_note:", key="visit_promise"):
            _draw_promise(page, form)
        label = _("Voice, photo ({count})").format(count=files) if files else _("Voice, photo")
        with st.popover(label, icon=":material/mic:", key="visit_files"):
            _draw_files(page, form, problems)
    problems.place("visited_at")
    problems.place("next_on")
    problems.place("next_action")


def _moment_in_words(page: Page, form: Form) -> str:
    _ = page.text.gettext
    kind, when = _(words.VISIT_KINDS[form.kind]), _shown_when(page, form)
    if when is When.NOW:
        return _("{kind}, now").format(kind=kind)
    return f"{kind} {page.text.moment(form.visited_at(page), zone=page.zone)}"


def _shown_when(page: Page, form: Form) -> When:
    return form.state.answers.when or (When.BEGUN if form.begun_earlier(page) else When.NOW)


def _draw_kind(page: Page, form: Form) -> None:
    _ = page.text.gettext
    st.session_state[KIND] = form.kind
    st.pills(
        _("How"),
        list(words.VISIT_KINDS),
        format_func=lambda k: f"{KIND_ICONS[k]} {_(words.VISIT_KINDS[k])}",
        key=KIND,
        required=True,
        on_change=lambda: form_state().say(kind=st.session_state[KIND]),
        persist_state="page",
    )


def _draw_when(page: Page, form: Form) -> None:
    _ = page.text.gettext
    when, at = _shown_when(page, form), form.visited_at(page).astimezone(page.zone)
    options = [choice for choice in When if choice is not When.BEGUN or form.state.begun_at is not None]
    st.session_state[WHEN] = when
    st.pills(
        _("When"),
        options,
        format_func=lambda w: _(WHEN_NAMES[w]),
        key=WHEN,
        required=True,
        on_change=_say_when,
        args=(at.date(), at.time()),
        persist_state="page",
    )
    if when is When.MOMENT:
        st.session_state[DAY] = form.state.answers.visited_on or at.date()
        st.date_input(_("Day of the visit"), max_value=page.today, key=DAY, on_change=_say_day, persist_state="page")
    if when in (When.MOMENT, When.TODAY):
        st.session_state[TIME] = form.state.answers.visited_time or at.time().replace(second=0, microsecond=0)
        st.time_input(_("Time of the visit"), step=STEP_S, key=TIME, on_change=_say_time, persist_state="page")


def _draw_promise(page: Page, form: Form) -> None:
    _ = page.text.gettext
    answers = form.state.answers
    st.session_state[NEXT_ACTION] = answers.next_action
    st.text_input(
        _("What is next"),
        key=NEXT_ACTION,
        max_chars=LIMITS["next_action"],
        autocomplete="off",
        placeholder=_("For example: bring the quote"),
        on_change=lambda: form_state().say(next_action=st.session_state[NEXT_ACTION] or ""),
        persist_state="page",
    )
    st.session_state[NEXT_TIME] = answers.next_time
    st.time_input(
        _("Time, if it is agreed"),
        step=STEP_S,
        key=NEXT_TIME,
        on_change=lambda: form_state().say(next_time=st.session_state[NEXT_TIME]),
        persist_state="page",
    )
    if form.next_on(page) is None:
        st.caption(_("Choose a next date first: without one, neither is kept."))


def _draw_files(page: Page, form: Form, problems: Problems) -> None:
    _ = page.text.gettext
    st.audio_input(_("Voice note"), key=VOICE)
    st.file_uploader(_("Photos"), type=PHOTO_TYPES, accept_multiple_files=True, key=PHOTOS)
    problems.place("files")
    for row in form.files:
        with st.container(key=f"visit_file_{row.id}", horizontal=True, wrap=False, vertical_alignment="center"):
            if row.kind is AttachmentKind.VOICE:
                st.html(f'<audio controls preload="none" src="/files/{row.id}"></audio>')
            else:
                st.html(f'<img class="fs-thumb" src="/files/{row.id}?size=thumb" alt="">')
            st.button(
                _("Remove"), key=f"visit_file_remove_{row.id}", icon=":material/delete:", type="tertiary", on_click=_remove, args=(row.id,)
            )


def take_files(page: Page, form: Form) -> tuple[Form, FieldSalesError | None]:
    """Keep what was recorded or chosen since the last run, remove what was to go, before anything is drawn.

    Return the form with its files, and why one of them could not be kept.
    """
    refused: FieldSalesError | None = None
    kept: set[str] = st.session_state.setdefault(_KEPT, set())
    spoken = st.session_state.get(VOICE)
    waiting = [(spoken, AttachmentKind.VOICE)] if spoken is not None else []
    waiting += [(file, AttachmentKind.PHOTO) for file in st.session_state.get(PHOTOS) or ()]
    fresh = [(file, kind) for file, kind in waiting if file.file_id not in kept]
    removed = st.session_state.pop(_REMOVED, None)
    if not fresh and removed is None:
        return form, None
    for file, kind in fresh:
        try:
            _keep_file(page, form, file, kind)
        except TryLater as error:  # the disk or the database, not the file: the next step tries again
            refused = error
            continue
        except FieldSalesError as error:
            refused = error
        kept.add(file.file_id)  # also what is refused for good: saying so once is enough
    try:
        if removed is not None:
            with page.writing() as session:
                delete_attachment(session, page.user, attachment_id=removed, now=page.now)
    except FieldSalesError as error:
        refused = error
    return read_form(page, form.customer, form.state.client_ref), refused


def _keep_file(page: Page, form: Form, file: UploadedFile, kind: AttachmentKind) -> None:
    state = form.state
    prepared = prepare_file(page.runtime.photos, kind=kind, data=file.getvalue(), file_name=file.name)
    with page.writing() as session:
        with suppress(VisitRecorded):  # from another device a moment ago: the file goes to the visit
            open_draft(session, page.user, customer_id=form.customer.id, client_ref=state.client_ref, now=page.now)
        attach_prepared(
            session,
            page.user,
            page.runtime.files,
            customer_id=form.customer.id,
            prepared=prepared,
            client_ref=uuid5(state.client_ref, file.file_id),
            now=page.now,
            draft_ref=state.client_ref,
        )


def _remove(attachment_id: int) -> None:
    st.session_state[_REMOVED] = attachment_id


def _say_when(day: date, clock: time) -> None:
    said = st.session_state[WHEN]
    form_state().say(when=said, visited_on=day, visited_time=clock.replace(second=0, microsecond=0))


def _say_day() -> None:
    form_state().say(visited_on=st.session_state[DAY])


def _say_time() -> None:
    form_state().say(visited_time=st.session_state[TIME])
