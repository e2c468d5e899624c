"""The best plan of a few visits, found by looking at every set of them: by what was made, one keeps only what nothing beats."""

from __future__ import annotations

from fieldsales.adapters.solver.task import NEVER, DayTask, Labels, Order, Orders, Task
from fieldsales.domain.planning.problem import UNREACHABLE, Fixed

MOST_VISITS = 8
MOST_DAYS = 3
Partial = tuple[Labels, int, Order]  # times by breaks taken, travel so far, order
Sets = dict[int, tuple[int, Order]]  # visits as bits -> least travel, order


def is_small(task: Task) -> bool:
    """Say whether every plan can be looked at in a moment."""
    return sum(1 for days in task.allowed if days) <= MOST_VISITS and len(task.days) <= MOST_DAYS


def best_orders(task: Task) -> Orders:
    """Return the orders that score highest of all."""
    chosen: dict[int, tuple[int, Orders]] = {0: (0, [])}
    for day in range(len(task.days)):
        sets = _sets(task, day)
        longer: dict[int, tuple[int, Orders]] = {}
        for made, (travel, orders) in chosen.items():
            for more, (extra, order) in sets.items():
                if made & more:
                    continue
                known = longer.get(made | more)
                if known is None or travel + extra < known[0]:
                    longer[made | more] = travel + extra, [*orders, order]
        chosen = longer
    return max((orders for _, orders in chosen.values()), key=task.score)


def _sets(task: Task, day: int) -> Sets:
    """Return every set of visits that fits into a day, with the order of the least travel."""
    clock = task.days[day]
    visits = [visit for visit in range(task.size) if day in task.allowed[visit]]
    sets: Sets = {0: (0, [])}
    open_ones: dict[tuple[int, int], list[Partial]] = {}
    for visit in visits:
        _extend(task, clock, open_ones, 0, (clock.begin(), 0, []), clock.from_start[visit], visit)
    for _ in visits:
        grown: dict[tuple[int, int], list[Partial]] = {}
        for (made, here), partials in open_ones.items():
            for partial in partials:
                _close(clock, sets, made, here, partial)
                if task.fixed[here] is Fixed.LAST:
                    continue
                for there in visits:
                    if not made >> there & 1 and task.fixed[there] is not Fixed.FIRST:
                        _extend(task, clock, grown, made, partial, clock.legs[here][there], there)
        open_ones = grown
    return sets


def _extend(
    task: Task, clock: DayTask, grown: dict[tuple[int, int], list[Partial]], made: int, partial: Partial, leg: int, visit: int
) -> None:
    """Add a partial order with one visit more, unless another of the same visits is as early and has travelled no more."""
    labels, travel, order = partial
    travel += leg
    if leg >= UNREACHABLE or travel > clock.limit:
        return
    after = clock.make(clock.go(labels, leg), visit)
    if min(after) >= NEVER:
        return
    there = grown.setdefault((made | 1 << visit, visit), [])
    if any(_beats(other, after, travel) for other in there):
        return
    there[:] = [other for other in there if not (travel <= other[1] and all(a <= b for a, b in zip(after, other[0], strict=True)))]
    there.append((after, travel, [*order, visit]))


def _beats(other: Partial, labels: Labels, travel: int) -> bool:
    return other[1] <= travel and all(a <= b for a, b in zip(other[0], labels, strict=True))


def _close(clock: DayTask, sets: Sets, made: int, here: int, partial: Partial) -> None:
    """Remember a whole order when the day can end after it."""
    labels, travel, order = partial
    leg = clock.to_end[here]
    travel += leg
    if leg >= UNREACHABLE or travel > clock.limit or clock.go(labels, leg)[clock.all_rested] > clock.day.end_s:
        return
    if made not in sets or travel < sets[made][0]:
        sets[made] = travel, order
