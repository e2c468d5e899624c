"""Nobody gets in without logging in."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import User
from fieldsales.errors import DatabaseBusy
from fieldsales.services.accounts import accounts, sessions
from fieldsales.services.accounts.sessions import SESSION_COOKIE
from fieldsales.web import session_check
from fieldsales.web.gate import OPEN_PATHS, SESSION_ENDED
from tests.web.conftest import COOKIE_DOMAIN, INSIDE, LogIn

PAGES = [
    "/",
    "/map",
    "/today",
    "/customers",
    "/plan",
    "/team",
    "/import",
    "/account",
    "/admin",
    "/fix_list",
    "/logout",
    "/docs",
    "/openapi.json",
]
TRICKS = [
    "/login/",
    "//login",
    "/LOGIN",
    "/login/../map",
    "/login;/map",
    "/login%2f",
    "/%6dap",
    "/healthz/",
    "/healthz/x",
    "/map?next=/login",
]
FILES = [
    "/static/js/index.js", "/media/x", "/component/streamlit_folium.st_folium/index.html", "/app/static/x", "/favicon.ico",
    "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/upload_file/a/b",
    "/assets/app/map.js", "/assets/leaflet/leaflet.js", "/assets/leaflet/leaflet.css", "/assets/app/login.css.map",
]  # fmt: skip
API = ["/api/map/features?bbox=130,30,145,45&zoom=5", "/api/v1/customers", "/api/v1/me", "/api/v1/openapi.json", "/api", "/api/", "/api/x"]
NO_COOKIES = ["", "abc", "0" * 43, "../../etc", "é".encode().decode("latin-1"), "x" * 5000]


@pytest.mark.parametrize("path", PAGES + TRICKS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_visitor_without_a_cookie_is_sent_from_every_page_to_the_login(client: TestClient, path: str, method: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
    assert not answer.content


@pytest.mark.parametrize("path", FILES + API)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_visitor_without_a_cookie_gets_nothing_from_any_file_or_api_path(client: TestClient, path: str, method: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code in (401, 303)
    assert INSIDE not in answer.text


@pytest.mark.parametrize("path", API)
def test_the_api_says_in_json_that_one_must_log_in(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"code": "not_logged_in", "message": "Please log in.", "field": None}}


@pytest.mark.parametrize("cookie", NO_COOKIES)
@pytest.mark.parametrize("path", ["/map", "/api/v1/me", "/_stcore/health"])
def test_a_made_up_cookie_opens_nothing(client: TestClient, aiko: User, path: str, cookie: str) -> None:
    header = f"session={cookie}; {SESSION_COOKIE}={cookie}; {SESSION_COOKIE}={cookie}".encode("latin-1")
    answer = client.get(path, headers={"cookie": header})
    assert answer.status_code in (303, 401)


def test_the_hash_of_a_token_is_not_a_token(client: TestClient, log_in: LogIn, aiko: User) -> None:
    token = log_in(aiko)
    client.cookies.clear()
    client.cookies.set(SESSION_COOKIE, sessions.hash_token(token), domain=COOKIE_DOMAIN)
    assert client.get("/map").status_code == 303


def test_only_what_the_login_page_and_a_monitor_need_is_open(client: TestClient) -> None:
    assert {path: client.get(path).status_code for path in OPEN_PATHS} == dict.fromkeys(OPEN_PATHS, 200)
    assert all(INSIDE not in client.get(path).text for path in OPEN_PATHS)


def test_who_is_logged_in_gets_in(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    assert client.get("/map").text == INSIDE
    assert client.get("/api/v1/me").json()["email"] == "aiko@example.com"


def test_the_login_leads_back_to_the_page_with_its_filter(client: TestClient) -> None:
    assert (
        client.get("/map?likelihood=A,B&q=高松").headers["location"]
        == "/login?next=/map%3Flikelihood%3DA%2CB%26q%3D%25E9%25AB%2598%25E6%259D%25BE"
    )
    assert client.get("/").headers["location"] == "/login"


def test_a_websocket_without_a_session_is_closed_before_it_is_accepted(client: TestClient) -> None:
    for cookie in (None, "abc"):
        client.cookies.clear()
        if cookie:
            client.cookies.set(SESSION_COOKIE, cookie, domain=COOKIE_DOMAIN)
        with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect("/_stcore/stream"):
            pass
        assert refused.value.code == SESSION_ENDED


def test_a_websocket_of_another_site_is_closed_although_the_browser_sends_the_cookie(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    headers = {"origin": "http://evil.example"}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers=headers):
        pass


def test_a_websocket_of_our_own_page_works(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    with client.websocket_connect("/_stcore/stream", headers={"origin": "http://testserver"}) as websocket:
        websocket.send_text("hello")
        assert websocket.receive_text() == f"{aiko.id}: hello"


def test_an_open_websocket_closes_at_the_next_message_after_its_session_was_revoked(
    client: TestClient, log_in: LogIn, aiko: User, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [100.0]
    monkeypatch.setattr(session_check.check, "monotonic", lambda: moment[0])
    log_in(aiko)
    with client.websocket_connect("/_stcore/stream") as websocket:
        websocket.send_text("one")
        assert websocket.receive_text().endswith("one")
        with runtime.database.write() as session:
            sessions.close_all_sessions(session, aiko, now=runtime.clock())
        moment[0] += session_check.REMEMBER_S
        websocket.send_text("two")
        with pytest.raises(WebSocketDisconnect) as closed:
            websocket.receive_text()
        assert closed.value.code == SESSION_ENDED


def test_a_disabled_user_is_out_within_two_seconds_without_any_log_out(
    client: TestClient, log_in: LogIn, botan: User, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [100.0]
    monkeypatch.setattr(session_check.check, "monotonic", lambda: moment[0])
    log_in(botan)
    assert client.get("/map").status_code == 200
    with runtime.database.write() as session:
        accounts.disable_user(session, None, user_id=botan.id, now=runtime.clock())
    moment[0] += 2
    assert client.get("/map").status_code == 303
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://testserver.evil.example", "http://testserver:81", "garbage"])
def test_another_site_cannot_post_in_the_name_of_somebody_logged_in(client: TestClient, log_in: LogIn, aiko: User, origin: str) -> None:
    log_in(aiko)
    for method in ("POST", "PUT", "DELETE"):
        answer = client.request(method, "/_stcore/upload_file/a/b", headers={"origin": origin})
        assert answer.status_code == 403
        assert INSIDE not in answer.text


def test_a_browser_that_only_says_cross_site_is_refused_too(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    assert client.post("/x", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post("/x", headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_a_database_that_does_not_answer_lets_nobody_in(
    client: TestClient, log_in: LogIn, aiko: User, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(aiko)

    def busy(*_: object, **__: object) -> None:
        raise DatabaseBusy()

    monkeypatch.setattr(sessions, "find_session", busy)
    answer = client.get("/map")
    assert answer.status_code == 503
    assert INSIDE not in answer.text
    assert client.get("/healthz").status_code == 200


def test_visiting_prolongs_session_and_cookie_but_writes_only_now_and_then(
    client: TestClient, log_in: LogIn, aiko: User, runtime: Runtime, clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    touch = sessions.touch_session
    monkeypatch.setattr(sessions, "touch_session", lambda session, id, *, now: (written.append(id), touch(session, id, now=now)))
    token = log_in(aiko)
    for days in (0, 20, 20, 20):
        clock.advance(days=days)  # type: ignore[attr-defined]
        session_check.check.forget()
        for _ in range(5):
            answer = client.get("/map")
            assert answer.text == INSIDE
            assert f"{SESSION_COOKIE}={token}" in answer.headers["set-cookie"]
            assert "Max-Age=2592000" in answer.headers["set-cookie"]
    assert len(written) == 3
    clock.advance(days=31)  # type: ignore[attr-defined]
    session_check.check.forget()
    assert client.get("/map").status_code == 303
