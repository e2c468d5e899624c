"""The frame of every screen: the gate on each run, who gets which screens, the language, and mistakes of ours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import LoginSession, User
from fieldsales.errors import DatabaseBusy
from fieldsales.services.accounts.accounts import disable_user
from fieldsales.services.accounts.logging_in import log_in
from fieldsales.services.accounts.sessions import close_all_sessions, open_session
from fieldsales.services.visits import follow_ups
from tests.app.conftest import OpenApp
from tests.conftest import PASSWORD, CustomerFactory


def links(app: AppTest) -> list[str]:
    return [link.proto.page for link in app.get("page_link")]


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_a_visitor_sees_the_way_to_the_login_and_nothing_else(open_app: OpenApp) -> None:
    app = open_app(None)
    assert not app.exception
    assert 'href="/login"' in html(app)
    assert links(app) == []


@pytest.mark.parametrize("screen", ["today", "map", "plan", "customers", "customer", "account"])
def test_a_revoked_log_in_ends_at_the_next_tap(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, screen: str
) -> None:
    make_customer("秘密の得意先", owner=aiko, next_on=now.date())
    app = open_app(aiko, screen)
    with database.write() as session:
        close_all_sessions(session, aiko, now=now)
    app.run()
    assert not app.exception
    assert 'href="/login"' in html(app)
    assert links(app) == []
    assert not app.button


def test_a_disabled_user_is_out_at_the_next_tap(open_app: OpenApp, database: Database, aiko: User, dai: User, now: datetime) -> None:
    app = open_app(aiko, "today")
    with database.write() as session:
        disable_user(session, dai, user_id=aiko.id, now=now)
    app.run()
    assert 'href="/login"' in html(app)


def test_only_admins_are_led_to_the_administration(open_app: OpenApp, aiko: User, chie: User, dai: User) -> None:
    for user in (aiko, chie):
        everybody = {"today", "team", "map", "plan", "customers", "import", "duplicates", "reports", "fix_list", "account"}
        assert set(links(open_app(user, "account"))) == everybody
    assert "admin" in links(open_app(dai, "account"))


@pytest.mark.parametrize(("locale", "word"), [("ja-JP,ja;q=0.9", "土"), ("en-US", "Sat, Nov 21"), ("fr", "土")])
def test_the_browser_chooses_the_language_until_the_user_does(open_app: OpenApp, aiko: User, locale: str, word: str) -> None:
    assert word in open_app(aiko, "today", locale=locale).title[0].value


def test_the_users_own_language_wins(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "account", locale="ja")
    app.selectbox(key="account_locale").set_value("en")
    app.button(key="save_preferences").click().run()
    assert not app.exception
    assert app.title[0].value == "Account"


def test_today_is_the_users_day(open_app: OpenApp, aiko: User) -> None:
    assert open_app(aiko, "today").title[0].value == "Sat, Nov 21"
    app = open_app(aiko, "account")
    app.selectbox(key="account_timezone").set_value("Pacific/Honolulu")
    app.button(key="save_preferences").click().run()
    assert "Fri, Nov 20" in open_app(aiko, "today").title[0].value


def test_a_mistake_of_ours_is_a_sentence_not_a_traceback(open_app: OpenApp, aiko: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(follow_ups, "plan_follow_ups", break_down)
    app = open_app(aiko, "today")
    assert not app.exception
    assert "has been noted" in app.error[0].value
    assert "secret detail" not in str(app)
    assert "map" in links(app)


def test_a_database_that_does_not_answer_is_a_sentence(
    open_app: OpenApp, aiko: User, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(aiko, "today")

    def busy() -> None:
        raise DatabaseBusy()

    monkeypatch.setattr(runtime.database, "read", busy)
    app.run()
    assert not app.exception
    assert "does not answer" in app.error[0].value


def test_today_names_what_is_due_and_leads_on_when_nothing_is(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    assert "no customers yet" in open_app(aiko, "today").info[0].value
    customer = make_customer("quiet", owner=aiko, lat=1.0, lon=1.0)
    assert "Nothing is due" in open_app(aiko, "today").info[0].value
    late = make_customer("late", owner=aiko, next_on=(now - timedelta(days=3)).date())
    app = open_app(aiko, "today")
    assert not app.info
    assert [button.key for button in app.button if button.key.startswith("row_")] == [f"row_overdue_{late.id}"]
    assert customer.id != late.id
    app.button(key=f"row_overdue_{late.id}").click().run()
    assert app.query_params["id"] == str(late.id)


def test_a_wrong_current_password_is_refused_beside_its_field(open_app: OpenApp, database: Database, aiko: User, now: datetime) -> None:
    app = open_app(aiko, "account")
    app.text_input(key="password_current").set_value("wrong")
    app.text_input(key="password_new").set_value("a new long passphrase")
    app.button(key="save_password").click().run()
    assert not app.exception
    assert len(app.error) == 1
    log_in(database, email=aiko.email, password=PASSWORD, address="127.0.0.1", user_agent="", now=now)


def test_a_new_password_ends_every_log_in(open_app: OpenApp, database: Database, aiko: User, now: datetime) -> None:
    app = open_app(aiko, "account")
    app.text_input(key="password_current").set_value(PASSWORD)
    app.text_input(key="password_new").set_value("a new long passphrase")
    app.button(key="save_password").click().run()
    assert 'href="/login"' in html(app)
    with database.read() as session:
        assert all(s.revoked_at is not None for s in session.scalars(select(LoginSession)))
    log_in(database, email=aiko.email, password="a new long passphrase", address="127.0.0.1", user_agent="", now=now)


def test_another_device_is_logged_out_from_here(open_app: OpenApp, database: Database, aiko: User, now: datetime) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Mobile Safari/604"
    with database.write() as session:
        open_session(session, aiko, user_agent=agent, now=now)
    app = open_app(aiko, "account")
    assert any("Safari, iPhone" in element.value.replace("\\", "") for element in app.markdown)
    close = next(button for button in app.button if button.key.startswith("close_device_"))
    close.click().run()
    assert not app.exception
    assert not any(button.key.startswith("close_device_") for button in app.button)


def test_the_log_out_form_is_signed_for_this_log_in(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "account")
    assert 'method="post" action="/logout"' in html(app)
    assert 'name="csrf_token" value="' in html(app)
