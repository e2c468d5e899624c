"""Requests and complaints: opened once, answered, closed, opened again; nobody's step is undone unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerRequest, User
from fieldsales.domain.words import RequestKind, RequestStatus
from fieldsales.errors import CustomerNotFound, FixTheInput, NotAllowed, NotFound, TextTooLong, UserNotFound
from fieldsales.services.customers import requests
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customers import open_for_change, update_customer
from fieldsales.services.customers.request_rows import RequestRow
from fieldsales.services.customers.requests import (
    AssigneeCannotSee,
    DueInPast,
    MissingAnswer,
    MissingRequestText,
    RequestChanged,
    RequestInput,
    WrongStep,
)

Make = Callable[..., Customer]
TODAY = date(2026, 11, 21)
LATE_DELIVERY = RequestInput(kind=RequestKind.COMPLAINT, text="納品が遅い", due_on=date(2026, 11, 25))


def begin(
    database: Database, actor: User, customer: Customer, now: datetime, values: RequestInput = LATE_DELIVERY, client_ref: UUID | None = None
) -> CustomerRequest:
    with database.write() as session:
        return requests.open_request(
            session, actor, customer_id=customer.id, values=values, client_ref=client_ref or uuid4(), today=TODAY, now=now
        )


def do(database: Database, step: Callable[..., CustomerRequest], actor: User, request: CustomerRequest, **values: Any) -> CustomerRequest:
    with database.write() as session:
        return step(session, actor, request_id=request.id, **values)


def read(database: Database, actor: User, request: CustomerRequest) -> RequestRow:
    with database.read() as session:
        return requests.find_request(session, actor, request_id=request.id)


def waiting(database: Database, actor: User, **of: Any) -> list[str]:
    with database.read() as session:
        return [row.text for row in requests.list_open_requests(session, actor, **of)]


def test_a_complaint_goes_from_open_to_answered_to_closed_with_who_and_when(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    aiko, chie = people["aiko"], people["chie"]
    request = begin(database, aiko, make_customer(owner=aiko), now, replace(LATE_DELIVERY, assigned_to_id=chie.id))
    row = read(database, aiko, request)
    assert (row.status, row.opened_by, row.assigned_to, row.due_on) == (RequestStatus.OPEN, "Aiko", "Chie", date(2026, 11, 25))
    do(database, requests.answer_request, chie, request, version=1, answer="代替品を手配", now=now + timedelta(hours=1))
    do(database, requests.close_request, aiko, request, version=2, now=now + timedelta(hours=2))
    row = read(database, aiko, request)
    assert (row.status, row.answer, row.answered_by, row.closed_by) == (RequestStatus.CLOSED, "代替品を手配", "Chie", "Aiko")
    assert (row.answered_at, row.closed_at) == (now + timedelta(hours=1), now + timedelta(hours=2))
    do(database, requests.reopen_request, aiko, request, version=3)
    row = read(database, aiko, request)
    assert (row.status, row.answer, row.closed_by, row.closed_at) == (RequestStatus.OPEN, "代替品を手配", "", None)


def test_doing_a_step_twice_does_it_once(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    request = begin(database, aiko, customer, now, client_ref=client_ref)
    assert begin(database, aiko, customer, now, client_ref=client_ref).id == request.id
    for _ in range(2):
        do(database, requests.answer_request, aiko, request, version=1, answer="対応済み", now=now)
    for _ in range(2):
        do(database, requests.close_request, aiko, request, version=2, now=now)
    for _ in range(2):
        do(database, requests.reopen_request, aiko, request, version=3)
    assert read(database, aiko, request).version == 4


def test_two_who_answer_at_once_the_second_sees_the_first(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    request = begin(database, people["aiko"], make_customer(owner=people["aiko"]), now)
    do(database, requests.answer_request, people["chie"], request, version=1, answer="こちらで対応", now=now)
    for step, values in (
        (requests.answer_request, {"answer": "別の回答", "now": now}),
        (requests.close_request, {"now": now}),
        (requests.reopen_request, {}),
        (requests.edit_request, {"values": replace(LATE_DELIVERY, text="納品が二日遅い"), "today": TODAY}),
    ):
        with pytest.raises(RequestChanged) as refused:
            do(database, step, people["aiko"], request, version=1, **values)
        assert (refused.value.current.answer, refused.value.version) == ("こちらで対応", 2)


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"text": " \n"}, MissingRequestText, "request_text"),
        ({"text": "x" * 10_001}, TextTooLong, "request_text"),
        ({"due_on": date(2026, 11, 20)}, DueInPast, "request_due"),
        ({"assigned_to_id": 999_999}, UserNotFound, "request_assignee"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    database: Database, aiko: User, make_customer: Make, now: datetime, values: dict[str, Any], error: type[FixTheInput], field: str
) -> None:
    with pytest.raises(error) as refused:
        begin(database, aiko, make_customer(owner=aiko), now, replace(LATE_DELIVERY, **values))
    assert refused.value.field == field


def test_only_who_may_see_the_customer_is_asked_to_answer(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    customer = make_customer(owner=people["aiko"])
    with database.read() as session:
        offered = requests.list_assignees(session, people["aiko"], customer_id=customer.id)
    assert [name for _, name in offered] == ["Aiko", "Chie", "Dai"]
    with pytest.raises(AssigneeCannotSee, match="Botan"):
        begin(database, people["aiko"], customer, now, replace(LATE_DELIVERY, assigned_to_id=people["botan"].id))
    request = begin(database, people["aiko"], customer, now)
    with pytest.raises(AssigneeCannotSee):
        values = replace(LATE_DELIVERY, assigned_to_id=people["botan"].id)
        do(database, requests.edit_request, people["aiko"], request, version=1, values=values, today=TODAY)


def test_an_answer_needs_words_and_an_open_request(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    request = begin(database, aiko, make_customer(owner=aiko), now)
    with pytest.raises(MissingAnswer):
        do(database, requests.answer_request, aiko, request, version=1, answer=" ", now=now)
    do(database, requests.close_request, aiko, request, version=1, now=now)
    with pytest.raises(WrongStep):
        do(database, requests.answer_request, aiko, request, version=2, answer="遅すぎる", now=now)


def test_a_correction_keeps_a_day_that_has_passed_since(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    request = begin(database, aiko, make_customer(owner=aiko), now)
    values, later = replace(LATE_DELIVERY, text="納品が二日遅い"), date(2026, 12, 24)
    assert do(database, requests.edit_request, aiko, request, version=1, values=values, today=later).text == "納品が二日遅い"
    with pytest.raises(DueInPast):
        values = replace(values, due_on=date(2026, 12, 1))
        do(database, requests.edit_request, aiko, request, version=2, values=values, today=later)


def test_what_waits_is_listed_by_when_it_is_due_and_to_whom_it_is_given(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    aiko, chie = people["aiko"], people["chie"]
    mine, hers = make_customer("甲", owner=aiko), make_customer("乙", owner=chie, team_id=aiko.team_id)
    ask = RequestInput(kind=RequestKind.REQUEST, text="カタログ")
    begin(database, aiko, mine, now, ask)
    begin(database, aiko, mine, now, replace(LATE_DELIVERY, text="来週"))
    begin(database, aiko, mine, now, replace(LATE_DELIVERY, text="明日", due_on=date(2026, 11, 22)))
    begin(database, aiko, mine, now, replace(LATE_DELIVERY, text="苦情", due_on=None))
    begin(database, aiko, mine, now, replace(ask, text="千恵へ", assigned_to_id=chie.id))
    begin(database, chie, hers, now, replace(ask, text="愛子へ", assigned_to_id=aiko.id))
    done = begin(database, aiko, mine, now, replace(ask, text="済"))
    do(database, requests.close_request, aiko, done, version=1, now=now)
    assert waiting(database, aiko, assigned_to=aiko.id) == ["明日", "来週", "苦情", "カタログ", "愛子へ"]
    assert waiting(database, chie, assigned_to=chie.id) == ["千恵へ"]
    assert waiting(database, chie, customer_id=hers.id) == ["愛子へ"]
    assert waiting(database, chie, limit=1) == ["明日"]


def test_lateness_is_said_of_what_still_waits(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    request = begin(database, aiko, make_customer(owner=aiko), now)
    row = read(database, aiko, request)
    assert (row.is_late(date(2026, 11, 25)), row.is_late(date(2026, 11, 26))) == (False, True)
    do(database, requests.answer_request, aiko, request, version=1, answer="済", now=now)
    assert not read(database, aiko, request).is_late(date(2026, 11, 26))


def test_what_was_written_by_mistake_goes_and_comes_back(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    aiko = people["aiko"]
    request = begin(database, people["dai"], customer := make_customer(owner=aiko), now)
    with pytest.raises(NotAllowed), database.write() as session:
        requests.delete_request(session, aiko, request_id=request.id, now=now)
    with database.write() as session:
        requests.delete_request(session, people["chie"], request_id=request.id, now=now)
    assert waiting(database, aiko) == []
    with database.read() as session:
        assert requests.list_requests(session, aiko, customer_id=customer.id) == ()
    with pytest.raises(NotFound):
        do(database, requests.close_request, aiko, request, version=2, now=now)
    with database.write() as session:
        requests.restore_request(session, people["chie"], request_id=request.id)
    assert waiting(database, aiko) == ["納品が遅い"]


def test_a_stranger_sees_and_does_nothing(database: Database, aiko: User, botan: User, make_customer: Make, now: datetime) -> None:
    request = begin(database, aiko, customer := make_customer(owner=aiko), now)
    with pytest.raises(CustomerNotFound):
        begin(database, botan, customer, now)
    with pytest.raises(NotFound):
        read(database, botan, request)
    for step, values in (
        (requests.answer_request, {"version": 1, "answer": "x", "now": now}),
        (requests.close_request, {"version": 1, "now": now}),
        (requests.reopen_request, {"version": 1}),
    ):
        with pytest.raises(NotFound):
            do(database, step, botan, request, **values)
    assert waiting(database, botan) == waiting(database, botan, customer_id=customer.id) == []
    with database.read() as session, pytest.raises(CustomerNotFound):
        requests.list_assignees(session, botan, customer_id=customer.id)


def test_a_disabled_user_opens_and_answers_nothing(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    request = begin(database, aiko, customer := make_customer(owner=aiko), now)
    aiko.disabled_at = now
    with pytest.raises(NotAllowed):
        begin(database, aiko, customer, now)
    with pytest.raises(NotAllowed):
        do(database, requests.answer_request, aiko, request, version=1, answer="x", now=now)


def test_what_nobody_can_answer_any_more_comes_back_to_the_owner(
    database: Database, aiko: User, botan: User, chie: User, dai: User, make_customer: Make, now: datetime
) -> None:
    left, moved = make_customer("甲", owner=aiko), make_customer("乙", owner=aiko)
    begin(database, aiko, left, now, replace(LATE_DELIVERY, assigned_to_id=chie.id))
    begin(database, aiko, moved, now, replace(LATE_DELIVERY, assigned_to_id=aiko.id))
    assert waiting_for(database, aiko) == ["乙"]
    with database.write() as session:
        session.get_one(User, chie.id).disabled_at = now
        customer = open_for_change(session, dai, moved.id)
        values = replace(input_of(customer), owner_id=botan.id)
        update_customer(session, dai, customer_id=moved.id, version=customer.version, values=values, now=now)
    assert waiting_for(database, aiko) == ["甲"]
    assert waiting_for(database, botan) == ["乙"]


def waiting_for(database: Database, actor: User) -> list[str]:
    with database.read() as session:
        return [row.customer_name for row in requests.list_open_requests(session, actor, assigned_to=actor.id)]
