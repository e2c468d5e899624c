"""What a measurement is: a name, a figure, what it is held against, and whether it holds."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What `make bench` was asked for; `data` is a folder with real lists and a gazetteer, if there is one."""

    customers: int = 100_000
    many_customers: int = 1_000_000
    runs: int = 5
    data: Path | None = None

    @classmethod
    def from_environment(cls, **chosen: int) -> Options:
        """Take the data folder from FIELDSALES_BENCH_DATA."""
        folder = os.environ.get("FIELDSALES_BENCH_DATA")
        return cls(data=Path(folder) if folder else None, **chosen)


@dataclass(frozen=True)
class Figure:
    """One line of the table; `holds` is None for a figure that has no target."""

    name: str
    figure: str
    target: str = ""
    holds: bool | None = None
    compared_to: str = ""


def at_most(name: str, value: float, limit: float, unit: str, *, compared_to: str = "", digits: int = 0) -> Figure:
    """Return a figure that should not exceed `limit`, both in `unit`."""
    return Figure(name, f"{value:,.{digits}f} {unit}", f"≤ {limit:,.{digits}f} {unit}", value <= limit, compared_to)


def at_least(name: str, value: float, limit: float, unit: str, *, compared_to: str = "", digits: int = 0) -> Figure:
    """Return a figure that should reach `limit`, both in `unit`."""
    return Figure(name, f"{value:,.{digits}f} {unit}", f"≥ {limit:,.{digits}f} {unit}", value >= limit, compared_to)


def seconds_of(action: Callable[[], object]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


median = statistics.median


def peak_memory_mb(pid: int) -> float:
    """Return the highest memory of process `pid` so far, in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
