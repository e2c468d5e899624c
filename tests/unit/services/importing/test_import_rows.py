"""Rows become customers: who is who, what changes, what is refused, and counts that always add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Counter, Customer, CustomerChange, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import Level, LocateStatus
from fieldsales.domain.words import ChangeCause, Kind, Stage
from fieldsales.errors import CustomerChanged, NotAllowed
from fieldsales.services import importing
from fieldsales.services.customers import customer_input, customers
from fieldsales.services.importing.errors import CodeOfOthers, LeftOutAsDuplicate, OwnerNotYours
from tests.unit.services.importing.lists import NOW, errors_of, fates, import_table, stored

MakeCustomer = Callable[..., Customer]
BANCHO = "香川県高松市番町1-8-15"


def test_a_row_fills_every_field(database: Database, aiko: User) -> None:
    header = [
        "顧客コード",
        "会社名",
        "フリガナ",
        "法人個人",
        "取引区分",
        "受注確度",
        "見込金額（千円）",
        "郵便番号",
        "住所",
        "電話番号",
        "メール",
        "先方担当者",
        "次回訪問日",
        "タグ",
        "メモ",
        "業種",
    ]
    row = [
        "0007",
        "㈱髙﨑①",
        "タカサキ",
        "個人",
        "取引先",
        "80%",
        "1,500",
        "〒760-0017",
        BANCHO,
        "087-123-4567",
        "a@b.jp",
        "山田",
        "令和8年12月1日",
        "VIP、東",
        "改行\r\nあり",
        "食品",
    ]
    assert fates(import_table(database, aiko, [header, row])) == (1, 0, 0, 0)
    c = stored(database)[0]
    assert (c.code, c.name, c.name_kana, c.kind, c.stage, c.likelihood) == (
        "0007",
        "㈱髙﨑①",
        "タカサキ",
        Kind.PERSON,
        Stage.CLIENT,
        Likelihood.A,
    )
    assert (c.amount, c.postal_code, c.address, c.phone, c.email) == (1_500_000, "760-0017", BANCHO, "087-123-4567", "a@b.jp")
    assert (c.contact_name, c.next_on, [t.name for t in c.tags], c.memo) == ("山田", date(2026, 12, 1), ["VIP", "東"], "改行\nあり")
    assert (c.custom, c.owner_id, c.team_id, c.locate_due_at) == ({"業種": "食品"}, aiko.id, aiko.team_id, NOW)


def test_a_row_without_a_name_is_rejected_even_when_its_code_is_known(database: Database, aiko: User) -> None:
    import_table(database, aiko, [["コード", "会社名"], ["1", "A社"]])
    result = import_table(database, aiko, [["コード", "会社名"], ["1", ""]])
    assert fates(result) == (0, 0, 0, 1)
    assert result.rejects[0].error.code == "missing_name"


def test_a_row_without_an_address_is_kept_as_unlocated(database: Database, aiko: User) -> None:
    result = import_table(database, aiko, [["会社名", "住所"], ["A社", ""]])
    assert (result.places.unlocated, result.places.pending) == (1, 0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["㈱髙﨑商店", BANCHO], ["株式会社 高崎商店", "香川県高松市番町１丁目８番１５号"]),
        (["ＡＢＣ", BANCHO], ["abc", BANCHO + " 第一ビル3F"]),
        (["みどり会", "高松市番町1-8-15"], ["医療法人社団みどり会", BANCHO]),
    ],
)
def test_the_same_name_and_address_are_one_customer_however_they_are_written(
    database: Database, aiko: User, first: list[str], second: list[str]
) -> None:
    import_table(database, aiko, [["会社名", "住所"], first])
    assert fates(import_table(database, aiko, [["会社名", "住所"], second])) == (0, 1, 0, 0)
    assert [c.name for c in stored(database)] == [second[0]]


def test_a_code_goes_before_name_and_address(database: Database, aiko: User) -> None:
    import_table(database, aiko, [["コード", "会社名", "住所"], ["001", "A社", BANCHO]])
    assert fates(import_table(database, aiko, [["コード", "会社名", "住所"], ["001", "B社", "東京都千代田区丸の内1-1"]])) == (0, 1, 0, 0)
    assert fates(import_table(database, aiko, [["コード", "会社名", "住所"], ["1", "C社", "大阪府大阪市北区1-1"]])) == (1, 0, 0, 0)
    assert [(c.code, c.name) for c in stored(database)] == [("001", "B社"), ("1", "C社")]


def test_a_customer_without_a_code_takes_the_code_of_its_row(database: Database, aiko: User) -> None:
    import_table(database, aiko, [["会社名", "住所"], ["A社", BANCHO]])
    import_table(database, aiko, [["コード", "会社名", "住所"], ["9", "A社", BANCHO]])
    assert [c.code for c in stored(database)] == ["9"]


def test_the_same_list_again_changes_nothing(database: Database, aiko: User) -> None:
    table = [
        ["会社名", "住所", "電話番号", "担当者", "金額"],
        ["A社", BANCHO, "312345678", "外部の人", "1万円"],
        ["B社", "", "087-1", "", ""],
    ]
    import_table(database, aiko, table)
    before = stored(database)
    assert fates(import_table(database, aiko, table, now=NOW + timedelta(days=1))) == (0, 0, 2, 0)
    assert [(c.version, c.changed_at) for c in stored(database)] == [(c.version, c.changed_at) for c in before]


def test_people_of_one_name_without_addresses_are_told_apart_by_phone(database: Database, aiko: User) -> None:
    table = [["氏名", "電話番号"], ["田中 太郎", "090-1111-1111"], ["田中 太郎", "090-2222-2222"]]
    assert fates(import_table(database, aiko, table)) == (2, 0, 0, 0)
    assert fates(import_table(database, aiko, table)) == (0, 0, 2, 0)
    assert {c.kind for c in stored(database)} == {Kind.PERSON}


def test_a_later_row_of_the_same_code_updates_the_earlier_one(database: Database, aiko: User) -> None:
    table = [["コード", "会社名", "電話番号"], ["1", "A社", "087-1"], ["1", "A社", "087-2"], ["1", "A社", "087-2"]]
    for dry_run in (True, False):
        assert fates(import_table(database, aiko, table, dry_run=dry_run)) == (1, 1, 1, 0)
    assert [c.phone for c in stored(database)] == ["087-2"]


def test_rows_of_one_code_far_apart_are_one_customer(database: Database, aiko: User) -> None:
    rows = [["1", "A社", "x"], *([str(n), f"客{n}", ""] for n in range(2, 1_200)), ["1", "A社", "y"]]
    for dry_run in (True, False):
        assert fates(import_table(database, aiko, [["コード", "会社名", "メモ"], *rows], dry_run=dry_run)) == (1_199, 1, 0, 0)
    assert stored(database)[0].memo == "y"


def test_coordinates_of_a_row_hold_though_a_later_row_speaks_of_the_same_customer(database: Database, aiko: User) -> None:
    table = [
        ["コード", "会社名", "住所", "緯度", "経度", "メモ"],
        ["1", "A社", BANCHO, "34.34", "134.04", ""],
        ["1", "A社", BANCHO, "34.34", "134.04", "x"],
    ]
    result = import_table(database, aiko, table)
    assert (fates(result), result.places.located) == ((1, 1, 0, 0), 2)
    assert (stored(database)[0].lat, stored(database)[0].locate_due_at) == (34.34, None)


def test_blank_cells_keep_what_is_stored_unless_they_are_to_erase(database: Database, aiko: User) -> None:
    header = ["コード", "会社名", "電話番号", "業種", "金額"]
    import_table(database, aiko, [header, ["1", "A社", "087-1", "食品", "5"]])
    assert fates(import_table(database, aiko, [header, ["1", "A社", "", "", ""]])) == (0, 0, 1, 0)
    assert fates(import_table(database, aiko, [header, ["1", "A社", "", "", ""]], erase_blank=True)) == (0, 1, 0, 0)
    c = stored(database)[0]
    assert (c.phone, c.custom, c.amount) == ("", {}, None)


def test_a_dry_run_counts_the_same_and_writes_nothing(database: Database, aiko: User) -> None:
    table = [
        ["コード", "会社名", "住所", "緯度", "経度"],
        ["1", "A社", BANCHO, "", ""],
        ["2", "", "", "", ""],
        ["3", "C社", "", "34.3", "134.0"],
        ["4", "D社", "", "", ""],
    ]
    dry = import_table(database, aiko, table, dry_run=True)
    assert stored(database) == []
    assert dry.counts() == import_table(database, aiko, table).counts()
    changed = [[*row[:1], row[1] + "様", *row[2:]] if row[1] else row for row in table[1:]]
    dry = import_table(database, aiko, [table[0], *changed], dry_run=True)
    assert [c.name for c in stored(database)] == ["A社", "C社", "D社"]
    assert dry.counts() == import_table(database, aiko, [table[0], *changed]).counts()


def test_every_change_is_kept_with_who_when_and_why(database: Database, aiko: User) -> None:
    import_table(database, aiko, [["コード", "会社名", "電話番号"], ["1", "A社", "087-1"]])
    import_table(database, aiko, [["コード", "会社名", "電話番号"], ["1", "A社", "087-2"]], now=NOW + timedelta(hours=1))
    with database.read() as session:
        made, changed = session.scalars(select(CustomerChange).order_by(CustomerChange.id))
        assert (made.cause, made.changed_by_id, made.after) == (ChangeCause.IMPORT, aiko.id, {"name": "A社"})
        assert (changed.before, changed.after, changed.changed_at) == ({"phone": "087-1"}, {"phone": "087-2"}, NOW + timedelta(hours=1))
        assert session.scalar(select(Counter.value).where(Counter.name == "map_epoch")) == 2


def test_somebody_editing_meanwhile_is_told_and_loses_nothing(database: Database, aiko: User) -> None:
    import_table(database, aiko, [["コード", "会社名"], ["1", "A社"]])
    seen = stored(database)[0]
    import_table(database, aiko, [["コード", "会社名"], ["1", "A社改"]])
    with pytest.raises(CustomerChanged), database.write() as session:
        values = replace(customer_input.input_of(seen), memo="mine")
        customers.update_customer(session, aiko, customer_id=seen.id, version=seen.version, values=values, now=NOW)
    assert stored(database)[0].name == "A社改"


def test_an_error_half_way_writes_nothing(database: Database, aiko: User, monkeypatch: pytest.MonkeyPatch) -> None:
    table = [["コード", "会社名"], *([str(n), f"客{n}"] for n in range(1_200))]

    def stop(done: int, total: int) -> None:
        if done > 600:
            raise KeyboardInterrupt

    original = importing.import_rows
    monkeypatch.setattr(importing, "import_rows", lambda *a, **k: original(*a, **k, progress=stop))
    with pytest.raises(KeyboardInterrupt):
        import_table(database, aiko, table)
    assert stored(database) == []


# Whose customers


def test_a_rep_imports_customers_of_their_own(database: Database, aiko: User, botan: User) -> None:
    import_table(database, aiko, [["会社名", "担当者"], ["A社", "Aiko"], ["B社", "aiko@example.com"], ["C社", ""]])
    assert {c.owner_id for c in stored(database)} == {aiko.id}
    with pytest.raises(NotAllowed):
        import_table(database, aiko, [["会社名"], ["D社"]], owner_id=botan.id)


def test_a_rep_may_not_give_a_customer_to_a_colleague(database: Database, aiko: User, people: dict[str, User]) -> None:
    with database.write() as session:
        mate = User(email="mate@example.com", name="Momo", role=aiko.role, team_id=aiko.team_id, password_hash="", created_at=NOW)
        session.add(mate)
    with database.read() as session:
        mate = session.scalars(select(User).where(User.name == "Momo")).one()
    result = import_table(database, aiko, [["会社名", "担当者"], ["A社", "Momo"]])
    assert errors_of(result) == [OwnerNotYours]
    import_table(database, mate, [["会社名", "住所"], ["A社", BANCHO]])
    assert fates(import_table(database, aiko, [["会社名", "住所", "担当者"], ["A社", BANCHO, "Momo"]])) == (0, 0, 1, 0)


def test_a_manager_gives_customers_to_people_of_their_teams(database: Database, chie: User, aiko: User, botan: User) -> None:
    table = [["会社名", "担当者"], ["A社", "aiko"], ["B社", "Botan"], ["C社", ""]]
    result = import_table(database, chie, table)
    by_name = {c.name: c for c in stored(database)}
    assert (by_name["A社"].owner_id, by_name["A社"].team_id) == (aiko.id, aiko.team_id)
    assert (by_name["B社"].owner_id, by_name["B社"].contact_name) == (None, "Botan")
    assert by_name["C社"].owner_id is None
    assert result.notes[importing.Note.CONTACT] == 1


def test_somebody_in_charge_who_is_no_user_is_the_contact_and_an_owner_who_is_none_is_kept(database: Database, aiko: User) -> None:
    result = import_table(database, aiko, [["会社名", "担当者", "営業担当"], ["A社", "外部 花子", "退職 太郎"]])
    c = stored(database)[0]
    assert (c.contact_name, c.custom, c.owner_id) == ("", {"営業担当": "退職 太郎"}, aiko.id)
    assert result.notes[importing.Note.OWNER_UNKNOWN] == 1
    import_table(database, aiko, [["会社名", "担当者"], ["B社", "外部 花子"]])
    assert stored(database)[1].contact_name == "外部 花子"


def test_another_teams_customer_is_neither_changed_nor_shown(
    database: Database, aiko: User, botan: User, make_customer: MakeCustomer
) -> None:
    make_customer("B社", owner=botan, code="77", address=BANCHO, phone="087-123-4567")
    result = import_table(database, aiko, [["コード", "会社名", "住所", "電話番号"], ["77", "B社", BANCHO, "087-123-4567"]])
    assert (fates(result), errors_of(result)) == ((0, 0, 0, 1), [CodeOfOthers])
    result = import_table(database, aiko, [["会社名", "住所", "電話番号"], ["B社", BANCHO, "087-123-4567"]])
    assert (fates(result), result.duplicates) == ((1, 0, 0, 0), [])
    assert [(c.owner_id, c.version) for c in stored(database)] == [(botan.id, 1), (aiko.id, 1)]


def test_a_disabled_user_imports_nothing(database: Database, aiko: User) -> None:
    aiko.disabled_at = NOW
    with pytest.raises(NotAllowed):
        import_table(database, aiko, [["会社名"], ["A社"]])


# Likely duplicates


@pytest.mark.parametrize(
    "row",
    [
        ["2", "A社", "香川県高松市扇町9-9", ""],
        ["2", "A社", "", ""],
        ["2", "別会社", "東京都港区1-1-1", "087-123-4567"],
        ["2", "高松食品 本店", BANCHO, ""],
        ["2", "A社", BANCHO, ""],
    ],
)
def test_who_may_be_known_already_is_shown_and_added_only_as_new(database: Database, aiko: User, row: list[str]) -> None:
    header = ["コード", "会社名", "住所", "電話番号"]
    import_table(database, aiko, [header, ["1", "㈱高松食品" if "本店" in row[1] else "A社", BANCHO, "(087) 123-4567"]])
    result = import_table(database, aiko, [header, row], dry_run=True)
    assert [c.ref for c in result.duplicates[0].candidates] == [f"c{stored(database)[0].id}"]
    assert fates(result) == (1, 0, 0, 0)
    skipped = import_table(database, aiko, [header, row], duplicates="skip", dry_run=True)
    assert errors_of(skipped) == [LeftOutAsDuplicate]
    assert fates(import_table(database, aiko, [header, row], decisions={2: f"c{stored(database)[0].id}"})) == (0, 1, 0, 0)
    assert len(stored(database)) == 1


@pytest.mark.parametrize(
    "row", [["A社", "東京都千代田区1-1", ""], ["全く別", BANCHO, ""], ["別", "", "087-999-9999"], ["A社第2倉庫", BANCHO, ""]]
)
def test_who_is_somebody_else_is_not_asked_about(database: Database, aiko: User, row: list[str]) -> None:
    header = ["会社名", "住所", "電話番号"]
    import_table(database, aiko, [header, ["A社", BANCHO, "087-123-4567"], ["A社第1倉庫", BANCHO, ""]])
    assert import_table(database, aiko, [header, row], dry_run=True).duplicates == []


def test_likely_duplicates_within_the_list_are_shown_too(database: Database, aiko: User) -> None:
    table = [["会社名", "住所"], ["A社", BANCHO], ["A社", "香川県高松市扇町9-9"]]
    result = import_table(database, aiko, table, dry_run=True)
    assert [(d.line, d.candidates[0].ref) for d in result.duplicates] == [(3, "r2")]
    assert fates(import_table(database, aiko, table, decisions={3: "r2"})) == (1, 1, 0, 0)
    assert [c.address for c in stored(database)] == ["香川県高松市扇町9-9"]


def test_a_decision_for_somebody_unseen_is_ignored(database: Database, aiko: User, botan: User, make_customer: MakeCustomer) -> None:
    hidden = make_customer("A社", owner=botan, address="x")
    import_table(database, aiko, [["会社名", "住所"], ["A社", BANCHO]])
    import_table(database, aiko, [["会社名", "住所"], ["A社", "香川県高松市扇町9-9"]], decisions={2: f"c{hidden.id}"})
    assert next(c for c in stored(database) if c.id == hidden.id).version == 1


# Places


def test_coordinates_spare_the_search_and_unusable_ones_are_told(database: Database, aiko: User) -> None:
    header = ["会社名", "住所", "緯度", "経度"]
    rows = [
        ["A", BANCHO, "34.34", "１３４．０４"],
        ["B", BANCHO + "9", "0", "0"],
        ["C", BANCHO + "8", "134.04", "34.34"],
        ["D", "", "x", "y"],
    ]
    result = import_table(database, aiko, [header, *rows])
    a, b, c, d = stored(database)
    assert (a.lat, a.lon, a.level, a.provider, a.locate_status, a.locate_due_at) == (
        34.34,
        134.04,
        Level.POINT,
        "given",
        LocateStatus.OK,
        None,
    )
    assert [x.lat for x in (b, c, d)] == [None, None, None]
    assert (b.locate_due_at, d.locate_status) == (NOW, LocateStatus.FAILED)
    assert result.notes[importing.Note.PLACE_IGNORED] == 3
    assert (result.places.located, result.places.pending, result.places.unlocated) == (1, 2, 1)


def test_a_pin_set_by_hand_is_never_moved(database: Database, aiko: User, make_customer: MakeCustomer) -> None:
    make_customer("A社", owner=aiko, code="1", address=BANCHO, lat=34.0, lon=134.0, pinned_by_hand=True, locate_status=LocateStatus.OK)
    import_table(database, aiko, [["コード", "会社名", "住所", "緯度", "経度"], ["1", "A社", "東京都千代田区丸の内1-1", "35.0", "139.0"]])
    c = stored(database)[0]
    assert (c.address, c.lat, c.lon, c.pinned_by_hand) == ("東京都千代田区丸の内1-1", 34.0, 134.0, True)


def test_a_new_address_is_queued_and_an_unchanged_one_keeps_its_place(database: Database, aiko: User, make_customer: MakeCustomer) -> None:
    place = {"lat": 34.0, "lon": 134.0, "locate_status": LocateStatus.OK, "level": Level.CHOME}
    make_customer("A社", owner=aiko, code="1", address=BANCHO, **place)
    make_customer("B社", owner=aiko, code="2", address=BANCHO, **place)
    result = import_table(database, aiko, [["コード", "会社名", "住所"], ["1", "A社", "高松市扇町1-1"], ["2", "B社", BANCHO]])
    assert (result.places.pending, result.places.located) == (1, 1)
    a, b = stored(database)
    assert (a.lat, a.locate_due_at, b.lat, b.locate_due_at) == (None, NOW, 34.0, None)
