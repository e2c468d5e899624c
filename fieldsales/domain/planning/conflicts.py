"""Required visits that cannot all be made."""

from __future__ import annotations

from collections.abc import Sequence

from fieldsales.domain.planning.plan import Plan
from fieldsales.errors import N_, FixTheInput


class RequiredConflict(FixTheInput):
    """Not all required visits fit.

    `visits` are the ids of those that cannot be combined: a single one cannot be made at all, without any of several the
    others could. `plan` is the best plan that is possible: as many required visits as were found to fit, and what else fits.
    """

    code = "required_conflict"
    message = N_("These visits cannot all be made: {visits}")

    def __init__(self, *, visits: Sequence[str], plan: Plan) -> None:
        self.visits = tuple(visits)
        self.plan = plan
        super().__init__(visits=", ".join(self.visits))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.visits, self.plan)


def _rebuild(visits: tuple[str, ...], plan: Plan) -> RequiredConflict:
    """Make it again on the other side of a process's border."""
    return RequiredConflict(visits=visits, plan=plan)
