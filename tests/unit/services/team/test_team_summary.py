"""The summary: figures of both spans are what plain Python counts over the rows; lists, reports and rights; the awkward teams."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.db.database import Database
from fieldsales.db.models import CustomerChange, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.team_summary import SummaryFigure, TeamSummary, read_against
from fieldsales.domain.words import ChangeCause, Outcome, Period, Role, VisitKind
from fieldsales.errors import NotAllowed
from fieldsales.services.reports.reports import submit_report
from fieldsales.services.team.team_progress import read_progress
from fieldsales.services.team.team_summary import read_summary
from tests import teams
from tests.conftest import CustomerFactory
from tests.teams import NOW, TODAY, TOKYO, TeamRows, UserRow, load_user, same_database, store_team

WEEK = Span.read("2026-W47")
HEAT = [Likelihood.LOST, Likelihood.UNRATED, Likelihood.D, Likelihood.C, Likelihood.B, Likelihood.A, Likelihood.WON]


def summary_of(database: Database, actor: User, asked: TeamFilter, *, word: str = "", zone: ZoneInfo = TOKYO) -> TeamSummary:
    with database.read() as session:
        against = read_against(word, asked.span, today=TODAY)
        return read_summary(session, actor, team_filter=asked, against=against, today=TODAY, zone=zone, now=NOW)


def counted(rows: TeamRows, actor: UserRow, asked: TeamFilter) -> dict[SummaryFigure, int]:
    orders, moves = teams.orders(rows, actor, asked), list(teams.moves(rows, actor, asked).values())
    open_moves = [(before, after) for before, after in moves if after not in (Likelihood.WON, Likelihood.LOST)]
    up = sum(HEAT.index(after) > HEAT.index(before) for before, after in open_moves)
    return {
        SummaryFigure.VISITS: len(teams.meetings(rows, actor, asked)),
        SummaryFigure.FIRST_VISITS: len(teams.first_meetings(rows, actor, asked)),
        SummaryFigure.CONTACTS: sum(v.kind in (VisitKind.CALL, VisitKind.EMAIL) for v in teams.contacts(rows, actor, asked)),
        SummaryFigure.ORDERS: len(orders),
        SummaryFigure.AMOUNT: sum(order.amount for order in orders),
        SummaryFigure.RISEN: up,
        SummaryFigure.FALLEN: len(open_moves) - up,
        SummaryFigure.WON: sum(after is Likelihood.WON for _before, after in moves),
        SummaryFigure.LOST: sum(after is Likelihood.LOST for _before, after in moves),
    }


@given(data=st.data(), rows=teams.teams(), word=st.sampled_from(["before", "year", "2026-10"]))
@same_database
def test_the_figures_of_both_spans_are_what_the_rows_say(database: Database, data: st.DataObject, rows: TeamRows, word: str) -> None:
    store_team(database, rows)
    asked = data.draw(teams.filters(rows))
    for actor in (user for user in rows.users if user.disabled_at is None and user.role is not Role.REP):
        with database.read() as session:
            leader = load_user(session, actor.id)
            summary = summary_of(database, leader, asked, word=word)
            progress = read_progress(session, leader, team_filter=asked, today=TODAY, zone=TOKYO)
        now, before = counted(rows, actor, asked), counted(rows, actor, asked.during(summary.against))
        shown = {fact.figure: (fact.now, fact.before) for fact in summary.figures}
        assert {figure: shown[figure] for figure in now} == {figure: (now[figure], before[figure]) for figure in now}
        visits = Counter(visit.user_id for visit in teams.meetings(rows, actor, asked))
        assert {person.user_id: person.visits for person in summary.people} == {p.user_id: visits[p.user_id] for p in summary.people}
        assert summary.overdue_count == progress.overdue_a == len(summary.overdue)
        assert summary.deal_count + summary.lost_count == len(teams.moves(rows, actor, asked))
        assert {deal.customer_id for deal in (*summary.deals, *summary.lost)} == set(teams.moves(rows, actor, asked))


def test_a_rep_has_no_summary_of_a_team(database: Database, aiko: User, botan: User, chie: User) -> None:
    for rep in (aiko, botan):
        with pytest.raises(NotAllowed):
            summary_of(database, rep, TeamFilter(WEEK))
    chie.disabled_at = NOW
    with pytest.raises(NotAllowed):
        summary_of(database, chie, TeamFilter(WEEK))


def test_a_manager_asking_for_a_stranger_gets_nobody(database: Database, chie: User, botan: User) -> None:
    summary = summary_of(database, chie, TeamFilter(WEEK, user_ids=frozenset({botan.id})))
    assert (summary.people, summary.people_chosen, summary.is_empty) == ((), (), True)


def lost_deal(database: Database, make_customer: CustomerFactory, user: User, *, name: str = "高松食品", at: datetime = NOW) -> None:
    customer = make_customer(name, owner=user, likelihood=Likelihood.LOST, amount=1_200_000)
    visit = Visit(
        client_ref=uuid4(), customer_id=customer.id, user_id=user.id, outcome=Outcome.LOST, visited_at=at, note="他社の値引き",
        likelihood_before=Likelihood.B, likelihood_after=Likelihood.LOST, created_at=at,
    )  # fmt: skip
    with database.write() as session:
        session.add(visit)
        session.flush()
        session.add(
            CustomerChange(
                customer_id=customer.id, changed_by_id=user.id, changed_at=at, cause=ChangeCause.VISIT, visit_id=visit.id,
                before={"likelihood": "B"}, after={"likelihood": "lost"},
            )
        )  # fmt: skip


def test_what_was_lost_says_why(database: Database, make_customer: CustomerFactory, aiko: User, chie: User) -> None:
    lost_deal(database, make_customer, aiko)
    summary = summary_of(database, chie, TeamFilter(WEEK))
    (deal,) = summary.lost
    assert (deal.customer, deal.who, deal.before) == ("高松食品", "Aiko", Likelihood.B)
    assert (deal.outcome, deal.note) == (Outcome.LOST, "他社の値引き")
    assert (deal.on, deal.amount, summary.deals) == (date(2026, 11, 21), 1_200_000, ())


def test_the_day_of_a_move_is_that_of_the_zone(database: Database, make_customer: CustomerFactory, aiko: User, chie: User) -> None:
    lost_deal(database, make_customer, aiko, at=datetime(2026, 11, 18, 16, 0, tzinfo=ZoneInfo("UTC")))
    assert summary_of(database, chie, TeamFilter(WEEK)).lost[0].on == date(2026, 11, 19)
    assert summary_of(database, chie, TeamFilter(WEEK), zone=ZoneInfo("America/New_York")).lost[0].on == date(2026, 11, 18)


def test_a_team_without_any_data_has_a_summary_of_nothing(database: Database, chie: User, aiko: User) -> None:
    summary = summary_of(database, chie, TeamFilter(WEEK))
    assert summary.is_empty
    assert "Aiko" in [person.name for person in summary.people]
    assert summary.deals == summary.lost == summary.overdue == summary.unread == ()


def test_a_week_without_reports_names_the_days_and_what_was_handed_in_waits(database: Database, aiko: User, chie: User) -> None:
    with database.write() as session:
        session.get_one(User, aiko.id).created_at = NOW - timedelta(days=30)
    reports = {p.name: p.reports for p in summary_of(database, chie, TeamFilter(WEEK)).people}["Aiko"]
    assert (reports.due, reports.handed_in, [day.day for day in reports.missing]) == (5, 0, [16, 17, 18, 19, 20])
    with database.write() as session:
        submit_report(session, aiko, period=Period.DAY, starts_on=date(2026, 11, 19), comment="順調", zone=TOKYO, now=NOW)
    summary = summary_of(database, chie, TeamFilter(WEEK))
    (unread,) = summary.unread
    assert (unread.name, unread.on, unread.comment, summary.unread_count) == ("Aiko", date(2026, 11, 19), "順調", 1)
    reports = {p.name: p.reports for p in summary.people}["Aiko"]
    assert (reports.handed_in, reports.to_review, len(reports.missing)) == (1, 1, 4)


def test_a_rep_who_left_keeps_what_they_did(database: Database, make_customer: CustomerFactory, aiko: User, chie: User) -> None:
    lost_deal(database, make_customer, aiko)
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = NOW
    summary = summary_of(database, chie, TeamFilter(WEEK))
    aikos = next(person for person in summary.people if person.name == "Aiko")
    assert (aikos.left, aikos.visits) == (True, 1)
    assert summary.lost[0].who == "Aiko"


def test_one_rep_chosen_is_said(database: Database, chie: User, aiko: User) -> None:
    summary = summary_of(database, chie, TeamFilter(WEEK, user_ids=frozenset({aiko.id}), tags=frozenset({"VIP"})))
    assert (summary.people_chosen, summary.tags, [p.name for p in summary.people]) == (("Aiko",), ("VIP",), ["Aiko"])


def test_overdue_ranked_a_come_with_the_largest_amount_first(
    database: Database, make_customer: CustomerFactory, aiko: User, botan: User, chie: User
) -> None:
    past = TODAY - timedelta(days=3)
    for name, owner, amount in (("小", aiko, 100), ("大", aiko, 900), ("他", botan, 5_000)):
        make_customer(name, owner=owner, likelihood=Likelihood.A, amount=amount, next_on=past)
    make_customer("次", owner=aiko, likelihood=Likelihood.A, next_on=TODAY + timedelta(days=3), last_visited_at=NOW)
    make_customer("B", owner=aiko, likelihood=Likelihood.B, next_on=past)
    summary = summary_of(database, chie, TeamFilter(WEEK))
    assert [(fact.customer, fact.amount, fact.next_on) for fact in summary.overdue] == [("大", 900, past), ("小", 100, past)]


def test_a_large_team_lists_the_first_hundred_and_counts_all(
    database: Database, make_customer: CustomerFactory, aiko: User, chie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldsales.services.team.team_summary.MOST_LISTED", 2)
    for number in range(4):
        lost_deal(database, make_customer, aiko, name=f"店{number}", at=NOW - timedelta(hours=number))
        make_customer(f"A{number}", owner=aiko, likelihood=Likelihood.A, next_on=TODAY - timedelta(days=1))
    summary = summary_of(database, chie, TeamFilter(WEEK))
    assert ([deal.customer for deal in summary.lost], summary.lost_count) == (["店0", "店1"], 4)
    assert (len(summary.overdue), summary.overdue_count) == (2, 4)


def test_ten_years_of_data_are_summed_up(database: Database) -> None:
    rows = teams.invent_team(random.Random(3))
    store_team(database, rows)
    admin = next(user for user in rows.users if user.role is Role.ADMIN and user.disabled_at is None)
    asked = TeamFilter(Span.read("2017-01-01..2026-12-31"))
    with database.read() as session:
        leader = load_user(session, admin.id)
    visits = next(fact.now for fact in summary_of(database, leader, asked).figures if fact.figure is SummaryFigure.VISITS)
    assert visits == len(teams.meetings(rows, admin, asked))
