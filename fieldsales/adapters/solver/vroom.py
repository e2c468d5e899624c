"""One call of VROOM (`pyvroom`): the best orders it finds from nothing, or starting from orders that are there.

VROOM knows breaks, several windows and days as vehicles. It maximises a sum of priorities (0 to 100), then the number of
visits, then minimises travel: that a visit is required, that it is not worth its drive, or has to stand first, is our work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import vroom
from vroom.input.vehicle_step import VehicleStepEnd, VehicleStepSingle, VehicleStepStart

from fieldsales.adapters.solver.task import NEVER, Order, Orders, Task
from fieldsales.domain.planning.problem import UNREACHABLE, Matrix

REQUIRED_PRIORITY = 100
OPTIONAL_PRIORITY = 30  # at most, beside required ones; alone they may use the whole scale
LONGEST_CALL_S = 30.0


class Vroom:
    """A task as VROOM takes it; jobs are made once, for a call of some milliseconds must not wait for Python."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.stride = self._clock_stride()
        self.ends = [Ends(task, day) for day in range(len(task.days))]
        self._tables = [_with_nowhere(matrix) for matrix in task.problem.travel_s]
        self._skills = self._skill_sets()
        self._jobs = self._make_jobs()

    def solve(
        self,
        offered: Iterable[int],
        orders: Orders | None = None,
        *,
        days: Sequence[int] | None = None,
        level: int = 0,
        seconds: float = LONGEST_CALL_S,
    ) -> Orders | None:
        """Return orders of the offered visits, starting from `orders` when given; None when VROOM refuses that start.

        With `days` only those are worked on; of `orders` the others stay, and `offered` has to leave out their visits.
        """
        days = range(len(self.task.days)) if days is None else days
        call = vroom.Input()
        for index, table in enumerate(self._tables):
            call.set_durations_matrix(str(index), table)
        for day in days:
            call._add_vehicle(self._vehicle(day, None if orders is None else orders[day]))
        jobs = self._jobs
        some = False
        for visit in offered:
            if (job := jobs[visit]) is not None and (len(days) == len(self.ends) or self._may_be_on(visit, days)):
                call._add_job(job)
                some = True
        if not some:
            return [list(orders[day]) if orders is not None else end.only() for day, end in enumerate(self.ends)]
        try:
            answer = call._solve(exploration_level=level, nb_threads=1, timeout=timedelta(seconds=seconds))
        except vroom._vroom.VroomInputException:
            return None
        return self._read(answer, days, orders)

    def _read(self, answer: Any, days: Sequence[int], before: Orders | None) -> Orders:
        steps = np.asarray(answer._routes_numpy())
        orders: Orders = [[] for _ in self.ends]
        for vehicle, kind, job in zip(steps["vehicle_id"].tolist(), steps["type"].tolist(), steps["id"].tolist(), strict=True):
            if kind == b"job":
                orders[vehicle].append(job)
        return [
            list(before[day]) if before is not None and day not in days else end.whole(orders[day]) for day, end in enumerate(self.ends)
        ]

    def _may_be_on(self, visit: int, days: Sequence[int]) -> bool:
        return any(day in days for day in self.task.allowed[visit])

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
        held = {visit for end in self.ends for visit in (end.first, end.last) if visit is not None}
        most = max((task.value[v] for v in range(task.size) if not task.required[v]), default=0.0)
        top = OPTIONAL_PRIORITY if any(task.required) else REQUIRED_PRIORITY
        whole = all(value == int(value) for value in task.value) and most <= top
        jobs: list[Any] = []
        for visit, what in enumerate(task.problem.visits):
            days = task.allowed[visit]
            if not days or visit in held or what.fixed is not None:
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

    def _vehicle(self, day: int, order: Order | None) -> Any:
        rules, ends, shift = self.task.problem.days[day], self.ends[day], day * self.stride
        steps: list[Any] = []
        if order is not None and (inner := ends.inner(order)):
            steps = [VehicleStepStart(), *(VehicleStepSingle(visit) for visit in inner), VehicleStepEnd()]
        return vroom.Vehicle(
            day,
            start=self._nowhere if ends.start is None and ends.end is None else ends.start,
            end=ends.end,
            profile=str(rules.matrix),
            time_window=(shift + ends.start_s, shift + ends.end_s),
            skills={number for days, number in self._skills.items() if day in days},
            breaks=[
                vroom.Break(i, time_windows=[(shift + rules.breaks[i].window[0], shift + rules.breaks[i].window[1])], service=rules.breaks[i].duration_s)
                for i in ends.breaks
            ],
            max_travel_time=ends.limit if ends.limit < NEVER else None,
            steps=steps,
        )


def _with_nowhere(matrix: Matrix) -> npt.NDArray[np.uint32]:
    return np.pad(np.ascontiguousarray(matrix.clip(max=UNREACHABLE), dtype=np.uint32), (0, 1))


class Ends:
    """Where and when a day begins and ends for VROOM, which knows nothing of a visit that has to stand first or last.

    Such a visit becomes the vehicle's start or end, and what happens before or after it is taken off the shift.
    """

    def __init__(self, task: Task, day: int, first: int | None = None, last: int | None = None) -> None:
        rules = task.problem.days[day]
        self.first, self.last = first, last
        self.start, self.end = rules.start, rules.end
        self.start_s, self.end_s, self.limit = rules.start_s, rules.end_s, task.days[day].limit
        self.breaks = tuple(sorted(range(len(rules.breaks)), key=lambda i: rules.breaks[i].window))

    def inner(self, order: Order) -> Order:
        """Return the visits between."""
        return [visit for visit in order if visit != self.first and visit != self.last]

    def only(self) -> Order:
        """Return the order of a day with nothing between."""
        return [visit for visit in (self.first, self.last) if visit is not None]

    def whole(self, inner: Order) -> Order:
        """Return the order of a day with these visits between."""
        return [*([] if self.first is None else [self.first]), *inner, *([] if self.last is None else [self.last])]
