"""A manager plans one day of several reps at once, sees what each day comes to, and opens one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from fieldsales.domain.words import PlanState
from fieldsales.services import plans
from fieldsales.services.plan_views import Person, PlanRow
from fieldsales.ui import plan_state, plan_words
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.plan_list import open_plan
from fieldsales.ui.plan_several import accept_all, draw_progress, plan_team
from fieldsales.wording.lengths import say_clock, say_length

MAX_REPS = 30


def draw_team(page: Page, *, day: date) -> None:
    """Draw the people for whom the user plans, each with their plan of `day`, and the button that plans the chosen ones."""
    _ = page.text.gettext
    with page.database.read() as session:
        people = [person for person in plans.whose_days(session, page.user) if person.id != page.user.id]
        rows = plans.list_plans(session, page.user, first_day=day, last_day=day)
        zones = {row.id: plans.read_plan(session, page.user, plan_id=row.id, now=page.now).zone for row in rows}
    if not people:
        st.info(_("Here managers plan the day of several people at once. You plan your own."), icon=":material/groups:")
        return
    current = _current(rows)
    _draw_turner(page, day)
    page.show_problem()
    draw_progress(page, f"team_{day}")
    _draw_totals(page, [row for row in current.values() if row.person.id != page.user.id])
    chosen = []
    with st.container(key="plan_team", gap="xsmall"):
        for person in people:
            row = current.get(person.id)
            if _draw_person(page, person, row, _ends(row, zones)):
                chosen.append(person.id)
    _draw_actions(page, day, chosen, current)


def _current(rows: Sequence[PlanRow]) -> dict[int, PlanRow]:
    """Return the plan of each person that counts: the one in use, else the newest draft."""
    counted = sorted((row for row in rows if row.state is not PlanState.SET_ASIDE), key=lambda r: (r.state is PlanState.ACCEPTED, r.id))
    return {row.person.id: row for row in counted}
