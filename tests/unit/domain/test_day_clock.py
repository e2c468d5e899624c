"""The times of a day's rules in a row, shifts past midnight included."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.planning.day_clock import DAY_MINUTES, is_backwards, pause_window, window_reach, working_span
from fieldsales.domain.planning.day_rules import LUNCH, DayRules, Pause

WHOLE_MINUTES = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@pytest.mark.parametrize(
    ("begins", "ends", "span"),
    [
        (time(9), time(18), (540, 1080)),
        (time(22), time(6), (1320, 1800)),
        (time(0), time(0), (0, 1440)),
        (time(18), time(0), (1080, 1440)),
    ],
)
def test_an_end_before_the_beginning_is_one_of_the_next_day(begins: time, ends: time, span: tuple[int, int]) -> None:
    assert working_span(DayRules(begins=begins, ends=ends)) == span


@pytest.mark.parametrize(
    ("begins", "ends", "pause", "window"),
    [
        (time(9), time(18), LUNCH, (690, 780)),
        (time(12), time(20), LUNCH, (720, 780)),  # 11:30 is before the day
        (time(9), time(13, 30), LUNCH, (690, 750)),  # at 12:30 it has to begin to be over in time
        (time(13, 30), time(20), LUNCH, None),
        (time(9), time(12), LUNCH, None),
        (time(22), time(6), Pause(30, time(23, 30), time(0, 30)), (1410, 1470)),
        (time(22), time(6), Pause(30, time(2), time(3)), (1560, 1620)),
        (time(0, 30), time(8), Pause(30, time(23), time(1)), (30, 60)),  # the window began in the evening before
    ],
)
def test_a_pause_begins_within_the_day(begins: time, ends: time, pause: Pause, window: tuple[int, int] | None) -> None:
    assert pause_window(DayRules(begins=begins, ends=ends), pause) == window


def test_a_latest_before_the_earliest_is_taken_for_a_mistake_unless_midnight_lies_between() -> None:
    assert is_backwards(Pause(30, time(13), time(11, 30)))
    assert not is_backwards(Pause(30, time(23, 30), time(0, 30)))
    assert not is_backwards(Pause(30, time(12), time(12)))


@given(begins=WHOLE_MINUTES, ends=WHOLE_MINUTES, earliest=WHOLE_MINUTES, latest=WHOLE_MINUTES, minutes=st.integers(1, 480))
def test_a_window_never_leaves_the_day_nor_what_was_said(begins: time, ends: time, earliest: time, latest: time, minutes: int) -> None:
    rules, pause = DayRules(begins=begins, ends=ends), Pause(minutes, earliest, latest)
    window = pause_window(rules, pause)
    if window is not None:
        first, last = working_span(rules)
        assert first <= window[0] <= window[1] <= last - minutes
        for moment in window:
            assert (moment - (earliest.hour * 60 + earliest.minute)) % DAY_MINUTES <= window_reach(pause)
