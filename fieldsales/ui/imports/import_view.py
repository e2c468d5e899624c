"""The import screen's frame: which step it is at, and the first step, the file.

What is uploaded lies in the data directory under an id that stands in the URL: a reload or a lost connection loses
nothing, and the id is of no use to anybody but its owner.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from fieldsales.adapters.tables import Upload, UploadStore
from fieldsales.domain.tables import MAX_FILE_BYTES, MAX_ROWS
from fieldsales.errors import N_, FieldSalesError
from fieldsales.services import importing
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page

UPLOAD = "upload"
_ROUND, _OF = "_import_round", "_import_of"
_ALL_CUSTOMERS_READ = N_("Reading the file: {count} rows")
STEPS = (N_("File"), N_("Columns"), N_("Result"))
FILE, COLUMNS, RESULT = range(3)


@dataclass
class ImportDraft:
    """Where the import stands: the upload, and what was found in it and chosen for it so far."""

    step: int
    upload: Upload | None = None
    heading: importing.Heading | None = None
    options: importing.ImportOptions = field(default_factory=importing.ImportOptions)


def store_of(page: Page) -> UploadStore:
    """Return where uploads lie."""
    return UploadStore(page.runtime.settings.data_dir / "uploads")


def open_draft(page: Page) -> ImportDraft:
    """Return where the import stands, by the upload that the URL names; one that is gone leads back to the first step."""
    asked = st.query_params.get(UPLOAD, "")
    if not asked:
        return ImportDraft(FILE)
    try:
        upload = store_of(page).find(asked, user_id=page.user.id)
    except FieldSalesError as error:
        _forget()
        st.warning(sentence_of(page.text, error), icon=":material/history:")
        return ImportDraft(FILE)
    if st.session_state.get(_OF) != upload.id:  # the menu, too, leads to the next list; what was chosen for the last one is of no use to it
        _forget_choices()
        st.session_state[_OF] = upload.id
    return ImportDraft(COLUMNS if upload.has_rows else RESULT, upload)


def draw_head(page: Page, draft: ImportDraft) -> None:
    """Draw the title, the steps and what the last run refused."""
    _ = page.text.gettext
    st.title(_("Import customers"), anchor=False)
    numbered = [f"{number}\\. {_(name)}" for number, name in enumerate(STEPS, start=1)]
    steps = [f"**{step}**" if number == draft.step else step for number, step in enumerate(numbered)]
    st.caption(" → ".join(steps))
    if page.problem is not None:
        st.error(sentence_of(page.text, page.problem), icon=":material/error:")


def draw_file_step(page: Page) -> None:
    """Draw the choice of a file; a good one leads to the columns, a bad one to a sentence below it."""
    _ = page.text.gettext
    st.markdown(_("Bring your list as it is: Excel (.xlsx) or CSV. Nothing is saved before you have seen what would happen."))
    number = st.session_state.setdefault(_ROUND, 0)
    chosen = st.file_uploader(_("Customer list"), key=f"import_file_{number}")
    limits = _("Up to {size} MB and {rows} rows. Every column is kept: what we do not know becomes a field of your own.")
    st.caption(limits.format(size=MAX_FILE_BYTES // 1024**2, rows=page.text.number(MAX_ROWS)))
    if chosen is None:
        return
    words = _(_ALL_CUSTOMERS_READ)
    bar = st.progress(0.0, words.format(count=0))

    def show_progress(count: int) -> None:
        bar.progress(min(count / MAX_ROWS, 1.0), words.format(count=page.text.number(count)))

    try:
        upload = store_of(page).keep(
            chosen.getbuffer(),
            name=chosen.name,
            user_id=page.user.id,
            now=page.now,
            progress=show_progress,
        )
        importing.read_heading(upload)  # a list without rows stops here
    except FieldSalesError as error:
        bar.empty()
        st.error(sentence_of(page.text, error), icon=":material/error:")
        return
    st.session_state[_ROUND] = number + 1  # a fresh widget lets go of the file
    st.query_params[UPLOAD] = upload.id
    st.rerun()


def draw_file_name(page: Page, upload: Upload) -> None:
    """Draw which file this is, as it was read, and the way to another one."""
    _ = page.text.gettext
    how = upload.format.sheet or {"cp932": "Shift_JIS"}.get(upload.format.encoding, upload.format.encoding.upper().removesuffix("-SIG"))
    with st.container(key="import_file", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{plain(upload.name)}** · {plain(how)}", width="content")
        st.button(_("Another file"), key="import_again", icon=":material/undo:", type="tertiary", on_click=_start_over, args=(page, upload))


def _start_over(page: Page, upload: Upload) -> None:
    store_of(page).discard(upload)
    _forget()


def draw_start_over(page: Page, upload: Upload) -> None:
    """Draw the way to the next import."""
    st.button(
        page.text.gettext("Import another list"),
        key="import_next",
        icon=":material/upload_file:",
        on_click=_start_over,
        args=(page, upload),
    )


def _forget() -> None:
    st.query_params.pop(UPLOAD, None)
    _forget_choices()


def _forget_choices() -> None:
    for key in [k for k in st.session_state if isinstance(k, str) and k.startswith("import_") and not k.startswith("import_file_")]:
        del st.session_state[key]


def shown(text: str, *, length: int = 60) -> str:
    """Return user text for a select box or table cell, cut where it gets long."""
    line = one_line(text)
    return line if len(line) <= length else line[: length - 1] + "…"
