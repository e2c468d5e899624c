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
from fieldsales.domain.words import Kind
from fieldsales.services.customer_search import CustomerList, Order, filter_choices, list_customers, matching_ids

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
