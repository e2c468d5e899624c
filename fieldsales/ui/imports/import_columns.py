"""The import's second step, upper half: the first rows, and what each column means, correctable one by one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fieldsales.adapters.tables import Upload
from fieldsales.domain.tables import TableRow, restored
from fieldsales.domain.words import Role
from fieldsales.errors import FieldSalesError
from fieldsales.services import importing
from fieldsales.services.importing import Column, Columns, Field, Heading
from fieldsales.ui.format import plain
from fieldsales.ui.imports.import_view import shown
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page

_PREVIEW_ROWS = 5
_SAMPLES = 2
_CHOICE_WIDTH = 190
_NO_MAPPING = ""


def draw_columns(page: Page, upload: Upload) -> tuple[Heading, Columns] | None:
    """Draw the first rows and a choice per column; return what was chosen, None when it cannot be imported like that."""
    _ = page.text.gettext
    bare = st.session_state.get("import_bare", False)
    try:
        heading = importing.read_heading(upload, has_heading=not bare)
        sample = importing.data_rows(upload, heading)
        guessed = _guessed(page, heading, sample)
        _draw_preview(page, heading, sample)
        st.checkbox(_("The first row is already a customer, there are no headings"), key="import_bare", persist_state="page")
        st.subheader(_("What the columns mean"), anchor=False)
        columns = _draw_choices(page, upload, heading, sample, guessed)
        return heading, importing.check_columns(heading, columns)
    except FieldSalesError as error:
        st.error(sentence_of(page.text, error), icon=":material/error:")
        return None


def draw_options(page: Page) -> tuple[bool, int | None]:
    """Draw what applies to all rows; return whether blanks erase, and who owns what is new."""
    _ = page.text.gettext
    owner_id = _draw_owner(page)
    erase = st.toggle(_("Blank cells erase what is stored"), key="import_erase", persist_state="page")
    st.caption(
        _("A blank cell now erases the stored value of its column.")
        if erase
        else _("A blank cell changes nothing: what is stored stays. Known customers are updated, none is entered twice.")
    )
    return erase, owner_id


def draw_mapping_name(page: Page) -> str:
    """Draw where to name this choice of columns; empty when it is not to be remembered."""
    _ = page.text.gettext
    return st.text_input(
        _("Remember these columns as (optional)"),
        key="import_mapping_name",
        max_chars=200,
        placeholder=_("e.g. list from accounting"),
        persist_state="page",
    )


def _guessed(page: Page, heading: Heading, sample: Sequence[TableRow]) -> Columns:
    """Return the starting choice: the mapping chosen or last used for these headings, else a guess."""
    _ = page.text.gettext
    guess = importing.guess_columns(heading, sample)
    with page.database.read() as session:
        mappings = importing.list_mappings(session, page.user)
    if not mappings:
        return guess
    by_name = {mapping.name: mapping for mapping in mappings}
    fitting = importing.fitting_mapping(mappings, heading)
    if "import_mapping" not in st.session_state:
        st.session_state["import_mapping"] = fitting.name if fitting else _NO_MAPPING
    chosen = st.selectbox(
        _("Remembered columns"),
        [_NO_MAPPING, *by_name],
        format_func=lambda name: shown(name) if name else _("Guess from the headings"),
        key="import_mapping",
        persist_state="page",
    )
    if not chosen:
        return guess
    if fitting and chosen == fitting.name:
        st.caption(_("The columns are set as remembered for this kind of list."))
    return importing.columns_from(heading, by_name[chosen].columns, guess)


def _draw_preview(page: Page, heading: Heading, sample: Sequence[TableRow]) -> None:
    rows = [[shown(restored(cell)) for cell in _padded(row.cells, len(heading.names))] for row in sample[:_PREVIEW_ROWS]]
    names = [shown(name) for name in heading.names]
    unique = [name if names.count(name) == 1 else f"{name} ({number})" for number, name in enumerate(names, start=1)]
    table = {name: [row[number] for row in rows] for number, name in enumerate(unique)}
    st.dataframe(table, hide_index=True, height="content", key="import_preview", alt=page.text.gettext("The first rows of the list"))


def _draw_choices(page: Page, upload: Upload, heading: Heading, sample: Sequence[TableRow], guessed: Columns) -> Columns:
    """Draw a choice for each column, those we know first; the rest folds away."""
    _ = page.text.gettext
    own = [n for n, column in enumerate(guessed) if column.field is Field.CUSTOM]
    chosen: dict[int, Column] = {}
    with st.container(key="import_columns"):
        for number in range(len(guessed)):
            if number not in own:
                chosen[number] = _draw_choice(page, upload, heading, sample, guessed, number)
    if own:
        label = page.text.ngettext("{count} column becomes a field of your own", "{count} columns become fields of your own", len(own))
        with st.expander(label.format(count=len(own)), icon=":material/add_notes:", key="import_own"):
            for number in own:
                chosen[number] = _draw_choice(page, upload, heading, sample, guessed, number)
    return tuple(chosen[number] for number in range(len(guessed)))


def _draw_choice(page: Page, upload: Upload, heading: Heading, sample: Sequence[TableRow], guessed: Columns, number: int) -> Column:
    _ = page.text.gettext
    name = heading.names[number]
    values = dict.fromkeys(
        shown(restored(row.cells[number]), length=14) for row in sample if number < len(row.cells) and row.cells[number].strip()
    )
    # The guess is part of the key: another mapping or another heading row starts the choice anew.
    key = f"import_column_{number}_{guessed[number].field.value}_{heading.line}_{upload.id[:8]}"
    samples = plain(" / ".join(list(values)[:_SAMPLES])) or _("blank")
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{plain(shown(name, length=24))}**  \n:small[:gray[{samples}]]")
        fields = list(Field)
        field = st.selectbox(
            _("Meaning of “{name}”").format(name=plain(shown(name))),
            fields,
            index=fields.index(guessed[number].field),
            format_func=lambda f: _(importing.FIELD_NAMES[f]),
            key=key,
            label_visibility="collapsed",
            width=_CHOICE_WIDTH,
        )
    return Column(field, (guessed[number].custom or name) if field is Field.CUSTOM else "")


def _draw_owner(page: Page) -> int | None:
    _ = page.text.gettext
    if page.user.role is Role.REP:
        st.caption(_("New customers become yours."))
        return page.user.id
    with page.database.read() as session:
        people = {person.id: person.name for person in importing.find_people(session, page.user).by_id.values()}
    return st.selectbox(
        _("Owner of new customers, where the list names none"),
        [None, *people],
        format_func=lambda i: shown(people[i]) if i is not None else _("Nobody yet"),
        key="import_owner",
        persist_state="page",
    )


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]
