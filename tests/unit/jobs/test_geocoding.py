"""The worker: it empties the queue, survives what goes wrong, and a killed one loses nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.places import AddressQuery, LocateReason, LocateStatus, Place
from fieldsales.errors import DatabaseBusy
from fieldsales.jobs import geocoding
from fieldsales.services.pins import locating
from fieldsales.services.pins.locating import LocationCounts
from tests.fakes import FakeClock, FakeGeocoder, place_at

ROOT = Path(__file__).resolve().parents[3]
MakeCustomer = Callable[..., Customer]
pytestmark = pytest.mark.both_databases


def queue_customers(database: Database, count: int, now: datetime) -> None:
    rows = [
        {"name": f"客{n}", "address": f"番町{n}", "created_at": now, "changed_at": now, "locate_due_at": now, "version": 1, "custom": {}}
        for n in range(count)
    ]
    with database.write() as session:
        session.execute(insert(Customer), rows)


def work_until_idle(runtime: Runtime, **options: object) -> int:
    return geocoding.run_worker(runtime, stop=threading.Event(), until_idle=True, **options)  # type: ignore[arg-type]


def counts(database: Database, actor: User) -> LocationCounts:
    with database.read() as session:
        return locating.location_counts(session, actor)


@dataclass
class EverywhereGeocoder(FakeGeocoder):
    """Finds every address at the same place and calls `before` with each query."""

    before: Callable[[AddressQuery], None] = lambda query: None

    def locate(self, query: AddressQuery) -> Place:
        self.asked.append(query)
        self.before(query)
        return place_at()


def test_an_idle_worker_has_located_everything_and_told_how_far_it_is(runtime: Runtime, dai: User, now: datetime) -> None:
    queue_customers(runtime.database, 1_300, now)
    told: list[tuple[int, int]] = []
    geocoder = EverywhereGeocoder()
    runtime = replace(runtime, geocoder=geocoder)
    assert work_until_idle(runtime, progress=lambda done, waiting: told.append((done, waiting))) == 1_300
    assert counts(runtime.database, dai) == LocationCounts(located=1_300)
    assert told[-1] == (1_300, 0)
    assert len(geocoder.asked) == 1_300


def test_an_address_to_be_retried_later_does_not_keep_an_idle_worker(
    runtime: Runtime, geocoder: FakeGeocoder, clock: FakeClock, make_customer: MakeCustomer, dai: User, now: datetime
) -> None:
    geocoder.places["番町1"] = Place.nowhere(LocateStatus.RETRY_LATER, LocateReason.SERVICE_BUSY)
    make_customer(address="番町1", locate_due_at=now)
    work_until_idle(runtime)
    assert counts(runtime.database, dai) == LocationCounts(pending=1)
    geocoder.places["番町1"] = place_at()
    work_until_idle(runtime)
    assert counts(runtime.database, dai) == LocationCounts(pending=1)
    clock.advance(minutes=1)
    work_until_idle(runtime)
    assert counts(runtime.database, dai) == LocationCounts(located=1)


def test_an_address_that_breaks_the_geocoder_holds_up_no_other(runtime: Runtime, dai: User, now: datetime) -> None:
    def break_on_poison(query: AddressQuery) -> None:
        if query.text == "番町3":
            raise ZeroDivisionError

    queue_customers(runtime.database, 8, now)
    runtime = replace(runtime, geocoder=EverywhereGeocoder(before=break_on_poison))
    work_until_idle(runtime)
    assert counts(runtime.database, dai) == LocationCounts(located=7, pending=1)


def test_a_newer_gazetteer_upgrades_approximate_places_by_itself(
    runtime: Runtime, geocoder: FakeGeocoder, make_customer: MakeCustomer, dai: User
) -> None:
    geocoder.places["番町1"] = place_at(precision_m=120)
    rough = {"lat": 34.0, "lon": 134.0, "locate_status": LocateStatus.APPROXIMATE, "located_with": "older"}
    make_customer("だいたい", address="番町1", **rough)
    make_customer("手置き", address="番町1", pinned_by_hand=True, **rough)
    assert work_until_idle(runtime) == 1
    assert counts(runtime.database, dai) == LocationCounts(located=1, approximate=1)
    assert work_until_idle(runtime) == 0


def test_a_worker_notices_a_gazetteer_installed_while_it_runs(
    runtime: Runtime, geocoder: FakeGeocoder, make_customer: MakeCustomer, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(geocoding, "POLL_S", 0.001)
    customer = make_customer(address="番町1", locate_due_at=now)
    stop = threading.Event()
    thread = threading.Thread(target=geocoding.run_worker, args=(runtime,), kwargs={"stop": stop})
    thread.start()
    try:
        wait_until(lambda: status_of(runtime.database, customer.id) is LocateStatus.FAILED)
        geocoder.places["番町1"] = place_at()
        geocoder.version = "fake-2"
        wait_until(lambda: status_of(runtime.database, customer.id) is LocateStatus.OK)
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def test_a_worker_survives_a_database_that_fails_for_a_while(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, now: datetime
) -> None:
    monkeypatch.setattr(geocoding, "POLL_S", 0.001)
    queue_customers(runtime.database, 3, now)
    failing = iter([DatabaseBusy()] * (geocoding.PATIENCE - 1))
    claim = locating.claim_addresses

    def claim_sometimes(*args: object, **options: object) -> list[locating.ClaimedAddress]:
        for error in failing:
            raise error
        return claim(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(locating, "claim_addresses", claim_sometimes)
    assert work_until_idle(replace(runtime, geocoder=EverywhereGeocoder())) == 3
    assert caplog.text.count("cannot go on") == geocoding.PATIENCE - 1


def test_a_worker_that_somebody_waits_for_gives_up_on_a_dead_database(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*args: object, **options: object) -> bool:
        raise DatabaseBusy()

    monkeypatch.setattr(geocoding, "POLL_S", 0.001)
    monkeypatch.setattr(locating, "has_due_addresses", refuse)
    with pytest.raises(DatabaseBusy):
        work_until_idle(runtime)
    assert "failure 5 in a row" in caplog.text


def test_a_stopped_worker_gives_back_what_it_has_not_answered(runtime: Runtime, dai: User, now: datetime) -> None:
    queue_customers(runtime.database, 8, now)
    stop = threading.Event()

    def stop_at_third(query: AddressQuery) -> None:
        if query.text == "番町2":
            stop.set()

    stopped = replace(runtime, geocoder=EverywhereGeocoder(before=stop_at_third))
    assert geocoding.run_worker(stopped, stop=stop) == 3
    assert counts(runtime.database, dai) == LocationCounts(located=3, pending=5)
    rest = EverywhereGeocoder()
    assert work_until_idle(replace(runtime, geocoder=rest)) == 5
    assert len(rest.asked) == 5


def test_two_workers_share_the_queue_and_locate_each_address_once(runtime: Runtime, dai: User, now: datetime) -> None:
    queue_customers(runtime.database, 600, now)
    geocoders = [EverywhereGeocoder(), EverywhereGeocoder()]
    threads = [threading.Thread(target=work_until_idle, args=(replace(runtime, geocoder=g),)) for g in geocoders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    asked = [query.text for geocoder in geocoders for query in geocoder.asked]
    assert sorted(asked) == sorted(f"番町{n}" for n in range(600))
    assert counts(runtime.database, dai) == LocationCounts(located=600)


KILLED_WORKER = """
import sys, threading
from datetime import datetime
from pathlib import Path
from fieldsales.adapters.files.photos import PillowPhotos
from fieldsales.adapters.files.store import FolderStore
from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.jobs.geocoding import run_worker
from fieldsales.services.map.map_index import MapIndex
from fieldsales.settings import Settings
from tests.fakes import FakeClock, FakeGeocoder, place_at

