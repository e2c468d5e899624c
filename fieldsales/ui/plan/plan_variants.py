"""The same day planned for different goals, side by side: what each comes to, whom each leaves out; one tap takes one."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.domain.words import PlanGoal
from fieldsales.services.planning import plan_edits, planning
from fieldsales.services.planning.plan_views import PlanView, Variant
from fieldsales.ui.format import safe
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_solving, plan_state, plan_taps
from fieldsales.ui.plan.plan_words import GOALS, TRAVELLED, say_goal, say_value
from fieldsales.wording.lengths import say_clock, say_length

COMPARE = "compare"
_FOUND = "plansheet_variants"
_LOOK_S = 0.5
_NAMES = 4


def draw_variants(page: Page, plan: PlanView) -> None:
    """Draw the goals' plans as soon as they are found; they are worked out once while the sheet is open."""
    found = st.session_state.get(_FOUND)
    if not (isinstance(found, tuple) and found[0] == (plan.id, plan.version)):
        found = (plan.id, plan.version), begin_comparing(page, plan.id)
        st.session_state[_FOUND] = found
    job = found[1]
    if not job.wait_for_step(0, seconds=_LOOK_S):
        st.caption(page.text.gettext("Working out three plans…"))
        st.fragment(_look, run_every=_LOOK_S)(_kind(page), plan.id)
        return
    if job.error is not None:
        st.error(sentence_of(page.text, job.error), icon=":material/error:")
        return
    _draw_side_by_side(page, plan, job.result)


def begin_comparing(page: Page, plan_id: int) -> plan_solving.Job:
    """Begin to work the goals' plans out in the background."""
    tools, actor_id, now = page.runtime.planning_tools, page.user.id, page.now
    return plan_solving.begin(
        _kind(page), plan_id, lambda _: planning.compare_goals(tools, actor_id, plan_id=plan_id, goals=tuple(GOALS), now=now)
    )


def _kind(page: Page) -> str:
    """Return whose comparison it is: not everybody sees the same customers of a plan."""
    return f"{COMPARE}-{page.user.id}"


def _look(kind: str, plan_id: int) -> None:
    if plan_solving.find(kind, plan_id) is None:
        st.rerun()


def _draw_side_by_side(page: Page, plan: PlanView, variants: tuple[Variant, ...]) -> None:
    _ = page.text.gettext
    st.html(f'<div class="fs-variants">{"".join(_column(page, plan, variant) for variant in variants)}</div>')
    with st.container(key="plan_variant_buttons", horizontal=True, wrap=False, gap="xsmall"):
        for variant in variants:
            taken = variant.goal is plan.goal and plan.is_solved and not plan.is_stale
            label = _("In the plan") if taken else _("Take it")
            key = f"plan_take_{variant.goal.value}"
            if st.button(label, key=key, width="stretch", disabled=taken):
                _take(page, plan, variant.goal)
    if plan.is_solved:
        st.html("".join(_difference(page, plan, variant) for variant in variants))


def _difference(page: Page, plan: PlanView, variant: Variant) -> str:
    """Return whom a goal's plan visits otherwise than the plan as it stands; nothing where it visits the same."""
    _ = page.text.gettext
    planned = [stop.name for stop in plan.stops]
    gone = [name for name in planned if name and name not in variant.names]
    new = [name for name in variant.names if name and name not in planned]
    said = [(_("without {names}"), gone), (_("with {names}"), new)]
    parts = [html.escape(sentence).format(names=safe(_some(page, names))) for sentence, names in said if names]
    return f'<p class="fs-note"><b>{html.escape(say_goal(page.text, variant))}</b>: {" · ".join(parts)}</p>' if parts else ""


def _some(page: Page, names: list[str]) -> str:
    shown, more = page.text.gettext(", ").join(names[:_NAMES]), len(names) - _NAMES
    return page.text.gettext("{names} and {count} more").format(names=shown, count=page.text.number(more)) if more > 0 else shown


def _column(page: Page, plan: PlanView, variant: Variant) -> str:
    _, text, totals = page.text.gettext, page.text, variant.totals
    lines = [
        text.ngettext("{count} visit", "{count} visits", totals.visits).format(count=text.number(totals.visits)),
        say_value(text, totals.value),
        _(TRAVELLED[plan.rules.mode]).format(time=say_length(totals.travel_s, text)),
        text.metres(totals.travel_m),
    ]
    if totals.ends_at is not None:
        lines.append(_("Until {time}").format(time=say_clock(totals.ends_at, plan.zone)))
    if not variant.is_complete:
        lines.append(_("Not everything locked fits"))
    chosen = ' class="fs-chosen"' if variant.goal is plan.goal and plan.is_solved else ""
    body = "<br>".join(html.escape(line) for line in lines)
    return f"<div{chosen}><b>{html.escape(say_goal(page.text, variant))}</b>{body}</div>"


def _take(page: Page, plan: PlanView, goal: PlanGoal) -> None:
    """Plan the day for a goal from now on."""
    plan_taps.change(page, plan_edits.set_goal, plan_id=plan.id, goal=goal)
    plan_taps.ask_solving(plan.id)
    plan_state.close_sheet()
    st.rerun()
