"""A rep's day is planned: the right customers, at the right times, with the reasons, and nobody's change is overwritten."""

from __future__ import annotations

from datetime import datetime, time
from uuid import uuid4

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.services import planning, plans
from tests.days import MONDAY, Make, add_office, entry_of, look, make_town, open_day, tools_on, wall


def test_a_day_is_planned_with_times_reasons_and_totals(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    add_office(database)
    meeting = make_customer("約束商店", owner=aiko, lat=34.35, lon=134.05, next_on=MONDAY, next_time=time(14, 0))
    make_town(make_customer, aiko, 8)
    plan_id = open_day(database, aiko, now)
    seen: list[int] = []
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now, shown=lambda: seen.append(look(database, aiko, plan_id, now).version))
    plan = look(database, aiko, plan_id, now)
    assert plan.is_solved and not plan.is_stale and len(plan.stops) >= 6
    assert len(seen) == 3 and seen == sorted(set(seen))
    stop = entry_of(plan, meeting)
    assert wall(stop.starts_at) == time(14, 0)
    assert all(stop.why for stop in plan.stops)
    assert plan.start is not None and plan.start.name == "本社"
    print(plan)
