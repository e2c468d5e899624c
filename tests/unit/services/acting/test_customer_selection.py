"""Choosing customers: by areas, a hexagon or the filter; only whom one may see, and those without a pin are never forgotten."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import h3
import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.drawn_areas import read_rings
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.errors import NotAllowed
from fieldsales.services.acting.customer_selection import NOBODY, Asked, Chosen, choose_customers, list_chosen, name_owners
from fieldsales.services.map.map_index import MapIndex
from tests.conftest import CustomerFactory

TAKAMATSU = [[[34.30, 134.00], [34.30, 134.10], [34.40, 134.10], [34.40, 134.00]]]
EVERYBODY = TeamFilter(span=Span.around(SpanKind.MONTH, date(2026, 11, 21)))


@pytest.fixture
def choose(database: Database, now: datetime) -> Any:
    """Return a function that chooses: `choose(chie, rings=TAKAMATSU, tags={"VIP"})`."""
    index = MapIndex()

    def go(actor: User, *, rings: Any = (), cell: int | None = None, not_visited_days: int | None = None, **narrowed: Any) -> Chosen:
        team_filter = TeamFilter(span=EVERYBODY.span, **{name: frozenset(value) for name, value in narrowed.items()})
        asked = Asked(rings=read_rings(rings), cell=cell, not_visited_days=not_visited_days)
        columns = index.snapshot(database, fresh=True).columns
        with database.read() as session:
            return choose_customers(session, actor, team_filter=team_filter, asked=asked, columns=columns, now=now)

    return go


def test_customers_within_a_drawn_area_are_chosen_and_counted_by_status_and_owner(
    choose: Any, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    inside = make_customer("甲", owner=aiko, lat=34.35, lon=134.05, likelihood=Likelihood.A)
    nobodys = make_customer("乙", lat=34.36, lon=134.05, likelihood=Likelihood.C)
    make_customer("丙", owner=aiko, lat=35.0, lon=134.05)

    chosen = choose(chie, rings=TAKAMATSU)

    assert chosen.ids.tolist() == [inside.id, nobodys.id]
    assert chosen.by_likelihood == {Likelihood.A: 1, Likelihood.C: 1}
    assert chosen.by_owner == {aiko.id: 1, NOBODY: 1}


def test_customers_one_may_not_see_and_archived_ones_are_never_chosen(
    choose: Any, chie: User, dai: User, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    mine = make_customer("甲", owner=aiko, lat=34.35, lon=134.05)
    strange = make_customer("乙", owner=botan, lat=34.35, lon=134.05)
    make_customer("丙", owner=aiko, lat=34.35, lon=134.05, archived_at=now)

    assert choose(chie, rings=TAKAMATSU).ids.tolist() == [mine.id]
    assert choose(dai, rings=TAKAMATSU).ids.tolist() == [mine.id, strange.id]
    for stranger in (aiko, botan):
        with pytest.raises(NotAllowed):
            choose(stranger, rings=TAKAMATSU)


def test_customers_without_a_pin_lie_in_no_area_are_counted_and_found_by_the_filter(
    choose: Any, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    pinned = make_customer("甲", owner=aiko, lat=34.35, lon=134.05, tags=["VIP"])
    lost = make_customer("乙", owner=aiko, tags=["VIP"])
    make_customer("丙", owner=aiko)

    drawn = choose(chie, rings=TAKAMATSU, tags={"VIP"})
    filtered = choose(chie, tags={"VIP"})

    assert (drawn.ids.tolist(), drawn.without_pin) == ([pinned.id], 1)
    assert (filtered.ids.tolist(), filtered.located.tolist(), filtered.without_pin) == ([pinned.id, lost.id], [True, False], 0)


def test_the_filter_of_the_page_narrows_what_was_drawn(
    choose: Any, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    place = {"lat": 34.35, "lon": 134.05}
    hers = make_customer("甲", owner=aiko, area="香川県高松市", **place)
    make_customer("乙", owner=chie, area="香川県高松市", team_id=aiko.team_id, **place)
    make_customer("丙", owner=aiko, area="香川県丸亀市", **place)

    assert choose(chie, rings=TAKAMATSU, user_ids={aiko.id}, areas={"香川県高松市"}).ids.tolist() == [hers.id]
    assert len(choose(chie, rings=TAKAMATSU, user_ids={999_999})) == 0


def test_long_unvisited_customers_are_chosen_with_those_never_visited(
    choose: Any, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("甲", owner=aiko, last_visited_at=now - timedelta(days=89))
    long_ago, never = make_customer("乙", owner=aiko, last_visited_at=now - timedelta(days=91)), make_customer("丙", owner=aiko)

    assert choose(chie, not_visited_days=90).ids.tolist() == [long_ago.id, never.id]


def test_an_area_across_the_antimeridian_finds_customers_on_both_sides(choose: Any, dai: User, make_customer: CustomerFactory) -> None:
    east, west = make_customer("甲", lat=-17.0, lon=179.5), make_customer("乙", lat=-17.0, lon=-179.5)
    make_customer("丙", lat=-17.0, lon=0.5)

    assert choose(dai, rings=[[[-18, 179], [-18, 181], [-16, 181], [-16, 179]]]).ids.tolist() == [east.id, west.id]


def test_the_customers_of_a_hexagon_are_those_that_the_coverage_map_counts_there(
    choose: Any, dai: User, make_customer: CustomerFactory
) -> None:
    here = make_customer("甲", lat=34.3428, lon=134.0466)
    make_customer("乙", lat=35.6812, lon=139.7671)
    cell = h3.str_to_int(h3.cell_to_parent(h3.latlng_to_cell(34.3428, 134.0466, 9), 5))

    assert choose(dai, cell=cell).ids.tolist() == [here.id]
    assert choose(dai, cell=cell, rings=[[[0, 0], [0, 1], [1, 1]]]).ids.tolist() == []


def test_an_empty_area_and_an_empty_database_choose_nobody(choose: Any, dai: User) -> None:
    chosen = choose(dai, rings=TAKAMATSU)
    assert (len(chosen), chosen.by_likelihood, chosen.by_owner, chosen.without_pin) == (0, {}, {}, 0)
    assert len(choose(dai)) == 0


def test_whole_groups_and_single_customers_are_unticked(choose: Any, chie: User, aiko: User, make_customer: CustomerFactory) -> None:
    first, second = make_customer("甲", owner=aiko, likelihood=Likelihood.A), make_customer("乙", owner=aiko, likelihood=Likelihood.A)
    make_customer("丙", owner=aiko, likelihood=Likelihood.LOST)
    make_customer("丁", likelihood=Likelihood.A)

    chosen = choose(chie)

    kept = chosen.kept(likelihoods=[Likelihood.A, Likelihood.B], owner_ids=[aiko.id], without=[second.id])
    assert kept.tolist() == [first.id]
    assert chosen.kept(likelihoods=[], owner_ids=[], without=[]).tolist() == []


def test_chosen_customers_are_listed_likeliest_first_and_searched(
    database: Database, chie: User, aiko: User, botan: User, make_customer: CustomerFactory
) -> None:
    cold = make_customer("丸亀製粉", owner=aiko, likelihood=Likelihood.C, area="香川県丸亀市")
    hot = make_customer("高松食品", owner=aiko, likelihood=Likelihood.A)
    strange = make_customer("高松運輸", owner=botan, likelihood=Likelihood.A)
    ids = [cold.id, hot.id, strange.id]

    with database.read() as session:
        everybody = list_chosen(session, chie, ids=ids)
        found = list_chosen(session, chie, ids=ids, words="高松")
        assert [(row.name, row.owner_name, row.area) for row in everybody.rows] == [
            ("高松食品", "Aiko", ""),
            ("丸亀製粉", "Aiko", "香川県丸亀市"),
        ]
        assert (everybody.total, found.total, [row.id for row in found.rows]) == (2, 1, [hot.id])
        assert list_chosen(session, chie, ids=ids, offset=2).rows == ()
        assert [(row.owner_id, row.name) for row in name_owners(session, [NOBODY, aiko.id])] == [(aiko.id, "Aiko"), (None, "")]
        with pytest.raises(NotAllowed):
            list_chosen(session, aiko, ids=ids)
