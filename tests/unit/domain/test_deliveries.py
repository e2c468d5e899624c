"""When deliveries are due, in any zone and across changes of the clocks; which week they tell of; what is done of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.deliveries import FOLDER, PAUSES, Progress, Schedule, Trouble, TroubleCode, pause_after
from fieldsales.domain.spans import Span

TOKYO, BERLIN, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MONDAY_AT_8 = Schedule(0, time(8), TOKYO)

schedules = st.builds(
    Schedule,
    weekday=st.integers(0, 6),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from([TOKYO, BERLIN, NEW_YORK, ZoneInfo("Pacific/Apia"), ZoneInfo("UTC")]),
    running_week=st.booleans(),
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def test_monday_at_eight_in_tokyo_is_sunday_night_in_utc() -> None:
    saturday = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    assert MONDAY_AT_8.after(saturday) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert MONDAY_AT_8.latest(saturday) == datetime(2026, 11, 15, 23, 0, tzinfo=UTC)


def test_the_very_moment_is_the_latest_and_the_next_one_is_a_week_ahead() -> None:
    due = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert MONDAY_AT_8.latest(due) == due
    assert MONDAY_AT_8.after(due) == due + timedelta(days=7)


def test_it_tells_of_the_week_before_or_of_the_one_it_is_made_in() -> None:
    late = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # two days late: the week stays that of the Monday on which it was due
    assert MONDAY_AT_8.week(late) == Span.read("2026-W47")
    assert Schedule(4, time(18), TOKYO, running_week=True).week(datetime(2026, 11, 20, 9, 0, tzinfo=UTC)) == Span.read("2026-W47")


def test_a_time_of_day_that_the_clocks_skip_comes_an_hour_later_and_one_that_comes_twice_is_taken_once() -> None:
    skipped = Schedule(6, time(2, 30), BERLIN)
    assert skipped.after(datetime(2026, 3, 28, 12, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 of summer time
    twice = Schedule(6, time(2, 30), BERLIN)
    first = twice.after(datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert twice.after(first) == datetime(2026, 11, 1, 1, 30, tzinfo=UTC)


def test_the_same_hour_on_the_wall_before_and_after_the_clocks_change() -> None:
    times = [BERLIN_MONDAY.after(datetime(2026, 10, 19, 12, tzinfo=UTC) + timedelta(weeks=week)) for week in range(3)]
    assert [moment.astimezone(BERLIN).strftime("%a %H:%M") for moment in times] == ["Mon 08:00"] * 3
    assert times[1] - times[0] == timedelta(days=7)
    assert times[0].hour != times[2].hour or times[0].date() != times[2].date()


BERLIN_MONDAY = Schedule(0, time(8), BERLIN)


@given(schedules, moments)
def test_there_is_one_time_a_week_and_nothing_between_the_latest_and_the_next(schedule: Schedule, moment: datetime) -> None:
    latest, following = schedule.latest(moment), schedule.after(moment)
    assert latest <= moment < following
    assert timedelta(days=5) < following - latest <= timedelta(days=15)  # a zone that skipped a whole day had no such weekday once
    assert schedule.after(latest) == following
    assert schedule.latest(following) == following


@given(schedules, moments)
def test_two_deliveries_in_a_row_never_tell_of_the_same_week(schedule: Schedule, moment: datetime) -> None:
    times = [schedule.after(moment)]
    for _ in range(3):
        times.append(schedule.after(times[-1]))
    weeks = [schedule.week(time) for time in times]
    assert all(one.first < other.first for one, other in pairwise(weeks))


def test_attempts_come_less_and_less_often_and_end() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, len(PAUSES) + 2)]
    assert pauses[-1] is None
    assert list(PAUSES) == pauses[:-1] == sorted(PAUSES)
    assert sum(PAUSES, timedelta()) < timedelta(days=1)


def test_what_is_done_of_one_week_counts_for_that_week_alone() -> None:
    monday = date(2026, 11, 16)
    done = Progress(monday).with_part(FOLDER).with_part("a@example.com")
    assert Progress.read(done.to_json(), week=monday) == done
    assert Progress.read(done.to_json(), week=date(2026, 11, 23)).parts == ()
    assert Progress.read({}, week=monday).parts == ()
    assert done.left_of(to_folder=True, recipients=["a@example.com", "b@example.com"]) == ("b@example.com",)


def test_a_trouble_is_kept_with_what_the_other_side_said_on_one_line() -> None:
    trouble = Trouble(TroubleCode.RECIPIENT, "550 no\r\nsuch\x00user" + "x" * 1_000)
    read = Trouble.read(str(trouble))
    assert read is not None
    assert read.code is TroubleCode.RECIPIENT
    assert read.detail.startswith("550 no such user")
    assert len(str(trouble)) <= 500
    assert Trouble.read("") is None
    assert Trouble.read("what another release wrote") == Trouble(TroubleCode.BROKEN, "what another release wrote")
