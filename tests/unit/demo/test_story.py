"""What the demo's 120 days are meant to show to a manager, and that its places and names can be believed."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest

from fieldsales.demo.inventing import Invented, invent_customers
from fieldsales.demo.people import FORMER, HABITS, LEFT_DAYS, NEGLECTED_AREA, rep_for
from fieldsales.demo.towns import Town, read_towns
from fieldsales.domain.likelihood import LOOKS, Likelihood
from fieldsales.domain.places import LocateStatus
from fieldsales.domain.words import Outcome

TODAY = date(2026, 11, 21)
DECIDED = (Likelihood.WON, Likelihood.LOST)


@pytest.fixture(scope="module")
def invented() -> list[Invented]:
    return list(invent_customers(300, today=TODAY))


def _next_on(customer: Invented) -> date | None:
    dates = [e.next_on for e in customer.encounters if e.next_on]
    return dates[-1] if dates and customer.encounters[-1].next_on else None


def test_the_neglected_city_is_promising_and_unvisited_for_ninety_days(invented: list[Invented]) -> None:
    there = [c for c in invented if c.spot.town and c.spot.town.area == NEGLECTED_AREA]
    assert len(there) >= 10
    assert sum(c.likelihood in (Likelihood.A, Likelihood.B) for c in there) > len(there) / 2
    assert all(e.day < TODAY - timedelta(days=90) for c in there for e in c.encounters)
    assert any(c.encounters for c in there)


def test_rep3_brings_home_the_most_orders(invented: list[Invented]) -> None:
    orders = Counter(c.rep for c in invented for e in c.encounters if e.outcome is Outcome.ORDER)
    (best, most), (_, second) = orders.most_common(2)
    assert best == "rep3"
    assert most >= 1.3 * second


def test_rep5_never_writes_a_note_and_the_others_do(invented: list[Invented]) -> None:
    written = Counter(c.rep for c in invented for e in c.encounters if e.note)
    assert written["rep5"] == 0
    assert all(written[rep] > 10 for rep in HABITS if rep != "rep5")


def test_the_rep_who_left_visited_until_then_and_left_promises_behind(invented: list[Invented]) -> None:
    theirs = [c for c in invented if c.rep == FORMER.account]
    assert len(theirs) >= 10
    assert max(e.day for c in theirs for e in c.encounters) < TODAY - timedelta(days=LEFT_DAYS)
    promised = [c.encounters[-1].next_on for c in theirs if c.encounters and c.encounters[-1].next_on]
    assert any(day < TODAY for day in promised)
    assert any(day > TODAY for day in promised)


def test_two_years_of_deals_lie_behind_the_story_and_each_visit_goes_on_where_the_one_before_ended(invented: list[Invented]) -> None:
    decided = Counter(e.day.year for c in invented for e in c.encounters if e.after is not e.before and e.after in DECIDED)
    assert all(decided[year] > 20 for year in (2025, 2026))
    assert min(e.day for c in invented for e in c.encounters) >= TODAY - timedelta(days=735)
    for customer in invented:
        told = customer.encounters
        assert [e.day for e in told] == sorted({e.day for e in told})
        assert all(one.after is other.before for one, other in pairwise(told))
        assert not told or told[-1].after is customer.likelihood


def test_what_is_stated_comes_true_to_a_few_percent_but_for_one_rep_who_hopes_for_more() -> None:
    surplus: dict[str, list[float]] = {}
    for customer in invent_customers(1_500, today=TODAY):
        for encounter in customer.encounters:
            share = LOOKS[encounter.before].share
            if encounter.after in DECIDED and share is not None:
                surplus.setdefault(customer.rep, []).append(share - (encounter.after is Likelihood.WON))
    gaps = {rep: sum(gap) / len(gap) for rep, gap in surplus.items()}
    assert gaps.pop("rep6") > 0.15
    assert all(abs(gap) < 0.12 for gap in gaps.values())


def test_most_lost_deals_say_why(invented: list[Invented]) -> None:
    lost = [e for c in invented if c.rep != "rep5" for e in c.encounters if e.outcome is Outcome.LOST]
    assert sum(1 for e in lost if e.note) > 0.85 * len(lost)


def test_a_demo_of_very_many_remembers_the_past_of_a_few() -> None:
    visits = [len(customer.encounters) for customer in islice(invent_customers(1_000_000, today=TODAY), 3_000)]
    assert sum(visits) < 3_000


def test_rep6_leaves_every_hot_deal_alone(invented: list[Invented]) -> None:
    hot = [c for c in invented if c.rep == "rep6" and c.likelihood is Likelihood.A]
    assert len(hot) >= 2
    assert all(e.day <= TODAY - timedelta(days=35) for c in hot for e in c.encounters)


def test_some_next_dates_are_overdue_some_today_and_some_to_come(invented: list[Invented]) -> None:
    dates = [day for c in invented if (day := _next_on(c))]
    assert sum(day < TODAY for day in dates) >= 15
    assert 3 <= sum(day == TODAY for day in dates) <= 25
    assert sum(day > TODAY for day in dates) >= 40


def test_visits_lie_on_working_days_and_never_today_or_later(invented: list[Invented]) -> None:
    days = [e.day for c in invented for e in c.encounters]
    assert max(days) < TODAY
    assert all(day.weekday() < 5 for day in days)
    assert all(c.created_on <= e.day for c in invented for e in c.encounters)


def test_a_next_date_never_lies_before_its_visit(invented: list[Invented]) -> None:
    assert all(e.next_on is None or e.next_on >= e.day for c in invented for e in c.encounters)


def test_the_fix_list_has_approximate_ambiguous_and_failed_places_and_most_are_fine(invented: list[Invented]) -> None:
    statuses = Counter(c.spot.status for c in invented)
    assert statuses[LocateStatus.OK] >= 255
    assert statuses[LocateStatus.APPROXIMATE] >= 10
    assert statuses[LocateStatus.AMBIGUOUS] >= 1
    assert statuses[LocateStatus.FAILED] >= 2


def test_several_customers_share_an_address(invented: list[Invented]) -> None:
    points = Counter((c.spot.lat, c.spot.lon) for c in invented if c.spot.located)
    assert sum(n > 1 for n in points.values()) >= 5


def test_customers_keep_to_their_town_in_a_small_demo(invented: list[Invented]) -> None:
    for customer in invented:
        if customer.spot.located and customer.spot.town and customer.spot.lat and customer.spot.lon:
            assert abs(customer.spot.lat - customer.spot.town.lat) < 0.01
            assert abs(customer.spot.lon - customer.spot.town.lon) < 0.01


def test_a_large_demo_spreads_out_so_that_few_customers_share_a_point() -> None:
    located = [c.spot for c in islice(invent_customers(100_000, today=TODAY), 1_000) if c.spot.located]
    assert len({(spot.lat, spot.lon) for spot in located}) > 0.9 * len(located)


def test_a_million_customers_do_not_bring_millions_of_visits() -> None:
    some = list(islice(invent_customers(1_000_000, today=TODAY), 2_000))
    assert sum(len(c.encounters) for c in some) < 0.2 * len(some)


def test_no_phone_number_and_no_mail_address_belongs_to_anybody(invented: list[Invented]) -> None:
    for customer in invented:
        exchange = customer.phone.split("-")[1]
        assert exchange.startswith("0"), customer.phone
        assert len(customer.phone.replace("-", "")) == (11 if customer.phone.startswith("090") else 10)
        assert not customer.email or customer.email.endswith("@example.jp")


def test_names_have_their_reading_in_katakana(invented: list[Invented]) -> None:
    assert all(re.fullmatch(r"[ァ-ヶー ]+", customer.kana) for customer in invented)
    assert len({customer.name for customer in invented}) > 280


def test_every_town_has_a_rep_and_the_cities_of_the_story_are_there() -> None:
    towns = read_towns()
    cities = {town.area for town in towns}
    assert {"宮城県仙台市", "香川県高松市", "北海道札幌市", "大阪府大阪市", "愛知県名古屋市", "福岡県福岡市", "神奈川県横浜市"} <= cities
    assert {rep_for(town) for town in towns} == {*HABITS, FORMER.account}
    assert all(24 < town.lat < 46 and 123 < town.lon < 146 for town in towns)


@pytest.mark.parametrize(
    ("name", "spelled_out", "address"),
    [
        ("神宮前六丁目", False, "東京都渋谷区神宮前6-12-3"),
        ("神宮前六丁目", True, "東京都渋谷区神宮前6丁目12番3号"),
        ("南一条西五丁目", True, "東京都渋谷区南1条西5丁目12-3"),
        ("丸の内", False, "東京都渋谷区丸の内12-3"),
    ],
)
def test_addresses_are_written_as_people_write_them(name: str, spelled_out: bool, address: str) -> None:
    town = Town("150-0001", "東京都", "渋谷区", name, 35.66608, 139.703704)
    assert town.address(12, 3, spelled_out=spelled_out) == address
