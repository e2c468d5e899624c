"""Photos, recordings and files of a customer: added several at once, drawn small, opened full size."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Sequence
from functools import partial
from uuid import uuid5

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fieldsales.db.database import Session
from fieldsales.domain.words import AttachmentKind
from fieldsales.errors import N_, FieldSalesError, FixTheInput
from fieldsales.services.customers import attachments
from fieldsales.services.customers.attachments import MAX_MEGABYTES, AttachmentRow, PreparedFile
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.ui.customers import record_state
from fieldsales.ui.customers.record_state import Opened
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import one_line, safe
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page

_PICTURES = (AttachmentKind.PHOTO, AttachmentKind.CARD)
_FILES, _CAMERA, _VOICE, _SOURCE, _ROUND = "record_files", "record_camera", "record_voice", "record_source", "_record_round"
_REFUSED = "_record_refused"
GALLERY_SHOWN = 60


class NothingChosen(FixTheInput):
    code = "nothing_chosen"
    message = N_("Choose a photo or a file first.")
    field = "files"


def draw_files_form(page: Page, customer: CustomerDetails, opened: Opened) -> None:
    """Draw the ways a file can come in, and keep what came when asked to."""
    _ = page.text.gettext
    sources = {_FILES: _("Choose"), _CAMERA: _("Camera"), _VOICE: _("Recording")}
    record_state.fill(page, opened, {_SOURCE: _FILES})
    source = st.segmented_control(
        _("Photos and files"),
        list(sources),
        format_func=sources.__getitem__,
        key=_SOURCE,
        required=True,
        width="stretch",
        persist_state="page",
    )
    chosen = _draw_source(page, source or _FILES)
    limit = _("Up to {size} MB each. Photos are made smaller and lose where they were taken.")
    st.caption(limit.format(size=MAX_MEGABYTES))
    for error in st.session_state.pop(_REFUSED, []):
        st.error(sentence_of(page.text, error), icon=":material/error:")
    page.show_problem("files")
    page.show_problem()
    with st.container(key="record_buttons", horizontal=True, wrap=False, gap="xsmall"):
        st.button(_("Cancel"), key="record_cancel", on_click=record_state.close)
        if st.button(_("Save"), key="record_save", type="primary", width="stretch"):
            _save(page, customer, opened, chosen)


def _draw_source(page: Page, source: str) -> list[UploadedFile]:
    _ = page.text.gettext
    key = f"{source}_{st.session_state.get(_ROUND, 0)}"
    if source == _CAMERA:
        taken = st.camera_input(_("Take a photo"), key=key)
        return [taken] if taken else []
    if source == _VOICE:
        spoken = st.audio_input(_("Record"), key=key)
        return [spoken] if spoken else []
    return st.file_uploader(
        _("Photos and files"), accept_multiple_files=True, key=key, max_upload_size=MAX_MEGABYTES, label_visibility="collapsed"
    )


def _save(page: Page, customer: CustomerDetails, opened: Opened, files: Sequence[UploadedFile]) -> None:
    """Keep every file that can be kept, each once; name those that cannot."""
    _ = page.text.gettext
    ready: list[PreparedFile] = []
    refused: list[FieldSalesError] = []
    with st.spinner(_("Saving…")):
        for file in files or ():
            try:
                kind = attachments.kind_of(file.name)
                ready.append(attachments.prepare_file(page.runtime.photos, kind=kind, data=file.getvalue(), file_name=file.name))
            except FieldSalesError as error:
                refused.append(error)
        ids = _keep(page, customer, opened, ready, nothing=not files)
    if refused:
        st.session_state[_REFUSED] = refused
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1  # an empty chooser: the good ones are kept, the others no use
    else:
        record_state.close()
    if ids:
        sentence = page.text.ngettext("{count} file saved.", "{count} files saved.", len(ids)).format(count=len(ids))
        if refused:
            page.toast(sentence)  # the sheet stays open, the way back shows when it is closed
        offer_undo(page, sentence, partial(_take_away, ids=ids))
    st.rerun()


def _take_away(session: Session, page: Page, *, ids: Sequence[int]) -> None:
    for attachment_id in ids:
        attachments.delete_attachment(session, page.user, attachment_id=attachment_id, now=page.now)


def _keep(page: Page, customer: CustomerDetails, opened: Opened, ready: list[PreparedFile], *, nothing: bool) -> list[int]:
    ref = opened.client_ref(page, customer.id)
    with page.saving() as session:
        if nothing:
            raise NothingChosen()
        kept = [
            attachments.attach_prepared(
                session,
                page.user,
                page.runtime.files,
                customer_id=customer.id,
                prepared=file,
                client_ref=uuid5(ref, hashlib.sha256(file.data).hexdigest()),
                now=page.now,
            )
            for file in ready
        ]
        return [attachment.id for attachment in kept]


def draw_attachments(page: Page, customer: CustomerDetails) -> None:
    """Draw all photos and files of a customer together, those of its visits included."""
    _ = page.text.gettext
    with page.database.read() as session:
        rows = attachments.list_attachments(session, page.user, customer_id=customer.id, limit=GALLERY_SHOWN)
    if not rows:
        return
    title = _("Photos and files ({count})").format(count=page.text.number(len(rows)) + ("+" if len(rows) == GALLERY_SHOWN else ""))
    opened = st.expander(title, key="customer_files", icon=":material/photo_library:", on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.html(files_html(page, rows))
        _draw_deleting(page, [row for row in rows if row.may_delete])


def _draw_deleting(page: Page, rows: Sequence[AttachmentRow]) -> None:
    _ = page.text.gettext
    if not rows:
        return
    names = {row.id: one_line(f"{row.file_name} · {page.text.moment(row.created_at, zone=page.zone)}") for row in rows}
    chosen = st.selectbox(
        _("Delete a file"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        key="delete_file",
        placeholder=_("Choose"),
        persist_state=None,  # what was chosen to be deleted is not, once one has looked away
    )
    if chosen is not None and st.button(_("Delete"), key="delete_file_now", icon=":material/delete:"):
        delete_file(page, chosen)


def delete_file(page: Page, attachment_id: int) -> None:
    """Take a file away and offer the way back."""
    with page.saving() as session:
        attachments.delete_attachment(session, page.user, attachment_id=attachment_id, now=page.now)
    sentence = page.text.gettext("File deleted.")
    offer_undo(page, sentence, lambda s, p: attachments.restore_attachment(s, p.user, attachment_id=attachment_id))
    st.rerun()


def files_html(page: Page, rows: Sequence[AttachmentRow]) -> str:
    """Return files as HTML: pictures small, each a link to the whole; recordings with a player; the rest as downloads."""
    photos = "".join(_photo(row) for row in rows if row.kind in _PICTURES)
    voices = "".join(_voice(row) for row in rows if row.kind is AttachmentKind.VOICE)
    files = "".join(_file(page, row) for row in rows if row.kind is AttachmentKind.FILE)
    return (f'<div class="fs-photos">{photos}</div>' if photos else "") + voices + files


def _photo(row: AttachmentRow) -> str:
    name = html.escape(row.file_name)
    return (
        f'<a href="/files/{row.id}" target="_blank"><img src="/files/{row.id}?size=thumb" alt="{name}" title="{name}" loading="lazy"></a>'
    )


def _voice(row: AttachmentRow) -> str:
    return f'<audio class="fs-voice" controls preload="none" src="/files/{row.id}"></audio>'


def _file(page: Page, row: AttachmentRow) -> str:
    size = size_in_words(page, row.size)
    return f'<a class="fs-file" href="/files/{row.id}" target="_blank">{safe(row.file_name)} <span class="fs-quiet">{size}</span></a>'


def size_in_words(page: Page, size: int) -> str:
    """Return a size as 12 KB or 3.4 MB."""
    if size < 1024 * 1024:
        return f"{page.text.number(max(1, round(size / 1024)))} KB"
    return f"{page.text.number(round(size / 1024**2, 1))} MB"
