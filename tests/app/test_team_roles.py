"""Who sees what on the team's page: a rep themself and nothing else, a manager their teams, an admin all, whatever the address says."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, Role, VisitKind
from fieldsales.services.accounts import accounts
from fieldsales.ui.team.team_state import TeamView
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory


@pytest.fixture
def visited(database: Database, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime) -> dict[str, Customer]:
    """A customer of Aiko's (East) and one of Botan's (West), each visited by its owner an hour ago."""
    customers = {user.name: make_customer(f"{user.name}の客", owner=user, lat=34.34, lon=134.05) for user in (aiko, botan)}
    moves = {"likelihood_before": Likelihood.B, "likelihood_after": Likelihood.A, "outcome": Outcome.MET, "kind": VisitKind.VISIT}
    at = now - timedelta(hours=1)
    with database.write() as session:
        for user in (aiko, botan):
            ids = {"customer_id": customers[user.name].id, "user_id": user.id, "client_ref": uuid4()}
            session.add(Visit(**ids, visited_at=at, created_at=at, note=f"{user.name}のメモ", **moves))
    return customers


def everything_drawn(app: AppTest) -> str:
    """Return all that is sent to the browser, the style sheet aside, so that a name in any widget or table is found."""
    assert not app.exception
    found: list[str] = []
    waiting: list[object] = [app._tree]
    while waiting:
        node = waiting.pop()
        said = str(getattr(node, "proto", ""))
        if "<style" not in said:
            found.append(said)
        waiting += getattr(node, "children", {}).values()
    return "\n".join(found)


def views_of(app: AppTest) -> bool:
    return any(element.key == "team_view" for element in app.get("button_group"))


@pytest.mark.parametrize("view", [*TeamView, "nonsense"])
def test_a_rep_sees_their_own_progress_whatever_the_address_asks_for(
    open_app: OpenApp, aiko: User, botan: User, visited: dict[str, Customer], view: str
) -> None:
    app = open_app(aiko, "team", view=view, rep=str(botan.id), team=str(botan.team_id))
    drawn = everything_drawn(app)
    assert "team_filter" in drawn  # it is the team's page
    for hidden in ("Botan", "West", "Chie", "Dai"):
        assert hidden not in drawn
    assert not views_of(app)


@pytest.mark.parametrize("view", list(TeamView))
def test_a_manager_sees_no_person_and_no_customer_of_other_teams(
    open_app: OpenApp, chie: User, botan: User, visited: dict[str, Customer], view: str
) -> None:
    for query in ({}, {"rep": str(botan.id)}, {"team": str(botan.team_id)}, {"q": "Botan"}):
        drawn = everything_drawn(open_app(chie, "team", view=view, **query))
        for hidden in ("Botan", "West"):
            assert hidden not in drawn, query


def test_a_manager_and_an_admin_have_all_views(open_app: OpenApp, chie: User, dai: User, visited: dict[str, Customer]) -> None:
    assert views_of(open_app(chie, "team"))
    app = open_app(dai, "team")
    assert views_of(app)
    assert "Botan" in everything_drawn(app)


def test_somebody_who_was_disabled_sees_nothing(open_app: OpenApp, runtime: Runtime, chie: User, visited: dict[str, Customer]) -> None:
    app = open_app(chie, "team")
    with runtime.database.write() as session:
        accounts.disable_user(session, None, user_id=chie.id, now=runtime.clock())
    drawn = everything_drawn(app.run())
    assert "Aiko" not in drawn
    assert not views_of(app)


def test_a_manager_made_rep_sees_less_at_the_next_tap(
    open_app: OpenApp, runtime: Runtime, chie: User, dai: User, visited: dict[str, Customer]
) -> None:
    app = open_app(chie, "team")
    assert "Aiko" in everything_drawn(app)
    with runtime.database.write() as session:
        accounts.update_user(session, dai, user_id=chie.id, name="Chie", role=Role.REP, team_name="West", now=runtime.clock())
    app.run()
    assert not views_of(app)
    assert "Aiko" not in everything_drawn(app)
