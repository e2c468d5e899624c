"""From when on changes may still be unknown: reading little, and missing nothing that committed late.

`changed_at` is taken before a transaction commits, so a change may become visible after a newer one was seen. What is
younger than the newest change minus an overlap is therefore asked for again, until the overlap has passed on our own
clock. After a bulk write that is very much: then the number of rows tells whether there is anything new among them, and
beyond TOO_MANY_ROWS even counting costs too much, and we rely on bulk writes being announced (`announce_bulk_change`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer

OVERLAP = timedelta(seconds=30)
MANY_ROWS = 1000
TOO_MANY_ROWS = 20_000
_LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
_ONE = timedelta(microseconds=1)


def newest_change(session: Session) -> datetime:
    """Return when the customers changed last."""
    return session.scalar(select(func.max(Customer.changed_at))) or _LONG_AGO


class ChangeWatch:
    """Remembers what has been seen of `changed_at`; to be used under the owner's lock.

    `clock` counts seconds; `wall` tells the time, for changes dated in the future (a clock that was wrong).
    """

    def __init__(self, clock: Callable[[], float], wall: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock, self._wall = clock, wall
        self._newest = self._since = _LONG_AGO
        self._recent = 0
        self._seen: list[tuple[float, datetime]] = []

    def start(self, session: Session, newest: datetime) -> None:
        """Begin anew: everything up to `newest` was read, though some of it may have committed since."""
        self._seen = []
        self._since = _LONG_AGO
        self._note(session, newest)

    def note(self, session: Session) -> datetime:
        """Take note of the changes just read and return the newest."""
        self._note(session, newest_change(session))
        return self._newest

    def unknown_since(self, session: Session) -> datetime:
        """Return from which `changed_at` on rows may be unknown."""
        long_ago = self._clock() - OVERLAP.total_seconds()
        while self._seen and self._seen[0][0] <= long_ago:
            settled = self._seen.pop(0)[1]
            if settled >= self._since:
                self._since = settled + _ONE
                self._recent = self._count(session, self._since, self._newest)
        if self._recent > TOO_MANY_ROWS:
            return self._newest + _ONE
        # Rows that change again leave the window; only what committed late makes it grow.
        if self._recent > MANY_ROWS and self._count(session, self._since, self._newest) <= self._recent:
            return self._newest + _ONE
        return self._since

    def _note(self, session: Session, newest: datetime) -> None:
        self._newest = newest
        dated = min(newest, self._wall())
        self._since = max(self._since, dated - OVERLAP)
        if not self._seen or self._seen[-1][1] != dated:
            self._seen.append((self._clock(), dated))
        self._recent = self._count(session, self._since, newest)

    def _count(self, session: Session, since: datetime, until: datetime) -> int:
        window = select(Customer.changed_at).where(Customer.changed_at.between(since, until)).limit(TOO_MANY_ROWS + 1).subquery()
        return session.scalar(select(func.count()).select_from(window)) or 0
