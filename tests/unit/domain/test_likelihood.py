"""Likelihood classes and how they are drawn."""

import pytest

from fieldsales.domain.likelihood import LOOKS, Likelihood, from_percent


@pytest.mark.parametrize(
    ("percent", "expected"), [(100, "A"), (80, "A"), (79.9, "B"), (50, "B"), (49, "C"), (20, "C"), (19, "D"), (0, "D")]
)
def test_a_percentage_falls_into_its_class(percent: float, expected: str) -> None:
    assert from_percent(percent).value == expected


@pytest.mark.parametrize("percent", [-1, 100.1, float("nan")])
def test_a_percentage_outside_0_to_100_has_no_class(percent: float) -> None:
    with pytest.raises(ValueError):
        from_percent(percent)


def test_every_class_has_a_colour_and_a_letter_of_its_own() -> None:
    assert set(LOOKS) == set(Likelihood)
    assert len({look.fill for look in LOOKS.values()}) == len({look.letter for look in LOOKS.values()}) == len(Likelihood)
