"""`/route/ID` and `/sw.js`: a shell without customers, words as data, and a worker that changes with every release and no more."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from starlette.testclient import TestClient

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import User
from fieldsales.i18n import text_for
from fieldsales.web.asset_files import ASSETS
from fieldsales.web.route_mode import SCRIPTS, page_data
from fieldsales.web.route_words import WORDS
from tests.conftest import CustomerFactory
from tests.planned_days import keep_plan
from tests.web.conftest import LogIn


@pytest.fixture
def plan_id(runtime: Runtime, aiko: User, make_customer: CustomerFactory, today: date) -> int:
    return keep_plan(runtime.database, aiko, [make_customer("秘密の客", owner=aiko)], today)


def test_the_page_is_a_shell_without_customers_in_the_readers_language(client: TestClient, log_in: LogIn, aiko: User, plan_id: int) -> None:
    log_in(aiko)
    answer = client.get(f"/route/{plan_id}", headers={"accept-language": "ja"})
    assert (answer.status_code, answer.headers["content-language"], answer.headers["cache-control"]) == (200, "ja", "no-store")
    assert "秘密の客" not in answer.text
    found = re.search(r'<script type="application/json" id="route-data">(.*?)</script>', answer.text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert (data["plan_id"], data["user_id"], data["words"]["log_visit"]) == (plan_id, aiko.id, "訪問を記録")
    assert [client.get(url).status_code for url in re.findall(r'<script src="([^"]+)"', answer.text)] == [200] * len(SCRIPTS)


def test_a_visitor_logs_in_first_and_comes_back(client: TestClient, plan_id: int) -> None:
    answer = client.get(f"/route/{plan_id}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next=/route/{plan_id}")


def test_nothing_that_is_said_ends_the_script_element() -> None:
    data = page_data(text_for("en"), {"evil": "</script><script>alert(1)</script>\u2028"})
    assert "<" not in data
    assert json.loads(data)["evil"].startswith("</script>")


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    script = "".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    named = set(re.findall(r'say\(\s*"(\w+)"', script)) | {w for pair in re.findall(r'sayCount\("(\w+)", "(\w+)"', script) for w in pair}
    assert named - WORDS.keys() == set()
    assert [name for name in WORDS if f'"{name}"' not in script and not name.startswith("figure_")] == []


def test_the_worker_is_open_names_its_files_and_stays_below_the_route_pages(client: TestClient) -> None:
    answer = client.get("/sw.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assets = json.loads(re.search(r"const ASSETS = (\[.*?\]);", answer.text)[1])  # type: ignore[index]
    assert len(assets) == len(SCRIPTS) + 2
    assert all("?v=" in url for url in assets)
    assert 'const SCOPE = "/route/";' in answer.text
    assert "Service-Worker-Allowed" not in answer.headers


def test_logging_in_and_the_screens_bring_the_script_that_forgets_anothers_day(client: TestClient) -> None:
    assert "/assets/app/route/forget.js?v=" in client.get("/login").text
    assert client.get("/assets/app/route/forget.js").status_code == 200
    assert "/assets/app/route/forget.js" in (ASSETS / "shell.js").read_text(encoding="utf-8")
