"""When each stop of a given order is reached, begun and left: as early as it can be, or as it comes when a person ordered it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldsales.domain.planning.plan import DayPlan, Rest, Stop
from fieldsales.domain.planning.problem import UNREACHABLE, Problem, Seconds
from fieldsales.domain.planning.timetable import Labels, Timetable


@dataclass(frozen=True, slots=True)
class SoftDay:
    """A day as it comes when the order is kept whatever breaks: always a plan, and what is wrong with it.

    `late_s` says for each stop how long after its hours it begins (0 when in time; one that is closed all day is late since
    the day began), `rests_late_s` the same for each rest, `over_s` how long after its end the day ends, `travel_over_s` how much
    travel there is over the limit. `no_way` are the legs (0 is the first) without any way, counted as no travel.
    """

    plan: DayPlan
    late_s: tuple[Seconds, ...]
    rests_late_s: tuple[Seconds, ...] = ()
    over_s: Seconds = 0
    travel_over_s: Seconds = 0
    no_way: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Path:
    """One way to get up to a stop: breaks `taken` before it begins, total lateness so far, and when it is left."""

    late: Seconds
    leave: Seconds
    taken: int
    begin: Seconds
    before: _Path | None


def earliest(problem: Problem, day: int, order: Sequence[int]) -> DayPlan | None:
    """Return the plan of a day that ends earliest with its stops in this order, None when nothing in time is possible.

    `order` are indices of visits, `day` the index of the day. One sets out as late as the first stop allows.
    """
    return earliest_on(Timetable(problem, day), order)


def earliest_on(table: Timetable, order: Sequence[int]) -> DayPlan | None:
    """Return what `earliest` does, on a timetable that was made before."""
    legs = table.legs(order)
    if not order:
        return _day_off(table)
    if not (table.stands_right(order) and table.travels(legs)):
        return None
    forward = table.forward(order, legs)
    end = table.finish(forward[-1], legs[-1])
    if end is None:
        return None
    taken = _sets_taken(table, order, legs, forward, end)
    service = [table.problem.visits[visit].service_s for visit in order]
    begins = [_known(labels[mask]) - took for labels, mask, took in zip(forward[1:], taken[1:], service, strict=True)]
    return _laid_out(table, order, legs, taken, begins, end)


def soft(problem: Problem, day: int, order: Sequence[int]) -> SoftDay:
    """Return the day with its stops in this order, whatever is late: the least lateness in all, then the earliest end.

    Who comes after one window waits for the next; who comes after the last one is late.
    """
    table = Timetable(problem, day)
    strict = earliest_on(table, order)
    if strict is not None:
        return SoftDay(strict, (0,) * len(order), (0,) * len(strict.rests))
    legs = table.legs(order)
    no_way = tuple(i for i, leg in enumerate(legs) if leg >= UNREACHABLE)
    legs = [0 if leg >= UNREACHABLE else leg for leg in legs]
    paths = [_Path(0, table.day.start_s, 0, table.day.start_s, None)]
    for visit, leg in zip(order, legs, strict=False):
        paths = _best([_to_stop(table, path, visit, leg, after, step) for path in paths for after, step in _late_steps(table, path, leg)])
    last = legs[-1]
    ends = [
        (path.late + late + max(0, ready - table.day.end_s), ready, path)
        for path in paths
        for late, ready in table.rests.late_choices(path.leave, last, table.rests.all & ~path.taken)
    ]
    _, end, found = min(ends, key=lambda choice: choice[:2])
    taken, begins = _unwound(found)
    plan = _laid_out(table, order, legs, taken, begins, end, lenient=True)
    limit = table.day.max_travel_s
    return SoftDay(
        plan,
        late_s=tuple(_late(table, stop.visit, stop.start_s) for stop in plan.stops),
        rests_late_s=tuple(max(0, rest.start_s - table.day.breaks[rest.pause].window[1]) for rest in plan.rests),
        over_s=max(0, plan.end_s - table.day.end_s),
        travel_over_s=0 if limit is None else max(0, plan.travel_s - limit),
        no_way=no_way,
    )


def slack_s(problem: Problem, day: int, plan: DayPlan) -> tuple[Seconds, ...]:
    """Return for each stop how much later it could begin without anything breaking, there or after it; 0 where something is broken.

    The breaks taken before it stay where they are; those after it may move.
    """
    table = Timetable(problem, day)
    order = [stop.visit for stop in plan.stops]
    latest = table.backward(order, table.legs(order))
    slack = []
    for stop, labels in zip(plan.stops, latest, strict=False):
        taken = sum(1 << rest.pause for rest in plan.rests if rest.end_s <= stop.start_s and rest.start_s < stop.departure_s)
        begin = labels[taken]
        slack.append(0 if begin is None else max(0, begin - stop.start_s))
    return tuple(slack)


def _day_off(table: Timetable) -> DayPlan:
    return DayPlan((), (), table.day.start_s, table.day.start_s, 0, 0)


def _known(moment: Seconds | None) -> Seconds:
    if moment is None:
        raise AssertionError("a time that led to a plan is not there")
    return moment


def _sets_taken(table: Timetable, order: Sequence[int], legs: Sequence[Seconds], forward: list[Labels], end: Seconds) -> list[int]:
    """Return the breaks taken up to each departure; where several ways are as early, breaks are taken as soon as possible."""
    masks = range(table.rests.all, -1, -1)
    ways = (m for m in masks if (t := forward[-1][m]) is not None and table.rests.ready(t, legs[-1], table.rests.all & ~m) == end)
    taken = [next(ways)]
    for i in range(len(order) - 1, -1, -1):
        after = taken[0]
        begin = _known(forward[i + 1][after]) - table.problem.visits[order[i]].service_s
        for before in masks:
            leave = forward[i][before]
            if before & after != before or leave is None:
                continue
            ready = table.rests.ready(leave, legs[i], after & ~before)
            if ready is not None and table.may_begin(order[i], ready) == begin:
                taken.insert(0, before)
                break
    return taken


def _laid_out(
    table: Timetable, order: Sequence[int], legs: Sequence[Seconds], taken: Sequence[int], begins: Sequence[Seconds], end: Seconds, *,
    lenient: bool = False,
) -> DayPlan:  # fmt: skip
    """Return the plan of a day whose beginnings, and whose breaks between them, are known."""
    rests, start, arrival = _set_out(table, legs[0], taken[1], begins[0], lenient=lenient)
    stops = []
    for i, (visit, begin) in enumerate(zip(order, begins, strict=True)):
        leave = begin + table.problem.visits[visit].service_s
        stops.append(Stop(visit, arrival, begin, leave))
        until, after = (begins[i + 1], taken[i + 2]) if i + 1 < len(order) else (end, table.rests.all)
        placed, arrival = table.rests.place(leave, legs[i + 1], after & ~taken[i + 1], until, lenient=lenient)
        rests += [table.rests.rest(k, at) for k, at in placed]
    travel = sum(legs)
    service = sum(stop.departure_s - stop.start_s for stop in stops)
    resting = sum(rest.end_s - rest.start_s for rest in rests if rest.start_s >= start)
    return DayPlan(tuple(stops), tuple(rests), start, end, travel, end - start - travel - service - resting)


def _set_out(table: Timetable, leg: Seconds, taken: int, begin: Seconds, *, lenient: bool) -> tuple[list[Rest], Seconds, Seconds]:
    """Return the rests before the first stop, the latest time to set out, and when one arrives."""
    placed = table.rests.earliest(table.day.start_s, taken, begin)
    if placed is None:
        placed, _ = table.rests.place(table.day.start_s, leg, taken, begin, lenient=lenient)
    rests = [table.rests.rest(k, at) for k, at in placed]
    until, arrival = begin, None
    for rest in reversed(rests):
        if leg <= until - rest.end_s:
            break
        if until > rest.end_s and arrival is None:
            arrival = until
        leg -= until - rest.end_s
        until = rest.start_s
    return rests, until - leg, until if arrival is None else arrival


def _late_steps(table: Timetable, path: _Path, leg: Seconds) -> list[tuple[int, tuple[Seconds, Seconds]]]:
    return [
        (taken, choice)
        for taken in range(table.rests.all + 1)
        if taken & path.taken == path.taken
        for choice in table.rests.late_choices(path.leave, leg, taken & ~path.taken)
    ]


def _to_stop(table: Timetable, path: _Path, visit: int, leg: Seconds, taken: int, choice: tuple[Seconds, Seconds]) -> _Path:
    late, ready = choice
    begin = table.may_begin(visit, ready)
    begin = ready if begin is None else begin
    return _Path(path.late + late + _late(table, visit, begin), begin + table.problem.visits[visit].service_s, taken, begin, path)


def _best(paths: Sequence[_Path]) -> list[_Path]:
    """Return the paths that no other with the same breaks taken is as good as, in lateness and in time."""
    kept: list[_Path] = []
    for path in sorted(paths, key=lambda p: (p.late, p.leave, -p.taken)):
        if not any(other.taken == path.taken and other.leave <= path.leave for other in kept):
            kept.append(path)
    return kept


def _unwound(path: _Path) -> tuple[list[int], list[Seconds]]:
    taken, begins = [path.taken], [path.begin]
    while path.before is not None:
        path = path.before
        taken.insert(0, path.taken)
        begins.insert(0, path.begin)
    return taken, begins[1:]


def _late(table: Timetable, visit: int, begin: Seconds) -> Seconds:
    windows = table.windows(visit)
    if not windows:
        return max(1, begin - table.day.start_s)
    return max(0, begin - windows[-1][1])
