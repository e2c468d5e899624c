"""A customer is not to be visited up to the last day, or for good."""

from __future__ import annotations

from datetime import date

import pytest

from fieldsales.domain.do_not_visit import in_force

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("flag", "until", "holds"),
    [(True, None, True), (True, TODAY, True), (True, date(2026, 11, 20), False), (False, None, False), (False, TODAY, False)],
)
def test_it_holds_up_to_and_including_its_last_day(flag: bool, until: date | None, holds: bool) -> None:
    assert in_force(flag, until, TODAY) is holds
