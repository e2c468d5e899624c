"""The municipality of each customer: written with the place, forgotten with the address, looked up by the worker for all others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from sqlalchemy import select

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import Counter, Customer, User
from fieldsales.domain.places import AddressQuery
from fieldsales.jobs import geocoding
from fieldsales.services.customers import customers
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.map.map_index import MAP_EPOCH
from fieldsales.services.pins import customer_areas, locating
from fieldsales.services.pins.customer_areas import UnknownArea
from tests.fakes import FakeGeocoder, place_at

MakeCustomer = Callable[..., Customer]


def area_of(database: Database, customer_id: int) -> str | None:
    with database.read() as session:
        return session.scalars(select(Customer.area).where(Customer.id == customer_id)).one()


def work_until_idle(runtime: Runtime) -> None:
    geocoding.run_worker(runtime, stop=threading.Event(), until_idle=True)


def test_a_located_address_brings_its_municipality_along(
    database: Database, runtime: Runtime, geocoder: FakeGeocoder, make_customer: MakeCustomer, dai: User, now: datetime
) -> None:
    geocoder.places["高松市番町1"], geocoder.areas["高松市番町1"] = place_at(), "香川県高松市"
    customer = make_customer(address="高松市番町1", locate_due_at=now)
    locating.locate_customer(database, geocoder, dai, customer_id=customer.id, now=now)
    assert area_of(database, customer.id) == "香川県高松市"


def test_the_worker_looks_up_who_is_not_to_be_located(
    database: Database, runtime: Runtime, geocoder: FakeGeocoder, make_customer: MakeCustomer, now: datetime
) -> None:
    geocoder.areas = {"高松市番町1": "香川県高松市"}
    pinned = make_customer("手で置いた客", address="高松市番町1", lat=34.3, lon=134.0, pinned_by_hand=True)
    abroad = make_customer("海外の客", address="10 Downing Street, London")
    nowhere = make_customer("住所のない客")
    work_until_idle(runtime)
    assert [area_of(database, c.id) for c in (pinned, abroad, nowhere)] == ["香川県高松市", "", ""]
    with database.read() as session:
        assert customer_areas.unknown_areas(session) == []


def test_an_edited_address_forgets_its_municipality_until_it_is_looked_up(
    database: Database, runtime: Runtime, geocoder: FakeGeocoder, make_customer: MakeCustomer, dai: User, now: datetime
) -> None:
    geocoder.areas = {"高松市番町1": "香川県高松市", "新宿区西新宿2-8-1": "東京都新宿区"}
    geocoder.places = {text: place_at() for text in geocoder.areas}
    customer = make_customer(address="高松市番町1", area="香川県高松市", lat=34.3, lon=134.0)
    with database.write() as session:
        stored = customers.open_for_change(session, dai, customer.id)
        values = replace(input_of(stored), address="新宿区西新宿2-8-1")
        customers.update_customer(session, dai, customer_id=stored.id, version=stored.version, values=values, now=now)
    assert area_of(database, customer.id) is None
    work_until_idle(runtime)
    assert area_of(database, customer.id) == "東京都新宿区"


def test_what_was_edited_while_it_was_looked_up_keeps_no_stale_answer(
    database: Database, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(address="高松市番町1")
    stale = UnknownArea(customer.id, AddressQuery("住んでいたところ", ""))
    with database.write() as session:
        customer_areas.store_areas(session, areas={stale: "東京都新宿区"}, now=now)
    assert area_of(database, customer.id) is None


def test_looking_up_disturbs_nobody_who_is_editing_and_the_map_hears_of_it(
    database: Database, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(address="高松市番町1")
    with database.write() as session:
        found = {unknown: "香川県高松市" for unknown in customer_areas.unknown_areas(session)}
        assert customer_areas.store_areas(session, areas=found, now=now) == 1
    with database.read() as session:
        stored = session.get_one(Customer, customer.id)
        assert (stored.version, stored.area, stored.changed_at) == (customer.version, "香川県高松市", now)


def test_a_whole_batch_is_announced_to_the_maps_as_one_change(
    database: Database, make_customer: MakeCustomer, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(customer_areas, "BATCH", 2)
    made = [make_customer(f"客{n}", address=f"番町{n}") for n in range(2)]
    with database.write() as session:
        found = {unknown: "香川県高松市" for unknown in customer_areas.unknown_areas(session, limit=2)}
        customer_areas.store_areas(session, areas=found, now=now.replace(year=2027))
    with database.read() as session:
        assert session.scalars(select(Counter.value).where(Counter.name == MAP_EPOCH)).one() >= 1
        assert session.get_one(Customer, made[0].id).changed_at == made[0].changed_at


@dataclass
class BrittleGeocoder(FakeGeocoder):
    """Breaks on one address."""

    def area_of(self, query: AddressQuery) -> str:
        if query.text == "壊れた住所":
            raise RuntimeError("broken")
        return super().area_of(query)


def test_an_address_on_which_the_geocoder_breaks_holds_up_nobody(
    database: Database, runtime: Runtime, make_customer: MakeCustomer, now: datetime
) -> None:
    broken = make_customer("客1", address="壊れた住所")
    fine = make_customer("客2", address="高松市番町1")
    work_until_idle(replace(runtime, geocoder=BrittleGeocoder(areas={"高松市番町1": "香川県高松市"})))
    assert (area_of(database, broken.id), area_of(database, fine.id)) == ("", "香川県高松市")
