"""What was said of a visit survives storing, meets suggestions and another device, and always means one moment and one date."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.visit_answers import (
    Next,
    Suggestion,
    VisitAnswers,
    When,
    date_of_choice,
    from_json,
    is_stale,
    merge_answers,
    moment_of,
    next_date,
    suggest,
    to_json,
)
from fieldsales.domain.words import Outcome, VisitKind

TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def suggestion(outcome: Outcome = Outcome.MET, **known: Any) -> Suggestion:
    known = {
        "current": Likelihood.B,
        "template_likelihood": None,
        "next_days": None,
        "agreed_on": None,
        "cadence_days": 30,
        "visited_on": TODAY,
        "today": TODAY,
    } | known
    return suggest(outcome, **known)


@given(
    st.builds(
        VisitAnswers,
        kind=st.none() | st.sampled_from(VisitKind),
        outcome=st.none() | st.sampled_from(Outcome),
        likelihood=st.none() | st.sampled_from(Likelihood),
        next=st.none() | st.sampled_from(Next),
        next_on=st.none() | st.dates(),
        next_time=st.none() | st.times(),
        when=st.none() | st.sampled_from(When),
        note=st.text(),
        custom=st.dictionaries(st.text(min_size=1), st.text(min_size=1)),
    )
)
def test_whatever_was_said_comes_back_from_the_draft(said: VisitAnswers) -> None:
    assert from_json(to_json(said)) == said


def test_a_draft_of_another_version_loses_only_what_is_not_understood() -> None:
    stored = {"outcome": "teleported", "likelihood": "A", "next_on": "gestern", "smell": "roses", "note": "残る", "custom": 3}
    assert from_json(stored) == VisitAnswers(likelihood=Likelihood.A, note="残る")


def test_an_opened_form_alone_is_no_answer() -> None:
    assert VisitAnswers(kind=VisitKind.CALL).is_empty
    assert not VisitAnswers(note="x").is_empty


def test_two_devices_that_answered_different_things_agree() -> None:
    base = VisitAnswers(outcome=Outcome.MET, note="初め")
    mine, theirs = VisitAnswers(outcome=Outcome.QUOTE, note="初め"), VisitAnswers(outcome=Outcome.MET, note="初め、続き")
    assert merge_answers(base, mine, theirs) == VisitAnswers(outcome=Outcome.QUOTE, note="初め、続き")


@pytest.mark.parametrize(
    ("mine", "theirs", "both"), [("甲", "乙", "乙\n甲"), ("甲乙", "甲", "甲乙"), ("甲", "甲乙", "甲乙"), ("甲", "", "甲")]
)
def test_two_devices_that_wrote_different_notes_keep_both(mine: str, theirs: str, both: str) -> None:
    merged = merge_answers(VisitAnswers(note="元"), VisitAnswers(note=mine), VisitAnswers(note=theirs))
    assert merged.note == both


def test_the_cadence_names_the_next_date_unless_one_is_agreed_or_the_outcome_says_otherwise() -> None:
    assert suggestion() == Suggestion(Likelihood.B, Next.CADENCE, TODAY + timedelta(days=30))
    agreed = TODAY + timedelta(days=3)
    assert suggestion(agreed_on=agreed) == Suggestion(Likelihood.B, Next.KEEP, agreed)
    assert suggestion(agreed_on=TODAY).next is Next.CADENCE  # today's promise is kept by this visit
    assert suggestion(agreed_on=agreed, next_days=1) == Suggestion(Likelihood.B, Next.DAY, TODAY + timedelta(days=1))
    assert suggestion(cadence_days=None) == Suggestion(Likelihood.B, Next.NONE, None)


def test_a_visit_entered_late_suggests_no_date_in_the_past() -> None:
    assert suggestion(visited_on=TODAY - timedelta(days=90)).next_on == TODAY
    assert suggestion(visited_on=TODAY - timedelta(days=10)).next_on == TODAY + timedelta(days=20)


def test_an_order_wins_and_the_teams_word_speaks_before_the_products() -> None:
    assert suggestion(Outcome.ORDER).likelihood is Likelihood.WON
    assert suggestion(Outcome.ORDER, template_likelihood=Likelihood.A).likelihood is Likelihood.A


def test_what_is_chosen_by_hand_stands() -> None:
    offered = suggestion()
    assert next_date(VisitAnswers(), offered) == offered.next_on
    assert next_date(VisitAnswers(next=Next.NONE), offered) is None
    assert next_date(VisitAnswers(next=Next.TOMORROW, next_on=date(2026, 11, 20)), offered) == date(2026, 11, 20)


def test_every_chip_but_the_calendar_names_a_date() -> None:
    dates = {c: date_of_choice(c, today=date(2026, 1, 31), cadence_days=14, agreed_on=date(2026, 3, 3)) for c in Next}
    assert dates == {
        Next.KEEP: date(2026, 3, 3),
        Next.TOMORROW: date(2026, 2, 1),
        Next.WEEK: date(2026, 2, 7),
        Next.MONTH: date(2026, 2, 28),
        Next.CADENCE: date(2026, 2, 14),
        Next.DAY: None,
        Next.NONE: None,
    }


@pytest.mark.parametrize(
    ("said", "begun", "moment"),
    [
        ({}, None, NOW),
        ({}, NOW - timedelta(minutes=50), NOW),
        ({}, NOW - timedelta(hours=20), NOW - timedelta(hours=20)),
        ({"when": When.NOW}, NOW - timedelta(hours=20), NOW),
        ({"when": When.BEGUN}, NOW - timedelta(minutes=5), NOW - timedelta(minutes=5)),
        ({"when": When.TODAY, "visited_on": date(2026, 1, 1), "visited_time": time(9, 30)}, None, NOW - timedelta(minutes=30)),
        ({"when": When.MOMENT, "visited_on": date(2026, 11, 20), "visited_time": time(9, 30)}, None, NOW - timedelta(hours=24, minutes=30)),
        ({"when": When.MOMENT}, None, NOW),
    ],
)
def test_when_it_was(said: dict[str, Any], begun: datetime | None, moment: datetime) -> None:
    assert moment_of(VisitAnswers(**said), now=NOW, begun_at=begun, zone=TOKYO) == moment


def test_a_draft_is_stale_after_an_hour() -> None:
    assert not is_stale(None, now=NOW)
    assert not is_stale(NOW - timedelta(hours=1), now=NOW)
    assert is_stale(NOW - timedelta(hours=1, seconds=1), now=NOW)