class HangingGeocoder(FakeGeocoder):
    def locate(self, query):
        self.asked.append(query)
        if len(self.asked) == 700:
            print("in the middle", flush=True)
            threading.Event().wait()
        return place_at()

clock = FakeClock(datetime.fromisoformat(sys.argv[2]))
settings, geocoder = Settings(data_dir=Path(".")), HangingGeocoder(version="killed")
runtime = Runtime(settings, Database(sys.argv[1]), geocoder, MapIndex(), FolderStore(Path("files")), PillowPhotos(), clock)
run_worker(runtime, stop=threading.Event())
"""


def test_a_worker_killed_in_the_middle_loses_nothing_and_nothing_is_done_twice(
    runtime: Runtime, clock: FakeClock, dai: User, now: datetime
) -> None:
    total = 1_500
    queue_customers(runtime.database, total, now)
    command = [sys.executable, "-c", KILLED_WORKER, runtime.database.url, now.isoformat()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.kill()
    before = counts(runtime.database, dai)
    assert 0 < before.located < 700
    assert before.total == total
    clock.advance(seconds=locating.LEASE.total_seconds())
    survivor = EverywhereGeocoder(version="killed")
    assert work_until_idle(replace(runtime, geocoder=survivor)) == total - before.located
    assert counts(runtime.database, dai) == LocationCounts(located=total)
    assert len({query.text for query in survivor.asked}) == len(survivor.asked) == total - before.located
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).where(Customer.locate_claim.is_not(None))) == 0


def status_of(database: Database, customer_id: int) -> LocateStatus | None:
    with database.read() as session:
        return session.scalar(select(Customer.locate_status).where(Customer.id == customer_id))


def wait_until(condition: Callable[[], bool], *, tries: int = 3_000) -> None:
    pause = threading.Event()
    for _ in range(tries):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen in time")
