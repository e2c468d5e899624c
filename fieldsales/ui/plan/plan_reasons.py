"""A plan's reasons as sentences, on the clocks of whose day it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fieldsales.domain.planning.reasons import Reason
from fieldsales.i18n import Text
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.wording.plans import say_reason, say_reasons


def say(text: Text, plan: PlanView, reason: Reason) -> str:
    """Return one reason as text (not markdown)."""
    return say_reason(reason, text, midnight=_midnight(plan), pauses=_pauses(plan))


def say_all(text: Text, plan: PlanView, reasons: Sequence[Reason]) -> str:
    """Return several reasons in a row."""
    return say_reasons(reasons, text, midnight=_midnight(plan), pauses=_pauses(plan))


def _midnight(plan: PlanView) -> datetime:
    return datetime.combine(plan.day, datetime.min.time(), plan.zone)


def _pauses(plan: PlanView) -> list[str]:
    return [pause.name for pause in plan.rules.pauses]
