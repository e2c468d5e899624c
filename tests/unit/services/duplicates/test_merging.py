"""Two records of one customer become one, and two again to the byte; nobody merges what is not theirs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.base import Base
from fieldsales.db.database import Database
from fieldsales.db.models import (
    Attachment,
    CheckIn,
    Contact,
    Customer,
    CustomerChange,
    CustomerMerge,
    CustomerRequest,
    Note,
    Plan,
    PlanStop,
    Purchase,
    User,
    Visit,
    VisitDraft,
)
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import LocateStatus
from fieldsales.domain.words import AttachmentKind, ChangeCause, CheckInState, Outcome, RequestKind, Role
from fieldsales.errors import BadChoice, CodeTaken, CustomerNotFound, NotAllowed, NotFound, TextTooLong
from fieldsales.services.customers import contacts, customer_history, customers
from fieldsales.services.customers.contacts import ContactInput
from fieldsales.services.duplicates import merging
from fieldsales.services.duplicates.duplicates import SameCustomer
from fieldsales.services.duplicates.merge_choices import Side
from fieldsales.services.duplicates.merging import AlreadyMerged, MergeNotYours, MergeOutdated, UndoLaterMergeFirst

MakeCustomer = Callable[..., Customer]
Rows = dict[str, list[tuple[Any, ...]]]
LIVELY = {"version", "changed_at"}  # of the two customers: the map and open forms hear of a merge by them


def all_rows(database: Database) -> Rows:
    """Return every row of every table but the history, the audit log and the record of merges, customers without what must rise."""
    rows = {}
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in ("customer_changes", "customer_merges", "not_duplicates", "audit_events"):
                columns = [c for c in table.c if not (table.name == "customers" and c.name in LIVELY)]
                rows[table.name] = [tuple(row) for row in session.execute(select(*columns).order_by(*table.primary_key.columns))]
    return rows


def new_plan(session: Session, who: User, now: datetime) -> int:
    """Return the id of a plan without stops."""
    people = {"user_id": who.id, "created_by_id": who.id, "changed_by_id": who.id}
    plan = Plan(**people, client_ref=uuid4(), day=now.date(), zone="Asia/Tokyo", created_at=now, changed_at=now)
    session.add(plan)
    session.flush()
    return plan.id


def fill(session: Session, customer: Customer, who: User, now: datetime) -> None:
    """Hang one row of everything on a customer."""
    own = {"customer_id": customer.id, "user_id": who.id}
    visit = Visit(
        **own, client_ref=uuid4(), outcome=Outcome.MET, visited_at=customer.last_visited_at, note="見積のお話",
        likelihood_before=Likelihood.B, likelihood_after=Likelihood.A, created_at=now,
    )  # fmt: skip
    contact = Contact(customer_id=customer.id, name=f"田中{customer.id}", name_kana="タナカ", phone="087-111-2222")
    session.add_all([visit, contact])
    session.flush()
    stored = {"stored_name": f"f{customer.id}", "file_name": "card.jpg", "media_type": "image/jpeg", "size": 3}
    session.add_all(
        [
            VisitDraft(**own, client_ref=uuid4(), answers={"note": "途中"}, created_at=now, changed_at=now),
            CheckIn(**own, client_ref=uuid4(), visit_id=visit.id, checked_in_at=now, closed_at=now, state=CheckInState.UNKNOWN),
            Purchase(**own, client_ref=uuid4(), bought_on=date(2026, 10, 1), item="複合機", amount=498_000, created_at=now),
            CustomerRequest(
                customer_id=customer.id,
                client_ref=uuid4(),
                kind=RequestKind.COMPLAINT,
                text="紙が詰まる",
                opened_by_id=who.id,
                opened_at=now,
            ),
            Note(**own, client_ref=uuid4(), text="駐車場は裏", created_at=now),
            Attachment(
                **own, client_ref=uuid4(), kind=AttachmentKind.CARD, visit_id=visit.id, contact_id=contact.id, created_at=now, **stored
            ),
            PlanStop(customer_id=customer.id, plan_id=new_plan(session, who, now), visit_id=visit.id),
        ]
    )
    contacts.refresh_search_text(session, customer.id)


@pytest.fixture
def pair(database: Database, make_customer: MakeCustomer, aiko: User, now: datetime) -> tuple[int, int]:
    """Two records of one customer that differ in nearly everything, each with one row of everything."""
    kept = make_customer(
        "高松食品", owner=aiko, code="A-1", tags=["VIP"], phone="087-851-0000", likelihood=Likelihood.B, memo="先代から",
        custom={"業種": "食品", "複合機": "A社"}, last_visited_at=now - timedelta(days=9),
    )  # fmt: skip
    merged = make_customer(
        "株式会社高松食品", owner=aiko, code="B-2", tags=["VIP", "展示会"], phone="087-851-0000", email="info@takamatsu.example",
        address="香川県高松市番町1-8-15", name_kana="タカマツショクヒン", memo="火曜定休", likelihood=Likelihood.A, amount=1_200_000,
        custom={"業種": "食品卸", "台数": "3"}, lat=34.34, lon=134.04, precision_m=15.0, locate_status=LocateStatus.OK,
        next_on=date(2026, 11, 25), next_time=time(14, 30), next_action="見積提出", close_month=date(2027, 3, 1), cadence_days=30,
        do_not_visit=True, do_not_visit_reason="棚卸中", do_not_visit_until=date(2026, 12, 1), last_visited_at=now - timedelta(days=2),
    )  # fmt: skip
    with database.write() as session:
        for customer in (kept, merged):
            fill(session, session.get_one(Customer, customer.id), aiko, now)
    return kept.id, merged.id


def merge(database: Database, actor: User, pair: tuple[int, int], now: datetime, **choices: Side) -> int:
    with database.write() as session:
        preview = merging.preview_merge(session, actor, kept_id=pair[0], merged_id=pair[1])
        done = merging.merge_customers(
            session, actor, kept_id=pair[0], merged_id=pair[1], choices=choices, versions=preview.versions, now=now
        )
        return done.id


def undo(database: Database, actor: User, merge_id: int, now: datetime) -> None:
    with database.write() as session:
        merging.undo_merge(session, actor, merge_id=merge_id, now=now)


def customer(database: Database, customer_id: int) -> Customer:
    with database.read() as session:
        return session.get_one(Customer, customer_id)


def test_the_preview_proposes_the_fuller_value_and_counts_what_moves(database: Database, pair: tuple[int, int], aiko: User) -> None:
    with database.read() as session:
        preview = merging.preview_merge(session, aiko, kept_id=pair[0], merged_id=pair[1])
    proposed = {field.name: field.proposed for field in preview.fields}
    assert proposed["email"] is proposed["address"] is proposed["name_kana"] is proposed["custom.台数"] is Side.MERGED
    assert proposed["code"] is proposed["custom.複合機"] is Side.KEPT
    assert proposed["do_not_visit"] is Side.MERGED
    assert proposed["memo"] is Side.BOTH
    assert "phone" not in proposed
    assert preview.moving == dict.fromkeys(
        ("visits", "visit_drafts", "contacts", "check_ins", "purchases", "customer_requests", "notes", "attachments", "plan_stops"), 1
    )
    assert preview.new_tags == ("展示会",)


def test_a_merge_moves_everything_and_leaves_the_merged_one_archived_behind(
    database: Database, pair: tuple[int, int], aiko: User, now: datetime
) -> None:
    merge(database, aiko, pair, now)
    kept, gone = customer(database, pair[0]), customer(database, pair[1])
    assert (gone.archived_at, gone.merged_into_id, kept.merged_into_id) == (now, kept.id, None)
    assert (kept.code, kept.email, kept.address, kept.lat) == ("A-1", "info@takamatsu.example", "香川県高松市番町1-8-15", 34.34)
    assert (kept.next_on, kept.next_time, kept.next_action) == (date(2026, 11, 25), time(14, 30), "見積提出")
    assert kept.memo == "先代から\n\n火曜定休"
    assert kept.custom["台数"] == "3"
    assert kept.custom["複合機"] == "A社"
    assert kept.last_visited_at == now - timedelta(days=2)
    assert kept.changed_at == gone.changed_at == now
    assert "タカマツショクヒン" in kept.search_text
    assert f"田中{gone.id}" in kept.search_text
    with database.read() as session:
        for model in (Visit, VisitDraft, Contact, CheckIn, Purchase, CustomerRequest, Note, Attachment, PlanStop):
            assert session.scalar(select(func.count()).where(model.customer_id == kept.id)) == 2, model
        assert merging.kept_of(session, aiko, customer_id=gone.id) == kept.id


def test_a_plan_that_leads_to_both_keeps_both_stops(database: Database, pair: tuple[int, int], aiko: User, now: datetime) -> None:
    with database.write() as session:
        plan_id = new_plan(session, aiko, now)
        session.add_all(PlanStop(customer_id=customer_id, plan_id=plan_id) for customer_id in pair)
    merge(database, aiko, pair, now)
    with database.read() as session:
        assert set(session.scalars(select(PlanStop.customer_id).where(PlanStop.plan_id == plan_id))) == set(pair)


@pytest.mark.parametrize("choices", [{}, {"code": Side.MERGED, "address": Side.KEPT, "memo": Side.MERGED}, {"owner_id": Side.KEPT}])
def test_undoing_a_merge_leaves_every_row_as_it_was(
    database: Database, pair: tuple[int, int], aiko: User, now: datetime, choices: dict[str, Side]
) -> None:
    before = all_rows(database)
    merge_id = merge(database, aiko, pair, now, **choices)
    assert all_rows(database) != before
    undo(database, aiko, merge_id, now + timedelta(hours=1))
    assert all_rows(database) == before
    assert {customer(database, i).changed_at for i in pair} == {now + timedelta(hours=1)}


def test_what_was_added_and_changed_since_stays_with_the_kept_customer(
    database: Database, pair: tuple[int, int], aiko: User, now: datetime
) -> None:
    merge_id = merge(database, aiko, pair, now)
    later = now + timedelta(days=1)
    with database.write() as session:
        session.add(Note(customer_id=pair[0], user_id=aiko.id, client_ref=uuid4(), text="後から", created_at=later))
        visit = {"client_ref": uuid4(), "outcome": Outcome.MET, "likelihood_before": Likelihood.A, "likelihood_after": Likelihood.A}
        session.add(Visit(customer_id=pair[0], user_id=aiko.id, visited_at=later, created_at=later, **visit))
        contacts.add_contact(session, aiko, customer_id=pair[0], contact=ContactInput(name="新任"), now=later)
        row = session.get_one(Customer, pair[0])
        row.email, row.last_visited_at = "new@takamatsu.example", later
    undo(database, aiko, merge_id, later)
    kept, back = customer(database, pair[0]), customer(database, pair[1])
    assert kept.email == "new@takamatsu.example"
    assert back.email == "info@takamatsu.example"
    assert (kept.last_visited_at, back.last_visited_at) == (later, now - timedelta(days=2))
    assert (kept.address, kept.lat, kept.amount) == ("", None, None)
    assert "新任" in kept.search_text
    assert f"田中{back.id}" not in kept.search_text
    assert f"田中{back.id}" in back.search_text
    with database.read() as session:
        assert set(session.scalars(select(Note.text).where(Note.customer_id == kept.id))) == {"駐車場は裏", "後から"}
        assert session.scalar(select(func.count()).where(Visit.customer_id == kept.id)) == 2


def test_a_place_found_for_the_merged_address_goes_with_that_address(
    database: Database, make_customer: MakeCustomer, aiko: User, now: datetime
) -> None:
    pair = (make_customer("甲", owner=aiko).id, make_customer("甲", owner=aiko, address="高松市番町1", locate_due_at=now).id)
    merge_id = merge(database, aiko, pair, now)
    assert customer(database, pair[1]).locate_due_at is None
    with database.write() as session:
        kept = session.get_one(Customer, pair[0])
        assert kept.locate_due_at == now
        kept.lat, kept.lon, kept.locate_status, kept.locate_due_at = 34.3, 134.0, LocateStatus.OK, None
    undo(database, aiko, merge_id, now)
    assert (customer(database, pair[0]).lat, customer(database, pair[0]).address) == (None, "")
    assert customer(database, pair[1]).locate_due_at == now


def test_a_pin_placed_by_hand_since_stays(database: Database, make_customer: MakeCustomer, aiko: User, now: datetime) -> None:
    pair = (make_customer("甲", owner=aiko).id, make_customer("甲", owner=aiko, address="高松市番町1", lat=34.1, lon=134.1).id)
    merge_id = merge(database, aiko, pair, now)
    with database.write() as session:
        customers.place_pin(session, aiko, customer_id=pair[0], lat=34.5, lon=134.5, now=now)
    undo(database, aiko, merge_id, now)
    assert (customer(database, pair[0]).lat, customer(database, pair[1]).lat) == (34.5, 34.1)


def test_only_who_may_see_both_and_owns_both_or_manages_them_may_merge(
    database: Database, make_customer: MakeCustomer, people: dict[str, User], now: datetime
) -> None:
    aiko, botan, chie, dai = (people[name] for name in ("aiko", "botan", "chie", "dai"))
    with database.write() as session:
        erika = User(email="e@example.com", name="Erika", role=Role.REP, team_id=aiko.team_id, password_hash="x", created_at=now)
        session.add(erika)
    mine, hers, west = make_customer("甲", owner=aiko), make_customer("甲", owner=erika), make_customer("甲", owner=botan)
    for actor, pair, refusal in (
        (aiko, (mine, hers), MergeNotYours),
        (aiko, (mine, west), CustomerNotFound),
        (botan, (mine, hers), CustomerNotFound),
        (chie, (mine, west), CustomerNotFound),
        (aiko, (mine, mine), SameCustomer),
    ):
        with pytest.raises(refusal), database.read() as session:
            merging.preview_merge(session, actor, kept_id=pair[0].id, merged_id=pair[1].id)
    aiko.disabled_at = now
    with pytest.raises(NotAllowed), database.read() as session:
        merging.preview_merge(session, aiko, kept_id=mine.id, merged_id=hers.id)
    aiko.disabled_at = None
    merge_id = merge(database, chie, (mine.id, hers.id), now)
    for actor, wrong in ((aiko, MergeNotYours), (botan, NotFound)):
        with pytest.raises(wrong), database.write() as session:
            merging.undo_merge(session, actor, merge_id=merge_id, now=now)
    with database.read() as session:
        assert merging.list_merges(session, aiko) == merging.list_merges(session, botan) == ()
        assert [row.merged_name for row in merging.list_merges(session, dai)] == ["甲"]
    undo(database, dai, merge_id, now)


def test_what_is_merged_already_or_was_changed_meanwhile_is_refused_and_nothing_moves(
    database: Database, make_customer: MakeCustomer, pair: tuple[int, int], aiko: User, now: datetime
) -> None:
    with database.write() as session:
        preview = merging.preview_merge(session, aiko, kept_id=pair[0], merged_id=pair[1])
        session.get_one(Customer, pair[1]).memo = "さっき変わった"
    before = all_rows(database)
    with pytest.raises(MergeOutdated), database.write() as session:
        merging.merge_customers(session, aiko, kept_id=pair[0], merged_id=pair[1], choices={}, versions=preview.versions, now=now)
    assert all_rows(database) == before
    merge(database, aiko, pair, now)
    third = make_customer("丙", owner=aiko).id
    for ids in (pair, (pair[1], pair[0]), (third, pair[1]), (pair[1], third)):
        with pytest.raises(AlreadyMerged), database.read() as session:
            merging.preview_merge(session, aiko, kept_id=ids[0], merged_id=ids[1])


def test_two_managers_merging_the_same_pair_the_other_way_round_merge_it_once(
    database: Database, pair: tuple[int, int], chie: User, now: datetime
) -> None:
    with database.read() as session:
        versions = merging.preview_merge(session, chie, kept_id=pair[0], merged_id=pair[1]).versions
    refused: list[Exception] = []
    start = threading.Barrier(2)

    def attempt(kept_id: int, merged_id: int, seen: tuple[int, int]) -> None:
        start.wait()
        try:
            with database.write() as session:
                merging.merge_customers(session, chie, kept_id=kept_id, merged_id=merged_id, choices={}, versions=seen, now=now)
        except AlreadyMerged as error:
            refused.append(error)

    threads = [
        threading.Thread(target=attempt, args=(*pair, versions)),
        threading.Thread(target=attempt, args=(pair[1], pair[0], versions[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    with database.read() as session:
        assert session.scalar(select(func.count(CustomerMerge.id))) == 1


def test_a_chain_is_undone_from_its_end(database: Database, make_customer: MakeCustomer, aiko: User, now: datetime) -> None:
    one, two, three = (make_customer(name, owner=aiko).id for name in ("一", "二", "三"))
    before = all_rows(database)
    first = merge(database, aiko, (two, three), now)
    second = merge(database, aiko, (one, two), now)
    with database.read() as session:
        assert merging.kept_of(session, aiko, customer_id=three) == one
        assert [row.id for row in merging.list_merges(session, aiko, customer_id=one)] == [second]
    with pytest.raises(UndoLaterMergeFirst):
        undo(database, aiko, first, now)
    undo(database, aiko, second, now)
    undo(database, aiko, first, now)
    assert all_rows(database) == before
    with pytest.raises(NotFound):
        undo(database, aiko, first, now)


def test_a_code_that_somebody_else_has_taken_since_stops_the_way_back(
    database: Database, make_customer: MakeCustomer, pair: tuple[int, int], aiko: User, now: datetime
) -> None:
    merge_id = merge(database, aiko, pair, now, code=Side.MERGED)
    with database.write() as session:
        session.get_one(Customer, pair[0]).code = "C-3"
    make_customer("横取り", owner=aiko, code="B-2")
    before = all_rows(database)
    with pytest.raises(CodeTaken):
        undo(database, aiko, merge_id, now)
    assert all_rows(database) == before


def test_a_side_that_is_not_offered_is_refused(database: Database, pair: tuple[int, int], aiko: User, now: datetime) -> None:
    for choices in ({"name": Side.BOTH}, {"name": "neither"}):
        with pytest.raises(BadChoice):
            merge(database, aiko, pair, now, **choices)


def test_memos_too_long_to_stand_together_are_not_offered_together(
    database: Database, make_customer: MakeCustomer, aiko: User, now: datetime
) -> None:
    pair = tuple(make_customer(f"客{i}", owner=aiko, memo=str(i) * 60_000).id for i in (1, 2))
    with pytest.raises((BadChoice, TextTooLong)):
        merge(database, aiko, pair, now, memo=Side.BOTH)
    merge(database, aiko, pair, now)
    assert len(customer(database, pair[0]).memo) == 60_000


def test_history_tells_of_merge_and_undo_and_offers_neither_for_restoring(
    database: Database, pair: tuple[int, int], aiko: User, now: datetime
) -> None:
    undo(database, aiko, merge(database, aiko, pair, now), now)
    with database.read() as session:
        changes = customer_history.list_changes(session, aiko, customer_id=pair[0])
        told = list(session.scalars(select(CustomerChange).where(CustomerChange.cause == ChangeCause.MERGE)))
    assert {"merged_name", "unmerged_name"} <= {name for change in changes for name in change.after}
    for change in told:
        with pytest.raises(NotFound), database.write() as session:
            customer_history.restore_change(session, aiko, change_id=change.id, now=now)


def test_what_is_saved_in_the_open_form_of_a_merged_customer_reaches_the_kept_one(
    database: Database, pair: tuple[int, int], aiko: User, now: datetime
) -> None:
    merge(database, aiko, pair, now)
    with database.write() as session:
        assert customers.open_for_change(session, aiko, pair[1]).id == pair[0]
        contacts.add_contact(session, aiko, customer_id=pair[1], contact=ContactInput(name="遅れてきた人"), now=now)
    with database.read() as session:
        assert session.scalar(select(Contact.customer_id).where(Contact.name == "遅れてきた人")) == pair[0]
