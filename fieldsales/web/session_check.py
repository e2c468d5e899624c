"""Is this token a log-in? Asked for every request and every message of a websocket, so it remembers for a moment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from anyio import to_thread

from fieldsales.bootstrap import Runtime, current_runtime
from fieldsales.errors import DatabaseBusy
from fieldsales.services.accounts import sessions
from fieldsales.services.accounts.sessions import SessionFound, hash_token

log = logging.getLogger(__name__)
REMEMBER_S = 1.0
MOST_REMEMBERED = 10_000


@dataclass
class SessionCheck:
    """Valid sessions of the last second, by token hash; a revoked one is refused after that second everywhere.

    Nothing is remembered of invalid tokens: there is no end to them.
    """

    monotonic: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._remembered: dict[str, tuple[float, SessionFound]] = {}

    async def find(self, token: str | None) -> SessionFound | None:
        """Return the valid session of `token`, prolonging it now and then.

        Raises:
            DatabaseBusy: nobody can tell just now.
        """
        if not token:
            return None
        key, moment = hash_token(token), self.monotonic()
        known = self._remembered.get(key)
        if known is not None and moment - known[0] < REMEMBER_S:
            return known[1]
        found = await to_thread.run_sync(_look_up, current_runtime(), token)
        self._remembered.pop(key, None)
        if found is not None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = (moment, found)
        return found

    def forget(self) -> None:
        """Ask anew from now on: somebody logged out."""
        self._remembered.clear()


def _look_up(runtime: Runtime, token: str) -> SessionFound | None:
    now = runtime.clock()
    with runtime.database.read() as session:
        found = sessions.find_session(session, token, now=now)
    if found is not None and found.stale:
        try:
            with runtime.database.write() as session:
                sessions.touch_session(session, found.session_id, now=now)
        except DatabaseBusy:
            log.warning("a log-in could not be prolonged; the next request tries again")
    return found


check = SessionCheck()
