"""The administrator's planning options: set, refused beside the field, and their effect shown before anything is saved."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import BOUNDS, PlanningOptions
from fieldsales.services.planning.planning_options import read_planning_options, save_planning_options
from tests.app.conftest import OpenApp
from tests.app.test_customer_page import html
from tests.conftest import CustomerFactory


def options_of(runtime: Runtime) -> PlanningOptions:
    with runtime.database.read() as session:
        return read_planning_options(session)


def open_options(open_app: OpenApp, dai: User) -> AppTest:
    app = open_app(dai, "admin", tab="planning")
    assert not app.exception
    return app


def test_the_administrator_sets_what_planning_goes_by(open_app: OpenApp, runtime: Runtime, dai: User) -> None:
    app = open_options(open_app, dai)
    app.number_input(key="planning_odds.C").set_value(50)
    app.number_input(key="planning_amount_power").set_value(100)
    app.number_input(key="planning_promised").set_value(4.5)
    app.number_input(key="planning_value_per_minute").set_value(0.5)
    app.number_input(key="planning_visit_minutes").set_value(45)
    app.time_input(key="planning_early_end").set_value(time(16, 30))
    app.button(key="save_planning").click().run()
    assert not app.exception
    assert not app.error
    saved = options_of(runtime)
    assert (saved.odds[Likelihood.C], saved.amount_power, saved.promised, saved.value_per_minute) == (0.5, 1.0, 4.5, 0.5)
    assert (saved.visit_minutes, saved.early_end, saved.odds[Likelihood.A]) == (45, time(16, 30), 0.9)


def test_saving_what_was_not_touched_changes_nothing(open_app: OpenApp, runtime: Runtime, dai: User) -> None:
    open_options(open_app, dai).button(key="save_planning").click().run()
    assert options_of(runtime) == PlanningOptions()


@pytest.mark.parametrize("button", ["planning_preview", "save_planning"])
def test_an_urgency_out_of_order_is_refused_beside_its_field_before_and_when_it_is_saved(
    open_app: OpenApp, runtime: Runtime, dai: User, button: str
) -> None:
    app = open_options(open_app, dai)
    app.number_input(key="planning_due").set_value(2.0)
    app.button(key=button).click().run()
    assert not app.exception
    (error,) = app.error
    assert error.value.startswith("Somebody not seen for longer must not count less")
    assert app.number_input(key="planning_due").value == 2.0
    assert options_of(runtime) == PlanningOptions()


def test_a_number_out_of_bounds_is_refused_beside_its_field(
    open_app: OpenApp, runtime: Runtime, dai: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldsales.ui.admin.admin_planning.BOUNDS", {**BOUNDS, "visit_minutes": (1, 9_999)})
    app = open_options(open_app, dai)
    app.number_input(key="planning_visit_minutes").set_value(5_000)
    app.button(key="save_planning").click().run()
    assert ["5000" in error.value for error in app.error] == [True]
    assert options_of(runtime) == PlanningOptions()


def test_the_preview_says_who_moved_and_why_without_saving(
    open_app: OpenApp, runtime: Runtime, dai: User, make_customer: CustomerFactory, now: datetime
) -> None:
    seen = {"amount": 1_000_000, "last_visited_at": now - timedelta(days=5)}
    make_customer("約束<b>商店", likelihood=Likelihood.B, next_on=now.date(), **seen)
    make_customer("有望商事", likelihood=Likelihood.A, **seen | {"last_visited_at": now - timedelta(days=12)})
    app = open_options(open_app, dai)
    assert html(app).index("約束") < html(app).index("有望商事")
    app.number_input(key="planning_promised").set_value(1.0)
    app.button(key="planning_preview").click().run()
    shown = html(app)
    assert shown.index("有望商事") < shown.index("約束")
    assert "約束&lt;b&gt;商店" in shown
    for said in ("▲ was 2", "▼ was 1", "urgency ×3", "others moved"):
        assert said in shown, said
    assert options_of(runtime) == PlanningOptions()


def test_the_defaults_come_back_into_the_form_and_are_saved_with_it(open_app: OpenApp, runtime: Runtime, dai: User) -> None:
    app = open_options(open_app, dai)
    app.number_input(key="planning_promised").set_value(9.0)
    app.button(key="save_planning").click().run()
    assert options_of(runtime).promised == 9.0
    app.button(key="planning_defaults").click().run()
    assert app.number_input(key="planning_promised").value == PlanningOptions().promised
    assert options_of(runtime).promised == 9.0
    app.button(key="save_planning").click().run()
    assert options_of(runtime) == PlanningOptions()


def test_the_form_begins_with_what_is_set_whenever_its_tab_is_opened(open_app: OpenApp, runtime: Runtime, dai: User, now: datetime) -> None:
    app = open_options(open_app, dai)
    app.number_input(key="planning_highest").set_value(9.0)
    app.button(key="planning_preview").click().run()
    app.get_by_key("admin_tab").set_value("users").run()
    with runtime.database.write() as session:  # by a colleague
        save_planning_options(session, dai, options=PlanningOptions(visit_minutes=45), now=now)
    app.get_by_key("admin_tab").set_value("planning").run()
    assert app.number_input(key="planning_visit_minutes").value == 45
    assert app.number_input(key="planning_highest").value == PlanningOptions().highest
