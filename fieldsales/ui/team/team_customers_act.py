"""What is done with the chosen customers: say what, look at what would happen, do it, take it back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID, uuid4

import streamlit as st

from fieldsales.domain.words import BulkAction
from fieldsales.errors import N_, FieldSalesError
from fieldsales.services.acting import bulk_changes
from fieldsales.services.acting.bulk_changes import BulkAct, BulkPreview, ChangedMeanwhile
from fieldsales.services.customers.customer_input import MAX_CADENCE_DAYS, MAX_TAG
from fieldsales.services.customers.customer_owners import assignable_owners
from fieldsales.services.team import team_scope
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import may_export
from fieldsales.ui.team.team_customers_export import draw_export
from fieldsales.ui.team.team_customers_plan import draw_adding
from fieldsales.ui.team.team_customers_words import owner_in_words, say_act, say_count, take_back
from fieldsales.ui.words import badge


class What(StrEnum):
    """What can be done with chosen customers."""

    REASSIGN = "reassign"
    TAG = "tag"
    UNTAG = "untag"
    CADENCE = "cadence"
    PLAN = "plan"
    EXPORT = "export"


_WHAT, _OWNER, _TAGS, _DAYS, _BY_RANK = "bulk_what", "bulk_owner", "bulk_tags", "bulk_days", "bulk_by_rank"
_PENDING = "_bulk_pending"
LABELS = {
    What.REASSIGN: N_("Reassign"),
    What.TAG: N_("Tag"),
    What.UNTAG: N_("Remove tag"),
    What.CADENCE: N_("Set cadence"),
    What.PLAN: N_("Add to plan"),
    What.EXPORT: N_("Export"),
}


@dataclass(frozen=True, slots=True)
class _Pending:
    """A preview that waits for a yes, and the reference under which it will be done once."""

    preview: BulkPreview
    ids: frozenset[int]
    client_ref: UUID


def draw_act(page: Page, ids: list[int]) -> None:
    """Draw what can be done with the customers `ids`."""
    _ = page.text.gettext
    with st.container(key="bulk_act", gap="small"):
        choices = [what for what in What if what is not What.EXPORT or may_export(page.user)]
        if st.session_state.get(_WHAT) not in choices:
            st.session_state[_WHAT] = What.REASSIGN
        what = st.pills(
            _("What to do"),
            choices,
            format_func=lambda what: _(LABELS[what]),
            key=_WHAT,
            required=True,
            on_change=_forget,
            persist_state="page",
        )
        act = _draw_fields(page, what) if what is not None and what not in (What.PLAN, What.EXPORT) else None
    if what is What.PLAN:
        draw_adding(page, ids)
    elif what is What.EXPORT:
        draw_export(page, ids)
    elif act is not None:
        with st.container(key="bulk_foot", gap="small"):  # stays in sight: nobody changes what they have not looked at
            page.show_problem("customer_ids")
            if page.problem is not None and not isinstance(page.problem, ChangedMeanwhile):
                page.show_problem()
            _draw_steps(page, ids, act)


def begin_reassigning() -> None:
    """Let the next customers that are chosen be reassigned, whatever was done with others before."""
    st.session_state[_WHAT] = What.REASSIGN
    _forget()


def _draw_fields(page: Page, what: What) -> BulkAct:
    """Draw what the act is made of; nothing typed for some customers is kept for the next."""
    _ = page.text.gettext
    if what is What.REASSIGN:
        with page.database.read() as session:
            owners = dict(assignable_owners(session, page.user))
        owner_id = st.selectbox(
            _("New owner"),
            list(owners),
            index=None,
            format_func=lambda i: one_line(owners[i]),
            key=_OWNER,
            placeholder=_("Choose somebody"),
            persist_state=None,
        )
        page.show_problem("owner_id")
        return BulkAct(BulkAction.REASSIGN, owner_id=owner_id)
    if what is What.CADENCE:
        by_rank = st.toggle(_("By rank again"), key=_BY_RANK, persist_state=None)
        days = st.number_input(_("Cadence (days)"), 1, MAX_CADENCE_DAYS, 30, key=_DAYS, disabled=by_rank, persist_state=None)
        page.show_problem("cadence_days")
        return BulkAct(BulkAction.CADENCE, cadence_days=None if by_rank else int(days))
    with page.database.read() as session:
        known = team_scope.read_choices(session, page.user).tags
    tags = st.multiselect(
        _("Tags"),
        known,
        format_func=one_line,
        key=f"{_TAGS}_{what.value}",
        accept_new_options=what is What.TAG,
        placeholder=_("Choose or type") if what is What.TAG else _("Choose"),
        select_all=False,
        persist_state=None,
    )
    page.show_problem("tags")
    return BulkAct(BulkAction(what.value), tags=tuple(tag[: MAX_TAG + 1] for tag in tags))


def _draw_steps(page: Page, ids: list[int], act: BulkAct) -> None:
    """Draw the preview with its yes and no while it is about these customers and this act, else the way to it."""
    _ = page.text.gettext
    pending = _pending(page, ids, act)
    if pending is not None and isinstance(page.problem, ChangedMeanwhile):
        pending = _look(page, ids, act)  # what it would do now
    if pending is None:
        with st.container(key="bulk_bar"):
            label = _("Look at what would change ({count})").format(count=page.text.number(len(ids)))
            tapped = st.button(label, key="bulk_preview", type="primary", width="stretch", disabled=not (ids and _is_complete(act)))
        if tapped:
            _look(page, ids, act, again=True)
        return
    _draw_preview(page, pending.preview)
    with st.container(key="bulk_bar", horizontal=True, wrap=False):
        st.button(_("Back"), key="bulk_back", on_click=_forget)
        count = page.text.number(pending.preview.changing)
        if st.button(_("Change {count} now").format(count=count), key="bulk_apply", type="primary", disabled=not pending.preview.changing):
            _apply(page, pending)


def _is_complete(act: BulkAct) -> bool:
    """True when the fields say what is to be done."""
    match act.action:
        case BulkAction.REASSIGN:
            return act.owner_id is not None
        case BulkAction.TAG | BulkAction.UNTAG:
            return bool(act.tags)
        case BulkAction.CADENCE:
            return True


def _pending(page: Page, ids: list[int], act: BulkAct) -> _Pending | None:
    pending = st.session_state.get(_PENDING)
    if not isinstance(pending, _Pending) or pending.ids != frozenset(ids) or pending.preview.act != _tidy(act):
        return None
    return pending


def _tidy(act: BulkAct) -> BulkAct:
    return BulkAct(act.action, act.owner_id, tuple(sorted({tag.strip() for tag in act.tags})), act.cadence_days)


def _look(page: Page, ids: list[int], act: BulkAct, *, again: bool = False) -> _Pending | None:
    """Keep what the act would do now, or say why it cannot; `again` starts the run over to draw it."""
    try:
        with page.database.read() as session:
            preview = bulk_changes.preview_change(session, page.user, customer_ids=ids, act=act)
    except FieldSalesError as error:
        st.error(sentence_of(page.text, error), icon=":material/error:")
        return None
    pending = st.session_state[_PENDING] = _Pending(preview, frozenset(ids), uuid4())
    if again:
        st.rerun()
    return pending


def _draw_preview(page: Page, preview: BulkPreview) -> None:
    _, text = page.text.gettext, page.text
    with st.container(key="bulk_preview_card", border=True, gap="small"):
        if isinstance(page.problem, ChangedMeanwhile):
            _draw_meanwhile(page, page.problem)
        with page.database.read() as session:
            owners = dict(assignable_owners(session, page.user))
        st.markdown(f"**{say_act(text, preview.act, owner=owners.get(preview.act.owner_id or 0, ''))}**")
        st.markdown(say_count(text, preview.changing))
        by_owner = [f"{owner_in_words(text, row.owner_id, row.name)} {text.number(row.count)}" for row in preview.by_owner]
        if by_owner:
            st.markdown(plain(_("Now with: {owners}").format(owners=" · ".join(by_owner))))
        if preview.by_likelihood:
            st.markdown(" ".join(f"{badge(k)}\N{NO-BREAK SPACE}{text.number(count)}" for k, count in preview.by_likelihood))
        for sentence in _refused(page, preview):
            st.caption(sentence)


def _refused(page: Page, preview: BulkPreview) -> list[str]:
    """Return who of the chosen would stay as they are, and why."""
    text = page.text
    found = [
        (preview.unchanged, text.ngettext("{count} customer has it already.", "{count} customers have it already.", preview.unchanged)),
        (
            preview.archived,
            text.ngettext(
                "{count} customer is archived and stays as it is.",
                "{count} customers are archived and stay as they are.",
                preview.archived,
            ),
        ),
        (
            preview.hidden,
            text.ngettext(
                "{count} customer is gone, or you may not see it any more.",
                "{count} customers are gone, or you may not see them any more.",
                preview.hidden,
            ),
        ),
    ]
    return [sentence.format(count=text.number(count)) for count, sentence in found if count]


def _draw_meanwhile(page: Page, problem: ChangedMeanwhile) -> None:
    """Say who changed what after the preview, name by name."""
    text = page.text
    st.warning(sentence_of(text, problem), icon=":material/sync_problem:")
    rows = [f"- {plain(row.name)} · {plain(row.who)}" for row in problem.rows if row.name]
    rest = problem.count - len(rows)
    if rows and rest > 0:
        rows.append(f"- {text.ngettext('and {count} more', 'and {count} more', rest).format(count=text.number(rest))}")
    if rows:
        st.markdown("\n".join(rows))


def _apply(page: Page, pending: _Pending) -> None:
    with page.saving() as session:
        result = bulk_changes.apply_change(
            session,
            page.user,
            customer_ids=pending.ids,
            act=pending.preview.act,
            client_ref=pending.client_ref,
            seen=pending.preview.seen,
            now=page.now,
        )
    _forget()
    sentence = page.text.ngettext("{count} customer changed.", "{count} customers changed.", result.count)
    offer_undo(
        page,
        sentence.format(count=page.text.number(result.count)),
        partial(take_back, change_ids=[result.change_id]),
    )
    st.rerun()


def _forget() -> None:
    st.session_state.pop(_PENDING, None)
