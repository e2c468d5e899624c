"""The map in corrected colours: each rank as what its owner's record says it stands for, and no more than one may know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.map_colours import ColourBy
from fieldsales.domain.scoring import Score
from fieldsales.services.honesty.scores import keep_score
from fieldsales.services.map.map_index import MapIndex
from tests.conftest import CustomerFactory

AROUND = MapBox(134.0, 34.2, 134.2, 34.5)
A, B, C = Likelihood.A, Likelihood.B, Likelihood.C


def place(number: int) -> dict[str, Any]:
    return {"lat": 34.3 + number / 50, "lon": 134.05, "locate_status": "ok"}


def colours(database: Database, actor: User, now: datetime, by: ColourBy = ColourBy.CORRECTED) -> dict[str, str]:
    found = MapIndex().features(database, actor, bbox=AROUND, zoom=16, customer_filter=CustomerFilter(), now=now, colour_by=by)
    return {f["properties"]["name"]: f["properties"].get("colour", "") for f in found["features"]}


def test_ranks_are_drawn_as_what_the_record_of_their_owner_says(
    database: Database, people: dict[str, User], make_customer: CustomerFactory, now: datetime
) -> None:
    aiko, botan = people["aiko"], people["botan"]
    make_customer("愛子のA", owner=aiko, likelihood=A, **place(0))
    make_customer("愛子のB", owner=aiko, likelihood=B, **place(1))
    make_customer("愛子の受注", owner=aiko, likelihood=Likelihood.WON, **place(2))
    make_customer("牡丹のA", owner=botan, likelihood=A, **place(3))
    with database.write() as session:
        keep_score(session, Score(200, 100, None, {aiko.id: {A: C}, botan.id: {A: B}}), now=now)
    assert colours(database, people["dai"], now) == {"愛子のA": "C", "愛子のB": "B", "愛子の受注": "won", "牡丹のA": "B"}
    assert colours(database, people["chie"], now) == {"愛子のA": "C", "愛子のB": "B", "愛子の受注": "won"}
    assert colours(database, botan, now) == {"牡丹のA": "B"}


def test_a_colleagues_record_does_not_show_in_the_colours(
    database: Database, people: dict[str, User], make_customer: CustomerFactory, now: datetime
) -> None:
    aiko, chie = people["aiko"], people["chie"]
    shared = {"team_id": aiko.team_id, "likelihood": A}
    make_customer("千絵のA", owner=chie, **shared, **place(0))
    with database.write() as session:
        keep_score(session, Score(200, 100, None, {chie.id: {A: C}}), now=now)
    assert colours(database, aiko, now) == {"千絵のA": "A"}
    assert colours(database, chie, now) == {"千絵のA": "C"}


def test_without_a_record_the_colours_are_the_stated_ranks(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("愛子のA", owner=aiko, likelihood=A, **place(0))
    assert colours(database, aiko, now) == {"愛子のA": "A"}
