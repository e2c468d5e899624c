"""What the administrator sets for everybody, within its bounds."""

from __future__ import annotations

from datetime import datetime

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_options import TeamOptions
from fieldsales.errors import BadNumber, NotAllowed
from fieldsales.services.options import MAX_DAYS, read_options, save_options


def test_what_nobody_has_set_has_its_default(database: Database) -> None:
    with database.read() as session:
        assert read_options(session) == TeamOptions()


def test_what_is_set_holds_for_everybody_and_a_rank_with_zero_days_has_none(database: Database, dai: User, now: datetime) -> None:
    options = TeamOptions({Likelihood.A: 7, Likelihood.B: 0}, {Likelihood.A: 10}, coarsen_after_days=5, visits_per_day=8)
    for _ in range(2):
        with database.write() as session:
            save_options(session, dai, options=options, now=now)
    with database.read() as session:
        assert read_options(session) == TeamOptions({Likelihood.A: 7}, {Likelihood.A: 10}, coarsen_after_days=5, visits_per_day=8)


@pytest.mark.parametrize("name", ["aiko", "botan", "chie"])
def test_only_an_administrator_sets_anything(database: Database, people: dict[str, User], name: str, now: datetime) -> None:
    with database.write() as session, pytest.raises(NotAllowed):
        save_options(session, people[name], options=TeamOptions(visits_per_day=1), now=now)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (TeamOptions(cadence_days={Likelihood.A: -1}), "cadence_days.A"),
        (TeamOptions(cadence_days={Likelihood.WON: MAX_DAYS + 1}), "cadence_days.won"),
        (TeamOptions(half_life_days={Likelihood.B: -5}), "half_life_days.B"),
        (TeamOptions(coarsen_after_days=0), "coarsen_after_days"),
        (TeamOptions(visits_per_day=-1), "visits_per_day"),
        (TeamOptions(visits_per_day=101), "visits_per_day"),
    ],
)
def test_a_number_out_of_bounds_is_refused_naming_its_field(
    database: Database, dai: User, options: TeamOptions, field: str, now: datetime
) -> None:
    with database.write() as session, pytest.raises(BadNumber) as refused:
        save_options(session, dai, options=options, now=now)
    assert refused.value.field == field
    with database.read() as session:
        assert read_options(session) == TeamOptions()
