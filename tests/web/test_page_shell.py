"""Streamlit's page goes out in our name and the visitor's language; everything else goes out as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import streamlit
from starlette.testclient import TestClient

from fieldsales.db.models import User
from fieldsales.web.page_shell import ON_EVERY_SCREEN, shell
from tests.web.conftest import STREAMLITS_PAGE, LogIn


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_the_page_of_the_installed_streamlit_is_still_the_one_we_know(locale: str) -> None:
    page = shell(locale).decode()
    assert page.count(f'<html lang="{locale}">') == 1
    assert page.count("<title>FieldSales</title>") == 1
    assert page.count("/assets/app/icon.svg?v=") == 1
    assert page.index("/assets/app/shell.js?v=") < page.index('type="module"')
    assert "<title>Streamlit" not in page


def test_our_style_comes_after_streamlits_and_before_anything_is_drawn(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    page = shell("ja").decode()
    assert page.index("</head>") < page.index("/assets/app/style.css?v=") < page.index('<div id="root">')
    (address,) = re.findall(r'href="(/assets/app/style\.css[^"]*)"', page)
    answer = client.get(address, headers={"accept-encoding": "gzip"})
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    assert ".st-key-nav" in answer.text
    assert "immutable" in answer.headers["cache-control"]


def test_the_scripts_of_what_every_screen_has_come_along_each_once_with_what_they_import() -> None:
    scripts = Path(streamlit.__file__).parent / "static" / "static" / "js"
    named = re.findall(r'(?:modulepreload" crossorigin href|module" crossorigin src)="\./static/js/([\w.-]+)"', shell("en").decode())
    assert len(named) == len(set(named))
    for kind in ON_EVERY_SCREEN:
        (script,) = [name for name in named if name.startswith(f"{kind}.")]
        imported = re.findall(r"""\b(?:from|import)["']\./([\w.-]+\.js)["']""", (scripts / script).read_text(encoding="utf-8"))
        assert set(imported) <= set(named)
        assert all((scripts / name).is_file() for name in [script, *imported])


def test_a_screen_speaks_the_browsers_language(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    answer = client.get(
        "/screen", headers={"accept-language": "ja", "accept-encoding": "gzip", "if-modified-since": "Sat, 21 Nov 2099 00:00:00 GMT"}
    )
    assert answer.content == shell("ja")
    assert answer.headers["content-length"] == str(len(shell("ja")))
    assert not {"etag", "last-modified", "content-encoding"} & set(answer.headers)


def test_the_frame_of_a_component_and_what_programs_fetch_stay_as_they_are(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    original = STREAMLITS_PAGE.read_bytes()
    assert client.get("/component/x/index.html").content == original
    assert client.get("/screen", headers={"accept": "*/*"}).content == original


def test_our_own_pages_stay_as_they_are(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    assert "shell.js" not in client.get("/logout").text
    assert "shell.js" not in client.get("/faulty").text
