"""Ranks are judged by what became of them, and by nothing when that is too little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.calibration import Enough, Verdict, calibrate, wilson
from fieldsales.domain.likelihood import LOOKS, OPEN, Likelihood

A, B, C, D = OPEN
DECIDED = st.lists(st.tuples(st.sampled_from([*OPEN, None]), st.booleans()), max_size=200)


@given(decided=DECIDED)
def test_every_figure_is_what_plain_counting_gives(decided: list[tuple[Likelihood | None, bool]]) -> None:
    ranked = [(LOOKS[rank].share or 0.0, rank, won) for rank, won in decided if rank is not None]
    record = calibrate((rank, won, 1) for rank, won in decided)
    assert (record.count, record.unrated) == (len(ranked), len(decided) - len(ranked))
    assert record.won == sum(won for _, _, won in ranked)
    for of_rank in record.ranks:
        own = [won for _, rank, won in ranked if rank is of_rank.rank]
        assert (of_rank.count, of_rank.won) == (len(own), sum(own))
    if not ranked:
        assert record.brier is record.share is record.base_brier is None
        return
    share = sum(won for _, _, won in ranked) / len(ranked)
    assert record.share == pytest.approx(share)
    assert record.stated_share == pytest.approx(sum(stated for stated, _, _ in ranked) / len(ranked))
    assert record.brier == pytest.approx(sum((stated - won) ** 2 for stated, _, won in ranked) / len(ranked))
    assert record.base_brier == pytest.approx(sum((share - won) ** 2 for _, _, won in ranked) / len(ranked))


@given(count=st.integers(1, 5_000), data=st.data())
def test_a_wilson_interval_holds_the_share_and_narrows_with_more_deals(count: int, data: st.DataObject) -> None:
    won = data.draw(st.integers(0, count))
    low, high = wilson(won, count)
    assert 0 <= low <= won / count <= high <= 1
    wider = wilson(won * 4, count * 4)
    assert wider[1] - wider[0] < high - low


def test_the_wilson_interval_is_that_of_the_books() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("won", "lost", "enough"),
    [
        (0, 0, Enough.NONE),
        (12, 0, Enough.ONLY_WON),
        (500, 0, Enough.ONLY_WON),
        (0, 500, Enough.ONLY_LOST),
        (14, 15, Enough.FEW),
        (26, 4, Enough.FEW_LOST),
        (4, 26, Enough.FEW_WON),
        (25, 5, Enough.ENOUGH),
        (15, 15, Enough.ENOUGH),
    ],
)
def test_the_rule_of_enough_says_what_is_missing(won: int, lost: int, enough: Enough) -> None:
    assert calibrate([(B, True, won), (B, False, lost)]).enough is enough


def test_a_rank_is_called_hopeful_or_cautious_only_where_record_and_range_contradict_each_other() -> None:
    record = calibrate([(A, True, 10), (A, False, 20), (B, True, 13), (B, False, 7), (D, True, 15), (D, False, 5)])
    assert [r.verdict for r in record.ranks] == [Verdict.HOPEFUL, Verdict.FITS, Verdict.FEW, Verdict.CAUTIOUS]
    assert record.corrections == {A: C, D: B}


def test_few_deals_correct_nothing() -> None:
    assert calibrate([(A, False, 9)]).corrections == {}
    assert calibrate([(A, False, 10)]).corrections == {A: D}
