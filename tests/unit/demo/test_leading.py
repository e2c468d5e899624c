"""What the demo has to show to whoever leads: targets, territories, reports, a rep who left, plans that can be kept."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import BulkChange, Customer, CustomerChange, Plan, Purchase, Report, Target, Team, User, Visit
from fieldsales.demo.people import FORMER, HABITS, LEFT_DAYS, NEGLECTED_AREA
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import AreaKind, BulkAction, TargetKind
from fieldsales.services.acting import bulk_changes
from fieldsales.services.map.map_index import MapIndex
from fieldsales.services.planning.plans import read_plan
from fieldsales.services.reports import report_review
from fieldsales.services.territories.territories import KeeperState
from fieldsales.services.territories.territory_assignment import giving_territories
from fieldsales.services.territories.territory_figures import read_territories

pytestmark = pytest.mark.both_databases
TOKYO = ZoneInfo("Asia/Tokyo")
THIS_MONTH = date(2026, 11, 1)


def user(session: Session, account: str) -> User:
    return session.scalars(select(User).where(User.email == f"{account}@demo.example")).unique().one()


def test_each_rep_and_team_has_targets_for_this_month_and_the_twelve_before(demo: Database) -> None:
    with demo.read() as session:
        targets = list(session.scalars(select(Target)))
        teams = list(session.scalars(select(Team.id)))
        reps = [user(session, account).id for account in HABITS]
        left = user(session, FORMER.account).id
    months = {date(2025, 11, 1), *(date(2025 + (11 + n) // 12, (11 + n) % 12 + 1, 1) for n in range(12))}
    aims = Counter((target.user_id, target.team_id) for target in targets)
    assert {target.month for target in targets} == months
    assert all(aims[aim] == 13 * len(TargetKind) for aim in ((*((rep, None) for rep in reps), *((None, team) for team in teams))))
    assert all(target.value > 0 and target.set_at.date() < target.month for target in targets)
    assert max(target.month for target in targets if target.user_id == left) == date(2026, 10, 1)


def test_a_team_is_asked_for_what_its_reps_are_asked_for(demo: Database) -> None:
    with demo.read() as session:
        found = session.execute(select(Target.kind, Target.team_id, User.team_id, Target.value).outerjoin(User, User.id == Target.user_id)
                                .where(Target.month == THIS_MONTH)).all()  # fmt: skip
    for kind, team_id, _, value in [row for row in found if row[1] is not None]:
        assert value == sum(of for of_kind, _, of_team, of in found if (of_kind, of_team) == (kind, team_id))


def test_the_reps_reach_their_targets_now_and_then(demo: Database) -> None:
    with demo.read() as session:
        wanted = {(t.user_id, t.month): t.value for t in session.scalars(select(Target).where(Target.kind == TargetKind.ORDERS))}
        bought = Counter((p.user_id, p.bought_on.replace(day=1)) for p in session.scalars(select(Purchase)))
        reps = [user(session, account).id for account in HABITS]
    reached = [bought[of] >= value for of, value in wanted.items() if of[0] in reps]
    assert 0.1 < sum(reached) / len(reached) < 0.9


def test_who_has_left_still_owns_customers_and_did_nothing_since(demo: Database, now: datetime) -> None:
    with demo.read() as session:
        left = user(session, FORMER.account)
        assert left.disabled_at is not None
        assert (now - left.disabled_at) < timedelta(days=LEFT_DAYS + 1)
        assert session.scalar(select(func.count()).where(Customer.owner_id == left.id)) >= 10
        assert session.scalar(select(func.count()).where(Visit.user_id == left.id, Visit.visited_at > left.disabled_at)) == 0
        newest = session.scalar(select(func.max(Purchase.bought_on)).where(Purchase.user_id == left.id))
        assert newest is None or newest <= left.disabled_at.astimezone(TOKYO).date()


def test_territories_of_three_kinds_hold_most_customers_and_one_has_lost_its_owner(demo: Database, now: datetime, today: date) -> None:
    with demo.read() as session:
        manager = user(session, "manager")
        giving = giving_territories(session)
        assert {territory.kind for territory in giving.territories} == set(AreaKind)
        keepers = {session.get_one(User, keeper.user_id).name for keeper in giving.keepers if keeper is not None}
        assert len(keepers) == len(HABITS)
    everything = TeamFilter.from_query({}, today=today)
    picture = read_territories(demo, MapIndex(), manager, team_filter=everything, now=now, zone=TOKYO)
    assert picture.outside < picture.customers / 10
    assert [row.territory.name for row in picture.rows if row.territory.keeper is KeeperState.LEFT] == ["九州"]
    assert all(row.customers for row in picture.rows)


def test_some_daily_reports_are_confirmed_some_wait_and_some_are_missing(demo: Database, now: datetime, today: date) -> None:
    with demo.read() as session:
        manager = user(session, "manager")
        reports = list(session.scalars(select(Report)))
        assert report_review.count_to_read(session, manager) > 0
        assert sum(report.reviewed_at is not None for report in reports) > 5
        assert all(report.submitted_at is not None and report.submitted_at < now for report in reports)
        days = len({report.starts_on for report in reports})
        handed_in = Counter(report.user_id for report in reports)
        assert handed_in[user(session, "rep1").id] == days
        assert handed_in[user(session, "rep4").id] < days
        assert all(report.starts_on < today and report.starts_on.weekday() < 5 for report in reports)


def test_the_neglected_city_was_tagged_at_once_and_that_can_be_undone(demo: Database, now: datetime) -> None:
    with demo.write() as session:
        change = session.scalars(select(BulkChange)).one()
        assert change.action is BulkAction.TAG
        changed = list(session.scalars(select(CustomerChange.customer_id).where(CustomerChange.bulk_id == change.id)))
        areas = set(session.scalars(select(Customer.area).where(Customer.id.in_(changed))))
        assert change.count == len(changed) >= 5
        assert all(area and area.startswith(NEGLECTED_AREA) for area in areas)
        undone = bulk_changes.undo_change(session, user(session, "manager"), change_id=change.id, now=now)
        assert undone.undone == change.count


def test_every_won_deal_was_bought_on_the_day(demo: Database) -> None:
    with demo.read() as session:
        won = select(CustomerChange).where(CustomerChange.likelihood_after == Likelihood.WON)
        moves = {(c.customer_id, c.changed_at.astimezone(TOKYO).date()) for c in session.scalars(won)}
        assert moves <= {(p.customer_id, p.bought_on) for p in session.scalars(select(Purchase))}


def test_no_plan_holds_appointments_that_cannot_all_be_kept(demo: Database, now: datetime) -> None:
    with demo.read() as session:
        admin = user(session, "admin")
        views = [read_plan(session, admin, plan_id=plan_id, now=now) for plan_id in session.scalars(select(Plan.id))]
    assert len(views) == 2 * len(HABITS)
    assert all(view.conflicts == () for view in views)
    assert all(view.is_solved and not view.is_stale for view in views)
    assert any(stop.fixed_at is not None for view in views for stop in view.stops)
