"""Territories (担当エリア): who looks after which area, what lies there, where areas overlap, and how evenly the work lies."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fieldsales.services.territories.territories import KeeperState, TerritoryView, list_territories
from fieldsales.services.territories.territory_figures import Overlap, TerritoryPicture, read_territories
from fieldsales.ui.customers.record_undo import draw_undo
from fieldsales.ui.empty_states import draw_no_customers
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.team.team_territories_balance import draw_balance
from fieldsales.ui.team.team_territories_form import NEW, draw_one, forget_typed
from fieldsales.ui.team.team_territories_map import draw_territories_map, take_tapped
from fieldsales.ui.team.team_territories_words import KINDS, counts, hours, owner_words

PARAMETER = "territory"
MOST_OVERLAPS = 20


def draw_territories(page: Page, asked: TeamAsked) -> None:
    """Draw the list with its map, or the one territory that the address asks for."""
    tapped = take_tapped()
    if tapped is not None:
        _open(str(tapped))
    draw_undo(page)
    wanted = st.query_params.get(PARAMETER, "")
    if wanted:
        draw_one(page, asked, wanted, on_leave=_close)
        return
    forget_typed()
    picture = read_territories(
        page.database, page.runtime.map_index, page.user, team_filter=asked.team_filter, now=page.now, zone=page.zone
    )
    with page.database.read() as session:
        everything = list_territories(session, page.user, retired=True)
    if not picture.customers and not everything:
        draw_no_customers(page)
    if not picture.rows:
        _draw_none(page)
    if picture.customers:
        draw_territories_map(page, picture)
    if picture.customers or picture.rows:
        _draw_numbers(page, picture)
    _draw_rows(page, picture)
    _draw_overlaps(page, picture.overlaps)
    _draw_rule(page)
    draw_balance(page, asked)
    _draw_table(page, picture)
    _draw_retired(page, [territory for territory in everything if territory.retired])
    page.show_problem()
    with st.container(key="territory_foot"):  # stays in sight below a long list
        st.button(
            page.text.gettext("Add a territory"),
            key="territory_add",
            type="primary",
            icon=":material/add_location_alt:",
            width="stretch",
            on_click=_open,
            args=(NEW,),
        )


def _open(territory: str) -> None:
    st.query_params[PARAMETER] = territory


def _close() -> None:
    st.query_params.pop(PARAMETER, None)


def _draw_none(page: Page) -> None:
    _ = page.text.gettext
    st.info(
        _("There are no territories yet. Draw one, or name municipalities or postal codes: new customers there then get an owner."),
        icon=":material/map:",
    )


def _draw_numbers(page: Page, picture: TerritoryPicture) -> None:
    _, text = page.text.gettext, page.text
    with st.container(key="territory_numbers", horizontal=True, gap="small"):
        st.metric(_("Customers"), text.number(picture.customers))
        st.metric(_("In no territory"), text.number(picture.outside))
        st.metric(_("Of these without an owner"), text.number(picture.outside_unowned))
    if picture.without_pin:
        sentence = text.ngettext(
            "{count} customer has no pin: not on the map, in a territory by municipality or postal code only.",
            "{count} customers have no pin: not on the map, in a territory by municipality or postal code only.",
            picture.without_pin,
        )
        st.caption(sentence.format(count=text.number(picture.without_pin)))


def _draw_rows(page: Page, picture: TerritoryPicture) -> None:
    overlapping = {view.id for overlap in picture.overlaps for view in (overlap.winner, overlap.loser)}
    _ = page.text.gettext
    with st.container(key="rows_territories", gap=None):
        for number, row in enumerate(picture.rows, start=1):
            territory = row.territory
            marks = f" · :orange[{_('Overlaps')}]" if territory.id in overlapping else ""
            owner = plain(owner_words(page, territory))
            who = owner if territory.keeper is KeeperState.WORKS else f":red[{owner}]"
            facts = f"{who} · {_(KINDS[territory.kind])} · {counts(page, row)}"
            label = f"{number} **{plain(territory.name)}**\n:small[{facts}{marks}]"
            st.button(label, key=f"row_territory_{territory.id}", on_click=_open, args=(str(territory.id),), width="stretch", wrap=True)


def _draw_overlaps(page: Page, overlaps: Sequence[Overlap]) -> None:
    if not overlaps:
        return
    _, text = page.text.gettext, page.text
    title = text.ngettext("{count} overlap", "{count} overlaps", len(overlaps)).format(count=text.number(len(overlaps)))
    with st.expander(title, key="territory_overlaps", icon=":material/join_inner:"):
        for overlap in overlaps[:MOST_OVERLAPS]:
            winner, loser = plain(overlap.winner.name), plain(overlap.loser.name)
            if overlap.customers:
                sentence = text.ngettext(
                    "{loser} and {winner} share {count} customer: {winner} counts.",
                    "{loser} and {winner} share {count} customers: {winner} counts.",
                    overlap.customers,
                ).replace("{count}", text.number(overlap.customers))
            else:
                sentence = _("{loser} and {winner} name the same area: {winner} counts.")
            named = f" ({plain('、'.join(overlap.names))})" if overlap.names else ""
            st.markdown(f"- {sentence.replace('{winner}', winner).replace('{loser}', loser)}{named}")


def _draw_rule(page: Page) -> None:
    _ = page.text.gettext
    st.caption(
        _(
            "Where territories overlap, a drawn one counts before postal codes, these before municipalities; of postal codes the one with "
            "more digits, otherwise the older territory. A customer keeps its owner when it moves; only one without an owner is given away."
        )
    )


def _draw_table(page: Page, picture: TerritoryPicture) -> None:
    if not picture.rows:
        return
    _ = page.text.gettext
    with st.expander(_("As a table"), key="territory_table", icon=":material/table:", on_change="rerun") as folded:
        if not folded.open:
            return
        header = [
            _("Territory"), _("Team"), _("Owner"), _("Kind"), _("Customers"), _("Of the owner"), _("Of others"), _("Without an owner"),
            _("Without a pin"), _("Potential"), _("Visits a month"), _("Visiting hours a month"), _("Driving hours a month"),
        ]  # fmt: skip
        rows = [
            (
                one_line(r.territory.name), one_line(r.territory.team_name), owner_words(page, r.territory), _(KINDS[r.territory.kind]),
                r.customers, r.own, r.of_others, r.unowned, r.without_pin, r.potential,
                round(r.visits, 1), round(r.visiting_h, 1), round(r.driving_h, 1),
            )
            for r in picture.rows
        ]  # fmt: skip
        st.dataframe([dict(zip(header, row, strict=True)) for row in rows], hide_index=True, key="territory_rows")
        draw_table_export(page, key="territory_rows", name=_("Territories"), header=header, rows=rows, names_customers=False)
        st.caption(_driving_words(page, sum(row.driving_h for row in picture.rows)))


def _driving_words(page: Page, total_h: float) -> str:
    sentence = page.text.gettext(
        "Driving is an estimate from straight distances: {hours} a month for all territories. It serves to compare, not to foretell a day."
    )
    return sentence.format(hours=hours(page, total_h))


def _draw_retired(page: Page, retired: Sequence[TerritoryView]) -> None:
    if not retired:
        return
    _, text = page.text.gettext, page.text
    label = text.ngettext("{count} territory out of use", "{count} territories out of use", len(retired))
    with st.expander(label.format(count=text.number(len(retired))), key="territory_retired", icon=":material/inventory_2:"):
        for territory in retired:
            label = f"**{plain(territory.name)}**\n:small[{plain(owner_words(page, territory))} · {_(KINDS[territory.kind])}]"
            st.button(label, key=f"row_territory_{territory.id}", on_click=_open, args=(str(territory.id),), width="stretch", wrap=True)
