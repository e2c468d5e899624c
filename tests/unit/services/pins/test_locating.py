"""The queue of addresses: claiming, storing, trying again, counting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.places import AddressQuery, Level, LocateReason, LocateStatus, Place
from fieldsales.errors import CustomerNotFound
from fieldsales.services.customers import customer_input, customers
from fieldsales.services.pins import locating
from fieldsales.services.pins.locating import ClaimedAddress, FoundPlace, LocationCounts
from tests.fakes import FakeGeocoder, place_at

MakeCustomer = Callable[..., Customer]
BUSY = Place.nowhere(LocateStatus.RETRY_LATER, LocateReason.SERVICE_BUSY)


def claim(database: Database, now: datetime, *, worker: str = "w1", limit: int = 10) -> list[ClaimedAddress]:
    with database.write() as session:
        return locating.claim_addresses(session, worker=worker, limit=limit, now=now)


def store(database: Database, now: datetime, *places: FoundPlace) -> int:
    with database.write() as session:
        return locating.store_places(session, places=places, now=now)


def stored(database: Database, customer_id: int) -> Customer:
    with database.read() as session:
        return session.scalars(select(Customer).where(Customer.id == customer_id)).one()


def due_again(database: Database, moment: datetime) -> bool:
    with database.read() as session:
        return locating.has_due_addresses(session, now=moment)


def test_a_claim_takes_the_longest_due_first_and_no_more_than_asked(database: Database, make_customer: MakeCustomer, now: datetime) -> None:
    late = make_customer("後", address="番町1", locate_due_at=now)
    early = make_customer("先", address="番町2", postal_code="760-0017", locate_due_at=now - timedelta(hours=1))
    make_customer("未来", address="番町3", locate_due_at=now + timedelta(minutes=1))
    make_customer("済", address="番町4")
    assert [a.customer_id for a in claim(database, now, limit=1)] == [early.id]
    taken = claim(database, now)
    assert [(a.customer_id, a.query, a.attempts) for a in taken] == [(late.id, AddressQuery("番町1"), 1)]
    assert claim(database, now, worker="w2") == []


def test_no_address_is_taken_by_two_workers(database: Database, make_customer: MakeCustomer, now: datetime) -> None:
    for number in range(20):
        make_customer(f"客{number}", address=f"番町{number}", locate_due_at=now)
    if database.is_sqlite:  # one writer at a time: the second simply comes later
        first, second = claim(database, now, limit=12), claim(database, now, worker="w2", limit=12)
    else:  # both transactions are open at once: the second must neither wait nor see the first one's rows
        with database.write() as one, database.write() as two:
            first = locating.claim_addresses(one, worker="w1", limit=12, now=now)
            second = locating.claim_addresses(two, worker="w2", limit=12, now=now)
    assert len(first) == 12
    assert len(second) == 8
    assert not {a.customer_id for a in first} & {a.customer_id for a in second}


def test_the_claims_of_a_killed_worker_become_due_again_after_the_lease(
    database: Database, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(address="番町1", locate_due_at=now)
    (dead,) = claim(database, now)
    assert claim(database, now + locating.LEASE - timedelta(seconds=1), worker="w2") == []
    later = now + locating.LEASE
    (alive,) = claim(database, later, worker="w2")
    assert alive.attempts == 2
    assert store(database, later, FoundPlace(dead, place_at(1, 2), "v1")) == 0
    assert store(database, later, FoundPlace(alive, place_at(34, 134), "v1")) == 1
    assert stored(database, customer.id).lat == 34


def test_a_living_worker_keeps_what_it_has_not_answered_yet(database: Database, make_customer: MakeCustomer, now: datetime) -> None:
    make_customer(address="番町1", locate_due_at=now)
    taken = claim(database, now)
    with database.write() as session:
        locating.extend_claims(session, addresses=taken, until=now + 3 * locating.LEASE)
    assert claim(database, now + 2 * locating.LEASE, worker="w2") == []
    with database.write() as session:
        locating.extend_claims(session, addresses=taken, until=now)
    assert len(claim(database, now, worker="w2")) == 1


def test_a_stored_answer_leaves_the_queue_and_tells_the_map_but_not_the_editor(
    database: Database, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(address="番町1", locate_due_at=now)
    later = now + timedelta(seconds=9)
    place = Place(34.3, 134.0, Level.OAZA, 400.0, "gazetteer", "番町", "1" * 2000, LocateStatus.APPROXIMATE, LocateReason.UNKNOWN_TOWN)
    assert store(database, later, FoundPlace(claim(database, now)[0], place, "v1")) == 1
    row = stored(database, customer.id)
    assert (row.lat, row.lon, row.level, row.precision_m, row.provider, row.matched) == (
        34.3,
        134.0,
        Level.OAZA,
        400.0,
        "gazetteer",
        "番町",
    )
    assert (row.locate_status, row.locate_reason, row.located_with) == (LocateStatus.APPROXIMATE, LocateReason.UNKNOWN_TOWN, "v1")
    assert (row.locate_due_at, row.locate_claim, row.locate_attempts) == (None, None, 0)
    assert row.rest == "1" * 1000
    assert row.changed_at == later
    assert row.version == customer.version


def test_an_address_edited_meanwhile_drops_the_stale_answer(
    database: Database, make_customer: MakeCustomer, aiko: User, now: datetime
) -> None:
    customer = make_customer(address="番町1", owner=aiko, locate_due_at=now)
    (stale,) = claim(database, now)
    with database.write() as session:
        values = customer_input.CustomerInput(name=customer.name, address="番町2", owner_id=aiko.id)
        customers.update_customer(session, aiko, customer_id=customer.id, version=customer.version, values=values, now=now)
    assert store(database, now, FoundPlace(stale, place_at(), "v1")) == 0
    row = stored(database, customer.id)
    assert row.lat is None
    (fresh,) = claim(database, now)
    assert fresh.query.text == "番町2"
    assert fresh.attempts == 1


def test_a_pin_placed_by_hand_is_never_moved(database: Database, make_customer: MakeCustomer, aiko: User, now: datetime) -> None:
    customer = make_customer(address="番町1", owner=aiko, locate_due_at=now)
    taken = claim(database, now)
    with database.write() as session:
        customers.place_pin(session, aiko, customer_id=customer.id, lat=35.0, lon=135.0, now=now)
    assert store(database, now, FoundPlace(taken[0], place_at(), "v1")) == 0
    odd = make_customer("二重", address="番町1", lat=35.0, lon=135.0, pinned_by_hand=True, locate_due_at=now)
    assert claim(database, now + locating.LEASE) == []
    assert not due_again(database, now + locating.LEASE)
    with database.write() as session:
        assert locating.requeue_improvable(session, geocoder_version="v2", now=now) == 0
        assert locating.claim_customer(session, aiko, customer_id=customer.id, worker="w", now=now) is None
    assert (stored(database, customer.id).lat, stored(database, odd.id).lat) == (35.0, 35.0)


def test_a_busy_service_is_asked_again_later_and_later_and_never_counts_as_not_found(
    database: Database, make_customer: MakeCustomer, dai: User, now: datetime
) -> None:
    customer = make_customer(address="番町1", locate_due_at=now)
    moment = now
    waits = []
    for _ in range(3):
        (taken,) = claim(database, moment)
        assert store(database, moment, FoundPlace(taken, BUSY, "v1")) == 1
        row = stored(database, customer.id)
        assert (row.locate_status, row.locate_reason, row.locate_claim) == (LocateStatus.RETRY_LATER, LocateReason.SERVICE_BUSY, None)
        assert row.locate_due_at is not None
        waits.append(row.locate_due_at - moment)
        with database.read() as session:
            assert locating.location_counts(session, dai) == LocationCounts(pending=1)
        moment = row.locate_due_at
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert locating.retry_delay(1000) == locating.LAST_RETRY
    assert store(database, moment, FoundPlace(claim(database, moment)[0], place_at(), "v1")) == 1
    assert stored(database, customer.id).locate_attempts == 0


def test_a_place_found_earlier_stays_while_a_service_is_busy(database: Database, make_customer: MakeCustomer, now: datetime) -> None:
    customer = make_customer(address="番町1", lat=34.0, lon=134.0, locate_status=LocateStatus.APPROXIMATE, locate_due_at=now)
    assert store(database, now, FoundPlace(claim(database, now)[0], BUSY, "v2")) == 1
    row = stored(database, customer.id)
    assert (row.lat, row.locate_status, row.locate_reason) == (34.0, LocateStatus.APPROXIMATE, LocateReason.NONE)
    assert row.locate_due_at == now + timedelta(minutes=1)


def test_a_rough_place_that_a_busy_service_could_not_confirm_is_shown_and_asked_again(
    database: Database, make_customer: MakeCustomer, dai: User, now: datetime
) -> None:
    customer = make_customer(address="番町1", locate_due_at=now)
    rough = place_at(precision_m=9_000).doubted(LocateReason.SERVICE_BUSY)
    assert store(database, now, FoundPlace(claim(database, now)[0], rough, "v1")) == 1
    row = stored(database, customer.id)
    assert (row.locate_status, row.precision_m) == (LocateStatus.APPROXIMATE, 9_000)
    assert row.locate_due_at == now + timedelta(minutes=1)
    later = now + timedelta(minutes=1)
    assert store(database, later, FoundPlace(claim(database, later)[0], rough, "v1")) == 1
    assert stored(database, customer.id).locate_due_at == later + timedelta(minutes=2)


def test_a_better_geocoder_queues_what_it_may_improve_and_nothing_else(
    database: Database, make_customer: MakeCustomer, now: datetime
) -> None:
    def located(name: str, **values: object) -> Customer:
        return make_customer(name, **({"address": "番町1", "lat": 34.0, "lon": 134.0, "located_with": "v1"} | values))

    improvable = [
        located("だいたい", locate_status=LocateStatus.APPROXIMATE, level=Level.CITY),
        located("複数", locate_status=LocateStatus.AMBIGUOUS, lat=None, lon=None),
        located("不明", locate_status=LocateStatus.FAILED, lat=None, lon=None),
        located("町", locate_status=LocateStatus.OK, level=Level.OAZA),
    ]
    located("番地", locate_status=LocateStatus.OK, level=Level.BLOCK)
    located("座標つき", locate_status=LocateStatus.OK, level=Level.POINT, located_with="")
    located("もう新しい", locate_status=LocateStatus.APPROXIMATE, level=Level.CITY, located_with="v2")
    located("住所なし", locate_status=LocateStatus.FAILED, address="", lat=None, lon=None)
    with database.write() as session:
        assert locating.requeue_improvable(session, geocoder_version="v2", now=now, limit=3) == 3
        assert locating.requeue_improvable(session, geocoder_version="v2", now=now, limit=3) == 1
        assert locating.requeue_improvable(session, geocoder_version="v2", now=now) == 0
    taken = claim(database, now)
    assert [a.customer_id for a in taken] == [c.id for c in improvable]
    long_name = "v3" + "x" * 200
    unknown = Place.nowhere(LocateStatus.FAILED, LocateReason.UNKNOWN_TOWN)
    store(database, now, *(FoundPlace(a, unknown, long_name) for a in taken))
    with database.write() as session:  # a version longer than its column must not queue the same rows for ever
        assert locating.requeue_improvable(session, geocoder_version=long_name, now=now) == 1  # only もう新しい


def test_every_customer_is_counted_once_and_only_those_the_actor_may_see(
    database: Database, make_customer: MakeCustomer, aiko: User, botan: User, dai: User, now: datetime
) -> None:
    here = {"lat": 34.0, "lon": 134.0}
    ids = [
        make_customer("良", owner=aiko, **here, locate_status=LocateStatus.OK).id,
        make_customer("座標だけ", owner=aiko, **here).id,
        make_customer("手置き", owner=aiko, **here, pinned_by_hand=True, locate_status=LocateStatus.OK).id,
        make_customer("手置き要確認", owner=aiko, **here, pinned_by_hand=True, locate_status=LocateStatus.APPROXIMATE).id,
        make_customer("だいたい", owner=aiko, **here, locate_status=LocateStatus.APPROXIMATE).id,
        make_customer("再検索中", owner=aiko, **here, locate_status=LocateStatus.APPROXIMATE, locate_due_at=now).id,
        make_customer("待ち", owner=aiko, locate_due_at=now).id,
        make_customer("あとで", owner=aiko, locate_status=LocateStatus.RETRY_LATER).id,
        make_customer("不明", owner=aiko, locate_status=LocateStatus.FAILED).id,
        make_customer("複数", owner=aiko, locate_status=LocateStatus.AMBIGUOUS).id,
        make_customer("住所なし", owner=aiko).id,
    ]
    make_customer("よその客", owner=botan, locate_status=LocateStatus.FAILED)
    make_customer("しまった客", owner=aiko, archived_at=now, locate_status=LocateStatus.FAILED)
    with database.read() as session:
        mine = locating.location_counts(session, aiko)
        assert mine == LocationCounts(located=3, approximate=2, pending=3, unlocated=3)
        assert mine.total == len(ids)
        assert locating.location_counts(session, dai).total == len(ids) + 1
        assert locating.location_counts(session, aiko, customer_ids=ids[:4]) == LocationCounts(located=3, approximate=1)
        assert locating.location_counts(session, botan, customer_ids=ids).total == 0
        assert locating.count_problems(session, aiko) == LocationCounts(approximate=2, pending=3, unlocated=3)
        assert locating.count_problems(session, botan) == LocationCounts(unlocated=1)


def test_somebody_who_waits_gets_the_answer_out_of_turn(
    database: Database, make_customer: MakeCustomer, aiko: User, botan: User, geocoder: FakeGeocoder, now: datetime
) -> None:
    geocoder.places["番町1"] = place_at(34.5, 134.5)
    customer = make_customer(address="番町1", owner=aiko, locate_due_at=now)
    (slow,) = claim(database, now)
    with pytest.raises(CustomerNotFound):
        locating.locate_customer(database, geocoder, botan, customer_id=customer.id, now=now)
    place = locating.locate_customer(database, geocoder, aiko, customer_id=customer.id, now=now + timedelta(seconds=1))
    assert place == place_at(34.5, 134.5)
    assert stored(database, customer.id).lat == 34.5
    assert store(database, now, FoundPlace(slow, place_at(1, 1), "v1")) == 0
    assert locating.locate_customer(database, geocoder, aiko, customer_id=customer.id, now=now) is None
    with database.read() as session:
        assert session.scalar(select(func.count()).where(Customer.locate_due_at.is_not(None))) == 0
