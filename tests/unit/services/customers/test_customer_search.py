"""Lists, searches and filters show what was asked for, sorted by what matters, within what one may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import LocateStatus
from fieldsales.domain.words import Kind, Stage
from fieldsales.services.customers.contacts import ContactInput, add_contact
from fieldsales.services.customers.customer_search import CustomerList, Order, filter_choices, list_customers, matching_ids
from fieldsales.services.pins.fix_list import list_problems

Make = Callable[..., Customer]


@pytest.fixture
def listed(database: Database, aiko: User, now: datetime, today: date) -> Callable[..., CustomerList]:
    def run(actor: User = aiko, *, order: Order = Order.NAME, limit: int = 50, offset: int = 0, **asked: object) -> CustomerList:
        with database.read() as session:
            wanted = CustomerFilter(**asked)  # type: ignore[arg-type]
            return list_customers(session, actor, customer_filter=wanted, now=now, today=today, order=order, limit=limit, offset=offset)

    return run


def names(found: CustomerList) -> list[str]:
    return [row.name for row in found.rows]


def test_the_count_tells_matching_and_total(listed: Callable[..., CustomerList], aiko: User, make_customer: Make) -> None:
    make_customer("甲", owner=aiko, likelihood=Likelihood.A)
    make_customer("乙", owner=aiko)
    found = listed(likelihoods=frozenset({Likelihood.A}))
    assert (names(found), found.matching, found.total) == (["甲"], 1, 2)


def test_text_finds_old_kanji_kana_and_phone_numbers(listed: Callable[..., CustomerList], aiko: User, make_customer: Make) -> None:
    make_customer("㈱髙﨑商店", owner=aiko, name_kana="タカサキショウテン", phone="087-123-4567", address="高松市番町4")
    make_customer("別の店", owner=aiko)
    for text in ("高崎", "たかさき", "ﾀｶｻｷ", "0871234567", "番町 高崎"):
        assert names(listed(text=text)) == ["㈱髙﨑商店"], text


@pytest.mark.parametrize("text", ["100%", "_", "\\", "'; DROP TABLE customers; --"])
def test_signs_that_mean_something_to_a_database_are_text(
    listed: Callable[..., CustomerList], aiko: User, make_customer: Make, text: str
) -> None:
    make_customer("普通の店", owner=aiko)
    assert names(listed(text=text)) == []


def test_filters_by_owner_kind_tag_problem_and_days_not_visited(
    listed: Callable[..., CustomerList], aiko: User, make_customer: Make, now: datetime
) -> None:
    make_customer("A", owner=aiko, kind=Kind.PERSON, tags=["重点"], locate_status=LocateStatus.OK, last_visited_at=now - timedelta(days=5))
    make_customer("B", owner=aiko, locate_status=LocateStatus.APPROXIMATE, last_visited_at=now - timedelta(days=40))
    make_customer("C", owner=aiko, locate_status=LocateStatus.OK)
    assert names(listed(kinds=frozenset({Kind.PERSON}))) == ["A"]
    assert names(listed(tags=frozenset({"重点"}))) == ["A"]
    assert names(listed(has_problem=True)) == ["B"]
    assert names(listed(not_visited_days=30)) == ["B", "C"]
    assert names(listed(owner_ids=frozenset({aiko.id}))) == ["A", "B", "C"]
    assert names(listed(owner_ids=frozenset({0}))) == []


def test_the_urgent_come_first(listed: Callable[..., CustomerList], aiko: User, make_customer: Make, today: date, now: datetime) -> None:
    make_customer("後でよい", owner=aiko, likelihood=Likelihood.D)
    make_customer("有望", owner=aiko, likelihood=Likelihood.A, last_visited_at=now)
    make_customer("今日の約束", owner=aiko, likelihood=Likelihood.C, next_on=today)
    make_customer("過ぎた約束", owner=aiko, likelihood=Likelihood.D, next_on=today - timedelta(days=3))
    make_customer("有望で未訪問", owner=aiko, likelihood=Likelihood.A)
    assert names(listed(order=Order.URGENCY)) == ["過ぎた約束", "今日の約束", "有望で未訪問", "有望", "後でよい"]


def test_names_sort_by_their_reading_and_amounts_by_size(listed: Callable[..., CustomerList], aiko: User, make_customer: Make) -> None:
    make_customer("山田", owner=aiko, name_kana="ヤマダ", amount=10)
    make_customer("青木", owner=aiko, name_kana="アオキ")
    make_customer("中村", owner=aiko, name_kana="ナカムラ", amount=500)
    assert names(listed(order=Order.NAME)) == ["青木", "中村", "山田"]
    assert names(listed(order=Order.AMOUNT)) == ["中村", "山田", "青木"]


def test_pages_of_a_list_neither_repeat_nor_skip(listed: Callable[..., CustomerList], aiko: User, make_customer: Make) -> None:
    for _ in range(7):
        make_customer("同じ名", owner=aiko)
    ids = [row.id for offset in (0, 3, 6) for row in listed(limit=3, offset=offset).rows]
    assert len(ids) == len(set(ids)) == 7


def test_a_search_stays_within_what_one_may_see(database: Database, people: dict[str, User], make_customer: Make, now: datetime) -> None:
    mine, theirs = make_customer("高松食品", owner=people["aiko"]), make_customer("高松食品", owner=people["botan"])
    with database.read() as session:
        assert list(matching_ids(session, people["aiko"], text="高松", now=now)) == [mine.id]
        assert set(matching_ids(session, people["dai"], text="高松", now=now)) == {mine.id, theirs.id}
        assert [name for _, name in filter_choices(session, people["aiko"]).owners] == ["Aiko"]
        assert [name for _, name in filter_choices(session, people["dai"]).owners] == ["Aiko", "Botan", "Chie", "Dai"]


def test_a_person_is_found_by_kana_and_by_the_last_four_digits(
    listed: Callable[..., CustomerList], aiko: User, make_customer: Make
) -> None:
    make_customer("田中 一郎", owner=aiko, name_kana="タナカ イチロウ", phone="087-123-4567")
    make_customer("中田 二郎", owner=aiko, name_kana="ナカタ ジロウ", phone="0878450000")
    for text, expected in {
        "たなか": ["田中 一郎"],
        "田": ["田中 一郎", "中田 二郎"],
        "4567": ["田中 一郎"],
        "123-4567": ["田中 一郎"],
        "0871234567": ["田中 一郎"],
        "087-845-0000": ["中田 二郎"],
        "(087)845": ["中田 二郎"],
        "845-00001": [],
    }.items():
        assert sorted(names(listed(text=text))) == sorted(expected), text


def test_a_contact_leads_to_its_customer(
    database: Database, listed: Callable[..., CustomerList], aiko: User, make_customer: Make, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    person = ContactInput(name="渡邉 花子", name_kana="ワタナベ ハナコ", mobile="090-1111-2222")
    with database.write() as session:
        add_contact(session, aiko, customer_id=customer.id, contact=person, now=now)
    for text in ("渡辺", "わたなべ", "2222", "花"):
        assert names(listed(text=text)) == ["高松食品"], text


def test_names_that_begin_with_what_was_asked_come_before_names_and_addresses_that_hold_it(
    listed: Callable[..., CustomerList], aiko: User, make_customer: Make, today: date
) -> None:
    make_customer("屋島ホテル", owner=aiko, address="香川県みどり市1-1", next_on=today - timedelta(days=9))
    make_customer("北みどり園", owner=aiko, likelihood=Likelihood.A)
    make_customer("翠食品", owner=aiko, name_kana="ミドリショクヒン")
    make_customer("株式会社みどり電機", owner=aiko)
    make_customer("(株)みどり", owner=aiko, likelihood=Likelihood.D)
    found = names(listed(order=Order.URGENCY, text="みどり"))
    assert found == ["(株)みどり", "株式会社みどり電機", "翠食品", "屋島ホテル", "北みどり園"]
    assert names(listed(order=Order.URGENCY, text="みどり 電機")) == ["株式会社みどり電機"]
    assert names(listed(order=Order.NAME, text="みどり"))[0] == "(株)みどり"


def test_a_text_of_marks_alone_is_no_name(listed: Callable[..., CustomerList], aiko: User, make_customer: Make) -> None:
    make_customer("甲-乙", owner=aiko)
    assert names(listed(order=Order.URGENCY, text="-")) == ["甲-乙"]


@pytest.mark.parametrize("text", ["甲\x00乙", "\ud800", "\x01", "a" * 200, '"', '" OR "', "* AND", "'' & !", "\\'", "高" * 199])
def test_no_text_breaks_the_search(listed: Callable[..., CustomerList], aiko: User, make_customer: Make, text: str) -> None:
    make_customer("普通の店", owner=aiko)
    assert listed(order=Order.URGENCY, text=text).total == 1


def test_very_many_matches_are_counted_up_to_a_limit(
    database: Database, aiko: User, make_customer: Make, now: datetime, today: date
) -> None:
    for number in range(5):
        make_customer(f"高松食品{number}", owner=aiko)

    def ask(count_up_to: int, text: str = "高松") -> CustomerList:
        wanted = CustomerFilter(text=text)
        with database.read() as session:
            return list_customers(session, aiko, customer_filter=wanted, now=now, today=today, limit=2, count_up_to=count_up_to)

    assert [(f.matching, f.at_least, f.total, len(f.rows)) for f in (ask(3), ask(5), ask(9))] == [
        (3, True, 5, 2),
        (5, False, 5, 2),
        (5, False, 5, 2),
    ]
    assert (ask(3, text="").matching, ask(3, text="").at_least) == (5, False)


def test_the_approach_list_and_the_clients_are_filters(listed: Callable[..., CustomerList], aiko: User, make_customer: Make) -> None:
    for name, stage in (("見", Stage.PROSPECT), ("取", Stage.CLIENT), ("休", Stage.DORMANT)):
        make_customer(name, owner=aiko, stage=stage)
    assert names(listed(stages=frozenset({Stage.PROSPECT}))) == ["見"]
    assert names(listed(stages=frozenset({Stage.CLIENT, Stage.DORMANT}))) == ["休", "取"]


def test_the_fix_list_is_searched_by_the_same_index(database: Database, aiko: User, make_customer: Make) -> None:
    make_customer("田中", owner=aiko, name_kana="タナカ")
    make_customer("鈴木", owner=aiko)
    with database.read() as session:
        assert [row.name for row in list_problems(session, aiko, text="たな").rows] == ["田中"]
