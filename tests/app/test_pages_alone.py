"""A page run by its own file, past the main script: Streamlit would do so for any `pages/` beside it, so each page guards itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import User
from tests.conftest import CustomerFactory

PAGES = sorted((Path(__file__).resolve().parents[2] / "pages").glob("*.py"))


@pytest.mark.parametrize(
    "cookies", [{}, {"fieldsales_session": "not a session of ours"}, {"fieldsales_session": ""}], ids=["none", "false", "empty"]
)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_run_alone_shows_a_visitor_the_way_to_the_login_and_nothing_else(
    page: Path, cookies: dict[str, str], runtime: Runtime, aiko: User, make_customer: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customer("秘密の得意先", owner=aiko, lat=35.0, lon=135.0)
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self: cookies))
    app = AppTest.from_file(str(page), default_timeout=30).run()
    assert not app.exception
    drawn = [element.proto.body for element in app.get("html")]
    assert len(drawn) == 1
    assert 'href="/login"' in drawn[0]
    assert len(app.main) == 1
    assert "秘密の得意先" not in str(app)
