"""What is said of visits, wherever a visit is recorded or shown."""

from __future__ import annotations

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.visit_answers import Next
from fieldsales.domain.words import Outcome, VisitKind
from fieldsales.errors import N_

LIKELIHOODS = {
    Likelihood.A: N_("A (80% and more)"),
    Likelihood.B: N_("B (50–79%)"),
    Likelihood.C: N_("C (20–49%)"),
    Likelihood.D: N_("D (below 20%)"),
    Likelihood.WON: N_("Won"),
    Likelihood.LOST: N_("Lost"),
    Likelihood.UNRATED: N_("Unrated"),
}
LIKELIHOODS_SHORT = LIKELIHOODS | {k: k.value for k in (Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.D)}
VISIT_KINDS = {
    VisitKind.VISIT: N_("Visit"),
    VisitKind.CALL: N_("Phone call"),
    VisitKind.EMAIL: N_("E-mail"),
    VisitKind.ONLINE: N_("Online"),
}
OUTCOMES = {
    Outcome.MET: N_("Met"),
    Outcome.ABSENT: N_("Absent"),
    Outcome.APPOINTMENT: N_("Appointment"),
    Outcome.QUOTE: N_("Quote"),
    Outcome.ORDER: N_("Order"),
    Outcome.REFUSED: N_("Refused"),
    Outcome.LOST: N_("Lost"),
}
NEXT_NAMES = {
    Next.KEEP: N_("As agreed"),
    Next.TOMORROW: N_("Tomorrow"),
    Next.WEEK: N_("In a week"),
    Next.MONTH: N_("In a month"),
    Next.CADENCE: N_("By cadence"),
    Next.DAY: N_("Date…"),
}
