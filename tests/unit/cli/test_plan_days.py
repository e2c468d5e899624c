"""`fieldsales plan day`, as cron runs it every evening."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from fieldsales.cli import planning
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.words import PlanState, StopChoice
from fieldsales.errors import BadDate, UserNotFound
from fieldsales.services.planning import plan_edits
from fieldsales.services.planning.plans import NothingPlanned
from tests.days import MONDAY, Make, look, make_town

Run = Callable[..., Result]
NEAR = {"lat": 34.345, "lon": 134.048}


@pytest.fixture
def run(database: Database, aiko: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that plans Aiko's Monday; an error of ours is raised."""
    monkeypatch.setenv("FIELDSALES_DATABASE_URL", database.url)
    monkeypatch.setenv("FIELDSALES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FIELDSALES_LOCALE", "en")
    app = typer.Typer()
    app.callback()(lambda: None)
    planning.register(app)

    def call(*arguments: str, rep: str = aiko.email, day: str = MONDAY.isoformat()) -> Result:
        done = CliRunner().invoke(app, ["plan", "day", "--rep", rep, "--date", day, *arguments])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return call


def test_a_day_is_planned_for_programs_and_again_gives_the_same(run: Run, aiko: User, make_customer: Make) -> None:
    make_town(make_customer, aiko, 20)
    make_customer("面談", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(14))
    first, second = (run("--json") for _ in range(2))
    assert (first.exit_code, first.stdout) == (0, second.stdout)
    told = json.loads(first.stdout)
    meeting = next(stop for stop in told["stops"] if stop["appointment"])
    assert (told["rep"], told["date"], told["state"]) == (aiko.email, "2026-11-30", "draft")
    assert (meeting["name"], meeting["start"], meeting["why"][0]["code"]) == ("面談", "2026-11-30T14:00:00+09:00", "appointment")
    assert len(told["stops"]) + len(told["left_out"]) == 21
    assert all(entry["reason"]["text"] for entry in told["left_out"])


def test_a_day_is_read_as_it_is_said(run: Run, aiko: User, make_customer: Make) -> None:
    make_customer("面談", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(14))
    make_customer("住所なし", owner=aiko, next_on=MONDAY)
    done = run()
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == "2026-11-30  Aiko"
    assert done.stdout.splitlines()[1].startswith("14:00–14:30  面談  ")
    assert "住所なし" in done.stdout.splitlines()[2]


def test_an_accepted_plan_stays_as_it_is(run: Run, database: Database, aiko: User, make_customer: Make, now) -> None:  # type: ignore[no-untyped-def]
    make_town(make_customer, aiko, 3)
    plan_id = json.loads(run("--json", "--accept").stdout)["plan_id"]
    accepted = look(database, aiko, plan_id, now)
    assert accepted.state is PlanState.ACCEPTED
    make_customer("新しい約束", owner=aiko, **NEAR, next_on=MONDAY)
    assert json.loads(run("--json", "--accept").stdout)["plan_id"] == plan_id
    assert look(database, aiko, plan_id, now) == accepted


def test_what_the_rep_decided_stays_decided(run: Run, database: Database, aiko: User, make_customer: Make, now) -> None:  # type: ignore[no-untyped-def]
    make_town(make_customer, aiko, 3)
    plan_id = json.loads(run("--json").stdout)["plan_id"]
    out, gone, _ = look(database, aiko, plan_id, now).stops
    with database.write() as session:
        plan_edits.choose_stop(session, aiko, plan_id=plan_id, stop_id=out.id, choice=StopChoice.EXCLUDED, now=now)
        plan_edits.remove_stop(session, aiko, plan_id=plan_id, stop_id=gone.id, now=now)
        session.get_one(Customer, gone.customer_id).next_on = MONDAY
    told = json.loads(run("--json").stdout)
    assert [entry["reason"]["code"] for entry in told["left_out"]] == ["excluded"]
    assert len(told["stops"]) == 1


def test_what_cannot_be_combined_is_said_and_told_by_the_exit_code(run: Run, aiko: User, make_customer: Make) -> None:
    for name in ("甲", "乙"):
        make_customer(name, owner=aiko, **NEAR, next_on=MONDAY, next_time=time(10))
    done = run("--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, len(told["stops"]), len(told["left_out"])) == (1, 1, 1)
    assert told["conflicts"]


def test_unusable_input_is_a_sentence_and_writes_nothing(run: Run, aiko: User) -> None:
    with pytest.raises(UserNotFound):
        run(rep="nobody@example.com")
    for day in ("30.11.2026", "2026-02-30", ""):
        with pytest.raises(BadDate):
            run(day=day)
    with pytest.raises(NothingPlanned):
        run("--accept")
