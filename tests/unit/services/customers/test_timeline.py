"""The timeline tells everything once, newest first, in portions that neither miss nor repeat anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import Attachment, Customer, CustomerRequest, Note, Purchase, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import AttachmentKind, ChangeCause, Outcome, RequestKind, VisitKind
from fieldsales.errors import CustomerNotFound
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customers import change_of, open_for_change, update_customer
from fieldsales.services.customers.timeline import LikelihoodEntry, TimelineItem, TimelineKind, TimelineMark, VisitEntry, read_timeline
from fieldsales.services.visits.visits import record_visit

TOKYO = ZoneInfo("Asia/Tokyo")
Make = Callable[..., Customer]
K = TimelineKind


def stored(database: Database, *rows: object) -> None:
    with database.write() as session:
        session.add_all(rows)


def a_visit(actor: User, customer: Customer, at: datetime, kind: VisitKind = VisitKind.VISIT) -> Visit:
    return Visit(
        client_ref=uuid4(),
        customer_id=customer.id,
        user_id=actor.id,
        kind=kind,
        outcome=Outcome.MET,
        visited_at=at,
        likelihood_before=Likelihood.B,
        likelihood_after=Likelihood.B,
        created_at=at,
    )


def a_note(actor: User, customer: Customer, at: datetime, text: str = "メモ") -> Note:
    return Note(client_ref=uuid4(), customer_id=customer.id, user_id=actor.id, text=text, created_at=at)


def a_purchase(actor: User, customer: Customer, day: date, item: str = "複合機") -> Purchase:
    return Purchase(
        client_ref=uuid4(),
        customer_id=customer.id,
        user_id=actor.id,
        bought_on=day,
        item=item,
        amount=100,
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
    )


def a_request(actor: User, customer: Customer, at: datetime) -> CustomerRequest:
    return CustomerRequest(
        client_ref=uuid4(), customer_id=customer.id, kind=RequestKind.COMPLAINT, text="遅い", opened_by_id=actor.id, opened_at=at
    )


def a_file(actor: User, customer: Customer, at: datetime, **values: object) -> Attachment:
    return Attachment(
        client_ref=uuid4(),
        customer_id=customer.id,
        user_id=actor.id,
        kind=AttachmentKind.FILE,
        file_name="見積.pdf",
        media_type="application/pdf",
        size=1,
        stored_name=uuid4().hex,
        created_at=at,
        **values,
    )


def fill(database: Database, actor: User, customer: Customer, now: datetime, days: int = 1) -> None:
    """Store one thing of each kind a day, at the same moment, `days` days long."""
    for number in range(days):
        at = now - timedelta(days=number)
        stored(database, *(a_visit(actor, customer, at, kind) for kind in (VisitKind.VISIT, VisitKind.CALL, VisitKind.EMAIL)))
        stored(database, a_note(actor, customer, at), a_request(actor, customer, at), a_file(actor, customer, at))
        stored(database, a_purchase(actor, customer, at.astimezone(TOKYO).date()))
        moved = {"likelihood": (Likelihood.B, Likelihood.A)}
        stored(database, change_of(actor, customer.id, ChangeCause.EDIT, moved, now=at))


def read(database: Database, actor: User, customer: Customer, limit: int = 100, **of: object) -> tuple[TimelineItem, ...]:
    with database.read() as session:
        return read_timeline(session, actor, customer_id=customer.id, limit=limit, zone=TOKYO, **of)  # type: ignore[arg-type]


def test_everything_that_happened_is_told_newest_first(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    fill(database, aiko, customer, now, days=2)
    fill(database, aiko, make_customer("別", owner=aiko), now)
    items = read(database, aiko, customer)
    one_day = [K.PURCHASE, K.REQUEST, K.MAIL, K.CALL, K.VISIT, K.NOTE, K.LIKELIHOOD, K.FILE]
    assert [item.kind for item in items] == one_day * 2
    assert {item.who for item in items} == {"Aiko"}


@pytest.mark.parametrize("portion", [1, 3, 7])
def test_portions_neither_miss_nor_repeat_anything_even_at_the_same_moment(
    database: Database, aiko: User, make_customer: Make, now: datetime, portion: int
) -> None:
    customer = make_customer(owner=aiko)
    fill(database, aiko, customer, now, days=2)
    stored(database, a_note(aiko, customer, now), a_purchase(aiko, customer, date(2026, 11, 21)))
    whole = read(database, aiko, customer)
    pieces: list[TimelineItem] = []
    mark: TimelineMark | None = None
    while found := read(database, aiko, customer, portion, before=mark):
        pieces += found
        mark = found[-1].mark
    assert [(item.kind, item.id) for item in pieces] == [(item.kind, item.id) for item in whole]
    assert len(whole) == 18


def test_a_purchase_stands_at_the_end_of_its_day_in_the_readers_zone(database: Database, aiko: User, make_customer: Make) -> None:
    customer = make_customer(owner=aiko)
    late_evening = datetime(2026, 11, 20, 14, 59, tzinfo=UTC)  # 23:59 on the 20th in Tokyo
    stored(database, a_note(aiko, customer, late_evening), a_note(aiko, customer, late_evening + timedelta(minutes=2)))
    stored(database, a_purchase(aiko, customer, date(2026, 11, 20)))
    assert [item.kind for item in read(database, aiko, customer)] == [K.NOTE, K.PURCHASE, K.NOTE]


@pytest.mark.parametrize("kinds", [{K.NOTE}, {K.CALL, K.MAIL}, {K.VISIT}, {K.PURCHASE, K.FILE}, {K.LIKELIHOOD}, {K.REQUEST}, set()])
def test_only_the_kinds_asked_for_are_told(
    database: Database, aiko: User, make_customer: Make, now: datetime, kinds: set[TimelineKind]
) -> None:
    customer = make_customer(owner=aiko)
    fill(database, aiko, customer, now)
    assert {item.kind for item in read(database, aiko, customer, kinds=kinds)} == kinds


def test_what_was_deleted_is_told_no_more(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    rows = [
        a_visit(aiko, customer, now),
        a_note(aiko, customer, now),
        a_purchase(aiko, customer, date(2026, 11, 20)),
        a_request(aiko, customer, now),
        a_file(aiko, customer, now),
    ]
    for row in rows:
        row.deleted_at = now
    stored(database, *rows)
    assert read(database, aiko, customer) == ()


def test_files_of_a_visit_are_told_with_it_and_those_of_a_draft_not_at_all(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    visit = a_visit(aiko, customer, now)
    stored(database, visit)
    stored(database, a_file(aiko, customer, now, visit_id=visit.id), a_file(aiko, customer, now, draft_ref=uuid4()))
    stored(database, a_file(aiko, customer, now, visit_id=visit.id, deleted_at=now))
    (item,) = read(database, aiko, customer)
    assert isinstance(item.entry, VisitEntry)
    assert [file.file_name for file in item.entry.files] == ["見積.pdf"]


def test_a_likelihood_moved_by_a_visit_is_told_once_with_the_visit(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        record_visit(
            session,
            aiko,
            customer_id=customer.id,
            visited_at=now,
            outcome=Outcome.MET,
            likelihood=Likelihood.A,
            client_ref=uuid4(),
            zone=TOKYO,
            now=now,
        )
    (item,) = read(database, aiko, customer)
    assert isinstance(item.entry, VisitEntry)
    assert (item.entry.visit.likelihood_before, item.entry.visit.likelihood_after) == (Likelihood.UNRATED, Likelihood.A)


def test_a_likelihood_moved_by_an_edit_is_told_and_other_edits_are_not(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    for number, change in enumerate(({"likelihood": Likelihood.C}, {"memo": "x"})):
        with database.write() as session:
            stored_customer = open_for_change(session, aiko, customer.id)
            values = input_of(stored_customer)
            version = stored_customer.version
        with database.write() as session:
            wanted = type(values)(**({name: getattr(values, name) for name in values.__slots__} | change))
            update_customer(session, aiko, customer_id=customer.id, version=version, values=wanted, now=now + timedelta(minutes=number))
    (item,) = read(database, aiko, customer)
    assert item.entry == LikelihoodEntry(Likelihood.UNRATED, Likelihood.C, ChangeCause.EDIT)


def test_a_stranger_reads_nothing(database: Database, aiko: User, botan: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    fill(database, aiko, customer, now)
    with pytest.raises(CustomerNotFound):
        read(database, botan, customer)
    aiko.disabled_at = now
    with pytest.raises(CustomerNotFound):
        read(database, aiko, customer)


def test_a_long_history_is_read_in_bounded_queries(runtime: Runtime, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    stored(runtime.database, *(a_visit(aiko, customer, now - timedelta(hours=n)) for n in range(60)))
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        assert len(read(runtime.database, aiko, customer, 20)) == 20
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", note)
    queries = [statement for statement in asked if statement.lstrip().startswith("SELECT")]
    assert len(queries) <= 9
    assert sum("LIMIT" in statement for statement in queries) == 6


def test_what_may_be_changed_is_said_of_each(database: Database, people: dict[str, User], make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=people["aiko"])
    stored(database, a_note(people["chie"], customer, now), a_note(people["aiko"], customer, now))
    for name, expected in (("aiko", [True, False]), ("chie", [True, True])):
        assert [item.entry.may_change for item in read(database, people[name], customer)] == expected  # type: ignore[union-attr]
