"""Users and teams: who may change whom, and what is usable."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Team, User
from fieldsales.domain.words import Role
from fieldsales.errors import (
    BadChoice,
    BadEmail,
    EmailTaken,
    FieldSalesError,
    LastAdmin,
    MissingTeamName,
    MissingUserName,
    NotAllowed,
    NotFound,
    PasswordTooLong,
    PasswordTooShort,
    TeamNameTaken,
    TextTooLong,
    UserNotFound,
    WrongPassword,
)
from fieldsales.services.accounts import accounts
from fieldsales.services.accounts.passwords import hash_password, verify_password
from fieldsales.services.accounts.sessions import find_user, open_session
from tests.conftest import PASSWORD

GOOD = {"email": "eri@example.com", "name": "Eri", "role": Role.REP, "password": "a long password"}


def test_an_added_user_has_a_normalised_address_and_an_argon2id_hash(database: Database, now: datetime) -> None:
    with database.write() as session:
        user = accounts.add_user(session, None, **(GOOD | {"email": " Eri@EXAMPLE.com　"}), team_name="北", now=now)
    assert user.email == "eri@example.com"
    assert user.password_hash.startswith("$argon2id$")
    assert verify_password("a long password", user.password_hash)
    assert user.team is not None
    assert (user.team.name, user.team.shares_customers) == ("北", True)
    assert (user.may_export, user.may_delete) == (False, False)


def test_a_manager_looks_after_their_team(database: Database, now: datetime) -> None:
    with database.write() as session:
        user = accounts.add_user(session, None, **(GOOD | {"role": Role.MANAGER}), team_name="北", now=now)
        assert [team.name for team in user.managed_teams] == ["北"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"email": "AIKO@example.com"}, EmailTaken),
        ({"email": "eri"}, BadEmail),
        ({"email": "eri@example"}, BadEmail),
        ({"email": "eri @example.com"}, BadEmail),
        ({"email": "<script>@example.com"}, BadEmail),
        ({"email": ""}, BadEmail),
        ({"email": "e" * 320 + "@example.com"}, TextTooLong),
        ({"name": " 　 "}, MissingUserName),
        ({"name": "え" * 201}, TextTooLong),
        ({"password": "9 letters"}, PasswordTooShort),
        ({"password": "x" * 1025}, PasswordTooLong),
        ({"team_name": "t" * 201}, TextTooLong),
    ],
)
def test_unusable_input_names_its_field_and_writes_nothing(
    database: Database, people: dict[str, User], now: datetime, wrong: dict[str, str], error: type[FieldSalesError]
) -> None:
    with pytest.raises(error) as refused, database.write() as session:
        accounts.add_user(session, None, **(GOOD | wrong), now=now)  # type: ignore[arg-type]
    assert refused.value.field == next(iter(wrong))
    with database.read() as session:
        assert len(accounts.list_users(session, None)) == len(people)


@pytest.mark.parametrize("name", ["田中　花子", "O'Brien", "<script>alert(1)</script>", "👩‍👩‍👧 家族", "שלום", "x" * 200])
def test_any_name_is_kept_as_it_is(database: Database, now: datetime, name: str) -> None:
    with database.write() as session:
        accounts.add_user(session, None, **(GOOD | {"name": name}), now=now)
    with database.read() as session:
        assert accounts.find_by_email(session, None, email="ERI@example.com").name == name


def test_control_characters_that_no_database_likes_are_left_out(database: Database, now: datetime) -> None:
    with database.write() as session:
        assert accounts.add_user(session, None, **(GOOD | {"name": "E\x00r\ud800i\n"}), now=now).name == "Eri"


@pytest.mark.parametrize("name", ["aiko", "botan", "chie"])
def test_nobody_but_an_admin_may_manage_users(database: Database, people: dict[str, User], now: datetime, name: str) -> None:
    actor, other = people[name], people["dai"]
    attempts = [
        lambda s: accounts.add_user(s, actor, **GOOD, now=now),
        lambda s: accounts.list_users(s, actor),
        lambda s: accounts.find_by_email(s, actor, email="dai@example.com"),
        lambda s: accounts.update_user(s, actor, user_id=actor.id, name="Boss", role=Role.ADMIN, now=now),
        lambda s: accounts.set_rights(s, actor, user_id=actor.id, may_export=True, may_delete=True, now=now),
        lambda s: accounts.disable_user(s, actor, user_id=other.id, now=now),
        lambda s: accounts.enable_user(s, actor, user_id=other.id, now=now),
        lambda s: accounts.set_password(s, actor, user_id=other.id, password="a new password", now=now),
        lambda s: accounts.list_teams(s, actor),
        lambda s: accounts.save_team(s, actor, name="Mine", now=now),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed), database.write() as session:
            attempt(session)


def test_a_disabled_admin_may_do_nothing_any_more(database: Database, dai: User, now: datetime) -> None:
    dai.disabled_at = now
    with pytest.raises(NotAllowed), database.read() as session:
        accounts.list_users(session, dai)


def test_an_admin_changes_name_role_team_and_address(database: Database, dai: User, aiko: User, now: datetime) -> None:
    with database.write() as session:
        new = {"name": "Aiko Mori", "role": Role.MANAGER, "team_name": "West", "email": "Mori@example.com"}
        accounts.update_user(session, dai, user_id=aiko.id, **new, now=now)  # type: ignore[arg-type]
    with database.read() as session:
        changed = accounts.find_by_email(session, dai, email="mori@example.com")
        assert (changed.name, changed.role, changed.team and changed.team.name) == ("Aiko Mori", Role.MANAGER, "West")
        assert [team.name for team in changed.managed_teams] == ["West"]
    with database.write() as session:
        accounts.update_user(session, dai, user_id=aiko.id, name="Aiko", role=Role.REP, now=now)
        demoted = session.get_one(User, aiko.id)
        assert (demoted.team, demoted.managed_teams) == (None, [])


def test_two_users_cannot_share_an_address(database: Database, dai: User, aiko: User, now: datetime) -> None:
    with pytest.raises(EmailTaken), database.write() as session:
        accounts.update_user(session, dai, user_id=aiko.id, name="Aiko", role=Role.REP, email="BOTAN@example.com", now=now)


def test_the_last_admin_can_neither_be_disabled_nor_demoted(database: Database, dai: User, now: datetime) -> None:
    with pytest.raises(LastAdmin), database.write() as session:
        accounts.disable_user(session, dai, user_id=dai.id, now=now)
    with pytest.raises(LastAdmin), database.write() as session:
        accounts.update_user(session, dai, user_id=dai.id, name="Dai", role=Role.REP, now=now)
    with database.write() as session:
        accounts.add_user(session, dai, **(GOOD | {"role": Role.ADMIN}), now=now)
    with database.write() as session:
        assert accounts.disable_user(session, dai, user_id=dai.id, now=now).disabled_at == now


def test_a_new_password_ends_every_session(database: Database, dai: User, aiko: User, now: datetime) -> None:
    with database.write() as session:
        token = open_session(session, aiko, user_agent="", now=now)
        accounts.set_password(session, dai, user_id=aiko.id, password="a new password", now=now)
        assert find_user(session, token, now=now) is None
        assert verify_password("a new password", session.get_one(User, aiko.id).password_hash)


def test_ones_own_password_needs_the_current_one(database: Database, aiko: User, dai: User, now: datetime) -> None:
    for actor, current in ((aiko, None), (aiko, "wrong password"), (dai, None)):
        with pytest.raises(WrongPassword), database.write() as session:
            accounts.set_password(session, actor, user_id=actor.id, password="a new password", current_password=current, now=now)
    with database.write() as session:
        accounts.set_password(session, aiko, user_id=aiko.id, password="a new password", current_password=PASSWORD, now=now)


def test_rights_are_granted_and_taken(database: Database, dai: User, aiko: User, now: datetime) -> None:
    with database.write() as session:
        assert accounts.set_rights(session, dai, user_id=aiko.id, may_export=True, may_delete=False, now=now).may_export
        assert not accounts.set_rights(session, dai, user_id=aiko.id, may_export=False, may_delete=False, now=now).may_export


def test_language_and_time_zone_are_chosen_among_real_ones(database: Database, aiko: User) -> None:
    with database.write() as session:
        user = accounts.set_preferences(session, aiko, locale="en", timezone="Europe/Berlin")
        assert (user.locale, user.timezone) == ("en", "Europe/Berlin")
        assert accounts.set_preferences(session, aiko, locale="", timezone="").locale == ""
    for wrong in (
        {"locale": "xx", "timezone": ""},
        {"locale": "", "timezone": "Mars/Olympus"},
        {"locale": "", "timezone": "../etc/passwd"},
    ):
        with pytest.raises(BadChoice), database.write() as session:
            accounts.set_preferences(session, aiko, **wrong)


def test_a_team_is_saved_with_its_managers(database: Database, dai: User, chie: User, aiko: User, now: datetime) -> None:
    with database.write() as session:
        north = accounts.save_team(session, dai, name=" 北 ", shares_customers=False, manager_ids=frozenset({chie.id, aiko.id}), now=now)
        assert (north.name, north.shares_customers) == ("北", False)
    with database.write() as session:
        accounts.save_team(session, dai, team_id=north.id, name="North", manager_ids=frozenset({chie.id}), now=now)
    with database.read() as session:
        assert {t.name for t in session.get_one(User, chie.id).managed_teams} == {"East", "North"}
        assert session.get_one(User, aiko.id).managed_teams == []
        assert [team.name for team in accounts.list_teams(session, dai)] == ["East", "North", "West"]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"name": " "}, MissingTeamName),
        ({"name": "East"}, TeamNameTaken),
        ({"name": "x" * 201}, TextTooLong),
        ({"name": "North", "team_id": 999_999}, NotFound),
        ({"name": "North", "manager_ids": frozenset({999_999})}, UserNotFound),
    ],
)
def test_an_unusable_team_is_refused(
    database: Database, dai: User, values: dict[str, object], error: type[FieldSalesError], now: datetime
) -> None:
    with pytest.raises(error), database.write() as session:
        accounts.save_team(session, dai, **values, now=now)  # type: ignore[arg-type]
    with database.read() as session:
        assert session.query(Team).count() == 2


def test_an_unknown_user_is_said_to_be_unknown(database: Database, dai: User, now: datetime) -> None:
    with database.read() as session:
        with pytest.raises(UserNotFound):
            accounts.find_by_email(session, dai, email="nobody@example.com")
        with pytest.raises(UserNotFound):
            accounts.disable_user(session, dai, user_id=999_999, now=now + timedelta(days=1))


def test_a_hash_is_salted_and_no_hash_fits_a_password_that_is_too_long() -> None:
    first, second = hash_password("a long password"), hash_password("a long password")
    assert first != second
    assert not verify_password("a long password", None)
    assert not verify_password("a long password" + "x" * 1024, first)
    assert not verify_password("a long password", "not a hash")


def test_a_manager_who_changes_teams_leaves_the_former_one_and_keeps_those_given_to_them(
    database: Database, chie: User, dai: User, now: datetime
) -> None:
    def teams_after(team_name: str, role: Role = Role.MANAGER) -> list[str]:
        with database.write() as session:
            user = accounts.update_user(session, dai, user_id=chie.id, name="Chie", role=role, team_name=team_name, now=now)
            return sorted(team.name for team in user.managed_teams)

    assert teams_after("North") == ["East", "North"]  # East was given to her; North is her own now
    assert teams_after("West") == ["East", "West"]
    assert teams_after("West") == ["East", "West"]
    assert teams_after("") == ["East"]
    assert teams_after("East") == ["East"]
    assert teams_after("North") == ["North"]
    assert teams_after("North", Role.REP) == []


def test_a_new_manager_holds_both_rights_and_a_new_rep_none(database: Database, dai: User, now: datetime) -> None:
    with database.write() as session:
        made = {
            role: accounts.add_user(session, dai, **(GOOD | {"email": f"{role.value}@example.com", "role": role}), now=now) for role in Role
        }
    assert {role: (user.may_export, user.may_delete) for role, user in made.items()} == {
        Role.REP: (False, False),
        Role.MANAGER: (True, True),
        Role.ADMIN: (True, True),
    }
