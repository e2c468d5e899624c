"""Lists that bring the next action, the expected month, the cadence, the do-not-visit flag, and values of the team's own fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.words import FieldKind
from fieldsales.errors import BadChoice, BadDate, BadNumber
from fieldsales.services.customers.custom_fields import save_field
from fieldsales.services.importing.errors import BadTime
from fieldsales.services.importing.values import read_interval, read_month, read_time, read_yes_no
from tests.unit.services.importing.lists import errors_of, fates, import_table, stored

MakeCustomer = Callable[..., Customer]
HEADER = [
    "会社名",
    "受注予定月",
    "次回予定日",
    "次回予定時刻",
    "次回の用件",
    "訪問周期(日)",
    "訪問禁止",
    "訪問禁止の理由",
    "訪問禁止の期限",
]


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        *(("2027-01", 1), ("2027/1", 1), ("2027年１月", 1), ("令和9年1月", 1), ("R9.1", 1), ("Jan-27", 1), ("2027/01/31", 1)),
        *(("January 2027", 1), ("2027年12月25日", 12)),
    ],
)
def test_a_month_is_read_as_its_first_day(cell: str, month: int) -> None:
    assert read_month(cell) == date(2027, month, 1)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        *(("9:05", time(9, 5)), ("09:05:00", time(9, 5)), ("14時", time(14)), ("14時半", time(14, 30)), ("午後2時30分", time(14, 30))),
        *(("2:30 PM", time(14, 30)), ("１２：００", time(12)), ("12:00 am", time(0)), ("午前0時", time(0))),
    ],
)
def test_a_time_of_day_is_read_as_people_write_it(cell: str, read: time) -> None:
    assert read_time(cell) == read


@pytest.mark.parametrize(("cell", "days"), [("30", 30), ("30日", 30), ("2週間", 14), ("1か月", 30), ("3 weeks", 21)])
def test_a_cadence_is_read_in_days(cell: str, days: int) -> None:
    assert read_interval(cell) == days


def test_what_is_none_of_these_is_refused() -> None:
    for cell in ("2027-13", "someday", "2027"):
        with pytest.raises(BadDate):
            read_month(cell)
    for cell in ("25:00", "9:60", "9", "noon"):
        with pytest.raises(BadTime):
            read_time(cell)
    with pytest.raises(BadNumber):
        read_interval("often")
    with pytest.raises(BadChoice):
        read_yes_no("perhaps")
    assert (read_yes_no("○"), read_yes_no("いいえ")) == (True, False)


def test_a_list_fills_every_column(database: Database, aiko: User) -> None:
    row = ["A社", "2027年1月", "2026/12/1", "午後2時", "デモ", "2週間", "○", "係争中", "2026/12/31"]
    assert fates(import_table(database, aiko, [HEADER, row])) == (1, 0, 0, 0)
    (customer,) = stored(database)
    assert (customer.close_month, customer.next_on, customer.next_time) == (date(2027, 1, 1), date(2026, 12, 1), time(14))
    assert (customer.next_action, customer.cadence_days) == ("デモ", 14)
    assert (customer.do_not_visit, customer.do_not_visit_reason, customer.do_not_visit_until) == (True, "係争中", date(2026, 12, 31))


def test_a_reason_alone_forbids_and_a_lifted_ban_takes_its_reason_along(database: Database, aiko: User) -> None:
    import_table(database, aiko, [["会社名", "住所", "訪問禁止の理由"], ["A社", "高松市番町1-1", "係争中"]])
    assert [(c.do_not_visit, c.do_not_visit_reason) for c in stored(database)] == [(True, "係争中")]
    import_table(database, aiko, [["会社名", "住所", "訪問禁止"], ["A社", "高松市番町1-1", "いいえ"]])
    assert [(c.do_not_visit, c.do_not_visit_reason) for c in stored(database)] == [(False, "")]


def test_a_time_without_its_day_says_nothing(database: Database, aiko: User) -> None:
    import_table(database, aiko, [["会社名", "次回予定時刻"], ["A社", "9:00"]])
    assert [(c.next_on, c.next_time) for c in stored(database)] == [(None, None)]


def test_a_bad_cell_is_rejected_with_its_heading(database: Database, aiko: User) -> None:
    rows = [["A", "x"] + [""] * 7, ["B", "", "2026/12/1", "x"] + [""] * 5, ["C"] + [""] * 5 + ["?", "", ""]]
    result = import_table(database, aiko, [HEADER, *rows])
    assert errors_of(result) == [BadDate, BadTime, BadChoice]
    assert [reject.heading for reject in result.rejects] == ["受注予定月", "次回予定時刻", "訪問禁止"]


def test_values_of_own_fields_are_held_to_their_kind(
    database: Database, aiko: User, dai: User, make_customer: MakeCustomer, now: datetime
) -> None:
    make_customer("古い社", owner=aiko, address="高松市番町1-1", custom={"従業員数": "約100"})
    with database.write() as session:
        for name, kind in {"従業員数": FieldKind.NUMBER, "契約満了": FieldKind.DATE, "有望": FieldKind.YES_NO}.items():
            save_field(session, dai, name=name, kind=kind, now=now)
    header = ["会社名", "住所", "従業員数", "契約満了", "有望"]
    table = [
        header,
        ["新しい社", "高松市番町2-2", "１，２００", "令和9年3月31日", "はい"],
        ["悪い社", "高松市番町3-3", "多数", "", ""],
        ["古い社", "高松市番町1-1", "約100", "", ""],
        ["古い社", "高松市番町1-1", "約200", "", ""],
    ]
    result = import_table(database, aiko, table)
    assert fates(result) == (1, 0, 1, 2)
    assert [(reject.heading, type(reject.error)) for reject in result.rejects] == [("従業員数", BadNumber)] * 2
    custom = {c.name: c.custom for c in stored(database)}
    assert custom == {"古い社": {"従業員数": "約100"}, "新しい社": {"従業員数": "1200", "契約満了": "2027-03-31", "有望": "yes"}}
