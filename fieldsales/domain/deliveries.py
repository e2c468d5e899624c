"""Deliveries by themselves: when one is due, which week it tells of, how far it has come, and what went wrong.

A moment is in UTC, a weekday counts from Monday 0, and times of day are those of the delivery's own zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from fieldsales.domain.spans import Span, SpanKind

MAX_RECIPIENTS = 20
FOLDER = "folder"
# What waits longer than a night is better read in the trouble shown than in a fourth mail about last week.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=4), timedelta(hours=12))
LEASE = timedelta(minutes=30)  # longer than sending to everybody can take: MAX_RECIPIENTS answers of a server that is only just in time
MAX_DETAIL = 300
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class TroubleCode(StrEnum):
    """Why something could not be delivered."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    TLS = "tls"
    LOG_IN = "log_in"
    RECIPIENT = "recipient"
    MAIL_SERVER = "mail_server"
    FOLDER = "folder"
    NO_FOLDER = "no_folder"
    NO_MAIL = "no_mail"
    MAKER_LEFT = "maker_left"
    TEAM_LOST = "team_lost"
    RIGHT_LOST = "right_lost"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a part was not delivered; `detail` is what the other side said, `permanent` that the same again will not help."""

    code: TroubleCode
    detail: str = ""
    permanent: bool = False

    def __str__(self) -> str:
        return f"{self.code}: {one_line(self.detail)}" if self.detail else self.code.value

    @classmethod
    def read(cls, stored: str) -> Trouble | None:
        """Return what `str` gave; None for nothing."""
        code, _, detail = stored.partition(": ")
        if not stored:
            return None
        return cls(TroubleCode(code), detail) if code in set(TroubleCode) else cls(TroubleCode.BROKEN, stored)


def one_line(text: str) -> str:
    """Return what another program said, fit to be stored and shown."""
    return _CONTROLS.sub(" ", text).strip()[:MAX_DETAIL]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail with one file; `message_id` is the same for the same delivery of the same week to the same address."""

    to: str
    subject: str
    text: str
    file_name: str
    data: bytes
    media_type: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a delivery is made: on this weekday, at this time of day, in this zone; and whether of the week it is made in."""

    weekday: int
    at: time
    zone: ZoneInfo
    running_week: bool = False

    def after(self, moment: datetime) -> datetime:
        """Return the first time after `moment`; a time of day that the clocks skip comes as much later."""
        day = moment.astimezone(self.zone).date() - timedelta(days=1)
        while (found := self._on(day)) is None or found <= moment:
            day += timedelta(days=1)
        return found

    def latest(self, moment: datetime) -> datetime:
        """Return the newest time at or before `moment`."""
        day = moment.astimezone(self.zone).date() + timedelta(days=1)
        while (found := self._on(day)) is None or found > moment:
            day -= timedelta(days=1)
        return found

    def week(self, moment: datetime) -> Span:
        """Return the week that a delivery made at `moment` tells of: that of its newest time, or the one before."""
        week = Span.around(SpanKind.WEEK, self.latest(moment).astimezone(self.zone).date())
        return week if self.running_week else week.before()

    def _on(self, day: date) -> datetime | None:
        if day.weekday() != self.weekday:
            return None
        return datetime.combine(day, self.at, tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Progress:
    """Which parts (`FOLDER`, or addresses) have a week already."""

    week: date
    parts: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any], *, week: date) -> Progress:
        """Return what is stored for `week`; nothing is done of a week that another is stored for."""
        return cls(week, tuple(stored.get("parts", ()))) if stored.get("week") == week.isoformat() else cls(week)

    def with_part(self, part: str) -> Progress:
        """Return the progress when `part` is done too."""
        return replace(self, parts=(*self.parts, part))

    def left_of(self, *, to_folder: bool, recipients: Sequence[str]) -> tuple[str, ...]:
        """Return the parts that are still to be done."""
        return tuple(part for part in ((FOLDER,) if to_folder else ()) + tuple(recipients) if part not in self.parts)

    def to_json(self) -> dict[str, Any]:
        """Return what `read` reads."""
        return {"week": self.week.isoformat(), "parts": list(self.parts)}


def pause_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed attempts in a row; None when it is time to give up."""
    return PAUSES[attempts - 1] if 0 < attempts <= len(PAUSES) else None
