"""Taking customers into a plan: by name, from the map along the route, from a saved view, or proposed.

Whoever is added by name or from the map is meant, and locked; a view brings candidates, among which the planning chooses.
"""

from __future__ import annotations

from enum import StrEnum

import streamlit as st

from fieldsales.domain.customer_filter import MAX_QUERY, CustomerFilter
from fieldsales.errors import N_
from fieldsales.services.customers import saved_views
from fieldsales.services.customers.customer_search import CustomerList, CustomerRow, list_customers
from fieldsales.services.customers.saved_views import ViewRow
from fieldsales.services.planning import plan_edits, plan_proposals
from fieldsales.services.planning.near_plan import near_plan
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.services.planning.plan_wishes import want_customer
from fieldsales.ui import words
from fieldsales.ui.customers.customer_rows import draw_rows
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.map.map_view import Bounds, draw_map
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_taps

PICK_MAP = "plan_pick_map"
FOUND, FROM_VIEW = 8, 100
_WAY, _TEXT, _VIEW, _PICKED = "plansheet_way", "plansheet_text", "plansheet_view", "_plan_picked"
_AROUND = 0.02  # degrees beyond the route that are in sight at first: about two kilometres


class Way(StrEnum):
    """The ways to add somebody."""

    NAME = "name"
    MAP = "map"
    VIEW = "view"
    PROPOSED = "proposed"


WAYS = {Way.NAME: N_("By name"), Way.MAP: N_("Map"), Way.VIEW: N_("From a view"), Way.PROPOSED: N_("Proposals")}


def draw_adding(page: Page, plan: PlanView) -> None:
    """Draw the ways, and the one that is chosen."""
    _ = page.text.gettext
    picked = st.session_state.pop(_PICKED, None)
    if isinstance(picked, int):
        add_customer(page, plan, picked)
    way = st.segmented_control(
        _("How to add"),
        list(WAYS),
        format_func=lambda w: _(WAYS[w]),
        key=_WAY,
        default=Way.NAME,
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )
    page.show_problem("customer_ids")
    if way is Way.MAP:
        _draw_map(page, plan)
    elif way is Way.VIEW:
        _draw_views(page, plan)
    elif way is Way.PROPOSED:
        _draw_proposals(page, plan)
    else:
        _draw_search(page, plan)


def add_customer(page: Page, plan: PlanView, customer_id: int) -> None:
    """Take one customer into the plan, to be visited in any case, and confirm it with the way back."""
    _ = page.text.gettext
    change_id = plan_taps.change(page, want_customer, plan_id=plan.id, customer_id=customer_id)
    if change_id is None:
        page.toast(_("Already in the plan."))
    else:
        plan_taps.offer_way_back(page, _("Added to the plan."), plan_id=plan.id, change_id=change_id)
    st.rerun()


def _draw_search(page: Page, plan: PlanView) -> None:
    _ = page.text.gettext
    text = st.text_input(
        _("Search"),
        key=_TEXT,
        placeholder=_("Name, address, phone"),
        icon=":material/search:",
        max_chars=MAX_QUERY,
        label_visibility="collapsed",
        persist_state="page",
    )
    if not (text or "").strip():
        _draw_near(page, plan)
        return
    found = _find(page, CustomerFilter(text=(text or "").strip()), limit=FOUND + len(_inside(plan)))
    rows = _outside(plan, found.rows)[:FOUND]
    draw_rows(page, rows, key="plan_add", on_pick=_pick)
    if not rows:
        st.caption(_("No further customer matches."))


def _draw_near(page: Page, plan: PlanView) -> None:
    """Offer, while nothing is typed, who lies on the way."""
    points = [(stop.lat, stop.lon) for stop in plan.stops] or [(end.lat, end.lon) for end in (plan.start, plan.end) if end is not None]
    with page.database.read() as session:
        near = near_plan(session, page.user, points=points, known=_inside(plan), limit=FOUND)
    if not near:
        return
    st.caption(page.text.gettext("Near the route"))
    with st.container(key="rows_plan_near", gap=None):
        for customer in near:
            away, where = plain(page.text.metres(customer.distance_m)), plain(customer.address) or "–"
            label = f"{words.badge(customer.likelihood)} **{plain(customer.name)}** :small[{away}]\n:small[{where}]"
            st.button(label, key=f"row_plan_near_{customer.id}", on_click=_pick, args=(customer.id,), width="stretch", wrap=True)


