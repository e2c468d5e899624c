"""Outcomes to begin with, by trade, in the words of whoever loads them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome
from fieldsales.errors import N_
from fieldsales.i18n import Text
from fieldsales.services.visits.outcome_templates import TemplateInput


class Trade(StrEnum):
    """The kinds of selling that have a set of their own."""

    BUSINESS = "business"
    ROUTE = "route"
    DOOR = "door"


@dataclass(frozen=True, slots=True)
class StarterSet:
    """A title and (word, meaning, suggested likelihood, days until the next date) for each outcome."""

    title: str
    outcomes: tuple[tuple[str, Outcome, Likelihood | None, int | None], ...]


STARTER_SETS = {
    Trade.BUSINESS: StarterSet(
        N_("Selling to companies"),
        (
            (N_("Meeting"), Outcome.MET, None, None),
            (N_("Not in"), Outcome.ABSENT, None, 3),
            (N_("Proposal made"), Outcome.MET, Likelihood.B, 7),
            (N_("Quote submitted"), Outcome.QUOTE, Likelihood.A, 7),
            (N_("Appointment made"), Outcome.APPOINTMENT, None, None),
            (N_("Order received"), Outcome.ORDER, Likelihood.WON, 30),
            (N_("Deal lost"), Outcome.LOST, Likelihood.LOST, 180),
        ),
    ),
    Trade.ROUTE: StarterSet(
        N_("Route sales"),
        (
            (N_("Regular call"), Outcome.MET, None, None),
            (N_("Order taken"), Outcome.ORDER, Likelihood.WON, None),
            (N_("No order this time"), Outcome.MET, None, None),
            (N_("Sample left"), Outcome.MET, Likelihood.B, 7),
            (N_("Complaint heard"), Outcome.MET, None, 1),
            (N_("Not in"), Outcome.ABSENT, None, 1),
        ),
    ),
    Trade.DOOR: StarterSet(
        N_("Visiting homes"),
        (
            (N_("Not in"), Outcome.ABSENT, None, 2),
            (N_("Spoke at the door"), Outcome.MET, Likelihood.C, 14),
            (N_("Wants details"), Outcome.MET, Likelihood.B, 7),
            (N_("Estimate visit agreed"), Outcome.APPOINTMENT, Likelihood.A, None),
            (N_("Contract signed"), Outcome.ORDER, Likelihood.WON, 30),
            (N_("Turned down"), Outcome.REFUSED, Likelihood.D, None),
        ),
    ),
}


def starter_set(text: Text, trade: Trade) -> tuple[TemplateInput, ...]:
    """Return the outcomes of a trade in the reader's language."""
    return tuple(
        TemplateInput(name=text.gettext(name), outcome=outcome, likelihood=likelihood, next_days=days)
        for name, outcome, likelihood, days in STARTER_SETS[trade].outcomes
    )
