"""Logging in and out, as a browser does it."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import LoginSession, User
from fieldsales.services.accounts import accounts, passwords
from fieldsales.services.accounts.sessions import SESSION_COOKIE, find_user, open_session
from fieldsales.web.cookies import FORM_COOKIE
from tests.conftest import PASSWORD
from tests.fakes import FakeClock
from tests.web.conftest import COOKIE_DOMAIN, INSIDE, LogIn

HTTPS = "https://testserver"


def token_of(html: str) -> str:
    """Return the token in a form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def submit(client: TestClient, *, email: str = "aiko@example.com", password: str = PASSWORD, **fields: str):  # type: ignore[no-untyped-def]
    """Fill in the login form and send it."""
    form = {"csrf_token": token_of(client.get("/login").text), "email": email, "password": password}
    return client.post("/login", data=form | fields)


def test_a_right_password_leads_to_the_page_that_was_asked_for(client: TestClient, aiko: User) -> None:
    answer = submit(client, next="/map?likelihood=A")
    assert (answer.status_code, answer.headers["location"]) == (303, "/map?likelihood=A")
    assert client.get("/map").text == INSIDE


def test_the_e_mail_address_may_be_typed_in_any_case_and_width(client: TestClient, aiko: User) -> None:
    assert submit(client, email="　ＡＩＫＯ@Example.COM ").status_code == 303


