"""Other engines on the problems of our planner, for comparison alone: plain VROOM, PyVRP, OR-Tools. Each returns an order a day.

PyVRP knows no breaks: it plans days that are shorter by them, and what then does not fit beside lunch is taken out again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise

import pyvrp
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from pyvrp.stop import MaxRuntime

from fieldsales.adapters.solver.task import Task
from fieldsales.adapters.solver.vroom import Vroom
from fieldsales.domain.planning import schedule
from fieldsales.domain.planning.problem import Problem

Orders = list[list[int]]
Rival = Callable[[Problem, float], Orders]
PRIZE = 3000  # what a point of value is beside a second of travel, in whole numbers: visits first, then travel
REQUIRED = 10**12


def plain_vroom(problem: Problem, seconds: float) -> Orders:
    """One call of VROOM, with required visits at the highest priority."""
    del seconds  # it ends by itself
    task = Task(problem)
    return fitting(problem, Vroom(task).solve(range(task.size)) or [[] for _ in problem.days])


def pyvrp_search(problem: Problem, seconds: float) -> Orders:
    """PyVRP, a prize for each optional visit, several windows as a group of which one is chosen."""
    model = pyvrp.Model()
    stride = _stride(problem)
    table = problem.travel_s[0].tolist()
    places = [model.add_location(0, 0) for _ in table]
    depot = model.add_depot(places[0])
    clients: list[int] = []  # the visit of each
    for index, visit in enumerate(problem.visits):
        windows = sorted({(d * stride + a, d * stride + b) for d, shown in enumerate(visit.windows) for a, b in shown})
        group = model.add_client_group(required=visit.required) if len(windows) > 1 else None
        for opens, closes in windows:
            model.add_client(
                places[visit.place],
                service_duration=visit.service_s,
                tw_early=opens,
                tw_late=closes,
                prize=0 if visit.required else round(visit.value * PRIZE),
                required=group is None and visit.required,
                group=group,
            )
            clients.append(index)
    for leaves, row in enumerate(table):
        for reaches, between_s in enumerate(row):
            if leaves != reaches:
                model.add_edge(places[leaves], places[reaches], between_s, between_s)
    for d, day in enumerate(problem.days):
        over_s = d * stride + day.end_s - sum(pause.duration_s for pause in day.breaks)
        model.add_vehicle_type(1, start_depot=depot, end_depot=depot, tw_early=d * stride + day.start_s, tw_late=over_s)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says of each client whose window never fits
        found = model.solve(MaxRuntime(seconds), seed=1, display=False)
    orders: Orders = [[] for _ in problem.days]
    for route in found.best.routes():
        orders[route.vehicle_type()] = [clients[stop.idx] for stop in route.schedule() if stop.is_client()]
    return fitting(problem, orders)


def _stride(problem: Problem) -> int:
    """Return how far the clocks of the days lie apart: not at all where no visit can tell them apart."""
    alike = all(len(set(visit.windows)) == 1 for visit in problem.visits)
    return 0 if alike else max(day.end_s for day in problem.days) + 1


def or_tools(problem: Problem, seconds: float) -> Orders:
    """OR-Tools' routing library with guided local search; breaks, several windows and prizes as it has them."""
    days = problem.days
    stride = _stride(problem)
    nodes = [0, *(visit.place for visit in problem.visits)]
    table, service = problem.travel_s[0].tolist(), [0, *(visit.service_s for visit in problem.visits)]
    manager = pywrapcp.RoutingIndexManager(len(nodes), len(days), 0)
    routing = pywrapcp.RoutingModel(manager)
    travel = routing.RegisterTransitCallback(lambda a, b: table[nodes[manager.IndexToNode(a)]][nodes[manager.IndexToNode(b)]])
    spent = routing.RegisterTransitCallback(
        lambda a, b: service[manager.IndexToNode(a)] + table[nodes[manager.IndexToNode(a)]][nodes[manager.IndexToNode(b)]]
    )
    routing.SetArcCostEvaluatorOfAllVehicles(travel)
    end = (len(days) - 1) * stride + max(day.end_s for day in days)
    routing.AddDimension(spent, end, end, False, "time")
    time = routing.GetDimensionOrDie("time")
    for index, visit in enumerate(problem.visits):
        node = manager.NodeToIndex(index + 1)
        windows = sorted({(d * stride + a, d * stride + b) for d, shown in enumerate(visit.windows) for a, b in shown})
        worth = REQUIRED if visit.required else round(visit.value * PRIZE)
        routing.AddDisjunction([node], worth)
        if windows:
            moment = time.CumulVar(node)
            moment.SetRange(windows[0][0], windows[-1][1])
            for before, after in pairwise(windows):
                moment.RemoveInterval(before[1] + 1, after[0] - 1)
    spent_at = [0] * routing.Size()
    for node in range(1, len(nodes)):
        spent_at[manager.NodeToIndex(node)] = service[node]
    solver = routing.solver()
    for d, day in enumerate(days):
        for moment in (time.CumulVar(routing.Start(d)), time.CumulVar(routing.End(d))):
            moment.SetRange(d * stride + day.start_s, d * stride + day.end_s)
        pauses = [
            solver.FixedDurationIntervalVar(d * stride + p.window[0], d * stride + p.window[1], p.duration_s, False, f"{d}.{i}")
            for i, p in enumerate(day.breaks)
        ]
        if pauses:
            time.SetBreakIntervalsOfVehicle(pauses, d, spent_at)
    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.time_limit.FromMilliseconds(int(seconds * 1000))
    found = routing.SolveWithParameters(how)
    return fitting(problem, [_order(found, routing, manager, d) for d in range(len(days))] if found else [[] for _ in days])


def fitting(problem: Problem, orders: Sequence[Sequence[int]]) -> Orders:
    """Return what of each order has times, in that order: the required visits first, then those worth most."""
    fitted: Orders = []
    for day, order in enumerate(orders):
        kept: list[int] = []
        for visit in sorted(order, key=lambda visit: (not problem.visits[visit].required, -problem.visits[visit].value)):
            tried = [other for other in order if other in kept or other == visit]
            if schedule.earliest(problem, day, tried) is not None:
                kept = tried
        fitted.append(kept)
    return fitted


def _order(found: pywrapcp.Assignment, routing: pywrapcp.RoutingModel, manager: pywrapcp.RoutingIndexManager, day: int) -> list[int]:
    order, here = [], found.Value(routing.NextVar(routing.Start(day)))
    while not routing.IsEnd(here):
        order.append(manager.IndexToNode(here) - 1)
        here = found.Value(routing.NextVar(here))
    return order
