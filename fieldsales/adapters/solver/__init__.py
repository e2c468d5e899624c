"""Solvers behind the port `Solver`: VROOM where it can be installed, a search of our own elsewhere."""
