"""A deal is what lies between opening and decision; what was said a month before the decision is what it is judged by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fieldsales.domain.deals import Deal, Move, deals_of, once_each, open_since, to_micros, to_moment
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause

A, B, C, WON, LOST, UNRATED = Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.WON, Likelihood.LOST, Likelihood.UNRATED
START = datetime(2026, 1, 1, tzinfo=UTC)
AIKO, BOTAN = 1, 2


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def course(first: Likelihood, *moves: tuple[float, Likelihood] | tuple[float, Likelihood, ChangeCause, int | None]) -> list[Deal]:
    """Return the deals of a customer added at day 0 with a rank; a move is (day, rank) by Aiko, or with its cause and author."""
    rank, told = first, []
    for days, after, *rest in moves:
        cause, by = rest if rest else (ChangeCause.VISIT, AIKO)
        told.append(Move(to_micros(at(days)), rank, after, cause, by))
        rank = after
    return deals_of(7, created=to_micros(START), moves=told)


def test_a_deal_is_judged_by_the_rank_it_had_thirty_days_before() -> None:
    (deal,) = course(C, (10, B), (50, A), (60, WON))
    assert (deal.stated, deal.stated_at, deal.won, deal.decided_at) == (B, at(30), True, at(60))
    assert (deal.begun_at, deal.stated_by) == (START, AIKO)


def test_a_deal_younger_than_thirty_days_is_judged_by_its_first_rank() -> None:
    (deal,) = course(UNRATED, (100, C), (110, A), (120, LOST))
    assert (deal.stated, deal.stated_at, deal.won) == (C, at(100), False)


def test_a_rank_that_came_with_the_customer_is_nobodys_in_particular() -> None:
    (deal,) = course(B, (60, WON))
    assert (deal.stated, deal.stated_by) == (B, None)


def test_a_rank_that_a_list_gave_is_nobodys_in_particular() -> None:
    (deal,) = course(C, (5, B, ChangeCause.IMPORT, BOTAN), (60, WON))
    assert (deal.stated, deal.stated_by) == (B, None)


def test_a_deal_that_never_had_a_rank_says_so() -> None:
    (deal,) = course(UNRATED, (60, WON))
    assert deal.stated is None
    _first, opened_again = course(A, (40, LOST), (90, UNRATED), (150, WON))
    assert (opened_again.stated, opened_again.stated_by) == (None, None)


def test_a_rank_withdrawn_before_the_decision_is_not_judged() -> None:
    (deal,) = course(B, (40, UNRATED), (120, LOST))
    assert (deal.stated, deal.stated_by) == (None, None)


def test_a_customer_won_from_the_start_is_no_deal_until_it_is_opened_again() -> None:
    assert course(WON, (10, LOST)) == []
    (deal,) = course(WON, (10, C), (50, LOST))
    assert (deal.begun_at, deal.stated, deal.won) == (at(10), C, False)


def test_a_deal_opened_again_is_a_second_deal() -> None:
    first, second = course(A, (40, LOST), (90, C), (150, WON))
    assert (first.stated, first.won) == (A, False)
    assert (second.begun_at, second.stated, second.won) == (at(90), C, True)


def test_a_decision_taken_back_within_a_day_never_happened() -> None:
    (deal,) = course(B, (40, LOST), (40.5, B), (80, WON))
    assert (deal.begun_at, deal.won, deal.decided_at) == (START, True, at(80))


def test_a_slip_of_the_finger_mended_at_once_counts_as_what_it_became() -> None:
    (deal,) = course(B, (40, WON), (40.001, LOST))
    assert (deal.won, deal.decided_at) == (False, at(40.001))


def test_a_decision_restored_away_never_happened_however_late() -> None:
    assert course(B, (40, WON), (70, B, ChangeCause.RESTORE, AIKO)) == []


def test_won_becoming_lost_later_does_not_decide_the_deal_twice() -> None:
    (deal,) = course(B, (40, WON), (90, LOST))
    assert deal.won


def test_what_a_list_or_a_merge_decided_ends_the_deal_and_counts_nowhere() -> None:
    for cause in (ChangeCause.IMPORT, ChangeCause.MERGE):
        (second,) = course(B, (40, WON, cause, BOTAN), (60, C), (100, LOST))
        assert (second.begun_at, second.stated) == (at(60), C)


def test_ten_years_of_one_customer_are_as_many_deals_as_decisions() -> None:
    years = [move for year in range(10) for move in ((365.0 * year + 100, WON), (365.0 * year + 200, C))]
    deals = course(C, *years)
    assert [deal.decided_at for deal in deals] == [at(365 * year + 100) for year in range(10)]


def test_two_records_of_one_customer_tell_of_the_same_deal_once() -> None:
    twice = [*course(B, (40, WON)), *course(A, (43, WON), (60, C), (120, LOST))]
    assert [(deal.stated, deal.won) for deal in once_each(twice)] == [(B, True), (C, False)]


def test_a_deal_is_open_since_the_last_decision() -> None:
    def moves(*days_and_ranks: tuple[float, Likelihood]) -> list[Move]:
        return [Move(to_micros(at(days)), C, rank, ChangeCause.VISIT, AIKO) for days, rank in days_and_ranks]

    created = to_micros(START)
    assert open_since(created=created, moves=[]) == created
    assert open_since(created=created, moves=moves((5, B))) == created
    assert open_since(created=created, moves=moves((5, WON), (9, B), (12, A))) == to_micros(at(9))
    assert open_since(created=created, moves=moves((5, LOST))) is None


def test_moments_survive_the_way_to_microseconds_and_back() -> None:
    moment = datetime(2016, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)
    assert to_moment(to_micros(moment)) == moment
