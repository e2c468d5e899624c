"""Planned days as they stand in the database, for tests of what is made of them; how they come about is tested elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Place, Plan, PlanStop, User
from fieldsales.domain.planning.outcome import Outcome, RestTaken, Spot, outcome_to_json
from fieldsales.domain.words import PlaceKind, PlanState

TOKYO = ZoneInfo("Asia/Tokyo")


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """Return the moment at which clocks in Tokyo show this time."""
    return datetime.combine(day, time(hour, minute), tzinfo=TOKYO).astimezone(UTC)


def keep_plan(
    database: Database,
    whose: User,
    customers: Sequence[Customer],
    day: date,
    *,
    stop: dict[str, Any] | None = None,
    from_home: bool = False,
    **values: Any,
) -> int:
    """Store a plan and return its id: from the office at 8:30, stops of half an hour at 9, 10, 11 …, lunch at noon, back at 17:30.

    It is accepted, and its way is 77 km, unless `values` (columns of the plan) say otherwise; `stop` are columns of all its stops.
    """
    noon = moment(day, 12)
    start = _place(database, whose if from_home else None)
    outcome = Outcome(
        is_solved=True,
        starts_at=moment(day, 8, 30),
        ends_at=moment(day, 17, 30),
        rests=(RestTaken(0, "", noon, noon + timedelta(hours=1)),),
        start=start,
        end=start,
        travel_s=5_400,
        travel_m=77_000,
        visits=len(customers),
    )
    columns = {"state": PlanState.ACCEPTED, "zone": TOKYO.key, "outcome": outcome_to_json(outcome), "created_by_id": whose.id}
    columns |= {"user_id": whose.id, "changed_by_id": whose.id, "created_at": moment(day, 8), "changed_at": moment(day, 8)} | values
    with database.write() as session:
        plan = Plan(client_ref=uuid4(), day=day, **columns)
        session.add(plan)
        session.flush()
        for position, customer in enumerate(customers):
            begins = moment(day, 9 + position)
            times = {"arrives_at": begins, "starts_at": begins, "leaves_at": begins + timedelta(minutes=30), "promised_at": begins}
            found = {"position": position, "travel_s": 900, "travel_m": 7_700} | times | (stop or {})
            session.add(PlanStop(plan_id=plan.id, customer_id=customer.id, **found))
        return plan.id


def _place(database: Database, owner: User | None) -> Spot:
    """Store a place to start from: somebody's home, or everybody's office."""
    kind, name = (PlaceKind.HOME, "自宅") if owner is not None else (PlaceKind.OFFICE, "本社")
    place = Place(owner_id=owner.id if owner is not None else None, kind=kind, name=name, lat=35.68, lon=139.76)
    with database.write() as session:
        session.add(place)
        session.flush()
        return Spot(place.lat, place.lon, name, place.id)
