"""What became of stated ranks is what plain Python finds in the rows, for every team, filter and case that makes counting hard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.calibration import Calibration, Enough, Verdict
from fieldsales.domain.likelihood import OPEN, Likelihood
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import ChangeCause, Role
from fieldsales.errors import BadNumber, NotAllowed
from fieldsales.services.honesty.calibration import CalibrationView, DecidedIn, StaleDeals, read_calibration, read_stale, usual_stale_days
from tests import teams
from tests.decided_deals import LONG_AGO, move

TOKYO = ZoneInfo("Asia/Tokyo")
Make = Callable[..., Customer]
A, B, C, WON, LOST, UNRATED = Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.WON, Likelihood.LOST, Likelihood.UNRATED
MONTH = TeamFilter(Span.read("2026-11"))


def read(
    database: Database, actor: User, team_filter: TeamFilter = MONTH, *, today: date, decided_in: DecidedIn = DecidedIn.YEAR
) -> CalibrationView:
    with database.read() as session:
        return read_calibration(session, actor, team_filter=team_filter, decided_in=decided_in, today=today, zone=TOKYO)


def counts(record: Calibration) -> dict[str, tuple[int, int]]:
    """Return (deals, won) of each rank that has deals."""
    return {r.rank.value: (r.count, r.won) for r in record.ranks if r.count}


def by_name(view: CalibrationView) -> dict[str, dict[str, tuple[int, int]]]:
    return {row.person.name if row.person else "": counts(row.record) for row in view.people}


# Generated teams


def _states(customer: teams.CustomerRow, changes: Sequence[teams.ChangeRow]) -> list[tuple[datetime, Likelihood, ChangeCause, int | None]]:
    assert changes[0].before is not None
    states: list[tuple[datetime, Likelihood, ChangeCause, int | None]] = [
        (customer.created_at, changes[0].before, ChangeCause.CREATE, None)
    ]
    for change in changes:
        assert change.after is not None
        at, rank, _, _ = states[-1]
        undone = change.cause is ChangeCause.RESTORE or change.changed_at - at < timedelta(days=1)
        if rank in (WON, LOST) and len(states) > 1 and undone:
            del states[-1]
        if states[-1][1] is not change.after:
            states.append((change.changed_at, change.after, change.cause, change.changed_by_id))
    return states


def _deals(rows: teams.TeamRows, customer: teams.CustomerRow) -> list[tuple[datetime, Likelihood | None, int | None, bool]]:
    """Return (decided, stated rank, who gave it, won) by reading a customer's life from the decision back."""
    changes = [change for change in rows.changes if change.customer_id == customer.id and change.after is not None]
    if not changes:
        return []
    states, found = _states(customer, changes), []
    for place, (at, rank, cause, _) in enumerate(states):
        if rank not in (WON, LOST) or cause in teams.BY_LISTS or place == 0 or states[place - 1][1] in (WON, LOST):
            continue
        begin = place
        while begin and states[begin - 1][1] not in (WON, LOST):
            begin -= 1
        said = states[begin:place]
        held = [state for state in said if state[0] <= at - timedelta(days=30)][-1:]
        if not held or held[0][1] not in OPEN:
            held = [state for state in said if state[0] > at - timedelta(days=30) and state[1] in OPEN][:1]
        stated = held[0] if held else None
        giver = None if stated is None or stated[2] in teams.BY_LISTS else stated[3]
        found.append((at, stated[1] if stated else None, giver or customer.owner_id, rank is WON))
    return found