def _draw_map(page: Page, plan: PlanView) -> None:
    _ = page.text.gettext
    st.caption(_("Tap a customer to add it."))
    tapped = draw_map(page, customer_filter=CustomerFilter(), height_key=PICK_MAP, look_at=bounds_of(plan))
    if tapped.customer_id is not None:
        add_customer(page, plan, tapped.customer_id)


def bounds_of(plan: PlanView) -> Bounds | None:
    """Return the part of the map that the route lies in, with some room; the candidates' while there is no route."""
    points = [(stop.lat, stop.lon) for stop in plan.stops]
    points += [(end.lat, end.lon) for end in (plan.start, plan.end) if end is not None]
    points = points or [(c.lat, c.lon) for c in plan.candidates if c.lat is not None and c.lon is not None]
    if not points:
        return None
    lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
    return min(lons) - _AROUND, min(lats) - _AROUND, max(lons) + _AROUND, max(lats) + _AROUND


def _draw_views(page: Page, plan: PlanView) -> None:
    _ = page.text.gettext
    with page.database.read() as session:
        views = {view.id: view for view in saved_views.list_views(session, page.user)}
    if not views:
        st.caption(_("There is no saved view yet. The map and the customer list keep what they show as a view."))
        return
    chosen = st.selectbox(_("Saved view"), list(views), format_func=lambda i: one_line(views[i].name), key=_VIEW, persist_state="page")
    if chosen is not None:
        _draw_view(page, plan, views[chosen])


def _draw_view(page: Page, plan: PlanView, view: ViewRow) -> None:
    _, number = page.text.gettext, page.text.number
    found = _find(page, CustomerFilter.from_query(view.query), limit=FROM_VIEW)
    rows = _outside(plan, found.rows)
    if not rows:
        st.caption(_("Everybody in this view is in the plan already.") if found.rows else _("Nobody is in this view."))
        return
    if found.matching > FROM_VIEW:
        more = _("The view holds {count} customers; the {limit} most urgent are offered.")
        st.caption(more.format(count=number(found.matching), limit=FROM_VIEW))
    label = page.text.ngettext("Add {count} customer", "Add {count} customers", len(rows)).format(count=number(len(rows)))
    if st.button(label, key="plan_add_view", icon=":material/group_add:", width="stretch"):
        change_id = plan_taps.change(page, plan_edits.add_customers, plan_id=plan.id, customer_ids=[row.id for row in rows])
        plan_taps.offer_way_back(page, _("Added from {view}.").format(view=plain(view.name)), plan_id=plan.id, change_id=change_id)
        st.rerun()
    draw_rows(page, rows[:FOUND], key="plan_view", on_pick=_pick)


def _draw_proposals(page: Page, plan: PlanView) -> None:
    _ = page.text.gettext
    st.caption(_("Who is due, promised, never visited or valuable, and near the others of this day."))
    if st.button(_("Propose more customers"), key="plan_propose", icon=":material/lightbulb:", width="stretch"):
        change_id = plan_taps.change(page, plan_proposals.propose_more, plan_id=plan.id)
        if change_id is None:
            page.toast(_("There is nobody left to propose."))
        else:
            plan_taps.offer_way_back(page, _("More customers were proposed."), plan_id=plan.id, change_id=change_id)
        st.rerun()


def _find(page: Page, customer_filter: CustomerFilter, *, limit: int) -> CustomerList:
    with page.database.read() as session:
        return list_customers(
            session,
            page.user,
            customer_filter=customer_filter,
            now=page.now,
            today=page.today,
            zone=page.zone,
            limit=limit,
            count_up_to=10 * FROM_VIEW,
        )


def _inside(plan: PlanView) -> frozenset[int]:
    return frozenset([*(stop.customer_id for stop in plan.stops), *(candidate.customer_id for candidate in plan.candidates)])


def _outside(plan: PlanView, rows: tuple[CustomerRow, ...]) -> list[CustomerRow]:
    inside = _inside(plan)
    return [row for row in rows if row.id not in inside]


def _pick(customer_id: int) -> None:
    st.session_state[_PICKED] = customer_id
