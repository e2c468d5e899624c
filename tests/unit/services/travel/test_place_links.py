"""Trains between places: minutes in each direction, entered by managers and admins for everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Place, User
from fieldsales.domain.words import PlaceKind
from fieldsales.errors import BadNumber, FieldSalesError, NotAllowed
from fieldsales.services.travel import place_links, places
from fieldsales.services.travel.place_links import NoMinutes, SamePlaceTwice, TooManyLinks
from fieldsales.services.travel.places import PlaceInput, PlaceNotFound


@pytest.fixture
def stations(database: Database, dai: User) -> list[Place]:
    with database.write() as session:
        return [
            places.save_place(session, dai, own=False, values=PlaceInput(kind=PlaceKind.STATION, name=name, lat=34.3 + i / 10, lon=134.0))
            for i, name in enumerate(("A 高松", "B 坂出", "C 丸亀"))
        ]


def save(database: Database, actor: User, one: Place, other: Place, there: Any, back: Any) -> None:
    with database.write() as session:
        place_links.save_link(session, actor, from_id=one.id, to_id=other.id, there=there, back=back)


def listed(database: Database, actor: User) -> list[tuple[str, str, int | None, int | None]]:
    with database.read() as session:
        return [(row.from_name, row.to_name, row.there, row.back) for row in place_links.list_links(session, actor)]


def test_each_direction_has_its_own_minutes(database: Database, people: dict[str, User], stations: list[Place]) -> None:
    save(database, people["chie"], stations[1], stations[0], 18, 21)
    save(database, people["dai"], stations[1], stations[2], 9, None)
    assert listed(database, people["aiko"]) == [("A 高松", "B 坂出", 21, 18), ("B 坂出", "C 丸亀", 9, None)]


def test_saving_again_replaces_and_removing_twice_is_fine(database: Database, chie: User, stations: list[Place]) -> None:
    save(database, chie, stations[0], stations[1], 20, 20)
    save(database, chie, stations[0], stations[1], None, 25)
    assert listed(database, chie) == [("A 高松", "B 坂出", None, 25)]
    for _ in range(2):
        with database.write() as session:
            place_links.remove_link(session, chie, from_id=stations[1].id, to_id=stations[0].id)
    assert listed(database, chie) == []


def test_a_rep_enters_none(database: Database, people: dict[str, User], stations: list[Place]) -> None:
    with pytest.raises(NotAllowed):
        save(database, people["aiko"], stations[0], stations[1], 20, 20)
    save(database, people["dai"], stations[0], stations[1], 20, 20)
    with pytest.raises(NotAllowed), database.write() as session:
        place_links.remove_link(session, people["aiko"], from_id=stations[0].id, to_id=stations[1].id)


@pytest.mark.parametrize(
    ("there", "back", "error", "field"),
    [
        (None, None, NoMinutes, "link_there"),
        (0, 10, BadNumber, "link_there"),
        (10, 601, BadNumber, "link_back"),
        (float("nan"), 10, BadNumber, "link_there"),
        (True, 10, BadNumber, "link_there"),
    ],
)
def test_minutes_that_cannot_be_are_refused(
    database: Database, dai: User, stations: list[Place], there: Any, back: Any, error: type[FieldSalesError], field: str
) -> None:
    with pytest.raises(error) as refused:
        save(database, dai, stations[0], stations[1], there, back)
    assert refused.value.field == field
    assert listed(database, dai) == []


def test_trains_run_between_two_different_places_of_everybody(
    database: Database, dai: User, stations: list[Place], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SamePlaceTwice):
        save(database, dai, stations[0], stations[0], 5, 5)
    with database.write() as session:
        home = places.save_place(session, dai, values=PlaceInput(kind=PlaceKind.HOME, name="自宅", lat=34.0, lon=134.0))
        places.retire_place(session, dai, place_id=stations[2].id, now=now)
    for other in (home, stations[2]):
        with pytest.raises(PlaceNotFound) as refused:
            save(database, dai, stations[0], other, 5, 5)
        assert refused.value.field == "link_to"
    monkeypatch.setattr(place_links, "MAX_LINKS", 0)
    with pytest.raises(TooManyLinks):
        save(database, dai, stations[0], stations[1], 5, 5)


def test_a_retired_station_takes_its_trains_out_of_the_list_and_brings_them_back(
    database: Database, dai: User, stations: list[Place], now: datetime
) -> None:
    save(database, dai, stations[0], stations[1], 20, 20)
    for retired, expected in ((True, 0), (False, 1)):
        with database.write() as session:
            places.retire_place(session, dai, place_id=stations[0].id, retired=retired, now=now)
        assert len(listed(database, dai)) == expected
