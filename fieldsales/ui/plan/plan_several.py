"""Several plans at once, for a week or a team: planned in the background while the page shows how far it is, and put to use together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import streamlit as st

from fieldsales.errors import FieldSalesError
from fieldsales.services.planning import planning, plans
from fieldsales.ui import messages
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_solving
from fieldsales.ui.plan.plan_solving import Job

_RUNNING = "_plan_several"
_LOOK_S = 0.3


@dataclass
class Running:
    """Planning that this session waits for; `token` says what it was asked for, `share` how much of it is done."""

    token: str
    count: int
    share: float = 0.0
    job: Job | None = None


def plan_week(page: Page, token: str, user_id: int, days: Sequence[date]) -> None:
    """Plan these days of one person together; days without a plan get one first."""
    plan_ids = _open_plans(page, [(user_id, day) for day in days])
    running = Running(token, len(plan_ids))
    tools, actor_id, now = page.runtime.planning_tools, page.user.id, page.now
    running.job = plan_solving.begin(token, 0, lambda step: planning.solve_week(tools, actor_id, plan_ids=plan_ids, now=now, shown=step))
    st.session_state[_RUNNING] = running
    st.rerun()


def plan_team(page: Page, token: str, user_ids: Sequence[int], day: date) -> None:
    """Plan one day of several people."""
    plan_ids = _open_plans(page, [(user_id, day) for user_id in user_ids])
    running = Running(token, len(plan_ids))
    tools, actor_id, now = page.runtime.planning_tools, page.user.id, page.now

    def work(step: object) -> None:
        def report(share: float) -> None:
            running.share = share

        planning.solve_team(tools, actor_id, plan_ids=plan_ids, now=now, report=report)

    running.job = plan_solving.begin(token, 0, work)
    st.session_state[_RUNNING] = running
    st.rerun()


def _open_plans(page: Page, whose: Sequence[tuple[int, date]]) -> list[int]:
    zone = page.runtime.settings.zone
    with page.saving() as session:
        return [
            plans.open_plan(session, page.user, user_id=user_id, day=day, client_ref=uuid4(), zone=zone, now=page.now)
            for user_id, day in whose
        ]
    raise AssertionError("page.saving() starts the run over when it refuses")


def draw_progress(page: Page, token: str) -> None:
    """Draw how far the planning is that was asked for here, and wait for it; the tap of another button does not end it."""
    running = st.session_state.get(_RUNNING)
    if not isinstance(running, Running) or running.token != token or running.job is None:
        return
    count = page.text.number(running.count)
    said = page.text.ngettext("Planning {count} day…", "Planning {count} days…", running.count).format(count=count)
    bar = st.progress(running.share, text=said)
    while not running.job.ended:
        running.job.wait_for_step(running.job.steps, seconds=_LOOK_S)
        bar.progress(min(1.0, max(0.0, running.share)), text=said)
    st.session_state.pop(_RUNNING, None)
    if running.job.error is not None:
        messages.remember_problem(running.job.error)
    else:
        page.toast(page.text.ngettext("{count} day planned.", "{count} days planned.", running.count).format(count=count))
    st.rerun()


def accept_all(page: Page, plan_ids: Sequence[int]) -> None:
    """Put plans to use together; either all of them or none."""
    with page.saving() as session:
        for plan_id in plan_ids:
            plans.accept_plan(session, page.user, plan_id=plan_id, now=page.now)
    count = len(plan_ids)
    page.toast(page.text.ngettext("{count} plan is in use.", "{count} plans are in use.", count).format(count=page.text.number(count)))
    st.rerun()


def check_times(page: Page, plan_id: int) -> None:
    """Find the times of a plan's order as it stands; what is refused is shown by the next run."""
    try:
        planning.retime_plan(page.runtime.planning_tools, page.user.id, plan_id=plan_id, now=page.now)
    except FieldSalesError as error:
        messages.remember_problem(error)
