"""Eyes on a plan that others may change too: every few seconds its version, and once that is another the page anew, with who did what."""

from __future__ import annotations

import streamlit as st

from fieldsales.errors import NotFound
from fieldsales.services import plan_changes, plans
from fieldsales.services.plan_changes import ChangeRow
from fieldsales.services.plan_views import PlanView
from fieldsales.ui import plan_taps
from fieldsales.ui.page import Page, open_page
from fieldsales.ui.plan_words import say_change

WATCH_EVERY_S, SOLVING_EVERY_S = 4.0, 0.4
_SEEN = "_plan_seen_change"
_TOLD_AT_ONCE = 3


def draw_watch(page: Page, plan: PlanView) -> None:
    """Draw nothing, and look again every few seconds; while the plan is being made, several times a second."""
    _note_seen(page, plan.id)
    solving = plan_taps.is_solving(plan.id)
    steps = _steps(plan.id)
    with st.container(key="plan_watch"):
        every = SOLVING_EVERY_S if solving else WATCH_EVERY_S
        st.fragment(_look, run_every=every)(plan.id, plan.version, solving=solving, steps=steps)


def _look(plan_id: int, version: int, *, solving: bool, steps: int) -> None:
    """Begin the page anew when there is more to see than was drawn, and only then: an open sheet is not to be disturbed."""
    if solving:
        if plan_taps.is_solving(plan_id) and _steps(plan_id) == steps:
            return
        st.rerun()
    page = open_page()  # the gate again: a revoked log-in ends here too
    try:
        with page.database.read() as session:
            if plans.plan_version(session, page.user, plan_id=plan_id) == version:
                return
            changes = plan_changes.changes_since(session, page.user, plan_id=plan_id, after_id=_seen().get(plan_id, 0))
    except NotFound:  # deleted, or no longer shared: the page itself says so
        changes = ()
    _tell(page, [change for change in changes if not change.is_mine])
    st.rerun()


def _tell(page: Page, changes: list[ChangeRow]) -> None:
    for change in reversed(changes[:_TOLD_AT_ONCE]):
        page.toast(say_change(page.text, change))


def _note_seen(page: Page, plan_id: int) -> None:
    with page.database.read() as session:
        newest = plan_changes.changes_since(session, page.user, plan_id=plan_id, limit=1)
    _seen()[plan_id] = newest[0].id if newest else 0


def _steps(plan_id: int) -> int:
    job = plan_taps.solving_job(plan_id)
    return job.steps if job is not None else 0


def _seen() -> dict[int, int]:
    seen: dict[int, int] = st.session_state.setdefault(_SEEN, {})
    return seen