@teams.same_database
@given(rows=teams.teams(), data=st.data())
def test_every_figure_is_what_plain_python_finds_in_the_rows(database: Database, rows: teams.TeamRows, data: st.DataObject) -> None:
    teams.store_team(database, rows)
    asked = data.draw(teams.filters(rows))
    actor = data.draw(st.sampled_from([user for user in rows.users if user.role is not Role.REP]))
    decided_in = data.draw(st.sampled_from(DecidedIn))
    with database.read() as session:
        who = teams.load_user(session, actor.id)
        view = read_calibration(session, who, team_filter=asked, decided_in=decided_in, today=teams.TODAY, zone=TOKYO)
    last = min(asked.span.last, teams.TODAY)
    assert view.last == last
    people = teams.people_of(rows, actor, asked)
    expected: dict[int | None, dict[str, list[bool]]] = {}
    for customer in rows.customers:
        if not (teams.may_see(rows, actor, customer) and teams.is_asked_for(customer, asked)):
            continue
        for at, rank, giver, won in _deals(rows, customer):
            day = teams.day_of(at)
            if day > last or (view.first is not None and day < view.first):
                continue
            if giver in people or not (asked.team_ids or asked.user_ids):
                expected.setdefault(giver if giver in people else None, {}).setdefault(rank.value if rank else "", []).append(won)
    found = {row.person.id if row.person else None: row.record for row in view.people}
    assert found.keys() == expected.keys()
    for person_id, by_rank in expected.items():
        assert found[person_id].unrated == len(by_rank.pop("", []))
        assert counts(found[person_id]) == {rank: (len(won), sum(won)) for rank, won in by_rank.items()}
    for team in view.teams:
        own = [record for row in view.people if row.person and row.person.team_id == team.id for record in row.record.ranks]
        assert team.record.count == sum(record.count for record in own)
    assert view.everybody.count == sum(row.record.count for row in view.people)


@teams.same_database
@given(rows=teams.teams(), data=st.data())
def test_stale_as_are_what_plain_python_finds_in_the_rows(database: Database, rows: teams.TeamRows, data: st.DataObject) -> None:
    teams.store_team(database, rows)
    asked = data.draw(teams.filters(rows))
    actor = data.draw(st.sampled_from([user for user in rows.users if user.role is not Role.REP]))
    days = data.draw(st.sampled_from([1, 30, 400, 3_650]))
    with database.read() as session:
        found = read_stale(session, teams.load_user(session, actor.id), team_filter=asked, days=days, now=teams.NOW)
    before, hot = teams.NOW - timedelta(days=days), [c for c in teams.owned(rows, actor, asked) if c.likelihood is A]
    stale = set()
    for customer in hot:
        seen = [v.visited_at for v in rows.visits if v.customer_id == customer.id and v.deleted_at is None]
        said = [c.changed_at for c in rows.changes if c.customer_id == customer.id and c.after is A]
        if all(at < before for at in (*said, max(seen, default=customer.created_at), customer.created_at)):
            stale.add(customer.id)
    assert {row.customer_id for row in found.rows} == stale
    assert (found.count, found.of) == (len(stale), len(hot))
    assert found.amount == sum(rows.customer(i).amount or 0 for i in stale)


# Case by case


def test_without_any_decision_there_is_nothing_to_judge(database: Database, chie: User, make_customer: Make, today: date) -> None:
    make_customer(likelihood=A)
    view = read(database, chie, today=today)
    assert (view.everybody.enough, view.people, view.teams) == (Enough.NONE, (), ())


def test_only_wins_are_not_enough_however_many(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime, today: date
) -> None:
    for number in range(12):
        move(database, make_customer(f"客{number}", owner=aiko, likelihood=A, created_at=LONG_AGO), (50, WON), now=now, by=aiko)
    view = read(database, chie, today=today)
    assert view.everybody.enough is Enough.ONLY_WON
    assert view.everybody.ranks[0].verdict is Verdict.FITS


