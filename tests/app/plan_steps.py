"""What a person does on the plan page and sees there, for its tests."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Plan, User
from fieldsales.services.planning import plan_edits
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.ui.plan import plan_solving
from tests.days import MONDAY, look

ON = MONDAY.isoformat()


def rows(app: AppTest) -> dict[str, Any]:
    """Return what the list of stops was drawn with."""
    for element in app.get("bidi_component"):
        data = json.loads(element.proto.json)
        if "stops" in data:
            return dict(data)
    raise AssertionError("no list of stops is drawn")


def send(app: AppTest, name: str, **values: Any) -> AppTest:
    """Send what a person did in the list, as its script in the browser does."""
    app.session_state["plan_timeline"] = {name: {"plan": rows(app)["plan"], "n": str(uuid4()), **values}}
    return app.run()


def settled(app: AppTest) -> AppTest:
    """Wait until nothing is being planned, and show what came of it, as the page does by itself."""
    job = job_of(app)
    if job is not None:
        job.wait_for_step(99, seconds=30)
    return app.run()


def job_of(app: AppTest) -> plan_solving.Job | None:
    known = app.session_state["_plan_job"] if "_plan_job" in app.session_state else None  # noqa: SIM401 (it has no get)
    return known[1] if known else None


def planned(app: AppTest) -> AppTest:
    """Plan the day with the button."""
    app.button(key="plan_solve").click().run()
    return settled(app)


def stored(database: Database, user: User, app: AppTest, now: datetime) -> PlanView:
    return look(database, user, rows(app)["plan"], now)


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def said(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.error, app.warning, app.info, app.caption, app.markdown) for element in kind)


def plans_of(database: Database) -> list[Plan]:
    with database.read() as session:
        return list(session.scalars(select(Plan)))


def plan_edits_by_hand(database: Database, user: User, plan_id: int, stop_ids: list[int], now: datetime) -> None:
    with database.write() as session:
        plan_edits.reorder(session, user, plan_id=plan_id, stop_ids=stop_ids, now=now)
