"""Measure everything, or what is named: `python -m bench [MODULE …] [--customers N] [--many-customers N]`."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import unicodedata
import warnings
from collections.abc import Sequence

from bench.figures import Figure, Options

MODULES = (
    "import_export", "geocoding", "map_data", "map_page", "search", "customer_page", "today", "cold_load", "visit_taps", "reports",
    "solvers", "plan_page", "calibration", "bulk", "team_progress", "plan_team", "coverage", "audit", "start",
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Print the table; return 1 when a figure misses its target."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("modules", nargs="*", default=MODULES, metavar="MODULE", help=", ".join(MODULES))
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--many-customers", type=int, default=1_000_000)
    chosen = parser.parse_args(arguments)
    options = Options.from_environment(customers=chosen.customers, many_customers=chosen.many_customers)
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")  # what the PostgreSQL of the tests says where there is no desktop
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    _print_row("", "measured", "compared to", "target", "")
    missed = 0
    for name in chosen.modules:
        print(f"\n{name}")
        for figure in importlib.import_module(f"bench.{name}").measure(options):
            missed += figure.holds is False
            _print_figure(figure)
    print(f"\n{missed} figures miss their target." if missed else "\nEvery figure meets its target.")
    return 1 if missed else 0


def _print_figure(figure: Figure) -> None:
    verdict = {True: "ok", False: "MISSED", None: ""}[figure.holds]
    _print_row(figure.name, figure.figure, figure.compared_to, figure.target, verdict)


def _print_row(*cells: str) -> None:
    widths = (60, 20, 30, 20, 7)
    print("  ".join(cell + " " * max(0, width - _width(cell)) for cell, width in zip(cells, widths, strict=True)).rstrip(), flush=True)


def _width(text: str) -> int:
    """Return how many columns a terminal gives `text`: two for a Japanese character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
