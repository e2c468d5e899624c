"""The import's second step, lower half: what would happen, whom rows may double, and the import itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from fieldsales.adapters.tables import Upload, write_sheet
from fieldsales.domain.tables import TableFormat
from fieldsales.errors import N_
from fieldsales.services import importing
from fieldsales.services.importing import Columns, Fate, Heading, ImportOptions, ImportResult, LikelyDuplicate, Likeness, Note
from fieldsales.ui.format import plain
from fieldsales.ui.imports.import_view import shown
from fieldsales.ui.page import Page

_RECHECK_ROWS = 20_000
_SHOWN_DUPLICATES = 30
_SHOWN_REASONS = 8
_CHECKED = "import_checked"
_COUNTED = "import_counted"

NOTES = {
    Note.CONTACT: N_("In {count} rows the person in charge is no user here: taken as contact person."),
    Note.OWNER_UNKNOWN: N_("In {count} rows the owner is no user here: kept as a field of your own."),
    Note.PLACE_IGNORED: N_("In {count} rows the coordinates are unusable: the address is looked up instead."),
    Note.ARCHIVED: N_("{count} rows are of archived customers, who stay archived."),
}
_WHY = {
    Likeness.NAME: N_("same name"),
    Likeness.PHONE: N_("same phone number"),
    Likeness.ADDRESS: N_("similar name at the same address"),
}
_DECISIONS = {importing.NEW: N_("Add as new"), importing.SKIP: N_("Leave out"), importing.UPDATE: N_("Update the likeliest")}


def draw_check(
    page: Page, upload: Upload, heading: Heading, columns: Columns, *, erase: bool, owner_id: int | None
) -> ImportOptions | None:
    """Draw the check and its counts; return the options once the counts shown are those of this very choice."""
    _ = page.text.gettext
    options = ImportOptions(owner_id=owner_id, erase_blank=erase, duplicates=_chosen_for_all(), decisions=_chosen_one_by_one())
    choice = json.dumps(
        [upload.id, importing.mapping_of(heading, columns), heading.line, erase, owner_id, options.duplicates, dict(options.decisions)]
    )
    counted = st.session_state.get(_COUNTED)
    asked = st.session_state.get(_CHECKED, False) and upload.row_count <= _RECHECK_ROWS
    if counted is None or counted[0] != choice:
        label = _("Check: what would happen")
        if not (st.button(label, key="import_check", type="primary", icon=":material/fact_check:", width="stretch") or asked):
            return None
        counted = (choice, _count(page, upload, heading, columns, options))
        st.session_state[_COUNTED], st.session_state[_CHECKED] = counted, True
        st.rerun()
    result: ImportResult = counted[1]
    st.subheader(_("What would happen"), anchor=False)
    draw_counts(page, {fate.value: result.fates[fate] for fate in Fate})
    draw_notes(page, {note.value: count for note, count in result.notes.items()})
    draw_reasons(page, importing.reasons_by_count(result.rejects, page.text.error))
    _draw_duplicates(page, result.duplicates)
    return options


def carry_out(page: Page, upload: Upload, heading: Heading, columns: Columns, options: ImportOptions, *, mapping_name: str) -> None:
    """Import everything in one transaction with a progress bar, keep the result beside the upload, and go there."""
    _ = page.text.gettext
    words = _("Importing: {done} of {total} rows")
    bar = st.progress(0.0, _("Reading the list"))

    def show(done: int, total: int) -> None:
        bar.progress(done / total, words.format(done=page.text.number(done), total=page.text.number(total)))

    reader, rows = _parse(page, upload, heading, columns)
    with page.saving() as session:
        result = importing.import_rows(
            session, page.user, reader=reader, rows=rows, options=options, now=page.runtime.clock(), progress=show
        )
        if mapping_name.strip():
            importing.save_mapping(session, page.user, name=mapping_name, heading=heading, columns=columns, now=page.now)
    upload.keep_result(_kept(page, upload, heading, result))
    st.session_state.pop(_COUNTED, None)
    st.rerun()


def draw_counts(page: Page, counts: dict[str, int]) -> None:
    """Draw what becomes of the rows; the four add up to all."""
    _ = page.text.gettext
    labels = {Fate.CREATED: _("New"), Fate.UPDATED: _("Updated"), Fate.UNCHANGED: _("Unchanged"), Fate.REJECTED: _("Not imported")}
    total = sum(counts.values())
    with st.container(key="import_counts", horizontal=True):
        st.metric(_("Rows"), page.text.number(total), width="content")
        for fate, label in labels.items():
            st.metric(label, page.text.number(counts[fate.value]), width="content")


def draw_notes(page: Page, notes: dict[str, int]) -> None:
    """Draw what was done with some data that its owner should know."""
    _ = page.text.gettext
    for note, sentence in NOTES.items():
        if notes.get(note.value):
            st.caption(":material/info: " + _(sentence).format(count=page.text.number(notes[note.value])))


def draw_reasons(page: Page, reasons: Sequence[tuple[str, int]] | Sequence[list[Any]]) -> None:
    """Draw why rows are not taken, the most frequent reasons first."""
    if not reasons:
        return
    _ = page.text.gettext
    with st.container(key="import_reasons", border=True):
        title = _("Why rows are not imported")
        st.markdown(f"**{title}**")
        for reason, count in list(reasons)[:_SHOWN_REASONS]:
            st.markdown(f"{page.text.number(int(count))} × {plain(str(reason))}")
        if len(reasons) > _SHOWN_REASONS:
            st.caption(_("and {count} other reasons; all are in the file of rejected rows").format(count=len(reasons) - _SHOWN_REASONS))


def _draw_duplicates(page: Page, duplicates: Sequence[LikelyDuplicate]) -> None:
    """Draw whom rows may double, with a decision for all and for each."""
    if not duplicates and not st.session_state.get("import_duplicates"):
        return
    _ = page.text.gettext
    with st.container(key="import_likely", border=True):
        title = page.text.ngettext(
            "{count} row may be a customer already known", "{count} rows may be customers already known", len(duplicates)
        )
        st.markdown(f"**{title.format(count=page.text.number(len(duplicates)))}**")
        st.segmented_control(
            _("For all of them"), list(_DECISIONS), format_func=lambda d: _(_DECISIONS[d]), default=importing.NEW, key="import_duplicates"
        )
        with st.expander(_("Decide one by one"), key="import_one_by_one"):
            for double in duplicates[:_SHOWN_DUPLICATES]:
                _draw_duplicate(page, double)
            if len(duplicates) > _SHOWN_DUPLICATES:
                st.caption(_("The first {count} are shown; the choice for all decides on the others.").format(count=_SHOWN_DUPLICATES))


def _draw_duplicate(page: Page, double: LikelyDuplicate) -> None:
    _ = page.text.gettext
    known = {c.ref: c for c in double.candidates}
    st.markdown(
        _("Row {line}: **{name}** {address}").format(line=double.line, name=plain(shown(double.name)), address=plain(shown(double.address)))
    )

    def words(choice: str) -> str:
        if choice in known:
            c = known[choice]
            return _("Update: {name}, {address} ({why})").format(name=shown(c.name), address=shown(c.address), why=_(_WHY[c.why]))
        return _(_DECISIONS[choice]) if choice else _("As for all")

    st.selectbox(
        _("Decision on row {line}").format(line=double.line),
        ["", importing.NEW, importing.SKIP, *known],
        format_func=words,
        key=f"import_decision_{double.line}",
        label_visibility="collapsed",
        persist_state=None,  # with other columns the row may double nobody, or somebody else: the decision goes with its question
    )


def _chosen_for_all() -> str:
    return str(st.session_state.get("import_duplicates") or importing.NEW)


def _chosen_one_by_one() -> dict[int, str]:
    prefix = "import_decision_"
    return {int(k.removeprefix(prefix)): v for k, v in st.session_state.items() if isinstance(k, str) and k.startswith(prefix) and v}


def _count(page: Page, upload: Upload, heading: Heading, columns: Columns, options: ImportOptions) -> ImportResult:
    with st.spinner(page.text.gettext("Checking every row"), show_time=False), page.database.read() as session:
        reader, rows = _parse(page, upload, heading, columns)
        return importing.import_rows(session, page.user, reader=reader, rows=rows, options=options, now=page.now, dry_run=True)


def _parse(page: Page, upload: Upload, heading: Heading, columns: Columns) -> tuple[importing.RowReader, list[importing.ParsedRow]]:
    with page.database.read() as session:
        people = importing.find_people(session, page.user)
    reader = importing.RowReader(heading, columns, people)
    return reader, list(reader.read(upload.rows()))


def _kept(page: Page, upload: Upload, heading: Heading, result: ImportResult) -> dict[str, Any]:
    """Return the result as it is kept, the rejected rows written to a file beside it in the encoding of the list."""
    rejects_file = ""
    if result.rejects:
        table_format = (
            upload.format if upload.format.kind == "xlsx" else TableFormat("csv", upload.format.encoding, upload.format.delimiter)
        )
        rejects_file = f"rejected.{table_format.kind}"
        header = importing.rejects_header(heading, locale=page.text.locale)
        write_sheet(upload.folder / rejects_file, header, importing.rejects_rows(heading, result.rejects, page.text.error), table_format)
    return {
        "fates": {fate.value: result.fates[fate] for fate in Fate},
        "notes": {note.value: count for note, count in result.notes.items()},
        "reasons": importing.reasons_by_count(result.rejects, page.text.error),
        "duplicates": len(result.duplicates),
        "customer_ids": result.customer_ids,
        "rejects_file": rejects_file,
    }
