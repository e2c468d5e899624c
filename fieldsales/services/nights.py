"""What is done once a night by one of all processes: the claim is a conditional update of a counter."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Counter


def claim_night(session: Session, name: str, *, day: date) -> bool:
    """True for the first process that asks to do `name` on this day; the others need not."""
    if session.scalar(select(Counter.name).where(Counter.name == name)) is None:
        with suppress(IntegrityError), session.begin_nested():  # somebody else may be adding it at the same moment
            session.add(Counter(name=name, value=0))
    taken = update(Counter).where(Counter.name == name, Counter.value < day.toordinal()).values(value=day.toordinal())
    return session.execute(taken.returning(Counter.name), execution_options={"synchronize_session": False}).first() is not None


def give_back_night(session: Session, name: str, *, day: date) -> None:
    """Let somebody try again on this day: it failed."""
    back = update(Counter).where(Counter.name == name, Counter.value == day.toordinal()).values(value=day.toordinal() - 1)
    session.execute(back, execution_options={"synchronize_session": False})
