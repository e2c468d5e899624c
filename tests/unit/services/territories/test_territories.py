"""Territories as managers handle them, and the customers that they give to somebody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerChange, User
from fieldsales.domain.drawn_areas import AreaAroundTheWorld, AreaCrossesItself, NoArea
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import AreaKind, ChangeCause
from fieldsales.errors import FieldSalesError, NotAllowed, TextTooLong, UserNotFound
from fieldsales.jobs import geocoding
from fieldsales.services.customers import customer_history, customers
from fieldsales.services.customers.customer_input import CustomerInput, input_of
from fieldsales.services.pins import locating
from fieldsales.services.territories import territories, territory_errors
from fieldsales.services.territories.territories import KeeperState, TerritoryInput, TerritoryView
from fieldsales.services.territories.territory_assignment import assign_unowned
from tests.fakes import FakeGeocoder, place_at

MakeCustomer = Callable[..., Customer]
SQUARE = [[(34.0, 134.0), (34.0, 135.0), (35.0, 135.0), (35.0, 134.0)]]
MANY = [*map(str, range(10_000, 10_501))]
BOW = [[(34.0, 134.0), (35.0, 135.0), (35.0, 134.0), (34.0, 135.0)]]


@pytest.fixture
def geocoder() -> FakeGeocoder:
    """Knows two towns by more than one way of writing."""
    geocoder = FakeGeocoder(areas={"高松市": "香川県高松市", "香川県高松市": "香川県高松市", "新宿区": "東京都新宿区"})
    geocoder.places = {"高松市番町1": place_at()}
    geocoder.areas["高松市番町1"] = "香川県高松市"
    return geocoder


@pytest.fixture
def add(database: Database, geocoder: FakeGeocoder, now: datetime) -> Callable[..., TerritoryView]:
    """Return a function that adds a territory: `add(chie, "高松", owner=aiko, areas=["高松市"])`."""

    def add(actor: User, name: str = "高松", *, owner: User | None = None, ref: UUID | None = None, **more: Any) -> TerritoryView:
        kind = more.pop("kind", AreaKind.DRAWN if "rings" in more else AreaKind.MUNICIPALITIES)
        values = TerritoryInput(name=name, kind=kind, owner_id=owner.id if owner else None, **more)
        with database.write() as session:
            return territories.add_territory(session, actor, values=values, geocoder=geocoder, client_ref=ref or uuid4(), now=now)

    return add


def owner_of(database: Database, customer_id: int) -> int | None:
    with database.read() as session:
        return session.get_one(Customer, customer_id).owner_id


def listed(database: Database, actor: User, **options: Any) -> list[str]:
    with database.read() as session:
        return [territory.name for territory in territories.list_territories(session, actor, **options)]


def assign(database: Database, now: datetime, *made: Customer) -> int:
    with database.write() as session:
        return assign_unowned(session, customer_ids=[customer.id for customer in made], now=now)


def create(database: Database, actor: User, now: datetime, **values: Any) -> int:
    with database.write() as session:
        return customers.create_customer(session, actor, values=CustomerInput(**{"name": "新しい客"} | values), now=now).id


# ---- who may ----


def test_a_rep_and_somebody_disabled_handle_no_territories(
    database: Database, add: Callable[..., TerritoryView], aiko: User, chie: User, now: datetime
) -> None:
    territory = add(chie, areas=["高松市"], owner=aiko)
    for actor in (aiko, replace_disabled(database, chie, now)):
        with pytest.raises(NotAllowed):
            add(actor, "もうひとつ", areas=["新宿区"])
        with pytest.raises(NotAllowed):
            listed(database, actor)
        with pytest.raises(NotAllowed), database.write() as session:
            territories.retire_territory(session, actor, territory_id=territory.id, version=1, now=now)


def replace_disabled(database: Database, user: User, now: datetime) -> User:
    with database.write() as session:
        session.get_one(User, user.id).disabled_at = now
    with database.read() as session:
        return session.scalars(select(User).where(User.id == user.id)).unique().one()


def test_a_manager_handles_those_of_their_teams_and_of_the_whole_company_and_an_admin_all(
    database: Database, add: Callable[..., TerritoryView], aiko: User, botan: User, chie: User, dai: User,
    now: datetime, geocoder: FakeGeocoder,
) -> None:  # fmt: skip
    add(chie, "東", owner=aiko, areas=["高松市"])
    west = add(dai, "西", owner=botan, areas=["新宿区"])
    add(dai, "全社", areas=["高松市"])
    assert listed(database, chie) == ["東", "全社"] or listed(database, chie) == ["全社", "東"]
    assert sorted(listed(database, dai)) == ["全社", "東", "西"]
    with pytest.raises(territory_errors.TerritoryNotFound), database.write() as session:
        territories.retire_territory(session, chie, territory_id=west.id, version=west.version, now=now)
    with pytest.raises(territory_errors.TerritoryNotFound), database.read() as session:
        territories.find_territory(session, chie, west.id)
    with pytest.raises(NotAllowed):
        add(chie, "よその人", owner=botan, areas=["高松市"])
    with pytest.raises(NotAllowed):
        add(chie, "よその組", team_id=botan.team_id, areas=["高松市"])
    with pytest.raises(UserNotFound), database.write() as session:
        values = TerritoryInput(name="誰", kind=AreaKind.MUNICIPALITIES, owner_id=9_999, areas=["高松市"])
        territories.add_territory(session, chie, values=values, geocoder=geocoder, client_ref=uuid4(), now=now)


def test_the_filter_of_the_page_chooses_by_team_and_rep(
    database: Database, add: Callable[..., TerritoryView], aiko: User, botan: User, dai: User, today: Any
) -> None:
    add(dai, "東", owner=aiko, areas=["高松市"])
    add(dai, "西", owner=botan, areas=["新宿区"])
    assert listed(database, dai, team_filter=TeamFilter.from_query({"team": [str(aiko.team_id)]}, today=today)) == ["東"]
    assert listed(database, dai, team_filter=TeamFilter.from_query({"rep": [str(botan.id)]}, today=today)) == ["西"]


# ---- what may be said ----


@pytest.mark.parametrize(
    ("values", "refusal", "field"),
    [
        ({"name": "  ", "areas": ["高松市"]}, territory_errors.MissingTerritoryName, "territory_name"),
        ({"name": "長" * 201, "areas": ["高松市"]}, TextTooLong, "territory_name"),
        ({"areas": [" "]}, territory_errors.NoMunicipality, "territory_areas"),
        ({"areas": ["どこか"]}, territory_errors.UnknownMunicipality, "territory_areas"),
        ({"kind": AreaKind.POSTAL_CODES, "areas": []}, territory_errors.NoPostalPrefix, "territory_areas"),
        ({"kind": AreaKind.POSTAL_CODES, "areas": ["160", "新宿"]}, territory_errors.BadPostalPrefix, "territory_areas"),
        ({"kind": AreaKind.POSTAL_CODES, "areas": ["12345678"]}, territory_errors.BadPostalPrefix, "territory_areas"),
        ({"kind": AreaKind.POSTAL_CODES, "areas": MANY}, territory_errors.TooMuchInTerritory, "territory_areas"),
        ({"kind": AreaKind.DRAWN, "rings": []}, territory_errors.NothingDrawn, "territory_rings"),
        ({"rings": [[(34.0, 134.0), (34.0, 134.0)]]}, NoArea, "rings"),
        ({"rings": BOW}, AreaCrossesItself, "rings"),
        ({"rings": [[(0.0, -170.0), (10.0, -50.0), (0.0, 70.0), (-10.0, 179.0)]]}, AreaAroundTheWorld, "rings"),
    ],
)
def test_what_says_no_territory_is_refused_beside_its_field(
    add: Callable[..., TerritoryView], chie: User, values: dict[str, Any], refusal: type[FieldSalesError], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        add(chie, **{"name": "高松"} | values)
    assert refused.value.field == field


def test_what_people_write_is_kept_as_the_product_says_it(add: Callable[..., TerritoryView], chie: User, aiko: User) -> None:
    territory = add(chie, " 高松 ", owner=aiko, areas=["高松市", "香川県高松市", "新宿区", ""])
    assert (territory.name, territory.areas, territory.team_id, territory.keeper) == (
        "高松", ("東京都新宿区", "香川県高松市"), aiko.team_id, KeeperState.WORKS,
    )  # fmt: skip
    codes = add(chie, "郵便", kind=AreaKind.POSTAL_CODES, areas=["〒160-0022", "160", "060"])
    assert codes.areas == ("060", "160")
    drawn = add(chie, "手描き", rings=SQUARE)
    assert drawn.rings == (tuple(SQUARE[0]),)


def test_a_name_is_taken_within_a_team_until_its_territory_is_retired(
    database: Database, add: Callable[..., TerritoryView], chie: User, dai: User, aiko: User, botan: User, now: datetime
) -> None:
    first = add(chie, owner=aiko, areas=["高松市"])
    add(dai, owner=botan, areas=["高松市"])
    with pytest.raises(territory_errors.TerritoryNameTaken):
        add(chie, owner=aiko, areas=["新宿区"])
    with database.write() as session:
        retired = territories.retire_territory(session, chie, territory_id=first.id, version=first.version, now=now)
    add(chie, owner=aiko, areas=["新宿区"])
    with pytest.raises(territory_errors.TerritoryNameTaken), database.write() as session:
        territories.retire_territory(session, chie, territory_id=first.id, version=retired.version, retired=False, now=now)


def test_an_owner_of_another_team_than_the_territorys_is_refused(
    add: Callable[..., TerritoryView], dai: User, aiko: User, botan: User
) -> None:
    with pytest.raises(territory_errors.OwnerOfAnotherTeam):
        add(dai, owner=botan, team_id=aiko.team_id, areas=["高松市"])


def test_a_territory_does_not_pass_to_another_team_without_its_owner(
    database: Database, add: Callable[..., TerritoryView], dai: User, aiko: User, botan: User, geocoder: FakeGeocoder, now: datetime
) -> None:
    territory = add(dai, owner=aiko, areas=["高松市"])
    values = TerritoryInput(name="高松", kind=territory.kind, owner_id=aiko.id, team_id=botan.team_id, areas=territory.areas)
    with pytest.raises(territory_errors.OwnerOfAnotherTeam) as refused, database.write() as session:
        territories.change_territory(session, dai, territory_id=territory.id, version=1, values=values, geocoder=geocoder, now=now)
    assert refused.value.params == {"name": "Aiko"}


def test_what_a_phone_sends_twice_is_added_once(database: Database, add: Callable[..., TerritoryView], chie: User) -> None:
    ref = uuid4()
    assert add(chie, areas=["高松市"], ref=ref).id == add(chie, areas=["高松市"], ref=ref).id
    assert listed(database, chie) == ["高松"]


def test_the_second_of_two_managers_is_told_who_was_faster(
    database: Database, add: Callable[..., TerritoryView], chie: User, dai: User, aiko: User, geocoder: FakeGeocoder, now: datetime
) -> None:
    territory = add(chie, owner=aiko, areas=["高松市"])
    values = TerritoryInput(name="高松", kind=AreaKind.POSTAL_CODES, owner_id=aiko.id, areas=["760"])
    with database.write() as session:
        changed = territories.change_territory(
            session, dai, territory_id=territory.id, version=territory.version, values=values, geocoder=geocoder, now=now
        )
    assert (changed.kind, changed.areas, changed.version, changed.changed_by) == (AreaKind.POSTAL_CODES, ("760",), 2, "Dai")
    with pytest.raises(territory_errors.TerritoryEdited) as refused, database.write() as session:
        territories.change_territory(
            session, chie, territory_id=territory.id, version=territory.version, values=values, geocoder=geocoder, now=now
        )
    assert refused.value.params == {"who": "Dai"}
    with pytest.raises(territory_errors.TerritoryEdited), database.write() as session:
        territories.retire_territory(session, chie, territory_id=territory.id, version=territory.version, now=now)
    with database.write() as session:  # saving what is there already changes nothing
        same = territories.change_territory(
            session, chie, territory_id=territory.id, version=changed.version, values=values, geocoder=geocoder, now=now
        )
    assert (same.version, same.changed_by) == (2, "Dai")


# ---- who gets whom ----


def test_a_new_customer_without_an_owner_goes_to_whoever_looks_after_the_territory_it_lies_in(
    database: Database, add: Callable[..., TerritoryView], chie: User, aiko: User, now: datetime
) -> None:
    add(chie, owner=aiko, kind=AreaKind.POSTAL_CODES, areas=["760"])
    inside = create(database, chie, now, postal_code="760-0017", address="高松市番町1")
    outside = create(database, chie, now, postal_code="770-0017")
    assert (owner_of(database, inside), owner_of(database, outside)) == (aiko.id, None)
    with database.read() as session:
        changes = session.scalars(select(CustomerChange).where(CustomerChange.customer_id == inside).order_by(CustomerChange.id)).all()
        assert [change.cause for change in changes] == [ChangeCause.CREATE, ChangeCause.TERRITORY]
        before, after = {"owner_id": None, "team_id": None}, {"owner_id": aiko.id, "team_id": aiko.team_id}
        assert (changes[1].before, changes[1].after, changes[1].changed_by_id) == (before, after, None)
        assert session.get_one(Customer, inside).team_id == aiko.team_id


def test_a_gift_taken_back_from_the_history_leaves_the_customer_as_it_came(
    database: Database, add: Callable[..., TerritoryView], chie: User, aiko: User, now: datetime
) -> None:
    add(chie, owner=aiko, kind=AreaKind.POSTAL_CODES, areas=["760"])
    given = create(database, chie, now, postal_code="760-0017", address="高松市番町1")
    with database.write() as session:
        gift = session.scalars(select(CustomerChange).where(CustomerChange.cause == ChangeCause.TERRITORY)).one()
        customer_history.restore_change(session, chie, change_id=gift.id, now=now)
    with database.read() as session:
        customer = session.get_one(Customer, given)
        assert (customer.owner_id, customer.team_id) == (None, None)


def test_a_customer_is_given_as_soon_as_its_address_is_located(
    database: Database, runtime: Runtime, geocoder: FakeGeocoder, add: Callable[..., TerritoryView], chie: User, aiko: User, now: datetime
) -> None:
    add(chie, owner=aiko, areas=["高松市"])
    created = create(database, chie, now, address="高松市番町1")
    assert owner_of(database, created) is None
    locating.locate_customer(database, geocoder, chie, customer_id=created, now=now)
    assert owner_of(database, created) == aiko.id


def test_the_worker_gives_customers_too_by_drawn_territories_and_by_areas_looked_up_later(
    database: Database, runtime: Runtime, add: Callable[..., TerritoryView], make_customer: MakeCustomer, chie: User, aiko: User,
    now: datetime,
) -> None:  # fmt: skip
    add(chie, "描いた", owner=aiko, rings=SQUARE)
    queued = make_customer("待つ客", address="高松市番町1", locate_due_at=now)
    pinned = make_customer("手で置いた客", address="高松市番町1", lat=34.5, lon=134.5, pinned_by_hand=True)
    geocoding.run_worker(runtime, stop=threading.Event(), until_idle=True)
    assert [owner_of(database, c.id) for c in (queued, pinned)] == [aiko.id, aiko.id]


def test_a_pin_set_by_hand_finds_the_customer_an_owner(
    database: Database, add: Callable[..., TerritoryView], make_customer: MakeCustomer, chie: User, aiko: User, now: datetime
) -> None:
    add(chie, owner=aiko, rings=SQUARE)
    lost = make_customer("住所のない客")
    with database.write() as session:
        assert customers.place_pin(session, chie, customer_id=lost.id, lat=34.5, lon=134.5, now=now).owner_id == aiko.id


def test_a_customer_that_moves_into_another_territory_keeps_its_owner_unless_it_has_none(
    database: Database, add: Callable[..., TerritoryView], make_customer: MakeCustomer, dai: User, aiko: User, botan: User, now: datetime
) -> None:
    add(dai, "西", owner=botan, kind=AreaKind.POSTAL_CODES, areas=["770"])
    owned, unowned = make_customer("持ち主あり", owner=aiko, postal_code="760-0017"), make_customer("持ち主なし", postal_code="760-0017")
    for customer in (owned, unowned):
        with database.write() as session:
            stored = customers.open_for_change(session, dai, customer.id)
            values = replace(input_of(stored), postal_code="770-0001")
            customers.update_customer(session, dai, customer_id=stored.id, version=stored.version, values=values, now=now)
    assert (owner_of(database, owned.id), owner_of(database, unowned.id)) == (aiko.id, botan.id)


def test_an_owner_taken_away_on_purpose_is_not_put_back(
    database: Database, add: Callable[..., TerritoryView], make_customer: MakeCustomer, dai: User, botan: User, now: datetime
) -> None:
    add(dai, owner=botan, kind=AreaKind.POSTAL_CODES, areas=["770"])
    customer = make_customer(owner=botan, postal_code="760-0017")
    with database.write() as session:
        stored = customers.open_for_change(session, dai, customer.id)
        values = replace(input_of(stored), postal_code="770-0001", owner_id=None)
        customers.update_customer(session, dai, customer_id=stored.id, version=stored.version, values=values, now=now)
    assert owner_of(database, customer.id) is None


def test_a_territory_whose_owner_left_or_moved_gives_nobody_until_another_one_is_named(
    database: Database, add: Callable[..., TerritoryView], make_customer: MakeCustomer, dai: User, aiko: User, botan: User,
    geocoder: FakeGeocoder, now: datetime,
) -> None:  # fmt: skip
    territory = add(dai, owner=aiko, areas=["高松市"])
    customer = make_customer(area="香川県高松市")
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    assert assign(database, now, customer) == 0
    with database.read() as session:
        assert territories.find_territory(session, dai, territory.id).keeper is KeeperState.LEFT
    with database.write() as session:
        moved = session.get_one(User, aiko.id)
        moved.disabled_at, moved.team_id = None, botan.team_id
    assert assign(database, now, customer) == 0
    with database.write() as session:
        assert territories.find_territory(session, dai, territory.id).keeper is KeeperState.ELSEWHERE
        # Whoever is named there stays while other things are edited.
        values = TerritoryInput(name="高松市内", kind=territory.kind, owner_id=aiko.id, team_id=territory.team_id, areas=territory.areas)
        kept = territories.change_territory(session, dai, territory_id=territory.id, version=1, values=values, geocoder=geocoder, now=now)
        values, version = replace(values, owner_id=botan.id, team_id=botan.team_id), kept.version
        territories.change_territory(session, dai, territory_id=territory.id, version=version, values=values, geocoder=geocoder, now=now)
    assert assign(database, now, customer) == 1
    assert owner_of(database, customer.id) == botan.id


def test_a_territory_without_an_owner_or_out_of_use_gives_nobody(
    database: Database, add: Callable[..., TerritoryView], make_customer: MakeCustomer, chie: User, aiko: User, now: datetime
) -> None:
    add(chie, "誰もいない", areas=["新宿区"])
    retired = add(chie, "やめた", owner=aiko, areas=["高松市"])
    with database.write() as session:
        territories.retire_territory(session, chie, territory_id=retired.id, version=retired.version, now=now)
    assert assign(database, now, make_customer(area="香川県高松市"), make_customer("客2", area="東京都新宿区")) == 0
    assert listed(database, chie) == ["誰もいない"]
    assert sorted(listed(database, chie, retired=True)) == ["やめた", "誰もいない"]


def test_archived_merged_and_owned_customers_and_those_of_other_teams_are_left_alone(
    database: Database, add: Callable[..., TerritoryView], make_customer: MakeCustomer, chie: User, aiko: User, botan: User, now: datetime
) -> None:
    add(chie, owner=aiko, areas=["高松市"])
    kept = make_customer("残る客", owner=botan, area="香川県高松市")
    left = [
        kept,
        make_customer("しまった客", area="香川県高松市", archived_at=now),
        make_customer("統合した客", area="香川県高松市", merged_into_id=kept.id),
        make_customer("西の客", area="香川県高松市", team_id=botan.team_id),
    ]
    assert assign(database, now, *left) == 0
    assert assign(database, now) == 0


def test_a_gift_is_a_change_to_whoever_is_editing_and_to_the_map(
    database: Database, add: Callable[..., TerritoryView], make_customer: MakeCustomer, chie: User, aiko: User, now: datetime
) -> None:
    add(chie, owner=aiko, areas=["高松市"])
    customer = make_customer(area="香川県高松市")
    later = now.replace(hour=5)
    assert assign(database, later, customer) == 1
    assert assign(database, later, customer) == 0
    with database.read() as session:
        stored = session.get_one(Customer, customer.id)
        assert (stored.version, stored.changed_at) == (customer.version + 1, later)


def test_text_of_any_kind_may_be_a_name(add: Callable[..., TerritoryView], chie: User) -> None:
    name = "<script>alert(1)</script> 🌸 \u202eabc"
    assert add(chie, name, areas=["高松市"]).name == name


def test_a_team_may_have_only_so_many(add: Callable[..., TerritoryView], monkeypatch: pytest.MonkeyPatch, chie: User) -> None:
    monkeypatch.setattr(territories, "MOST_TERRITORIES", 1)
    add(chie, "一", areas=["高松市"])
    with pytest.raises(territory_errors.TooManyTerritories):
        add(chie, "二", areas=["高松市"])
