"""The map's customers in memory: fresh, complete, and only for those who may see them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.map_colours import ColourBy
from fieldsales.domain.places import LocateStatus
from fieldsales.services.map import map_index
from fieldsales.services.map.map_index import MapIndex, announce_bulk_change

TAKAMATSU = {"lat": 34.3428, "lon": 134.0466, "locate_status": LocateStatus.OK}
AROUND = MapBox(133.9, 34.2, 134.2, 34.5)
CustomerFactory = Callable[..., Customer]


class Ticks:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def index(ticks: Ticks) -> MapIndex:
    return MapIndex(clock=ticks)


def look(index: MapIndex, database: Database, actor: User, now: datetime, *, zoom: int = 18, **more: Any) -> list[dict[str, Any]]:
    """Return the properties of what the map shows around Takamatsu."""
    more = {"bbox": AROUND, "customer_filter": CustomerFilter()} | more
    found = index.features(database, actor, zoom=zoom, now=now, **more)
    return [feature["properties"] for feature in found["features"]]


def change(database: Database, customer: Customer, now: datetime, **values: Any) -> None:
    with database.write() as session:
        session.execute(update(Customer).where(Customer.id == customer.id).values(changed_at=now, **values))


def test_a_customer_carries_what_a_pin_needs(
    index: MapIndex, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    late = today - timedelta(days=1)
    make_customer("高松食品", owner=aiko, **TAKAMATSU | {"locate_status": LocateStatus.APPROXIMATE}, precision_m=312.4, next_on=late)
    assert look(index, database, aiko, now) == [
        {
            "kind": "customer",
            "id": 1,
            "name": "高松食品",
            "likelihood": "unrated",
            "due": "overdue",
            "approximate": True,
            "radius_m": 312,
            "problem": True,
        }
    ]


def test_many_customers_become_a_cluster_with_their_mix_and_bounds(
    index: MapIndex, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    for i, likelihood in enumerate([Likelihood.A, Likelihood.A, Likelihood.WON]):
        make_customer(f"{i}", owner=aiko, likelihood=likelihood, **TAKAMATSU | {"lat": 34.34 + i / 1000})
    (cluster,) = look(index, database, aiko, now, zoom=9)
    assert (cluster["kind"], cluster["count"], cluster["likelihoods"]) == ("cluster", 3, {"A": 2, "won": 1})
    assert cluster["bounds"] == pytest.approx([134.0466, 34.34, 134.0466, 34.342])
    assert "stacked" not in cluster


def test_customers_at_one_address_stay_together_at_any_zoom_and_are_listed(
    index: MapIndex, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    for i in range(60):
        make_customer(f"テナント {i}", owner=aiko, likelihood=Likelihood.A if i == 59 else Likelihood.D, **TAKAMATSU)
    (stack,) = look(index, database, aiko, now, zoom=22)
    assert (stack["count"], stack["stacked"]) == (60, True)
    pages = [index.members(database, aiko, bbox=AROUND, customer_filter=CustomerFilter(), now=now, offset=offset) for offset in (0, 50)]
    names = [feature["properties"]["name"] for page in pages for feature in page["features"]]
    assert pages[0]["total"] == 60
    assert len(set(names)) == 60
    assert names[0] == "テナント 59"


def test_nobody_sees_another_teams_customers(
    index: MapIndex, database: Database, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    customer = make_customer("秘密の商談", owner=aiko, **TAKAMATSU)
    assert look(index, database, botan, now) == []
    assert index.members(database, botan, bbox=AROUND, customer_filter=CustomerFilter(), now=now)["total"] == 0
    assert index.extent(database, botan, customer_filter=CustomerFilter(), now=now).bounds is None
    assert index.find_pin(database, botan, customer.id, colour_by=ColourBy.LIKELIHOOD, now=now) is None
    assert index.find_pin(database, aiko, customer.id, colour_by=ColourBy.LIKELIHOOD, now=now) is not None


def test_a_name_is_never_shown_to_somebody_who_has_just_lost_the_customer(
    index: MapIndex, database: Database, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("秘密の商談", owner=aiko, **TAKAMATSU)
    assert len(look(index, database, aiko, now)) == 1
    change(database, customer, now, owner_id=botan.id, team_id=botan.team_id)
    assert look(index, database, aiko, now) == []  # although nothing was polled: the clock stands still


@pytest.mark.parametrize(
    "values",
    [{"likelihood": Likelihood.A}, {"lat": 34.4, "lon": 134.1}, {"locate_status": LocateStatus.APPROXIMATE, "precision_m": 50.0}],
    ids=["coloured", "moved", "doubted"],
)
def test_a_saved_change_is_on_the_map_half_a_second_later(
    index: MapIndex, ticks: Ticks, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, values: dict[str, Any]
) -> None:
    customer = make_customer("高松食品", owner=aiko, **TAKAMATSU)
    make_customer("隣の会社", owner=aiko, **TAKAMATSU | {"lat": 34.35})
    look(index, database, aiko, now)
    change(database, customer, now + timedelta(seconds=5), **values)
    ticks.seconds += 0.5
    index.snapshot(database)
    with database.read() as session:
        fresh = map_index.map_columns.load_columns(session)
    served = index.snapshot(database).columns
    for name in ("id", "lat", "lon", "key", "likelihood", "status", "precision", "owner"):
        assert getattr(served, name).tolist() == getattr(fresh, name).tolist(), name


def test_new_archived_and_unlocated_customers_come_and_go(
    index: MapIndex, ticks: Ticks, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    first = make_customer("first", owner=aiko, **TAKAMATSU)
    look(index, database, aiko, now)
    second = make_customer("second", owner=aiko, tags=["VIP"], **TAKAMATSU | {"lat": 34.4})
    ticks.seconds += 1
    assert {p["name"] for p in look(index, database, aiko, now)} == {"first", "second"}
    change(database, first, now, archived_at=now)
    change(database, second, now, lat=None, lon=None)
    ticks.seconds += 1
    assert look(index, database, aiko, now) == []
    change(database, first, now, archived_at=None)
    ticks.seconds += 1
    assert [p["name"] for p in look(index, database, aiko, now)] == ["first"]


def test_a_change_that_committed_late_is_not_missed(
    index: MapIndex, ticks: Ticks, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    slow = make_customer("slow", owner=aiko, **TAKAMATSU)
    quick = make_customer("quick", owner=aiko, **TAKAMATSU | {"lat": 34.4})
    look(index, database, aiko, now)
    change(database, quick, now + timedelta(seconds=20), likelihood=Likelihood.A)
    ticks.seconds += 1
    look(index, database, aiko, now)
    change(database, slow, now + timedelta(seconds=1), likelihood=Likelihood.WON)  # its transaction began long before
    ticks.seconds += 1
    assert {p["name"]: p["likelihood"] for p in look(index, database, aiko, now)} == {"slow": "won", "quick": "A"}


def test_a_change_that_the_page_knows_of_is_shown_at_once(
    index: MapIndex, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, **TAKAMATSU)
    look(index, database, aiko, now)
    saved_at = now + timedelta(seconds=3)
    change(database, customer, saved_at, likelihood=Likelihood.WON)
    assert look(index, database, aiko, now)[0]["likelihood"] == "unrated"
    assert look(index, database, aiko, now, at_least=saved_at)[0]["likelihood"] == "won"


def test_after_a_bulk_write_polls_read_only_what_is_new(
    index: MapIndex,
    ticks: Ticks,
    database: Database,
    aiko: User,
    make_customer: CustomerFactory,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fieldsales.services.map.map_watch.MANY_ROWS", 3)
    customers = [make_customer(str(i), owner=aiko, **TAKAMATSU) for i in range(5)]
    look(index, database, aiko, now)
    read: list[int] = []
    whole = map_index.map_columns.changed_rows
    monkeypatch.setattr(map_index.map_columns, "changed_rows", lambda *a, **k: read.append(len(rows := whole(*a, **k))) or rows)
    ticks.seconds += 1
    index.snapshot(database)
    change(database, customers[0], now + timedelta(microseconds=1), likelihood=Likelihood.A)
    ticks.seconds += 1
    index.snapshot(database)
    late = make_customer("late", owner=aiko, **TAKAMATSU)
    ticks.seconds += 1
    index.snapshot(database)
    ticks.seconds += 31
    index.snapshot(database)
    assert read == [0, 1, 6, 0]
    assert late.id in index.snapshot(database).columns.id


def test_what_is_deleted_for_good_goes_when_announced(
    index: MapIndex, ticks: Ticks, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("gone", owner=aiko, **TAKAMATSU)
    look(index, database, aiko, now)
    with database.write() as session:
        session.execute(delete(Customer).where(Customer.id == customer.id))
        announce_bulk_change(session)
        announce_bulk_change(session)
    ticks.seconds += 1
    assert len(index.snapshot(database).columns) == 0


def test_a_large_map_is_read_anew_in_the_background_while_the_old_one_serves(
    index: MapIndex,
    ticks: Ticks,
    database: Database,
    aiko: User,
    make_customer: CustomerFactory,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(map_index, "QUICK_ROWS", 0)
    make_customer("old", owner=aiko, **TAKAMATSU)
    before = index.snapshot(database)
    may_read, read = threading.Event(), map_index.map_columns.load_columns
    monkeypatch.setattr(map_index.map_columns, "load_columns", lambda session: may_read.wait(30) and read(session))
    with database.write() as session:
        announce_bulk_change(session)
    ticks.seconds += 1
    assert index.snapshot(database) is before
    may_read.set()
    assert index._rebuilding is not None
    index._rebuilding.join(30)
    assert index.snapshot(database).epoch == before.epoch + 1


def test_the_first_look_waits_for_all_customers_whoever_asks(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("高松食品", owner=aiko, **TAKAMATSU)
    index, seen = MapIndex(), []
    threads = [threading.Thread(target=lambda: seen.append(len(look(index, database, aiko, now)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 6


def test_a_search_text_finds_names_and_kana_on_the_map(
    index: MapIndex, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("髙松食品", owner=aiko, name_kana="タカマツ", **TAKAMATSU)
    make_customer("別の会社", owner=aiko, **TAKAMATSU | {"lat": 34.4})
    assert [p["name"] for p in look(index, database, aiko, now, customer_filter=CustomerFilter(text="たかまつ"))] == ["髙松食品"]


def test_a_map_can_be_coloured_by_owner_days_and_tag(
    index: MapIndex, database: Database, dai: User, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("1", owner=aiko, tags=["VIP"], last_visited_at=now - timedelta(days=45), **TAKAMATSU)
    make_customer("2", owner=botan, **TAKAMATSU | {"lat": 34.4})
    make_customer("3", last_visited_at=now - timedelta(days=400), **TAKAMATSU | {"lat": 34.45})

    def colours(by: ColourBy) -> dict[str, str]:
        return {p["name"]: p["colour"] for p in look(index, database, dai, now, colour_by=by)}

    assert colours(ColourBy.OWNER) == {"1": f"owner_{aiko.id}", "2": f"owner_{botan.id}", "3": "none"}
    assert colours(ColourBy.VISITED) == {"1": "days_60", "2": "never", "3": "days_more"}
    assert set(colours(ColourBy.TAG).values()) == {"tag_1", "none"}
    cluster = look(index, database, dai, now, colour_by=ColourBy.OWNER, zoom=7)[0]
    assert cluster["mix"] == {f"owner_{aiko.id}": 1, f"owner_{botan.id}": 1, "none": 1}
    found = index.features(database, dai, bbox=AROUND, zoom=9, customer_filter=CustomerFilter(), now=now, colour_by=ColourBy.OWNER)
    assert {entry["key"]: entry["label"] for entry in found["legend"]}[f"owner_{aiko.id}"] == "Aiko"


def test_a_long_name_is_cut_and_markup_stays_text(
    index: MapIndex, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("<script>alert(1)</script>😀" + "長" * 470, owner=aiko, **TAKAMATSU)
    (pin,) = look(index, database, aiko, now)
    assert pin["name"].startswith("<script>alert(1)</script>😀")
    assert len(pin["name"]) == 60


def test_a_few_customers_far_away_do_not_decide_where_the_map_opens(
    index: MapIndex, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    for i in range(120):
        make_customer(str(i), owner=aiko, **TAKAMATSU | {"lat": 34.3 + i / 10_000})
    make_customer("far", owner=aiko, lat=26.2, lon=127.7)
    extent = index.extent(database, aiko, customer_filter=CustomerFilter(), now=now)
    assert extent.count == 121
    assert extent.bounds is not None
    assert extent.bounds[1] > 34


def test_a_box_across_the_antimeridian_shows_both_sides(
    index: MapIndex, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("Fiji", owner=aiko, lat=-17.0, lon=179.5)
    make_customer("Samoa", owner=aiko, lat=-14.0, lon=-172.0)
    make_customer("高松", owner=aiko, **TAKAMATSU)
    shown = look(index, database, aiko, now, bbox=MapBox(170, -30, -170, 0), zoom=18)
    assert {p["name"] for p in shown} == {"Fiji", "Samoa"}
