"""Usual days: what a new plan begins with, checked before it is kept, and read by those who look after somebody only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any

import pytest
from sqlalchemy import update

from fieldsales.db.database import Database
from fieldsales.db.models import Place, User
from fieldsales.domain.planning.day_rules import LUNCH, DayRules, Pause, Whence, Whither
from fieldsales.domain.words import PlaceKind, TravelMode
from fieldsales.errors import BadCoordinate, BadNumber, FieldSalesError, NotAllowed, NotFound, TextTooLong
from fieldsales.services.planning import work_days
from fieldsales.services.planning.work_days import (
    DayWithoutLength,
    EndMissing,
    PauseBackwards,
    PauseOutsideDay,
    PausesTooLong,
    StartMissing,
    TooManyPauses,
)
from fieldsales.services.travel import places
from fieldsales.services.travel.places import PlaceInput, PlaceNotFound


def add_place(database: Database, owner: User, kind: PlaceKind, name: str = "場所") -> Place:
    values = PlaceInput(kind=kind, name=name, lat=34.34, lon=134.05)
    with database.write() as session:
        return places.save_place(session, owner, values=values, own=kind is PlaceKind.HOME)


def read(database: Database, actor: User, user: User | None = None) -> DayRules:
    with database.read() as session:
        return work_days.read_rules(session, actor, user_id=(user or actor).id)


def save(database: Database, actor: User, now: datetime, **changes: Any) -> DayRules:
    with database.write() as session:
        return work_days.save_rules(session, actor, rules=replace(DayRules(), **changes), now=now)


def test_who_said_nothing_begins_at_the_first_office_else_at_the_first_customer(database: Database, people: dict[str, User]) -> None:
    assert read(database, people["aiko"]) == DayRules()
    office = add_place(database, people["dai"], PlaceKind.OFFICE)
    add_place(database, people["dai"], PlaceKind.OFFICE, "別の支店")
    assert read(database, people["aiko"]) == DayRules(whence=Whence.PLACE, start_place_id=office.id)
    with database.read() as session:
        assert not work_days.has_rules(session, people["aiko"], user_id=people["aiko"].id)


def test_what_was_saved_is_read_again(database: Database, aiko: User, now: datetime) -> None:
    home = add_place(database, aiko, PlaceKind.HOME)
    tea = Pause(15, time(15), time(15, 30), " 茶\n ")
    kept = save(
        database, aiko, now, begins=time(8, 30), ends=time(17), whence=Whence.PLACE, start_place_id=home.id, whither=Whither.LAST_STOP,
        pauses=(LUNCH, tea), mode=TravelMode.TRAIN, max_travel_minutes=180, parking_minutes=0, visit_minutes=45,
    )  # fmt: skip
    assert kept.pauses[1].name == "茶"
    assert read(database, aiko) == kept
    save(database, aiko, now)
    assert read(database, aiko).mode is TravelMode.CAR


def test_what_was_said_can_be_forgotten(database: Database, people: dict[str, User], now: datetime) -> None:
    save(database, people["aiko"], now, begins=time(7))
    save(database, people["chie"], now, begins=time(8))
    for _ in range(2):
        with database.write() as session:
            work_days.forget_rules(session, people["aiko"])
    assert read(database, people["aiko"]) == DayRules()
    assert read(database, people["chie"]).begins == time(8)


def test_where_somebody_stood_is_no_part_of_a_usual_day(database: Database, aiko: User, now: datetime) -> None:
    assert save(database, aiko, now, whence=Whence.HERE, here=(34.3, 134.0)).here is None


def test_those_who_look_after_somebody_read_their_day_and_others_do_not(database: Database, people: dict[str, User], now: datetime) -> None:
    save(database, people["aiko"], now, begins=time(7))
    for actor in ("aiko", "chie", "dai"):
        assert read(database, people[actor], people["aiko"]).begins == time(7)
    with pytest.raises(NotFound):
        read(database, people["botan"], people["aiko"])
    with database.write() as session:
        session.execute(update(User).where(User.id == people["aiko"].id).values(disabled_at=now))
    people["aiko"].disabled_at = now
    with pytest.raises(NotAllowed):
        read(database, people["aiko"])
    with pytest.raises(NotAllowed):
        save(database, people["aiko"], now)


def test_a_place_that_went_out_of_use_is_not_begun_at(database: Database, people: dict[str, User], now: datetime) -> None:
    aiko = people["aiko"]
    home, office = add_place(database, aiko, PlaceKind.HOME), add_place(database, people["dai"], PlaceKind.OFFICE)
    save(database, aiko, now, whence=Whence.PLACE, start_place_id=home.id, whither=Whither.PLACE, end_place_id=home.id)
    with database.write() as session:
        places.retire_place(session, aiko, place_id=home.id, now=now)
    rules = read(database, aiko)
    assert (rules.whence, rules.start_place_id, rules.whither, rules.end_place_id) == (Whence.PLACE, office.id, Whither.START, None)
    with database.write() as session:
        places.retire_place(session, people["dai"], place_id=office.id, now=now)
    assert (read(database, aiko).whence, read(database, aiko).start_place_id) == (Whence.FIRST_STOP, None)


def test_who_chose_no_place_is_given_none(database: Database, people: dict[str, User], now: datetime) -> None:
    save(database, people["aiko"], now, whence=Whence.FIRST_STOP)
    add_place(database, people["dai"], PlaceKind.OFFICE)
    assert read(database, people["aiko"]).whence is Whence.FIRST_STOP


def test_nobody_begins_at_somebody_elses_home(database: Database, people: dict[str, User], now: datetime) -> None:
    home = add_place(database, people["aiko"], PlaceKind.HOME)
    for actor in ("botan", "dai"):
        with pytest.raises(PlaceNotFound) as refused:
            save(database, people[actor], now, whence=Whence.PLACE, start_place_id=home.id)
        assert refused.value.field == "start_place"
    with pytest.raises(PlaceNotFound) as refused:
        save(database, people["botan"], now, whither=Whither.PLACE, end_place_id=home.id)
    assert refused.value.field == "end_place"


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"ends": time(9)}, DayWithoutLength, "ends"),
        ({"whence": Whence.PLACE}, StartMissing, "start_place"),
        ({"whither": Whither.PLACE}, EndMissing, "end_place"),
        ({"visit_minutes": 0}, BadNumber, "visit_minutes"),
        ({"visit_minutes": 601}, BadNumber, "visit_minutes"),
        ({"visit_minutes": float("nan")}, BadNumber, "visit_minutes"),
        ({"parking_minutes": -1}, BadNumber, "parking_minutes"),
        ({"max_travel_minutes": 0}, BadNumber, "max_travel_minutes"),
        ({"max_travel_minutes": float("inf")}, BadNumber, "max_travel_minutes"),
        ({"pauses": (Pause(0, time(12), time(13)),)}, BadNumber, "pause:0"),
        ({"pauses": (Pause(-5, time(12), time(13)),)}, BadNumber, "pause:0"),
        ({"pauses": (LUNCH, Pause(15, time(16), time(15)))}, PauseBackwards, "pause:1"),
        ({"pauses": (LUNCH, Pause(15, time(19), time(20)))}, PauseOutsideDay, "pause:1"),
        ({"pauses": (Pause(30, time(17, 45), time(17, 50)),)}, PauseOutsideDay, "pause:0"),
        ({"begins": time(9), "ends": time(11), "pauses": (Pause(121, time(9), time(9)),)}, PauseOutsideDay, "pause:0"),
        ({"pauses": (Pause(300, time(9), time(9)), Pause(240, time(14), time(14)))}, PausesTooLong, "pauses"),
        ({"pauses": (LUNCH,) * 7}, TooManyPauses, "pauses"),
        ({"pauses": (Pause(15, time(15), time(16), "長" * 41),)}, TextTooLong, "pause:0"),
    ],
)
def test_a_day_that_cannot_be_is_refused_beside_its_field(
    database: Database, aiko: User, now: datetime, changes: dict[str, Any], error: type[FieldSalesError], field: str
) -> None:
    with pytest.raises(error) as refused:
        save(database, aiko, now, **changes)
    assert refused.value.field == field
    with database.read() as session:
        assert not work_days.has_rules(session, aiko, user_id=aiko.id)


def test_a_position_that_is_none_is_refused(database: Database, aiko: User) -> None:
    with pytest.raises(BadCoordinate), database.read() as session:
        rules = DayRules(whence=Whence.HERE, here=(float("nan"), 134.0))
        work_days.check_rules(session, user_id=aiko.id, rules=rules)


def test_a_night_shift_has_its_pause_after_midnight(database: Database, aiko: User, now: datetime) -> None:
    night = {"begins": time(22), "ends": time(6), "pauses": (Pause(45, time(23, 30), time(1, 30)), Pause(15, time(4), time(5)))}
    assert save(database, aiko, now, **night).pauses == night["pauses"]
    with pytest.raises(PauseOutsideDay):
        save(database, aiko, now, **night | {"pauses": (LUNCH,)})
