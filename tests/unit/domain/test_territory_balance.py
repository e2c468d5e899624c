"""How much work a share of customers is, against plain Python; and proposals that even it out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldsales.domain import territory_balance as balance
from fieldsales.domain.territory_balance import MOST_EXTRA_H, Work, measure, propose

Row = tuple[float, float, int, float, int, bool]


def work_of(rows: list[Row], people: int, *, visit_h: float = 0.5) -> Work:
    columns: list[Any] = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], [], []]
    lat, lon, cell, visits, holder, stays = columns
    bases = np.array([(35.0 + person * 0.1, 139.0) for person in range(people)]).reshape(people, 2)
    return Work(
        np.array(lat, np.float64), np.array(lon, np.float64), np.array(cell, np.int64), np.array(visits, np.float64),
        np.array(holder, np.int64), np.array(stays, np.bool_), bases, np.ones((len(rows), people), np.bool_), visit_h,
    )  # fmt: skip


def plain_hours(rows: list[Row], people: int, visit_h: float) -> tuple[list[float], list[float]]:
    """Return visiting and driving hours of each person, one customer at a time."""
    visiting, driving = [0.0] * people, [0.0] * people
    for lat, lon, cell, visits, holder, _ in rows:
        beside = sum(1 for row in rows if row[2] == cell and row[4] == holder)
        hop_km = 0.7124 * math.sqrt(5.161 / beside)
        base = (35.0 + holder * 0.1, 139.0)
        east = (lon - base[1]) * math.cos(math.radians((lat + base[0]) / 2))
        way_km = math.hypot(east, lat - base[0]) * 111.195
        visiting[holder] += visits * visit_h
        driving[holder] += visits * (hop_km * 1.4 / 20 + 2 * way_km / 6 * 1.3 / 40)
    return visiting, driving


def rows_for(people: int) -> st.SearchStrategy[list[Row]]:
    return st.lists(
        st.tuples(
            st.floats(34.8, 35.6),
            st.floats(138.8, 139.4),
            st.integers(1, 6),
            st.sampled_from([0.25, 0.5, 1.0, 2.0]),
            st.integers(0, people - 1),
            st.booleans(),
        ),
        max_size=40,
    )


@settings(max_examples=60)
@given(data=st.data(), people=st.integers(1, 4))
def test_the_hours_are_those_of_plain_python(data: st.DataObject, people: int) -> None:
    rows = data.draw(rows_for(people))
    loads = measure(work_of(rows, people))
    visiting, driving = plain_hours(rows, people, 0.5)
    assert np.allclose(loads.visiting_h, visiting, rtol=1e-3)
    assert np.allclose(loads.driving_h, driving, rtol=1e-3)


@settings(max_examples=60)
@given(data=st.data(), people=st.integers(2, 4))
def test_a_proposal_evens_the_work_out_and_is_the_same_each_time(data: st.DataObject, people: int) -> None:
    rows = data.draw(rows_for(people))
    work = work_of(rows, people)
    proposal = propose(work)
    assert proposal.moves == propose(work).moves
    assert len({move.row for move in proposal.moves}) == len(proposal.moves)
    for move in proposal.moves:
        assert not work.stays[move.row]
        assert work.holder[move.row] == move.giver != move.taker
        assert move.extra_driving_h <= MOST_EXTRA_H * work.visits[move.row] + 1e-9
    if proposal.moves:
        assert proposal.after.spread < proposal.before.spread
        taken = {move.row: move.taker for move in proposal.moves}
        after = [(*row[:4], taken.get(at, row[4]), row[5]) for at, row in enumerate(rows)]
        visiting, driving = plain_hours(after, people, 0.5)
        assert np.allclose(proposal.after.total_h, np.add(visiting, driving), rtol=1e-3)


def test_the_customers_at_the_border_go_and_the_far_ones_stay() -> None:
    near = [(35.08, 139.0, 1, 1.0, 0, False)] * 4  # almost at the colleague's
    far = [(34.9, 139.0, 2, 1.0, 0, False)] * 6
    proposal = propose(work_of([*far, *near, (35.1, 139.0, 1, 1.0, 1, False)], 2))
    assert {move.row for move in proposal.moves} <= set(range(6, 10))
    assert proposal.moves
    assert all(move.extra_driving_h < 0 for move in proposal.moves)


def test_nobody_is_given_customers_where_they_do_not_work() -> None:
    work = work_of([(35.05, 139.0, 1, 1.0, 0, False)] * 10, 2)
    work.near[:8, 1] = False
    assert {move.row for move in propose(work).moves} == {8, 9}


def test_even_shares_one_person_and_no_customers_have_nothing_to_propose() -> None:
    even = [(35.0, 139.0, 1, 1.0, 0, False), (35.1, 139.0, 2, 1.0, 1, False)]
    assert propose(work_of(even, 2)).moves == ()
    assert propose(work_of(even[:1], 1)).moves == ()
    nothing = propose(work_of([], 2))
    assert (nothing.moves, nothing.before.spread) == ((), 0.0)


def test_whoever_has_nobody_yet_gets_customers() -> None:
    rows = [(35.05, 139.0, 1, 1.0, 0, False)] * 10
    proposal = propose(work_of(rows, 2))
    assert 3 <= len(proposal.moves) <= 6


def test_the_middle_of_customers_on_both_sides_of_the_antimeridian_is_there_and_not_in_greenwich() -> None:
    lat, lon = balance.middle_of(np.array([-17.0, -17.0, -17.2]), np.array([179.0, -179.0, 180.0]))
    assert lat == -17.0
    assert abs(abs(lon) - 180) < 0.01


def test_intervals_say_how_often_and_none_says_never() -> None:
    visits = balance.visits_a_month(np.array([30.4375, 0.0, 7.0]))
    assert visits[:2].tolist() == [1.0, 0.0]
    assert math.isclose(visits[2], 4.348, abs_tol=0.001)
