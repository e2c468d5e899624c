"""A planned day as services hand it to the screens, to be varied by the tests of what is drawn from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.day_rules import DayRules, Whence
from fieldsales.domain.planning.reasons import Reason, Relief, Why, WhyNot
from fieldsales.domain.words import PlanGoal, PlanState, StopChoice, StopOrigin, StopProgress
from fieldsales.services.planning.plan_views import CandidateView, EndView, Person, PlanView, RestView, StopView, Totals

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = date(2026, 11, 24)
AIKO = Person(1, "Aiko")
NASTY = "<script>alert(1)</script> **太字** 😀 مرحبا"


def at(hour: int, minute: int = 0) -> datetime:
    """Return a moment of the planned day by the clocks in Tokyo."""
    return datetime(2026, 11, 24, hour, minute, tzinfo=TOKYO).astimezone(UTC)


def stop(number: int = 1, **changes: Any) -> StopView:
    """Return a stop half an hour long, the first at 9:30, each an hour after the one before."""
    begins = at(8, 30) + timedelta(hours=number)
    plain = StopView(
        id=100 + number,
        customer_id=number,
        name=f"得意先{number}",
        likelihood=(Likelihood.A, Likelihood.B, Likelihood.C)[number % 3],
        address="高松市番町1-1",
        phone="087-000-0000",
        email="",
        lat=34.34 + number / 200,
        lon=134.04 + number / 150,
        arrives_at=begins,
        starts_at=begins,
        leaves_at=begins + timedelta(minutes=30),
        travel_s=900,
        travel_m=4200,
        wait_s=0,
        slack_s=1500,
        late_s=0,
        error_s=None,
        choice=StopChoice.OPEN,
        origin=StopOrigin.PROPOSED,
        fixed_at=None,
        pin=None,
        visit_minutes=30,
        value=40.0 - number,
        why=(Reason(Why.OVERDUE, {"days": 12, "cadence_days": 30}),),
        promised_at=None,
        progress=StopProgress.AHEAD,
        arrived_at=None,
        done_at=None,
        visit_id=None,
        skip_reason="",
        opening_hours="",
    )
    return replace(plain, **changes)


def candidate(number: int = 1, **changes: Any) -> CandidateView:
    """Return a customer that was left out because the day is full, with one thing that would let it in."""
    plain = CandidateView(
        id=200 + number,
        customer_id=50 + number,
        name=f"候補{number}",
        likelihood=Likelihood.B,
        lat=34.30 + number / 300,
        lon=134.10,
        choice=StopChoice.OPEN,
        origin=StopOrigin.PROPOSED,
        fixed_at=None,
        visit_minutes=30,
        value=20.0,
        worth_why=(Reason(Why.DUE, {"days": 28, "cadence_days": 30}),),
        reason=Reason(WhyNot.DAY_FULL, {"minutes": 20}),
        reliefs=(Reason(Relief.STAY_UNTIL, {"at": 18 * 3600 + 1200}),),
    )
    return replace(plain, **changes)


def plan(**changes: Any) -> PlanView:
    """Return Aiko's Tuesday: three stops, lunch before the third, one customer left out, from the office and back."""
    office = EndView("高松オフィス", 34.34, 134.04)
    plain = PlanView(
        id=7,
        version=3,
        person=AIKO,
        created_by=AIKO,
        changed_by=AIKO,
        changed_at=at(8),
        day=DAY,
        zone=TOKYO,
        name="",
        state=PlanState.DRAFT,
        goal=PlanGoal.VALUE,
        rules=DayRules(whence=Whence.PLACE, start_place_id=1),
        is_solved=True,
        is_stale=False,
        stops=tuple(stop(number) for number in (1, 2, 3)),
        candidates=(candidate(1),),
        rests=(RestView("", at(11), at(11, 25)),),
        start=office,
        end=office,
        totals=Totals(117.0, 3600, 16_800, 0, 3, at(9, 15), at(12, 15), 5 * 3600),
        notes=(),
        conflicts=(),
        line=((34.34, 134.04), (34.345, 134.05), (34.35, 134.06), (34.34, 134.04)),
        may_edit=True,
        shared_with=(),
    )
    return replace(plain, **changes)
