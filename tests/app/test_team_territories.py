"""The view of territories: the list with its map, one territory to be changed, overlaps, balance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Territory, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import AreaKind, Role
from fieldsales.ui.team import team_territories_map
from tests.conftest import CustomerFactory
from tests.fakes import FakeGeocoder

OpenApp = Callable[..., AppTest]
SQUARE = [[34.0, 134.0], [34.0, 135.0], [35.0, 135.0], [35.0, 134.0]]
HOSTILE = "<script>alert(1)</script> :smile: **太字**"


@pytest.fixture
def geocoder() -> FakeGeocoder:
    """Knows two municipalities."""
    return FakeGeocoder(areas={"高松市": "香川県高松市", "香川県高松市": "香川県高松市"})


@pytest.fixture
def add(database: Database, now: datetime) -> Callable[..., int]:
    """Return a function that stores a territory of somebody's and returns its id."""

    def add_territory(owner: User, name: str = "高松", **values: Any) -> int:
        values = {"kind": AreaKind.MUNICIPALITIES, "areas": ["香川県高松市"], "rings": []} | values
        row = Territory(
            client_ref=uuid4(), name=name, team_id=owner.team_id, owner_id=owner.id, changed_by_id=owner.id, changed_at=now, **values
        )
        with database.write() as session:
            session.add(row)
        return row.id

    return add_territory


def opened(open_app: OpenApp, user: User, **query: str) -> AppTest:
    app = open_app(user, "team", view="territories", **query)
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    parts = [element.value for kind in (app.info, app.warning, app.error, app.caption, app.markdown) for element in kind]
    return "\n".join([*parts, *(button.label for button in app.button)]).replace("\\", "")


def test_a_rep_never_gets_to_the_territories(open_app: OpenApp, aiko: User, add: Callable[..., int]) -> None:
    add(aiko, "秘密の担当エリア")
    app = opened(open_app, aiko)
    assert "秘密の担当エリア" not in said(app)
    assert "territory_add" not in {button.key for button in app.button}
    app = opened(open_app, aiko, territory="new")
    assert "territory_save" not in {button.key for button in app.button}


def test_without_any_the_view_says_what_territories_are_for(open_app: OpenApp, chie: User) -> None:
    app = opened(open_app, chie)
    assert "There are no territories yet." in said(app)
    assert "There are no customers yet." in said(app)
    app.button("territory_add").click().run()
    assert app.query_params["territory"] == "new"
    assert "Add a territory" in app.subheader[0].value


def test_the_list_says_whose_each_is_and_what_lies_there(
    open_app: OpenApp, add: Callable[..., int], make_customer: CustomerFactory, aiko: User, chie: User, database: Database, now: datetime
) -> None:
    make_customer(owner=aiko, area="香川県高松市", lat=34.34, lon=134.04, likelihood=Likelihood.A, amount=1_000_000)
    make_customer("担当なし", area="香川県高松市")
    make_customer("よそ", owner=aiko, area="東京都新宿区", lat=35.69, lon=139.70)
    first = add(aiko, HOSTILE)
    second = add(aiko, "重なる")
    app = opened(open_app, chie)
    label = app.button(f"row_territory_{first}").label
    assert "script" in label
    assert "<script>" not in label.replace("\\<script\\>", "")
    assert "Aiko · Municipalities · 2 customers · 1 without an owner" in label
    assert "Overlaps" in app.button(f"row_territory_{second}").label
    assert "share 2 customers" in said(app)
    assert [metric.value for metric in app.metric] == ["3", "1", "0"]
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    app = opened(open_app, chie)
    assert "Aiko (left)" in app.button(f"row_territory_{first}").label.replace("\\", "")
    app.button(f"row_territory_{first}").click().run()
    assert "Its owner has left" in said(app)


