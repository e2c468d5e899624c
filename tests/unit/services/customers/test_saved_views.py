"""Saved views: one's own to change, the team's to use, nobody else's business."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import SavedView, Team, User
from fieldsales.errors import BadChoice, BadNumber, FieldSalesError, NotAllowed, TextTooLong
from fieldsales.services.customers import saved_views
from fieldsales.services.customers.saved_views import (
    MAX_VIEWS,
    MissingViewName,
    TooManyViews,
    ViewNameTaken,
    ViewNotFound,
    ViewRow,
    clean_query,
    delete_view,
    list_views,
    rename_view,
    save_view,
    share_view,
    update_view,
)

HOT = {"likelihood": ["A,B"], "colour": ["visited"], "order": ["name"]}


def saved(database: Database, actor: User, now: datetime, **given: object) -> ViewRow:
    values = {"name": "重点", "query": HOT} | given
    with database.write() as session:
        return save_view(session, actor, now=now, **values)  # type: ignore[arg-type]


def names(database: Database, actor: User) -> list[str]:
    with database.read() as session:
        return [view.name for view in list_views(session, actor)]


def test_a_view_keeps_filter_colouring_and_order_and_nothing_else(database: Database, aiko: User, now: datetime) -> None:
    view = saved(database, aiko, now, query=HOT | {"lat": ["35"], "customer": ["7"], "stage": ["client"], "saved": ["1"]})
    assert view.query == HOT | {"stage": ["client"]}
    with database.read() as session:
        assert list_views(session, aiko) == (view,)
        assert (view.mine, view.owner_name, view.team_id, view.team_name) == (True, "Aiko", None, "")


def test_ones_own_view_is_nobody_elses(database: Database, people: dict[str, User], now: datetime) -> None:
    saved(database, people["aiko"], now)
    assert [names(database, people[name]) for name in ("aiko", "botan", "chie", "dai")] == [["重点"], [], [], []]


def test_a_shared_view_is_seen_by_the_team_and_its_manager_alone(database: Database, people: dict[str, User], now: datetime) -> None:
    saved(database, people["aiko"], now, team_id=people["aiko"].team_id)
    with database.read() as session:
        (seen,) = list_views(session, people["chie"])
    assert (seen.name, seen.mine, seen.owner_name, seen.team_name) == ("重点", False, "Aiko", "East")
    assert (names(database, people["botan"]), names(database, people["dai"])) == ([], [])


def test_a_manager_shares_with_a_team_they_manage(database: Database, chie: User, aiko: User, botan: User, now: datetime) -> None:
    saved(database, chie, now, name="東の重点", team_id=aiko.team_id)
    assert (names(database, aiko), names(database, botan)) == (["東の重点"], [])


def test_a_view_cannot_be_shared_with_a_team_of_others(database: Database, aiko: User, botan: User, now: datetime) -> None:
    with pytest.raises(BadChoice) as refused:
        saved(database, aiko, now, team_id=botan.team_id)
    assert refused.value.field == "view_team"
    view = saved(database, aiko, now)
    with pytest.raises(BadChoice), database.write() as session:
        share_view(session, aiko, view_id=view.id, team_id=botan.team_id)


def test_own_views_come_first_each_by_name(database: Database, aiko: User, chie: User, now: datetime) -> None:
    saved(database, chie, now, name="a", team_id=aiko.team_id)
    for name in ("c", "b"):
        saved(database, aiko, now, name=name)
    assert names(database, aiko) == ["b", "c", "a"]


def test_the_owner_changes_renames_shares_and_takes_back(database: Database, aiko: User, chie: User, now: datetime) -> None:
    view = saved(database, aiko, now)
    with database.write() as session:
        update_view(session, aiko, view_id=view.id, query={"q": ["高松"]})
        rename_view(session, aiko, view_id=view.id, name="  高松　の客 ")
        share_view(session, aiko, view_id=view.id, team_id=aiko.team_id)
    with database.read() as session:
        (seen,) = list_views(session, chie)
    assert (seen.name, seen.query) == ("高松 の客", {"q": ["高松"]})
    with database.write() as session:
        share_view(session, aiko, view_id=view.id, team_id=None)
    assert names(database, chie) == []


@pytest.mark.parametrize("shared", [True, False])
def test_nobody_else_changes_a_view_and_a_stranger_is_told_nothing(
    database: Database, people: dict[str, User], now: datetime, shared: bool
) -> None:
    view = saved(database, people["aiko"], now, team_id=people["aiko"].team_id if shared else None)
    attempts = (
        lambda session, actor: update_view(session, actor, view_id=view.id, query={}),
        lambda session, actor: rename_view(session, actor, view_id=view.id, name="x"),
        lambda session, actor: share_view(session, actor, view_id=view.id, team_id=None),
        lambda session, actor: delete_view(session, actor, view_id=view.id),
    )
    for name, expected in (("chie", NotAllowed if shared else ViewNotFound), ("botan", ViewNotFound), ("dai", ViewNotFound)):
        for attempt in attempts:
            with pytest.raises(FieldSalesError) as refused, database.write() as session:
                attempt(session, people[name])
            assert type(refused.value) is expected
    with database.read() as session:
        assert list_views(session, people["aiko"]) == (view,)


def test_a_disabled_user_has_no_views(database: Database, aiko: User, now: datetime) -> None:
    view = saved(database, aiko, now)
    with database.write() as session:
        actor = session.get_one(User, aiko.id)
        actor.disabled_at = now
        with pytest.raises(NotAllowed):
            list_views(session, actor)
        with pytest.raises(NotAllowed):
            save_view(session, actor, name="x", query={}, now=now)
        with pytest.raises(NotAllowed):
            delete_view(session, actor, view_id=view.id)


def test_the_same_view_sent_twice_is_kept_once(database: Database, aiko: User, now: datetime) -> None:
    first, second = saved(database, aiko, now), saved(database, aiko, now, name=" 重点 ")
    assert first == second
    with database.read() as session:
        assert len(session.scalars(select(SavedView)).all()) == 1


def test_a_name_is_ones_own_once(database: Database, aiko: User, chie: User, now: datetime) -> None:
    saved(database, aiko, now)
    saved(database, chie, now)  # another person's names are their own
    with pytest.raises(ViewNameTaken):
        saved(database, aiko, now, query={})
    other = saved(database, aiko, now, name="他")
    with pytest.raises(ViewNameTaken), database.write() as session:
        rename_view(session, aiko, view_id=other.id, name="重点")
    with database.write() as session:
        assert rename_view(session, aiko, view_id=other.id, name="他").name == "他"


def test_a_deleted_view_comes_back_as_it_was(database: Database, aiko: User, now: datetime) -> None:
    view = saved(database, aiko, now, team_id=aiko.team_id)
    with database.write() as session:
        gone = delete_view(session, aiko, view_id=view.id)
    assert names(database, aiko) == []
    back = saved(database, aiko, now, name=gone.name, query=gone.query, team_id=gone.team_id)
    assert (back.name, back.query, back.team_name) == (view.name, view.query, "East")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": " \n\t "}, MissingViewName),
        ({"name": "\x00\x07"}, MissingViewName),
        ({"name": "長" * 101}, TextTooLong),
        ({"query": {"likelihood": ["Z"]}}, BadChoice),
        ({"query": {"colour": ["pink"]}}, BadChoice),
        ({"query": {"order": ["random"]}}, BadChoice),
        ({"query": {"owner": ["-1"]}}, BadNumber),
        ({"team_id": 4711}, BadChoice),
    ],
    ids=str,
)
def test_what_makes_no_view_is_refused_by_name(
    database: Database, aiko: User, now: datetime, given: dict[str, object], error: type[FieldSalesError]
) -> None:
    with pytest.raises(error):
        saved(database, aiko, now, **given)
    assert names(database, aiko) == []


def test_nobody_hoards_views(database: Database, aiko: User, now: datetime) -> None:
    with database.write() as session:
        session.add_all(SavedView(user_id=aiko.id, name=str(i), query={}, created_at=now) for i in range(MAX_VIEWS))
    with pytest.raises(TooManyViews):
        saved(database, aiko, now)


def test_a_manager_is_offered_every_team_they_manage(database: Database, chie: User, now: datetime) -> None:
    with database.write() as session:
        team = Team(name="North")
        session.add(team)
        manager = session.get_one(User, chie.id)
        manager.managed_teams = [*manager.managed_teams, team]
    with database.read() as session:
        manager = session.get_one(User, chie.id)
        assert sorted(saved_views.teams_to_share_with(manager).values()) == ["East", "North"]


def test_one_question_has_one_way_of_writing() -> None:
    assert clean_query({"likelihood": ["B", "A"], "q": [" 高松 "], "colour": []}) == {"likelihood": ["A,B"], "q": ["高松"]}
