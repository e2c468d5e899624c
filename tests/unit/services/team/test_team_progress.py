"""Progress: every figure is what plain Python counts over the rows, whoever asks, whatever the filter, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.cadence import DueState, cadence_of, due_state
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.progress import Course
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.team_options import TeamOptions
from fieldsales.domain.words import PlanState, Role, StopProgress, TargetKind, VisitKind
from fieldsales.errors import NotAllowed
from fieldsales.services.team import team_counts
from fieldsales.services.team.team_progress import TeamProgress, read_progress
from tests import teams
from tests.teams import NOW, TODAY, TOKYO, CustomerRow, TeamRows, UserRow, load_user, same_database, store_team


def progress_of(database: Database, actor_id: int, asked: TeamFilter) -> TeamProgress:
    with database.read() as session:
        return read_progress(session, load_user(session, actor_id), team_filter=asked, today=TODAY, zone=TOKYO)


def month(**parts: frozenset[int]) -> TeamFilter:
    return TeamFilter(Span.read("2026-11"), **parts)


@given(data=st.data(), rows=teams.teams(), few=st.sampled_from([0, team_counts._FEW]))
@same_database
def test_visits_first_visits_orders_and_amount_are_what_the_rows_say(
    database: Database, data: st.DataObject, rows: TeamRows, few: int
) -> None:
    store_team(database, rows)
    asked = data.draw(teams.filters(rows))
    patch = pytest.MonkeyPatch()
    patch.setattr(team_counts, "_FEW", few)  # both ways to look for first meetings
    for actor in (user for user in rows.users if user.disabled_at is None):
        progress = progress_of(database, actor.id, asked)
        done = {
            TargetKind.VISITS: Counter(visit.user_id for visit in teams.meetings(rows, actor, asked)),
            TargetKind.FIRST_VISITS: Counter(visit.user_id for visit in teams.first_meetings(rows, actor, asked)),
            TargetKind.ORDERS: Counter(order.user_id for order in teams.orders(rows, actor, asked)),
            TargetKind.AMOUNT: amounts(rows, actor, asked),
        }
        for kind, by_person in done.items():
            assert progress.figures[kind].actual == sum(by_person.values())
            shown = {person.person.id: person.figures[kind].actual for person in progress.people}
            assert shown == {i: by_person[i] for i in shown}
            assert all(i in shown for i, count in by_person.items() if count)
        assert {k: n for k, n in progress.contacts.items() if n} == Counter(v.kind for v in teams.contacts(rows, actor, asked))
    patch.undo()


def amounts(rows: TeamRows, actor: UserRow, asked: TeamFilter) -> Counter[int]:
    found = Counter[int]()
    for order in teams.orders(rows, actor, asked):
        found[order.user_id] += order.amount
    return found


@given(data=st.data(), rows=teams.teams())
@same_database
def test_the_curve_holds_each_visit_and_order_in_its_part_of_the_span(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    asked, actor = data.draw(teams.filters(rows)), rows.users[0]
    progress = progress_of(database, actor.id, asked)
    for figure, days in (
        (TargetKind.VISITS, [teams.day_of(visit.visited_at) for visit in teams.meetings(rows, actor, asked)]),
        (TargetKind.FIRST_VISITS, [teams.day_of(visit.visited_at) for visit in teams.first_meetings(rows, actor, asked)]),
        (TargetKind.ORDERS, [order.bought_on for order in teams.orders(rows, actor, asked)]),
    ):
        assert progress.figures[figure].parts == tuple(sum(part.holds(day) for day in days) for part in progress.parts)
    bought = [(order.bought_on, order.amount) for order in teams.orders(rows, actor, asked)]
    sums = tuple(sum(amount for day, amount in bought if part.holds(day)) for part in progress.parts)
    assert progress.figures[TargetKind.AMOUNT].parts == sums


@given(data=st.data(), rows=teams.teams())
@same_database
def test_targets_add_up_by_team_and_person_month_by_month(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    asked = replace(
        data.draw(teams.filters(rows)), span=data.draw(st.sampled_from(["2026-11", "2026-10", "2026-Q4", "2026"]).map(Span.read))
    )
    for actor in (user for user in rows.users if user.disabled_at is None):
        progress = progress_of(database, actor.id, asked)
        people = teams.people_of(rows, actor, asked)
        for kind in TargetKind:
            monthly = [target_of(rows, actor, asked, people, month, kind) for month in asked.span.months()]
            known = [value for value in monthly if value is not None]
            expected = None if len(known) < len(monthly) or asked.tags or asked.areas else sum(known)
            assert progress.figures[kind].target == expected
            if not (asked.tags or asked.areas):
                assert len(progress.without_target[kind]) == monthly.count(None)


def target_of(rows: TeamRows, actor: UserRow, asked: TeamFilter, people: set[int], month: date, kind: TargetKind) -> int | None:
    targets = [target for target in rows.targets if target.month == month and target.kind is kind]
    own = {target.user_id: target.value for target in targets if target.user_id in people}
    if actor.role is Role.REP or asked.user_ids:
        return sum(own.values()) if own else None
    shown = {rows.user(i).team_id for i in people} - {None}
    of_teams = {target.team_id: target.value for target in targets if target.team_id in shown}
    rest = [value for user_id, value in own.items() if user_id and rows.user(user_id).team_id not in of_teams]
    return sum([*of_teams.values(), *rest]) if of_teams or rest else None


@given(data=st.data(), rows=teams.teams())
@same_database
def test_planned_stops_count_as_done_and_on_time_as_the_rows_say(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    asked = data.draw(teams.filters(rows))
    actor = rows.users[0]
    people = teams.people_of(rows, actor, asked)
    stops = [
        stop
        for plan in rows.plans
        if plan.user_id in people and plan.state is PlanState.ACCEPTED and plan.deleted_at is None
        and asked.span.holds(plan.day) and plan.day <= TODAY
        for stop in plan.stops
        if stop.promised_at is not None and teams.is_asked_for(rows.customer(stop.customer_id), asked)
    ]  # fmt: skip
    done = [stop for stop in stops if stop.progress is StopProgress.DONE]
    came = [(stop.arrived_at or stop.done_at, stop.promised_at) for stop in done]
    on_time = [at for at, promised in came if at and promised and abs(at - promised) <= timedelta(hours=1)]
    plans = progress_of(database, actor.id, asked).plans
    assert (plans.planned, plans.done, plans.on_time) == (len(stops), len(done), len(on_time))


@given(data=st.data(), rows=teams.teams())
@same_database
def test_overdue_customers_rated_a_are_counted_for_their_owners(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    asked = data.draw(teams.filters(rows))
    for actor in (user for user in rows.users if user.disabled_at is None):
        progress = progress_of(database, actor.id, asked)
        overdue = [c for c in teams.owned(rows, actor, asked) if c.likelihood is Likelihood.A and is_overdue(c)]
        assert progress.overdue_a == len(overdue)
        counted = Counter(c.owner_id for c in overdue)
        assert all(person.overdue_a == counted[person.person.id] for person in progress.people)


def is_overdue(customer: CustomerRow) -> bool:
    options = TeamOptions()
    if customer.next_on is not None:
        return customer.next_on < TODAY
    cadence = None if customer.do_not_visit else cadence_of(customer.cadence_days, customer.likelihood, options)
    seen = teams.day_of(customer.last_visited_at or customer.created_at)
    return due_state(seen, cadence, TODAY) is DueState.OVERDUE


def alone(user: UserRow, **parts: object) -> TeamRows:
    """Return a team of one rep, or of a few people, with nothing but what is said."""
    rows = TeamRows([teams.TeamRow(1, "東", True)], [UserRow(1, "Admin", Role.ADMIN, None), user], [], [], [], [], [], [])
    return replace(rows, **parts)  # type: ignore[arg-type]


REP = UserRow(4, "Aiko", Role.REP, 1)


def test_without_any_data_everything_is_zero_and_there_is_no_target(database: Database) -> None:
    store_team(database, alone(REP))
    progress = progress_of(database, 1, month())
    assert [(f.actual, f.target, f.pace.course) for f in progress.figures.values()] == [(0, None, Course.NO_TARGET)] * 4
    assert (progress.overdue_a, progress.plans, sum(progress.contacts.values())) == (0, team_counts.PlanCounts(), 0)
    assert [person.person.name for person in progress.people] == ["Aiko"]  # the admin has nothing to show


def test_a_filter_that_leaves_nobody_is_zero_and_no_error(database: Database) -> None:
    store_team(database, alone(REP))
    progress = progress_of(database, 1, month(user_ids=frozenset({999})))
    assert (progress.people, progress.figures[TargetKind.VISITS].actual) == ((), 0)


def test_a_span_with_a_month_without_a_target_is_not_measured_by_the_rest(database: Database) -> None:
    months = [date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)]
    set_for = [teams.TargetRow(month, TargetKind.VISITS, 4, None, 60) for month in months]
    store_team(database, alone(REP, targets=set_for[:1]))
    progress = progress_of(database, 1, TeamFilter(Span.read("2026-Q4")))
    assert progress.figures[TargetKind.VISITS].pace.course is Course.NO_TARGET
    assert progress.without_target[TargetKind.VISITS] == (date(2026, 11, 1), date(2026, 12, 1))
    store_team(database, alone(REP, targets=set_for))
    assert progress_of(database, 1, TeamFilter(Span.read("2026-Q4"))).figures[TargetKind.VISITS].target == 180


def test_a_week_has_its_share_of_the_months_working_days(database: Database) -> None:
    store_team(database, alone(REP, targets=[teams.TargetRow(date(2026, 11, 1), TargetKind.VISITS, 4, None, 190)]))
    progress = progress_of(database, 1, TeamFilter(Span.read("2026-W47")))
    assert progress.figures[TargetKind.VISITS].target == pytest.approx(190 * 5 / 19)  # 3 and 23 November are holidays


def visited(number: int, user_id: int, at: datetime, **more: object) -> teams.VisitRow:
    values = {"kind": VisitKind.VISIT, "customer_id": 1} | more
    return teams.VisitRow(
        id=number, user_id=user_id, outcome=teams.Outcome.MET, template_id=None, visited_at=at, note="", deleted_at=None,
        likelihood_before=Likelihood.C, likelihood_after=Likelihood.C, **values,  # type: ignore[arg-type]
    )  # fmt: skip


def customer_of(owner_id: int | None, team_id: int | None) -> CustomerRow:
    rows = teams.invent_team(random.Random(2))
    return replace(rows.customers[0], id=1, owner_id=owner_id, team_id=team_id, archived_at=None, tags=(), area=None)


def test_what_a_rep_did_stays_theirs_when_they_leave_and_their_customer_passes_to_another_team(database: Database) -> None:
    left = replace(REP, disabled_at=NOW - timedelta(days=2))
    manager, other = UserRow(2, "Chie", Role.MANAGER, None), UserRow(5, "Botan", Role.REP, None)
    rows = alone(left, customers=[customer_of(5, None)], visits=[visited(1, 4, NOW - timedelta(days=3))])
    led = [teams.TeamRow(1, "東", True, (2,))]
    store_team(database, replace(rows, teams=led, users=[*rows.users, manager, other]))
    progress = progress_of(database, 2, month())
    assert progress.figures[TargetKind.VISITS].actual == 1
    assert [(person.person.name, person.person.left) for person in progress.people] == [("Aiko", True)]


def test_of_two_first_meetings_at_the_same_moment_the_one_recorded_first_counts(database: Database) -> None:
    at, other = NOW - timedelta(days=3), UserRow(5, "Botan", Role.REP, 1)
    rows = alone(REP, customers=[customer_of(4, 1)], visits=[visited(1, 5, at), visited(2, 4, at)])
    store_team(database, replace(rows, users=[*rows.users, other]))
    progress = progress_of(database, 1, month())
    firsts = {person.person.id: person.figures[TargetKind.FIRST_VISITS].actual for person in progress.people}
    assert firsts == {4: 0, 5: 1}


def test_a_visit_counts_for_the_day_on_which_it_was_made_where_one_looks(database: Database) -> None:
    late = datetime(2026, 10, 31, 23, 59, 59, tzinfo=TOKYO)
    rows = alone(REP, customers=[customer_of(4, 1)], visits=[visited(1, 4, late), visited(2, 4, late + timedelta(seconds=1))])
    store_team(database, rows)
    assert progress_of(database, 1, month()).figures[TargetKind.VISITS].parts[:2] == (1, 0)


def test_ten_years_are_shown_month_by_month(database: Database) -> None:
    rows = alone(REP, customers=[customer_of(4, 1)], visits=[visited(n, 4, NOW - timedelta(days=300 * n)) for n in range(1, 12)])
    store_team(database, rows)
    progress = progress_of(database, 1, TeamFilter(Span.read("2017-01-01..2026-12-31")))
    assert (len(progress.parts), sum(progress.figures[TargetKind.VISITS].parts)) == (120, 11)


def test_a_rep_sees_their_own_figures_only_whatever_the_filter_asks(database: Database, aiko: User, botan: User) -> None:
    asked = month(user_ids=frozenset({aiko.id}))
    with database.read() as session:
        progress = read_progress(session, botan, team_filter=asked, today=TODAY, zone=TOKYO)
        assert progress.people == ()
        mine = read_progress(session, botan, team_filter=month(), today=TODAY, zone=TOKYO)
        assert [person.person.id for person in mine.people] == [botan.id]


def test_a_disabled_user_is_told_nothing(database: Database, aiko: User) -> None:
    aiko.disabled_at = NOW
    with database.read() as session, pytest.raises(NotAllowed):
        read_progress(session, aiko, team_filter=month(), today=TODAY, zone=TOKYO)
