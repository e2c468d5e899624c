"""The audit log on the screen: an administrator finds what was done; texts are shown as texts; its export is an entry itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.audit import AuditAction
from fieldsales.services import audit
from fieldsales.services.audit_log import LogQuery, search_log
from fieldsales.services.options import read_options
from tests.app.conftest import OpenApp

Record = Callable[..., None]


@pytest.fixture
def record(database: Database, now: datetime) -> Record:
    """Return a function that adds an entry of some days ago."""

    def add(actor: User | None, action: AuditAction, *, days: float = 0, **values: object) -> None:
        with database.write() as session:
            audit.record(session, actor, action, now=now - timedelta(days=days), **values)  # type: ignore[arg-type]

    return add


def listed(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html") if 'class="fs-audit"' in element.proto.body)


def opened(open_app: OpenApp, user: User, **query: str) -> AppTest:
    return open_app(user, "admin", tab="audit", **query)


def test_an_empty_log_says_how_long_entries_are_kept(open_app: OpenApp, dai: User) -> None:
    app = opened(open_app, dai)
    assert "Entries are kept for 1,095 days." in app.caption[0].value
    assert app.info[0].value == "The log is empty so far."


def test_entries_say_who_did_what_and_what_became_of_it(open_app: OpenApp, aiko: User, dai: User, record: Record) -> None:
    changes = {
        "role": ["rep", "manager"],
        "may_export": [False, True],
        "team": ["", "East"],
        "cadence_days": [{"A": 14, "B": 30}, {"A": 7, "B": 30}],
    }
    record(dai, AuditAction.USER_CHANGED, subject="Aiko", details={"changes": changes}, address="192.0.2.7")
    record(None, AuditAction.LOG_IN_FAILED, days=1, details={"reason": "wrong password"})
    record(aiko, AuditAction.CUSTOMERS_EXPORTED, days=2, subject="list.csv", details={"rows": 1234, "filter": {"tags": ["VIP"]}})
    shown = listed(opened(open_app, dai))
    for words in (
        *("Dai", "Changed a user", "Aiko", "192.0.2.7", "Role: Sales rep → Manager", "May export: No → Yes", "Team: – → East"),
        *(
            "Days between visits A: 14 → 7",
            "Nobody logged in",
            "Log-in failed",
            "Reason: wrong password",
            "Rows: 1,234",
            "Filter: Tags VIP",
        ),
    ):
        assert words in shown.replace("<bdi>", "").replace("</bdi>", ""), words
    assert "B: 30" not in shown


def test_a_territory_is_told_of_in_words(open_app: OpenApp, dai: User, record: Record) -> None:
    facts = {"name": "高松", "kind": "postal_codes", "owner": "Aiko", "team": "East", "areas": ["760"], "rings": 0}
    record(dai, AuditAction.TERRITORY_ADDED, subject="高松", details=facts)
    changes = {"kind": ["postal_codes", "drawn"], "owner": ["Aiko", None]}
    record(dai, AuditAction.TERRITORY_CHANGED, subject="高松", details={"changes": changes})
    shown = listed(opened(open_app, dai)).replace("<bdi>", "").replace("</bdi>", "")
    for words in ("Kind: Postal codes", "Owner: Aiko", "Team: East", "Areas: 760", "Kind: Postal codes → Drawn", "Owner: Aiko → –"):
        assert words in shown, words


def test_what_people_wrote_is_shown_as_text(open_app: OpenApp, dai: User, record: Record) -> None:
    record(
        dai,
        AuditAction.TEAM_ADDED,
        subject="<script>alert(1)</script>",
        details={"<b>name</b>": "<img src=x>", "managers": ["\u202eevil", "😀" * 300]},
    )
    shown = listed(opened(open_app, dai))
    assert "<script>" not in shown
    assert "<img" not in shown
    assert "<b>name" not in shown
    assert "\u202e" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_the_search_stands_in_the_address_and_is_taken_from_it(open_app: OpenApp, aiko: User, dai: User, record: Record) -> None:
    record(aiko, AuditAction.LOGGED_IN, days=3, subject="one")
    record(dai, AuditAction.CUSTOMER_ARCHIVED, days=2, subject="two")
    record(dai, AuditAction.LOGGED_IN, subject="three")
    app = opened(open_app, dai)
    app.text_input(key="audit_words").set_value("dai").run()
    assert app.query_params["q"] == "dai"
    assert "two" in listed(app)
    assert "one" not in listed(app)
    app.selectbox(key="audit_what").select_index(1).run()  # the first act of the first area: logged in
    assert app.query_params["what"] == "act.logged_in"
    assert "three" in listed(app)
    assert "two" not in listed(app)
    app.button(key="audit_clear").click().run()
    assert "q" not in app.query_params
    assert "one" in listed(app)
    for query, subject in (
        ({"who": str(aiko.id)}, "one"),
        ({"what": "area.deletions"}, "two"),
        ({"from": "2026-11-19", "to": "2026-11-19"}, "two"),
    ):
        shown = listed(opened(open_app, dai, **query))
        assert [name for name in ("one", "two", "three") if name in shown] == [subject]


@pytest.mark.parametrize(
    "query", [{"who": "x"}, {"who": "9" * 40}, {"what": "area.nonsense"}, {"from": "yesterday"}, {"q": "\x00'\" %" * 100}]
)
def test_an_address_that_says_nonsense_breaks_nothing(open_app: OpenApp, dai: User, record: Record, query: dict[str, str]) -> None:
    record(dai, AuditAction.LOGGED_IN)
    listed(opened(open_app, dai, **query))


def test_older_entries_are_a_page_further(open_app: OpenApp, dai: User, record: Record) -> None:
    for number in range(60):
        record(dai, AuditAction.LOGGED_IN, days=number, subject=f"entry-{number}.")
    app = opened(open_app, dai)
    assert app.button(key="audit_newer").disabled
    assert "entry-49." in listed(app)
    assert "entry-50." not in listed(app)
    app.button(key="audit_older").click().run()
    assert "entry-50." in listed(app)
    assert "entry-49." not in listed(app)
    assert app.button(key="audit_older").disabled
    app.button(key="audit_newer").click().run()
    assert "entry-0." in listed(app)


def test_a_search_that_finds_nothing_says_so(open_app: OpenApp, dai: User, record: Record) -> None:
    record(dai, AuditAction.LOGGED_IN)
    app = opened(open_app, dai, q="nowhere")
    assert app.info[0].value == "Nothing of this kind is in the log."


def test_the_file_holds_what_the_search_finds_and_is_an_entry(
    open_app: OpenApp, database: Database, aiko: User, dai: User, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fieldsales.ui.admin import admin_audit

    record(aiko, AuditAction.LOGGED_IN, subject="=cmd()", details={"device": "Phone"}, address="192.0.2.7")
    record(dai, AuditAction.LOGGED_OUT, subject="not asked for")
    made: list[bytes] = []
    monkeypatch.setattr(
        admin_audit.st, "download_button", lambda _label, *, data, key, **_rest: made.append(data()) if key == "audit_csv_utf8" else None
    )
    assert "Export" in [popover.proto.popover.label for popover in opened(open_app, dai, who=str(aiko.id)).get("popover")] or made
    heading, line = made[0].decode("utf-8-sig").splitlines()[:2]
    assert heading.startswith("When,Who,What was done,Subject")
    assert "2026-11-21 10:00:00,Aiko,Logged in,'=cmd(),Device: Phone,192.0.2.7,logged_in" in line
    assert b"not asked for" not in made[0]
    with database.read() as session:
        newest = search_log(session, dai, asked=LogQuery()).entries[0]
    assert (newest.action, newest.actor_id, newest.details["rows"]) == (AuditAction.AUDIT_EXPORTED, dai.id, 1)


def test_how_long_entries_are_kept_is_a_setting(open_app: OpenApp, database: Database, dai: User) -> None:
    app = open_app(dai, "admin", tab="options")
    app.number_input(key="option_keep_audit_days").set_value(30)
    app.button(key="save_options").click().run()
    assert [error.value.replace("\\", "") for error in app.error] == ["“30” is not a number that fits here."]
    app.number_input(key="option_keep_audit_days").set_value(400)
    app.button(key="save_options").click().run()
    with database.read() as session:
        assert read_options(session).keep_audit_days == 400
    assert "Days the audit log is kept: 1,095 → 400" in listed(opened(open_app, dai)).replace("<bdi>", "").replace("</bdi>", "")
