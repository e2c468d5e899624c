"""Making the demo: the whole of it in one transaction, or nothing; what is there already is left alone."""

from __future__ import annotations

import gc
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from fieldsales.bootstrap import Runtime
from fieldsales.db.base import Base
from fieldsales.db.models import (
    CheckIn,
    Contact,
    Counter,
    Customer,
    CustomerChange,
    CustomerRequest,
    CustomerTag,
    Note,
    Purchase,
    Tag,
    Team,
    TeamManager,
    User,
    Visit,
)
from fieldsales.demo.inventing import TAGS, invent_customers
from fieldsales.demo.leading import lead_team
from fieldsales.demo.people import EAST, FORMER, LEFT_DAYS, MEMBERS, WEST
from fieldsales.demo.planned_days import plan_days
from fieldsales.demo.rows import Bookkeeper, Cast, Rows
from fieldsales.domain.words import Role
from fieldsales.errors import N_, CallTheAdmin
from fieldsales.services.accounts.passwords import hash_password, verify_password
from fieldsales.services.map.map_index import announce_bulk_change
from fieldsales.services.pins.locating import VERSION_LENGTH

BATCH = 2_000
DEMO_SIZE = "demo_customers"
_TEAM_AGE = timedelta(days=1_100)


class NotADemo(CallTheAdmin):
    code = "not_a_demo"
    message = N_(
        "This database belongs to a real team: the demo's accounts, whose password is known, are not added to it. "
        "Choose another --data-dir."
    )


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What `prepare` found or made: `customers` as made at first, `asked` as wanted now, `accounts` to log in with."""

    created: bool
    customers: int
    asked: int
    accounts: tuple[str, ...]

    @property
    def remark(self) -> str:
        """One line for whoever asked for another size than there is; empty otherwise."""
        if self.created or self.customers == self.asked:
            return ""
        return f"Kept the demo of {self.customers:,} customers that is there; for {self.asked:,}, choose another --data-dir."


def prepare(runtime: Runtime, *, customers: int = 300, password: str) -> DemoSummary:
    """Make the demo in `runtime`'s database unless there is one, and see that its accounts open with `password`.

    Raises:
        NotADemo: the database holds users or customers that are not the demo's.
        PasswordTooShort, PasswordTooLong: the password may not be one.
    """
    runtime.database.upgrade()
    accounts = tuple(member.email for member in MEMBERS)
    with runtime.database.write() as session:
        size = _size_of_existing(session)
        if size is not None:
            _renew_password(session, password)
            return DemoSummary(False, size, customers, accounts)
        cast = _engage(session, runtime, password)
        _fill(session, runtime, cast, customers)
        lead_team(session, cast)
        plan_days(session, runtime.database, cast, now=runtime.clock())
        session.add(Counter(name=DEMO_SIZE, value=customers))
        announce_bulk_change(session)
    return DemoSummary(True, customers, customers, accounts)


def _size_of_existing(session: Session) -> int | None:
    size = session.scalar(select(Counter.value).where(Counter.name == DEMO_SIZE))
    if size is None and (session.scalar(select(User.id).limit(1)) or session.scalar(select(Customer.id).limit(1))):
        raise NotADemo()
    return size


def _renew_password(session: Session, password: str) -> None:
    """Give the accounts that still share the demo's password the one announced now; who chose another keeps it."""
    users = session.scalars(select(User).where(User.email.in_([member.email for member in MEMBERS]))).unique().all()
    shared, holders = Tally(user.password_hash for user in users).most_common(1)[0] if users else ("", 0)
    if holders < 2 or verify_password(password, shared):
        return
    renewed = hash_password(password)
    for user in users:
        if user.password_hash == shared:
            user.password_hash = renewed


def _engage(session: Session, runtime: Runtime, password: str) -> Cast:
    """Add teams, people and tags."""
    zone = runtime.settings.zone
    since = datetime.combine(runtime.clock().astimezone(zone).date() - _TEAM_AGE, time(9), tzinfo=zone)
    password_hash = hash_password(password)  # slow on purpose: once for all
    teams = {name: Team(name=name, shares_customers=True) for name in (EAST, WEST)}
    tags = {name: Tag(name=name) for name in TAGS}
    session.add_all([*teams.values(), *tags.values()])
    session.flush()
    users: dict[str, User] = {}
    left_at = datetime.combine(runtime.clock().astimezone(zone).date() - timedelta(days=LEFT_DAYS), time(18), tzinfo=zone)
    for member in (*MEMBERS, FORMER):
        users[member.account] = User(
            email=member.email,
            name=member.name,
            role=member.role,
            team=teams.get(member.team),
            password_hash=password_hash,
            may_export=member.role is not Role.REP,
            may_delete=member.role is not Role.REP,
            created_at=since,
            disabled_at=left_at if member is FORMER else None,
        )
        session.add(users[member.account])
        session.flush()
        session.add_all(TeamManager(team_id=teams[name].id, user_id=users[member.account].id) for name in member.manages)
    session.flush()
    return Cast(
        user_ids={account: user.id for account, user in users.items()},
        team_ids={account: user.team_id for account, user in users.items()},
        tag_ids={name: tag.id for name, tag in tags.items()},
        located_with=runtime.geocoder.version[:VERSION_LENGTH],
        zone=zone,
        today=runtime.clock().astimezone(zone).date(),
    )


def _fill(session: Session, runtime: Runtime, cast: Cast, count: int) -> None:
    """Insert `count` customers with their stories, a batch at a time, so that a million fits in memory."""
    books = Bookkeeper(cast)
    invented = invent_customers(count, today=cast.today)
    with _without_garbage_collection():
        while batch := list(islice(invented, BATCH)):
            _insert(session, books.rows_of(batch))
    if not runtime.database.is_sqlite:
        for table in ("customers", "visits"):  # their ids were given, which PostgreSQL's sequences do not notice
            newest = select(func.coalesce(func.max(text("id")), 1)).select_from(text(table)).scalar_subquery()
            session.execute(select(func.setval(func.pg_get_serial_sequence(table, "id"), newest)))


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keep the collector from walking millions of young rows, none of which is part of a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _insert(session: Session, rows: Rows) -> None:
    connection = session.connection()
    batches = {
        Customer: rows.customers,
        CustomerTag: rows.customer_tags,
        Visit: rows.visits,
        CustomerChange: rows.customer_changes,
        Contact: rows.contacts,
        Purchase: rows.purchases,
        CustomerRequest: rows.requests,
        Note: rows.notes,
        CheckIn: rows.check_ins,
    }
    for model, batch in batches.items():
        if batch:
            connection.execute(insert(_table(model)), batch)


def _table(model: type[Base]) -> Table:
    assert isinstance(model.__table__, Table)
    return model.__table__
