"""Nobody looks at where somebody else checked in without that person seeing it."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, PositionView, Team, User
from fieldsales.domain.check_in import Position
from fieldsales.domain.words import Role
from fieldsales.errors import CustomerNotFound, NotAllowed, UserNotFound
from fieldsales.services.visits.check_ins import check_in, coarsen_positions
from fieldsales.services.visits.position_views import ONE_LOOK, CheckInPosition, Look, list_looks, read_positions

TOKYO = ZoneInfo("Asia/Tokyo")
PACKAGE = Path(__file__).resolve().parents[4] / "fieldsales"
Make = Callable[..., Customer]


def tap(database: Database, actor: User, customer: Customer, now: datetime) -> CheckIn:
    position = Position(34.3412, 134.0467, 12.0, now)
    with database.write() as session:
        return check_in(session, actor, customer_id=customer.id, position=position, client_ref=uuid4(), zone=TOKYO, now=now)


def look(database: Database, viewer: User, viewed: User, now: datetime, customer: Customer | None = None) -> tuple[CheckInPosition, ...]:
    with database.write() as session:
        return read_positions(session, viewer, user_id=viewed.id, customer_id=customer.id if customer else None, now=now)


def looks_at(database: Database, viewed: User) -> list[tuple[str, datetime, str]]:
    with database.read() as session:
        return [(seen.who, seen.viewed_at, seen.customer_name) for seen in list_looks(session, viewed)]


@pytest.fixture
def customer(make_customer: Make, aiko: User) -> Customer:
    return make_customer("高松食品", owner=aiko, lat=34.34, lon=134.05, precision_m=30.0)


@pytest.fixture
def colleague(database: Database, aiko: User, now: datetime) -> User:
    """A rep of the same team, which shares its customers."""
    with database.write() as session:
        team = session.get_one(Team, aiko.team_id)
        user = User(email="emi@example.com", name="Emi", role=Role.REP, team=team, password_hash="-", created_at=now)
        session.add(user)
    with database.read() as session:
        return session.scalars(select(User).where(User.name == "Emi")).unique().one()


def test_a_manager_and_an_admin_see_the_position_and_the_rep_sees_that_they_did(
    database: Database, people: dict[str, User], customer: Customer, now: datetime
) -> None:
    tap(database, people["aiko"], customer, now)
    later = now + timedelta(minutes=1)
    for viewer in ("chie", "dai"):
        (seen,) = look(database, people[viewer], people["aiko"], later, customer)
        assert (seen.lat, seen.lon, seen.accuracy_m, seen.coarse) == (34.3412, 134.0467, 12.0, False)
    assert sorted(looks_at(database, people["aiko"])) == [("Chie", later, "高松食品"), ("Dai", later, "高松食品")]
    with database.read() as session:
        assert list_looks(session, people["chie"]) == ()
        assert list_looks(session, people["aiko"])[0] in {Look("Dai", Role.ADMIN, later, "高松食品")}


def test_teammates_strangers_and_other_managers_see_no_position(
    database: Database, people: dict[str, User], colleague: User, customer: Customer, now: datetime
) -> None:
    tap(database, people["aiko"], customer, now)
    for viewer in (colleague, people["botan"]):
        with pytest.raises(UserNotFound):
            look(database, viewer, people["aiko"], now)
    with pytest.raises(UserNotFound):
        look(database, people["chie"], people["botan"], now)
    assert looks_at(database, people["aiko"]) == []


def test_a_disabled_manager_sees_nothing(database: Database, aiko: User, chie: User, customer: Customer, now: datetime) -> None:
    tap(database, aiko, customer, now)
    chie.disabled_at = now
    with pytest.raises(NotAllowed):
        look(database, chie, aiko, now)


def test_ones_own_positions_leave_no_trace(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    tap(database, aiko, customer, now)
    with database.read() as session:
        assert len(read_positions(session, aiko, user_id=aiko.id, now=now)) == 1
    assert looks_at(database, aiko) == []


def test_a_session_that_keeps_nothing_shows_nothing(database: Database, aiko: User, chie: User, customer: Customer, now: datetime) -> None:
    tap(database, aiko, customer, now)
    with pytest.raises(RuntimeError), database.read() as session:
        read_positions(session, chie, user_id=aiko.id, now=now)


def test_looks_within_a_quarter_of_an_hour_are_one(
    database: Database, aiko: User, chie: User, make_customer: Make, customer: Customer, now: datetime
) -> None:
    other = make_customer("別の客", owner=aiko)
    for minutes in (0, 5, 14):
        look(database, chie, aiko, now + timedelta(minutes=minutes), customer)
    assert looks_at(database, aiko) == [("Chie", now, "高松食品")]
    look(database, chie, aiko, now + timedelta(minutes=14), other)
    assert looks_at(database, aiko) == [("Chie", now, "")]
    look(database, chie, aiko, now + ONE_LOOK, customer)
    assert looks_at(database, aiko) == [("Chie", now + ONE_LOOK, "高松食品"), ("Chie", now, "")]


def test_two_looks_at_once_are_one(database: Database, aiko: User, chie: User, customer: Customer, now: datetime) -> None:
    tap(database, aiko, customer, now)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: look(database, chie, aiko, now), range(4)))
    with database.read() as session:
        assert session.scalar(select(func.count(PositionView.id))) == 1


def test_a_manager_sees_no_position_at_a_customer_out_of_sight(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    elsewhere = make_customer("西の客", owner=people["botan"])
    with database.write() as session:
        session.add(
            CheckIn(
                client_ref=uuid4(), user_id=people["aiko"].id, customer_id=elsewhere.id, checked_in_at=now, lat=35.0, lon=135.0, state="far"
            )
        )
    assert look(database, people["chie"], people["aiko"], now) == ()
    with pytest.raises(CustomerNotFound):
        look(database, people["chie"], people["aiko"], now, elsewhere)
    with pytest.raises(CustomerNotFound), database.write() as session:
        read_positions(session, people["chie"], user_id=people["aiko"].id, customer_id=99_999, now=now)
    assert len(look(database, people["dai"], people["aiko"], now)) == 1


def test_a_coarse_position_says_that_it_is(database: Database, aiko: User, chie: User, customer: Customer, now: datetime) -> None:
    tap(database, aiko, customer, now)
    with database.write() as session:
        coarsen_positions(session, taken_before=now + timedelta(days=1), now=now)
    (seen,) = look(database, chie, aiko, now)
    assert (seen.lat, seen.coarse, seen.accuracy_m) == (34.34, True, 1000.0)


def test_only_these_services_touch_the_position_of_a_check_in() -> None:
    # near_route takes one's own last position to find whom one has to see nearby; it says so in its query.
    names = ("visits/check_ins", "visits/position_views", "pins/pin_proposals", "visits/near_route")
    allowed = {*(f"services/{name}.py" for name in names), "db/models/visits.py"}
    code = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    touching = {name for name, text in code.items() if re.search(r"\bCheckIn\.(lat|lon)\b|\bCheckIn\((?!Base)", text)}
    assert touching - allowed == set()
    assert "CheckIn.user_id == actor.id" in code["services/visits/near_route.py"]


def test_a_position_is_stored_by_a_tap_alone() -> None:
    code = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert {name for name, text in code.items() if re.search(r"\bCheckIn\((?!Base)", text)} == {"services/visits/check_ins.py"}
    taps = {"ui/visits/check_in_view.py", "web/plan_actions.py"}  # the button of the screens, and that of the route page
    assert {name for name, text in code.items() if re.search(r"\bcheck_in\(", text)} == {"services/visits/check_ins.py", *taps}
    scripts = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.js")}
    assert [name for name, text in scripts.items() if "watchPosition" in text] == []
    # The map's “where am I” draws the position in the browser; only the button, and a tap on the route page, send it.
    asking = {name for name, text in scripts.items() if "getCurrentPosition" in text}
    assert asking == {"ui/components/position_button.js", "web/assets/route/7_page.js", "web/assets/map/3_places.js"}
    assert not re.search(r"fetch\([^)]*coords|sendBeacon|XMLHttpRequest", scripts["web/assets/map/3_places.js"])
