"""The demo's planned days: where the reps start, today's plan of each as accepted last night and partly done, tomorrow's as a draft.

Made by the same services and the same solver as everybody's plans, in the demo's own transaction. Roads are estimated: no server
is asked while the transaction is open.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldsales.adapters.solver import build_solver
from fieldsales.adapters.travel_times import build_travel_times
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Place, PlaceLink, PlanStop, User, WorkDay
from fieldsales.demo.appointments import hard_to_keep
from fieldsales.demo.inventing import SEED
from fieldsales.demo.people import HABITS, Habits
from fieldsales.demo.phrases import write_note
from fieldsales.demo.rows import Cast
from fieldsales.demo.times import moment_of
from fieldsales.domain.planning.day_rules import DayRules, Whence, Whither, rules_to_json
from fieldsales.domain.planning.explain import explain
from fieldsales.domain.words import Outcome, PlaceKind, TravelMode
from fieldsales.services.planning.plan_access import stops_of
from fieldsales.services.planning.plan_pools import each_its_own
from fieldsales.services.planning.plan_results import read_plan_of, say, with_lines
from fieldsales.services.planning.plan_solving import Found, Tools, by_the_bird, draw_lines, first_found, problem_of
from fieldsales.services.planning.plan_storing import store_days
from fieldsales.services.planning.plan_task import read_task
from fieldsales.services.planning.plans import accept_plan, add_plan
from fieldsales.services.visits.visits import record_visit

_OFFICES = (("東京本社", "東京都千代田区丸の内1-9-1", 35.68124, 139.76712), ("大阪支店", "大阪府大阪市北区梅田3-1-3", 34.70265, 135.49503))
_STATIONS = (("東京駅", "東京都千代田区丸の内1丁目", 35.68139, 139.76608), ("新宿駅", "東京都新宿区新宿3丁目", 35.69037, 139.70044))
_MINUTES_BY_TRAIN = 18  # between the two, the wait on the platform included
_HOMES = {
    "rep1": ("神奈川県横浜市西区高島2丁目", 35.46528, 139.62222),
    "rep2": ("埼玉県さいたま市大宮区桜木町1丁目", 35.90640, 139.62265),
    "rep3": ("東京都世田谷区三軒茶屋2丁目", 35.64357, 139.67013),
    "rep4": ("愛知県名古屋市中村区名駅1丁目", 35.17091, 136.88154),
    "rep5": ("大阪府吹田市江坂町1丁目", 34.75842, 135.49696),
    "rep6": ("香川県高松市浜ノ町", 34.35050, 134.04694),
}
# Who does not leave from home by car: from an office, or by train.
_FROM_OFFICE = {"rep3": "東京本社", "rep5": "大阪支店"}
_BY_TRAIN = frozenset({"rep3"})
_EVENING = 18 * 60  # when everybody plans the days to come
_DONE = 0.5  # of today's stops at most, however late the demo is made
_OUTCOMES = (Outcome.MET, Outcome.MET, Outcome.QUOTE, Outcome.ABSENT)


def plan_days(session: Session, database: Database, cast: Cast, *, now: datetime) -> None:
    """Add the team's places, the reps' usual days and their plans; `now` decides how much of today's is done, and nothing else."""
    written_at = moment_of(cast.today - timedelta(days=1), _EVENING, cast.zone)
    offices = _add_places(session)
    tools = Tools(database, build_solver(), build_travel_times())
    chance = Random(SEED)
    for account in HABITS:
        user = session.scalars(select(User).where(User.id == cast.user_ids[account])).unique().one()
        _add_usual_day(session, user, account, offices, written_at)
        today, tomorrow = (
            _plan(session, tools, user, cast, day, chance, written_at=written_at) for day in (cast.today, cast.today + timedelta(days=1))
        )
        del tomorrow  # stays a draft
        route = sorted((stop for stop in stops_of(session, today) if stop.position is not None), key=lambda stop: stop.position or 0)
        if route:
            accept_plan(session, user, plan_id=today, now=written_at)
            _visit(session, user, cast, route[: int(len(route) * _DONE)], HABITS[account], now=now)


