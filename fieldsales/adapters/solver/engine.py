"""What finds good orders; two engines do: VROOM with ruin and recreate, and a local search of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from fieldsales.adapters.solver.task import Orders, Task

Report = Callable[[float], None]


class Engine(Protocol):
    """Finds orders that fit; the same task gives the same orders, on any machine, unless the clock reads `deadline`."""

    @property
    def name(self) -> str:
        """What it is called where a plan says how it was found."""
        ...

    def start(self, task: Task) -> Orders:
        """Return good orders at once."""
        ...

    def improve(self, task: Task, orders: Orders, *, seconds: float, deadline: float, report: Report | None) -> Orders:
        """Return orders that score at least as high, after as many rounds as usually take `seconds`.

        `deadline` is what `time.monotonic` reads when there is no more time. `report` hears the share that is done.
        """
        ...
