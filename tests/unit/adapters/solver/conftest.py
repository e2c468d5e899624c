"""Both engines: what holds of one has to hold of the other."""

from __future__ import annotations

import pytest

from fieldsales.adapters.solver.engine import Engine
from fieldsales.adapters.solver.local_search import LocalSearchEngine
from fieldsales.adapters.solver.plan_solver import PlanSolver
from fieldsales.adapters.solver.ruin_recreate import VroomEngine

ENGINES: dict[str, type[Engine]] = {"vroom": VroomEngine, "python": LocalSearchEngine}


@pytest.fixture(params=sorted(ENGINES))
def solver(request: pytest.FixtureRequest) -> PlanSolver:
    """A solver with each engine in turn."""
    return PlanSolver(ENGINES[request.param])