def _add_places(session: Session) -> dict[str, int]:
    """Add offices, stations and the train between them; return the offices by name."""
    offices = [Place(kind=PlaceKind.OFFICE, name=name, address=where, lat=lat, lon=lon) for name, where, lat, lon in _OFFICES]
    stations = [Place(kind=PlaceKind.STATION, name=name, address=where, lat=lat, lon=lon) for name, where, lat, lon in _STATIONS]
    session.add_all([*offices, *stations])
    session.flush()
    one, other = (station.id for station in stations)
    session.add_all(PlaceLink(from_id=a, to_id=b, minutes=_MINUTES_BY_TRAIN) for a, b in ((one, other), (other, one)))
    return {office.name: office.id for office in offices}


def _add_usual_day(session: Session, user: User, account: str, offices: dict[str, int], written_at: datetime) -> None:
    address, lat, lon = _HOMES[account]
    home = Place(owner_id=user.id, kind=PlaceKind.HOME, name="自宅", address=address, lat=lat, lon=lon)
    session.add(home)
    session.flush()
    rules = DayRules(
        begins=time(9, 0),
        ends=time(18, 0),
        whence=Whence.PLACE,
        start_place_id=offices.get(_FROM_OFFICE.get(account, ""), home.id),
        whither=Whither.START,
        mode=TravelMode.TRAIN if account in _BY_TRAIN else TravelMode.CAR,
    )
    session.add(WorkDay(user_id=user.id, rules=rules_to_json(rules), changed_at=written_at))
    session.flush()


def _plan(session: Session, tools: Tools, user: User, cast: Cast, day: date, chance: Random, *, written_at: datetime) -> int:
    """Add a planned day and return its id."""
    reference = UUID(int=chance.getrandbits(128), version=4)
    plan = add_plan(session, user, user, day=day, client_ref=reference, zone=cast.zone, now=written_at)
    found = _find_plan(session, tools, user, plan.id, at=written_at)
    made = found.made
    explained = explain(made.problem, found.plan, made.facts(), tools.solver.first_plan) if made.problem.visits else None
    lines = draw_lines(made, found.plan, by_the_bird)
    days = read_plan_of(made, found.plan, solver=tools.solver.name)
    results = [with_lines(result, ways) for result, ways in zip(days, lines, strict=True)]
    store_days(session, user, results, say(made, explained), versions={plan.id: plan.version}, now=written_at)
    return plan.id


def _find_plan(session: Session, tools: Tools, user: User, plan_id: int, *, at: datetime) -> Found:
    """Return the day's plan; of appointments that cannot all be kept some were agreed for the day without an hour."""
    (day,) = read_task(session, user.id, [plan_id]).days
    _forget_hours(session, [stop.id for stop in hard_to_keep(day)])
    while True:
        found = first_found(tools, problem_of(tools, read_task(session, user.id, [plan_id]), each_its_own, at=at))
        excluding = [[int(stop_id) for stop_id in conflict.params["ids"]] for conflict in found.conflicts]
        if not excluding:
            return found
        _forget_hours(session, [stop_id for ids in excluding for stop_id in ids[1:] or ids])


def _forget_hours(session: Session, stop_ids: Iterable[int]) -> None:
    for stop in session.scalars(select(PlanStop).where(PlanStop.id.in_(list(stop_ids)))):
        stop.fixed_at = None
        session.execute(update(Customer).where(Customer.id == stop.customer_id).values(next_time=None))
    session.flush()


def _visit(session: Session, user: User, cast: Cast, stops: Iterable[PlanStop], habits: Habits, *, now: datetime) -> None:
    """Record the visits of stops that are over by now, each as soon as it was."""
    chance = Random(SEED + user.id)
    for stop in list(stops):
        if stop.starts_at is None or stop.leaves_at is None or stop.leaves_at > now:
            return
        outcome = chance.choice(_OUTCOMES)
        record_visit(
            session,
            user,
            customer_id=stop.customer_id,
            visited_at=stop.starts_at,
            outcome=outcome,
            note=write_note(chance, outcome) if chance.random() < habits.notes else "",
            client_ref=UUID(int=chance.getrandbits(128), version=4),
            zone=cast.zone,
            now=stop.leaves_at,
        )
