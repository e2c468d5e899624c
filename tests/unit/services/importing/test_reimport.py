"""What goes out comes back: an export that nobody touched changes nothing, whatever the values are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import select

from fieldsales.adapters.tables import open_sheet, write_sheet
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerChange, User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import Level, LocateStatus
from fieldsales.domain.tables import TableFormat
from fieldsales.domain.words import FieldKind, Kind, Stage
from fieldsales.errors import NotAllowed
from fieldsales.services.customers.custom_fields import save_field
from fieldsales.services.customers.exporting import export_customers
from fieldsales.services.importing.fields import EXPORT_HEADINGS, field_of_heading
from tests.unit.services.importing.lists import NOW, fates, import_table, stored

MakeCustomer = Callable[..., Customer]
FORMATS = [TableFormat("csv", "utf-8-sig"), TableFormat("csv", "cp932"), TableFormat("xlsx")]
ODD = [
    "=1+1",
    "'=1",
    "'quoted",
    "''x",
    "+81 3-1234-5678",
    "-5",
    "@x",
    "＝全角",
    "〜−￥",
    "😀絵文字",
    "مرحبا",
    'a"b;c,d\te',
    "改行\nあり",
    "312345678",
    "007",
    "[E]",
    "項目:x",
    "A;B",
]


def export(database: Database, actor: User, path: Path, table_format: TableFormat, *, locale: str = "ja") -> list[tuple[str, ...]]:
    with database.read() as session:
        found = export_customers(session, actor, customer_filter=CustomerFilter(), locale=locale, now=NOW)
        assert write_sheet(path, found.header, found.rows, table_format) == found.row_count
    rows = [row.cells for row in open_sheet(path).rows()]
    return [(*cells, *[""] * (len(rows[0]) - len(cells))) for cells in rows]


def changes(database: Database) -> list[CustomerChange]:
    with database.read() as session:
        return list(session.scalars(select(CustomerChange)))


def fill(make_customer: MakeCustomer, owner: User) -> None:
    for number, odd in enumerate(ODD):
        make_customer(
            odd,
            owner=owner,
            code=f"{odd[:60]}{number}",
            name_kana=odd,
            phone=odd,
            contact_name=odd,
            memo=odd + "\r\n" + odd,
            address=odd,
            postal_code=odd[:16],
            custom={"業種": odd, "住所": odd, "=h": "x", "メモ": "own"},
            next_action=odd,
            do_not_visit=True,
            do_not_visit_reason=odd,
            tags=[odd.replace("\n", " ")],
        )
    make_customer(
        "全部",
        owner=owner,
        kind=Kind.PERSON,
        stage=Stage.DORMANT,
        likelihood=Likelihood.WON,
        amount=-1_500,
        email="a@b.jp",
        next_on=date(2026, 1, 1),
        next_time=time(9, 5),
        close_month=date(2027, 1, 1),
        cadence_days=14,
        opening_hours="Mo-Fr 09:00-12:00,22:00-02:00; Sa 05:00-06:30; PH off; Su[1,-1] 10:00-12:00",
        visit_minutes=45,
        do_not_visit=True,
        do_not_visit_until=date(2026, 12, 31),
        custom={"有望": "yes", "数": "1200", "日": "2026-03-01", "級": "竹", "旧": "約100"},
        lat=34.123456789,
        lon=134.987654321,
        precision_m=2_000.0,
        level=Level.CITY,
        locate_status=LocateStatus.APPROXIMATE,
        address="香川県高松市",
    )
    make_customer("双子", address="東京都港区1-1")
    make_customer("双子", address="東京都港区1-1")


def define(database: Database, admin: User, *, now: datetime) -> None:
    """Make fields of the names that `fill` uses; 旧 holds what its kind would not take today."""
    kinds = {"有望": FieldKind.YES_NO, "数": FieldKind.NUMBER, "日": FieldKind.DATE, "級": FieldKind.CHOICE, "旧": FieldKind.NUMBER}
    with database.write() as session:
        for name, kind in kinds.items():
            save_field(session, admin, name=name, kind=kind, choices=("松", "竹") if kind is FieldKind.CHOICE else (), now=now)


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("table_format", FORMATS, ids=lambda f: f"{f.kind}-{f.encoding}")
def test_an_export_that_nobody_touched_changes_nothing(
    database: Database,
    dai: User,
    aiko: User,
    make_customer: MakeCustomer,
    tmp_path: Path,
    table_format: TableFormat,
    locale: str,
    now: datetime,
) -> None:
    fill(make_customer, aiko)
    define(database, dai, now=now)
    table = export(database, dai, tmp_path / f"out.{table_format.kind}", table_format, locale=locale)
    before = [(c.version, c.name, c.custom, c.memo, c.lat, c.locate_status) for c in stored(database)]
    for erase in (False, True):
        result = import_table(database, dai, table, erase_blank=erase)
        assert [(r.cells, r.error) for r in result.rejects] == []
        assert [change.after for change in changes(database)] == []
        assert fates(result) == (0, 0, len(before), 0)
    assert [(c.version, c.name, c.custom, c.memo, c.lat, c.locate_status) for c in stored(database)] == before


def test_an_export_into_an_empty_installation_brings_everything_back(
    database: Database, dai: User, aiko: User, make_customer: MakeCustomer, tmp_path: Path
) -> None:
    make_customer("=cmd", owner=aiko, code="'1", custom={"メモ": "own", "業種": "x"}, likelihood=Likelihood.LOST, tags=["VIP"], amount=5)
    table = export(database, dai, tmp_path / "out.csv", FORMATS[0])
    with database.write() as session:
        session.delete(session.get_one(Customer, stored(database)[0].id))
    assert fates(import_table(database, dai, table)) == (1, 0, 0, 0)
    c = stored(database)[0]
    assert (c.name, c.code, c.custom, c.likelihood, c.amount) == ("=cmd", "'1", {"メモ": "own", "業種": "x"}, Likelihood.LOST, 5)
    assert (c.owner_id, [t.name for t in c.tags]) == (aiko.id, ["VIP"])


def test_a_rough_place_is_looked_for_again_elsewhere_and_a_good_one_is_taken(
    database: Database, dai: User, make_customer: MakeCustomer, tmp_path: Path
) -> None:
    make_customer("粗い", address="香川県高松市番町1-1", lat=34.0, lon=134.0, precision_m=2_000.0, locate_status=LocateStatus.APPROXIMATE)
    make_customer("良い", address="香川県高松市番町1-2", lat=34.1, lon=134.1, precision_m=15.0, locate_status=LocateStatus.OK)
    table = export(database, dai, tmp_path / "out.csv", FORMATS[0])
    with database.write() as session:
        for customer in stored(database):
            session.delete(session.get_one(Customer, customer.id))
    import_table(database, dai, table)
    assert [(c.lat, c.locate_due_at) for c in stored(database)] == [(None, NOW), (34.1, None)]


def test_a_number_of_ours_that_means_somebody_else_here_is_not_believed(
    database: Database, dai: User, make_customer: MakeCustomer, tmp_path: Path
) -> None:
    make_customer("A社", address="香川県高松市番町1-1")
    table = export(database, dai, tmp_path / "out.csv", FORMATS[0])
    name, address = table[0].index("顧客名"), table[0].index("住所")
    foreign = ["" if n not in (name, address) else cell for n, cell in enumerate(table[1])]
    foreign[0], foreign[name], foreign[address] = table[1][0], "よその客", "東京都港区9-9"
    assert fates(import_table(database, dai, [table[0], foreign])) == (1, 0, 0, 0)
    assert [c.name for c in stored(database)] == ["A社", "よその客"]


def test_an_edit_in_the_exported_file_changes_exactly_that(
    database: Database, dai: User, make_customer: MakeCustomer, tmp_path: Path
) -> None:
    make_customer("A社", address="香川県高松市番町1-1", phone="087-1")
    table = [list(row) for row in export(database, dai, tmp_path / "out.csv", FORMATS[0])]
    table[1][table[0].index("顧客名")] = "A社改"
    assert fates(import_table(database, dai, table)) == (0, 1, 0, 0)
    assert [(c.name, c.phone) for c in stored(database)] == [("A社改", "087-1")]


def test_only_those_with_the_right_export_and_only_what_they_see(
    database: Database, aiko: User, botan: User, chie: User, make_customer: MakeCustomer, tmp_path: Path
) -> None:
    make_customer("東", owner=aiko)
    make_customer("西", owner=botan)
    with pytest.raises(NotAllowed):
        export(database, aiko, tmp_path / "out.csv", FORMATS[0])
    table = export(database, chie, tmp_path / "out.csv", FORMATS[0])
    assert [row[table[0].index("顧客名")] for row in table[1:]] == ["東"]


def test_every_heading_of_an_export_is_understood_by_an_import() -> None:
    for field, names in EXPORT_HEADINGS.items():
        assert {(field_of_heading(name) or (None,))[0] for name in names.values()} == {field}
