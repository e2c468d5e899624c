"""The team's own words for outcomes: define, put in order, retire, or begin with a set for one's trade."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.services.customers.custom_fields import list_fields
from fieldsales.services.visits import outcome_templates
from fieldsales.services.visits.outcome_templates import MAX_DAYS, MAX_NAME, TemplateInput, TemplateNotFound, TemplateRow
from fieldsales.ui import words
from fieldsales.ui.admin.starter_outcomes import STARTER_SETS, starter_set
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page

NEW = "new"
_STARTER = "outcome_starter"


def draw_outcomes(page: Page, edited: str, *, on_edit: Callable[[str], None], on_leave: Callable[[], None]) -> None:
    """Draw the outcomes in their order, or the one that is edited: `edited` is an id, NEW, or empty for the list."""
    with page.database.read() as session:
        templates = outcome_templates.list_templates(session, retired=True)
        fields = [field.name for field in list_fields(session)]
    if not edited:
        _draw_list(page, templates, on_edit)
        return
    st.button(page.text.gettext("All outcomes"), key="outcomes_back", icon=":material/arrow_back:", type="tertiary", on_click=on_leave)
    template = next((t for t in templates if str(t.id) == edited), None)
    if template is None and edited != NEW:
        raise TemplateNotFound()
    _draw_form(page, template, fields, on_leave)
    if template is not None:
        _draw_tools(page, template, templates, on_leave)


def _draw_list(page: Page, templates: Sequence[TemplateRow], on_edit: Callable[[str], None]) -> None:
    _ = page.text.gettext
    in_use = sum(not template.retired for template in templates)
    with st.container(key="outcomes_head", horizontal=True, wrap=False, vertical_alignment="center"):
        number = page.text.ngettext("{count} outcome in use", "{count} outcomes in use", in_use)
        st.caption(number.format(count=page.text.number(in_use)), width="stretch")
        st.button(_("Add an outcome"), key="add_outcome", icon=":material/add:", type="primary", on_click=on_edit, args=(NEW,))
    if not in_use:
        st.info(_("The built-in outcomes are in use. With words of your own the visit form speaks your trade's language."))
    with st.container(key="rows_outcomes", gap=None):
        for template in templates:
            label = _row_label(page, template)
            st.button(label, key=f"row_outcome_{template.id}", on_click=on_edit, args=(str(template.id),), width="stretch", wrap=True)
    _draw_starter(page)


def _row_label(page: Page, template: TemplateRow) -> str:
    _ = page.text.gettext
    retired = f":red[{_('retired')}]" if template.retired else ""
    likelihood = _(words.LIKELIHOODS_SHORT[template.likelihood]) if template.likelihood else ""
    asks = ", ".join(map(plain, template.required_fields))
    parts = [retired, _(words.OUTCOMES[template.outcome]), likelihood, _next_in_words(page, template.next_days)]
    parts.append(_("asks for {fields}").format(fields=asks) if asks else "")
    return f"{words.OUTCOME_ICONS[template.outcome]} **{plain(template.name)}**\n:small[{' · '.join(part for part in parts if part)}]"


def _next_in_words(page: Page, days: int | None) -> str:
    if days is None:
        return page.text.gettext("next date by cadence")
    return page.text.ngettext("next date in {count} day", "next date in {count} days", days).format(count=page.text.number(days))


def _draw_starter(page: Page) -> None:
    _ = page.text.gettext
    with st.container(key="outcome_starter_set", border=True, gap="small"):
        st.markdown(_("Begin with the words of a trade; each can be changed or retired afterwards."))
        chosen = st.selectbox(
            _("Trade"), list(STARTER_SETS), format_func=lambda trade: _(STARTER_SETS[trade].title), key=_STARTER, persist_state="page"
        )
        if st.button(_("Add these outcomes"), key="add_starter", icon=":material/playlist_add:"):
            with page.saving() as session:
                added = outcome_templates.add_templates(session, page.user, templates=starter_set(page.text, chosen), now=page.now)
            many = page.text.ngettext("{count} outcome added.", "{count} outcomes added.", added)
            page.toast(many.format(count=page.text.number(added)) if added else _("All of them are there already."))
            st.rerun()


def _draw_form(page: Page, template: TemplateRow | None, fields: Sequence[str], on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    key = str(template.id) if template else NEW
    st.subheader(plain(template.name) if template else _("Add an outcome"), anchor=False)
    with st.form(f"outcome_{key}", enter_to_submit=False):
        values = _draw_fields(page, template, fields, key)
        page.show_problem()
        saved = st.form_submit_button(_("Save"), key="save_outcome", type="primary", width="stretch")
    if saved:
        with page.saving() as session:
            template_id = template.id if template else None
            outcome_templates.save_template(session, page.user, template_id=template_id, values=values, now=page.now)
        on_leave()
        page.toast(_("Outcome saved."))
        st.rerun()


def _draw_fields(page: Page, template: TemplateRow | None, fields: Sequence[str], key: str) -> TemplateInput:
    _ = page.text.gettext
    name = st.text_input(
        _("Name"), value=template.name if template else "", key=f"outcome_name_{key}", max_chars=MAX_NAME, autocomplete="off"
    )
    page.show_problem("template_name")
    bases, likelihoods = list(words.OUTCOMES), [None, *Likelihood]
    outcome = st.selectbox(
        _("What it means to the product"),
        bases,
        index=bases.index(template.outcome) if template else 0,
        format_func=lambda o: _(words.OUTCOMES[o]),
        key=f"outcome_base_{key}",
        help=_("Reports and figures count by this meaning, whatever the word."),
    )
    likelihood = st.selectbox(
        _("Suggested likelihood"),
        likelihoods,
        index=likelihoods.index(template.likelihood) if template else 0,
        format_func=lambda k: _(words.LIKELIHOODS[k]) if k else _("As it is"),
        key=f"outcome_likelihood_{key}",
    )
    days = st.number_input(
        _("Next date after how many days"),
        value=template.next_days if template else None,
        min_value=0,
        max_value=MAX_DAYS,
        step=1,
        key=f"outcome_days_{key}",
        placeholder=_("By cadence"),
    )
    page.show_problem("next_days")
    known = [field for field in (template.required_fields if template else ()) if field in fields]
    required = st.multiselect(
        _("Fields that must be filled in"),
        fields,
        default=known,
        format_func=one_line,
        key=f"outcome_fields_{key}",
        placeholder=_("None"),
        select_all=False,
        help=_("The form asks for them when this outcome is chosen, and does not save without them."),
    )
    return TemplateInput(
        name=name, outcome=outcome, likelihood=likelihood, next_days=None if days is None else int(days), required_fields=tuple(required)
    )


def _draw_tools(page: Page, template: TemplateRow, templates: Sequence[TemplateRow], on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    order = [t.id for t in templates if not t.retired]
    with st.container(key="outcome_tools", horizontal=True):
        if not template.retired:
            for up, label, icon in (
                (True, _("Further up"), ":material/arrow_upward:"),
                (False, _("Further down"), ":material/arrow_downward:"),
            ):
                end = order[0 if up else -1] == template.id
                if st.button(label, key=f"outcome_{'up' if up else 'down'}", icon=icon, disabled=end):
                    with page.saving() as session:
                        outcome_templates.move_template(session, page.user, template_id=template.id, up=up)
                    st.rerun()
        label, icon = (_("Bring back into the form"), ":material/unarchive:") if template.retired else (_("Retire"), ":material/archive:")
        if st.button(label, key="outcome_retire", icon=icon):
            with page.saving() as session:
                outcome_templates.retire_template(session, page.user, template_id=template.id, retired=not template.retired, now=page.now)
            on_leave()
            page.toast(_("Outcome saved."))
            st.rerun()
    st.caption(_("Visits recorded with a retired outcome keep its name."))
