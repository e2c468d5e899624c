"""A planned day on the clock: between moments, what clocks on the wall show, and the seconds that the planner counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fieldsales.domain.planning.day_clock import DAY_MINUTES


@dataclass(frozen=True, slots=True)
class PlanDay:
    """A date in a time zone; its seconds count from its midnight as time passes, so that 18:00 is not always second 64,800."""

    day: date
    zone: ZoneInfo

    @property
    def midnight(self) -> datetime:
        """The moment the day begins, in UTC."""
        return datetime.combine(self.day, time.min, tzinfo=self.zone).astimezone(UTC)

    def seconds_at(self, moment: datetime) -> int:
        """Return the second of the day at a moment; negative before it."""
        return int((moment - self.midnight).total_seconds())

    def seconds_of(self, minutes: int) -> int:
        """Return the second at which the wall shows so many minutes after midnight; 1440 and more is the next day.

        A time that clocks skip is when they would have shown it, of one that comes twice it is the first.
        """
        days, rest = divmod(minutes, DAY_MINUTES)
        wall = datetime.combine(self.day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=self.zone)
        return self.seconds_at(wall.astimezone(UTC))

    def moment(self, seconds: int) -> datetime:
        """Return the moment of a second, in UTC."""
        return self.midnight + timedelta(seconds=seconds)

    def wall(self, seconds: int) -> time:
        """Return what the wall shows at a second, to the minute."""
        shown = self.moment(seconds).astimezone(self.zone)
        return time(shown.hour, shown.minute)
