"""Plans day by day: whose, how far they are, who changed them last; opened, copied, deleted with a way back."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby

import streamlit as st

from fieldsales.domain.words import PlanState
from fieldsales.services.planning import plans
from fieldsales.services.planning.plan_views import PlanRow
from fieldsales.ui.customers.record_undo import draw_undo
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_sharing_view, plan_state, plan_words
from fieldsales.wording.lengths import say_length

LENGTH = timedelta(days=14)
EVERYBODY = 0
_COLOURS = {PlanState.DRAFT: "gray", PlanState.ACCEPTED: "primary", PlanState.SET_ASIDE: "gray"}


def draw_plans(page: Page, *, user_id: int | None, day: date) -> None:
    """Draw the plans of two weeks from the Monday of the week of `day` on: of everybody whose plans the user may see, or of one."""
    _ = page.text.gettext
    first = day - timedelta(days=day.weekday())
    last = first + LENGTH - timedelta(days=1)
    whose = _draw_people(page, user_id)
    _draw_turner(page, first, last)
    page.show_problem()
    with page.database.read() as session:
        rows = plans.list_plans(session, page.user, first_day=first, last_day=last, user_id=whose)
        mine = {person.id for person in plans.whose_days(session, page.user)}
    if not rows:
        st.info(_("There are no plans of these days."), icon=":material/route:")
    with st.container(key="plan_rows", gap="small"):
        for of_day, group in groupby(rows, key=lambda row: row.day):
            with st.container(key=f"plan_rows_{of_day}", gap=None):
                st.markdown(f"**{page.text.day(of_day, today=page.today)}**")
                for row in group:
                    _draw_row(page, row, may_edit=row.person.id in mine)
    draw_undo(page)


def _draw_people(page: Page, user_id: int | None) -> int | None:
    """Draw the switch between everybody's plans and those of the chosen person, for whoever plans for others; None for all."""
    _ = page.text.gettext
    with page.database.read() as session:
        names = {person.id: person.name for person in plans.whose_days(session, page.user)}
    if len(names) < 2 or user_id not in names:
        return None
    chosen = st.segmented_control(
        _("Whose plans"),
        [EVERYBODY, user_id],
        format_func=lambda i: one_line(names[i]) if i else _("Everybody"),
        key="plan_list_person",
        default=EVERYBODY,
        required=True,
        label_visibility="collapsed",
    )
    return chosen or None


def _draw_turner(page: Page, first: date, last: date) -> None:
    _ = page.text.gettext
    with st.container(key="plan_turner", horizontal=True, wrap=False, vertical_alignment="center"):
        st.button(_("Earlier days"), key="plans_before", icon=":material/chevron_left:", on_click=_turn, args=(first - LENGTH,))
        st.subheader(f"{page.text.day(first, today=page.today)}–{page.text.day(last, today=page.today)}", anchor=False)
        st.button(_("Later days"), key="plans_after", icon=":material/chevron_right:", on_click=_turn, args=(first + LENGTH,))


def _turn(day: date) -> None:
    st.query_params[plan_state.DAY] = day.isoformat()


def _draw_row(page: Page, row: PlanRow, *, may_edit: bool) -> None:
    """Draw one plan: the line opens it, the sign at its end holds what else can be done."""
    _ = page.text.gettext
    state = f":{_COLOURS[row.state]}-badge[{plain(_(plan_words.STATES[row.state]))}]"
    head = " · ".join(plain(part) for part in (row.person.name, row.name) if part)
    label = f"**{head}** {state}\n:small[:gray[{_about(page, row)}]]"
    with st.container(key=f"plan_row_{row.id}", horizontal=True, wrap=False, vertical_alignment="center", gap=None):
        st.button(
            label,
            key=f"plan_open_{row.id}",
            type="tertiary",
            on_click=plan_sharing_view.open_plan,
            args=(row.id, row.day),
            width="stretch",
            wrap=True,
        )
        with st.popover(_("More"), icon=":material/more_vert:", key=f"plan_more_{row.id}"):
            plan_sharing_view.draw_copy(page, row.id, row.day, key=f"row_{row.id}", whose=None if may_edit else page.user.id)
            if may_edit and st.button(_("Delete"), key=f"plan_delete_{row.id}", icon=":material/delete:", type="tertiary"):
                plan_sharing_view.delete(page, row.id, row.day)


def _about(page: Page, row: PlanRow) -> str:
    """Return visits, travel, and who changed it when."""
    _, number = page.text.gettext, page.text.number
    if row.state is PlanState.ACCEPTED:
        parts = [_("{done} of {count} visited").format(done=number(row.done), count=number(row.visits))]
    else:
        parts = [page.text.ngettext("{count} visit", "{count} visits", row.visits).format(count=number(row.visits))]
    if row.totals.travel_s:
        parts.append(_("Travel {time}").format(time=say_length(row.totals.travel_s, page.text)))
    when = page.text.moment(row.changed_at, zone=page.zone)
    parts.append(_("changed by {who}, {when}").format(who=plain(row.changed_by.name), when=when))
    return " · ".join(parts)
