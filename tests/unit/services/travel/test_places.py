"""Places: everybody's are kept by managers and admins, one's own are nobody else's to see, whoever asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from fieldsales.db.database import Database
from fieldsales.db.models import Place, User
from fieldsales.domain.words import PlaceKind
from fieldsales.errors import BadChoice, BadCoordinate, FieldSalesError, NotAllowed, NotFound, TextTooLong
from fieldsales.services.travel import places
from fieldsales.services.travel.places import (
    MissingPlaceName,
    PlaceEdited,
    PlaceInput,
    PlaceNameTaken,
    PlaceNotFound,
    TooManyPlaces,
)

OFFICE = PlaceInput(kind=PlaceKind.OFFICE, name="高松支店", address="高松市番町1-1", lat=34.341, lon=134.046)
HOME = PlaceInput(kind=PlaceKind.HOME, name="自宅（実家の離れ）", address="高松市木太町9-9", lat=34.330, lon=134.070)


def save(database: Database, actor: User, values: PlaceInput = OFFICE, **rest: Any) -> Place:
    with database.write() as session:
        return places.save_place(session, actor, values=values, **{"own": values.kind is PlaceKind.HOME} | rest)


def seen_by(database: Database, actor: User, **rest: Any) -> list[str]:
    with database.read() as session:
        return [row.name for row in places.list_places(session, actor, **rest)]


def disable(database: Database, user: User, now: datetime) -> User:
    with database.write() as session:
        session.execute(update(User).where(User.id == user.id).values(disabled_at=now))
    user.disabled_at = now
    return user


def test_an_office_is_everybodys_and_a_home_is_its_owners_alone(database: Database, people: dict[str, User]) -> None:
    save(database, people["chie"])
    save(database, people["aiko"], HOME)
    assert seen_by(database, people["aiko"]) == [HOME.name, OFFICE.name]
    for other in ("botan", "chie", "dai"):
        assert seen_by(database, people[other]) == [OFFICE.name]


def test_not_even_an_admin_finds_changes_or_retires_somebody_elses_home(database: Database, people: dict[str, User], now: datetime) -> None:
    home = save(database, people["aiko"], HOME)
    for other in ("botan", "chie", "dai"):
        with pytest.raises(PlaceNotFound):
            save(database, people[other], OFFICE, place_id=home.id)
        with pytest.raises(PlaceNotFound), database.write() as session:
            places.retire_place(session, people[other], place_id=home.id, now=now)
    with database.read() as session:
        assert [row.address for row in places.list_places(session, people["aiko"])] == [HOME.address]


def test_who_plans_for_others_learns_the_kind_of_their_places_and_nothing_else(database: Database, people: dict[str, User]) -> None:
    office, home = save(database, people["dai"]), save(database, people["aiko"], HOME)
    with database.read() as session:
        own = places.list_choices(session, people["aiko"], user_id=people["aiko"].id)
        seen = places.list_choices(session, people["chie"], user_id=people["aiko"].id)
        in_plan = places.find_choice(session, people["chie"], home.id)
    assert [(choice.id, choice.name, choice.point) for choice in own] == [
        (home.id, HOME.name, (HOME.lat, HOME.lon)),
        (office.id, OFFICE.name, (OFFICE.lat, OFFICE.lon)),
    ]
    assert (seen[0], in_plan) == (in_plan, seen[0])
    assert in_plan is not None
    assert (in_plan.id, in_plan.kind, in_plan.name, in_plan.is_own, in_plan.point) == (home.id, PlaceKind.HOME, "", False, None)
    with pytest.raises(NotFound), database.read() as session:
        places.list_choices(session, people["botan"], user_id=people["aiko"].id)


def test_a_stranger_is_offered_nobodys_home(database: Database, people: dict[str, User]) -> None:
    save(database, people["aiko"], HOME)
    with database.read() as session:
        assert places.list_choices(session, people["botan"], user_id=people["botan"].id) == ()


def test_points_are_known_to_the_reckoning_whoever_they_belong_to(database: Database, aiko: User) -> None:
    home = save(database, aiko, HOME)
    with database.read() as session:
        assert places.place_points(session, [home.id, 999]) == {home.id: (HOME.lat, HOME.lon)}
        assert places.find_choice(session, aiko, 999) is None


def test_a_rep_neither_adds_nor_changes_what_is_everybodys(database: Database, people: dict[str, User], now: datetime) -> None:
    with pytest.raises(NotAllowed):
        save(database, people["aiko"], OFFICE, own=False)
    office = save(database, people["chie"])
    with pytest.raises(NotAllowed):
        save(database, people["aiko"], replace(OFFICE, name="私の"), place_id=office.id)
    with pytest.raises(NotAllowed), database.write() as session:
        places.retire_place(session, people["aiko"], place_id=office.id, now=now)


def test_somebody_disabled_does_and_sees_nothing(database: Database, people: dict[str, User], now: datetime) -> None:
    save(database, people["aiko"], HOME)
    aiko = disable(database, people["aiko"], now)
    with database.read() as session:
        for call in (
            lambda: places.list_places(session, aiko),
            lambda: places.list_choices(session, aiko, user_id=aiko.id),
        ):
            with pytest.raises(NotAllowed):
                call()
    with pytest.raises(NotAllowed):
        save(database, aiko, HOME)


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        (replace(HOME, name="  \x00 "), MissingPlaceName, "place_name"),
        (replace(HOME, name="長" * 201), TextTooLong, "place_name"),
        (replace(HOME, address="長" * 1_001), TextTooLong, "place_address"),
        (replace(HOME, lat=91.0), BadCoordinate, "lat"),
        (replace(HOME, lon=float("nan")), BadCoordinate, "lat"),
        (replace(HOME, lat=0.0, lon=0.0), BadCoordinate, "lat"),
        (replace(HOME, kind=PlaceKind.OFFICE), BadChoice, "place_kind"),
        (replace(HOME, kind=PlaceKind.STATION), BadChoice, "place_kind"),
    ],
)
def test_what_cannot_be_a_place_is_refused_beside_its_field(
    database: Database, aiko: User, values: PlaceInput, error: type[FieldSalesError], field: str
) -> None:
    with pytest.raises(error) as refused:
        save(database, aiko, values, own=True)
    assert refused.value.field == field
    assert seen_by(database, aiko) == []


def test_a_home_is_never_everybodys(database: Database, dai: User) -> None:
    with pytest.raises(BadChoice):
        save(database, dai, HOME, own=False)


def test_two_places_of_one_name_are_not_offered(database: Database, people: dict[str, User], now: datetime) -> None:
    first = save(database, people["chie"])
    with pytest.raises(PlaceNameTaken):
        save(database, people["dai"], replace(OFFICE, lat=35.0))
    with database.write() as session:
        places.retire_place(session, people["chie"], place_id=first.id, now=now)
    save(database, people["dai"], replace(OFFICE, lat=35.0))
    with pytest.raises(PlaceNameTaken), database.write() as session:
        places.retire_place(session, people["chie"], place_id=first.id, retired=False, now=now)
    save(database, people["aiko"], replace(HOME, name=OFFICE.name))  # one's own may be called alike


def test_a_list_stays_one_that_can_be_read(database: Database, chie: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_PLACES", 2)
    for name in ("一", "二"):
        save(database, chie, replace(OFFICE, name=name))
    with pytest.raises(TooManyPlaces):
        save(database, chie, replace(OFFICE, name="三"))


def test_a_retired_place_is_not_offered_and_comes_back(database: Database, chie: User, now: datetime) -> None:
    office = save(database, chie)
    for _ in range(2):
        with database.write() as session:
            places.retire_place(session, chie, place_id=office.id, now=now)
    assert seen_by(database, chie) == []
    assert seen_by(database, chie, retired=True) == [OFFICE.name]
    with database.read() as session:
        assert [row.retired for row in places.list_places(session, chie, retired=True)] == [True]
        assert places.list_choices(session, chie, user_id=chie.id) == ()
    with database.write() as session:
        places.retire_place(session, chie, place_id=office.id, retired=False, now=now)
    assert seen_by(database, chie) == [OFFICE.name]


def test_who_saves_over_somebody_elses_change_is_told(database: Database, people: dict[str, User]) -> None:
    office = save(database, people["chie"])
    read = office.version
    moved = save(database, people["dai"], replace(OFFICE, address="高松市番町2-2"), place_id=office.id, version=read)
    with pytest.raises(PlaceEdited):
        save(database, people["chie"], replace(OFFICE, name="本店"), place_id=office.id, version=read)
    save(database, people["chie"], replace(OFFICE, name="本店"), place_id=office.id, version=moved.version)
    assert seen_by(database, people["chie"]) == ["本店"]


def test_any_text_is_kept_as_text_on_one_line(database: Database, aiko: User) -> None:
    save(database, aiko, replace(HOME, name="<script>alert(1)</script>\n離れ  \u202e🏠"))
    assert seen_by(database, aiko) == ["<script>alert(1)</script> 離れ \u202e🏠"]
