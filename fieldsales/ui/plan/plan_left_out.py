"""Customers of a plan outside its route as rows: why they were left out, what lets them in, and what they are worth."""

from __future__ import annotations

from typing import Any

from fieldsales.domain.likelihood import LOOKS
from fieldsales.domain.words import StopChoice
from fieldsales.i18n import Text
from fieldsales.services.planning.plan_views import CandidateView, PlanView
from fieldsales.ui import words
from fieldsales.ui.plan.plan_reasons import say, say_all
from fieldsales.ui.plan.plan_words import say_value
from fieldsales.wording.lengths import say_clock

_RELIEFS, _REASONS = 3, 2
_WHITE_EDGE = "#8a9693"


def left_out(text: Text, plan: PlanView) -> dict[str, Any] | None:
    """Return the folded list below the route; unfolded while there is no route."""
    if not plan.candidates:
        return None
    count = len(plan.candidates)
    if plan.is_solved:
        title = text.ngettext("{count} left out", "{count} left out", count)
        order = sorted(plan.candidates, key=lambda c: (c.choice is StopChoice.EXCLUDED, c.reason is not None, not c.reliefs, -c.value))
    else:
        title = text.ngettext("{count} candidate", "{count} candidates", count)
        order = sorted(plan.candidates, key=lambda c: (c.choice is StopChoice.EXCLUDED, c.choice is not StopChoice.LOCKED, -c.value))
    explained = any(candidate.reason is not None for candidate in plan.candidates)
    rows = [_row(text, plan, candidate, explained=explained) for candidate in order]
    return {"title": title.format(count=text.number(count)), "open": not plan.is_solved, "rows": rows}


def _row(text: Text, plan: PlanView, candidate: CandidateView, *, explained: bool) -> dict[str, Any]:
    _ = text.gettext
    look = LOOKS[candidate.likelihood]
    hidden = not candidate.name
    if candidate.choice is StopChoice.EXCLUDED:
        reason = _("Not this time: excluded by hand")
    elif candidate.reason is not None:
        reason = say(text, plan, candidate.reason)
    else:
        # Right after planning, until the reasons are found, everybody has none.
        reason = _("New since the last planning") if plan.is_solved and explained else ""
    editable = plan.may_edit and not hidden
    return {
        "id": candidate.id,
        "name": candidate.name or _("A customer you may not see"),
        "letter": look.letter,
        "edge": _WHITE_EDGE if look.fill.upper() == "#FFFFFF" else look.fill,
        "rank": _(words.LIKELIHOODS[candidate.likelihood]),
        "value": "" if hidden or candidate.choice is StopChoice.EXCLUDED else say_value(text, candidate.value),
        "reason": reason,
        "why": "" if hidden else say_all(text, plan, candidate.worth_why[:_REASONS]),
        "marks": _marks(text, plan, candidate),
        "reliefs": [
            {"index": index, "code": relief.code.value, "text": say(text, plan, relief)}
            for index, relief in enumerate(candidate.reliefs[:_RELIEFS] if editable else ())
        ],
    }


def _marks(text: Text, plan: PlanView, candidate: CandidateView) -> list[dict[str, str]]:
    _ = text.gettext
    marks = []
    if candidate.choice is StopChoice.LOCKED:
        marks.append({"icon": "lock", "text": _("Locked: visited in any case")})
    if candidate.fixed_at is not None:
        marks.append({"icon": "clock", "text": _("Appointment at {time}").format(time=say_clock(candidate.fixed_at, plan.zone))})
    return marks
