"""What a plan comes to, what one should know about it, and the four ways to shape it."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.domain.planning.outcome import PlanNote
from fieldsales.domain.planning.reasons import Reason
from fieldsales.domain.words import PlanState, StopChoice
from fieldsales.services.planning import plan_edits
from fieldsales.services.planning.plan_views import CandidateView, PlanView, StopView
from fieldsales.ui.format import plain, safe
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_state, plan_taps
from fieldsales.ui.plan.plan_state import Sheet
from fieldsales.ui.plan.plan_words import STATES, say_totals, say_value
from fieldsales.wording.plans import say_note

_SAID_ELSEWHERE = (PlanNote.NO_PINS, PlanNote.NOTHING_TO_VISIT)  # by `plan_empty`, with what to do
_PRESSING = (PlanNote.DAY_OVER, PlanNote.DATES_CHANGED)


def draw_summary(page: Page, plan: PlanView) -> None:
    """Draw whose day it is when it is not one's own, how far the plan is, and its totals."""
    _ = page.text.gettext
    parts = [f'<span class="fs-status fs-plan-{plan.state.value}">{html.escape(_(STATES[plan.state]))}</span>']
    parts.append(f"<b>{html.escape(page.text.day(plan.day, today=page.today))}</b>")
    if plan.person.id != page.user.id:
        parts.append(f"<b>{safe(plan.person.name)}</b>")
    if plan.name:
        parts.append(f"<span>{safe(plan.name)}</span>")
    head = " ".join(parts)
    totals = ""
    if plan.is_solved and plan.stops:
        said = [*say_totals(page.text, plan.totals, plan.zone, plan.rules.mode), say_value(page.text, plan.totals.value)]
        totals = f'<div class="fs-plan-totals">{"".join(f"<span>{html.escape(part)}</span>" for part in said)}</div>'
    st.html(f'<div class="fs-plan-summary"><div class="fs-plan-head">{head}</div>{totals}{_last_change(page, plan)}</div>')


def draw_tools(page: Page, plan: PlanView, *, editable: bool) -> None:
    """Draw the ways to shape the day, and behind the last one everything else."""
    _ = page.text.gettext
    with st.container(key="plan_tools", horizontal=True, wrap=False, gap="xsmall"):
        if editable:
            _tool(_("Add"), "plan_tool_add", ":material/person_add:", Sheet.ADD)
            _tool(_("Conditions"), "plan_tool_rules", ":material/tune:", Sheet.RULES)
            _tool(_("Compare"), "plan_tool_variants", ":material/compare_arrows:", Sheet.VARIANTS)
        _tool(_("More"), "plan_tool_more", ":material/more_horiz:", Sheet.MORE)


def draw_notes(page: Page, plan: PlanView, *, editable: bool) -> None:
    """Draw what was refused, what cannot be combined, and what is only estimated."""
    _ = page.text.gettext
    page.show_problem()
    for field in ("customer_ids", "name"):
        page.show_problem(field)
    refused = plan_taps.solving_refused(plan)
    if refused is not None:
        st.error(sentence_of(page.text, refused), icon=":material/error:")
    for number, conflict in enumerate(plan.conflicts):
        st.error(_say_conflict(page, conflict), icon=":material/event_busy:")
        if editable:
            _offer_giving_up(page, plan, number, conflict)
    for note in plan.notes if plan.is_solved else ():
        said = plain(say_note(note, page.text))
        if said and note not in _SAID_ELSEWHERE:
            (st.warning if note in _PRESSING else st.caption)(said)
    if plan.is_stale and plan.is_solved and not plan_taps.is_solving(plan.id):
        st.caption(_("Something was changed since: the times below are those of before. Plan the day again."))
    if not plan.may_edit:
        whose = _("You may look at this plan; changing it is up to {name} and whoever leads the team.")
        st.info(whose.format(name=plain(plan.person.name)))
    elif not editable and plan.state is not PlanState.ACCEPTED and plan.stops:
        st.caption(_("This day is over; the plan was never put to use."))


def _say_conflict(page: Page, conflict: Reason) -> str:
    """Return which required visits cannot all be made, or which one cannot be made at all."""
    _ = page.text.gettext
    names = [plain(str(name)) for name in conflict.params.get("with", ())]
    if len(names) == 1:
        return _("{name} has to be visited, but does not fit into this day.").format(name=names[0])
    return _("These visits cannot all be made on one day: {names}").format(names=_(", ").join(names))


def _offer_giving_up(page: Page, plan: PlanView, number: int, conflict: Reason) -> None:
    """Offer to leave out one of the visits that exclude each other: the day is then planned without it."""
    _ = page.text.gettext
    entries: tuple[StopView | CandidateView, ...] = (*plan.stops, *plan.candidates)
    rows = {row.id: row for row in entries}
    named = [row for stop_id in conflict.params.get("ids", ()) if (row := rows.get(int(stop_id))) is not None]
    with st.container(key=f"plan_conflict_{number}", gap="xsmall"):
        for row in named:
            if row.choice is StopChoice.EXCLUDED:
                continue
            label = _("Not this time: {name}").format(name=plain(row.name))
            if st.button(label, key=f"plan_give_up_{row.id}", icon=":material/event_busy:", width="stretch"):
                change_id = plan_taps.change(page, plan_edits.choose_stop, plan_id=plan.id, stop_id=row.id, choice=StopChoice.EXCLUDED)
                plan_taps.offer_way_back(page, label, plan_id=plan.id, change_id=change_id, anew=True)
                plan_taps.ask_solving(plan.id)
                st.rerun()


def _last_change(page: Page, plan: PlanView) -> str:
    """Return who changed the plan last, when that was somebody else."""
    if plan.changed_by.id == page.user.id:
        return ""
    when = page.text.moment(plan.changed_at, zone=page.zone)
    sentence = html.escape(page.text.gettext("Last changed by {name}, {when}"))
    return f'<div class="fs-quiet">{sentence.format(name=safe(plan.changed_by.name), when=html.escape(when))}</div>'


def _tool(label: str, key: str, icon: str, sheet: Sheet) -> None:
    st.button(label, key=key, icon=icon, on_click=plan_state.open_sheet, args=(sheet,))
