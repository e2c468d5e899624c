"""`/team/summary.pdf` and `.csv`: the filter of the page, the rights of the page, and nothing for strangers."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from starlette.testclient import TestClient

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, Customer, User
from fieldsales.domain.likelihood import Likelihood
from tests.conftest import CustomerFactory
from tests.web.conftest import LogIn

PDF, CSV = "/team/summary.pdf", "/team/summary.csv"


@pytest.fixture
def overdue(make_customer: CustomerFactory, aiko: User, botan: User, today: date) -> list[Customer]:
    """An A of Aiko's and one of Botan's that were to be visited yesterday."""
    values = {"likelihood": Likelihood.A, "next_on": today - timedelta(days=1)}
    return [make_customer("高松食品", owner=aiko, tags=["VIP"], **values), make_customer("丸亀商店", owner=botan, **values)]


def rows_of(content: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))


def names(content: bytes) -> set[str]:
    return {name for name in ("高松食品", "丸亀商店") for row in rows_of(content) if name in row}


def test_a_manager_has_the_week_of_their_team_as_pdf(client: TestClient, log_in: LogIn, overdue: list[Customer], chie: User) -> None:
    log_in(chie)
    answer = client.get(f"{PDF}?period=2026-W47", headers={"Accept-Language": "ja"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"].startswith("inline; filename=\"summary.pdf\"; filename*=UTF-8''" + quote("週次サマリー"))
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "週次サマリー 2026/11/16(月)" in text
    assert "高松食品" in text
    assert "丸亀商店" not in text
    assert "no-cache" in answer.headers["cache-control"]


def test_the_csv_holds_the_filter_of_the_page(client: TestClient, log_in: LogIn, overdue: list[Customer], chie: User, dai: User) -> None:
    log_in(chie)
    assert names(client.get(CSV).content) == {"高松食品"}
    log_in(dai)
    assert names(client.get(CSV).content) == {"高松食品", "丸亀商店"}
    assert names(client.get(f"{CSV}?rep={overdue[1].owner_id}").content) == {"丸亀商店"}
    assert names(client.get(f"{CSV}?tag=VIP").content) == {"高松食品"}
    assert names(client.get(f"{CSV}?tag={quote('展示会')}").content) == set()


def test_the_period_and_what_it_is_held_against_are_those_of_the_address(client: TestClient, log_in: LogIn, chie: User) -> None:
    log_in(chie)
    rows = rows_of(client.get(f"{CSV}?period=2026-W46&against=year").content)
    assert rows[0][0] == "Weekly summary Mon, Nov 9, 2026–Sun, Nov 15, 2026"
    assert rows[1][1] == "Compared with Mon, Nov 10, 2025–Sun, Nov 16, 2025."


def test_old_programs_get_shift_jis_and_the_log_says_that_a_table_left(
    client: TestClient, log_in: LogIn, overdue: list[Customer], chie: User, database: Database
) -> None:
    log_in(chie)
    answer = client.get(f"{CSV}?encoding=cp932")
    assert answer.headers["content-type"] == "text/csv; charset=shift_jis"
    assert any("高松食品" in row for row in rows_of(answer.content, "cp932"))
    with database.read() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "table_exported"))
    assert (event.actor_id, event.subject.startswith("Monthly summary"), event.address) == (chie.id, True, "testclient")


def test_the_log_says_that_a_pdf_left_and_to_which_address(
    client: TestClient, log_in: LogIn, overdue: list[Customer], chie: User, botan: User, database: Database
) -> None:
    log_in(chie)
    assert client.get(PDF).status_code == 200
    log_in(botan)
    assert client.get(PDF).status_code == 403
    with database.read() as session:
        (event,) = session.scalars(select(AuditEvent))
    assert (event.actor_id, event.action, event.address) == (chie.id, "report_exported", "testclient")
    assert event.subject.startswith("Monthly summary")


def test_a_rep_has_no_summary_by_address_either(client: TestClient, log_in: LogIn, aiko: User, botan: User) -> None:
    for rep in (aiko, botan):
        log_in(rep)
        for path in (PDF, CSV, f"{PDF}?rep={rep.id}"):
            answer = client.get(path, headers={"Accept": "application/json"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


def test_a_manager_without_the_right_to_export_has_the_pdf_and_not_the_csv(
    client: TestClient, log_in: LogIn, chie: User, database: Database
) -> None:
    with database.write() as session:
        session.get_one(User, chie.id).may_export = False
    log_in(chie)
    assert client.get(PDF).status_code == 200
    assert client.get(CSV).status_code == 403


def test_without_a_login_there_is_nothing(client: TestClient) -> None:
    assert client.get(PDF, follow_redirects=False).status_code in (302, 303, 401)


@pytest.mark.parametrize(
    ("query", "status"),
    [("?period=yesterday", 422), ("?against=never", 422), ("?rep=x", 422), ("?encoding=utf-7", 404)],
)
def test_an_address_that_makes_no_sense_is_answered_with_a_sentence(
    client: TestClient, log_in: LogIn, chie: User, query: str, status: int
) -> None:
    log_in(chie)
    answer = client.get(CSV + query, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_there_is_no_other_kind_of_file(client: TestClient, log_in: LogIn, chie: User) -> None:
    log_in(chie)
    assert client.get("/team/summary.xlsx", headers={"Accept": "application/json"}).status_code == 404
