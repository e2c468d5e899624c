"""Who may see which customer: one rule, said to the database and to memory alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Team, User
from fieldsales.errors import CustomerNotFound, NotAllowed
from fieldsales.services.access import find_customer, require_admin, require_export, scope_of, visible_customers

Make = Callable[..., Customer]


def names_seen_by(database: Database, actor: User) -> set[str]:
    with database.read() as session:
        return {c.name for c in session.scalars(visible_customers(actor))}


def test_a_rep_sees_their_own_and_their_sharing_teams_customers(database: Database, people: dict[str, User], make_customer: Make) -> None:
    make_customer("Aikoの", owner=people["aiko"])
    make_customer("Botanの", owner=people["botan"])
    make_customer("誰のでもない")
    assert names_seen_by(database, people["aiko"]) == {"Aikoの"}
    assert names_seen_by(database, people["botan"]) == {"Botanの"}
    assert names_seen_by(database, people["chie"]) == {"Aikoの", "誰のでもない"}
    assert names_seen_by(database, people["dai"]) == {"Aikoの", "Botanの", "誰のでもない"}


def test_a_team_that_does_not_share_keeps_its_reps_apart(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    aiko = people["aiko"]
    make_customer("同僚の", team_id=aiko.team_id)
    assert names_seen_by(database, aiko) == {"同僚の"}
    with database.write() as session:
        session.get_one(Team, aiko.team_id).shares_customers = False
    with database.read() as session:
        aiko = session.get_one(User, aiko.id)
    assert names_seen_by(database, aiko) == set()


def test_a_disabled_user_sees_nothing(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_customer("Aikoの", owner=aiko)
    aiko.disabled_at = now
    assert names_seen_by(database, aiko) == set()


def test_memory_and_database_agree_about_every_customer(database: Database, people: dict[str, User], make_customer: Make) -> None:
    for owner in (None, *people.values()):
        for team_id in (None, people["aiko"].team_id, people["botan"].team_id):
            make_customer(f"{owner and owner.name}/{team_id}", owner=owner, team_id=team_id)
    with database.read() as session:
        everyone = session.scalars(select(Customer)).all()
    for actor in people.values():
        admitted = {c.name for c in everyone if scope_of(actor).admits(c.owner_id, c.team_id)}
        assert admitted == names_seen_by(database, actor), actor.name


def test_an_archived_customer_leaves_the_lists_but_can_be_opened(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    customer = make_customer("昔の客", owner=aiko, archived_at=now)
    assert names_seen_by(database, aiko) == set()
    with database.read() as session:
        assert find_customer(session, aiko, customer.id).name == "昔の客"


def test_another_teams_customer_is_as_unknown_as_one_that_does_not_exist(
    database: Database, people: dict[str, User], make_customer: Make
) -> None:
    hidden = make_customer("Botanの", owner=people["botan"])
    with database.read() as session:
        for customer_id in (hidden.id, 999_999):
            with pytest.raises(CustomerNotFound):
                find_customer(session, people["aiko"], customer_id)


def test_rights_of_their_own_are_asked_for(people: dict[str, User], now: datetime) -> None:
    require_admin(people["dai"])
    require_export(people["chie"])
    for refused in ("aiko", "chie"):
        with pytest.raises(NotAllowed):
            require_admin(people[refused])
    with pytest.raises(NotAllowed):
        require_export(people["aiko"])
    people["dai"].disabled_at = now
    with pytest.raises(NotAllowed):
        require_admin(people["dai"])