def test_a_territory_by_municipality_is_added_changed_and_retired(
    open_app: OpenApp, database: Database, make_customer: CustomerFactory, aiko: User, chie: User
) -> None:
    make_customer(owner=aiko, area="香川県高松市", lat=34.34, lon=134.04)
    app = opened(open_app, chie, territory="new")
    app.segmented_control("territory_typed_kind").set_value(AreaKind.MUNICIPALITIES).run()
    app.button("territory_save").click().run()
    assert "A territory needs a name." in said(app)
    app.text_input("territory_typed_name").set_value("高松").run()
    app.button("territory_save").click().run()
    assert "Name at least one municipality." in said(app)
    app.multiselect("territory_typed_areas").set_value(["香川県高松市"]).run()
    app.selectbox("territory_typed_owner").set_value(aiko.id).run()
    app.button("territory_save").click().run()
    assert "territory" not in app.query_params
    with database.read() as session:
        stored = session.scalars(select(Territory)).one()
        assert (stored.name, stored.areas, stored.owner_id, stored.team_id) == ("高松", ["香川県高松市"], aiko.id, aiko.team_id)
    app.button(f"row_territory_{stored.id}").click().run()
    app.segmented_control("territory_typed_kind").set_value(AreaKind.POSTAL_CODES).run()
    app.text_area("territory_typed_codes").set_value("760, 新宿").run()
    app.button("territory_save").click().run()
    assert "“新宿” is no beginning of a postal code" in said(app)
    app.text_area("territory_typed_codes").set_value("760\n761-0031").run()
    app.button("territory_save").click().run()
    with database.read() as session:
        assert session.get_one(Territory, stored.id).areas == ["760", "7610031"]
    app.button(f"row_territory_{stored.id}").click().run()
    app.button("territory_retire").click().run()
    assert "1 territory out of use" in {expander.label for expander in app.expander}
    app.button(f"row_territory_{stored.id}").click().run()
    assert "This territory is out of use" in said(app)
    app.button("territory_retire").click().run()
    with database.read() as session:
        assert session.get_one(Territory, stored.id).retired_at is None


def test_a_territory_that_somebody_else_changed_meanwhile_is_not_overwritten(
    open_app: OpenApp, database: Database, add: Callable[..., int], aiko: User, chie: User, dai: User
) -> None:
    number = add(aiko)
    app = opened(open_app, chie, territory=str(number))
    with database.write() as session:
        row = session.get_one(Territory, number)
        row.name, row.changed_by_id = "別の名前", dai.id
    app.text_input("territory_typed_name").set_value("私の名前").run()
    app.button("territory_save").click().run()
    assert "Dai changed this territory in the meantime." in said(app)
    assert app.text_input("territory_typed_name").value == "私の名前"
    with database.read() as session:
        assert session.get_one(Territory, number).name == "別の名前"


@pytest.mark.parametrize("wanted", ["9999", "<script>", "0"])
def test_a_territory_that_does_not_exist_is_a_sentence(open_app: OpenApp, chie: User, wanted: str) -> None:
    app = open_app(chie, "team", view="territories", territory=wanted)
    assert "This territory does not exist, or you may not see it." in said(app)


def test_nothing_drawn_is_refused_beside_the_map(open_app: OpenApp, chie: User) -> None:
    app = opened(open_app, chie, territory="new")
    app.text_input("territory_typed_name").set_value("描く").run()
    app.button("territory_save").click().run()
    assert "Draw around the territory on the map first." in said(app)


def test_customers_without_an_owner_are_given_with_one_tap(
    open_app: OpenApp, database: Database, add: Callable[..., int], make_customer: CustomerFactory, aiko: User, chie: User
) -> None:
    free = make_customer(area="香川県高松市", lat=34.34, lon=134.04)
    number = add(aiko)
    app = opened(open_app, chie, territory=str(number))
    assert app.button("territory_give").label == "Give 1 customer without an owner to Aiko"
    app.button("territory_give").click().run()
    assert not app.exception
    with database.read() as session:
        assert session.get_one(Customer, free.id).owner_id == aiko.id
    assert "territory_give" not in {button.key for button in app.button}


