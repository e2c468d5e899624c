"""The figures of the coverage map as a table by municipality: for those who read rather than look, and as CSV."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from fieldsales.domain.coverage import CoverageFigure, Grouping
from fieldsales.services.team.coverage import Asker, read_areas
from fieldsales.ui.format import one_line
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.wording.coverage import FIGURES


def draw_areas(page: Page, asker: Asker) -> None:
    """Draw the table behind the map."""
    _ = page.text.gettext
    with st.expander(_("As a table by municipality"), key="coverage_table", icon=":material/table:", on_change="rerun") as folded:
        if not folded.open:
            return
        picture = read_areas(replace(asker, asked=replace(asker.asked, grouping=Grouping.AREAS)))
        header = [
            _("Municipality"), _("Customers"), _("With an interval"), _("Visited within it"), _("Due"), _("Overdue"),
            _(FIGURES[CoverageFigure.POTENTIAL]), _(FIGURES[CoverageFigure.NEGLECT]), _("Prospects"), _("Not yet visited"),
        ]  # fmt: skip
        rows = [
            (
                one_line(g.name) or _("Municipality not known"), g.customers, g.rhythm, g.covered, g.due, g.overdue,
                g.potential, g.neglect, g.prospects, g.unvisited,
            )
            for g in picture.groups
        ]  # fmt: skip
        shown = [dict(zip(header, row, strict=True)) for row in rows]
        st.dataframe(shown, hide_index=True, key="coverage_areas")
        draw_table_export(page, key="coverage_areas", name=_("Coverage"), header=header, rows=rows, names_customers=False)
