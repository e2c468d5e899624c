"""Eyes on a plan that others may change too: every few seconds its version, and once that is another the page anew, with who did what."""

from __future__ import annotations

import streamlit as st

from fieldsales.errors import NotFound
from fieldsales.services.planning import plan_changes, plans
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page, open_page
from fieldsales.ui.plan import plan_taps
from fieldsales.ui.plan.plan_words import say_change

WATCH_EVERY_S, SOLVING_EVERY_S = 4.0, 0.4
_SEEN = "_plan_seen_change"
_TOLD_AT_ONCE = 3


def draw_watch(page: Page, plan: PlanView) -> None:
    """Say what others changed since the page was drawn last, and look again every few seconds; while planning, several times a second."""
    _tell_changes(page, plan.id)
    solving = plan_taps.is_solving(plan.id)
    with st.container(key="plan_watch"):
        every = SOLVING_EVERY_S if solving else WATCH_EVERY_S
        st.fragment(_look, run_every=every)(plan.id, plan.version, solving=solving, steps=_steps(plan.id))


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
    except NotFound:  # deleted, or no longer shared: the page itself says so
        pass
    st.rerun()


def _tell_changes(page: Page, plan_id: int) -> None:
    seen: dict[int, int] = st.session_state.setdefault(_SEEN, {})
    known = seen.get(plan_id)
    with page.database.read() as session:
        if known is None:  # the first look at this plan: nothing of it is news
            changes = plan_changes.changes_since(session, page.user, plan_id=plan_id, limit=1)
        else:
            changes = plan_changes.changes_since(session, page.user, plan_id=plan_id, after_id=known)
    if changes:
        seen[plan_id] = changes[0].id
    others = [change for change in changes if not change.is_mine] if known is not None else []
    for change in reversed(others[:_TOLD_AT_ONCE]):
        st.toast(plain(say_change(page.text, change)), icon=":material/group:")


def _steps(plan_id: int) -> int:
    job = plan_taps.solving_job(plan_id)
    return job.steps if job is not None else 0
