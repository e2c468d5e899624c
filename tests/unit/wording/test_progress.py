"""Progress in words, in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from fieldsales.domain.progress import Course, Pace, WorkedDays
from fieldsales.domain.words import TargetKind
from fieldsales.i18n import text_for
from fieldsales.wording.progress import COURSES, SIGNS, TARGETS, say_course, say_forecast, say_percent, say_short, say_value

TODAY = date(2026, 11, 21)
EN, JA = text_for("en"), text_for("ja")
DAYS = WorkedDays(19, 14, begun=True, over=False, last=date(2026, 11, 30))
OVER = WorkedDays(19, 19, begun=True, over=True, last=date(2026, 10, 30))


def pace(course: Course, share: float | None = 0.83) -> Pace:
    return Pace(course, 10.0, 20.0, 0.6, share)


def test_every_course_and_figure_has_its_words_and_sign() -> None:
    assert COURSES.keys() == SIGNS.keys() == set(Course)
    assert TARGETS.keys() == set(TargetKind)


def test_the_forecast_is_said_with_its_day_while_there_is_one() -> None:
    assert say_forecast(pace(Course.BEHIND), DAYS, EN, today=TODAY) == "At this pace 83% by Mon, Nov 30"
    assert say_forecast(pace(Course.MISSED), OVER, EN, today=TODAY) == ""
    assert say_forecast(pace(Course.TOO_EARLY, None), DAYS, EN, today=TODAY) == ""


@pytest.mark.parametrize(("share", "said"), [(0.996, "99%"), (1.0, "100%"), (0.29, "29%"), (12.5, "1,250%"), (0.0, "0%")])
def test_a_share_is_rounded_down(share: float, said: str) -> None:
    assert say_percent(share, EN) == said


@pytest.mark.parametrize(
    ("amount", "english", "japanese"),
    [(0, "¥0", "¥0"), (999_999, "¥999,999", "¥999,999"), (40_248_000, "¥40.2M", "¥4,025万"), (-5_000_000, "-¥5M", "-¥500万"),
     (123_456_789, "¥123.5M", "¥1.2億")],
)  # fmt: skip
def test_long_amounts_are_said_short_where_there_is_little_room(amount: int, english: str, japanese: str) -> None:
    assert (say_short(TargetKind.AMOUNT, amount, EN), say_short(TargetKind.AMOUNT, amount, JA)) == (english, japanese)


def test_counts_are_never_shortened() -> None:
    assert say_short(TargetKind.VISITS, 1_234_567, EN) == say_value(TargetKind.VISITS, 1_234_567, EN) == "1,234,567"


@pytest.mark.parametrize(
    ("courses", "days", "said"),
    [
        ([Course.NO_TARGET], DAYS, "No target is set for this period."),
        ([Course.ON_COURSE, Course.REACHED], DAYS, "On course: at this pace all targets are reached by Mon, Nov 30."),
        ([Course.ON_COURSE, Course.BEHIND, Course.NO_TARGET], DAYS, "At this pace 1 of 2 targets are reached by Mon, Nov 30."),
        ([Course.TOO_EARLY], DAYS, "The first working day is not over yet: it is too early to say where this leads."),
        ([Course.REACHED, Course.MISSED], OVER, "1 of 2 targets were reached."),
    ],
)
def test_one_sentence_says_whether_all_is_on_course(courses: list[Course], days: WorkedDays, said: str) -> None:
    assert say_course([pace(course) for course in courses], days, EN, today=TODAY) == said
