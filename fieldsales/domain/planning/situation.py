"""A plan as its explanations look at it: what would fit where, as it stands and with single rules relaxed.

Everything is found by inserting one visit into the orders as they are, with exact times: so what is said to fit does fit,
and the work stays small. Relaxed rules are tried for all visits at once and only when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from fieldsales.domain.planning.facts import Facts
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import Day, Problem, Seconds, Visit
from fieldsales.domain.planning.timetable import Timetable

Orders = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Room for a visit: on a day, before the stop at a position, for so much more travel."""

    travel_s: Seconds
    day: int
    position: int


class Situation:
    """A problem, its plan, and what is known about the customers by visit id."""

    def __init__(self, problem: Problem, plan: Plan, facts: Mapping[str, Facts]) -> None:
        self.problem, self.facts = problem, facts
        self.orders: Orders = plan.orders()
        self.left: tuple[int, ...] = plan.left_out(problem)
        self.tables = [Timetable(problem, day) for day in range(len(problem.days))]
        self._found: dict[str, dict[int, tuple[Place, ...]]] = {}
        self._saved: dict[int, Seconds] = {}
        self.room = self.find("as it stands", self.left)
        self.alone = {visit for visit in self.left if any(table.fits([visit]) for table in self.tables)}
        self.squeezed: tuple[int, ...] = tuple(visit for visit in self.left if not self.room[visit] and visit in self.alone)

    @cached_property
    def doors_open(self) -> Problem:
        """The problem with every visit that is left out open all through the days on which it is open at all."""
        left, days = set(self.left), self.problem.days
        visits = tuple(
            replace(v, windows=tuple(((0, day.end_s),) if w else () for day, w in zip(days, v.windows, strict=True))) if i in left else v
            for i, v in enumerate(self.problem.visits)
        )
        return replace(self.problem, visits=visits)

    def name(self, visit: int) -> str:
        """Return what a customer is called."""
        known = self.facts.get(self.problem.visits[visit].id)
        return known.name if known else self.problem.visits[visit].id

    def open_days(self, visit: int) -> list[int]:
        """Return the days on which a visit may begin at all."""
        return [day for day, windows in enumerate(self.problem.visits[visit].windows) if windows]

    def find(
        self,
        key: str,
        visits: Sequence[int],
        *,
        problem: Problem | None = None,
        orders: Orders | None = None,
        days: Collection[int] | None = None,
    ) -> dict[int, tuple[Place, ...]]:
        """Return where each of `visits` fits, the least travel first; kept under `key`.

        `problem`, `orders` and `days` say by other rules, into other orders, on which days alone.
        """
        if key in self._found:
            return self._found[key]
        found: dict[int, list[Place]] = {visit: [] for visit in visits}
        for day, table in enumerate(self.tables):
            order = (self.orders if orders is None else orders)[day]
            table = table if problem is None else table.under(problem)
            if (days is None or day in days) and table.fits(order):
                for visit, insertions in table.insertions(order, visits).items():
                    found[visit] += [Place(i.travel_s, day, i.position) for i in insertions]
        self._found[key] = {visit: tuple(sorted(places)) for visit, places in found.items()}
        return self._found[key]

    def with_days(self, change: Callable[[Day], Day]) -> Problem:
        """Return the problem with every day changed."""
        return replace(self.problem, days=tuple(change(day) for day in self.problem.days))

    def with_visit(self, visit: int, changed: Visit) -> Problem:
        """Return the problem with one visit changed."""
        visits = self.problem.visits
        return replace(self.problem, visits=(*visits[:visit], changed, *visits[visit + 1 :]))

    def longer(self, day: int, position: int, visit: int) -> tuple[int, ...]:
        """Return the order of a day with a visit put in."""
        order = self.orders[day]
        return (*order[:position], visit, *order[position:])

    @cached_property
    def optional_stops(self) -> list[tuple[int, int]]:
        """The (day, visit) of the stops that nobody requires, the least valuable first."""
        stops = [(day, visit) for day, order in enumerate(self.orders) for visit in order if not self.problem.visits[visit].required]
        return sorted(stops, key=lambda stop: (self.problem.visits[stop[1]].value, stop))

    def without(self, day: int, gone: Collection[int]) -> tuple[Orders, Seconds]:
        """Return the orders without some stops of one day, and how much travel that saves (less than 0 when it costs some)."""
        order = tuple(visit for visit in self.orders[day] if visit not in gone)
        return (*self.orders[:day], order, *self.orders[day + 1 :]), self.travel_s(day, self.orders[day]) - self.travel_s(day, order)

    def travel_s(self, day: int, order: Sequence[int]) -> Seconds:
        """Return the travel of a day with its stops in this order, none without stops."""
        return sum(self.tables[day].legs(order)) if order else 0

    def cost(self, travel_s: Seconds) -> float:
        """Return what travel costs, in the points in which visits have their value."""
        return self.problem.value_per_minute * travel_s / 60

    def room_without(self, day: int, stop: int) -> tuple[dict[int, tuple[Place, ...]], Seconds]:
        """Return where the squeezed visits fit on a day without one of its stops, and the travel that its absence saves."""
        if stop not in self._saved:
            orders, self._saved[stop] = self.without(day, {stop})
            self.find(f"without {stop}", self.squeezed, orders=orders, days=(day,))
        return self._found[f"without {stop}"], self._saved[stop]
