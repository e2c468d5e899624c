"""What planning goes by for everybody: defaults, bounds, and who may set it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from math import inf, nan

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Option, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import BOUNDS, PlanningOptions, options_from_json, options_to_json
from fieldsales.errors import BadNumber, NotAllowed
from fieldsales.services.planning.planning_options import (
    UrgencyOutOfOrder,
    check_planning_options,
    read_planning_options,
    save_planning_options,
)

ODDS = {likelihood: 0.5 for likelihood in Likelihood}


def test_what_nobody_has_set_has_its_default_and_the_defaults_may_be_saved(database: Database) -> None:
    with database.read() as session:
        assert read_planning_options(session) == PlanningOptions()
    check_planning_options(PlanningOptions())


def test_what_an_administrator_sets_holds_for_everybody(database: Database, dai: User, now: datetime) -> None:
    options = PlanningOptions(odds=ODDS, promised=4.5, value_per_minute=0.5, early_end=time(16, 30), visit_minutes=45)
    for _ in range(2):
        with database.write() as session:
            save_planning_options(session, dai, options=options, now=now)
    with database.read() as session:
        assert read_planning_options(session) == options


@pytest.mark.parametrize("name", ["aiko", "botan", "chie"])
def test_only_an_administrator_sets_it(database: Database, people: dict[str, User], name: str, now: datetime) -> None:
    with database.write() as session, pytest.raises(NotAllowed):
        save_planning_options(session, people[name], options=PlanningOptions(), now=now)


def test_a_disabled_administrator_sets_nothing(database: Database, dai: User, now: datetime) -> None:
    with database.write() as session:
        dai.disabled_at = now
        with pytest.raises(NotAllowed):
            save_planning_options(session, dai, options=PlanningOptions(), now=now)


@pytest.mark.parametrize("name", [name for name in BOUNDS if name != "odds"])
def test_a_number_out_of_its_bounds_or_none_at_all_is_refused_naming_it(database: Database, dai: User, name: str, now: datetime) -> None:
    lowest, highest = BOUNDS[name]
    for wrong in (lowest - 1, highest * 2, nan, inf):
        with database.write() as session, pytest.raises(BadNumber) as refused:
            save_planning_options(session, dai, options=replace(PlanningOptions(), **{name: wrong}), now=now)
        assert refused.value.field == name
    with database.read() as session:
        assert session.get(Option, "planning") is None


@pytest.mark.parametrize("odds", [ODDS | {Likelihood.C: 1.01}, ODDS | {Likelihood.C: nan}, {k: v for k, v in ODDS.items() if k != "C"}])
def test_odds_that_are_none_are_refused_naming_the_likelihood(odds: dict[Likelihood, float]) -> None:
    with pytest.raises(BadNumber) as refused:
        check_planning_options(PlanningOptions(odds=odds))
    assert refused.value.field == "odds.C"


@pytest.mark.parametrize(("wrong", "field"), [({"rested": 1.1}, "due"), ({"due": 2.0}, "overdue")])
def test_a_longer_absence_never_counts_less(wrong: dict[str, float], field: str) -> None:
    with pytest.raises(UrgencyOutOfOrder) as refused:
        check_planning_options(replace(PlanningOptions(), **wrong))
    assert refused.value.field == field


def test_options_kept_by_another_version_take_defaults_for_what_they_lack() -> None:
    kept = options_to_json(PlanningOptions(odds=ODDS)) | {"unheard_of": 1}
    del kept["near_km"], kept["odds"]["won"]
    read = options_from_json(kept)
    assert (read.near_km, read.odds[Likelihood.WON], read.odds[Likelihood.A]) == (3.0, 0.3, 0.5)
