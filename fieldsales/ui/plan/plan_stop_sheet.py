"""One customer of a plan: why it stands where it does, and everything a person may decide about it, stored at a tap."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import streamlit as st

from fieldsales.domain.words import StopChoice, StopPin, StopProgress
from fieldsales.services.planning import plan_edits
from fieldsales.services.planning.plan_views import CandidateView, PlanView, StopView
from fieldsales.ui import navigation, words
from fieldsales.ui.format import plain, safe
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_state, plan_taps
from fieldsales.ui.plan.plan_reasons import say
from fieldsales.ui.plan.plan_words import CHOICES, PINS, PROGRESS, say_value
from fieldsales.wording.lengths import say_clock, say_length, say_span

Row = StopView | CandidateView
CHOICE, AT, PIN, MINUTES = "plansheet_choice", "plansheet_at", "plansheet_pin", "plansheet_minutes"
_CHANGED = "plansheet_changed"
_FIELDS = {"fixed_at": AT, "visit_minutes": MINUTES}  # which input a refusal is about: what was typed there stays


def find_row(plan: PlanView, stop_id: int | None) -> Row | None:
    """Return the row of the plan that is meant, in the route or out of it."""
    rows: tuple[Row, ...] = (*plan.stops, *plan.candidates)
    return next((row for row in rows if row.id == stop_id), None)


def draw_stop(page: Page, plan: PlanView, row: Row, *, editable: bool) -> None:
    """Draw facts and reasons, then what may be decided; a stop that is done is only told of."""
    _draw_facts(page, plan, row)
    settled = isinstance(row, StopView) and row.progress is not StopProgress.AHEAD
    if editable and not settled and row.name:
        _draw_decisions(page, plan, row)
    page.show_problem()
    _draw_ways(page, plan, row, removable=editable and not settled)


def _draw_facts(page: Page, plan: PlanView, row: Row) -> None:
    _ = page.text.gettext
    lines: list[tuple[str, str]] = []
    if isinstance(row, StopView):
        lines += _times(page, plan, row)
        reasons = [say(page.text, plan, reason) for reason in row.why]
    else:
        if row.reason is not None:
            lines.append((_("Left out"), safe(say(page.text, plan, row.reason))))
        reasons = [say(page.text, plan, reason) for reason in row.worth_why]
    if row.name and reasons:
        lines.append((_("Why"), "<br>".join(safe(reason) for reason in reasons)))
    if row.name:
        lines.append((_("Worth"), html.escape(say_value(page.text, row.value))))
        lines.append((_("Likelihood"), html.escape(_(words.LIKELIHOODS[row.likelihood]))))
    if isinstance(row, StopView) and row.address:
        lines.append((_("Address"), safe(row.address)))
    body = "".join(f"<div><dt>{html.escape(name)}</dt><dd>{said}</dd></div>" for name, said in lines)
    st.html(f'<dl class="fs-lines">{body}</dl>')


def _times(page: Page, plan: PlanView, stop: StopView) -> list[tuple[str, str]]:
    """Return when one is there, how sure that is, and what became of it."""
    _, text = page.text.gettext, page.text
    lines = []
    if stop.progress is StopProgress.AHEAD:
        parts = [say_span(stop.starts_at, stop.leaves_at, plan.zone)]
        if stop.error_s is not None and stop.error_s >= 60:
            parts.append(f"±{say_length(stop.error_s, text)}")
        if stop.wait_s >= 60:
            parts.append(_("Wait {length}").format(length=say_length(stop.wait_s, text)))
        lines.append((_("Visit"), html.escape(" · ".join(parts))))
        if stop.late_s >= 60:
            late = _("{length} late").format(length=say_length(stop.late_s, text))
            lines.append((_("Too late"), f'<span class="fs-late">{html.escape(late)}</span>'))
        elif not plan.is_stale:
            lines.append((_("Slack"), html.escape(say_length(stop.slack_s, text))))
        return lines
    became = _(PROGRESS[stop.progress])
    moment = stop.done_at or stop.arrived_at
    said = f"{became} {say_clock(moment, plan.zone)}" if moment is not None else became
    lines.append((_("State"), " · ".join(part for part in (html.escape(said), safe(stop.skip_reason)) if part)))
    if stop.promised_at is not None:
        lines.append((_("Planned"), html.escape(say_clock(stop.promised_at, plan.zone))))
    return lines


def _draw_decisions(page: Page, plan: PlanView, row: Row) -> None:
    """Draw choice, time, place in the order and length; what others decide meanwhile shows here, unless it is what was just touched."""
    _ = page.text.gettext
    changed = st.session_state.pop(_CHANGED, None)
    refused = _FIELDS.get(getattr(page.problem, "field", None) or "")
    for key, value in _stored(plan, row).items():
        if key not in (changed, refused) or key not in st.session_state:
            st.session_state[key] = value
    st.segmented_control(
        _("Visit"),
        list(CHOICES),
        format_func=lambda choice: _(CHOICES[choice]),
        key=CHOICE,
        required=True,
        width="stretch",
        on_change=_note,
        args=(CHOICE,),
        persist_state="page",
    )
    left, right = st.columns(2)
    with left:
        st.time_input(_("Exactly at"), value=None, key=AT, step=300, on_change=_note, args=(AT,), persist_state="page")
    with right:
        st.number_input(_("Length of the visit (min)"), step=5, key=MINUTES, on_change=_note, args=(MINUTES,), persist_state="page")
    page.show_problem("fixed_at")
    page.show_problem("visit_minutes")
    if isinstance(row, StopView):
        st.pills(
            _("Place in the order"),
            list(PINS),
            format_func=lambda pin: _(PINS[pin]),
            key=PIN,
            on_change=_note,
            args=(PIN,),
            persist_state="page",
        )
    if isinstance(changed, str):
        _save(page, plan, row, changed)


def _stored(plan: PlanView, row: Row) -> dict[str, Any]:
    fixed: time | None = None if row.fixed_at is None else _wall(row.fixed_at, plan)
    stored: dict[str, Any] = {CHOICE: row.choice, AT: fixed, MINUTES: row.visit_minutes}
    return stored | ({PIN: row.pin} if isinstance(row, StopView) else {})


def _wall(moment: datetime, plan: PlanView) -> time:
    return moment.astimezone(plan.zone).time().replace(second=0, microsecond=0)


def _note(key: str) -> None:
    st.session_state[_CHANGED] = key


def _save(page: Page, plan: PlanView, row: Row, key: str) -> None:
    """Store what was touched; the times of a route are checked at once, a customer outside it waits for the next planning."""
    value = st.session_state[key]
    commands: dict[str, tuple[Callable[..., int | None], dict[str, Any]]] = {
        CHOICE: (plan_edits.choose_stop, {"choice": StopChoice(value) if key == CHOICE else None}),
        AT: (plan_edits.fix_time, {"at": value}),
        PIN: (plan_edits.pin_stop, {"pin": StopPin(value) if key == PIN and value is not None else None}),
        MINUTES: (plan_edits.set_visit_minutes, {"minutes": value}),
    }
    command, values = commands[key]
    plan_taps.change(page, command, plan_id=plan.id, stop_id=row.id, retime=isinstance(row, StopView), **values)
    st.rerun()


def _draw_ways(page: Page, plan: PlanView, row: Row, *, removable: bool) -> None:
    _ = page.text.gettext
    with st.container(key="plan_stop_ways", horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
        if row.name:
            link = navigation.path_of("customer")
            st.page_link(link, label=_("Open the customer"), icon=":material/business:", query_params={"id": str(row.customer_id)})
        if removable and st.button(_("Take out of the plan"), key="plan_stop_remove", icon=":material/delete:", type="tertiary"):
            _remove(page, plan, row)


def _remove(page: Page, plan: PlanView, row: Row) -> None:
    change_id = plan_taps.change(page, plan_edits.remove_stop, plan_id=plan.id, stop_id=row.id, retime=isinstance(row, StopView))
    sentence = page.text.gettext("Taken out: {name}").format(name=plain(row.name))
    plan_taps.offer_way_back(page, sentence, plan_id=plan.id, change_id=change_id)
    plan_state.close_sheet()
    st.rerun()