def test_the_session_cookie_is_for_http_alone_and_for_https_alone_under_https(client: TestClient, aiko: User) -> None:
    plain = next(c for c in submit(client).headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"} <= set(plain.split("; "))
    assert "Secure" not in plain
    client.cookies.clear()
    client.base_url = HTTPS
    secure = next(c for c in submit(client).headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    assert "Secure" in secure.split("; ")


def test_only_the_hash_of_the_token_is_stored(client: TestClient, aiko: User, runtime: Runtime) -> None:
    submit(client)
    with runtime.database.read() as session:
        stored = session.query(LoginSession).one()
    assert stored.token_hash != client.cookies[SESSION_COOKIE]
    assert client.cookies[SESSION_COOKIE] not in repr(vars(stored))
    assert stored.user_agent == "testclient"


def test_the_page_speaks_the_browsers_language_and_helps_password_managers(client: TestClient) -> None:
    english = client.get("/login", headers={"accept-language": "de, en-GB;q=0.8, ja;q=0.5"})
    japanese = client.get("/login", headers={"accept-language": "ja-JP,ja;q=0.9,en;q=0.8"})
    assert '<html lang="en">' in english.text
    assert '<html lang="ja">' in japanese.text
    for page in (english.text, japanese.text):
        assert 'autocomplete="username"' in page
        assert 'autocomplete="current-password"' in page
        assert page.count('type="submit"') == 1
        assert 'name="viewport"' in page


@pytest.mark.parametrize(
    ("email", "password", "field", "status"),
    [
        ("", PASSWORD, "email", 422),
        ("aiko@example.com", "", "password", 422),
        ("aiko@example.com", "wrong password", "password", 401),
        ("nobody@example.com", PASSWORD, "password", 401),
        ("aiko@example.com\x00", "wrong", "password", 401),
        ("' OR 1=1 --", "' OR 1=1 --", "password", 401),
        ("aiko@example.com", "x" * 5000, "password", 401),
        ("😀" * 500, "パスワード" * 100, "password", 401),
    ],
)
def test_what_is_wrong_stands_next_to_its_field(client: TestClient, aiko: User, email: str, password: str, field: str, status: int) -> None:
    answer = submit(client, email=email, password=password)
    assert answer.status_code == status
    assert f'id="{field}-error"' in answer.text
    assert SESSION_COOKIE not in answer.headers.get("set-cookie", "")
    assert client.get("/map").status_code == 303


def test_a_typed_address_is_shown_again_as_text(client: TestClient) -> None:
    answer = submit(client, email='"><script>alert(1)</script>', password="x")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text
    assert ">x<" not in answer.text
    assert 'value="x"' not in answer.text


def test_an_unknown_account_gets_the_same_answer_after_the_same_work(
    client: TestClient, aiko: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[bytes] = []
    verify = passwords._hasher.verify
    monkeypatch.setattr(passwords._hasher, "verify", lambda password, expected: (hashed.append(password), verify(password, expected))[1])
    known = submit(client, password="wrong password")
    unknown = submit(client, email="nobody@example.com", password="wrong password")
    assert hashed == [b"wrong password"] * 2
    assert unknown.status_code == known.status_code

    def neutral(html: str) -> str:
        return html.replace(token_of(html), "").replace("nobody@", "aiko@")

    assert neutral(unknown.text) == neutral(known.text)
    assert unknown.headers.keys() == known.headers.keys()


def test_a_disabled_account_gets_the_answer_of_an_unknown_one(client: TestClient, aiko: User, runtime: Runtime) -> None:
    with runtime.database.write() as session:
        accounts.disable_user(session, None, user_id=aiko.id, now=runtime.clock())
    answer = submit(client)
    assert answer.status_code == 401
    assert "E-mail address or password is wrong." in answer.text


def test_the_delay_grows_and_the_browser_is_told_how_long(client: TestClient, aiko: User, clock: FakeClock) -> None:
    for _ in range(5):
        assert submit(client, password="wrong password").status_code == 401
    refused = submit(client)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert "Please wait 1 seconds" in refused.text
    clock.advance(seconds=1)
    assert submit(client, password="wrong password").status_code == 401
    assert submit(client).headers["retry-after"] == "2"
    clock.advance(seconds=2)
    assert submit(client).status_code == 303


@pytest.mark.parametrize("cheat", ["", "x", "none", "other browser", "no cookie"])
def test_a_form_without_its_token_logs_nobody_in(client: TestClient, aiko: User, runtime: Runtime, cheat: str) -> None:
    token = token_of(client.get("/login").text)
    if cheat == "other browser":
        client.cookies.clear()
        client.get("/login")
    if cheat == "no cookie":
        client.cookies.clear()
    fields = {"email": "aiko@example.com", "password": PASSWORD}
    if cheat != "none":
        fields["csrf_token"] = token if cheat in ("other browser", "no cookie") else cheat
    answer = client.post("/login", data=fields)
    assert answer.status_code == 403
    assert "This form has expired" in answer.text
    assert SESSION_COOKIE not in client.cookies
    again = client.post("/login", data=fields | {"csrf_token": token_of(answer.text)})
    assert again.status_code == 303


def test_a_form_of_another_site_logs_nobody_in(client: TestClient, aiko: User) -> None:
    form = {"csrf_token": token_of(client.get("/login").text), "email": "aiko@example.com", "password": PASSWORD}
    answer = client.post("/login", data=form, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert SESSION_COOKIE not in client.cookies


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example", "", "/login", "/login?next=/login", "/logout", "/api/v1/me", "/_stcore/health", "///evil.example",
        "/%0d%0aSet-Cookie:x=1 y",
        "http:/evil.example", "/" + "a" * 3000, "//[", "/map evil",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_the_login(client: TestClient, aiko: User, target: str) -> None:
    assert submit(client, next=target).headers["location"] == "/"


def test_who_is_logged_in_is_not_asked_again(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    assert client.get("/login?next=/map").headers["location"] == "/map"
    assert client.get("/login?next=//evil.example").headers["location"] == "/"


def test_logging_in_again_ends_the_former_session_of_this_browser(client: TestClient, log_in: LogIn, aiko: User, runtime: Runtime) -> None:
    form = {"csrf_token": token_of(client.get("/login").text), "email": "aiko@example.com", "password": PASSWORD}
    former = log_in(aiko)
    client.post("/login", data=form)
    with runtime.database.read() as session:
        assert find_user(session, former, now=runtime.clock()) is None


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"a" * 20_000, b"&".join(b"a=1" for _ in range(30)), b'{"email": "x"}'])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", ""])
def test_garbage_instead_of_a_form_is_refused_plainly(client: TestClient, body: bytes, kind: str) -> None:
    answer = client.post("/login", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 403)
    assert "Traceback" not in answer.text


def logout_form(client: TestClient) -> str:
    return token_of(client.get("/logout").text)


def test_logging_out_needs_the_forms_token(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    assert client.post("/logout").status_code == 400
    for token in ("", "x", token_of(client.get("/logout").text) + "x"):
        assert client.post("/logout", data={"csrf_token": token}).status_code == 403
    assert client.get("/map").text == INSIDE


def test_a_logout_form_of_another_session_is_refused(client: TestClient, log_in: LogIn, aiko: User, botan: User) -> None:
    log_in(aiko)
    token = logout_form(client)
    log_in(botan)
    assert client.post("/logout", data={"csrf_token": token}).status_code == 403


def test_a_login_form_does_not_log_out(client: TestClient, log_in: LogIn, aiko: User) -> None:
    token = token_of(client.get("/login").text)
    log_in(aiko)
    assert client.post("/logout", data={"csrf_token": token}).status_code == 403


def test_logging_out_ends_this_session_at_once_and_no_other(client: TestClient, log_in: LogIn, aiko: User, runtime: Runtime) -> None:
    elsewhere = log_in(aiko)
    here = log_in(aiko)
    answer = client.post("/logout", data={"csrf_token": logout_form(client)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?bye")
    assert SESSION_COOKIE not in client.cookies
    client.cookies.set(SESSION_COOKIE, here, domain=COOKIE_DOMAIN)
    assert client.get("/map").status_code == 303
    client.cookies.set(SESSION_COOKIE, elsewhere, domain=COOKIE_DOMAIN)
    assert client.get("/map").text == INSIDE
    client.cookies.clear()
    assert "You are logged out." in client.get("/login?bye").text


def test_logging_out_everywhere_ends_every_session_of_this_user_alone(
    client: TestClient, log_in: LogIn, aiko: User, botan: User, runtime: Runtime
) -> None:
    with runtime.database.write() as session:
        of_botan = open_session(session, botan, user_agent="", now=runtime.clock())
    elsewhere, here = log_in(aiko), log_in(aiko)
    client.post("/logout", data={"csrf_token": logout_form(client), "everywhere": "1"})
    for token, status in ((here, 303), (elsewhere, 303), (of_botan, 200)):
        client.cookies.clear()
        client.cookies.set(SESSION_COOKIE, token, domain=COOKIE_DOMAIN)
        assert client.get("/map").status_code == status


def test_the_form_cookie_is_of_no_use_as_a_session(client: TestClient, aiko: User) -> None:
    client.get("/login")
    client.cookies.set(SESSION_COOKIE, client.cookies[FORM_COOKIE], domain=COOKIE_DOMAIN)
    assert client.get("/map").status_code == 303


def test_a_form_that_is_too_old_is_drawn_again(client: TestClient, aiko: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldsales.services.accounts.form_tokens.MAX_AGE_S", -1)
    answer = submit(client)
    assert answer.status_code == 403
    assert "This form has expired" in answer.text


def test_the_body_may_come_in_pieces_but_not_without_end(client: TestClient) -> None:
    read: list[int] = []

    def endless():  # type: ignore[no-untyped-def]
        for piece in range(100):
            read.append(piece)
            yield urlencode({f"a{piece}": "x" * 1000}).encode()

    answer = client.post("/login", content=endless(), headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400
