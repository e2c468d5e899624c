"""How somebody's days usually go: the rules that a new plan of theirs begins with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Place, User, WorkDay
from fieldsales.domain.planning.day_clock import is_backwards, pause_window, working_span
from fieldsales.domain.planning.day_rules import DayRules, Pause, Whence, Whither, rules_from_json, rules_to_json
from fieldsales.domain.words import PlaceKind
from fieldsales.errors import N_, FixTheInput, NumberOutside, TextTooLong
from fieldsales.services.access import require_active
from fieldsales.services.customers.customer_input import check_coordinate
from fieldsales.services.customers.records import clean_text
from fieldsales.services.planning.planning_options import read_planning_options
from fieldsales.services.reports.report_people import find_person
from fieldsales.services.travel.places import PlaceNotFound

MAX_PAUSES = 4
MAX_PAUSE_NAME = 40
MAX_PAUSE_MINUTES = 480
MAX_PARKING_MINUTES = 60
MAX_VISIT_MINUTES = 600
MAX_TRAVEL_MINUTES = 1_440


class DayWithoutLength(FixTheInput):
    code = "day_without_length"
    message = N_("The day ends when it begins.")
    field = "ends"


class PauseBackwards(FixTheInput):
    """`field` is `pause:` and its number, so that the sentence stands beside the pause."""

    code = "pause_backwards"
    message = N_("The latest beginning of this pause lies before the earliest.")


class PauseOutsideDay(FixTheInput):
    """`field` is `pause:` and its number."""

    code = "pause_outside_day"
    message = N_("This pause does not fit between the beginning and the end of the day.")


class PausesTooLong(FixTheInput):
    code = "pauses_too_long"
    message = N_("The pauses together leave no time for visits.")
    field = "pauses"


class TooManyPauses(FixTheInput):
    code = "too_many_pauses"
    message = N_("A day has at most {limit} pauses.")
    field = "pauses"


class StartMissing(FixTheInput):
    code = "start_missing"
    message = N_("Choose where the day begins.")
    field = "start_place"


class EndMissing(FixTheInput):
    code = "end_missing"
    message = N_("Choose where the day ends.")
    field = "end_place"


def read_rules(session: Session, actor: User, *, user_id: int) -> DayRules:
    """Return somebody's usual day: what they saved, else the defaults with everybody's first office as start.

    A place that went out of use since is replaced as if nothing had been said.

    Raises:
        NotAllowed: `actor` is disabled. NotFound: `actor` does not look after this user.
    """
    person = find_person(session, actor, user_id)
    stored = session.get(WorkDay, person.id)
    rules = DayRules(visit_minutes=read_planning_options(session).visit_minutes) if stored is None else rules_from_json(stored.rules)
    usable = _usable_places(session, person.id, {rules.start_place_id, rules.end_place_id})
    if rules.start_place_id not in usable and (stored is None or rules.whence is Whence.PLACE):
        office_id = _first_office(session)
        rules = replace(rules, whence=Whence.PLACE if office_id else Whence.FIRST_STOP, start_place_id=office_id)
    if rules.whither is Whither.PLACE and rules.end_place_id not in usable:
        rules = replace(rules, whither=Whither.START, end_place_id=None)
    return rules


def has_rules(session: Session, actor: User, *, user_id: int) -> bool:
    """True when somebody has said how their days go.

    Raises:
        NotAllowed: `actor` is disabled. NotFound: `actor` does not look after this user.
    """
    return session.get(WorkDay, find_person(session, actor, user_id).id) is not None


def save_rules(session: Session, actor: User, *, rules: DayRules, now: datetime) -> DayRules:
    """Keep one's own usual day and return it as it was kept; where somebody stood when asked is no part of it.

    Raises:
        NotAllowed: `actor` is disabled. And the errors of `check_rules`.
    """
    require_active(actor)
    rules = check_rules(session, user_id=actor.id, rules=replace(rules, here=None))
    stored = session.get(WorkDay, actor.id)
    if stored is None:
        session.add(WorkDay(user_id=actor.id, rules=rules_to_json(rules), changed_at=now))
    else:
        stored.rules, stored.changed_at = rules_to_json(rules), now
    session.flush()
    return rules


def forget_rules(session: Session, actor: User) -> None:
    """Go back to the defaults, as if one had never said how one's days go.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    require_active(actor)
    stored = session.get(WorkDay, actor.id)
    if stored is not None:
        session.delete(stored)
    session.flush()


