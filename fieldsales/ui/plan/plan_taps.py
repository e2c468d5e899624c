"""What is done to a plan on its page: one command, one transaction, times checked at once; planning itself runs in the background."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

import streamlit as st

from fieldsales.db.database import Session
from fieldsales.domain.planning.outcome import PlanNote
from fieldsales.domain.words import PlanState
from fieldsales.errors import FieldSalesError
from fieldsales.services.planning import plan_edits, plan_proposals, plan_reliefs, plan_undo, planning, plans
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.ui import messages
from fieldsales.ui.components import plan_timeline as rows
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_solving, plan_state
from fieldsales.ui.plan.plan_map import take_tapped
from fieldsales.ui.plan.plan_reasons import say
from fieldsales.ui.plan.plan_solving import Job
from fieldsales.ui.plan.plan_state import Sheet
from fieldsales.ui.plan.plan_timeline import KEY

SOLVE = "solve"
_WANTED, _JOB, _RETIME, _REFUSED = "_plan_wanted", "_plan_job", "_plan_retime", "_plan_refused"
_OPENED = "_plan_opened"
_AT_ONCE_S = 1.5  # the first plan is usually there before that, so that the page is drawn once, with it
Command = Callable[..., int | None]


def take_over(page: Page) -> None:
    """Do what was tapped in the list and on the map since the last run, and begin what buttons asked for."""
    moved = rows.take_reordered(KEY)
    if moved is not None:
        change(page, plan_edits.reorder, plan_id=moved.plan_id, stop_ids=moved.stop_ids, retime=True)
    opened = rows.take_opened(KEY)
    if opened is not None:
        plan_state.open_sheet(Sheet.STOP, opened.stop_id)
    tapped = take_tapped()
    if tapped is not None:
        plan_state.mark_stop(tapped)
    relief = rows.take_relief(KEY)
    if relief is not None:
        _apply_relief(page, relief)
    undone = st.session_state.pop(_RETIME, None)
    if isinstance(undone, int):
        _retime(page, undone)
    wanted = st.session_state.pop(_WANTED, None)
    if isinstance(wanted, int):
        begin_solving(page, wanted)


def change(page: Page, command: Command, *, plan_id: int, retime: bool = False, **values: Any) -> int | None:
    """Do one command of `plan_edits` and return the id of the change; with `retime` the route's times are checked anew.

    What a service refuses is shown by the next run.
    """
    with page.saving() as session:
        change_id = command(session, page.user, plan_id=plan_id, now=page.now, client_ref=uuid4(), **values)
    if retime and change_id is not None:
        _retime(page, plan_id)
    return change_id


def offer_way_back(page: Page, sentence: str, *, plan_id: int, change_id: int | None, anew: bool = False) -> None:
    """Confirm a change with `sentence` (markdown) and offer to take it back; with `anew` the day is then planned anew."""
    if change_id is not None:
        offer_undo(page, sentence, partial(_take_back, plan_id=plan_id, change_id=change_id, next_run=_WANTED if anew else _RETIME))


def _take_back(session: Session, page: Page, *, plan_id: int, change_id: int, next_run: str) -> None:
    """Take a change back; the next run checks the times, or plans anew."""
    plan_undo.undo_change(session, page.user, plan_id=plan_id, change_id=change_id, now=page.now)
    st.session_state[next_run] = plan_id


def undo(page: Page, *, plan_id: int, change_id: int) -> None:
    """Take one change back and begin the page anew."""
    with page.saving() as session:
        plan_undo.undo_change(session, page.user, plan_id=plan_id, change_id=change_id, now=page.now)
    _retime(page, plan_id)
    page.toast(page.text.gettext("Taken back."))
    st.rerun()


def open_day(page: Page, *, user_id: int, day: date) -> int:
    """Open a plan for a day that has none."""
    with page.saving() as session:
        zone = page.runtime.settings.zone
        return plans.open_plan(session, page.user, user_id=user_id, day=day, client_ref=uuid4(), zone=zone, now=page.now)


def open_again(page: Page, plan: PlanView) -> PlanView:
    """Return a plan that was opened, a draft with the appointments made, moved or cancelled since it was looked at last."""
    is_new = st.session_state.get(_OPENED) != plan.id
    st.session_state[_OPENED] = plan.id
    if plan.state is not PlanState.DRAFT or not plan.may_edit or not (is_new or PlanNote.DATES_CHANGED in plan.notes):
        return plan
    with page.saving() as session:
        plan_proposals.take_in_dates(session, page.user, plan_id=plan.id, now=page.now)
        return plans.read_plan(session, page.user, plan_id=plan.id, now=page.now)


def ask_solving(plan_id: int) -> None:
    """Let the next run begin to plan; the callback of a button."""
    st.session_state[_WANTED] = plan_id


def begin_solving(page: Page, plan_id: int) -> None:
    """Begin to plan in the background; while that is under way, asking again changes nothing."""
    tools, actor_id, now = page.runtime.planning_tools, page.user.id, page.now
    job = plan_solving.begin(SOLVE, plan_id, lambda step: planning.solve_plan(tools, actor_id, plan_id=plan_id, now=now, shown=step))
    st.session_state[_JOB] = (plan_id, job)
    job.wait_for_step(0, seconds=_AT_ONCE_S)


def solving_job(plan_id: int) -> Job | None:
    """Return what is being planned for this plan, also what another window, or this page before a reload, began."""
    running = plan_solving.find(SOLVE, plan_id)
    if running is not None:
        return running
    known = st.session_state.get(_JOB)
    return known[1] if isinstance(known, tuple) and known[0] == plan_id else None


def solving_refused(plan: PlanView) -> FieldSalesError | None:
    """Return why the last planning of this page came to nothing, until the plan is another."""
    job = solving_job(plan.id)
    if job is None or not job.ended or job.error is None:
        return None
    told, version = st.session_state.setdefault(_REFUSED, (job, plan.version))
    if told is not job:
        st.session_state[_REFUSED] = (job, plan.version)
        return job.error
    return job.error if version == plan.version else None


def is_solving(plan_id: int) -> bool:
    """True while a plan is being made."""
    job = solving_job(plan_id)
    return job is not None and not job.ended


def _apply_relief(page: Page, tapped: rows.ReliefTapped) -> None:
    """Let a left-out customer in as it was offered, and plan anew; what is no longer offered is nothing."""
    with page.database.read() as session:
        plan = plans.read_plan(session, page.user, plan_id=tapped.plan_id, now=page.now)
    candidate = next((c for c in plan.candidates if c.id == tapped.stop_id), None)
    if candidate is None or not (0 <= tapped.index < len(candidate.reliefs)):
        return
    relief = candidate.reliefs[tapped.index]
    if relief.code.value != tapped.code:
        return
    change_id = change(page, plan_reliefs.apply_relief, plan_id=plan.id, stop_id=candidate.id, relief=relief)
    begin_solving(page, plan.id)
    done = page.text.gettext("{name}: {relief}").format(name=plain(candidate.name), relief=plain(say(page.text, plan, relief)))
    offer_way_back(page, done, plan_id=plan.id, change_id=change_id, anew=True)


def _retime(page: Page, plan_id: int) -> None:
    try:
        planning.retime_plan(page.runtime.planning_tools, page.user.id, plan_id=plan_id, now=page.now)
    except FieldSalesError as error:
        messages.remember_problem(error)
        st.rerun()
