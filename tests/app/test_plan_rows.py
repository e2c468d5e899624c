"""A plan as rows and pins: what a reader sees of times, waits, lunch, slack, lateness, and nothing of what they may not see."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.reasons import Reason, WhyNot
from fieldsales.domain.words import StopChoice, StopProgress
from fieldsales.i18n import text_for
from fieldsales.services.planning.plan_views import RestView
from fieldsales.ui.plan.plan_adding import bounds_of
from fieldsales.ui.plan.plan_map import parse_tap
from fieldsales.ui.plan.plan_timeline import timeline_data
from tests.app.planned import NASTY, at, candidate, plan, stop

EN = text_for("en")


def test_the_day_reads_from_start_to_end_with_the_ways_between() -> None:
    data = timeline_data(EN, plan(), selected=None, editable=True)
    assert data["start"] == {"time": "09:15", "name": "高松オフィス"}
    assert [row["time"] for row in data["stops"]] == ["09:30", "10:30", "11:30"]
    assert [row["until"] for row in data["stops"]] == ["–10:00", "–11:00", "–12:00"]
    assert [lead["text"] for lead in data["stops"][0]["leads"]] == ["Driving 15 min · 4.2 km"]
    assert data["stops"][0]["foot"] == ["slack 25 min"]
    assert data["end"]["leads"] == [{"kind": "leg", "text": "Driving 15 min"}]
    assert (data["end"]["time"], data["end"]["note"], data["end"]["late"]) == ("12:15", "5 h left in the day", False)


def test_lunch_stands_before_the_visit_that_follows_it_and_waiting_begins_after_lunch() -> None:
    waiting = stop(3, arrives_at=at(11), starts_at=at(11, 45), wait_s=1200)
    data = timeline_data(EN, plan(stops=(stop(1), stop(2), waiting)), selected=None, editable=True)
    leads = data["stops"][2]["leads"]
    assert [lead["kind"] for lead in leads] == ["leg", "rest", "wait"]
    assert leads[1] == {"kind": "rest", "time": "11:00", "text": "Lunch 25 min"}
    assert leads[2] == {"kind": "wait", "time": "11:25", "text": "Wait 20 min"}


def test_a_pause_after_the_last_visit_is_part_of_the_end() -> None:
    late = plan(rests=(RestView("体操", at(12), at(12, 10)),))
    data = timeline_data(EN, late, selected=None, editable=True)
    assert [lead["text"] for lead in data["end"]["leads"]] == ["Driving 5 min", "体操 10 min"]


def test_lateness_is_said_in_words_and_takes_the_place_of_slack() -> None:
    row = timeline_data(EN, plan(stops=(stop(1, late_s=1500, slack_s=0),)), selected=None, editable=True)["stops"][0]
    assert (row["late"], row["foot"]) == ("25 min late", [])
    tight = timeline_data(EN, plan(stops=(stop(1, slack_s=0, error_s=480),)), selected=None, editable=True)["stops"][0]
    assert (tight["late"], tight["foot"]) == ("", ["no slack", "±8 min"])
    over = plan(totals=replace(plan().totals, slack_s=-1800))
    end = timeline_data(EN, over, selected=None, editable=True)["end"]
    assert (end["note"], end["late"]) == ("30 min after the end of the day", True)


def test_what_was_done_is_told_beside_what_was_planned_and_can_no_longer_be_moved() -> None:
    done = stop(1, progress=StopProgress.DONE, done_at=at(9, 50), promised_at=at(9, 30))
    skipped = stop(2, progress=StopProgress.SKIPPED, skip_reason="休業")
    first, second, third = timeline_data(EN, plan(stops=(done, skipped, stop(3))), selected=None, editable=True)["stops"]
    assert first["foot"] == ["Visited 09:50", "planned 09:30"]
    assert second["foot"] == ["休業"]
    assert (first["settled"], second["settled"], third["settled"]) == (True, True, False)
    assert [row["state"] for row in (first, second, third)] == ["done", "skipped", "ahead"]


def test_names_are_handed_over_as_text_and_a_hidden_customer_has_none() -> None:
    shown, hidden = stop(1, name=NASTY), stop(2, name="", why=(), likelihood=Likelihood.UNRATED)
    data = timeline_data(EN, plan(stops=(shown, hidden), candidates=(candidate(1, name=""),)), selected=None, editable=True)
    assert data["stops"][0]["name"] == NASTY
    assert (data["stops"][1]["name"], data["stops"][1]["why"], data["stops"][1]["settled"]) == ("A customer you may not see", "", True)
    left = data["left"]["rows"][0]
    assert (left["name"], left["value"], left["why"], left["reliefs"]) == ("A customer you may not see", "", "", [])
    json.dumps(data)


def test_the_left_out_say_why_and_offer_what_lets_them_in_to_those_who_may_change_the_plan() -> None:
    data = timeline_data(EN, plan(), selected=None, editable=True)
    assert (data["left"]["title"], data["left"]["open"]) == ("1 left out", False)
    row = data["left"]["rows"][0]
    assert row["reason"]
    assert [relief["code"] for relief in row["reliefs"]] == ["stay_until"]
    assert "18:20" in row["reliefs"][0]["text"]
    reader = timeline_data(EN, plan(may_edit=False), selected=None, editable=False)
    assert reader["left"]["rows"][0]["reliefs"] == []


def test_who_can_be_let_in_stands_first_and_nobody_is_called_new_before_the_reasons_are_found() -> None:
    far = candidate(1, value=90, reason=Reason(WhyNot.TOO_FAR, {"minutes": 240}), reliefs=())
    new = candidate(3, value=1, reason=None, reliefs=())
    data = timeline_data(EN, plan(candidates=(far, candidate(2, value=5), new)), selected=None, editable=True)
    assert [row["id"] for row in data["left"]["rows"]] == [203, 202, 201]
    assert data["left"]["rows"][0]["reason"] == "New since the last planning"
    unexplained = timeline_data(EN, plan(candidates=(new,)), selected=None, editable=True)
    assert unexplained["left"]["rows"][0]["reason"] == ""


def test_before_planning_the_candidates_stand_open_the_locked_and_the_worthiest_first() -> None:
    rows = (
        candidate(1, value=10, reason=None),
        candidate(2, value=30, reason=None),
        candidate(3, value=5, choice=StopChoice.LOCKED, reason=None),
    )
    excluded = candidate(4, value=99, choice=StopChoice.EXCLUDED, reason=None)
    data = timeline_data(EN, plan(is_solved=False, stops=(), candidates=(*rows, excluded)), selected=None, editable=True)
    assert (data["left"]["title"], data["left"]["open"]) == ("4 candidates", True)
    assert [row["id"] for row in data["left"]["rows"]] == [203, 202, 201, 204]
    assert data["start"] is None
    assert data["end"] is None


def test_times_of_before_a_change_promise_no_slack() -> None:
    assert timeline_data(EN, plan(is_stale=True), selected=None, editable=True)["stops"][0]["foot"] == []


def test_the_same_plan_speaks_japanese() -> None:
    data = timeline_data(text_for("ja"), plan(), selected=None, editable=True)
    assert data["left"]["title"] == "入らなかった 1件"
    assert data["stops"][0]["foot"] == ["余裕 25分"]


@pytest.mark.parametrize(
    ("value", "stop_id"),
    [('{"tap":"stop","id":7,"n":1}', 7), ('{"tap":"customer","id":7}', None), ('{"tap":"stop","id":"7"}', None), ("[]", None), ("x", None)],
)
def test_a_tapped_pin_is_read_and_anything_else_is_no_tap(value: str, stop_id: int | None) -> None:
    assert parse_tap(value) == stop_id


def test_the_map_to_add_from_looks_at_the_route_or_at_the_candidates_while_there_is_none() -> None:
    west, south, east, north = bounds_of(plan()) or (0, 0, 0, 0)
    assert west < 134.04 < 134.06 < east
    assert south < 34.34 < 34.355 < north
    waiting = bounds_of(plan(stops=(), start=None, end=None))
    assert waiting is not None
    assert waiting[0] < 134.10 < waiting[2]
    assert bounds_of(plan(stops=(), start=None, end=None, candidates=(candidate(1, lat=None, lon=None),))) is None
