"""One call of VROOM (`pyvroom`): the best orders it finds from nothing, or starting from orders that are there.

VROOM knows breaks, several windows and days as vehicles. It maximises a sum of priorities (0 to 100), then the number of
visits, then minimises travel: that a visit is required, that it is not worth its drive, or has to stand first, is our work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from fieldsales.adapters.solver import vroom_library
from fieldsales.adapters.solver.task import NEVER, Order, Orders, Task
from fieldsales.adapters.solver.vroom_ends import Ends
from fieldsales.domain.planning.problem import UNREACHABLE, Matrix, Window

vroom = vroom_library.load()
steps = import_module("vroom.input.vehicle_step")
REQUIRED_PRIORITY = 100
OPTIONAL_PRIORITY = 30  # at most, beside required ones; alone they may use the whole scale
LONGEST_CALL_S = 30.0


class Vroom:
    """A task as VROOM takes it; jobs are made once, for a call of some milliseconds must not wait for Python."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.stride = self._clock_stride()
        self._tables = [_with_nowhere(matrix) for matrix in task.problem.travel_s]
        self._skills = self._skill_sets()
        self._jobs = self._make_jobs()

    def solve(self, offered: Iterable[int], orders: Orders | None = None, *, seconds: float = LONGEST_CALL_S) -> Orders | None:
        """Return orders of the offered visits, starting from `orders` when given; None when VROOM refuses that start.

        A visit that has to stand first or last is where `orders` have it.
        """
        orders = [[] for _ in self.task.days] if orders is None else orders
        ends = [Ends(self.task, day, order) for day, order in enumerate(orders)]
        if not all(end.is_possible for end in ends):
            return None
        jobs = [job for visit in offered if (job := self._jobs[visit]) is not None]
        if not jobs:
            return [list(order) for order in orders]
        call = vroom.Input()
        for index, table in enumerate(self._tables):
            call.set_durations_matrix(str(index), table)
        for day, order in enumerate(orders):
            call._add_vehicle(self._vehicle(day, ends[day], order))
        for job in jobs:
            call._add_job(job)
        try:
            answer = call._solve(exploration_level=0, nb_threads=1, timeout=timedelta(seconds=seconds))
        except vroom._vroom.VroomInputException:
            return None
        return self._read(answer, ends)

    def _read(self, answer: Any, ends: Sequence[Ends]) -> Orders:
        rows = np.asarray(answer._routes_numpy())
        inner: Orders = [[] for _ in ends]
        for vehicle, kind, job in zip(rows["vehicle_id"].tolist(), rows["type"].tolist(), rows["id"].tolist(), strict=True):
            if kind == b"job":
                inner[vehicle].append(job)
        return [end.whole(order) for end, order in zip(ends, inner, strict=True)]

    def _clock_stride(self) -> int:
        """Return how far the days' clocks lie apart: 0 when no visit can tell its days apart by its windows, which is faster."""
        for visit in range(self.task.size):
            windows = {day.windows[visit] for day in self.task.days if day.windows[visit]}
            if len(windows) > 1:
                return max(day.end_s for day in self.task.problem.days) + 1
        return 0

    def _skill_sets(self) -> dict[tuple[int, ...], int]:
        """Return a skill for each set of days that some visit is limited to."""
        if self.stride:
            return {}
        sets = {tuple(days) for days in self.task.allowed if 0 < len(days) < len(self.task.days)}
        return {days: number for number, days in enumerate(sorted(sets), 1)}

    def _make_jobs(self) -> list[Any]:
        task = self.task
        most = max((task.value[v] for v in range(task.size) if not task.required[v]), default=0.0)
        top = OPTIONAL_PRIORITY if any(task.required) else REQUIRED_PRIORITY
        whole = all(value == int(value) for value in task.value) and most <= top
        jobs: list[Any] = []
        for visit, what in enumerate(task.problem.visits):
            days = task.allowed[visit]
            if not days or what.fixed is not None:
                jobs.append(None)
                continue
            scaled = task.value[visit] if whole else task.value[visit] / most * top if most else 0
            windows = [
                (day * self.stride + opens, day * self.stride + closes)
                for day in (days if self.stride else days[:1])
                for opens, closes in task.days[day].windows[visit]
            ]
            jobs.append(
                vroom.Job(
                    visit,
                    location=what.place,
                    default_service=what.service_s,
                    priority=REQUIRED_PRIORITY if what.required else round(scaled),
                    skills={self._skills[tuple(days)]} if tuple(days) in self._skills else None,
                    time_windows=windows,
                )
            )
        return jobs

    @property
    def _nowhere(self) -> int:
        """The row from which every place is no way at all: VROOM wants a day to start or to end somewhere."""
        return len(self._tables[0]) - 1

    def _vehicle(self, day: int, ends: Ends, order: Order) -> Any:
        rules, shift = self.task.problem.days[day], day * self.stride
        inner = ends.inner(order)
        breaks = ((i, rules.breaks[i]) for i in ends.breaks)
        return vroom.Vehicle(
            day,
            start=self._nowhere if ends.start is None and ends.end is None else ends.start,
            end=ends.end,
            profile=str(rules.matrix),
            time_window=(shift + ends.start_s, shift + ends.end_s),
            skills={number for days, number in self._skills.items() if day in days},
            breaks=[vroom.Break(i, time_windows=[_moved(pause.window, shift)], service=pause.duration_s) for i, pause in breaks],
            max_travel_time=ends.limit if ends.limit < NEVER else None,
            steps=[steps.VehicleStepStart(), *map(steps.VehicleStepSingle, inner), steps.VehicleStepEnd()] if inner else [],
        )


def _with_nowhere(matrix: Matrix) -> npt.NDArray[np.uint32]:
    return np.pad(np.ascontiguousarray(matrix.clip(max=UNREACHABLE), dtype=np.uint32), (0, 1))


def _moved(window: Window, shift: int) -> Window:
    return window[0] + shift, window[1] + shift
