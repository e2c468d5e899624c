"""Solvers behind the port `Solver`: VROOM where it can be installed, a search of our own elsewhere."""

from fieldsales.adapters.solver.choosing import build_solver
from fieldsales.adapters.solver.pool import SolverPool

__all__ = ["SolverPool", "build_solver"]
