"""What the demo's manager has done: targets set, territories drawn, a neglected city tagged, daily reports read and answered.

Made by the services that everybody uses, wherever there is one, as they would have been used on the days before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, Purchase, Report, Target, Territory, User, Visit
from fieldsales.demo.inventing import SEED
from fieldsales.demo.people import EAST, FORMER, HABITS, LEFT_DAYS, MEMBERS, NEGLECTED_AREA, WEST
from fieldsales.demo.phrases import ANSWERS, REMARKS
from fieldsales.demo.rows import Cast
from fieldsales.demo.times import moment_of
from fieldsales.domain.words import AreaKind, BulkAction, Period, TargetKind, VisitKind
from fieldsales.services.acting.bulk_changes import BulkAct, apply_change
from fieldsales.services.reports.report_comments import add_comment
from fieldsales.services.reports.report_review import confirm_report
from fieldsales.services.reports.reports import submit_report

_MONTHS = 13
_YEAR = timedelta(days=365)
_WANTED = 1.05  # of what the year before brought
_ROUND = {TargetKind.VISITS: 5, TargetKind.FIRST_VISITS: 1, TargetKind.ORDERS: 1, TargetKind.AMOUNT: 100_000}
_TAGGED = ("休眠掘り起こし",)
_MOST_TAGGED = 200
_REPORTED_DAYS, _READ_AFTER_DAYS = 7, 3
_EVENING, _NEXT_MORNING = 18 * 60 + 15, 8 * 60 + 40
# On how many of ten days a rep hands in the daily report.
_HANDS_IN = {"rep1": 10, "rep2": 8, "rep3": 10, "rep4": 3, "rep5": 9, "rep6": 5}


@dataclass(frozen=True, slots=True)
class _Area:
    name: str
    account: str
    kind: AreaKind
    areas: tuple[str, ...] = ()
    ring: tuple[tuple[float, float], ...] = ()


def _wards(*names: str) -> tuple[str, ...]:
    return tuple(f"東京都{name}区" for name in names)


# Where the team's customers are, with what a real list of territories has: one drawn, one of somebody who has left.
_TERRITORIES = (
    _Area(
        "都心・城西・城南",
        "rep3",
        AreaKind.MUNICIPALITIES,
        _wards("千代田", "中央", "港", "新宿", "文京", "品川", "目黒", "世田谷", "渋谷", "中野", "杉並", "豊島"),
    ),
    _Area("神奈川", "rep1", AreaKind.POSTAL_CODES, ("21", "22", "23", "24", "25")),
    _Area("多摩・千葉", "rep1", AreaKind.POSTAL_CODES, ("18", "19", "20", "26", "27", "28", "29")),
    _Area(
        "城北・城東・大田",
        "rep2",
        AreaKind.MUNICIPALITIES,
        _wards("台東", "墨田", "江東", "大田", "北", "荒川", "板橋", "練馬", "足立", "葛飾", "江戸川"),
    ),
    _Area("埼玉・東北・北海道", "rep2", AreaKind.POSTAL_CODES, ("0", "33", "34", "35", "36", "98", "99")),
    _Area("東海・北陸", "rep4", AreaKind.POSTAL_CODES, ("41", "42", "43", "44", "45", "46", "47", "48", "49", "91", "92", "93")),
    _Area(
        "大阪湾岸",
        "rep5",
        AreaKind.DRAWN,
        ring=((34.735, 135.395), (34.735, 135.520), (34.660, 135.540), (34.560, 135.500), (34.560, 135.400), (34.640, 135.370)),
    ),
    _Area("京都・阪神", "rep5", AreaKind.POSTAL_CODES, ("60", "61", "62", "65", "66")),
    _Area("中国・四国", "rep6", AreaKind.POSTAL_CODES, ("68", "69", "7")),
    _Area("九州", FORMER.account, AreaKind.POSTAL_CODES, ("8",)),
)


def lead_team(session: Session, cast: Cast) -> None:
    """Add what a manager does, in the order in which it was done."""
    manager = _user(session, cast, "manager")
    _set_targets(session, cast, manager)
    _draw_territories(session, cast, manager)
    _tag_the_neglected(session, cast, manager)
    _report(session, cast, manager)


def _user(session: Session, cast: Cast, account: str) -> User:
    return session.scalars(select(User).where(User.id == cast.user_ids[account])).unique().one()


def _set_targets(session: Session, cast: Cast, manager: User) -> None:
    """Ask of each rep of a team the same each month: a little more than the team brought on average in the year before."""
    since = moment_of(cast.today - _YEAR, 0, cast.zone)
    for team in (EAST, WEST):
        accounts = [member.account for member in (*MEMBERS, FORMER) if member.team == team]
        reps = [account for account in accounts if account in HABITS]
        wanted = {
            kind: max(_ROUND[kind], round(_WANTED * brought / 12 / len(reps) / _ROUND[kind]) * _ROUND[kind])
            for kind, brought in _brought(session, [cast.user_ids[account] for account in accounts], since, cast).items()
        }
        for back in range(_MONTHS):
            month = _month_before(cast.today, back)
            there = [account for account in accounts if account in reps or month < cast.today - timedelta(days=LEFT_DAYS)]
            set_at = moment_of(month - timedelta(days=3), 10 * 60, cast.zone)
            said = {"month": month, "set_by_id": manager.id, "set_at": set_at}
            for kind, value in wanted.items():
                session.add_all(Target(kind=kind, user_id=cast.user_ids[account], value=value, **said) for account in there)
                session.add(Target(kind=kind, team_id=cast.team_ids[reps[0]], value=value * len(there), **said))
    session.flush()


def _brought(session: Session, user_ids: list[int], since: datetime, cast: Cast) -> Mapping[TargetKind, int]:
    """Return what these people did since a moment."""
    seen = (VisitKind.VISIT, VisitKind.ONLINE)
    by_them = Visit.user_id.in_(user_ids), Visit.kind.in_(seen)
    firsts = select(func.min(Visit.visited_at).label("at")).where(*by_them).group_by(Visit.customer_id).subquery()
    bought = Purchase.user_id.in_(user_ids), Purchase.bought_on >= cast.today - _YEAR
    orders, amount = session.execute(select(func.count(Purchase.id), func.coalesce(func.sum(Purchase.amount), 0)).where(*bought)).one()
    return {
        TargetKind.VISITS: session.scalar(select(func.count(Visit.id)).where(*by_them, Visit.visited_at >= since)) or 0,
        TargetKind.FIRST_VISITS: session.scalar(select(func.count()).where(firsts.c.at >= since)) or 0,
        TargetKind.ORDERS: orders,
        TargetKind.AMOUNT: int(amount),
    }


def _month_before(day: date, back: int) -> date:
    number = day.year * 12 + day.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def _draw_territories(session: Session, cast: Cast, manager: User) -> None:
    chance, drawn_at = Random(SEED), moment_of(cast.today - timedelta(days=1), 17 * 60, cast.zone)
    for area in _TERRITORIES:
        session.add(
            Territory(
                client_ref=UUID(int=chance.getrandbits(128), version=4),
                name=area.name,
                team_id=cast.team_ids[area.account],
                owner_id=cast.user_ids[area.account],
                kind=area.kind,
                rings=[[list(point) for point in area.ring]] if area.ring else [],
                areas=list(area.areas),
                changed_by_id=manager.id,
                changed_at=drawn_at,
            )
        )
    session.flush()


def _tag_the_neglected(session: Session, cast: Cast, manager: User) -> None:
    """Put a tag on the city that nobody goes to: a change of many customers at once that can still be undone."""
    there = Customer.area.startswith(NEGLECTED_AREA, autoescape=True)
    ids = list(session.scalars(select(Customer.id).where(there).order_by(Customer.id).limit(_MOST_TAGGED)))
    if ids:
        at = moment_of(cast.today - timedelta(days=2), 11 * 60, cast.zone)
        reference = UUID(int=Random(SEED + 1).getrandbits(128), version=4)
        apply_change(session, manager, customer_ids=ids, act=BulkAct(BulkAction.TAG, tags=_TAGGED), client_ref=reference, now=at)


def _report(session: Session, cast: Cast, manager: User) -> None:
    """Hand in the reps' daily reports of the last days, most of them; the manager has read those of some days ago."""
    chance = Random(SEED + 2)
    for account in HABITS:
        rep = _user(session, cast, account)
        for day in _working_days_before(cast.today):
            if chance.randrange(10) >= _HANDS_IN[account]:
                continue
            evening = moment_of(day, _EVENING, cast.zone)
            remark = chance.choice(REMARKS)
            report = submit_report(session, rep, period=Period.DAY, starts_on=day, comment=remark, zone=cast.zone, now=evening)
            if (cast.today - day).days > _READ_AFTER_DAYS:
                _read(session, cast, manager, report, chance)


def _read(session: Session, cast: Cast, manager: User, report: Report, chance: Random) -> None:
    """Let the manager confirm a report, now and then with a word."""
    at = moment_of(report.starts_on + timedelta(days=1), _NEXT_MORNING, cast.zone)
    if chance.random() < 0.4:
        reference = UUID(int=chance.getrandbits(128), version=4)
        add_comment(session, manager, report_id=report.id, text=chance.choice(ANSWERS), client_ref=reference, now=at)
    confirm_report(session, manager, report_id=report.id, now=at)


def _working_days_before(today: date) -> Iterator[date]:
    days = (today - timedelta(days=back) for back in range(_REPORTED_DAYS, 0, -1))
    yield from (day for day in days if day.weekday() < 5)
