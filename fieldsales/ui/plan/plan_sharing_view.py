"""What is done with a plan as a whole: a name, a copy on another day, who else sees it, whose day it is, away with it."""

from __future__ import annotations

from datetime import date
from functools import partial
from uuid import uuid4

import streamlit as st

from fieldsales.db.database import Session
from fieldsales.domain.working_days import next_working_day
from fieldsales.services.planning import plan_sharing, plans
from fieldsales.services.planning.plan_views import Person, PlanView
from fieldsales.services.working_days import public_holidays
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_several, plan_state


def draw_plan_menu(page: Page, plan: PlanView) -> None:
    """Draw what may be done with a plan; whoever may only look at it may take a copy."""
    _ = page.text.gettext
    with st.container(key="plan_menu", gap="small"):
        page.show_problem()
        if plan.may_edit:
            _draw_name(page, plan)
        st.subheader(_("Copy to another day"), anchor=False)
        draw_copy(page, plan.id, plan.day, key=f"menu_{plan.id}", whose=None if plan.may_edit else page.user.id)
        if plan.may_edit:
            _draw_sharing(page, plan)
            _draw_assigning(page, plan)
            _draw_delete(page, plan)
        elif plan.shared_with:
            st.caption(_("{name} shares this plan with you; you can look at it and copy it.").format(name=plain(plan.person.name)))


def draw_copy(page: Page, plan_id: int, day: date, *, key: str, whose: int | None) -> None:
    """Draw the choice of a day and the button that copies a plan to it and opens the copy; `whose` day it becomes, None for the same."""
    _ = page.text.gettext
    proposed = max(next_working_day(day, public_holidays()), page.today)
    with st.container(key=f"plan_copyrow_{key}", horizontal=True, wrap=False, vertical_alignment="bottom", gap="xsmall"):
        to = st.date_input(
            _("Day"),
            value=proposed,
            min_value=page.today,
            max_value=page.today + plan_state.FARTHEST,
            format="YYYY/MM/DD",
            key=f"plan_copy_day_{key}",
            label_visibility="collapsed",
        )
        if st.button(_("Copy"), key=f"plan_copy_do_{key}", icon=":material/content_copy:") and isinstance(to, date):
            _copy(page, plan_id, to, whose)
    page.show_problem("day")


def _copy(page: Page, plan_id: int, day: date, whose: int | None) -> None:
    zone, now = page.runtime.settings.zone, page.now
    with page.saving() as session:
        copied = plan_sharing.copy_plan(session, page.user, plan_id=plan_id, day=day, user_id=whose, client_ref=uuid4(), zone=zone, now=now)
    plan_several.check_times(page, copied)
    page.toast(page.text.gettext("Copied to {day}.").format(day=page.text.day(day, today=page.today)))
    open_plan(copied, day)
    st.rerun()


def open_plan(plan_id: int, day: date) -> None:
    """Turn to one plan."""
    for name in (plan_state.VIEW, plan_state.SHEET, plan_state.STOP):
        st.query_params.pop(name, None)
    st.query_params.update({plan_state.PLAN: str(plan_id), plan_state.DAY: day.isoformat()})


def _draw_name(page: Page, plan: PlanView) -> None:
    _ = page.text.gettext
    st.subheader(_("Name of the plan"), anchor=False)
    with st.container(key="plan_name_row", horizontal=True, wrap=False, vertical_alignment="bottom", gap="xsmall"):
        key = f"plan_name_{plan.id}"
        name = st.text_input(
            _("Name of the plan"),
            value=plan.name,
            key=key,
            max_chars=plan_sharing.MAX_NAME,
            placeholder=_("Northern round"),
            label_visibility="collapsed",
        )
        if st.button(_("Save"), key="plan_name_save", disabled=name.strip() == plan.name):
            with page.saving() as session:
                plan_sharing.name_plan(session, page.user, plan_id=plan.id, name=name, now=page.now)
            page.toast(_("Plan saved."))
            st.rerun()
    page.show_problem("name")