def test_one_rep_alone_is_judged_like_a_team(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime, today: date
) -> None:
    for number in range(32):
        made = make_customer(f"客{number}", owner=aiko, likelihood=C, created_at=LONG_AGO)
        move(database, made, (60, A), (20, WON if number < 8 else LOST), now=now, by=aiko)
    view = read(database, chie, today=today)
    (row,) = view.people
    assert row.person is not None
    assert (row.person.name, row.record.enough, counts(row.record)) == ("Aiko", Enough.ENOUGH, {"A": (32, 8)})
    assert row.record.ranks[0].verdict is Verdict.HOPEFUL
    assert [(team.name, team.record) for team in view.teams] == [("East", row.record)]


def test_who_left_answers_for_their_ranks_also_when_the_customer_has_passed_on(
    database: Database, aiko: User, botan: User, chie: User, make_customer: Make, now: datetime, today: date
) -> None:
    made = make_customer(owner=aiko, likelihood=C, created_at=LONG_AGO)
    move(database, made, (90, A), now=now, by=aiko)
    move(database, made, (10, LOST), now=now, by=chie)
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now - timedelta(days=40)
        session.get_one(Customer, made.id).owner_id = chie.id
    view = read(database, chie, today=today)
    assert by_name(view) == {"Aiko": {"A": (1, 0)}}
    assert view.people[0].person is not None
    assert view.people[0].person.left


def test_a_deal_opened_again_counts_each_time(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime, today: date
) -> None:
    made = make_customer(owner=aiko, likelihood=A, created_at=LONG_AGO)
    move(database, made, (200, LOST), (150, B), (40, WON), (5, C), now=now, by=aiko)
    assert counts(read(database, chie, today=today).everybody) == {"A": (1, 0), "B": (1, 1)}


def test_customers_imported_as_won_are_no_deals(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime, today: date
) -> None:
    make_customer("最初から受注", owner=aiko, likelihood=WON, created_at=LONG_AGO)
    listed = make_customer("取込で受注", owner=aiko, likelihood=A, created_at=LONG_AGO)
    move(database, listed, (20, WON), now=now, by=chie, cause=ChangeCause.IMPORT)
    view = read(database, chie, today=today)
    assert (view.everybody.count, view.everybody.unrated) == (0, 0)


def test_a_lost_customer_tidied_away_still_counts(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime, today: date
) -> None:
    made = make_customer(owner=aiko, likelihood=A, created_at=LONG_AGO, archived_at=now)
    move(database, made, (20, LOST), now=now, by=aiko)
    assert counts(read(database, chie, today=today).everybody) == {"A": (1, 0)}


def test_merged_records_tell_of_each_deal_once(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime, today: date
) -> None:
    kept = make_customer("髙﨑商店", owner=aiko, likelihood=C, created_at=LONG_AGO)
    other = make_customer("高崎商店", owner=None, likelihood=B, created_at=LONG_AGO, archived_at=now, merged_into_id=kept.id)
    third = make_customer("高崎", owner=None, likelihood=A, created_at=LONG_AGO, archived_at=now, merged_into_id=other.id)
    move(database, kept, (100, WON), now=now, by=aiko)
    move(database, other, (97, WON), (80, A), (20, LOST), now=now, by=aiko)
    move(database, third, (400, LOST), now=now, by=aiko)
    for decided_in, expected in ((DecidedIn.YEAR, {"A": (1, 0), "C": (1, 1)}), (DecidedIn.ALL, {"A": (2, 0), "C": (1, 1)})):
        assert counts(read(database, chie, today=today, decided_in=decided_in).everybody) == expected


def test_a_merged_record_is_as_visible_as_the_customer_that_was_kept(
    database: Database, aiko: User, botan: User, chie: User, make_customer: Make, now: datetime, today: date
) -> None:
    of_the_west = make_customer("西の客", owner=botan, likelihood=C, created_at=LONG_AGO)
    merged = make_customer("東の客", owner=aiko, likelihood=A, created_at=LONG_AGO, archived_at=now, merged_into_id=of_the_west.id)
    move(database, merged, (20, LOST), now=now, by=aiko)
    assert read(database, chie, today=today).everybody.count == 0


