"""The score knows nothing of what came after its moment, advises whoever may see the customer, and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerChange, CustomerRequest, Purchase, ScoreModel, User, Visit, VisitChange
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.scoring import FEATURES, Feature, Known, Score, Trained, Weights
from fieldsales.domain.words import ChangeCause, Outcome, RequestKind
from fieldsales.errors import CustomerNotFound, NotAllowed
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customers import update_customer
from fieldsales.services.honesty.deals import CustomerDeal
from fieldsales.services.honesty.kept_deals import read_deals
from fieldsales.services.honesty.score_facts import DealMoment, read_known
from fieldsales.services.honesty.scores import (
    KEPT_SCORES,
    keep_score,
    read_corrections,
    read_learning,
    read_score,
    read_table,
    suggest_rank,
)
from fieldsales.services.visits.visits import VisitEdit, delete_visit, edit_visit, record_visit
from tests import teams
from tests.conftest import CustomerFactory
from tests.decided_deals import LONG_AGO, decide_many, move

TOKYO = ZoneInfo("Asia/Tokyo")
A, B, C, WON, LOST = Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.WON, Likelihood.LOST


def weighing(**weights: float) -> Score:
    """Return a score that beats the rank, with these weights by feature and none for the rest."""
    weight = tuple(weights.get(feature.value, 0.0) for feature in FEATURES)
    return Score(200, 100, Trained(Weights((0.0,) * len(FEATURES), (1.0,) * len(FEATURES), weight, 0.0), 0.4, 0.6, 0.01, 5))


def known_of(session: Session, deals: list[CustomerDeal]) -> list[Known]:
    return read_known(session, [DealMoment(d.customer_id, d.deal.begun_at, d.deal.stated_at, d.deal.stated) for d in deals])


# Generated teams


@teams.same_database
@given(rows=teams.teams())
def test_what_is_known_of_a_deal_is_what_plain_python_finds_in_the_rows(database: Database, rows: teams.TeamRows) -> None:
    teams.store_team(database, rows)
    with database.read() as session:
        deals = read_deals(session, true())
        found = known_of(session, deals)
    for deal, known in zip(deals, found, strict=True):
        at = deal.deal.stated_at
        visits = [v for v in rows.visits if v.customer_id == deal.customer_id and v.visited_at <= at]
        standing = [v for v in visits if v.deleted_at is None or v.deleted_at > at]
        assert known.contacts == tuple(sorted((v.visited_at, v.outcome) for v in standing))
        bought = [p for p in rows.purchases if p.customer_id == deal.customer_id and p.deleted_at is None]
        assert known.bought == (len(bought) if at >= teams.NOW else 0)  # every purchase of these teams was entered now
        assert known.amount == rows.customer(deal.customer_id).amount
        moves = [c for c in rows.changes if c.customer_id == deal.customer_id and c.after is not None]
        later = [(c.changed_at, c.after) for c in moves if deal.deal.begun_at <= c.changed_at <= at]
        assert known.ranks[-len(later) :] == tuple(later) if later else len(known.ranks) <= 1


@teams.same_database
@given(rows=teams.teams(), data=st.data())
def test_what_happened_after_the_moment_changes_nothing(database: Database, rows: teams.TeamRows, data: st.DataObject) -> None:
    teams.store_team(database, rows)
    with database.read() as session:
        deals = [deal for deal in read_deals(session, true()) if deal.deal.stated is not None]
        assume(deals)
        deal = data.draw(st.sampled_from(deals))
        before = read_table(session, [deal])
    at = deal.deal.stated_at
    with database.write() as session:
        _live_on(session, deal.customer_id, at, later=data.draw(st.integers(1, 400)), data=data)
    with database.read() as session:
        same = [d for d in read_deals(session, true()) if d.customer_id == deal.customer_id and d.deal.decided_at == deal.deal.decided_at]
        assert [d.deal.stated for d in same] == [deal.deal.stated]
        assert repr(read_table(session, same)) == repr(before)


def _live_on(session: Session, customer_id: int, at: datetime, *, later: int, data: st.DataObject) -> None:
    """Let everything happen to a customer that can happen after a moment, also what pretends to be older."""
    after, long_before = at + timedelta(minutes=later), at - timedelta(days=5)
    for visit in session.scalars(select(Visit).where(Visit.customer_id == customer_id).order_by(Visit.id)).all():  # drawn in one order
        before = {"outcome": visit.outcome.value, "visited_at": visit.visited_at.isoformat()}
        change = VisitChange(visit_id=visit.id, changed_by_id=1, changed_at=after, before=before, after={})
        session.add(change)
        visit.outcome, visit.visited_at = data.draw(st.sampled_from(Outcome)), long_before
        if visit.deleted_at is None and data.draw(st.booleans()):
            visit.deleted_at = after
    for outcome in (Outcome.ORDER, Outcome.LOST):
        session.add(
            Visit(
                client_ref=uuid4(), customer_id=customer_id, user_id=1, outcome=outcome, visited_at=long_before, created_at=after,
                likelihood_before=C, likelihood_after=C,
            )
        )  # fmt: skip
    bought = Purchase(client_ref=uuid4(), customer_id=customer_id, user_id=1, bought_on=long_before.date(), item="給湯器", amount=1)
    bought.created_at = after
    asked = CustomerRequest(client_ref=uuid4(), customer_id=customer_id, kind=RequestKind.COMPLAINT, text="遅い", opened_by_id=1)
    asked.opened_at = after
    session.add_all([bought, asked])
    old = session.scalar(select(Customer.amount).where(Customer.id == customer_id))
    amounts = {"before": {"amount": old}, "after": {"amount": 777}}
    session.add(CustomerChange(customer_id=customer_id, changed_at=after, cause=ChangeCause.EDIT, **amounts))
    session.execute(update(Customer).where(Customer.id == customer_id).values(amount=777, stage="client", cadence_days=3))


def test_edits_through_the_product_do_not_reach_back(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    made = make_customer(owner=aiko, likelihood=B, created_at=LONG_AGO, amount=300_000)
    entered = now - timedelta(days=50)
    with database.write() as session:
        visits = [
            record_visit(
                session, aiko, customer_id=made.id, visited_at=entered - timedelta(hours=hours), outcome=Outcome.MET,
                client_ref=UUID(int=hours), zone=TOKYO, now=entered,
            )
            for hours in (1, 2)
        ]  # fmt: skip
    moment = DealMoment(made.id, LONG_AGO, now - timedelta(days=30), B)
    with database.read() as session:
        before = read_known(session, [moment])
    assert [outcome for _, outcome in before[0].contacts] == [Outcome.MET, Outcome.MET]
    with database.write() as session:
        first = session.get_one(Visit, visits[0].id)
        values = VisitEdit(
            visited_at=first.visited_at - timedelta(days=2), kind=first.kind, outcome=Outcome.ORDER, template_id=None, note="",
            likelihood=WON, next_on=None,
        )  # fmt: skip
        edit_visit(session, aiko, visit_id=first.id, version=first.version, values=values, zone=TOKYO, now=now)
        delete_visit(session, aiko, visit_id=visits[1].id, version=1, reason="重複", now=now)
        customer = session.get_one(Customer, made.id)
        session.refresh(customer, ["tags"])
        update_customer(
            session, aiko, customer_id=made.id, version=customer.version, values=replace(input_of(customer), amount=9_000_000), now=now
        )
    with database.read() as session:
        assert read_known(session, [moment]) == before
        (at_present,) = read_known(session, [replace(moment, at=now)])
    assert [outcome for _, outcome in at_present.contacts] == [Outcome.ORDER]
    assert at_present.amount == 9_000_000


# What is learned from, and what is said


def test_deals_are_learned_from_as_they_stood_before_their_decision(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    decide_many(database, make_customer, aiko, rank=A, won=3, lost=9, now=now)
    unrated = make_customer("ランクなし", owner=aiko, created_at=LONG_AGO)
    move(database, unrated, (5, WON), now=now, by=aiko)
    with database.read() as session:
        learning = read_learning(session, now=now)
    assert (len(learning.table.won), sum(learning.table.won), learning.table.enough) == (12, 3, False)
    ages = {round(row[FEATURES.index(Feature.AGE)], 6) for row in learning.table.rows}
    assert len(ages) == 1
    assert learning.corrections == {aiko.id: {A: C}}


def test_a_score_suggests_with_its_reasons_and_leaves_the_rank_alone(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    made = make_customer(owner=aiko, likelihood=A, created_at=now - timedelta(days=100))
    with database.write() as session:
        keep_score(session, weighing(age=-0.5, bought=0.3), now=now)
    with database.read() as session:
        suggestion = suggest_rank(session, aiko, customer_id=made.id, now=now)
        assert suggestion is not None
        assert (suggestion.stated, suggestion.suggested, suggestion.agrees) == (A, Likelihood.D, False)
        assert [(reason.feature, reason.number, reason.raises) for reason in suggestion.reasons] == [(Feature.AGE, 100, False)]
        assert session.get_one(Customer, made.id).likelihood is A


def test_a_deal_opened_again_is_as_old_as_its_opening(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    made = make_customer(owner=aiko, likelihood=A, created_at=LONG_AGO)
    move(database, made, (200, LOST), (12, B), now=now, by=aiko)
    with database.write() as session:
        keep_score(session, weighing(age=-1.0), now=now)
    with database.read() as session:
        suggestion = suggest_rank(session, aiko, customer_id=made.id, now=now)
    assert suggestion is not None
    assert [reason.number for reason in suggestion.reasons] == [12]


@pytest.mark.parametrize("rank", [WON, LOST])
def test_nothing_is_suggested_for_a_decided_deal(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, rank: Likelihood
) -> None:
    with database.write() as session:
        keep_score(session, weighing(age=-0.5), now=now)
    decided, archived = make_customer("決着", owner=aiko, likelihood=rank), make_customer("保管", owner=aiko, archived_at=now)
    with database.read() as session:
        assert suggest_rank(session, aiko, customer_id=decided.id, now=now) is None
        assert suggest_rank(session, aiko, customer_id=archived.id, now=now) is None


def test_nothing_is_suggested_without_a_score_that_beats_the_rank(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    made, useless = make_customer(owner=aiko, likelihood=B), weighing(age=-0.5)
    assert useless.trained is not None
    for score in (None, Score(40, 20), replace(useless, trained=replace(useless.trained, log_loss=0.59))):
        with database.write() as session:
            if score is not None:
                keep_score(session, score, now=now)
        with database.read() as session:
            assert suggest_rank(session, aiko, customer_id=made.id, now=now) is None


def test_strangers_get_no_suggestion(database: Database, people: dict[str, User], make_customer: CustomerFactory, now: datetime) -> None:
    made = make_customer(owner=people["aiko"], likelihood=B)
    with database.write() as session:
        keep_score(session, weighing(age=-0.5), now=now)
        session.get_one(User, people["aiko"].id).disabled_at = now
    with database.read() as session:
        for stranger in (people["botan"], session.get_one(User, people["aiko"].id)):
            with pytest.raises(CustomerNotFound):
                suggest_rank(session, stranger, customer_id=made.id, now=now)


def test_only_leads_see_what_was_learned(database: Database, people: dict[str, User], now: datetime) -> None:
    with database.write() as session:
        keep_score(session, weighing(age=-0.5), now=now)
    with database.read() as session:
        for name in ("chie", "dai"):
            assert read_score(session, people[name]) is not None
        with pytest.raises(NotAllowed):
            read_score(session, people["aiko"])


def test_the_newest_score_counts_and_the_oldest_are_forgotten(database: Database, chie: User, now: datetime) -> None:
    for night in range(KEPT_SCORES + 3):
        with database.write() as session:
            keep_score(session, Score(night, 0), now=now + timedelta(days=night))
    with database.read() as session:
        known = read_score(session, chie)
        assert known is not None
        assert (known.score.deals, known.trained_at) == (KEPT_SCORES + 2, now + timedelta(days=KEPT_SCORES + 2))
        assert len(session.scalars(select(ScoreModel)).all()) == KEPT_SCORES


def test_corrections_are_of_those_one_leads_and_of_oneself(database: Database, people: dict[str, User], now: datetime) -> None:
    aiko, botan = people["aiko"].id, people["botan"].id
    with database.write() as session:
        keep_score(session, Score(200, 100, None, {aiko: {A: C}, botan: {B: A}}), now=now)
    with database.read() as session:
        found = {name: set(read_corrections(session, person, now=now)) for name, person in people.items()}
    assert found == {"aiko": {aiko}, "botan": {botan}, "chie": {aiko}, "dai": {aiko, botan}}
