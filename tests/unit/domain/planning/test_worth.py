from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.domain.planning.reasons import Reason, Why
from fieldsales.domain.planning.worth import Pressing, Timing, WorthInput, worth_of

OPTIONS = PlanningOptions()
A_DAY = date(2026, 11, 20)

timings = st.builds(
    Timing,
    days_unseen=st.integers(0, 800),
    cadence_days=st.one_of(st.none(), st.integers(1, 400)),
    is_never_visited=st.booleans(),
    promised_on=st.one_of(st.none(), st.just(A_DAY)),
    promised_days_late=st.integers(-30, 400),
)
customers = st.builds(
    WorthInput,
    likelihood=st.sampled_from(Likelihood),
    amount=st.one_of(st.none(), st.integers(0, 10**10)),
    timing=timings,
    faded=st.floats(0, 1),
)
options = st.builds(
    PlanningOptions,
    amount_power=st.floats(0, 1),
    typical_amount=st.integers(1, 10**8),
    rested=st.floats(0, 1),
    due=st.floats(1, 2),
    overdue=st.floats(2, 3),
    per_interval=st.floats(0, 2),
    promised=st.floats(0, 10),
    per_day_late=st.floats(0, 1),
    never_visited=st.floats(0, 3),
    no_rhythm=st.floats(0, 1),
    neglected=st.floats(0, 1),
    highest=st.floats(0.1, 20),
)


def value(customer: WorthInput, by: PlanningOptions = OPTIONS) -> float:
    return worth_of(customer, by).value


@given(customer=customers, by=options, more=st.integers(0, 10**9))
def test_a_greater_amount_is_never_worth_less(customer: WorthInput, by: PlanningOptions, more: int) -> None:
    amount = by.typical_amount if customer.amount is None else customer.amount
    assert value(replace(customer, amount=amount + more), by) >= value(customer, by) * (1 - 1e-12)


@given(customer=customers, by=options, more=st.integers(0, 400))
def test_a_longer_absence_is_never_worth_less(customer: WorthInput, by: PlanningOptions, more: int) -> None:
    longer = replace(customer.timing, days_unseen=customer.timing.days_unseen + more)
    assert value(replace(customer, timing=longer), by) >= value(customer, by) - 1e-9 * value(customer, by)


@given(customer=customers, by=options, more=st.integers(0, 100))
def test_an_older_promise_is_never_worth_less(customer: WorthInput, by: PlanningOptions, more: int) -> None:
    older = replace(customer.timing, promised_on=A_DAY, promised_days_late=customer.timing.promised_days_late + more)
    assert value(replace(customer, timing=older), by) >= value(customer, by)


@given(customer=customers, by=options, faded=st.floats(0, 1))
def test_a_likelihood_that_faded_more_presses_more(customer: WorthInput, by: PlanningOptions, faded: float) -> None:
    assert value(replace(customer, faded=max(faded, customer.faded)), by) >= value(customer, by)


@given(customer=customers, by=options)
def test_who_was_never_visited_is_worth_at_least_as_much(customer: WorthInput, by: PlanningOptions) -> None:
    assert value(replace(customer, timing=replace(customer.timing, is_never_visited=True)), by) >= value(customer, by)


@given(customer=customers, by=options, other=st.sampled_from(Likelihood))
def test_better_odds_are_never_worth_less(customer: WorthInput, by: PlanningOptions, other: Likelihood) -> None:
    better = max(customer.likelihood, other, key=lambda likelihood: by.odds[likelihood])
    assert value(replace(customer, likelihood=better), by) >= value(customer, by)


@given(customer=customers, by=options)
def test_the_parts_make_the_value(customer: WorthInput, by: PlanningOptions) -> None:
    worth = worth_of(customer, by)
    assert worth.value == pytest.approx(100 * worth.parts.odds * worth.parts.amount * worth.parts.urgency)
    assert worth.parts.urgency == pytest.approx(min(by.highest, worth.parts.base + worth.parts.neglect))
    assert worth.value >= 0


def test_the_example_of_the_manual_holds() -> None:
    timing = Timing(days_unseen=42, cadence_days=30)
    worth = worth_of(WorthInput(Likelihood.B, 4_000_000, timing, faded=0.5), OPTIONS)
    assert (worth.parts.odds, worth.parts.amount) == (0.65, 2.0)
    assert worth.parts.base == pytest.approx(1.7)
    assert worth.parts.urgency == pytest.approx(1.85)
    assert worth.value == pytest.approx(240.5)
    assert worth.why == (Reason(Why.OVERDUE, {"days": 12, "cadence_days": 30}),)


def test_the_manual_states_the_settings_as_they_are() -> None:
    manual = (Path(__file__).parents[4] / "docs/planning.md").read_text()
    odds = " · ".join(f"{likelihood.value} {OPTIONS.odds[likelihood]}" for likelihood in Likelihood)
    said = [
        f"| {odds} |",
        f"typical amount ¥{OPTIONS.typical_amount:,} · power {OPTIONS.amount_power}:",
        f"{OPTIONS.rested} right after a visit, rising evenly to {OPTIONS.due} at 70 % (due) and {OPTIONS.overdue} at 100 % (overdue)",
        f"then {OPTIONS.per_interval} for each further interval · {OPTIONS.no_rhythm} for a customer without interval",
        f"| {OPTIONS.promised}, and {OPTIONS.per_day_late} more for each day it is past |",
        f"| no visit yet | {OPTIONS.never_visited} |",
        f"| {OPTIONS.neglected} times that, added |",
        f"| highest | | {OPTIONS.highest} |",
        f"*value per minute* (setting, {OPTIONS.value_per_minute:g} points)",
        f"(setting, {OPTIONS.driving_value_per_minute:g} points)",
        f"(setting, {OPTIONS.early_end:%H:%M})",
    ]
    assert [sentence for sentence in said if sentence not in manual] == []


@pytest.mark.parametrize(
    ("timing", "pressing", "why"),
    [
        (Timing(), Pressing.NO_RHYTHM, []),
        (Timing(days_unseen=3, cadence_days=30), Pressing.RHYTHM, []),
        (Timing(days_unseen=21, cadence_days=30), Pressing.RHYTHM, [Why.DUE]),
        (Timing(days_unseen=30, cadence_days=30), Pressing.RHYTHM, [Why.OVERDUE]),
        (Timing(is_never_visited=True), Pressing.NEVER_VISITED, [Why.NEVER_VISITED]),
        (Timing(promised_on=A_DAY), Pressing.PROMISED, [Why.PROMISED]),
        (Timing(promised_on=A_DAY, promised_days_late=-1), Pressing.NO_RHYTHM, []),
    ],
)
def test_what_presses_is_said(timing: Timing, pressing: Pressing, why: list[Why]) -> None:
    worth = worth_of(WorthInput(Likelihood.A, timing=timing), OPTIONS)
    assert worth.parts.pressing is pressing
    assert [reason.code for reason in worth.why] == why
