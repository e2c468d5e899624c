"""Saved views on the screens: kept under a name, opened, changed, shared, deleted and brought back; a colleague's only opened."""

from __future__ import annotations

from datetime import datetime

from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.services.customers.saved_views import ViewRow, list_views, save_view
from tests.app.conftest import ROOT, OpenApp, fields_of
from tests.conftest import CustomerFactory

NASTY = '<b>"A"</b> :red[x] 😀'


def views_of(database: Database, user: User) -> tuple[ViewRow, ...]:
    with database.read() as session:
        return list_views(session, user)


def keep(database: Database, user: User, now: datetime, *, name: str = "hot", team_id: int | None = None) -> ViewRow:
    with database.write() as session:
        query = {"likelihood": ["A"], "colour": ["visited"], "order": ["name"]}
        return save_view(session, user, name=name, query=query, team_id=team_id, now=now)


def create(app: AppTest, name: str) -> None:
    app.text_input(key="view_new_name").set_value(name)
    app.button(key="view_create").click().run()


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


def test_what_is_shown_is_kept_under_a_name_and_opened_again_on_the_list(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer("warm", owner=aiko, likelihood=Likelihood.A)
    make_customer("cold", owner=aiko, likelihood=Likelihood.D)
    app = open_app(aiko, "map", likelihood="A", colour="owner", order="amount", lat="35")
    create(app, NASTY)
    assert not app.exception
    (view,) = views_of(database, aiko)
    assert (view.name, view.query) == (NASTY, {"likelihood": ["A"], "colour": ["owner"], "order": ["amount"]})
    assert app.query_params["saved"] == str(view.id)
    other = open_app(aiko, "customers", q="nobody")
    other.button(key=f"view_open_{view.id}").click().run()
    assert (other.query_params["likelihood"], other.query_params["order"]) == ("A", "amount")
    assert "q" not in other.query_params
    assert ["warm" in button.label for button in other.button if button.key.startswith("row_list_")] == [True]


def test_a_view_is_renamed_shared_and_brought_up_to_date_by_its_owner(
    open_app: OpenApp, database: Database, aiko: User, chie: User, now: datetime
) -> None:
    view = keep(database, aiko, now)
    app = open_app(aiko, "map", likelihood="B", saved=str(view.id))
    app.text_input(key=f"view_{view.id}_name").set_value("hotter")
    app.selectbox(key=f"view_{view.id}_team").set_value(aiko.team_id)
    app.run()
    app.button(key="view_save").click().run()
    assert not app.exception
    (shared,) = views_of(database, chie)
    assert (shared.name, shared.query["likelihood"]) == ("hotter", ["A"])
    app.button(key="view_update").click().run()
    assert views_of(database, chie)[0].query == {"likelihood": ["B"]}
    app.button(key="undo_record").click().run()
    assert views_of(database, chie)[0].query == view.query


def test_a_deleted_view_can_be_brought_back(open_app: OpenApp, database: Database, aiko: User, now: datetime) -> None:
    view = keep(database, aiko, now, team_id=aiko.team_id)
    app = open_app(aiko, "customers", likelihood="A", colour="visited", order="name", saved=str(view.id))
    app.button(key="view_delete").click().run()
    assert views_of(database, aiko) == ()
    assert "saved" not in app.query_params
    assert app.query_params["likelihood"] == "A"
    app.button(key="undo_record").click().run()
    (back,) = views_of(database, aiko)
    assert (back.name, back.query, back.team_id) == (view.name, view.query, view.team_id)


def test_a_colleagues_view_is_opened_but_not_changed(open_app: OpenApp, database: Database, aiko: User, chie: User, now: datetime) -> None:
    view = keep(database, chie, now, name="of the team", team_id=aiko.team_id)
    app = open_app(aiko, "map")
    app.button(key=f"view_open_{view.id}").click().run()
    assert not app.exception
    assert (app.query_params["likelihood"], app.query_params["colour"]) == ("A", "visited")
    assert not keys(app) & {"view_save", "view_update", "view_delete"}


def test_a_strangers_view_is_neither_listed_nor_opened_by_its_number(
    open_app: OpenApp, database: Database, aiko: User, botan: User, now: datetime
) -> None:
    view = keep(database, aiko, now, team_id=aiko.team_id)
    app = open_app(botan, "map", saved=str(view.id))
    assert not app.exception
    assert not {f"view_open_{view.id}", f"view_used_{view.id}", "view_save"} & keys(app)


def test_a_name_that_is_taken_or_missing_is_a_sentence_beside_it(open_app: OpenApp, database: Database, aiko: User, now: datetime) -> None:
    keep(database, aiko, now, name="hot")
    app = open_app(aiko, "customers", likelihood="D")
    create(app, "hot")
    assert ["already have" in error.value for error in app.error] == [True]
    assert app.text_input(key="view_new_name").value == "hot"
    create(app, "  ")
    assert ["needs a name" in error.value for error in app.error] == [True]
    create(app, "cold")
    assert not app.error
    assert [view.name for view in views_of(database, aiko)] == ["cold", "hot"]
    assert app.text_input(key="view_new_name").value == ""


def test_a_view_opened_from_another_one_and_tapped_once_more_shows_its_own_name(
    open_app: OpenApp, database: Database, aiko: User, now: datetime
) -> None:
    one, other = keep(database, aiko, now), keep(database, aiko, now, name="cold", team_id=aiko.team_id)
    app = open_app(aiko, "customers", saved=str(one.id))
    still_shown = fields_of(app)
    app.button(key=f"view_open_{other.id}").click().run()
    app._run(still_shown)
    assert app.text_input(key=f"view_{other.id}_name").value == "cold"
    assert app.selectbox(key=f"view_{other.id}_team").value == aiko.team_id
    assert app.button(key="view_save").disabled


def test_an_address_with_a_bad_filter_is_not_kept_as_a_view(open_app: OpenApp, database: Database, aiko: User) -> None:
    app = open_app(aiko, "map", likelihood="Z", saved="x", order="upside-down", colour="pink")
    create(app, "bad")
    assert not app.exception
    assert views_of(database, aiko) == ()


def test_filter_and_view_are_still_shown_on_the_way_to_the_map_and_back(
    open_app: OpenApp, database: Database, aiko: User, now: datetime
) -> None:
    view = keep(database, aiko, now)
    query = {"q": "高松", "likelihood": "A", "saved": str(view.id), "order": "name", "colour": "visited"}
    app = open_app(aiko, "customers", **query)
    for screen in ("map", "customers", "map"):
        app.switch_page(str(ROOT / "pages" / f"{screen}.py"))
        app.query_params |= query
        app._run()  # a browser that goes to another page sends no widgets of the former one
        assert not app.exception
        assert app.get_by_key("filter_likelihood").value == [Likelihood.A]
        assert app.text_input(key=f"view_{view.id}_name").value == "hot"
        assert app.button(key="view_save").disabled
        app.run()  # beside the map the list, and its search, comes with the second run
        assert app.text_input(key="filter_text").value == "高松"
