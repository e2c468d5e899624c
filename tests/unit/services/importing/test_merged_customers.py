"""A list that still names a customer by the code or the address it had before a merge means the one that was kept."""

from __future__ import annotations

from collections.abc import Callable

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.services.duplicates import merging
from tests.unit.services.importing.lists import NOW, fates, import_table, stored

MakeCustomer = Callable[..., Customer]
HEADER = ("顧客コード", "顧客名", "住所", "電話番号")


def merge(database: Database, actor: User, kept: Customer, merged: Customer) -> None:
    with database.write() as session:
        preview = merging.preview_merge(session, actor, kept_id=kept.id, merged_id=merged.id)
        merging.merge_customers(
            session, actor, kept_id=kept.id, merged_id=merged.id, choices={"code": "kept"}, versions=preview.versions, now=NOW
        )


def test_the_code_of_a_merged_customer_finds_the_kept_one_whose_own_code_stays(
    database: Database, make_customer: MakeCustomer, aiko: User
) -> None:
    one, two = (make_customer(f"高松食品{n}", owner=aiko, code=f"K-{n}", address=f"高松市番町{n}-1") for n in (1, 2))
    three = make_customer("高松食品3", owner=aiko, code="K-3", address="高松市番町3-1")
    merge(database, aiko, two, three)
    merge(database, aiko, one, two)
    rows = [HEADER, ("K-3", "高松食品3", "高松市番町3-1", "087-851-0003"), ("K-2", "高松食品2", "高松市番町2-1", "087-851-0002")]
    result = import_table(database, aiko, rows)
    assert fates(result)[0] == 0
    customers = {customer.id: customer for customer in stored(database)}
    assert len(customers) == 3
    assert (customers[one.id].code, customers[one.id].phone) == ("K-1", "087-851-0002")
    assert (customers[three.id].code, customers[three.id].phone) == ("K-3", "")


def test_the_name_and_address_of_a_merged_customer_find_the_kept_one_too(
    database: Database, make_customer: MakeCustomer, aiko: User
) -> None:
    kept = make_customer("高松食品", owner=aiko, address="高松市番町1-1")
    merge(database, aiko, kept, make_customer("高松フーズ", owner=aiko, address="高松市番町9-9"))
    import_table(database, aiko, [HEADER[1:], ("高松フーズ", "高松市番町9-9", "087-851-0000")])
    assert [customer.phone for customer in stored(database) if customer.archived_at is None] == ["087-851-0000"]
    assert len(stored(database)) == 2
