"""Progress in words: what a target counts, whether it is being reached, and where this pace leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from babel.numbers import format_compact_decimal

from fieldsales.domain.progress import Course, Pace, WorkedDays
from fieldsales.domain.words import TargetKind
from fieldsales.errors import N_
from fieldsales.i18n import Text

TARGETS = {
    TargetKind.VISITS: N_("Visits made"),
    TargetKind.FIRST_VISITS: N_("First visits"),
    TargetKind.ORDERS: N_("Orders"),
    TargetKind.AMOUNT: N_("Order amount"),
}
COURSES = {
    Course.NO_TARGET: N_("No target"),
    Course.NOT_BEGUN: N_("Not begun"),
    Course.TOO_EARLY: N_("Too early to say"),
    Course.REACHED: N_("Target reached"),
    Course.ON_COURSE: N_("On course"),
    Course.CLOSE: N_("Nearly there"),
    Course.BEHIND: N_("Behind"),
    Course.MISSED: N_("Target missed"),
}
# Beside the colour, which alone carries no meaning.
SIGNS = {
    Course.NO_TARGET: "–",
    Course.NOT_BEGUN: "–",
    Course.TOO_EARLY: "…",
    Course.REACHED: "✓",
    Course.ON_COURSE: "○",
    Course.CLOSE: "△",
    Course.BEHIND: "×",
    Course.MISSED: "×",
}
_LONG = 1_000_000  # yen, from which on an amount is said short
_HUNDRED_MILLION = 100_000_000  # 1億
GOOD = frozenset({Course.REACHED, Course.ON_COURSE})


def say_value(kind: TargetKind, value: float, text: Text) -> str:
    """Return a number of a kind, amounts as money."""
    return text.money(round(value)) if kind is TargetKind.AMOUNT else text.number(round(value))


def say_short(kind: TargetKind, value: float, text: Text) -> str:
    """Return a number of a kind for narrow places: amounts rounded, as ¥4,025万 or ¥40.2M."""
    whole = round(value)
    if kind is not TargetKind.AMOUNT or abs(whole) < _LONG:
        return say_value(kind, whole, text)
    sign = "-" if whole < 0 else ""
    if text.locale == "ja" and abs(whole) < _HUNDRED_MILLION:
        return f"{sign}¥{text.number(round(abs(whole) / 10_000))}万"
    return f"{sign}¥{format_compact_decimal(abs(whole), locale=text.locale, fraction_digits=1)}"


def say_percent(share: float, text: Text) -> str:
    """Return a share as whole percent, rounded down: 99.6 % of a target is not all of it."""
    return text.percent(int(share * 100 + 1e-9))


def say_forecast(pace: Pace, days: WorkedDays, text: Text, *, today: date) -> str:
    """Return where this pace leads as a sentence, empty where nothing can be said or nothing is left to say."""
    if pace.projected_share is None or days.over or not days.begun:
        return ""
    share, day = say_percent(pace.projected_share, text), text.day(days.last, today=today)
    return text.gettext("At this pace {percent} by {day}").format(percent=share, day=day)


def say_days(days: WorkedDays, text: Text) -> str:
    """Return how many working days are over."""
    _ = text.gettext
    return _("{passed} of {total} working days are over").format(passed=text.number(days.passed), total=text.number(days.total))


def say_course(paces: Sequence[Pace], days: WorkedDays, text: Text, *, today: date) -> str:
    """Return whether one is on course, as one sentence for all figures together."""
    _, last = text.gettext, text.day(days.last, today=today)
    aimed = [pace for pace in paces if pace.course is not Course.NO_TARGET]
    good = sum(pace.course in GOOD for pace in aimed)
    if not aimed:
        return _("No target is set for this period.")
    if not days.begun:
        return _("This period has not begun yet.")
    if days.over:
        return _("{count} of {total} targets were reached.").format(count=good, total=len(aimed))
    if all(pace.course is Course.TOO_EARLY for pace in aimed):
        return _("The first working day is not over yet: it is too early to say where this leads.")
    if good == len(aimed):
        return _("On course: at this pace all targets are reached by {day}.").format(day=last)
    return _("At this pace {count} of {total} targets are reached by {day}.").format(count=good, total=len(aimed), day=last)
