"""The view of honesty: what ranks were worth, which A's are stale, what history suggests; too little data says what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.scoring import FEATURES, Feature, Score, Trained, Weights
from fieldsales.services.honesty.calibration import DecidedIn
from fieldsales.services.honesty.scores import keep_score
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory
from tests.decided_deals import LONG_AGO, decide_many, move

A, B, C = Likelihood.A, Likelihood.B, Likelihood.C
NASTY = "<script>alert(1)</script> **太字** 😀"
USEFUL = Score(
    240,
    120,
    Trained(
        Weights((0.0,) * len(FEATURES), (1.0,) * len(FEATURES), tuple(-0.4 if f is Feature.AGE else 0.0 for f in FEATURES), 0.0),
        0.41,
        0.60,
        0.01,
        5,
    ),
)


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def said(app: AppTest) -> str:
    """Return everything the page says in words."""
    parts = [
        *(e.value for e in app.info),
        *(e.value for e in app.caption),
        *(e.value for e in app.markdown),
        *(e.value for e in app.success),
    ]
    return " ".join([*parts, html(app)])


def open_honesty(open_app: OpenApp, user: User, **query: str) -> AppTest:
    app = open_app(user, "team", view="honesty", **query)
    assert not app.exception
    return app


@pytest.fixture
def a_record(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime) -> list[Customer]:
    """Forty deals that Aiko had ranked A, of which ten were won."""
    return decide_many(database, make_customer, aiko, rank=A, won=10, lost=30, now=now)


def test_a_hopeful_rank_is_called_so_with_its_figures(open_app: OpenApp, chie: User, a_record: list[Customer]) -> None:
    app = open_honesty(open_app, chie)
    assert "A is too hopeful: it says 80–100%, 10 of 40 deals were won (25%)." in html(app)
    assert "<b>40</b><span>Decided deals</span><small>10 won</small>" in html(app)
    assert "stated 85%, won 25%" in html(app)
    assert "0.547" in html(app)  # (10 · 0.15² + 30 · 0.85²) / 40


def test_the_rule_of_enough_stands_on_the_screen(open_app: OpenApp, chie: User, a_record: list[Customer]) -> None:
    rule = "Judged from 30 decided deals on, 5 of them won and 5 lost; a single rank from 10 deals on."
    assert rule in said(open_honesty(open_app, chie))


def test_no_data_yet_is_said_with_a_sentence(open_app: OpenApp, chie: User) -> None:
    spoken = said(open_honesty(open_app, chie))
    assert "No deal with a rank was decided in this time." in spoken
    assert "No customer is ranked A." in spoken
    assert "Nothing was learned yet." in spoken


def test_too_few_deals_say_how_many_are_missing(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    decide_many(database, make_customer, aiko, rank=B, won=6, lost=6, now=now)
    with database.write() as session:
        keep_score(session, Score(12, 6), now=now)
    spoken = said(open_honesty(open_app, chie))
    assert "Not enough data yet: 12 of 30 decided deals." in spoken
    assert "Not enough data yet: 12 decided deals, 6 of them won. A score is learned from 100 on, 25 of them won and 25 lost." in spoken


def test_only_wins_prove_nothing(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    decide_many(database, make_customer, aiko, rank=A, won=31, lost=0, now=now)
    assert "All 31 deals were won. Without lost ones nobody can tell" in said(open_honesty(open_app, chie))


def test_deals_that_never_had_a_rank_are_counted_and_not_judged(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    move(database, make_customer(owner=aiko, created_at=LONG_AGO), (20, Likelihood.WON), now=now, by=aiko)
    assert "1 deal was decided without ever having a rank and is not judged." in said(open_honesty(open_app, chie))


def test_who_left_is_named_so(
    open_app: OpenApp, database: Database, aiko: User, chie: User, a_record: list[Customer], now: datetime
) -> None:
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    assert "Aiko (left)" in html(open_honesty(open_app, chie))


def test_the_time_of_decision_is_chosen_and_stands_in_the_address(open_app: OpenApp, chie: User, a_record: list[Customer]) -> None:
    app = open_honesty(open_app, chie)
    app.button_group(key="honesty_decided").set_value(DecidedIn.ALL).run()
    assert app.query_params["decided"] == "all"
    assert "Decided up to" in said(app)
    later = open_honesty(open_app, chie, period="2026-10", decided="all")
    assert "No deal with a rank was decided in this time." in said(later)
    assert "10 of 40" in html(open_honesty(open_app, chie, decided="period"))
    assert "10 of 40" in html(open_honesty(open_app, chie, decided="nonsense"))


def test_stale_as_are_listed_with_the_way_to_the_customer(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    made = make_customer(NASTY, owner=aiko, likelihood=A, created_at=LONG_AGO, last_visited_at=now - timedelta(days=45), amount=800_000)
    app = open_honesty(open_app, chie)
    assert "1 of 1 A’s, expected amount ¥800,000." in said(app)
    assert f'href="/customer?id={made.id}"' in html(app)
    assert "<script>" not in html(app)
    assert "None of the 1 A’s is stale." in said(open_honesty(open_app, chie, stale="60"))
    assert "1 of 1 A’s" in said(open_honesty(open_app, chie, stale="-5"))


def test_what_was_learned_is_laid_open(open_app: OpenApp, database: Database, chie: User, now: datetime) -> None:
    with database.write() as session:
        keep_score(session, USEFUL, now=now)
    app = open_honesty(open_app, chie)
    assert "<b>0.410</b><span>Score</span>" in html(app)
    assert "<b>0.600</b><span>Rank alone</span>" in html(app)
    assert "History foretells better than the rank alone." in said(app)
    assert "Days the deal has been open" in html(app)


def test_a_score_that_foretells_nothing_says_so(open_app: OpenApp, database: Database, chie: User, now: datetime) -> None:
    assert USEFUL.trained is not None
    with database.write() as session:
        keep_score(session, replace(USEFUL, trained=replace(USEFUL.trained, log_loss=0.7)), now=now)
    assert "No suggestions are shown." in said(open_honesty(open_app, chie))


def test_a_customers_page_shows_the_suggestion_small_with_its_reasons(
    open_app: OpenApp, runtime: Runtime, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    made = make_customer(owner=aiko, likelihood=A, created_at=now - timedelta(days=365))
    with runtime.database.write() as session:
        keep_score(session, USEFUL, now=now)
    app = open_app(aiko, "customer", id=str(made.id))
    assert "History suggests D instead of A: 9%" in html(app)
    assert "open for 365 days (speaks against it)" in html(app)
    in_japanese = open_app(aiko, "customer", locale="ja-JP", id=str(made.id))
    assert not in_japanese.exception


def test_a_rep_who_writes_the_address_sees_their_own_progress_instead(open_app: OpenApp, aiko: User, a_record: list[Customer]) -> None:
    app = open_app(aiko, "team", view="honesty")
    assert not app.exception
    assert "too hopeful" not in html(app)
    assert "Stale A" not in html(app)
