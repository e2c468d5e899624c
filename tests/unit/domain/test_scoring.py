"""A score is a sum of plain numbers, each of which can be said, and is worth showing only where it beats the rank alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.likelihood import OPEN, Likelihood
from fieldsales.domain.scoring import (
    FEATURES,
    MOST_REASONS,
    Feature,
    Known,
    Score,
    Trained,
    TrainingTable,
    Weights,
    numbers_of,
    probability,
    rank_of,
    reasons_for,
    to_scale,
)
from fieldsales.domain.words import Outcome
from fieldsales.i18n import text_for
from fieldsales.wording.honesty import FEATURES as NAMES
from fieldsales.wording.honesty import say_reason

AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
A, B, C, D = OPEN
NOTHING = Known(AT, AT, None)
WEIGHTS = Weights((0.0,) * len(FEATURES), (1.0,) * len(FEATURES), tuple(0.1 * n for n in range(len(FEATURES))), 0.0)
TRAINED = Trained(WEIGHTS, 0.50, 0.60, 0.02, 5)

moments = st.integers(0, 2_000).map(lambda days: AT - timedelta(days=days))
known = st.builds(
    Known,
    at=st.just(AT),
    begun_at=moments,
    rank=st.sampled_from([*OPEN, None]),
    contacts=st.lists(st.tuples(moments, st.sampled_from(Outcome)), max_size=12).map(lambda found: tuple(sorted(found))),
    ranks=st.lists(st.tuples(moments, st.sampled_from(Likelihood)), max_size=5).map(lambda found: tuple(sorted(found))),
    asked=st.lists(moments, max_size=4).map(tuple),
    bought=st.integers(0, 500),
    amount=st.none() | st.integers(-(10**6), 10**12),
)


def ago(days: float) -> datetime:
    return AT - timedelta(days=days)


def test_a_deal_of_which_nothing_is_known_has_numbers_all_the_same() -> None:
    numbers = numbers_of(NOTHING)
    unknown = {feature for feature, number in numbers.items() if number is None}
    assert unknown == {Feature.RANK, Feature.RECENCY, Feature.MISSED, Feature.AMOUNT, Feature.RHYTHM}
    assert [isnan(value) for value in to_scale(numbers)] == [feature in unknown for feature in FEATURES]


def test_what_is_known_becomes_days_counts_and_yen() -> None:
    contacts = ((ago(200), Outcome.QUOTE), (ago(80), Outcome.QUOTE), (ago(40), Outcome.ABSENT), (ago(20), Outcome.MET))
    ranks = ((ago(250), C), (ago(10), B))
    numbers = numbers_of(Known(AT, ago(250), B, contacts, ranks, (ago(100), ago(3)), bought=2, amount=1_200_000))
    assert numbers == {
        Feature.RANK: 0.65,
        Feature.RECENCY: 20,
        Feature.CONTACTS: 3,
        Feature.MISSED: 0.25,
        Feature.STEPS: 1,
        Feature.AMOUNT: 1_200_000,
        Feature.AGE: 250,
        Feature.BOUGHT: 2,
        Feature.RHYTHM: 60,
        Feature.ASKED: 1,
        Feature.MOVED: 1,
    }


def test_a_rank_lowered_lately_speaks_the_other_way_and_one_of_last_year_not_at_all() -> None:
    assert numbers_of(replace(NOTHING, ranks=((ago(50), A), (ago(10), D))))[Feature.MOVED] == -1
    assert numbers_of(replace(NOTHING, ranks=((ago(500), C), (ago(400), A))))[Feature.MOVED] == 0
    assert numbers_of(replace(NOTHING, ranks=((ago(500), Likelihood.UNRATED), (ago(4), A))))[Feature.MOVED] == 0


@given(known=known, weight=st.floats(-3, 3), at=st.sampled_from(FEATURES))
def test_the_parts_of_a_score_add_up_to_it(known: Known, weight: float, at: Feature) -> None:
    numbers = numbers_of(known)
    weights = replace(WEIGHTS, weight=tuple(weight if feature is at else 0.0 for feature in FEATURES), intercept=0.3)
    chance, reasons = probability(weights, to_scale(numbers)), reasons_for(weights, numbers)
    assert 0 <= chance <= 1
    added = sum(reason.adds for reason in reasons)
    if reasons:
        assert chance == pytest.approx(1 / (1 + exp(-(0.3 + added))), abs=1e-9)
        assert reasons[0].raises is (added > 0)
    assert rank_of(chance) in OPEN


@given(known=known)
def test_every_reason_can_be_said_in_both_languages(known: Known) -> None:
    numbers = numbers_of(known)
    weights = replace(WEIGHTS, weight=(5.0,) * len(FEATURES))
    reasons = reasons_for(weights, numbers)
    assert len(reasons) <= MOST_REASONS
    for reason in reasons:
        assert all(say_reason(reason, text_for(locale)) for locale in ("en", "ja"))
    assert NAMES.keys() == set(FEATURES)


def test_chances_become_the_rank_of_their_range() -> None:
    assert [rank_of(chance) for chance in (0.0, 0.19, 0.2, 0.5, 0.8, 1.0)] == [D, D, C, B, A, A]


@pytest.mark.parametrize(("won", "lost", "enough"), [(75, 25, True), (50, 49, False), (80, 24, False), (24, 200, False), (25, 75, True)])
def test_a_score_is_learned_from_a_hundred_deals_and_enough_of_both_kinds(won: int, lost: int, enough: bool) -> None:
    table = TrainingTable(((0.0,) * len(FEATURES),) * (won + lost), (True,) * won + (False,) * lost, tuple(range(won + lost)))
    assert table.enough is enough


def test_a_score_foretells_only_where_it_beats_the_rank_by_more_than_chance() -> None:
    assert Score(200, 100, TRAINED).foretells
    assert not Score(200, 100, replace(TRAINED, gain_error=0.06)).foretells
    assert not Score(200, 100, replace(TRAINED, log_loss=0.61)).foretells
    assert not Score(20, 10).foretells


def test_a_kept_score_comes_back_as_it_was() -> None:
    score = Score(200, 100, TRAINED, {7: {A: C, D: B}})
    assert Score.from_json(json.loads(json.dumps(score.to_json()))) == score
    assert Score.from_json(Score(3, 1).to_json()) == Score(3, 1)


def test_weights_learned_for_other_numbers_are_not_used() -> None:
    facts = Score(200, 100, TRAINED).to_json()
    assert Score.from_json(facts | {"version": 0}).trained is None
    assert Score.from_json(facts | {"features": ["rank"]}).trained is None
