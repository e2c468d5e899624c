"""Why each stop, why not each other customer, and what would let that one in: everything a plan says for itself.

What is claimed was tried, with exact times, on the plan as it stands. What each reason means and promises: `docs/planning.md`.
"""

from __future__ import annotations

from collections.abc import Mapping

from fieldsales.domain.planning.facts import Explanations, Facts, LeftOut
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import Problem
from fieldsales.domain.planning.reasons import Reason, Relief, WhyNot
from fieldsales.domain.planning.reliefs import Solve, apply_relief, in_another_order, reliefs_for
from fieldsales.domain.planning.situation import Situation
from fieldsales.domain.planning.why import reasons_for_stops
from fieldsales.domain.planning.why_not import reason_for

__all__ = ["Explanations", "Facts", "LeftOut", "apply_relief", "explain"]

MOST_RELIEVED = 100  # left-out visits, the most valuable, for which reliefs are sought
MOST_SOLVED = 3  # of them, for which the solver looks for another order of a day; weeks are too large to ask


def explain(problem: Problem, plan: Plan, facts: Mapping[str, Facts], solve: Solve) -> Explanations:
    """Return why each stop is made when it is, and why each other visit is not; `facts` by visit id.

    `solve` returns a good plan of a problem without required visits; it is asked a few times at most. An order made by hand
    that breaks rules is explained as far as it goes: nothing fits into a day that does not work as it is.
    """
    situation = Situation(problem, plan, facts)
    why = dict(stop for day, day_plan in enumerate(plan.days) for stop in reasons_for_stops(situation, day, day_plan))
    reasons = {visit: reason_for(situation, visit) for visit in situation.left}
    wanted = sorted(situation.left, key=lambda visit: (-problem.visits[visit].value, visit))[:MOST_RELIEVED]
    reliefs = {visit: reliefs_for(situation, visit, reasons[visit]) for visit in wanted}
    for visit in _stuck(reasons, reliefs)[: MOST_SOLVED if len(problem.days) == 1 else 0]:
        found = in_another_order(situation, visit, solve)
        if found is not None:
            reliefs[visit] = (found, *(relief for relief in reliefs[visit] if relief.code is not Relief.LOCK))
    return Explanations(why, {visit: LeftOut(reason, reliefs.get(visit, ())) for visit, reason in reasons.items()})


def _stuck(reasons: Mapping[int, Reason], reliefs: Mapping[int, tuple[Reason, ...]]) -> list[int]:
    """Return the visits that the day has no time for and that even a longer one does not let in, the most valuable first."""
    return [
        visit
        for visit, found in reliefs.items()
        if reasons[visit].code in (WhyNot.DAY_FULL, WhyNot.OUTRANKED) and not any(relief.code is Relief.STAY_UNTIL for relief in found)
    ]
