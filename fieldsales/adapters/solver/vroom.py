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
from fieldsales.adapters.solver.routes import Route
from fieldsales.adapters.solver.task import NEVER, Orders, Task
from fieldsales.adapters.solver.vroom_ends import Ends
from fieldsales.domain.planning.problem import UNREACHABLE, Matrix, Window

vroom = vroom_library.load()
steps = import_module("vroom.input.vehicle_step")
REQUIRED_PRIORITY = 100
OPTIONAL_PRIORITY = 60  # at most, beside required ones and lunch; alone they may use the whole scale
LONGEST_CALL = timedelta(seconds=30)  # a call takes milliseconds: this only ends what should never happen
LUNCH_SKILLS = 1_000_000  # the first of the skills that tie a day's lunch to it


class Vroom:
    """A task as VROOM takes it; jobs are made once, for a call of some milliseconds must not wait for Python."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.stride = self._clock_stride()
        self._tables = [_with_nowhere(matrix) for matrix in task.problem.travel_s]
        self._skills = self._skill_sets()
        self._jobs = self._make_jobs()

    def solve(self, offered: Iterable[int], orders: Orders | None = None) -> Orders | None:
        """Return orders of the offered visits; those that have to stand first or last are where `orders` have them.

        None when VROOM finds such a day impossible.
        """
        orders = [[] for _ in self.task.days] if orders is None else orders
        ends = [Ends(self.task, day, order) for day, order in enumerate(orders)]
        return self._answer(offered, ends, [self._vehicle(end, day) for day, end in enumerate(ends)], [])

    def improve(self, offered: Iterable[int], routes: Sequence[Route]) -> Orders | None:
        """Return orders of the offered visits that VROOM makes of these routes; None when it refuses them as a start.

        It does refuse most routes that have their break in the middle (it lays breaks out anew, and gives up when they do not
        fit; VROOM issues 1251 and 1340). So lunch goes there as a job at the place where the route has it.
        """
        ends = [Ends(self.task, day, route.order) for day, route in enumerate(routes)]
        vehicles, lunches = [], []
        for day, (end, route) in enumerate(zip(ends, routes, strict=True)):
            inner: list[int] = end.inner(route.order)
            lunch = route.lunch() if end.breaks else None
            if lunch is not None and end.is_free:
                lunches.append(self._lunch_job(day, lunch.place))
                inner.insert(lunch.gap, self.task.size + day)
                vehicles.append(self._vehicle(end, day, inner, breaks=()))
            else:
                vehicles.append(self._vehicle(end, day, inner))
        return self._answer(offered, ends, vehicles, lunches)

    def _answer(self, offered: Iterable[int], ends: Sequence[Ends], vehicles: Sequence[Any], lunches: Sequence[Any]) -> Orders | None:
        if not all(end.is_possible for end in ends):
            return None
        call = vroom.Input()
        for index, table in enumerate(self._tables):
            call.set_durations_matrix(str(index), table)
        for vehicle in vehicles:
            call._add_vehicle(vehicle)
        jobs = [job for visit in offered if (job := self._jobs[visit]) is not None]
        for job in (*jobs, *lunches):
            call._add_job(job)
        if not jobs:
            return [end.whole([]) for end in ends]
        try:
            answer = call._solve(exploration_level=0, nb_threads=1, timeout=LONGEST_CALL)
        except vroom._vroom.VroomInputException:
            return None
        return self._read(answer, ends)

    def _read(self, answer: Any, ends: Sequence[Ends]) -> Orders:
        rows = np.asarray(answer._routes_numpy())
        inner: Orders = [[] for _ in ends]
        for vehicle, kind, job in zip(rows["vehicle_id"].tolist(), rows["type"].tolist(), rows["id"].tolist(), strict=True):
            if kind == b"job" and job < self.task.size:
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
        something_required = any(task.required) or any(day.day.breaks for day in task.days)
        top = OPTIONAL_PRIORITY if something_required else REQUIRED_PRIORITY
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

    def _vehicle(self, ends: Ends, day: int, order: Sequence[int] = (), *, breaks: Sequence[int] | None = None) -> Any:
        """Return a day as a vehicle that starts with an order (of visits, or the number of a lunch)."""
        rules, shift = self.task.problem.days[day], day * self.stride
        pauses = [(i, rules.breaks[i]) for i in (ends.breaks if breaks is None else breaks)]
        return vroom.Vehicle(
            day,
            start=self._nowhere if ends.start is None and ends.end is None else ends.start,
            end=ends.end,
            profile=str(rules.matrix),
            time_window=(shift + ends.start_s, shift + ends.end_s),
            skills={number for days, number in self._skills.items() if day in days} | {LUNCH_SKILLS + day},
            breaks=[vroom.Break(i, time_windows=[_moved(pause.window, shift)], service=pause.duration_s) for i, pause in pauses],
            max_travel_time=ends.limit if ends.limit < NEVER else None,
            steps=[steps.VehicleStepStart(), *map(steps.VehicleStepSingle, order), steps.VehicleStepEnd()] if order else [],
        )

    def _lunch_job(self, day: int, place: int) -> Any:
        """Return the one break of a day as a job that only this day may do."""
        (pause,) = self.task.problem.days[day].breaks
        return vroom.Job(
            self.task.size + day,
            location=place,
            default_service=pause.duration_s,
            priority=REQUIRED_PRIORITY,
            skills={LUNCH_SKILLS + day},
            time_windows=[_moved(pause.window, day * self.stride)],
        )


def _with_nowhere(matrix: Matrix) -> npt.NDArray[np.uint32]:
    return np.pad(np.ascontiguousarray(matrix.clip(max=UNREACHABLE), dtype=np.uint32), (0, 1))


def _moved(window: Window, shift: int) -> Window:
    return window[0] + shift, window[1] + shift