def check_rules(session: Session, *, user_id: int, rules: DayRules) -> DayRules:
    """Return the rules of a day of this user, cleaned; places that are not chosen are forgotten.

    Raises:
        DayWithoutLength, PauseBackwards, PauseOutsideDay, PausesTooLong, TooManyPauses, StartMissing, EndMissing, TextTooLong,
        NumberOutside, BadCoordinate, PlaceNotFound (not among the places of this user, or out of use): naming the field.
    """
    if rules.begins == rules.ends:
        raise DayWithoutLength()
    _check_number(rules.parking_minutes, 0, MAX_PARKING_MINUTES, field="parking_minutes")
    _check_number(rules.visit_minutes, 1, MAX_VISIT_MINUTES, field="visit_minutes")
    if rules.max_travel_minutes is not None:
        _check_number(rules.max_travel_minutes, 1, MAX_TRAVEL_MINUTES, field="max_travel_minutes")
    if len(rules.pauses) > MAX_PAUSES:
        raise TooManyPauses(limit=MAX_PAUSES)
    pauses = tuple(_checked_pause(rules, pause, number) for number, pause in enumerate(rules.pauses))
    begins, ends = working_span(rules)
    if sum(pause.minutes for pause in pauses) >= ends - begins:
        raise PausesTooLong()
    if rules.here is not None:
        check_coordinate(*rules.here)
    return _with_known_places(session, user_id, replace(rules, pauses=pauses))


def _checked_pause(rules: DayRules, pause: Pause, number: int) -> Pause:
    field = f"pause:{number}"
    _check_number(pause.minutes, 1, MAX_PAUSE_MINUTES, field=field)
    if is_backwards(pause):
        raise PauseBackwards(field=field)
    if pause_window(rules, pause) is None:
        raise PauseOutsideDay(field=field)
    name = " ".join(clean_text(pause.name, field=field, limit=10 * MAX_PAUSE_NAME).split())
    if len(name) > MAX_PAUSE_NAME:
        raise TextTooLong(field=field, limit=MAX_PAUSE_NAME)
    return replace(pause, name=name)


def _check_number(number: int, lowest: int, highest: int, *, field: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not lowest <= number <= highest:
        raise NumberOutside(field=field, value=number, lowest=lowest, highest=highest)


def _with_known_places(session: Session, user_id: int, rules: DayRules) -> DayRules:
    start = rules.start_place_id if rules.whence is Whence.PLACE else None
    end = rules.end_place_id if rules.whither is Whither.PLACE else None
    if rules.whence is Whence.PLACE and start is None:
        raise StartMissing()
    if rules.whither is Whither.PLACE and end is None:
        raise EndMissing()
    usable = _usable_places(session, user_id, {start, end})
    for place_id, field in ((start, "start_place"), (end, "end_place")):
        if place_id is not None and place_id not in usable:
            raise PlaceNotFound(field=field)
    return replace(rules, start_place_id=start, end_place_id=end)


def _usable_places(session: Session, user_id: int, place_ids: Collection[int | None]) -> frozenset[int]:
    wanted = sorted(place_id for place_id in place_ids if place_id is not None)
    if not wanted:
        return frozenset()
    seen = or_(Place.owner_id.is_(None), Place.owner_id == user_id)
    return frozenset(session.scalars(select(Place.id).where(Place.id.in_(wanted), seen, Place.retired_at.is_(None))))


def _first_office(session: Session) -> int | None:
    offices = select(Place.id).where(Place.owner_id.is_(None), Place.kind == PlaceKind.OFFICE, Place.retired_at.is_(None))
    return session.scalar(offices.order_by(Place.id).limit(1))
