"""The bias meter: do visits go where the potential lies? One sentence, bars by distance from the office, the table behind them."""

from __future__ import annotations

import streamlit as st

from fieldsales.domain.bias import Band, Bias, Leaning, Weight
from fieldsales.errors import N_
from fieldsales.services.team.bias import BiasReading, Office, list_offices, read_bias
from fieldsales.services.team.coverage import Asker
from fieldsales.ui import navigation
from fieldsales.ui.account.account_view import PART, TEAM_PLACES
from fieldsales.ui.format import one_line
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.ui.team.team_filters import draw_period

_OFFICE = "bias_office"
_EVERY = 0
_COLOURS = ["#0072B2", "#E69F00"]
_LEANINGS = {
    Leaning.NEAR: N_("Visits stay near the office: half of the potential lies within {km} km, but {visits} of the visits go there."),
    Leaning.FAR: N_("Visits go far: half of the potential lies within {km} km, but only {visits} of the visits go there."),
    Leaning.BALANCED: N_("Visits follow the potential: half of it lies within {km} km, and {visits} of the visits go there."),
    Leaning.UNKNOWN: N_("Half of the potential lies within {km} km. Nobody was visited in this period."),
}


def draw_bias(page: Page, asker: Asker) -> None:
    """Draw the meter for the filter's period; without an office, what to do about it."""
    _ = page.text.gettext
    with page.database.read() as session:
        offices = list_offices(session, page.user)
    with st.container(key="bias", gap="small"):
        st.subheader(_("Bias meter"), anchor=False)
        st.caption(_("Visits in this period held against potential, by distance from the office."))
        if not offices:
            st.info(_("There is no office to measure from. Add one to the team's places."), icon=":material/apartment:")
            ways = {PART: TEAM_PLACES}
            st.page_link(navigation.path_of("account"), label=_("The team's places"), icon=":material/apartment:", query_params=ways)
            return
        draw_period(page, asker.team_filter)
        reading = read_bias(asker, office_ids=_choose_offices(page, offices))
        if reading is not None:
            _draw_reading(page, reading)


def _choose_offices(page: Page, offices: tuple[Office, ...]) -> tuple[int, ...]:
    if len(offices) == 1:
        return (offices[0].id,)
    _ = page.text.gettext
    names = {_EVERY: _("Nearest office"), **{office.id: one_line(office.name) for office in offices}}
    if st.session_state.get(_OFFICE) not in names:
        st.session_state[_OFFICE] = _EVERY
    chosen = st.selectbox(_("Measured from"), list(names), format_func=names.__getitem__, key=_OFFICE, persist_state="page")
    return () if chosen == _EVERY else (chosen,)


def _draw_reading(page: Page, reading: BiasReading) -> None:
    _, bias = page.text.gettext, reading.bias
    if bias.half_km is None:
        st.caption(_("No customer with a pin to measure to."))
        return
    km, share = page.text.number(round(bias.half_km, 1)), _percent(page, bias.near_visits or 0.0)
    with st.container(key="bias_sentence"):
        st.markdown(_(_LEANINGS[bias.leaning]).format(km=km, visits=share))
    if bias.weight is Weight.CUSTOMER:
        st.caption(_("No open deal has an amount; each customer counts the same instead."))
    if reading.visits_elsewhere:
        said = page.text.ngettext(
            "{count} visit to a customer without a pin, or no longer to be seen, is not in it.",
            "{count} visits to customers without a pin, or no longer to be seen, are not in it.",
            reading.visits_elsewhere,
        )
        st.caption(said.format(count=page.text.number(reading.visits_elsewhere)))
    _draw_bars(page, bias)
    _draw_table(page, bias)


def _draw_bars(page: Page, bias: Bias) -> None:
    _ = page.text.gettext
    kinds = (_("Potential"), _("Visits made"))
    shares = [pair for band in bias.bands for pair in zip(kinds, _shares(bias, band), strict=True)]
    bands = [_band(page, band) for band in bias.bands for _kind in kinds]
    rows = [{"band": band, "kind": kind, "share": share} for band, (kind, share) in zip(bands, shares, strict=True)]
    kind = {"field": "kind", "type": "nominal", "sort": list(kinds), "title": None}
    picture = {
        "description": _("Share of potential and of visits by distance from the office"),
        "height": 220,
        "data": {"values": rows},
        "mark": "bar",
        "encoding": {
            "x": {"field": "band", "type": "nominal", "sort": None, "title": _("Distance from the office"), "axis": {"labelAngle": 0}},
            "xOffset": kind,
            "y": {"field": "share", "type": "quantitative", "title": None, "axis": {"format": "%"}},
            "color": kind | {"scale": {"range": _COLOURS}, "legend": {"orient": "top"}},
            "tooltip": [{"field": "band"}, {"field": "kind"}, {"field": "share", "type": "quantitative", "format": ".0%"}],
        },
    }
    st.vega_lite_chart(picture, key="bias_chart", width="stretch")


def _draw_table(page: Page, bias: Bias) -> None:
    """Draw the table once it is opened: what tables are drawn with is large, and would come before the map."""
    _ = page.text.gettext
    header = [_("Distance from the office"), _("Customers"), _("Share of potential"), _("Visits made"), _("Share of visits")]
    rows = []
    for band in bias.bands:
        potential, visits = (_percent(page, share) for share in _shares(bias, band))
        rows.append((_band(page, band), band.customers, potential, band.visits, visits))
    with st.expander(_("As a table"), key="bias_table", on_change="rerun") as folded:
        if not folded.open:
            return
        st.dataframe([dict(zip(header, row, strict=True)) for row in rows], hide_index=True, key="bias_rows")
        draw_table_export(page, key="bias", name=_("Bias meter"), header=header, rows=rows, names_customers=False)


def _shares(bias: Bias, band: Band) -> tuple[float, float]:
    potential, visits = sum(b.potential for b in bias.bands), sum(b.visits for b in bias.bands)
    return band.potential / potential if potential else 0.0, band.visits / visits if visits else 0.0


def _band(page: Page, band: Band) -> str:
    if band.to_km is None:
        return page.text.gettext("{from_km} km and more").format(from_km=band.from_km)
    return page.text.gettext("{from_km}–{to_km} km").format(from_km=band.from_km, to_km=band.to_km)


def _percent(page: Page, share: float) -> str:
    return page.text.percent(round(100 * share))
