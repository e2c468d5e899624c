"""New customers of a list without an owner go to whoever looks after the territory they lie in."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerChange, Territory, User
from fieldsales.domain.words import AreaKind, ChangeCause
from fieldsales.services import importing
from tests.unit.services.importing.lists import NOW, import_table

TABLE = [
    ["会社名", "郵便番号", "住所", "緯度", "経度", "担当者"],
    ["番町商店", "760-0017", "香川県高松市番町1-1", "", "", ""],
    ["鳴門商店", "772-0001", "徳島県鳴門市撫養町1", "34.5", "134.5", ""],
    ["東の商店", "760-0017", "香川県高松市番町2-2", "", "", "Chie"],
    ["遠い商店", "100-0001", "東京都千代田区千代田1-1", "", "", ""],
]


@pytest.fixture(autouse=True)
def territories(database: Database, aiko: User, botan: User) -> None:
    """Aiko looks after postal codes that begin with 760, Botan after a drawn square."""
    square = [[[34.4, 134.4], [34.4, 134.6], [34.6, 134.6], [34.6, 134.4]]]
    values = (
        {"name": "高松", "kind": AreaKind.POSTAL_CODES, "areas": ["760"], "owner_id": aiko.id, "team_id": aiko.team_id, "rings": []},
        {"name": "鳴門", "kind": AreaKind.DRAWN, "areas": [], "rings": square, "owner_id": botan.id, "team_id": botan.team_id},
    )
    with database.write() as session:
        session.add_all(Territory(client_ref=uuid4(), changed_by_id=aiko.id, changed_at=NOW, **one) for one in values)


def owners(database: Database) -> dict[str, tuple[int | None, int | None]]:
    with database.read() as session:
        rows = session.execute(select(Customer.name, Customer.owner_id, Customer.team_id)).all()
    return {name: (owner_id, team_id) for name, owner_id, team_id in rows}


def test_whoever_has_no_owner_gets_one_by_postal_code_and_by_coordinates(
    database: Database, dai: User, aiko: User, botan: User, chie: User
) -> None:
    import_table(database, dai, TABLE)
    assert owners(database) == {
        "番町商店": (aiko.id, aiko.team_id),
        "鳴門商店": (botan.id, botan.team_id),
        "東の商店": (chie.id, None),
        "遠い商店": (None, None),
    }
    with database.read() as session:
        query = select(CustomerChange).where(CustomerChange.cause == ChangeCause.TERRITORY)
        gifts = session.scalars(query.order_by(CustomerChange.id)).all()
    assert [(gift.before, gift.after, gift.changed_by_id) for gift in gifts] == [
        ({"owner_id": None, "team_id": None}, {"owner_id": person.id, "team_id": person.team_id}, None) for person in (aiko, botan)
    ]


def test_the_same_list_again_changes_nothing(database: Database, dai: User) -> None:
    import_table(database, dai, TABLE)
    before = owners(database)
    result = import_table(database, dai, TABLE)
    assert (result.fates[importing.Fate.UNCHANGED], owners(database)) == (4, before)


def test_an_owner_who_was_chosen_for_the_list_goes_before_territories(database: Database, dai: User, botan: User) -> None:
    import_table(database, dai, TABLE[:2], owner_id=botan.id)
    assert owners(database) == {"番町商店": (botan.id, botan.team_id)}


def test_a_dry_run_gives_nobody_to_anybody(database: Database, dai: User) -> None:
    import_table(database, dai, TABLE, dry_run=True)
    assert owners(database) == {}
