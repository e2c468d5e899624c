"""What is done once a night: one of all processes claims the night, and gives it back when it could not finish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from fieldsales.bootstrap import Runtime
from fieldsales.services.nights import claim_night, give_back_night

Done = TypeVar("Done")

_BEGINS = timedelta(hours=3)  # a day is over when it is three o'clock where the installation is at home


def once_a_night(
    runtime: Runtime, name: str, work: Callable[[datetime], Done | None], *, otherwise: Callable[[datetime], Done | None] | None = None
) -> Done | None:
    """Return what `work` makes of this moment, or `otherwise` on a night on which somebody does, or did, the work already.

    Work that fails, or returns None because the server stops, is to be done again this night.
    """
    now = runtime.clock()
    night = (now.astimezone(runtime.settings.zone) - _BEGINS).date()
    with runtime.database.write() as session:
        mine = claim_night(session, name, day=night)
    if not mine:
        return otherwise(now) if otherwise is not None else None
    done = None
    try:
        done = work(now)
    finally:
        if done is None:
            with runtime.database.write() as session:
                give_back_night(session, name, day=night)
    return done
