"""What the plan page says of a plan: states, goals, totals, and what others changed."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from fieldsales.domain.words import PlanGoal, PlanState, StopChoice, StopPin, StopProgress, TravelMode
from fieldsales.errors import N_
from fieldsales.i18n import Text
from fieldsales.services.planning.plan_changes import Action, ChangeRow
from fieldsales.services.planning.plan_views import PlanView, Totals, Variant
from fieldsales.services.visits import stop_progress
from fieldsales.wording.lengths import say_clock, say_length

STATES = {PlanState.DRAFT: N_("Draft"), PlanState.ACCEPTED: N_("In use"), PlanState.SET_ASIDE: N_("Set aside")}
GOALS = {PlanGoal.VALUE: N_("Most value"), PlanGoal.DRIVING: N_("Least driving"), PlanGoal.EARLY: N_("Home by {time}")}
CHOICES = {StopChoice.OPEN: N_("If it fits"), StopChoice.LOCKED: N_("In any case"), StopChoice.EXCLUDED: N_("Not this time")}
PINS = {StopPin.FIRST: N_("Kept first"), StopPin.LAST: N_("Kept last"), StopPin.TIME: N_("Kept at about this time")}
MODES = {
    TravelMode.CAR: N_("Car"),
    TravelMode.BICYCLE: N_("Bicycle"),
    TravelMode.WALK: N_("On foot"),
    TravelMode.TRAIN: N_("Train"),
}
TRAVELLED = {
    TravelMode.CAR: N_("Driving {time}"),
    TravelMode.BICYCLE: N_("Cycling {time}"),
    TravelMode.WALK: N_("Walking {time}"),
    TravelMode.TRAIN: N_("Travel {time}"),
}
PROGRESS = {
    StopProgress.AHEAD: N_("Ahead"),
    StopProgress.ARRIVED: N_("Arrived"),
    StopProgress.DONE: N_("Visited"),
    StopProgress.SKIPPED: N_("Skipped"),
}
CHANGES: dict[str, str] = {
    Action.OPENED: N_("{who} began the plan"),
    Action.PROPOSED: N_("{who} had customers proposed"),
    Action.ADDED: N_("{who} added {names}"),
    Action.REMOVED: N_("{who} removed {names}"),
    Action.CHOSEN: N_("{who} decided about {names}"),
    Action.TIME_FIXED: N_("{who} set the time of {names}"),
    Action.PINNED: N_("{who} set the place of {names}"),
    Action.MINUTES_SET: N_("{who} changed the length of the visit to {names}"),
    Action.REORDERED: N_("{who} changed the order"),
    Action.MOVED_AWAY: N_("{who} moved {names} to another day"),
    Action.MOVED_HERE: N_("{who} moved {names} here"),
    Action.DATES_FOLLOWED: N_("{who} took over changed appointments: {names}"),
    Action.RULES_SET: N_("{who} changed the conditions of the day"),
    Action.GOAL_SET: N_("{who} chose another goal"),
    Action.RELIEVED: N_("{who} made room for {names}"),
    Action.SOLVED: N_("{who} planned the day"),
    Action.INSERTED: N_("{who} inserted {names}"),
    Action.ACCEPTED: N_("{who} put the plan to use"),
    Action.SET_ASIDE: N_("{who} set the plan aside"),
    Action.NAMED: N_("{who} renamed the plan"),
    Action.SHARED: N_("{who} shared the plan"),
    Action.UNSHARED: N_("{who} no longer shares the plan"),
    Action.ASSIGNED: N_("{who} gave the plan to somebody"),
    Action.UNDONE: N_("{who} took back a change"),
    Action.DELETED: N_("{who} deleted the plan"),
    Action.RESTORED: N_("{who} brought the plan back"),
    Action.COPIED: N_("{who} copied the plan from another day"),
    stop_progress.ARRIVE: N_("{who} arrived at {names}"),
    stop_progress.DONE: N_("{who} ticked off {names}"),
    stop_progress.SKIP: N_("{who} skipped {names}"),
    stop_progress.REOPEN: N_("{who} put {names} back on the day’s list"),
    stop_progress.LATE: N_("{who} is running late"),
    stop_progress.VISIT: N_("{who} visited {names}"),
    stop_progress.UNVISIT: N_("{who} took back the visit to {names}"),
}
_NAMES_SHOWN = 2


def say_totals(text: Text, totals: Totals, zone: ZoneInfo, mode: TravelMode) -> tuple[str, ...]:
    """Return what a planned day comes to, in parts: visits, travel, distance, when it is over."""
    _ = text.gettext
    parts = [text.ngettext("{count} visit", "{count} visits", totals.visits).format(count=text.number(totals.visits))]
    parts.append(_(TRAVELLED[mode]).format(time=say_length(totals.travel_s, text)))
    parts.append(text.metres(totals.travel_m))
    if totals.ends_at is not None:
        parts.append(_("Until {time}").format(time=say_clock(totals.ends_at, zone)))
    return tuple(parts)


def say_value(text: Text, value: float) -> str:
    """Return what a visit is worth in points, as a whole number."""
    return text.gettext("{value} pt").format(value=text.number(round(value)))


def say_goal(text: Text, variant: Variant) -> str:
    """Return the goal of a variant, with the hour by which its day is to end where that is the goal."""
    home_by = "" if variant.home_by is None else f"{variant.home_by:%H:%M}"
    return text.gettext(GOALS[variant.goal]).format(time=home_by)


def say_change(text: Text, change: ChangeRow) -> str:
    """Return who did what, as text (not markdown); a change of a kind that is unknown here is a change."""
    shown = list(change.names[:_NAMES_SHOWN])
    more = len(change.names) - len(shown)
    names = text.gettext(", ").join(shown) or text.gettext("a customer")
    if more > 0:
        names = text.gettext("{names} and {count} more").format(names=names, count=text.number(more))
    sentence = CHANGES.get(str(change.action), N_("{who} changed the plan"))
    return text.gettext(sentence).format(who=change.who.name, names=names)


def is_past(plan: PlanView, now: datetime) -> bool:
    """True for a day that is over where its person works."""
    return plan.day < now.astimezone(plan.zone).date()


def day_chip(text: Text, day: date, today: date) -> str:
    """Return a day as it stands on a chip: today, tomorrow, else the date."""
    if day == today:
        return text.gettext("Today")
    return text.gettext("Tomorrow") if (day - today).days == 1 else text.day(day, today=today)
