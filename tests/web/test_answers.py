"""Headers, errors, health, files, proxies: what every answer has in common."""

from __future__ import annotations

import dataclasses
import re

import pytest
from starlette.testclient import TestClient

from fieldsales import bootstrap
from fieldsales.bootstrap import Runtime
from fieldsales.db.models import User
from fieldsales.web.headers import content_policy, tile_host
from tests.web.conftest import LogIn, build_app
from tests.web.test_login import submit


def policy_of(answer) -> dict[str, set[str]]:  # type: ignore[no-untyped-def]
    """Return the content policy of an answer by directive."""
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {name: set(sources) for name, *sources in parts}


@pytest.mark.parametrize("path", ["/login", "/map", "/api/v1/me", "/healthz", "/assets/app/login.css", "/nothing", "/logout"])
@pytest.mark.parametrize("logged_in", [False, True])
def test_every_answer_carries_the_security_headers(client: TestClient, log_in: LogIn, aiko: User, path: str, logged_in: bool) -> None:
    if logged_in:
        log_in(aiko)
    answer = client.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "geolocation=(self)" in answer.headers["permissions-policy"]
    policy = policy_of(answer)
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == {"'self'"}
    assert policy["object-src"] == {"'none'"}


def test_the_page_may_talk_to_nobody_but_us_and_the_tiles(client: TestClient) -> None:
    policy = policy_of(client.get("/login"))
    hosts = {source for sources in policy.values() for source in sources if "." in source}
    assert hosts == {"https://cyberjapandata.gsi.go.jp", "https://tile.openstreetmap.org"}
    assert all(host not in policy[name] for name in policy if name != "img-src" for host in hosts)


def test_only_the_frame_of_a_component_may_run_what_it_makes_up(client: TestClient) -> None:
    loose = {"'unsafe-eval'", "'unsafe-inline'"}
    assert loose <= policy_of(client.get("/component/streamlit_folium.st_folium/index.html"))["script-src"]
    for path in ("/login", "/map", "/static/x", "/componentx", "/x/component/"):
        assert not loose & policy_of(client.get(path))["script-src"]


def test_streamlits_own_inline_script_is_allowed_by_its_hash(client: TestClient) -> None:
    assert any(source.startswith("'sha256-") for source in policy_of(client.get("/map"))["script-src"])


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://{s}.tile.example/{z}/{x}/{y}.png", "https://*.tile.example"),
        ("http://tiles.internal:8080/{z}/{x}/{y}.png", "http://tiles.internal:8080"),
        ("/tiles/{z}/{x}/{y}.png", "'self'"),
    ],
)
def test_a_tile_server_of_ones_own_replaces_the_public_ones(runtime: Runtime, url: str, source: str) -> None:
    assert tile_host(url) == source
    policy = content_policy("/map", dataclasses.replace(runtime.settings, tiles_url=url))
    assert f"img-src 'self' data: blob: {source};" in policy
    assert "openstreetmap" not in policy


def test_under_https_browsers_are_told_to_stay_there(client: TestClient) -> None:
    assert "strict-transport-security" not in client.get("/login").headers
    client.base_url = "https://testserver"
    assert "max-age=31536000" in client.get("/login").headers["strict-transport-security"]


def test_a_fault_shows_a_page_or_json_and_never_its_details(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    page = client.get("/faulty")
    program = client.get("/faulty", headers={"accept": "application/json"})
    assert page.status_code == program.status_code == 500
    assert page.headers["content-type"].startswith("text/html")
    assert program.json()["error"]["code"] == "unexpected"
    for answer in (page, program):
        assert "secret detail" not in answer.text
        assert "Traceback" not in answer.text
        assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/nothing", "/api/", "/api/map/nothing", "/api/v1/customers/1/2/3"])
def test_nothing_below_api_is_answered_with_a_page(client: TestClient, log_in: LogIn, aiko: User, path: str) -> None:
    log_in(aiko)
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"].keys() == {"code", "message", "field"}


def test_the_wrong_method_is_said_in_the_same_shape(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    answer = client.delete("/api/v1/me")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_errors_are_said_in_the_language_asked_for(client: TestClient) -> None:
    english = client.get("/api/v1/me", headers={"accept-language": "en"}).json()["error"]["message"]
    japanese = client.get("/api/v1/me", headers={"accept-language": "ja"}).json()["error"]["message"]
    assert english == "Please log in."
    assert re.search(r"[ぁ-ん]", japanese)


def test_the_process_is_alive_whatever_the_database_does_but_not_ready(
    client: TestClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)

    def broken() -> None:
        raise OSError("gone")

    monkeypatch.setattr(runtime.database, "ping", broken)
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)


def test_a_database_that_lacks_a_migration_is_not_ready(client: TestClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.database, "is_current", lambda: False)
    answer = client.get("/readyz", headers={"accept": "*/*"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_busy")


def test_files_named_with_their_version_are_kept_for_good_and_others_asked_about(client: TestClient, log_in: LogIn, aiko: User) -> None:
    link = re.search(r'href="(/assets/app/login\.css\?v=[0-9a-f]+)"', client.get("/login").text)
    assert link is not None
    versioned = client.get(link[1])
    assert "immutable" in versioned.headers["cache-control"]
    log_in(aiko)
    plain = client.get("/assets/leaflet/leaflet.js")
    assert plain.status_code == 200
    assert "no-cache" in plain.headers["cache-control"]
    assert client.get("/assets/leaflet/leaflet.js", headers={"if-none-match": plain.headers["etag"]}).status_code == 304
    assert client.get("/assets/app/../gate.py").status_code != 200 or "class Gate" not in client.get("/assets/app/../gate.py").text
    assert client.get("/assets/app/nothing.css").status_code == 404


@pytest.mark.parametrize(
    ("trusted", "believed"),
    [("", False), ("10.0.0.9", True), ("10.0.0.0/8", True), ("192.168.0.1, 10.0.0.9", True), ("192.168.0.1", False), ("127.0.0.1", False)],
)
def test_a_proxy_is_believed_only_when_the_setting_names_it(runtime: Runtime, aiko: User, trusted: str, believed: bool) -> None:
    bootstrap.use_runtime(dataclasses.replace(runtime, settings=dataclasses.replace(runtime.settings, trusted_proxies=trusted)))
    forwarded = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}
    with TestClient(build_app(), follow_redirects=False, headers=forwarded | {"accept": "text/html"}, client=("10.0.0.9", 1)) as client:
        answer = client.get("/login")
        assert ("strict-transport-security" in answer.headers) is believed
        assert ("Secure" in answer.headers["set-cookie"]) is believed


@pytest.mark.parametrize(("trusted", "status"), [("10.0.0.9", 401), ("", 429)])
def test_attempts_are_counted_per_address_of_the_client_behind_a_trusted_proxy(
    runtime: Runtime, aiko: User, trusted: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldsales.services.accounts.passwords._hasher.verify", lambda *_: False)
    bootstrap.use_runtime(dataclasses.replace(runtime, settings=dataclasses.replace(runtime.settings, trusted_proxies=trusted)))
    with TestClient(build_app(), follow_redirects=False, client=("10.0.0.9", 1)) as client:
        for number in range(31):
            client.headers["x-forwarded-for"] = f"203.0.113.{number}"
            answer = submit(client, email=f"somebody{number}@example.com", password="wrong")
        assert answer.status_code == status
