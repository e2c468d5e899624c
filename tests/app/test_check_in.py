"""Checking in on the screens: the button, the bar on every page, the proposal for the pin, and who looked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, PositionView, User, Visit
from fieldsales.domain.check_in import CheckInReason, Position
from fieldsales.domain.geodesy import moved_by
from fieldsales.domain.places import Level
from fieldsales.domain.words import Outcome
from fieldsales.services.visits.check_ins import check_in, check_out
from fieldsales.services.visits.visits import record_visit
from fieldsales.ui.components.position_button import PositionTap, tap_of
from fieldsales.ui.pins.pin_proposal_view import direction_of
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory
from tests.fakes import FakeClock

PIN = (34.34, 134.05)
ZONE = ZoneInfo("Asia/Tokyo")
NAME = "高松<script>食品 **😀**"


@pytest.fixture
def customer(make_customer: CustomerFactory, aiko: User) -> Customer:
    return make_customer(NAME, owner=aiko, lat=PIN[0], lon=PIN[1], precision_m=300.0, level=Level.CHOME)


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> Callable[[PositionTap], None]:
    """Return a function that makes the next drawn button the one that was tapped, with this answer."""

    def tapped(answer: PositionTap) -> None:
        waiting = [answer]
        monkeypatch.setattr("fieldsales.ui.visits.check_in_view.position_button", lambda *_a, **_k: waiting.pop() if waiting else None)

    return tapped


def here(clock: FakeClock, *, east_m: float = 40.0) -> Position:
    return Position(*moved_by(*PIN, east_m, 0), 12.0, clock.now)


def stand_at_the_door(database: Database, actor: User, customer: Customer, clock: FakeClock, *, days: int = 1) -> None:
    for _ in range(days):
        clock.advance(days=1)
        with database.write() as session:
            position = here(clock, east_m=180)
            arrived = check_in(session, actor, customer_id=customer.id, position=position, client_ref=uuid4(), zone=ZONE, now=clock.now)
            check_out(session, actor, check_in_id=arrived.id, now=clock.now + timedelta(minutes=20))


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def stored(database: Database) -> list[CheckIn]:
    with database.read() as session:
        return list(session.scalars(select(CheckIn).order_by(CheckIn.id)))


def keys(app: AppTest) -> set[str | None]:
    return {button.key for button in app.button}


def test_a_tap_checks_in_says_why_it_is_only_plausible_and_shows_the_bar_everywhere(
    open_app: OpenApp, database: Database, clock: FakeClock, aiko: User, customer: Customer, tap: Callable[[PositionTap], None]
) -> None:
    tap(PositionTap(uuid4(), here(clock), CheckInReason.NOT_GIVEN))
    app = open_app(aiko, "customer", id=str(customer.id))
    assert not app.exception
    (row,) = stored(database)
    assert (row.state, row.reason) == ("plausible", "pin_of_town")
    shown = html(app)
    assert "40 m from the pin, GPS accuracy ±12 m. The pin stands for the town only (about 300 m)." in shown
    assert "高松&lt;script&gt;食品" in shown
    assert "<script>" not in shown
    for screen in ("account", "customers"):
        assert "bar_check_out" in keys(open_app(aiko, screen))


def test_the_bar_says_how_long_and_ends_the_check_in(
    open_app: OpenApp, database: Database, clock: FakeClock, aiko: User, customer: Customer, tap: Callable[[PositionTap], None]
) -> None:
    tap(PositionTap(uuid4(), None, CheckInReason.DENIED))
    app = open_app(aiko, "customer", id=str(customer.id))
    assert "was not allowed" in html(app)
    clock.advance(minutes=72)
    app.run()
    assert "Checked in for 1 h 12 min" in html(app)
    app.button(key="bar_check_out").click().run()
    assert not app.exception
    assert stored(database)[0].checked_out_at == clock.now
    assert [toast.value for toast in app.toast] == ["Checked out after 1 h 12 min\\."]
    assert "bar_check_out" not in keys(app)


def test_looking_at_screens_stores_no_position(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    for screen in ("today", "map", "customers", "account"):
        open_app(aiko, screen)
    open_app(aiko, "map", customer=str(customer.id))
    app = open_app(aiko, "customer", id=str(customer.id))
    app.run()
    assert stored(database) == []


def test_the_visits_line_says_when_one_was_there(
    open_app: OpenApp, database: Database, clock: FakeClock, aiko: User, customer: Customer
) -> None:
    stand_at_the_door(database, aiko, customer, clock)
    with database.write() as session:
        record_visit(
            session, aiko, customer_id=customer.id, visited_at=clock.now, outcome=Outcome.MET, client_ref=uuid4(), zone=ZONE, now=clock.now
        )
    shown = html(open_app(aiko, "customer", id=str(customer.id)))
    assert "10:00–10:20 · 20 min · Plausible" in shown
    with database.read() as session:
        assert session.scalar(select(CheckIn.visit_id)) == session.scalar(select(Visit.id))


def test_a_proposal_moves_the_pin_with_one_tap_and_back_with_another(
    open_app: OpenApp, database: Database, clock: FakeClock, aiko: User, customer: Customer
) -> None:
    stand_at_the_door(database, aiko, customer, clock, days=3)
    app = open_app(aiko, "customer", id=str(customer.id))
    assert any("3 check-ins agree on a place 180 m to the east" in element.value for element in app.markdown)
    app.button(key="accept_proposal").click().run()
    assert not app.exception
    assert place_of(database, customer) != PIN
    app.button(key="undo_pin").click().run()
    assert place_of(database, customer) == PIN
    app.button(key="confirm_pin").click().run()
    assert "accept_proposal" not in keys(app)
    assert place_of(database, customer) == PIN


def place_of(database: Database, customer: Customer) -> tuple[float | None, float | None]:
    with database.read() as session:
        now = session.get_one(Customer, customer.id)
    return now.lat, now.lon


def test_a_manager_sees_positions_only_when_asking_and_the_rep_sees_who_asked(
    open_app: OpenApp, database: Database, clock: FakeClock, aiko: User, chie: User, customer: Customer
) -> None:
    stand_at_the_door(database, aiko, customer, clock)
    app = open_app(chie, "customer", id=str(customer.id))
    assert "34.34000" not in html(app)
    assert looks(database) == 0
    app.button(key="show_positions").click().run()
    assert "34.34000, 134.05196 (±12 m)" in html(app)
    app.run()
    assert "34.34000" not in html(app)
    assert looks(database) == 1
    mine = html(open_app(aiko, "account"))
    assert "Chie" in mine
    assert "34.34000, 134.05196 (±12 m)" in mine
    assert looks(database) == 1


def looks(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count(PositionView.id))) or 0


@pytest.mark.parametrize("answer", [{}, {"ref": None}, {"ref": "<script>", "error": "denied"}, {"ref": 7, "lat": 1.0}])
def test_an_answer_without_a_reference_of_ours_is_no_tap(answer: dict[str, Any], clock: FakeClock) -> None:
    assert tap_of(answer, now=clock.now) is None


def test_an_answer_of_nonsense_is_a_tap_without_a_position(clock: FakeClock) -> None:
    ref = uuid4()
    assert tap_of({"ref": ref.hex, "lat": 999, "lon": 0}, now=clock.now) == PositionTap(ref, None, CheckInReason.NONSENSE)


@pytest.mark.parametrize(
    ("east", "north", "name"),
    [(0, 9, "north"), (9, 9, "north-east"), (9, 0, "east"), (0, -9, "south"), (-9, 1, "west"), (-9, 9, "north-west")],
)
def test_directions_have_names(east: float, north: float, name: str) -> None:
    assert direction_of(east, north) == name
