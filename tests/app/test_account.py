"""The account page: what one sets for oneself, and that a part of it opened again shows what is stored."""

from __future__ import annotations

from datetime import time

from fieldsales.db.database import Database
from fieldsales.db.models import User
from tests.app.conftest import OpenApp


def test_the_account_shows_what_was_set_meanwhile_when_a_part_of_it_is_left(open_app: OpenApp, database: Database, aiko: User) -> None:
    app = open_app(aiko, "account")
    app.button(key="row_day").click().run()
    with database.write() as session:
        session.get_one(User, aiko.id).timezone = "Asia/Seoul"
    app.button(key="account_back").click().run()
    assert app.selectbox(key="account_timezone").value == "Asia/Seoul"


def test_passwords_that_were_refused_are_gone_when_the_account_is_opened_again(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "account")
    app.text_input(key="password_current").set_value("wrong")
    app.text_input(key="password_new").set_value("short")
    app.button(key="save_password").click().run()
    assert app.error
    app.button(key="row_day").click().run()
    app.button(key="account_back").click().run()
    assert (app.text_input(key="password_current").value, app.text_input(key="password_new").value) == ("", "")


def test_a_usual_day_that_was_left_unsaved_begins_with_what_is_stored(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "account")
    app.button(key="row_day").click().run()
    stored = app.time_input(key="plansheet_begins").value
    app.time_input(key="plansheet_begins").set_value(time(5, 45)).run()
    app.button(key="account_back").click().run()
    app.button(key="row_day").click().run()
    assert app.time_input(key="plansheet_begins").value == stored != time(5, 45)
