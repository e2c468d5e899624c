"""The team's own words for outcomes: an administrator's to define, everybody's to use, never a trap."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import FieldKind, Outcome
from fieldsales.errors import BadChoice, BadNumber, NotAllowed, TextTooLong
from fieldsales.services.customers import custom_fields
from fieldsales.services.visits import outcome_templates
from fieldsales.services.visits.outcome_templates import (
    FieldRequired,
    MissingTemplateName,
    TemplateInput,
    TemplateNameTaken,
    TemplateNotFound,
    TemplateRow,
)
from fieldsales.services.visits.visits import list_visits, record_visit
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")
DEFINED_AT = datetime(2026, 11, 1, tzinfo=UTC)


def save(database: Database, actor: User, name: str, outcome: Outcome = Outcome.MET, **values: Any) -> int:
    with database.write() as session:
        said = TemplateInput(name=name, outcome=outcome, **values)
        return outcome_templates.save_template(session, actor, values=said, now=DEFINED_AT).id


def listed(database: Database, *, retired: bool = False) -> tuple[TemplateRow, ...]:
    with database.read() as session:
        return outcome_templates.list_templates(session, retired=retired)


def record(database: Database, actor: User, customer: Customer, now: datetime, **values: Any) -> Visit:
    values = {"outcome": Outcome.MET} | values
    with database.write() as session:
        return record_visit(session, actor, customer_id=customer.id, client_ref=uuid4(), visited_at=now, zone=TOKYO, now=now, **values)


def test_outcomes_keep_their_order_and_change_places(database: Database, dai: User) -> None:
    ids = [save(database, dai, name) for name in ("面談", "不在", "見積提出")]
    with database.write() as session:
        outcome_templates.move_template(session, dai, template_id=ids[2], up=True)
        outcome_templates.move_template(session, dai, template_id=ids[0], up=True)  # is first already
    assert [t.name for t in listed(database)] == ["面談", "見積提出", "不在"]


def test_a_retired_outcome_leaves_the_form_and_stays_with_its_visits(
    database: Database, dai: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    template_id, customer = save(database, dai, "玄関先で会話"), make_customer(owner=aiko)
    record(database, aiko, customer, now, template_id=template_id)
    with database.write() as session:
        outcome_templates.retire_template(session, dai, template_id=template_id, now=now)
    assert listed(database) == ()
    assert [t.retired for t in listed(database, retired=True)] == [True]
    with database.read() as session:
        assert list_visits(session, aiko, customer_id=customer.id)[0].template_name == "玄関先で会話"
    record(database, aiko, customer, now, template_id=template_id)  # a draft older than the retirement


def test_a_visit_means_what_its_template_means(
    database: Database, dai: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    template_id = save(database, dai, "契約", Outcome.ORDER)
    assert record(database, aiko, make_customer(owner=aiko), now, template_id=template_id).outcome is Outcome.ORDER
    with pytest.raises(TemplateNotFound):
        record(database, aiko, make_customer("別", owner=aiko), now, template_id=template_id + 99)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"name": " \n "}, MissingTemplateName),
        ({"name": "x" * 101}, TextTooLong),
        ({"name": "面談"}, TemplateNameTaken),
        ({"name": "n", "next_days": -1}, BadNumber),
        ({"name": "n", "next_days": 10**6}, BadNumber),
    ],
)
def test_an_outcome_that_makes_no_sense_is_refused(database: Database, dai: User, values: dict[str, Any], refusal: type[Exception]) -> None:
    save(database, dai, "面談")
    with pytest.raises(refusal):
        save(database, dai, **values)
    assert len(listed(database)) == 1


def test_only_an_administrator_defines_outcomes(database: Database, people: dict[str, User], now: datetime) -> None:
    template_id = save(database, people["dai"], "面談")
    for name in ("aiko", "chie"):
        with database.write() as session:
            with pytest.raises(NotAllowed):
                outcome_templates.save_template(session, people[name], values=TemplateInput(name="x", outcome=Outcome.MET), now=now)
            with pytest.raises(NotAllowed):
                outcome_templates.retire_template(session, people[name], template_id=template_id, now=now)
            with pytest.raises(NotAllowed):
                outcome_templates.move_template(session, people[name], template_id=template_id, up=True)
            with pytest.raises(NotAllowed):
                outcome_templates.add_templates(session, people[name], templates=(), now=now)


def test_a_starter_set_adds_what_is_missing_and_touches_nothing_else(database: Database, dai: User, now: datetime) -> None:
    save(database, dai, "面談", Outcome.QUOTE)
    starter = [
        TemplateInput(name="面談", outcome=Outcome.MET),
        TemplateInput(name="受注", outcome=Outcome.ORDER, likelihood=Likelihood.WON),
    ]
    with database.write() as session:
        assert outcome_templates.add_templates(session, dai, templates=starter, now=now) == 1
        assert outcome_templates.add_templates(session, dai, templates=starter, now=now) == 0
    assert [(t.name, t.outcome) for t in listed(database)] == [("面談", Outcome.QUOTE), ("受注", Outcome.ORDER)]


def test_what_an_outcome_asks_for_is_filled_in_checked_and_kept_with_the_customer(
    database: Database, dai: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    with database.write() as session:
        field_id = custom_fields.save_field(session, dai, name="競合", kind=FieldKind.CHOICE, choices=["A社", "B社"], now=now).id
    template_id = save(database, dai, "失注", Outcome.LOST, required_fields=("競合", "そんな項目はない"))
    customer = make_customer(owner=aiko, custom={"業種": "食品"})
    with pytest.raises(FieldRequired) as missing:
        record(database, aiko, customer, now, template_id=template_id)
    assert missing.value.field == "custom:競合"
    with pytest.raises(BadChoice):
        record(database, aiko, customer, now, template_id=template_id, custom={"競合": "C社"})
    record(database, aiko, customer, now, template_id=template_id, custom={"競合": "B社", "知らない項目": "x"})
    with database.read() as session:
        assert session.get_one(Customer, customer.id).custom == {"業種": "食品", "競合": "B社"}
    record(database, aiko, customer, now, template_id=template_id)  # it is known by now
    with database.write() as session:
        custom_fields.retire_field(session, dai, field_id=field_id, now=now)
    record(database, aiko, make_customer("別", owner=aiko), now, template_id=template_id)  # nobody is held up by what is gone
