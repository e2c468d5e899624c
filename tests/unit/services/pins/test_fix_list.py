"""The fix list: who is on it, why, in which order, and for whose eyes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import LocateReason, LocateStatus
from fieldsales.errors import CustomerChanged, CustomerNotFound
from fieldsales.services.customers import customer_history, customer_input, customers
from fieldsales.services.pins import fix_list, locating
from fieldsales.services.pins.fix_list import ROUGH, WAITING, ProblemList

MakeCustomer = Callable[..., Customer]
HERE = {"lat": 34.0, "lon": 134.0, "precision_m": 900.0}


def problems(database: Database, actor: User, **options: object) -> ProblemList:
    with database.read() as session:
        return fix_list.list_problems(session, actor, **options)  # type: ignore[arg-type]


@pytest.fixture
def troubled(make_customer: MakeCustomer, aiko: User, botan: User, now: datetime) -> dict[str, int]:
    """Customers of Aiko with every kind of problem, one without, one archived, and one of Botan's."""

    def make(name: str, owner: User = aiko, **values: object) -> int:
        return make_customer(name, owner=owner, **values).id

    failed, approximate = LocateStatus.FAILED, LocateStatus.APPROXIMATE
    make("良い客", **HERE, locate_status=LocateStatus.OK)
    make("しまった客", archived_at=now, locate_status=failed)
    make("西の客", owner=botan, locate_status=failed, locate_reason=LocateReason.NOT_AN_ADDRESS)
    return {
        "none": make("住所なし", likelihood=Likelihood.A, locate_status=failed, locate_reason=LocateReason.NO_ADDRESS),
        "lost": make(
            "不明", address="高松", likelihood=Likelihood.B, locate_status=failed, locate_reason=LocateReason.UNKNOWN_MUNICIPALITY
        ),
        "town": make("町なし", address="高松市", **HERE, locate_status=approximate, locate_reason=LocateReason.UNKNOWN_TOWN),
        "rough": make("粗い", address="高松市", likelihood=Likelihood.C, **HERE, locate_status=approximate),
        "queued": make("待ち", address="高松市", locate_due_at=now),
        "again": make(
            "再検索", address="高松市", **HERE, locate_status=approximate, locate_reason=LocateReason.UNKNOWN_TOWN, locate_due_at=now
        ),
        "busy": make(
            "混雑", address="高松市", locate_status=LocateStatus.RETRY_LATER, locate_reason=LocateReason.SERVICE_BUSY, locate_due_at=now
        ),
        "moved": make(
            "引っ越し", address="高松市", **HERE, pinned_by_hand=True, locate_status=approximate, locate_reason=LocateReason.ADDRESS_CHANGED
        ),
    }


def test_everybody_without_a_good_pin_is_listed_with_a_reason_and_the_numbers_reconcile(
    database: Database, troubled: dict[str, int], aiko: User
) -> None:
    found = problems(database, aiko)
    assert {row.customer_id: row.reason for row in found.rows} == {
        troubled["none"]: "no_address",
        troubled["lost"]: "unknown_municipality",
        troubled["town"]: "unknown_town",
        troubled["rough"]: ROUGH,
        troubled["queued"]: WAITING,
        troubled["again"]: WAITING,
        troubled["busy"]: "service_busy",
        troubled["moved"]: "address_changed",
    }
    assert sum(found.reasons.values()) == found.total == found.matching == len(troubled)
    assert found.reasons[WAITING] == 2
    with database.read() as session:
        counts = locating.location_counts(session, aiko)
    assert counts.approximate + counts.pending + counts.unlocated == found.total


def test_those_without_any_place_come_first_and_the_hottest_deals_before_the_others(
    database: Database, troubled: dict[str, int], aiko: User
) -> None:
    names = [row.name for row in problems(database, aiko).rows]
    assert names[:3] == ["住所なし", "不明", "粗い"]
    assert set(names[3:5]) == {"町なし", "引っ越し"}
    assert problems(database, aiko, limit=2, offset=1).rows[0].name == "不明"


def test_the_list_can_be_narrowed_by_reason_and_by_words(database: Database, troubled: dict[str, int], aiko: User) -> None:
    found = problems(database, aiko, reason=WAITING)
    assert {row.customer_id for row in found.rows} == {troubled["queued"], troubled["again"]}
    assert (found.matching, found.total) == (2, len(troubled))
    assert [row.name for row in problems(database, aiko, text="引っ越し").rows] == ["引っ越し"]
    assert problems(database, aiko, reason="no such reason").rows == ()


def test_a_rep_sees_their_own_problems_only(
    database: Database, troubled: dict[str, int], aiko: User, botan: User, chie: User, dai: User
) -> None:
    assert [row.name for row in problems(database, botan).rows] == ["西の客"]
    assert problems(database, chie).total == len(troubled)
    assert problems(database, dai).total == len(troubled) + 1
    with database.read() as session:
        assert fix_list.find_problem(session, aiko, customer_id=troubled["town"]).precision_m == 900
        with pytest.raises(CustomerNotFound):
            fix_list.find_problem(session, botan, customer_id=troubled["town"])


def test_a_corrected_address_is_queued_at_once_and_changes_nothing_else(
    database: Database, make_customer: MakeCustomer, aiko: User, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, address="高松", tags=["VIP"], memo="大切", locate_status=LocateStatus.FAILED)
    with database.write() as session:
        options = {"customer_id": customer.id, "postal_code": "760-0017", "address": "高松市番町1", "now": now}
        change_id = fix_list.correct_address(session, aiko, version=1, **options)
        assert change_id is not None
        assert fix_list.correct_address(session, aiko, version=2, **options) is None
    with database.read() as session:
        after = fix_list.find_problem(session, aiko, customer_id=customer.id)
        stored = customer_input.input_of(customers.open_for_change(session, aiko, customer.id))
    assert (after.address, after.postal_code, after.reason, after.version) == ("高松市番町1", "760-0017", WAITING, 2)
    assert (stored.tags, stored.memo, stored.owner_id) == (("VIP",), "大切", aiko.id)
    with pytest.raises(CustomerChanged), database.write() as session:
        fix_list.correct_address(session, aiko, customer_id=customer.id, version=1, postal_code="", address="別の住所", now=now)


def test_a_corrected_pin_can_be_taken_back(database: Database, make_customer: MakeCustomer, aiko: User, now: datetime) -> None:
    customer = make_customer(owner=aiko, address="高松市", **HERE, locate_status=LocateStatus.APPROXIMATE)
    with database.write() as session:
        change_id = fix_list.correct_pin(session, aiko, customer_id=customer.id, lat=34.5, lon=134.5, now=now)
    assert change_id is not None
    assert problems(database, aiko).total == 0
    with database.write() as session:
        customer_history.restore_change(session, aiko, change_id=change_id, now=now)
    (again,) = problems(database, aiko).rows
    assert (again.lat, again.precision_m, again.by_hand) == (34.0, 900.0, False)