def test_ten_years_are_looked_at_as_far_as_asked(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime, today: date
) -> None:
    made = make_customer(owner=aiko, likelihood=B, created_at=now - timedelta(days=3_700))
    for year in reversed(range(10)):
        move(database, made, (365 * year + 100, WON), (365 * year + 50, B), now=now, by=aiko)
    by_span = {decided_in: read(database, chie, today=today, decided_in=decided_in).everybody.count for decided_in in DecidedIn}
    assert by_span == {DecidedIn.PERIOD: 0, DecidedIn.YEAR: 1, DecidedIn.ALL: 10}
    year = TeamFilter(Span.read("2020"))
    assert read(database, chie, year, today=today, decided_in=DecidedIn.PERIOD).everybody.count == 1
    assert read(database, chie, year, today=today, decided_in=DecidedIn.ALL).everybody.count == 4


def test_the_twelve_months_end_with_the_period_also_after_a_leap_day(database: Database, chie: User, today: date) -> None:
    leap = read(database, chie, TeamFilter(Span.read("2024-02-01..2024-02-28")), today=today)
    assert (leap.first, leap.last) == (date(2023, 2, 28), date(2024, 2, 28))
    assert read(database, chie, today=today).first == date(2025, 11, 22)


def test_a_deal_of_another_team_is_nobodys_business(
    database: Database, botan: User, chie: User, dai: User, make_customer: Make, now: datetime, today: date
) -> None:
    move(database, make_customer(owner=botan, likelihood=A, created_at=LONG_AGO), (20, LOST), now=now, by=botan)
    assert read(database, chie, today=today).everybody.count == 0
    assert by_name(read(database, dai, today=today)) == {"Botan": {"A": (1, 0)}}


def test_reps_and_those_who_left_are_told_nothing(database: Database, aiko: User, chie: User, today: date, now: datetime) -> None:
    with database.write() as session:
        session.get_one(User, chie.id).disabled_at = now
    with database.read() as session:
        for actor in (session.get_one(User, aiko.id), session.get_one(User, chie.id)):
            with pytest.raises(NotAllowed):
                read_calibration(session, actor, team_filter=MONTH, decided_in=DecidedIn.ALL, today=today, zone=TOKYO)
            with pytest.raises(NotAllowed):
                read_stale(session, actor, team_filter=MONTH, days=30, now=now)


def stale(database: Database, actor: User, now: datetime, days: int = 30) -> StaleDeals:
    with database.read() as session:
        return read_stale(session, actor, team_filter=MONTH, days=days, now=now)


def test_an_a_goes_stale_without_a_visit_and_without_being_said_again(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime
) -> None:
    def hot(name: str, seen: int | None, ranked: int, amount: int | None = None) -> None:
        last = now - timedelta(days=seen) if seen is not None else None
        made = make_customer(name, owner=aiko, likelihood=B, created_at=LONG_AGO, last_visited_at=last, amount=amount)
        move(database, made, (ranked, A), now=now, by=aiko)

    hot("放置", 31, 40, 500_000)
    hot("未訪問", None, 90, 900_000)
    hot("訪問済み", 29, 90)
    hot("最近A", 90, 29)
    found = stale(database, chie, now)
    assert [(row.name, row.owner, row.ranked_at) for row in found.rows] == [
        ("未訪問", "Aiko", now - timedelta(days=90)),
        ("放置", "Aiko", now - timedelta(days=40)),
    ]
    assert (found.count, found.of, found.amount) == (2, 4, 1_400_000)


@pytest.mark.parametrize("days", [0, -1, 3_651])
def test_a_number_of_days_out_of_reason_is_refused(database: Database, chie: User, now: datetime, days: int) -> None:
    with pytest.raises(BadNumber):
        stale(database, chie, now, days)


def test_an_a_is_called_stale_when_it_is_believed_half_as_much(database: Database) -> None:
    with database.read() as session:
        assert usual_stale_days(session) == 30