def _draw_sharing(page: Page, plan: PlanView) -> None:
    """Draw who else may look at the plan; taking somebody out of the field ends it."""
    _ = page.text.gettext
    st.subheader(_("Shared with"), anchor=False)
    with page.database.read() as session:
        others = {person.id: person for person in plan_sharing.sharing_choices(session, page.user)}
    known = others | {person.id: person for person in plan.shared_with}
    if not known:
        st.caption(_("There is nobody else to share with."))
        return
    chosen = st.multiselect(
        _("Who else may look at this plan"),
        list(known),
        default=[person.id for person in plan.shared_with],
        format_func=lambda i: one_line(known[i].name),
        key=f"plan_share_{plan.id}_{'_'.join(str(person.id) for person in plan.shared_with)}",
        placeholder=_("Choose people"),
        select_all=False,
    )
    st.caption(_("They can look at it and copy it. Of customers they may not see, they learn time and place alone."))
    before = {person.id for person in plan.shared_with}
    if set(chosen) != before:
        _share(page, plan, added=set(chosen) - before, removed=before - set(chosen))
    page.show_problem("user_id")


def _share(page: Page, plan: PlanView, *, added: set[int], removed: set[int]) -> None:
    _ = page.text.gettext
    with page.saving() as session:
        for user_id in sorted(added):
            plan_sharing.share_plan(session, page.user, plan_id=plan.id, user_id=user_id, now=page.now)
        for user_id in sorted(removed):
            plan_sharing.unshare_plan(session, page.user, plan_id=plan.id, user_id=user_id, now=page.now)
    page.toast(_("Plan shared.") if added else _("Plan no longer shared."))
    st.rerun()


def _draw_assigning(page: Page, plan: PlanView) -> None:
    """Draw the choice of whose day it is to be, for whoever plans for others."""
    _ = page.text.gettext
    with page.database.read() as session:
        people = {person.id: person for person in plans.whose_days(session, page.user) if person.id != plan.person.id}
    if not people:
        return
    st.subheader(_("Give to a rep"), anchor=False)
    with st.container(key="plan_assign_row", horizontal=True, wrap=False, vertical_alignment="bottom", gap="xsmall"):
        to = st.selectbox(
            _("Whose day it is to be"),
            list(people),
            index=None,
            format_func=lambda i: one_line(people[i].name) if i in people else "",
            key=f"plan_assign_{plan.id}_{plan.person.id}",
            placeholder=_("Choose a person"),
            label_visibility="collapsed",
            persist_state=None,  # it always begins empty: who was looked at before the sheet was closed is not proposed again
        )
        if st.button(_("Give"), key="plan_assign_do", icon=":material/assignment_ind:", disabled=to is None) and to is not None:
            _assign(page, plan, people[to])
    page.show_problem("customer_ids")


def _assign(page: Page, plan: PlanView, person: Person) -> None:
    with page.saving() as session:
        plan_sharing.assign_plan(session, page.user, plan_id=plan.id, user_id=person.id, zone=page.runtime.settings.zone, now=page.now)
    plan_several.check_times(page, plan.id)
    page.toast(page.text.gettext("The plan is {name}’s now.").format(name=person.name))
    open_plan(plan.id, plan.day)
    st.rerun()


def _draw_delete(page: Page, plan: PlanView) -> None:
    _ = page.text.gettext
    if st.button(_("Delete plan"), key="plan_delete", icon=":material/delete:", type="tertiary"):
        delete(page, plan.id, plan.day)


def delete(page: Page, plan_id: int, day: date) -> None:
    """Take a plan away and offer to bring it back."""
    with page.saving() as session:
        plans.delete_plan(session, page.user, plan_id=plan_id, now=page.now)
    said = page.text.gettext("Plan of {day} deleted").format(day=plain(page.text.day(day, today=page.today)))
    offer_undo(page, said, partial(_bring_back, plan_id=plan_id))
    for name in (plan_state.PLAN, plan_state.SHEET, plan_state.STOP):
        st.query_params.pop(name, None)
    st.rerun()


def _bring_back(session: Session, page: Page, *, plan_id: int) -> None:
    plans.restore_plan(session, page.user, plan_id=plan_id, now=page.now)
