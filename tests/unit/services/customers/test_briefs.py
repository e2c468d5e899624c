"""The brief before a visit: the last encounter, what is open, what was bought; in few queries and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerRequest, OutcomeTemplate, Purchase, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, RequestKind, RequestStatus, VisitKind
from fieldsales.errors import CustomerNotFound
from fieldsales.services.customers.briefs import Brief, write_brief
from fieldsales.services.customers.requests import RequestInput, delete_request, open_request

MakeCustomer = Callable[..., Customer]


def brief(database: Database, actor: User, customer: Customer) -> Brief:
    with database.read() as session:
        return write_brief(session, actor, customer_id=customer.id)


def visit(customer: Customer, who: User, at: datetime, outcome: Outcome = Outcome.MET, **values: object) -> Visit:
    likelihood = {"likelihood_before": Likelihood.C, "likelihood_after": Likelihood.C}
    base = {"client_ref": uuid4(), "customer_id": customer.id, "user_id": who.id, "kind": VisitKind.VISIT, "created_at": at}
    return Visit(**(base | likelihood | values), visited_at=at, outcome=outcome)


def test_a_customer_nobody_knows_has_an_empty_brief(database: Database, aiko: User, make_customer: MakeCustomer) -> None:
    assert brief(database, aiko, make_customer(owner=aiko)) == Brief(None, None, (), 0, None)


def test_behind_an_absence_the_brief_tells_of_the_last_conversation(
    database: Database, aiko: User, chie: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        template = OutcomeTemplate(name="商談", outcome=Outcome.MET)
        session.add(template)
        session.flush()
        session.add(visit(customer, chie, now - timedelta(days=9), note="見積を約束", template_id=template.id))
        session.add(visit(customer, aiko, now - timedelta(days=1), Outcome.ABSENT))
        session.add(visit(customer, aiko, now, Outcome.ORDER, deleted_at=now, deleted_reason="slip"))
    told = brief(database, aiko, customer)
    assert told.last is not None
    assert told.spoken is not None
    assert (told.last.outcome, told.last.who, told.last.template) == (Outcome.ABSENT, "Aiko", "")
    assert (told.spoken.note, told.spoken.who, told.spoken.template) == ("見積を約束", "Chie", "商談")


def test_open_complaints_come_before_requests_and_closed_ones_are_over(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime, today: date
) -> None:
    customer = make_customer(owner=aiko)

    def ask(text: str, kind: RequestKind, status: RequestStatus, due_on: date | None = None) -> CustomerRequest:
        opened = {"opened_by_id": aiko.id, "opened_at": now, "customer_id": customer.id, "client_ref": uuid4()}
        return CustomerRequest(text=text, kind=kind, status=status, due_on=due_on, **opened)

    with database.write() as session:
        session.add_all(
            [
                ask("request", RequestKind.REQUEST, RequestStatus.OPEN, today),
                ask("later", RequestKind.COMPLAINT, RequestStatus.ANSWERED),
                ask("late", RequestKind.COMPLAINT, RequestStatus.OPEN, today),
                ask("fourth", RequestKind.REQUEST, RequestStatus.OPEN),
                ask("over", RequestKind.COMPLAINT, RequestStatus.CLOSED, today),
            ]
        )
    told = brief(database, aiko, customer)
    assert [w.text for w in told.waiting] == ["late", "later", "request"]
    assert told.waiting_count == 4


def test_the_newest_purchase_stands_for_all_that_count(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime, today: date
) -> None:
    customer = make_customer(owner=aiko)

    def buy(item: str, on: date, amount: int, deleted_at: datetime | None = None) -> Purchase:
        entered = {"customer_id": customer.id, "user_id": aiko.id, "client_ref": uuid4(), "created_at": now, "deleted_at": deleted_at}
        return Purchase(item=item, bought_on=on, amount=amount, **entered)

    with database.write() as session:
        session.add_all([buy("古い", date(2020, 1, 1), 2**40), buy("新しい", today, 5), buy("slip", today, 7, now)])
    bought = brief(database, aiko, customer).bought
    assert bought is not None
    assert (bought.item, bought.amount, bought.count, bought.total) == ("新しい", 5, 2, 2**40 + 5)


def test_a_stranger_gets_no_brief(database: Database, aiko: User, botan: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(owner=aiko)
    with pytest.raises(CustomerNotFound):
        brief(database, botan, customer)


def test_a_brief_takes_four_queries(database: Database, aiko: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(owner=aiko)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _k, statement, *_rest: asked.append(statement))
    brief(database, aiko, customer)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 4


def test_a_complaint_that_was_deleted_waits_for_nobody(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime, today: date
) -> None:
    customer = make_customer(owner=aiko)
    said = RequestInput(kind=RequestKind.COMPLAINT, text="納品が遅い")
    with database.write() as session:
        written = open_request(session, aiko, customer_id=customer.id, values=said, client_ref=uuid4(), today=today, now=now)
        delete_request(session, aiko, request_id=written.id, now=now)
    with database.read() as session:
        assert write_brief(session, aiko, customer_id=customer.id).waiting_count == 0
