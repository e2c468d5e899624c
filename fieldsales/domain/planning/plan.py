"""A plan: which visits are made on which day, in which order, and when; the answer to a `Problem`."""

from __future__ import annotations

from dataclasses import dataclass

from fieldsales.domain.planning.problem import Problem, Seconds


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit made (an index into the problem's visits): reached, begun and left at these times of its day."""

    visit: int
    arrival_s: Seconds
    start_s: Seconds
    departure_s: Seconds


@dataclass(frozen=True, slots=True)
class Rest:
    """One break taken (an index into the day's breaks)."""

    pause: int
    start_s: Seconds
    end_s: Seconds


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One day: set out at `start_s`, the stops in order, the rests in order of time, back (or done) at `end_s`.

    A day without stops has no rests either and begins and ends at the day's beginning. `travel_s` is the sum of its legs,
    `wait_s` the time before doors open; rests count as neither.
    """

    stops: tuple[Stop, ...]
    rests: tuple[Rest, ...]
    start_s: Seconds
    end_s: Seconds
    travel_s: Seconds
    wait_s: Seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """One `DayPlan` for each day of the problem, in the problem's order."""

    days: tuple[DayPlan, ...]

    def made(self) -> frozenset[int]:
        """Return the visits that are made."""
        return frozenset(stop.visit for day in self.days for stop in day.stops)

    def left_out(self, problem: Problem) -> tuple[int, ...]:
        """Return the visits that are not made, in the problem's order."""
        made = self.made()
        return tuple(i for i in range(len(problem.visits)) if i not in made)

    def value(self, problem: Problem) -> float:
        """Return what the visits made are worth."""
        return sum(problem.visits[stop.visit].value for day in self.days for stop in day.stops)

    def travel_s(self) -> Seconds:
        """Return the travel of all days."""
        return sum(day.travel_s for day in self.days)

    def worth(self, problem: Problem) -> float:
        """Return what a plan is judged by: the value of its visits less the cost of its travel."""
        return self.value(problem) - problem.value_per_minute * self.travel_s() / 60

    def orders(self) -> tuple[tuple[int, ...], ...]:
        """Return the visits of each day in order."""
        return tuple(tuple(stop.visit for stop in day.stops) for day in self.days)
