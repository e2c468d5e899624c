"""What the plan page says of the changes in a plan."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fieldsales.i18n import text_for
from fieldsales.services.planning.plan_changes import Action, ChangeRow
from fieldsales.services.planning.plan_views import Person
from fieldsales.services.visits import stop_progress
from fieldsales.ui.plan.plan_words import CHANGES, say_change

TOLD = {*Action} - {Action.RETIMED}  # which is seen as a fresh time beside each stop
ON_THE_ROAD = (
    stop_progress.ARRIVE,
    stop_progress.DONE,
    stop_progress.SKIP,
    stop_progress.REOPEN,
    stop_progress.LATE,
    stop_progress.VISIT,
    stop_progress.UNVISIT,
)


def change(action: str, *names: str) -> ChangeRow:
    return ChangeRow(1, Person(1, "Aiko"), False, datetime(2026, 11, 24, tzinfo=UTC), action, {}, names, False)


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_each_thing_done_to_a_plan_has_a_sentence_of_its_own(locale: str) -> None:
    unknown = say_change(text_for(locale), change("something_of_another_release", "客1"))
    said = [say_change(text_for(locale), change(action, "客1")) for action in (*TOLD, *ON_THE_ROAD)]
    assert unknown not in said
    assert len(set(said)) == len(said)
    assert set(CHANGES) == {*TOLD, *ON_THE_ROAD}


def test_what_happened_on_the_road_names_whom_it_was_about() -> None:
    text = text_for("en")
    assert say_change(text, change("arrived", "客1")) == "Aiko arrived at 客1"
    assert say_change(text, change("visit_taken_back", "客1", "客2", "客3")) == "Aiko took back the visit to 客1, 客2 and 1 more"
    assert say_change(text, change("late")) == "Aiko is running late"
