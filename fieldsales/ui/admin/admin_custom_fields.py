"""The fields of the team's own: define, put in order, retire and bring back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from fieldsales.domain.words import FieldKind
from fieldsales.services.customers import custom_fields
from fieldsales.services.customers.custom_fields import MAX_NAME, FieldNotFound, FieldRow
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.words import FIELD_KINDS

NEW = "new"
_KIND, _NAME, _CHOICES = "field_kind_", "field_name_", "field_choices_"
_ICONS = {
    FieldKind.TEXT: ":material/text_fields:",
    FieldKind.NUMBER: ":material/pin:",
    FieldKind.DATE: ":material/calendar_today:",
    FieldKind.CHOICE: ":material/list:",
    FieldKind.YES_NO: ":material/check_box:",
}


def draw_custom_fields(page: Page, edited: str, *, on_edit: Callable[[str], None], on_leave: Callable[[], None]) -> None:
    """Draw the fields in their order, or the one that is edited: `edited` is an id, NEW, or empty for the list."""
    with page.database.read() as session:
        fields = custom_fields.list_fields(session, retired=True)
    if not edited:
        _draw_list(page, fields, on_edit)
        return
    st.button(page.text.gettext("All fields"), key="fields_back", icon=":material/arrow_back:", type="tertiary", on_click=on_leave)
    field = next((f for f in fields if str(f.id) == edited), None)
    if field is None and edited != NEW:
        raise FieldNotFound()
    _draw_form(page, field, on_leave)
    if field is not None:
        _draw_tools(page, field, fields, on_leave)


def _draw_list(page: Page, fields: Sequence[FieldRow], on_edit: Callable[[str], None]) -> None:
    _ = page.text.gettext
    in_use = sum(not field.retired for field in fields)
    with st.container(key="fields_head", horizontal=True, wrap=False, vertical_alignment="center"):
        number = page.text.ngettext("{count} field in use", "{count} fields in use", in_use)
        st.caption(number.format(count=page.text.number(in_use)), width="stretch")
        st.button(_("Add a field"), key="add_field", icon=":material/add:", type="primary", on_click=on_edit, args=(NEW,))
    if not fields:
        st.info(_("With fields of your own you keep what matters in your trade: size of the company, end of a contract, machine in use."))
    with st.container(key="rows_fields", gap=None):
        for field in fields:
            label = _row_label(page, field)
            st.button(label, key=f"row_field_{field.id}", on_click=on_edit, args=(str(field.id),), width="stretch", wrap=True)


def _row_label(page: Page, field: FieldRow) -> str:
    _ = page.text.gettext
    retired = _("retired")
    parts = [f":red[{retired}]" if field.retired else "", _(FIELD_KINDS[field.kind]), ", ".join(map(plain, field.choices[:8]))]
    return f"{_ICONS[field.kind]} **{plain(field.name)}**\n:small[{' · '.join(part for part in parts if part)}]"


def _draw_form(page: Page, field: FieldRow | None, on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    key = str(field.id) if field else NEW
    st.subheader(plain(field.name) if field else _("Add a field"), anchor=False)
    kinds = list(FieldKind)
    kind = st.segmented_control(
        _("What it holds"),
        kinds,
        format_func=lambda k: _(FIELD_KINDS[k]),
        default=field.kind if field else FieldKind.TEXT,
        key=_KIND + key,
        required=True,
        width="stretch",
    )
    with st.form(f"field_{key}", enter_to_submit=False):
        name = field.name if field else _draw_name(page, key)
        choices = ""
        if kind is FieldKind.CHOICE:
            offered = "\n".join(field.choices) if field else ""
            choices = st.text_area(_("Choices, one a line"), value=offered, key=_CHOICES + key, height=160)
            page.show_problem("field_choices")
        if field is not None:
            st.caption(_("A value that does not fit what you choose here stays as it is until somebody changes it."))
        page.show_problem()
        saved = st.form_submit_button(_("Save"), key="save_field", type="primary", width="stretch")
    if saved:
        with page.saving() as session:
            field_id = field.id if field else None
            lines = choices.splitlines()
            custom_fields.save_field(session, page.user, field_id=field_id, name=name, kind=kind, choices=lines, now=page.now)
        on_leave()
        page.toast(_("Field saved."))
        st.rerun()


def _draw_name(page: Page, key: str) -> str:
    """Draw the name of a new field, with the headings that imports brought and nobody has defined."""
    _ = page.text.gettext
    with page.database.read() as session:
        found = custom_fields.undefined_names(session, page.user)
    name = st.selectbox(
        _("Name of the field"),
        [name for name in found if len(name) <= MAX_NAME],
        index=None,
        format_func=one_line,
        key=_NAME + key,
        accept_new_options=True,
        placeholder=_("Type a name, or choose a heading from an imported list"),
        help=_("The name cannot be changed later: the values are kept under it."),
        persist_state=None,  # the form of the next field begins without a name
    )
    page.show_problem("field_name")
    return name or ""


def _draw_tools(page: Page, field: FieldRow, fields: Sequence[FieldRow], on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    order = [f.id for f in fields if not f.retired]
    with st.container(key="field_tools", horizontal=True):
        if field.retired:
            if st.button(_("Bring back"), key="field_bring_back", icon=":material/unarchive:"):
                _retire(page, field, on_leave, retired=False)
            return
        place = order.index(field.id)
        if st.button(_("Further up"), key="field_up", icon=":material/arrow_upward:", disabled=place == 0):
            _move(page, field, up=True)
        if st.button(_("Further down"), key="field_down", icon=":material/arrow_downward:", disabled=place == len(order) - 1):
            _move(page, field, up=False)
        if st.button(_("Retire"), key="field_retire", icon=":material/archive:", help=_("Leaves the form; the values stay.")):
            _retire(page, field, on_leave, retired=True)
    st.caption(_("Place {place} of {count}").format(place=page.text.number(place + 1), count=page.text.number(len(order))))


def _move(page: Page, field: FieldRow, *, up: bool) -> None:
    with page.saving() as session:
        custom_fields.move_field(session, page.user, field_id=field.id, up=up)
    st.rerun()


def _retire(page: Page, field: FieldRow, on_leave: Callable[[], None], *, retired: bool) -> None:
    _ = page.text.gettext
    with page.saving() as session:
        custom_fields.retire_field(session, page.user, field_id=field.id, retired=retired, now=page.now)
    on_leave()
    page.toast(_("Retired. Its values stay with the customers.") if retired else _("In use again."))
    st.rerun()
