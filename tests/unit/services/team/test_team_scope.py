"""Who may look at whose figures, and which customers these are about."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Tag, Team, User
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.errors import NotAllowed
from fieldsales.services.team import team_scope
from tests.conftest import CustomerFactory


def _filter(today: date, **query: str) -> TeamFilter:
    return TeamFilter.from_query({name: [value] for name, value in query.items()}, today=today)


def _names(database: Database, actor: User, team_filter: TeamFilter) -> list[str]:
    with database.read() as session:
        return [person.name for person in team_scope.read_scope(session, actor, team_filter=team_filter).people]


def _owned(database: Database, actor: User, team_filter: TeamFilter) -> set[str]:
    with database.read() as session:
        scope = team_scope.read_scope(session, actor, team_filter=team_filter)
        return set(session.scalars(select(Customer.name).where(team_scope.owned_customers(actor, scope, team_filter))))


def test_a_rep_looks_at_their_own_figures_only_whatever_the_address_says(
    database: Database, aiko: User, botan: User, chie: User, today: date
) -> None:
    assert _names(database, aiko, _filter(today)) == [aiko.name]
    assert _names(database, aiko, _filter(today, rep=str(botan.id))) == []
    assert _names(database, aiko, _filter(today, team=str(botan.team_id))) == []


def test_a_manager_looks_at_their_teams_and_an_admin_at_all(
    database: Database, aiko: User, botan: User, chie: User, dai: User, today: date
) -> None:
    assert aiko.name in _names(database, chie, _filter(today))
    assert botan.name not in _names(database, chie, _filter(today))
    assert {aiko.name, botan.name, chie.name, dai.name} <= set(_names(database, dai, _filter(today)))
    assert _names(database, dai, _filter(today, team=str(botan.team_id))) == [botan.name]


def test_a_team_without_people_is_there_for_those_who_lead_it(database: Database, aiko: User, chie: User, dai: User, today: date) -> None:
    with database.write() as session:
        north, far = Team(name="North"), Team(name="Far")
        session.add_all([north, far])
        leader = session.get_one(User, chie.id)
        leader.managed_teams.append(north)

    def teams(actor: User) -> list[str]:
        with database.read() as session:
            reader = session.get_one(User, actor.id)
            return [name for _id, name in team_scope.read_scope(session, reader, team_filter=_filter(today)).teams]

    assert teams(aiko) == ["East"]
    assert teams(chie) == ["East", "North"]
    assert {"East", "Far", "North"} <= set(teams(dai))


def test_whoever_has_left_is_still_part_of_the_figures(database: Database, aiko: User, chie: User, now: datetime, today: date) -> None:
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    with database.read() as session:
        scope = team_scope.read_scope(session, chie, team_filter=_filter(today))
    assert [person.left for person in scope.people if person.id == aiko.id] == [True]


def test_a_disabled_user_looks_at_nothing(database: Database, chie: User, now: datetime, today: date) -> None:
    chie.disabled_at = now
    with database.read() as session:
        with pytest.raises(NotAllowed):
            team_scope.read_scope(session, chie, team_filter=_filter(today))
        with pytest.raises(NotAllowed):
            team_scope.require_lead(chie)


def test_only_those_who_lead_may_do_what_leads_may(aiko: User, chie: User, dai: User) -> None:
    team_scope.require_lead(chie)
    team_scope.require_lead(dai)
    with pytest.raises(NotAllowed):
        team_scope.require_lead(aiko)


def test_what_is_had_is_what_those_own_whom_the_filter_leaves(
    database: Database, aiko: User, botan: User, chie: User, today: date, now: datetime, make_customer: CustomerFactory
) -> None:
    make_customer("相子の店", owner=aiko)
    make_customer("牡丹の店", owner=botan)
    make_customer("千恵の店", owner=chie)
    make_customer("誰のものでもない店")
    gone = make_customer("閉じた店", owner=aiko)
    with database.write() as session:
        session.get_one(Customer, gone.id).archived_at = now
    assert _owned(database, aiko, _filter(today)) == {"相子の店"}
    assert _owned(database, chie, _filter(today)) == {"相子の店", "千恵の店", "誰のものでもない店"}
    assert _owned(database, chie, _filter(today, rep=str(aiko.id))) == {"相子の店"}
    assert _owned(database, chie, _filter(today, rep=str(botan.id))) == set()


def test_tags_and_municipalities_say_which_customers(
    database: Database, chie: User, aiko: User, today: date, make_customer: CustomerFactory
) -> None:
    make_customer("新宿の店", owner=aiko, area="東京都新宿区", tags=["重点"])
    make_customer("渋谷の店", owner=aiko)
    assert _owned(database, chie, _filter(today, area="東京都新宿区")) == {"新宿の店"}
    assert _owned(database, chie, _filter(today, tag="重点")) == {"新宿の店"}
    assert _owned(database, chie, _filter(today, tag="ほか")) == set()
    with database.read() as session:
        choices = team_scope.read_choices(session, chie)
    assert (choices.tags, choices.areas) == (("重点",), ("東京都新宿区",))


def test_nobody_learns_a_tag_that_only_customers_carry_whom_they_may_not_see(
    database: Database, aiko: User, botan: User, chie: User, dai: User, now: datetime, make_customer: CustomerFactory
) -> None:
    make_customer("相子の店", owner=aiko, tags=["重点", "展示会"])
    make_customer("牡丹の店", owner=botan, tags=["解約の噂", "展示会"])
    make_customer("昔の店", owner=aiko, tags=["閉店"], archived_at=now)
    make_customer("誰のものでもない店", tags=["飛び込み"])
    with database.write() as session:
        session.add(Tag(name="まだ誰にも"))

    def offered(actor: User) -> tuple[str, ...]:
        with database.read() as session:
            return team_scope.read_choices(session, session.get_one(User, actor.id)).tags

    assert set(offered(aiko)) == {"重点", "展示会"}
    assert set(offered(botan)) == {"解約の噂", "展示会"}
    assert set(offered(chie)) == {"重点", "展示会", "飛び込み"}
    assert offered(dai) == tuple(sorted({"重点", "展示会", "解約の噂", "飛び込み"}))
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    assert offered(aiko) == ()


def test_a_rep_whose_team_shares_is_offered_the_tags_of_the_team(
    database: Database, aiko: User, chie: User, make_customer: CustomerFactory
) -> None:
    make_customer("同僚の店", owner=None, team_id=aiko.team_id, tags=["重点"])
    for shares, tags in ((False, ()), (True, ("重点",))):
        with database.write() as session:
            session.get_one(Team, aiko.team_id).shares_customers = shares
        with database.read() as session:
            assert team_scope.read_choices(session, session.get_one(User, aiko.id)).tags == tags
