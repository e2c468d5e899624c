"""The import's last step: counts that add up, places as they are found, and what to do about the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from fieldsales.adapters.tables import Upload
from fieldsales.services import importing
from fieldsales.services.pins.locating import LocationCounts
from fieldsales.ui import navigation
from fieldsales.ui.imports.import_check import draw_counts, draw_notes, draw_reasons
from fieldsales.ui.page import Page, open_page

_POLL_S = 2


def draw_result(page: Page, upload: Upload) -> None:
    """Draw what became of the import."""
    _ = page.text.gettext
    result: dict[str, Any] = upload.result() or {}
    taken = sum(count for fate, count in result["fates"].items() if fate != importing.Fate.REJECTED.value)
    if taken:
        sentence = page.text.ngettext("{count} row is in.", "{count} rows are in.", taken)
        st.success(sentence.format(count=page.text.number(taken)), icon=":material/check_circle:")
    else:
        st.warning(_("No row could be imported."), icon=":material/warning:")
    draw_counts(page, result["fates"])
    if taken:
        _draw_places(page, result["customer_ids"])
    draw_notes(page, result["notes"])
    if result["rejects_file"]:
        draw_reasons(page, result["reasons"])
        _draw_rejects(page, upload, result["rejects_file"])


def _draw_places(page: Page, customer_ids: list[int]) -> None:
    """Draw where the imported customers lie, following along while addresses are being looked up."""
    with page.database.read() as session:
        counts = importing.count_places(session, customer_ids)
    st.fragment(_draw_live_places, run_every=_POLL_S if counts.pending else None)(customer_ids)


def _draw_live_places(customer_ids: list[int]) -> None:
    page = open_page()
    _ = page.text.gettext
    with page.database.read() as session:
        counts = importing.count_places(session, customer_ids)
    st.subheader(_("On the map"), anchor=False)
    if counts.pending:
        found = counts.total - counts.pending
        words = _("Looking up addresses: {done} of {total}").format(done=page.text.number(found), total=page.text.number(counts.total))
        st.progress(found / counts.total, words)
    with st.container(key="import_places", horizontal=True):
        for label, count in (
            (_("Located"), counts.located),
            (_("Approximate"), counts.approximate),
            (_("Waiting"), counts.pending),
            (_("Without a place"), counts.unlocated),
        ):
            st.metric(label, page.text.number(count), width="content")
    _draw_next(page, counts)


def _draw_next(page: Page, counts: LocationCounts) -> None:
    _ = page.text.gettext
    rest = counts.approximate + counts.unlocated
    if rest:
        sentence = page.text.ngettext("{count} customer has no good pin yet.", "{count} customers have no good pin yet.", rest)
        st.markdown(sentence.format(count=page.text.number(rest)))
        st.page_link(navigation.path_of("fix_list"), label=_("Put the places right"), icon=":material/wrong_location:")
    st.page_link(navigation.path_of("map"), label=_("Open the map"), icon=":material/map:")


def _draw_rejects(page: Page, upload: Upload, name: str) -> None:
    _ = page.text.gettext
    path = upload.folder / name
    word = _("rejected")
    st.download_button(
        _("Rows not imported, with the reason"),
        data=path.read_bytes,
        file_name=f"{Path(upload.name).stem}-{word}{path.suffix}",
        mime="text/csv" if path.suffix == ".csv" else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key="import_rejects",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption(_("Put them right in this file and import it: what is already in stays as it is."))
