"""Who lies close to a planned route: the nearest first, only those one sees, nobody who is in the plan or wants no visit."""

from __future__ import annotations

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.services.planning.near_plan import NearCustomer, near_plan
from tests.conftest import CustomerFactory

HERE = (34.3401, 134.0434)
KM = 0.009  # degrees of latitude


def near(database: Database, actor: User, *, known: frozenset[int] = frozenset(), limit: int = 8) -> tuple[NearCustomer, ...]:
    with database.read() as session:
        return near_plan(session, actor, points=[HERE, (HERE[0] + 20 * KM, HERE[1])], known=known, limit=limit)


def test_the_nearest_to_any_stop_come_first_and_who_is_further_than_two_kilometres_does_not_come(
    database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    for name, away in (("one and a half", 1.5), ("half", 0.5), ("three", 3.0), ("at the other stop", 20.2)):
        make_customer(name, owner=aiko, lat=HERE[0] + away * KM, lon=HERE[1])
    found = near(database, aiko)
    assert [customer.name for customer in found] == ["at the other stop", "half", "one and a half"]
    assert 150 < found[0].distance_m < 250
    assert [customer.name for customer in near(database, aiko, limit=1)] == ["at the other stop"]


def test_who_is_in_the_plan_wants_no_visit_or_has_no_place_is_not_offered(
    database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    known = make_customer("known", owner=aiko, lat=HERE[0], lon=HERE[1])
    make_customer("no visits", owner=aiko, lat=HERE[0], lon=HERE[1], do_not_visit=True)
    make_customer("nowhere", owner=aiko)
    assert near(database, aiko, known=frozenset({known.id})) == ()


def test_a_stranger_is_offered_nothing_of_it_and_a_plan_without_places_offers_nobody(
    database: Database, aiko: User, botan: User, make_customer: CustomerFactory
) -> None:
    make_customer("Aiko's", owner=aiko, lat=HERE[0], lon=HERE[1])
    assert near(database, botan) == ()
    with database.read() as session:
        assert near_plan(session, aiko, points=[], known=frozenset(), limit=8) == ()
