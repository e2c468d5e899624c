"""Which engine plans here: VROOM where it can be loaded, our own search elsewhere."""

from __future__ import annotations

import logging

from fieldsales.adapters.solver.engine import Engine
from fieldsales.adapters.solver.plan_solver import PlanSolver

log = logging.getLogger(__name__)


def choose_engine() -> Engine:
    """Return the best engine that can be loaded; a wheel for another system may be installed and still not load."""
    try:
        from fieldsales.adapters.solver.ruin_recreate import VroomEngine
    except ImportError as why:
        from fieldsales.adapters.solver.local_search import LocalSearchEngine

        log.info("VROOM is not here (%s): days are planned by the solver in Python", why)
        return LocalSearchEngine()
    return VroomEngine()


def build_solver() -> PlanSolver:
    """Return a solver that works in this process; it loads its engine with the first plan."""
    return PlanSolver(choose_engine)
