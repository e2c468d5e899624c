"""Screens without a browser: `open_app(aiko, "map")` runs the main script as Streamlit would for a logged-in person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime, use_runtime
from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.services.accounts.sessions import SESSION_COOKIE, open_session
from tests.conftest import CustomerFactory
from tests.days import QuickSolver, add_office, make_town

ROOT = Path(__file__).resolve().parents[2]
OpenApp = Callable[..., AppTest]


@pytest.fixture
def open_app(runtime: Runtime, now: datetime, monkeypatch: pytest.MonkeyPatch) -> OpenApp:
    """Return `open_app(user, screen="", *, locale="en-US", **query)`, which returns the app after its first run.

    `user` None is a visitor without a cookie. `screen` is a file name in `pages/` without its ending.
    """

    def open_screen(user: User | None, screen: str = "", *, locale: str = "en-US", **query: str) -> AppTest:
        cookies: dict[str, str] = {}
        if user is not None:
            with runtime.database.write() as session:
                cookies[SESSION_COOKIE] = open_session(session, user, user_agent="test", now=now)
        monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self: cookies))
        monkeypatch.setattr(ContextProxy, "headers", property(lambda _self: {"Accept-Language": locale}))
        app = AppTest.from_file(str(ROOT / "fieldsales/ui/main.py"), default_timeout=30)
        app.query_params |= query
        app.run()
        if screen:
            app.switch_page(str(ROOT / "pages" / f"{screen}.py"))
            app.query_params |= query
            app.run()
        return app

    return open_screen


def fields_of(app: AppTest) -> WidgetStates:
    """Return what a browser says of the fields that it shows: `app._run` of it later is a tap before the next answer has come."""
    states = app._tree.get_widget_states().widgets
    return WidgetStates(widgets=[state for state in states if not state.HasField("trigger_value")])  # a button is named when tapped


@pytest.fixture
def quick_runtime(runtime: Runtime) -> None:
    """Let pages plan with the real solver, which takes less trouble."""
    use_runtime(replace(runtime, solver=QuickSolver()))


@pytest.fixture
def town(database: Database, aiko: User, make_customer: CustomerFactory) -> None:
    """An office and eight customers of Aiko's around it, whom nobody has visited."""
    add_office(database)
    make_town(make_customer, aiko, 8)
