"""A night belongs to the process that claims it first, and to the next one when it is given back."""

from __future__ import annotations

from datetime import date, timedelta

from fieldsales.db.database import Database
from fieldsales.services.nights import claim_night, give_back_night


def test_one_of_many_processes_gets_each_night(database: Database, today: date) -> None:
    def claims(name: str = "travel") -> bool:
        with database.write() as session:
            return claim_night(session, name, day=today)

    assert [claims(), claims()] == [True, False]
    with database.write() as session:
        give_back_night(session, "travel", day=today)
    assert [claims(), claims(), claims("score")] == [True, False, True]
    with database.write() as session:
        assert claim_night(session, "travel", day=today + timedelta(days=1))
