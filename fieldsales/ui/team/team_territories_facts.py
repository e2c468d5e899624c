"""What lies in one territory, and the tap that gives its customers without an owner to whoever looks after it."""

from __future__ import annotations

import html
from functools import partial
from uuid import UUID, uuid4

import streamlit as st

from fieldsales.domain.coverage import CoverageFigure
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import BulkAction
from fieldsales.services.acting import bulk_changes
from fieldsales.services.acting.bulk_changes import BulkAct
from fieldsales.services.territories.territories import KeeperState, TerritoryView
from fieldsales.services.territories.territory_figures import OwnedByAnother, list_owned_by_others, read_territories, unowned_customers
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import plain, safe
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_customers_words import take_back
from fieldsales.ui.team.team_territories_words import hours
from fieldsales.ui.words import LIKELIHOODS_SHORT
from fieldsales.wording.coverage import say_short

_GIVE_REF = "_territory_give_ref"


def draw_facts(page: Page, territory: TerritoryView) -> None:
    """Draw the figures of a territory that is in use."""
    if territory.retired:
        return
    _, text = page.text.gettext, page.text
    everything = TeamFilter.from_query({}, today=page.today)
    picture = read_territories(page.database, page.runtime.map_index, page.user, team_filter=everything, now=page.now, zone=page.zone)
    row = next((row for row in picture.rows if row.territory.id == territory.id), None)
    if row is None:
        return
    with st.container(key="territory_facts", horizontal=True, gap="small"):
        st.metric(_("Customers"), text.number(row.customers))
        st.metric(_("Potential"), say_short(CoverageFigure.POTENTIAL, row.potential, text))
        st.metric(_("Visiting a month"), hours(page, row.visiting_h))
        st.metric(_("Driving a month"), hours(page, row.driving_h))
    parts = [
        _("{count} with others").format(count=text.number(row.of_others)),
        _("{count} without an owner").format(count=text.number(row.unowned)),
        _("{count} without a pin").format(count=text.number(row.without_pin)),
    ]
    st.caption(" · ".join(parts))
    if row.of_others:
        _draw_of_others(page, territory, row.of_others)
    if row.unowned and territory.keeper is KeeperState.WORKS:
        _draw_giving(page, territory, row.unowned)
    page.show_problem("customer_ids")


def _draw_of_others(page: Page, territory: TerritoryView, count: int) -> None:
    """Draw who looks after customers here beside the territory's owner, read when it is opened."""
    text = page.text
    said = text.ngettext("{count} customer here is looked after by others", "{count} customers here are looked after by others", count)
    opened = st.expander(said.format(count=text.number(count)), key="territory_of_others", icon=":material/group:", on_change="rerun")
    if not opened.open:
        return
    everything = TeamFilter.from_query({}, today=page.today)
    found = list_owned_by_others(
        page.database, page.runtime.map_index, page.user, territory_id=territory.id, team_filter=everything, now=page.now, zone=page.zone
    )
    with opened:
        st.html(f'<ul class="fs-timeline">{"".join(_item(page, one) for one in found.rows)}</ul>')
        if found.count > len(found.rows):
            some = text.gettext("The first {shown} of {count}.")
            st.caption(some.format(shown=text.number(len(found.rows)), count=text.number(found.count)))


def _item(page: Page, one: OwnedByAnother) -> str:
    _ = page.text.gettext
    owner = _("{name} (left)").format(name=one.owner_name) if one.owner_left else one.owner_name
    likelihood, potential = _(LIKELIHOODS_SHORT[one.likelihood]), say_short(CoverageFigure.POTENTIAL, one.potential, page.text)
    link = f'<a href="/customer?id={one.id}" target="_self">{safe(one.name)}</a>'
    return f'<li>{link}<div class="fs-quiet">{safe(owner)} · {html.escape(likelihood)} · {html.escape(potential)}</div></li>'


def _draw_giving(page: Page, territory: TerritoryView, count: int) -> None:
    text = page.text
    label = text.ngettext(
        "Give {count} customer without an owner to {name}", "Give {count} customers without an owner to {name}", count
    ).replace("{count}", text.number(count))
    if not st.button(label.replace("{name}", plain(territory.owner_name)), key="territory_give", icon=":material/person_add:"):
        return
    ids = unowned_customers(page.database, page.runtime.map_index, page.user, territory_id=territory.id, now=page.now, zone=page.zone)
    ref: UUID = st.session_state.setdefault(_GIVE_REF, uuid4())
    act = BulkAct(BulkAction.REASSIGN, owner_id=territory.owner_id)
    with page.saving() as session:
        done = bulk_changes.apply_change(
            session, page.user, customer_ids=ids, act=act, client_ref=ref, seen=dict.fromkeys(ids), now=page.now
        )
    st.session_state.pop(_GIVE_REF, None)
    sentence = text.ngettext("{count} customer handed over.", "{count} customers handed over.", done.count)
    offer_undo(page, sentence.format(count=text.number(done.count)), partial(take_back, change_ids=[done.change_id]))
    st.rerun()
