"""Acts on many customers: what a preview promises is what is done, in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, BulkChange, Customer, CustomerChange, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import BulkAction, ChangeCause
from fieldsales.errors import BadNumber, NotAllowed, NotFound, TextTooLong, UserNotFound
from fieldsales.services.accounts import accounts
from fieldsales.services.acting import bulk_changes
from fieldsales.services.acting.bulk_changes import BulkAct, BulkResult, apply_change, list_acts, preview_change, undo_change
from fieldsales.services.customers import customer_history, customers
from tests.conftest import CustomerFactory
from tests.many_customers import act, data_of, reassign, stored, tags_on


def test_a_preview_counts_by_status_and_owner_and_changes_nothing(
    database: Database, chie: User, aiko: User, akira: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    a, b = make_customer("甲", owner=aiko, likelihood=Likelihood.A), make_customer("乙", owner=aiko, likelihood=Likelihood.C)
    nobodys, his = make_customer("丙"), make_customer("丁", owner=akira)
    gone, strange = make_customer("戊", owner=aiko, archived_at=now), make_customer("己", owner=botan)
    before = data_of(database)

    with database.read() as session:
        preview = preview_change(
            session, chie, customer_ids=[a.id, b.id, nobodys.id, his.id, gone.id, strange.id, 999_999, a.id], act=reassign(akira)
        )

    assert (preview.chosen, preview.changing, preview.unchanged, preview.archived, preview.hidden) == (7, 3, 1, 1, 2)
    assert dict(preview.by_likelihood) == {Likelihood.A: 1, Likelihood.C: 1, Likelihood.UNRATED: 1}
    assert [(row.owner_id, row.name, row.count) for row in preview.by_owner] == [(aiko.id, "Aiko", 2), (None, "", 1)]
    assert dict(preview.seen) == {a.id: aiko.id, b.id: aiko.id, nobodys.id: None, his.id: akira.id}
    assert data_of(database) == before


def test_a_reassignment_moves_owner_and_team_and_is_kept_in_each_history(
    database: Database, dai: User, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)

    result = act(database, dai, [customer.id], reassign(botan), now=now)

    changed = stored(database, customer.id)
    assert (changed.owner_id, changed.team_id, changed.version, changed.changed_at) == (botan.id, botan.team_id, 2, now)
    assert (result.count, result.left) == (1, 0)
    with database.read() as session:
        kept = session.scalars(select(CustomerChange)).one()
        assert (kept.cause, kept.changed_by_id, kept.changed_at, kept.bulk_id) == (ChangeCause.BULK, dai.id, now, result.change_id)
        assert kept.before == {"owner_id": aiko.id, "team_id": aiko.team_id}
        assert kept.after == {"owner_id": botan.id, "team_id": botan.team_id}
        assert (kept.likelihood_before, kept.likelihood_after) == (None, None)
        shown = customer_history.list_changes(session, dai, customer_id=customer.id)[0]
        assert (shown.before["owner_id"], shown.after["owner_id"]) == ("Aiko", "Botan")


def test_whoever_has_a_reassigned_customer_open_in_a_form_is_told_when_saving(
    database: Database, dai: User, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    act(database, dai, [customer.id], reassign(botan), now=now)

    with pytest.raises(customers.CustomerChanged, match="Dai"), database.write() as session:
        customers.update_customer(
            session, dai, customer_id=customer.id, version=1, values=customers.CustomerInput(name="別の名前", owner_id=aiko.id), now=now
        )


def test_tags_are_put_on_where_they_are_missing_and_taken_off_again(
    database: Database, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    has, lacks = make_customer("甲", owner=aiko, tags=["VIP"]), make_customer("乙", owner=aiko, tags=["展示会"])
    before = data_of(database)

    result = act(database, chie, [has.id, lacks.id], BulkAct(BulkAction.TAG, tags=("VIP", " ", "VIP ")), now=now)

    assert (result.count, result.left) == (1, 1)
    assert tags_on(database, lacks.id) == ["VIP", "展示会"]
    off = act(database, chie, [has.id, lacks.id], BulkAct(BulkAction.UNTAG, tags=("VIP",)), now=now)
    assert (off.count, tags_on(database, has.id), tags_on(database, lacks.id)) == (2, [], ["展示会"])
    for change in (off, result):
        with database.write() as session:
            undo_change(session, chie, change_id=change.change_id, now=now)
    assert data_of(database) == before


def test_an_interval_is_set_for_all_and_none_leaves_it_to_the_rank_again(
    database: Database, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    first, second = make_customer("甲", owner=aiko, cadence_days=14), make_customer("乙", owner=aiko)

    assert act(database, chie, [first.id, second.id], BulkAct(BulkAction.CADENCE, cadence_days=30), now=now).count == 2
    assert stored(database, second.id).cadence_days == 30
    assert act(database, chie, [first.id, second.id], BulkAct(BulkAction.CADENCE), now=now).count == 2
    assert stored(database, first.id).cadence_days is None


def test_an_act_that_fails_half_way_leaves_nothing_behind(
    database: Database, chie: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make_customer(owner=aiko)
    before = data_of(database)
    monkeypatch.setattr(bulk_changes.audit, "record", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        act(database, chie, [customer.id], reassign(akira), now=now)

    assert data_of(database) == before
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CustomerChange)) == 0
        assert session.scalar(select(func.count()).select_from(BulkChange)) == 0


def test_an_empty_selection_and_one_without_anything_to_change_are_refused(
    database: Database, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    mine = make_customer(owner=aiko)
    with pytest.raises(bulk_changes.NothingChosen, match="No customer is chosen"), database.read() as session:
        preview_change(session, chie, customer_ids=[], act=reassign(aiko))
    with pytest.raises(bulk_changes.NothingToChange, match="have it already"):
        act(database, chie, [mine.id], reassign(aiko), now=now)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(BulkChange)) == 0


def test_too_many_customers_are_refused_before_anything_is_read(database: Database, chie: User, aiko: User) -> None:
    with pytest.raises(bulk_changes.TooManyChosen, match="50000"), database.read() as session:
        preview_change(session, chie, customer_ids=range(50_001), act=reassign(aiko))


def test_nobody_is_given_customers_who_has_left(
    database: Database, chie: User, aiko: User, akira: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        for person in (akira, botan):
            session.get_one(User, person.id).disabled_at = now

    with pytest.raises(bulk_changes.OwnerLeft, match="Akira has left"), database.read() as session:
        preview_change(session, chie, customer_ids=[customer.id], act=reassign(akira))
    with pytest.raises(bulk_changes.OwnerLeft):
        act(database, chie, [customer.id], reassign(akira), now=now)
    with pytest.raises(UserNotFound):  # of another team: not even that they have left is told
        act(database, chie, [customer.id], reassign(botan), now=now)


def test_a_manager_gives_customers_to_people_they_lead_only(
    database: Database, chie: User, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with pytest.raises(NotAllowed):
        act(database, chie, [customer.id], reassign(botan), now=now)
    with pytest.raises(UserNotFound):
        act(database, chie, [customer.id], BulkAct(BulkAction.REASSIGN, owner_id=999_999), now=now)
    with pytest.raises(bulk_changes.NobodyGiven):
        act(database, chie, [customer.id], BulkAct(BulkAction.REASSIGN), now=now)


def test_customers_out_of_sight_are_left_and_only_counted(
    database: Database, chie: User, aiko: User, akira: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    hers, strange = make_customer("甲", owner=aiko), make_customer("乙", owner=botan)

    result = act(database, chie, [hers.id, strange.id], reassign(akira), now=now)

    assert (result.count, result.left, stored(database, strange.id).owner_id) == (1, 1, botan.id)
    with pytest.raises(bulk_changes.NothingToChange):
        act(database, chie, [strange.id], reassign(akira), now=now)


def test_reps_and_disabled_people_act_on_nobody(
    database: Database, aiko: User, botan: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        session.get_one(User, chie.id).disabled_at = now
    with database.read() as session:
        left = session.get_one(User, chie.id)
    for stranger in (aiko, botan, left):
        with pytest.raises(NotAllowed), database.read() as session:
            preview_change(session, stranger, customer_ids=[customer.id], act=BulkAct(BulkAction.CADENCE, cadence_days=7))
        with pytest.raises(NotAllowed):
            act(database, stranger, [customer.id], BulkAct(BulkAction.CADENCE, cadence_days=7), now=now)
        with pytest.raises(NotAllowed), database.write() as session:
            undo_change(session, stranger, change_id=1, now=now)
        with pytest.raises(NotAllowed), database.read() as session:
            list_acts(session, stranger, now=now)


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (BulkAct(BulkAction.CADENCE, cadence_days=0), BadNumber),
        (BulkAct(BulkAction.CADENCE, cadence_days=3_651), BadNumber),
        (BulkAct(BulkAction.TAG), bulk_changes.NoTagGiven),
        (BulkAct(BulkAction.UNTAG, tags=(" \x00",)), bulk_changes.NoTagGiven),
        (BulkAct(BulkAction.TAG, tags=("長" * 101,)), TextTooLong),
        (BulkAct(BulkAction.TAG, tags=tuple(f"t{i}" for i in range(21))), bulk_changes.TooManyTags),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    database: Database, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime, what: BulkAct, error: type[Exception]
) -> None:
    customer = make_customer(owner=aiko)
    with pytest.raises(error):
        act(database, chie, [customer.id], what, now=now)


def test_the_same_request_sent_twice_is_done_once(
    database: Database, chie: User, dai: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer, ref = make_customer(owner=aiko), uuid4()

    first = act(database, chie, [customer.id], reassign(akira), now=now, ref=ref)
    again = act(database, chie, [customer.id], reassign(akira), now=now + timedelta(minutes=1), ref=ref)

    assert again == first
    assert stored(database, customer.id).version == 2
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CustomerChange)) == 1
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == 1
    with pytest.raises(NotFound):
        act(database, dai, [customer.id], reassign(akira), now=now, ref=ref)


def test_the_second_of_two_managers_is_told_what_the_first_changed(
    database: Database, chie: User, dai: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer, other = make_customer("高松食品", owner=aiko), make_customer("丸亀製粉", owner=aiko)
    with database.read() as session:
        preview = preview_change(session, chie, customer_ids=[customer.id, other.id], act=reassign(chie))
    act(database, dai, [customer.id], reassign(akira), now=now)
    before = data_of(database)

    with pytest.raises(bulk_changes.ChangedMeanwhile, match="Dai changed 1 of these customers") as refused, database.write() as session:
        apply_change(
            session, chie, customer_ids=preview.seen, act=preview.act, client_ref=uuid4(), seen=preview.seen, now=now + timedelta(minutes=1)
        )

    (row,) = refused.value.rows
    assert (row.customer_id, row.name, row.who, row.seen, row.now) == (customer.id, "高松食品", "Dai", aiko.id, akira.id)
    assert data_of(database) == before
    with database.read() as session:
        anew = preview_change(session, chie, customer_ids=preview.seen, act=preview.act)
    with database.write() as session:
        assert apply_change(session, chie, customer_ids=anew.seen, act=anew.act, client_ref=uuid4(), seen=anew.seen, now=now).count == 2


def test_customers_that_went_out_of_sight_meanwhile_stop_an_act_too(
    database: Database, chie: User, dai: User, aiko: User, akira: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    with database.read() as session:
        preview = preview_change(session, chie, customer_ids=[customer.id], act=reassign(akira))
    act(database, dai, [customer.id], reassign(botan), now=now)

    with pytest.raises(bulk_changes.ChangedMeanwhile) as refused, database.write() as session:
        apply_change(session, chie, customer_ids=preview.seen, act=preview.act, client_ref=uuid4(), seen=preview.seen, now=now)

    assert [(row.customer_id, row.name) for row in refused.value.rows] == [(customer.id, "")]


def in_two_threads(work: Callable[[int], None]) -> None:
    """Run `work(0)` and `work(1)` at the same moment."""
    ready = threading.Barrier(2)

    def run(number: int) -> None:
        ready.wait()
        work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_managers_reassign_the_same_customers_at_once_and_one_of_them_wins_whole(
    database: Database, chie: User, dai: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    ids = [make_customer(f"顧客{number}", owner=aiko).id for number in range(20)]
    with database.read() as session:
        seen = preview_change(session, chie, customer_ids=ids, act=reassign(akira)).seen
    wishes = [(chie, reassign(akira)), (dai, reassign(chie))]
    results: list[object] = [None, None]

    def go(number: int) -> None:
        actor, what = wishes[number]
        try:
            with database.write() as session:
                chosen = ids if number else ids[::-1]  # whatever order they come in, they are locked in one
                results[number] = apply_change(session, actor, customer_ids=chosen, act=what, client_ref=uuid4(), seen=seen, now=now)
        except bulk_changes.ChangedMeanwhile as refused:
            results[number] = refused

    in_two_threads(go)

    winner = next(number for number, result in enumerate(results) if isinstance(result, BulkResult))
    refused = results[1 - winner]
    assert isinstance(refused, bulk_changes.ChangedMeanwhile)
    assert refused.params == {"who": wishes[winner][0].name, "count": 20}
    with database.read() as session:
        owners = set(session.scalars(select(Customer.owner_id)))
        assert owners == {wishes[winner][1].owner_id}
        assert session.scalar(select(func.count()).select_from(CustomerChange)) == 20


def test_one_request_that_arrives_twice_at_once_is_done_once(
    database: Database, chie: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    ids, ref = [make_customer(f"顧客{number}", owner=aiko).id for number in range(5)], uuid4()
    results: list[object] = [None, None]

    def go(number: int) -> None:
        with database.write() as session:
            results[number] = apply_change(session, chie, customer_ids=ids, act=reassign(akira), client_ref=ref, now=now)

    in_two_threads(go)

    assert results[0] == results[1]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CustomerChange)) == 5


def test_acts_are_listed_with_what_they_did(
    database: Database, chie: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    ids = [make_customer(name, owner=aiko).id for name in ("甲", "乙")]
    act(database, chie, ids, BulkAct(BulkAction.TAG, tags=("VIP",)), now=now)
    done = act(database, chie, ids, reassign(akira), now=now)
    with database.write() as session:
        undo_change(session, chie, change_id=done.change_id, now=now)

    with database.read() as session:
        newest, oldest = list_acts(session, chie, now=now)
        assert (newest.action, newest.owner, newest.count) == (BulkAction.REASSIGN, "Akira", 2)
        assert (newest.undone_count, newest.may_undo) == (2, False)
        assert (oldest.action, oldest.tags, oldest.count, oldest.undone_at, oldest.may_undo) == (BulkAction.TAG, ("VIP",), 2, None, True)
        said = [(event.action, event.details["count"]) for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
        assert said == [("bulk_changed", 2), ("bulk_changed", 2), ("bulk_undone", 2)]


def test_somebody_who_is_given_customers_cannot_be_shut_out_in_between(
    database: Database, chie: User, dai: User, aiko: User, akira: User, make_customer: CustomerFactory, now: datetime
) -> None:
    ids = [make_customer(f"顧客{number}", owner=aiko).id for number in range(3)]
    given, ended = threading.Event(), threading.Event()
    order: list[str] = []

    def shut_out() -> None:
        given.wait(30)
        with database.write() as session:
            accounts.disable_user(session, session.get_one(User, dai.id), user_id=akira.id, now=now)
        order.append("shut out")
        ended.set()

    thread = threading.Thread(target=shut_out)
    thread.start()
    with database.write() as session:
        apply_change(session, chie, customer_ids=ids, act=reassign(akira), client_ref=uuid4(), now=now)
        given.set()
        assert not ended.wait(0.2)
        order.append("given")
    thread.join(30)
    assert order == ["given", "shut out"]
