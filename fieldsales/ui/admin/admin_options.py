"""What the administrator sets for everybody: how often to visit whom, the day's target, what is kept for how long."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_options import TeamOptions
from fieldsales.services.options import LEAST_KEPT_DAYS, MAX_DAYS, MAX_VISITS_PER_DAY, read_options, save_options
from fieldsales.ui import words
from fieldsales.ui.page import Page

_WITH_CADENCE = (Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.D, Likelihood.WON, Likelihood.UNRATED, Likelihood.LOST)
_WITH_HALF_LIFE = (Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.D)


def draw_options(page: Page) -> None:
    """Draw all options in one form, each problem beside its field."""
    _ = page.text.gettext
    with page.database.read() as session:
        options = read_options(session)
    with st.form("team_options", enter_to_submit=False):
        st.subheader(_("Visiting rhythm"), anchor=False)
        st.caption(_("Days between visits: due at 70%, overdue at 100%. 0 means none; a customer may have its own."))
        cadences = _draw_days(page, "cadence_days", _WITH_CADENCE, options.cadence_days)
        st.subheader(_("How long a likelihood holds"), anchor=False)
        st.caption(_("After this many days without a visit it counts half, and its pin is drawn paler. 0 means it stays."))
        half_lives = _draw_days(page, "half_life_days", _WITH_HALF_LIFE, options.half_life_days)
        st.subheader(_("Visits a day"), anchor=False)
        visits = _draw_number(page, _("Target of each rep (0 for none)"), "visits_per_day", options.visits_per_day, 0, MAX_VISITS_PER_DAY)
        st.subheader(_("Positions of check-ins"), anchor=False)
        days = options.coarsen_after_days
        coarsen = _draw_number(page, _("Days until they are made inexact"), "coarsen_after_days", days, 1, MAX_DAYS)
        st.subheader(_("Audit log"), anchor=False)
        label = _("Days an entry is kept (0 for ever, else at least {count})").format(count=LEAST_KEPT_DAYS)
        keep = _draw_number(page, label, "keep_audit_days", options.keep_audit_days, 0, MAX_DAYS)
        page.show_problem()
        saved = st.form_submit_button(_("Save"), key="save_options", type="primary", width="stretch")
    if saved:
        changed = TeamOptions(cadences, half_lives, coarsen_after_days=coarsen, visits_per_day=visits, keep_audit_days=keep)
        with page.saving() as session:
            save_options(session, page.user, options=changed, now=page.now)
        page.toast(_("Saved."))
        st.rerun()


def _draw_days(page: Page, name: str, likelihoods: tuple[Likelihood, ...], days: Mapping[Likelihood, int]) -> dict[Likelihood, int]:
    entered: dict[Likelihood, int] = {}
    with st.container(key=f"options_{name}", horizontal=True, gap="small"):
        for likelihood in likelihoods:
            with st.container(key=f"option_{name}_{likelihood.value}", width=140):
                label, field = page.text.gettext(words.LIKELIHOODS_SHORT[likelihood]), f"{name}.{likelihood.value}"
                entered[likelihood] = _draw_number(page, label, field, days.get(likelihood, 0), 0, MAX_DAYS)
    return entered


def _draw_number(page: Page, label: str, field: str, value: int, lowest: int, highest: int) -> int:
    number = st.number_input(label, min_value=lowest, max_value=highest, value=value, step=1, key=f"option_{field}")
    page.show_problem(field)
    return int(number)
