"""Targets by file: the table as it is to be edited elsewhere, and what a file would change before anything is saved."""

from __future__ import annotations

import html
import tempfile
from datetime import date
from pathlib import Path

import streamlit as st

from fieldsales.adapters.tables import open_sheet
from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.words import TargetKind
from fieldsales.errors import FieldSalesError
from fieldsales.services.team.target_files import TargetPreview, read_target_file, target_table
from fieldsales.services.team.team_targets import save_targets
from fieldsales.ui.format import safe
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import Cell, draw_table_export
from fieldsales.wording.progress import TARGETS, say_value

_PREVIEW, _ROUND = "team_targets_preview", "team_targets_round"
_MONTHS_AHEAD = 3
_SHOWN = 50


def draw_file(page: Page, month: date) -> None:
    """Draw the file of this and the next months, and the way back in."""
    _ = page.text.gettext
    with st.expander(_("Targets by file"), key="team_targets_file", icon=":material/table:"):
        st.caption(
            _("Export, edit, import: one line for each person or team and month. Empty cells stay as they are, a dash removes a target.")
        )
        with page.database.read() as session:
            header, rows = target_table(session, page.user, months=_months(month), locale=page.text.locale)
        cells: list[list[Cell]] = [list(row) for row in rows]
        draw_table_export(page, key="team_targets", name=_("Targets"), header=header, rows=cells, names_customers=False)
        number = st.session_state.setdefault(_ROUND, 0)
        file = st.file_uploader(
            _("File with targets (CSV or Excel)"), key=f"team_target_upload_{number}", type=["csv", "xlsx", "txt", "tsv"]
        )
        if file is None:
            st.session_state.pop(_PREVIEW, None)
            return
        kept = st.session_state.get(_PREVIEW)
        if kept is None or kept[0] != file.file_id:
            try:
                kept = (file.file_id, _preview(page, bytes(file.getbuffer()), Path(file.name).suffix))
            except FieldSalesError as error:
                st.error(sentence_of(page.text, error), icon=":material/error:")
                return
            st.session_state[_PREVIEW] = kept
        _draw_preview(page, kept[1], file.name)


def _months(month: date) -> list[date]:
    found = [Span.around(SpanKind.MONTH, month)]
    while len(found) < _MONTHS_AHEAD:
        found.append(found[-1].after())
    return [span.first for span in found]


def _preview(page: Page, content: bytes, suffix: str) -> TargetPreview:
    with tempfile.TemporaryDirectory(prefix="fieldsales-targets-") as folder:
        path = Path(folder) / f"targets{suffix[:8]}"
        path.write_bytes(content)
        with page.database.read() as session:
            return read_target_file(session, page.user, open_sheet(path))


def _draw_preview(page: Page, preview: TargetPreview, name: str) -> None:
    """Draw what would change and what is refused; saving takes the rest."""
    _, text = page.text.gettext, page.text
    sentence = _("{changed} targets would change, {same} lines change nothing, {refused} lines are refused.")
    counts = {"changed": len(preview.edits), "same": preview.unchanged, "refused": len(preview.refused)}
    st.markdown(sentence.format(**{key: text.number(count) for key, count in counts.items()}))
    if preview.refused:
        lines = "".join(
            f"<li>{html.escape(_('Line {line}').format(line=refused.line))}: {safe(text.error(refused.why))}</li>"
            for refused in preview.refused[:_SHOWN]
        )
        st.html(f'<ul class="fs-refused">{lines}</ul>')
    if preview.edits:
        st.html(_changes(page, preview))
    label = text.ngettext("Save {count} target", "Save {count} targets", len(preview.edits)).format(count=text.number(len(preview.edits)))
    if st.button(label, key="team_targets_import", type="primary", width="stretch", disabled=not preview.edits):
        st.session_state.pop(_PREVIEW, None)  # what somebody else has saved meanwhile is seen when the file is read anew
        with page.saving() as session:
            save_targets(session, page.user, edits=preview.edits, imported_from=name, now=page.now)
        st.session_state[_ROUND] += 1
        page.toast(_("Targets saved."))
        st.rerun()


def _changes(page: Page, preview: TargetPreview) -> str:
    _, text = page.text.gettext, page.text
    head = "".join(
        f'<th scope="col">{html.escape(name)}</th>' for name in (_("Month"), _("For whom"), _("Figure"), _("Stored now"), _("New value"))
    )

    def value(edit_value: int | None, kind: TargetKind) -> str:
        return say_value(kind, edit_value, text) if edit_value is not None else "–"

    rows = "".join(
        f"<tr><td>{edit.month:%Y-%m}</td><td>{safe(preview.names[edit.aim])}</td><td>{html.escape(_(TARGETS[edit.kind]))}</td>"
        f"<td>{html.escape(value(edit.before, edit.kind))}</td><td>{html.escape(value(edit.after, edit.kind))}</td></tr>"
        for edit in preview.edits[:_SHOWN]
    )
    more = len(preview.edits) - _SHOWN
    rest = f"<p>{html.escape(_('and {count} more').format(count=text.number(more)))}</p>" if more > 0 else ""
    return f'<div class="fs-scrolling"><table class="fs-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{rest}'