def test_customers_of_others_in_a_territory_are_named_with_whose_they_are(
    open_app: OpenApp, add: Callable[..., int], make_customer: CustomerFactory, aiko: User, chie: User
) -> None:
    make_customer("うちの店", owner=aiko, area="香川県高松市", lat=34.34, lon=134.04)
    other = make_customer(HOSTILE, owner=chie, area="香川県高松市", lat=34.35, lon=134.05)
    app = opened(open_app, chie, territory=str(add(aiko)))
    assert "1 customer here is looked after by others" in [expander.label for expander in app.expander]
    assert "うちの店" not in drawn(app)
    app.session_state["territory_of_others"] = True
    app.run()
    assert not app.exception
    assert f"/customer?id={other.id}" in drawn(app)
    assert "<bdi>Chie</bdi> · " in drawn(app)
    assert "<script>" not in drawn(app)
    assert "うちの店" not in drawn(app)


def drawn(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_proposals_are_accepted_in_part(
    open_app: OpenApp, database: Database, make_customer: CustomerFactory, aiko: User, chie: User, now: datetime
) -> None:
    with database.write() as session:
        aya = User(email="aya@example.com", name="Aya", role=Role.REP, team_id=aiko.team_id, password_hash="-", created_at=now)
        session.add(aya)
    for n in range(12):
        owner = aya if n > 9 else aiko
        area = "香川県高松市" if n % 2 else "香川県丸亀市"
        make_customer(f"客{n}", owner=owner, likelihood=Likelihood.C, area=area, lat=34.34, lon=134.04)
    app = opened(open_app, chie)
    app.session_state["territory_balance"] = True
    app.run()
    boxes = [box.key for box in app.checkbox if box.key and box.key.startswith("territory_move_") and "-" in box.key]
    assert len(boxes) == 2
    app.checkbox(boxes[0]).check().run()
    app.button("territory_accept").click().run()
    assert not app.exception
    with database.read() as session:
        assert session.scalars(select(Customer.owner_id)).all().count(aya.id) == 4


def test_a_proposal_that_was_taken_back_is_not_chosen(
    open_app: OpenApp, database: Database, make_customer: CustomerFactory, aiko: User, chie: User, now: datetime
) -> None:
    with database.write() as session:
        session.add(User(email="aya@example.com", name="Aya", role=Role.REP, team_id=aiko.team_id, password_hash="-", created_at=now))
        session.flush()
        aya = session.scalars(select(User).where(User.name == "Aya")).one()
    for n in range(12):
        area = "香川県高松市" if n % 2 else "香川県丸亀市"
        make_customer(f"客{n}", owner=aya if n > 9 else aiko, likelihood=Likelihood.C, area=area, lat=34.34, lon=134.04)
    app = opened(open_app, chie)
    app.session_state["territory_balance"] = True
    app.run()
    app.checkbox("territory_move_every").check().run()
    boxes = [box.key for box in app.checkbox if box.key and box.key.startswith("territory_move_") and "-" in box.key]
    assert [app.checkbox(box).value for box in boxes] == [True, True]
    app.button("territory_accept").click().run()
    assert not [box.key for box in app.checkbox]
    app.button("undo_record").click().run()
    assert not app.exception
    assert [app.checkbox(box).value for box in ("territory_move_every", *boxes)] == [False, False, False]


def test_a_tapped_number_opens_its_territory(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(team_territories_map.st, "session_state", state)
    for value, expected in (('{"tap": "territory", "id": 7}', 7), ('{"tap": "stop", "id": 7}', None), ("[1]", None), ("no json", None)):
        monkeypatch.setattr(team_territories_map, "last_tap", lambda _key, value=value: value)
        assert team_territories_map.take_tapped() == expected
        assert team_territories_map.take_tapped() is None
