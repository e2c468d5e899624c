"""The way back from an act on many customers: to the byte, for 30 days, and only over what nobody changed since."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerChange, CustomerTag, Tag, Team, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import BulkAction, ChangeCause, Role
from fieldsales.errors import NotFound
from fieldsales.services.access import visible_customers
from fieldsales.services.accounts import accounts
from fieldsales.services.acting import bulk_changes
from fieldsales.services.acting.bulk_changes import BulkAct, list_acts, preview_change, undo_change
from fieldsales.services.customers import customer_history, customers
from tests.conftest import CustomerFactory
from tests.many_customers import act, data_of, reassign, stored, tags_on


def test_an_undo_puts_every_customer_back_and_keeps_that_in_the_history(
    database: Database, chie: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    ids = [make_customer("甲", owner=aiko).id, make_customer("乙").id]
    before = data_of(database)
    done = act(database, chie, ids, reassign(akira), now=now)

    with database.write() as session:
        result = undo_change(session, chie, change_id=done.change_id, now=now + timedelta(days=30))
    with database.write() as session:
        assert undo_change(session, chie, change_id=done.change_id, now=now + timedelta(days=31)) == result

    assert (result.undone, result.left, result.named) == (2, 0, ())
    assert data_of(database) == before
    assert stored(database, ids[0]).version == 3
    with database.read() as session:
        kept = session.scalars(select(CustomerChange).where(CustomerChange.cause == ChangeCause.RESTORE).order_by(CustomerChange.id)).all()
        assert [(c.changed_by_id, c.before["owner_id"], c.after["owner_id"]) for c in kept] == [
            (chie.id, akira.id, aiko.id),
            (chie.id, akira.id, None),
        ]


def test_after_thirty_days_an_act_stays(
    database: Database, chie: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    done = act(database, chie, [customer.id], reassign(akira), now=now)
    late = now + timedelta(days=30, seconds=1)

    with pytest.raises(bulk_changes.BulkUndoTooLate, match="more than 30 days ago"), database.write() as session:
        undo_change(session, chie, change_id=done.change_id, now=late)

    assert stored(database, customer.id).owner_id == akira.id
    with database.read() as session:
        assert [row.may_undo for row in list_acts(session, chie, now=late)] == [False]
        assert [row.may_undo for row in list_acts(session, chie, now=now)] == [True]


def test_customers_changed_again_meanwhile_are_left_and_named(
    database: Database, chie: User, dai: User, aiko: User, akira: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    back, again, away = (make_customer(name, owner=aiko) for name in ("甲", "乙", "丙"))
    done = act(database, chie, [back.id, again.id, away.id], reassign(akira), now=now)
    act(database, dai, [again.id], reassign(chie), now=now)
    act(database, dai, [away.id], reassign(botan), now=now)

    with database.write() as session:
        result = undo_change(session, dai, change_id=done.change_id, now=now)

    assert (result.undone, result.left) == (1, 2)
    assert [(row.customer_id, row.name, row.who) for row in result.named] == [(away.id, "丙", "Dai"), (again.id, "乙", "Dai")]
    assert [stored(database, c.id).owner_id for c in (back, again, away)] == [aiko.id, chie.id, botan.id]
    with database.read() as session:
        assert bulk_changes.left_alone(session, dai, change_id=done.change_id) == result.named


def test_customers_that_went_out_of_sight_are_left_without_a_name(
    database: Database, chie: User, dai: User, aiko: User, akira: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    done = act(database, chie, [customer.id], reassign(akira), now=now)
    act(database, dai, [customer.id], reassign(botan), now=now)

    with database.write() as session:
        result = undo_change(session, chie, change_id=done.change_id, now=now)

    assert (result.undone, result.left, result.named) == (0, 1, ())
    assert stored(database, customer.id).owner_id == botan.id


def test_one_customer_of_an_act_is_restored_from_its_own_history(
    database: Database, dai: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer()
    act(database, dai, [customer.id], reassign(aiko), now=now)
    with database.read() as session:
        change_id = session.scalars(select(CustomerChange.id)).one()

    with database.write() as session:
        customer_history.restore_change(session, dai, change_id=change_id, now=now)

    after = stored(database, customer.id)
    assert (after.owner_id, after.team_id) == (None, None)


def test_customers_go_back_to_the_team_that_their_former_owner_is_in_by_now(
    database: Database, chie: User, dai: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    done = act(database, chie, [customer.id], reassign(akira), now=now)
    with database.write() as session:
        accounts.update_user(session, dai, user_id=aiko.id, name=aiko.name, role=Role.REP, team_name="West", now=now)
    with database.write() as session:
        assert undo_change(session, chie, change_id=done.change_id, now=now).undone == 1

    after = stored(database, customer.id)
    with database.read() as session:
        moved = session.get_one(User, aiko.id)
        assert (after.owner_id, after.team_id) == (moved.id, moved.team_id)
        told = session.scalar(select(CustomerChange).where(CustomerChange.cause == ChangeCause.RESTORE))
        assert told is not None
        assert told.after == {"owner_id": moved.id, "team_id": moved.team_id}
        assert session.scalar(visible_customers(session.get_one(User, chie.id)).where(Customer.id == customer.id)) is None


def test_a_visit_or_an_edit_of_something_else_does_not_stand_in_the_way_of_an_undo(
    database: Database, chie: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko, memo="")
    done = act(database, chie, [customer.id], reassign(akira), now=now)
    with database.write() as session:
        values = replace(customers.CustomerInput(name="高松食品"), owner_id=akira.id, memo="駐車場あり")
        customers.update_customer(session, chie, customer_id=customer.id, version=2, values=values, now=now)

    with database.write() as session:
        assert undo_change(session, chie, change_id=done.change_id, now=now).undone == 1

    after = stored(database, customer.id)
    assert (after.owner_id, after.memo) == (aiko.id, "駐車場あり")


def test_tags_changed_again_meanwhile_stay_and_other_tags_do_not_matter(
    database: Database, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    kept, taken = make_customer("甲", owner=aiko), make_customer("乙", owner=aiko)
    done = act(database, chie, [kept.id, taken.id], BulkAct(BulkAction.TAG, tags=("秋の案内",)), now=now)
    act(database, chie, [kept.id], BulkAct(BulkAction.TAG, tags=("VIP",)), now=now)
    act(database, chie, [taken.id], BulkAct(BulkAction.UNTAG, tags=("秋の案内",)), now=now)

    with database.write() as session:
        result = undo_change(session, chie, change_id=done.change_id, now=now)

    assert (result.undone, result.left, [row.name for row in result.named]) == (1, 1, ["乙"])
    assert (tags_on(database, kept.id), tags_on(database, taken.id)) == (["VIP"], [])


def test_an_act_is_undone_by_its_maker_or_an_admin_and_exists_for_nobody_else(
    database: Database, chie: User, dai: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        other = User(email="emi@example.com", name="Emi", role=Role.MANAGER, password_hash="", created_at=now)
        other.managed_teams = [session.get_one(Team, aiko.team_id)]
        session.add(other)
    with database.read() as session:
        emi = session.scalars(select(User).where(User.name == "Emi")).unique().one()
        assert len(emi.managed_teams) == 1
    done = act(database, chie, [customer.id], reassign(akira), now=now)

    with pytest.raises(NotFound), database.write() as session:
        undo_change(session, emi, change_id=done.change_id, now=now)
    with database.read() as session:
        assert list_acts(session, emi, now=now) == ()
        assert [row.who for row in list_acts(session, dai, now=now)] == ["Chie"]
    with database.write() as session:
        undo_change(session, dai, change_id=done.change_id, now=now)
    with pytest.raises(bulk_changes.UndoneElsewhere, match="Dai has undone this already"), database.write() as session:
        undo_change(session, chie, change_id=done.change_id, now=now)


@pytest.mark.parametrize("action", list(BulkAction))
def test_ten_thousand_customers_are_changed_and_undone_to_the_byte(
    database: Database, chie: User, aiko: User, akira: User, now: datetime, action: BulkAction
) -> None:
    owners = [aiko, akira, None]
    rows = [
        {
            "name": f"顧客{number}",
            "owner_id": (owner := owners[number % 3]) and owner.id,
            "team_id": owner and owner.team_id,
            "cadence_days": [None, 14, 30, 90][number % 4],
            "likelihood": list(Likelihood)[number % 7],
            "custom": {"業種": "製造"} if number % 5 == 0 else {},
            "lat": 34.3 + number / 1e5,
            "lon": 134.0 + number / 3e5,
            "created_at": now,
            "changed_at": now,
            "memo": "“引用” & <b> 😀" if number % 7 == 0 else "",
        }
        for number in range(10_000)
    ]
    with database.write() as session:
        session.execute(insert(Customer), rows)
        ids = list(session.scalars(select(Customer.id).order_by(Customer.id)))
        session.add_all([Tag(name="VIP"), Tag(name="展示会")])
        session.flush()
        vip, fair = session.scalars(select(Tag.id).order_by(Tag.id))
        pairs = [{"customer_id": i, "tag_id": vip} for i in ids[::2]] + [{"customer_id": i, "tag_id": fair} for i in ids[::3]]
        session.execute(insert(CustomerTag), pairs)
    before = data_of(database)
    what = {
        BulkAction.REASSIGN: BulkAct(action, owner_id=chie.id),
        BulkAction.TAG: BulkAct(action, tags=("VIP", "新しい札")),
        BulkAction.UNTAG: BulkAct(action, tags=("VIP", "展示会")),
        BulkAction.CADENCE: BulkAct(action, cadence_days=60),
    }[action]

    with database.read() as session:
        preview = preview_change(session, chie, customer_ids=ids, act=what)
    done = act(database, chie, ids, what, now=now + timedelta(hours=1))
    assert done.count == preview.changing >= 6_666
    assert data_of(database) != before
    with database.write() as session:
        result = undo_change(session, chie, change_id=done.change_id, now=now + timedelta(hours=2))

    assert (result.undone, result.left) == (done.count, 0)
    assert data_of(database) == before
