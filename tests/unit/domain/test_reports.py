"""The rules of reports: their days, what had been planned, how far the way was, what has changed since."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain import reports
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.report_facts import (
    CustomerFact,
    DayFact,
    MoveFact,
    OrderFact,
    OutcomeFact,
    PlanFact,
    ReportFacts,
    RequestEvent,
    RequestFact,
    UnknownShape,
    VisitFact,
    from_json,
    to_json,
)
from fieldsales.domain.reports import DateChange, Figure
from fieldsales.domain.words import Outcome, Period, RequestKind, VisitKind
from fieldsales.domain.working_days import is_working_day, next_working_day

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 1, 5, tzinfo=UTC)
VISIT = VisitFact(
    1, 7, "髙﨑商店", AT, VisitKind.VISIT, Outcome.QUOTE, "見積提出", "「来週」", Likelihood.B, Likelihood.A, date(2026, 12, 1), AT, 1980
)  # fmt: skip
FACTS = ReportFacts(
    period=Period.DAY,
    starts_on=DAY,
    ends_on=DAY,
    person="Aiko",
    visits=(VISIT, replace(VISIT, visit_id=2, kind=VisitKind.CALL, checked_in_at=None, stayed_s=None, next_on=None)),
    days=(DayFact(DAY, 1, 1, 1, 120_000, 2, 1, 4_321),),
    outcomes=(OutcomeFact(Outcome.QUOTE, "見積提出", 2),),
    moves=(MoveFact(7, "髙﨑商店", Likelihood.B, Likelihood.A),),
    orders=(OrderFact(3, 7, "髙﨑商店", DAY, "給湯器", 120_000),),
    requests=(RequestFact(4, 7, "髙﨑商店", RequestKind.COMPLAINT, RequestEvent.OPENED, "遅い"),),
    missed=(PlanFact(8, "みどり電機", DAY, None, None, ""),),
    customers=(CustomerFact(7, "髙﨑商店", 2, 120_000),),
    coming_from=date(2026, 11, 21),
    coming_to=date(2026, 11, 24),
    coming=(PlanFact(9, "海", date(2026, 11, 24), date(2026, 11, 24), time(10, 30), "見積の説明"),),
    coming_count=1,
    unplaced=0,
)


def test_facts_come_back_from_json_as_they_were() -> None:
    assert from_json(json.loads(json.dumps(to_json(FACTS)))) == FACTS


def test_a_report_frozen_before_there_were_plans_is_read_as_it_was() -> None:
    frozen = json.loads(json.dumps(to_json(FACTS))) | {"version": 1}
    for day in frozen["days"]:
        for name in ("by_plan", "on_time", "as_planned"):
            del day[name]
    for plan in (*frozen["missed"], *frozen["coming"]):
        del plan["skipped"]
    assert from_json(frozen) == FACTS
    assert (FACTS.promised, FACTS.on_time) == (0, 0)


def test_a_frozen_report_that_lost_what_it_always_had_is_not_read() -> None:
    frozen = to_json(FACTS) | {"version": 1}
    del frozen["unplaced"]
    with pytest.raises(TypeError):
        from_json(frozen)


def test_facts_of_a_newer_release_are_not_guessed_at() -> None:
    with pytest.raises(UnknownShape):
        from_json(to_json(FACTS) | {"version": 3})


@pytest.mark.parametrize(
    ("period", "first", "last", "before", "after"),
    [
        (Period.DAY, "2026-03-01", "2026-03-01", "2026-02-28", "2026-03-02"),
        (Period.WEEK, "2026-02-23", "2026-03-01", "2026-02-16", "2026-03-02"),
        (Period.MONTH, "2026-03-01", "2026-03-31", "2026-02-01", "2026-04-01"),
    ],
)
def test_a_report_covers_a_day_a_week_from_monday_or_a_month(period: Period, first: str, last: str, before: str, after: str) -> None:
    start = reports.first_day(period, date(2026, 3, 1))
    days = (start, reports.last_day(period, start), reports.previous_start(period, start), reports.next_start(period, start))
    assert [day.isoformat() for day in days] == [first, last, before, after]


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.sampled_from(Period))
def test_the_periods_follow_each_other_without_gap_or_overlap(day: date, period: Period) -> None:
    start = reports.first_day(period, day)
    assert start <= day <= reports.last_day(period, start)
    assert reports.previous_start(period, reports.next_start(period, start)) == start
    assert reports.first_day(period, reports.last_day(period, start)) == start


Steps = list[tuple[int, date | None]]
_DATES = st.one_of(st.none(), st.integers(0, 9).map(lambda n: DAY + timedelta(days=n)))


@given(_DATES, st.lists(st.tuples(st.integers(0, 9 * 24), _DATES), max_size=8))
def test_what_was_planned_in_the_morning_is_what_a_witness_would_have_written_down(first: date | None, steps: Steps) -> None:
    begin = reports.beginning_of(DAY, TOKYO)
    steps = sorted(steps, key=lambda step: step[0])
    days = [DAY + timedelta(days=n) for n in range(10)]
    witness = set()
    for n, day in enumerate(days):
        current = first
        for hour, value in steps:
            if hour < n * 24:
                current = value
        if current == day:
            witness.add(day)
    known, changes = first, []
    for hour, value in steps:
        changes.append(DateChange(begin + timedelta(hours=hour), known))
        known = value
    assert set(reports.planned_days(days, changes, known, TOKYO)) == witness


def test_a_likelihood_that_went_there_and_back_has_not_moved() -> None:
    a, b, c = Likelihood.A, Likelihood.B, Likelihood.C
    steps = [MoveFact(1, "甲", c, b), MoveFact(2, "乙", b, a), MoveFact(1, "甲", b, a), MoveFact(2, "乙", a, b)]
    assert reports.net_moves(steps) == (MoveFact(1, "甲", c, a),)
    assert reports.rises(MoveFact(1, "甲", c, a))
    assert not reports.rises(MoveFact(1, "甲", a, Likelihood.LOST))


def test_the_way_is_the_sum_of_straight_lines_and_nothing_for_one_stop() -> None:
    takamatsu, okayama = (34.3428, 134.0466), (34.6618, 133.9344)
    assert reports.way_m([takamatsu]) == reports.way_m([]) == 0
    assert reports.way_m([takamatsu, okayama, takamatsu]) == pytest.approx(2 * 36_900, rel=0.01)


def test_the_most_important_customers_are_those_who_bought_most_then_those_seen_most() -> None:
    orders = [OrderFact(1, 3, "丙", DAY, "x", 50), OrderFact(2, 3, "丙", DAY, "y", 10)]
    top = reports.top_customers({1: "甲", 2: "乙", 3: "丙"}, [1, 2, 2], orders)
    assert [(c.customer, c.visits, c.amount) for c in top] == [("丙", 0, 60), ("乙", 2, 0), ("甲", 1, 0)]


def test_a_report_says_what_differs_now_and_no_more() -> None:
    edited = (replace(VISIT, note="直した"), FACTS.visits[1])
    now = replace(FACTS, visits=edited, orders=(), missed=(), coming=(), coming_count=0)
    assert reports.differences(FACTS, FACTS) == ()
    found = {difference.figure: (difference.before, difference.after) for difference in reports.differences(FACTS, now)}
    assert found == {Figure.ORDERS: (1, 0), Figure.AMOUNT: (120_000, 0), Figure.CONTENT: (0, 1)}


def test_the_next_working_day_passes_over_weekends_and_holidays() -> None:
    holidays = {date(2026, 11, 23)}
    assert next_working_day(date(2026, 11, 20), holidays) == date(2026, 11, 24)
    assert not is_working_day(date(2026, 11, 21), holidays)
    assert is_working_day(date(2026, 11, 24), holidays)
