"""Places and usual days: entered on the account page and in the administration, taken back with a tap, never shown to others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Place, PlaceLink, User, WorkDay
from fieldsales.domain.words import PlaceKind
from fieldsales.services.planning import work_days
from fieldsales.services.travel import places
from fieldsales.services.travel.places import PlaceInput, PlaceRow
from fieldsales.ui.format import plain
from tests.fakes import FakeGeocoder, place_at

OpenApp = Callable[..., AppTest]
ADDRESS = "香川県高松市番町1丁目"


def words_of(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.error, *app.title, *app.subheader]
    return "\n".join([*(element.value for element in shown), *(button.label for button in app.button)]).replace("\\", "")


def errors_of(app: AppTest) -> list[str]:
    return [error.value.replace("\\", "") for error in app.error]


def tap(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def add_place(runtime: Runtime, owner: User, kind: PlaceKind, name: str, *, lat: float = 34.34) -> Place:
    values = PlaceInput(kind=kind, name=name, address="高松市木太町9-9", lat=lat, lon=134.05)
    with runtime.database.write() as session:
        return places.save_place(session, owner, values=values, own=kind is PlaceKind.HOME)


def places_of(runtime: Runtime, user: User) -> tuple[PlaceRow, ...]:
    with runtime.database.read() as session:
        return places.list_places(session, user)


def test_a_home_is_added_by_its_address_and_taken_back(open_app: OpenApp, runtime: Runtime, aiko: User, geocoder: FakeGeocoder) -> None:
    geocoder.places[ADDRESS] = place_at()
    app = open_app(aiko, "account")
    tap(app, "row_places")
    tap(app, "add_place")
    assert app.button(key="place_save").disabled  # nobody knows yet where it is
    app.text_input(key="place_typed_address").set_value(ADDRESS).run()
    tap(app, "place_lookup")
    assert "Found: 番町一丁目, within 300 m. Tap the map to correct it." in words_of(app)
    tap(app, "place_save")
    (home,) = places_of(runtime, aiko)
    assert (home.name, home.kind, home.address, home.owner_id) == ("Home", PlaceKind.HOME, ADDRESS, aiko.id)
    assert home.point == pytest.approx((34.3401, 134.0434))
    assert "Place saved." in words_of(app)
    tap(app, "undo_place")
    assert places_of(runtime, aiko) == ()


def test_an_address_that_nobody_finds_is_said_to_be_none(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "account", part="places", id="new")
    app.text_input(key="place_typed_address").set_value("どこか").run()
    tap(app, "place_lookup")
    assert "No place was found for this address. Tap the map where it is." in words_of(app)
    assert app.button(key="place_save").disabled


def test_a_change_is_taken_back_to_what_it_was(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    home = add_place(runtime, aiko, PlaceKind.HOME, "自宅")
    app = open_app(aiko, "account", part="places", id=str(home.id))
    app.text_input(key="place_typed_name").set_value("実家").run()
    tap(app, "place_save")
    assert [row.name for row in places_of(runtime, aiko)] == ["実家"]
    tap(app, "undo_place")
    assert [row.name for row in places_of(runtime, aiko)] == ["自宅"]


def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    add_place(runtime, aiko, PlaceKind.HOME, "自宅")
    other = add_place(runtime, aiko, PlaceKind.HOME, "実家", lat=34.5)
    app = open_app(aiko, "account", part="places", id=str(other.id))
    app.text_input(key="place_typed_name").set_value("自宅").run()
    tap(app, "place_save")
    assert errors_of(app) == ["There is already a place “自宅”."]
    assert app.text_input(key="place_typed_name").value == "自宅"


def test_a_place_is_retired_and_brought_back(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    home = add_place(runtime, aiko, PlaceKind.HOME, "自宅")
    app = open_app(aiko, "account", part="places", id=str(home.id))
    tap(app, "place_retire")
    assert places_of(runtime, aiko) == ()
    assert "retired" in words_of(app)
    tap(app, f"row_place_{home.id}")
    tap(app, "place_retire")
    assert len(places_of(runtime, aiko)) == 1


def test_nobody_else_sees_a_home_on_any_screen(open_app: OpenApp, runtime: Runtime, people: dict[str, User]) -> None:
    home = add_place(runtime, people["aiko"], PlaceKind.HOME, "実家の離れ")
    for person, screen, query in (
        ("chie", "account", {"part": "team_places"}),
        ("chie", "account", {"part": "team_places", "id": str(home.id)}),
        ("chie", "account", {"part": "places", "id": str(home.id)}),
        ("dai", "admin", {"tab": "places"}),
        ("dai", "admin", {"tab": "places", "id": str(home.id)}),
        ("botan", "account", {"part": "places", "id": str(home.id)}),
    ):
        app = open_app(people[person], screen, **query)
        assert not app.exception
        assert "離れ" not in words_of(app)
        assert "木太町" not in words_of(app)
        if "id" in query:
            assert "This place does not exist, or you may not see it." in words_of(app)


def test_a_rep_is_not_offered_the_teams_places(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "account", part="team_places")
    assert not app.exception
    assert "My days" in [subheader.value for subheader in app.subheader]  # the account itself
    assert "row_team_places" not in [button.key for button in app.button]


def test_a_manager_adds_an_office_that_days_begin_at(open_app: OpenApp, people: dict[str, User], geocoder: FakeGeocoder) -> None:
    geocoder.places[ADDRESS] = place_at()
    app = open_app(people["chie"], "account", part="team_places", id="new")
    app.text_input(key="place_typed_name").set_value("高松支店")
    app.text_input(key="place_typed_address").set_value(ADDRESS).run()
    tap(app, "place_lookup")
    tap(app, "place_save")
    app = open_app(people["aiko"], "account")
    assert "09:00–18:00 · 高松支店 · Car · Lunch 60 min" in words_of(app)


@pytest.fixture
def stations(runtime: Runtime, dai: User) -> tuple[int, int]:
    """Two stations."""
    one, other = (add_place(runtime, dai, PlaceKind.STATION, name, lat=lat) for name, lat in (("高松駅", 34.35), ("坂出駅", 34.31)))
    return one.id, other.id


def minutes(runtime: Runtime) -> dict[tuple[int, int], int]:
    with runtime.database.read() as session:
        return {(link.from_id, link.to_id): link.minutes for link in session.scalars(select(PlaceLink))}


def test_a_train_is_entered_changed_removed_and_brought_back(
    open_app: OpenApp, runtime: Runtime, dai: User, stations: tuple[int, int]
) -> None:
    one, other = stations
    app = open_app(dai, "admin", tab="places")
    app.selectbox(key="link_typed_from").set_value(one)
    app.selectbox(key="link_typed_to").set_value(other)
    app.number_input(key="link_typed_there").set_value(20)
    app.number_input(key="link_typed_back").set_value(25)
    tap(app, "link_save")
    assert minutes(runtime) == {(one, other): 20, (other, one): 25}
    assert "there 25 min · back 20 min" in words_of(app)  # 坂出 – 高松, by name
    tap(app, f"link_change_{other}_{one}")
    app.number_input(key="link_typed_there").set_value(30)
    tap(app, "link_save")
    assert minutes(runtime)[other, one] == 30
    tap(app, f"link_remove_{other}_{one}")
    assert minutes(runtime) == {}
    tap(app, "undo_place")
    assert minutes(runtime) == {(one, other): 20, (other, one): 30}


def test_a_train_to_nowhere_is_refused(open_app: OpenApp, runtime: Runtime, dai: User, stations: tuple[int, int]) -> None:
    app = open_app(dai, "admin", tab="places")
    app.selectbox(key="link_typed_from").set_value(stations[0])
    app.selectbox(key="link_typed_to").set_value(stations[0])
    app.number_input(key="link_typed_there").set_value(20)
    tap(app, "link_save")
    assert errors_of(app) == ["Choose two different places."]
    assert minutes(runtime) == {}


def test_a_usual_day_is_saved_and_taken_back(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    home = add_place(runtime, aiko, PlaceKind.HOME, "自宅")
    app = open_app(aiko, "account", part="day")
    app.time_input(key="plansheet_begins").set_value(time(8, 30))
    app.selectbox(key="plansheet_start").set_value(home.id).run()
    tap(app, "usual_day_save")
    with runtime.database.read() as session:
        rules = work_days.read_rules(session, aiko, user_id=aiko.id)
    assert (rules.begins, rules.start_place_id) == (time(8, 30), home.id)
    assert "08:30–18:00 · 自宅 · Car · Lunch 60 min" in words_of(app)
    tap(app, "undo_place")
    with runtime.database.read() as session:
        assert session.get(WorkDay, aiko.id) is None


def test_a_usual_day_that_cannot_be_is_refused_beside_its_field(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    app = open_app(aiko, "account", part="day")
    app.time_input(key="plansheet_begins").set_value(time(14))
    tap(app, "usual_day_save")
    assert errors_of(app) == ["This pause does not fit between the beginning and the end of the day."]
    assert app.time_input(key="plansheet_begins").value == time(14)
    with runtime.database.read() as session:
        assert session.get(WorkDay, aiko.id) is None


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "**太字** _x_ [link](http://example.com)", "🏠 \u202eabc", "長" * 200])
def test_whatever_a_place_is_called_is_shown_as_text(
    open_app: OpenApp, runtime: Runtime, people: dict[str, User], now: datetime, name: str
) -> None:
    office = add_place(runtime, people["dai"], PlaceKind.OFFICE, name)
    with runtime.database.write() as session:
        rules = work_days.read_rules(session, people["aiko"], user_id=people["aiko"].id)
        work_days.save_rules(session, people["aiko"], rules=rules, now=now)
    rows = [
        open_app(people["dai"], "admin", tab="places").button(key=f"row_place_{office.id}").label,
        open_app(people["aiko"], "account").button(key="row_day").label,
    ]
    for label in rows:
        assert plain(name) in label
