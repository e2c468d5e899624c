"""The accepted plan on the today page: its next stop leads, its stops are counted, and the road is one tap away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Customer, PlanStop, User
from fieldsales.domain.words import PlanState, StopProgress
from tests.app.test_today import links_of, words_of
from tests.conftest import CustomerFactory
from tests.planned_days import keep_plan

OpenApp = Callable[..., AppTest]
STRANGE = "<script>alert(1)</script>"


def planned(runtime: Runtime, aiko: User, make_customer: CustomerFactory, today: date, **values: Any) -> tuple[int, list[Customer]]:
    customers = [make_customer(name, owner=aiko, phone="087-0000-1111", lat=34.3, lon=134.0) for name in ("済んだ客", STRANGE, "後の客")]
    why = [{"code": "overdue", "days": 12, "cadence_days": 30}]
    plan_id = keep_plan(runtime.database, aiko, customers, today, stop={"why": why}, **values)
    with runtime.database.write() as session:
        done = session.query(PlanStop).filter_by(plan_id=plan_id, position=0).one()
        done.progress, done.done_at = StopProgress.DONE, done.leaves_at
    return plan_id, customers


def test_the_next_stop_of_the_plan_leads_with_its_time_its_reason_and_the_way_to_the_road(
    open_app: OpenApp, runtime: Runtime, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    plan_id, customers = planned(runtime, aiko, make_customer, today)
    app = open_app(aiko, "today")
    assert not app.exception
    said = words_of(app)
    assert "Next up · 2 of 3" in said
    assert "Planned for 10:00" in said
    assert "12" in said
    assert "&lt;script&gt;" in said
    assert "<script>" not in "".join(element.proto.body for element in app.get("html"))
    assert f'href="/route/{plan_id}" target="_self"' in said
    assert "1 of 3 planned stops" in said
    assert "tel:08700001111" in links_of(app)
    app.button(key="log_visit").click().run()
    assert str(customers[1].id) in app.query_params["visit_of"]


def test_a_draft_counts_for_nothing_and_the_day_is_offered_to_be_planned(
    open_app: OpenApp, runtime: Runtime, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    planned(runtime, aiko, make_customer, today, state=PlanState.DRAFT)
    said = words_of(app := open_app(aiko, "today"))
    assert "/route/" not in said
    assert "planned stops" not in said
    assert "Plan today" in [link.proto.label for link in app.get("page_link")]


def test_once_the_plan_is_done_the_most_pressing_of_the_others_is_next(
    open_app: OpenApp, runtime: Runtime, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    plan_id, _ = planned(runtime, aiko, make_customer, today)
    make_customer("約束の客", owner=aiko, next_on=today)
    with runtime.database.write() as session:
        for stop in session.query(PlanStop).filter_by(plan_id=plan_id):
            stop.progress = StopProgress.SKIPPED if stop.position else StopProgress.DONE
    said = words_of(open_app(aiko, "today"))
    assert "Promised for today" in said
    assert "1 of 1 planned stops" in said
    assert f"/route/{plan_id}" in said


def test_somebody_elses_plan_is_not_ones_own(
    open_app: OpenApp, runtime: Runtime, aiko: User, chie: User, make_customer: CustomerFactory, today: date
) -> None:
    planned(runtime, aiko, make_customer, today)
    app = open_app(chie, "today")
    assert "/route/" not in words_of(app)
