"""Moves of the likelihood and the pipeline: what plain Python reads from the rows, in sentences where it matters."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerChange, User, Visit
from fieldsales.domain.likelihood import LOOKS, OPEN, Likelihood
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import ChangeCause, Outcome
from fieldsales.errors import NotAllowed
from fieldsales.services.team import team_moves
from fieldsales.services.team.team_moves import TeamMoves, read_moves
from fieldsales.services.team.team_pipeline import read_pipeline
from tests import teams
from tests.conftest import CustomerFactory
from tests.teams import NOW, TOKYO, TeamRows, load_user, same_database, store_team

MONTH = TeamFilter(Span.read("2026-11"))


def moves_of(database: Database, actor: User, asked: TeamFilter = MONTH) -> TeamMoves:
    with database.read() as session:
        return read_moves(session, actor, team_filter=asked, zone=TOKYO)


@given(data=st.data(), rows=teams.teams())
@same_database
def test_each_customer_moves_from_its_first_to_its_last_likelihood_of_the_span(
    database: Database, data: st.DataObject, rows: TeamRows
) -> None:
    store_team(database, rows)
    asked = data.draw(teams.filters(rows))
    for actor in (user for user in rows.users if user.disabled_at is None):
        with database.read() as session:
            found = read_moves(session, load_user(session, actor.id), team_filter=asked, zone=TOKYO)
        expected = teams.moves(rows, actor, asked)
        assert found.counts == Counter(expected.values())
        assert {move.customer_id: (move.before, move.after) for move in found.moves} == expected
        assert {move.customer_id for move in found.lost} == {i for i, (_, after) in expected.items() if after is Likelihood.LOST}
        assert found.total == len(expected)
        assert all(isinstance(side, Likelihood) for way in found.counts for side in way)


@given(data=st.data(), rows=teams.teams())
@same_database
def test_the_last_step_says_when_by_whom_and_after_which_visit(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    asked, actor = data.draw(teams.filters(rows)), rows.users[0]
    with database.read() as session:
        found = read_moves(session, load_user(session, actor.id), team_filter=asked, zone=TOKYO)
    visits = {visit.id: visit for visit in rows.visits if visit.deleted_at is None}
    for move in found.moves:
        own = [c for c in rows.changes if c.customer_id == move.customer_id and c.after is not None and c.cause not in teams.BY_LISTS]
        last = [change for change in own if asked.span.holds(teams.day_of(change.changed_at))][-1]
        visit = visits.get(last.visit_id) if last.visit_id else None
        word = rows.templates[visit.template_id][0] if visit and visit.template_id else ""
        by = rows.user(last.changed_by_id).name if last.changed_by_id else ""
        assert (move.moved_at, move.by, move.outcome, move.word) == (last.changed_at, by, visit and visit.outcome, word)
        assert (move.visit_id, move.note) == (visit and visit.id, visit.note if visit else "")
    assert [move.moved_at for move in found.moves] == sorted((move.moved_at for move in found.moves), reverse=True)


@given(data=st.data(), rows=teams.teams())
@same_database
def test_the_pipeline_weighs_open_deals_by_what_their_rank_is_worth(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    asked = data.draw(teams.filters(rows))
    for actor in (user for user in rows.users if user.disabled_at is None):
        with database.read() as session:
            pipeline = read_pipeline(session, load_user(session, actor.id), team_filter=asked)
        for rank in pipeline.ranks:
            own = [c for c in teams.owned(rows, actor, asked) if c.likelihood is rank.likelihood]
            amount = sum(c.amount or 0 for c in own)
            assert (rank.count, rank.amount, rank.unpriced) == (len(own), amount, sum(c.amount is None for c in own))
            assert rank.weighted == round(amount * (LOOKS[rank.likelihood].share or 0))
        assert tuple(rank.likelihood for rank in pipeline.ranks) == OPEN
        assert (pipeline.count, pipeline.amount) == (sum(r.count for r in pipeline.ranks), sum(r.amount for r in pipeline.ranks))


def move(customer: Customer, before: Likelihood, after: Likelihood, by: User, days_ago: int, visit: Visit | None = None) -> CustomerChange:
    return CustomerChange(
        customer_id=customer.id, changed_by_id=by.id, changed_at=NOW - timedelta(days=days_ago), visit_id=visit.id if visit else None,
        cause=ChangeCause.VISIT if visit else ChangeCause.EDIT, before={"likelihood": before}, after={"likelihood": after},
    )  # fmt: skip


def test_there_and_back_again_is_no_move(database: Database, chie: User, aiko: User, make_customer: CustomerFactory) -> None:
    customer = make_customer(owner=aiko, likelihood=Likelihood.C)
    with database.write() as session:
        session.add_all([move(customer, Likelihood.C, Likelihood.A, aiko, 5), move(customer, Likelihood.A, Likelihood.C, aiko, 3)])
    assert moves_of(database, chie).total == 0


def test_a_lost_deal_names_the_outcome_and_the_note_of_the_visit_that_caused_it(
    database: Database, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer(owner=aiko, likelihood=Likelihood.LOST, amount=300_000)
    visit = Visit(
        client_ref=teams.UUID(int=1), customer_id=customer.id, user_id=aiko.id, outcome=Outcome.LOST, visited_at=NOW, note="他社に決定",
        likelihood_before=Likelihood.B, likelihood_after=Likelihood.LOST, created_at=NOW,
    )  # fmt: skip
    with database.write() as session:
        session.add(visit)
        session.flush()
        session.add(move(customer, Likelihood.B, Likelihood.LOST, aiko, 0, visit))
    (lost,) = moves_of(database, chie).lost
    assert (lost.before, lost.outcome, lost.note, lost.by, lost.amount) == (Likelihood.B, Outcome.LOST, "他社に決定", "Aiko", 300_000)


def test_a_stranger_sees_no_move_and_a_disabled_user_is_refused(
    database: Database, aiko: User, botan: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        session.add(move(customer, Likelihood.C, Likelihood.A, aiko, 5))
    assert moves_of(database, aiko).total == 1
    assert moves_of(database, botan).total == 0
    botan.disabled_at = NOW
    with pytest.raises(NotAllowed):
        moves_of(database, botan)
    with database.read() as session, pytest.raises(NotAllowed):
        read_pipeline(session, botan, team_filter=MONTH)


def test_only_the_newest_moves_are_listed_and_all_are_counted(
    database: Database, chie: User, aiko: User, make_customer: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team_moves, "MOST_LISTED", 2)
    with database.write() as session:
        session.add_all(move(make_customer(f"客{n}", owner=aiko), Likelihood.C, Likelihood.A, aiko, n) for n in range(4))
    found = moves_of(database, chie)
    assert (found.total, [move.customer for move in found.moves]) == (4, ["客0", "客1"])
