"""What today asks of whom: each customer once, where it presses most."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_options import TeamOptions
from fieldsales.domain.words import CheckInState, Outcome, VisitKind
from fieldsales.services.options import save_options
from fieldsales.services.visits import follow_ups
from fieldsales.services.visits.follow_ups import SHOWN, FollowUps, Section, Whose, next_up, plan_follow_ups, reach_of
from fieldsales.services.visits.visits import delete_visit, record_visit
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")
TAKAMATSU = {"lat": 34.3401, "lon": 134.0434}
A_KILOMETRE = 0.009  # degrees of latitude


def plan(database: Database, actor: User, now: datetime, today: date, whose: Whose | None = None) -> FollowUps:
    with database.read() as session:
        return plan_follow_ups(session, actor, now=now, today=today, zone=TOKYO, whose=whose)


def names(section: Section) -> list[str]:
    return [row.name for row in section.rows]


def visit(database: Database, actor: User, customer: Customer, moment: datetime, now: datetime, kind: VisitKind = VisitKind.VISIT) -> int:
    with database.write() as session:
        recorded = record_visit(
            session,
            actor,
            customer_id=customer.id,
            visited_at=moment,
            outcome=Outcome.MET,
            kind=kind,
            client_ref=uuid4(),
            now=now,
            zone=TOKYO,
        )
        return recorded.id


def test_agreed_dates_are_overdue_for_today_or_tomorrow(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    for name, days in [("late", -3), ("later", -1), ("today", 0), ("tomorrow", 1), ("in a week", 7)]:
        make_customer(name, owner=aiko, next_on=today + timedelta(days=days))
    day = plan(database, aiko, now, today)
    assert names(day.overdue) == ["late", "later"]
    assert names(day.appointments) == ["today"]
    assert names(day.tomorrow) == ["tomorrow"]
    assert day.customers


def test_appointments_come_by_the_clock_and_before_promises_without_a_time(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    for name, at in [("15:00", time(15)), ("whenever", None), ("9:30", time(9, 30))]:
        make_customer(name, owner=aiko, next_on=today, next_time=at, next_action="見積")
        make_customer(f"tomorrow {name}", owner=aiko, next_on=today + timedelta(days=1), next_time=at)
    day = plan(database, aiko, now, today)
    assert names(day.appointments) == ["9:30", "15:00", "whenever"]
    assert (names(day.tomorrow), day.tomorrow.total) == (["tomorrow 9:30"], 3)
    assert (day.appointments.rows[0].next_time, day.appointments.rows[0].next_action) == (time(9, 30), "見積")


def test_who_is_left_alone_longer_than_its_rhythm_is_named_until_a_date_is_set(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    def customer(name: str, likelihood: Likelihood, unseen_days: int | None, **values: object) -> None:
        seen = None if unseen_days is None else now - timedelta(days=unseen_days)
        make_customer(name, owner=aiko, likelihood=likelihood, last_visited_at=seen, **values)

    customer("A 13", Likelihood.A, 13)
    customer("A 14", Likelihood.A, 14)
    customer("A 20", Likelihood.A, 20)
    customer("B 30", Likelihood.B, 30)
    customer("B 29", Likelihood.B, 29)
    customer("lost 300", Likelihood.LOST, 300)
    customer("C every 5", Likelihood.C, 6, cadence_days=5)
    customer("A without rhythm", Likelihood.A, 20, cadence_days=0)
    customer("never, old", Likelihood.C, None, created_at=now - timedelta(days=61))
    customer("never, new", Likelihood.C, None)
    customer("A with a date", Likelihood.A, 20, next_on=today + timedelta(days=30))
    customer("A archived", Likelihood.A, 60, archived_at=now)
    customer("A banned", Likelihood.A, 60, do_not_visit=True)
    customer("A banned till yesterday", Likelihood.A, 15, do_not_visit=True, do_not_visit_until=today - timedelta(days=1))
    found = plan(database, aiko, now, today).by_cadence
    assert names(found) == ["A 20", "A banned till yesterday", "A 14", "B 30", "never, old", "C every 5"]
    assert [row.visited for row in found.rows] == [True, True, True, True, False, True]


def test_a_promise_stands_even_where_one_must_not_visit_and_says_so(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    make_customer("電話のみ", owner=aiko, next_on=today, do_not_visit=True)
    (row,) = plan(database, aiko, now, today).appointments.rows
    assert row.not_to_visit


def test_likely_deals_nobody_confirmed_are_fading_unless_another_list_names_them(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    seen = {"owner": aiko, "likelihood": Likelihood.A, "last_visited_at": now - timedelta(days=31)}
    make_customer("far date", next_on=today + timedelta(days=40), **seen)
    make_customer("no rhythm", cadence_days=0, **seen)
    make_customer("left alone", **seen)
    make_customer("promised", next_on=today, **seen)
    make_customer("fresh", **seen | {"last_visited_at": now - timedelta(days=29), "cadence_days": 0})
    day = plan(database, aiko, now, today)
    assert names(day.fading) == ["far date", "no rhythm"]
    assert names(day.by_cadence) == ["left alone"]


def test_who_is_due_within_two_kilometres_of_todays_way_is_named_the_nearest_first(
    database: Database, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    make_customer("訪問先", owner=aiko, next_on=today, **TAKAMATSU)
    due = {"owner": aiko, "likelihood": Likelihood.A, "last_visited_at": now - timedelta(days=11), "lon": 134.0434}
    make_customer("one km", lat=34.3401 + A_KILOMETRE, **due)
    make_customer("next door", lat=34.3402, **due)
    make_customer("overdue", **due | {"lat": 34.345, "last_visited_at": now - timedelta(days=99)})
    make_customer("date later", lat=34.3401 - A_KILOMETRE / 3, next_on=today + timedelta(days=5), **due)
    make_customer("tomorrow", lat=34.3401, next_on=today + timedelta(days=1), **due)
    make_customer("three km", lat=34.3401 + 3 * A_KILOMETRE, **due)
    make_customer("not due", lat=34.3401, **due | {"last_visited_at": now - timedelta(days=9)})
    make_customer("Botan's", lat=34.3401, **due | {"owner": botan})
    day = plan(database, aiko, now, today)
    assert names(day.near) == ["next door", "date later", "overdue", "one km"]
    assert [round(row.distance_m or 0, -1) for row in day.near.rows] == [10, 330, 540, 1000]
    assert {row.near for row in day.near.rows} == {"訪問先"}
    assert day.by_cadence.total == 0


def test_the_last_check_in_of_today_is_part_of_the_way(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    customer = make_customer("近い", owner=aiko, likelihood=Likelihood.A, last_visited_at=now - timedelta(days=12), **TAKAMATSU)

    def check_in(moment: datetime, lat: float) -> None:
        row = CheckIn(
            client_ref=uuid4(), user_id=aiko.id, customer_id=customer.id, checked_in_at=moment, closed_at=moment,
            lat=lat, lon=134.0434, accuracy_m=10, state=CheckInState.VERIFIED,
        )  # fmt: skip
        with database.write() as session:
            session.add(row)

    check_in(now - timedelta(days=1), 34.3401)
    assert names(plan(database, aiko, now, today).near) == []
    check_in(now - timedelta(minutes=30), 34.341)
    (row,) = plan(database, aiko, now, today).near.rows
    assert (row.name, row.near) == ("近い", "")
    check_in(now - timedelta(minutes=5), 35.0)
    assert names(plan(database, aiko, now, today).near) == []


def test_a_rep_is_asked_for_their_own_customers_and_a_manager_for_the_teams(
    database: Database, people: dict[str, User], make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    make_customer("Aiko's", owner=people["aiko"], next_on=today)
    make_customer("the team's, nobody's", team_id=people["aiko"].team_id, next_on=today)
    make_customer("Botan's", owner=people["botan"], next_on=today)
    make_customer("Chie's", owner=people["chie"], next_on=today, team_id=people["aiko"].team_id)
    seen = {name: set(names(plan(database, user, now, today).appointments)) for name, user in people.items()}
    assert seen["aiko"] == {"Aiko's"}
    assert seen["botan"] == {"Botan's"}
    assert seen["chie"] == {"Aiko's", "the team's, nobody's", "Chie's"}
    assert seen["dai"] == {"Aiko's", "the team's, nobody's", "Botan's", "Chie's"}
    day = plan(database, people["chie"], now, today, Whose.TEAM)
    assert {row.name: row.owner_name for row in day.appointments.rows} == {"Aiko's": "Aiko", "the team's, nobody's": "", "Chie's": "Chie"}
    assert names(plan(database, people["chie"], now, today, Whose.MINE).appointments) == ["Chie's"]
    assert plan(database, people["aiko"], now, today, Whose.TEAM).whose is Whose.MINE


def test_a_team_is_asked_for_the_same_customers_as_its_reps(
    database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    for number in range(40):
        likelihood = list(Likelihood)[number % 7]
        seen = now - timedelta(days=number * 4)
        make_customer(f"{number}", owner=aiko, likelihood=likelihood, last_visited_at=seen, cadence_days=9 if number % 6 == 0 else None)
    own, teams = plan(database, aiko, now, today), plan(database, chie, now, today)
    assert own.by_cadence.total > SHOWN
    assert names(teams.by_cadence) == names(own.by_cadence)
    assert teams.by_cadence.total == own.by_cadence.total


def test_a_disabled_user_is_asked_for_nothing(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    make_customer("late", owner=aiko, next_on=today, likelihood=Likelihood.A, **TAKAMATSU)
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    with database.read() as session:
        gone = session.get_one(User, aiko.id)
    day = plan(database, gone, now, today)
    assert (day.is_quiet, day.customers) == (True, False)


def test_a_long_list_is_cut_and_counted_up_to_a_bound(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(SHOWN + 3):
        make_customer(f"late {number}", owner=aiko, next_on=today - timedelta(days=1))
    overdue = plan(database, aiko, now, today).overdue
    assert (len(overdue.rows), overdue.total, overdue.counted) == (SHOWN, SHOWN + 3, True)
    monkeypatch.setattr(follow_ups, "COUNTED", SHOWN)
    overdue = plan(database, aiko, now, today).overdue
    assert (len(overdue.rows), overdue.total, overdue.counted) == (SHOWN, SHOWN, False)


def test_visits_count_by_the_users_day_and_without_calls_and_what_was_deleted(
    database: Database, aiko: User, botan: User, chie: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    customer = make_customer(owner=aiko)
    midnight = datetime.combine(today, time.min, tzinfo=TOKYO)
    visit(database, aiko, customer, midnight, now)
    visit(database, aiko, customer, midnight - timedelta(minutes=1), now)
    visit(database, aiko, customer, midnight + timedelta(minutes=1), now, kind=VisitKind.CALL)
    visit(database, aiko, customer, midnight + timedelta(minutes=2), now, kind=VisitKind.ONLINE)
    deleted = visit(database, aiko, customer, midnight + timedelta(minutes=3), now)
    with database.write() as session:
        delete_visit(session, aiko, visit_id=deleted, version=1, reason="誤入力", now=now)
    assert plan(database, aiko, now, today).visited_today == 2
    assert plan(database, botan, now, today).visited_today == 0
    assert plan(database, chie, now, today).visited_today == 2
    assert plan(database, chie, now, today, Whose.MINE).visited_today == 0


def test_the_target_of_a_day_is_what_the_administrator_set(database: Database, aiko: User, dai: User, now: datetime, today: date) -> None:
    assert plan(database, aiko, now, today).target == 0
    with database.write() as session:
        save_options(session, dai, options=TeamOptions(visits_per_day=6), now=now)
    assert plan(database, aiko, now, today).target == 6


@pytest.mark.parametrize(
    ("at", "name"),
    [(time(8), "9:00"), (time(9, 29), "9:00"), (time(9, 31), "15:00"), (time(16), "9:00"), (time(0, 5), "9:00"), (time(23, 59), "9:00")],
)
def test_next_is_the_coming_appointment_and_after_the_last_the_first_that_was_missed(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date, at: time, name: str
) -> None:
    make_customer("late", owner=aiko, next_on=today - timedelta(days=1))
    make_customer("9:00", owner=aiko, next_on=today, next_time=time(9))
    make_customer("15:00", owner=aiko, next_on=today, next_time=time(15))
    row = next_up(plan(database, aiko, now, today), at=at)
    assert row is not None
    assert row.name == name


def test_without_an_appointment_next_is_what_presses_most(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    assert next_up(plan(database, aiko, now, today), at=time(10)) is None
    expected = []
    for name, values in [
        ("fading", {"next_on": today + timedelta(days=9)}),
        ("left alone", {}),
        ("promised", {"next_on": today}),
        ("late", {"next_on": today - timedelta(days=1)}),
    ]:
        make_customer(name, owner=aiko, likelihood=Likelihood.A, last_visited_at=now - timedelta(days=40), **values)
        row = next_up(plan(database, aiko, now, today), at=time(10))
        expected.append((name, row.name if row else None))
    assert all(made == found for made, found in expected), expected


def test_how_to_reach_a_customer_is_told_to_those_who_may_see_it(
    database: Database, aiko: User, botan: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer(owner=aiko, phone="087-0000-1111", **TAKAMATSU)
    with database.read() as session:
        assert reach_of(session, aiko, customer_ids=[customer.id])[customer.id].phone == "087-0000-1111"
        assert reach_of(session, botan, customer_ids=[customer.id]) == {}
        assert reach_of(session, aiko, customer_ids=[]) == {}
