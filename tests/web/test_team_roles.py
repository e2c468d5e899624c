"""The team's page over a real websocket: whatever a rep asks for, the server sends them nothing but their own progress."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from fieldsales.bootstrap import utc_now
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Team, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, Role, VisitKind
from fieldsales.services.accounts import accounts
from fieldsales.services.accounts.sessions import SESSION_COOKIE, open_session
from fieldsales.ui.team.team_state import TeamView
from tests.web.test_serving import served, status

PATHS = (
    "/api/v1/team/coverage?bbox=122,20,154,46&zoom=6",
    "/team/summary.pdf",
    "/team/summary.csv",
)


@dataclass(frozen=True)
class Serving:
    """A served product with a rep, another rep of another team, and an admin; `tokens` are their sessions by name."""

    base: str
    database: Database
    tokens: dict[str, str]
    ids: dict[str, int]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Serve the product for all tests of this file."""
    folder = tmp_path_factory.mktemp("roles")
    database = Database(f"sqlite:///{folder / 'fieldsales.sqlite3'}")
    database.upgrade()
    tokens, ids = _fill(database)
    with served(Path(folder)) as (base, _process):
        yield Serving(base, database, tokens, ids)
    database.dispose()


def _fill(database: Database) -> tuple[dict[str, str], dict[str, int]]:
    now = utc_now()
    with database.write() as session:
        east, west = Team(name="East-team", shares_customers=False), Team(name="West-team", shares_customers=False)
        roles = {"aiko": (Role.REP, east), "botan": (Role.REP, west), "dai": (Role.ADMIN, None), "emi": (Role.REP, east)}
        people = {
            name: User(email=f"{name}@example.com", name=f"{name}-person", role=role, team=team, password_hash="-", created_at=now)
            for name, (role, team) in roles.items()
        }
        session.add_all(people.values())
        session.flush()
        for name in ("aiko", "botan"):
            customer = Customer(
                name=f"{name}-customer",
                owner_id=people[name].id,
                team_id=people[name].team_id,
                created_at=now - timedelta(days=90),
                changed_at=now,
                search_text="",
                match_key=name,
                lat=35.0,
                lon=135.0,
            )
            session.add(customer)
            session.flush()
            at = now - timedelta(minutes=5)
            values = {"customer_id": customer.id, "user_id": people[name].id, "kind": VisitKind.VISIT, "outcome": Outcome.MET}
            moves = {"likelihood_before": Likelihood.B, "likelihood_after": Likelihood.A}
            session.add(Visit(client_ref=uuid4(), visited_at=at, created_at=at, note=f"{name}-note", **values, **moves))
    with database.write() as session:
        tokens = {name: open_session(session, user, user_agent="", now=now) for name, user in people.items()}
    return tokens, {name: user.id for name, user in people.items()}


def _sent(serving: Serving, name: str, query: str) -> str:
    """Return all that the server sends when the person's browser asks for the team's page, as text."""
    headers = {"Cookie": f"{SESSION_COOKIE}={serving.tokens[name]}", "Accept-Language": "en"}
    address = serving.base.replace("http", "ws") + "/_stcore/stream"
    said: list[str] = []
    with connect(address, additional_headers=headers, subprotocols=["streamlit"], proxy=None, max_size=None) as websocket:  # type: ignore[list-item]
        wanted = BackMsg()
        wanted.rerun_script.query_string = query
        wanted.rerun_script.page_name = "team"
        websocket.send(wanted.SerializeToString())
        while True:
            frame = websocket.recv(timeout=120)
            assert isinstance(frame, bytes)
            message = ForwardMsg.FromString(frame)
            said.append(str(message))
            if message.WhichOneof("type") == "script_finished":
                return "\n".join(said)


@pytest.mark.parametrize("view", [*TeamView, "nonsense"])
def test_a_rep_is_sent_only_their_own_progress_whichever_view_they_ask_for(serving: Serving, view: str) -> None:
    others = urllib.parse.urlencode({"view": view, "rep": serving.ids["botan"], "team": 2, "q": "botan"})
    for query in (f"view={view}", others, f"view={view}&rep={serving.ids['botan']},{serving.ids['aiko']}"):
        sent = _sent(serving, "aiko", query)
        assert "team_filters" in sent  # it is the team's page that was drawn
        for hidden in ("botan-person", "botan-customer", "botan-note", "emi-person", "dai-person", "West-team"):
            assert hidden not in sent, (hidden, query)
        assert "team_view" not in sent  # the chips of the other views


def test_an_admin_is_sent_what_a_rep_is_not(serving: Serving) -> None:
    sent = _sent(serving, "dai", "view=progress&period=2020-01-01..2035-12-31")
    assert "botan-person" in sent
    assert "team_view" in sent


@pytest.mark.parametrize("path", PATHS)
def test_the_files_and_programs_of_the_page_refuse_a_rep(serving: Serving, path: str) -> None:
    as_rep = {"Cookie": f"{SESSION_COOKIE}={serving.tokens['aiko']}"}
    assert status(serving.base + path, **as_rep) == 403
    as_admin = {"Cookie": f"{SESSION_COOKIE}={serving.tokens['dai']}"}
    assert status(serving.base + path, **as_admin) == 200
    assert status(serving.base + path) in (303, 401)


def test_somebody_who_was_disabled_gets_no_websocket_any_more(serving: Serving) -> None:
    assert "team" in _sent(serving, "emi", "")
    with serving.database.write() as session:
        accounts.disable_user(session, None, user_id=serving.ids["emi"], now=utc_now())
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        for _ in range(200):  # the gate believes what it knows for two seconds
            _sent(serving, "emi", "")
