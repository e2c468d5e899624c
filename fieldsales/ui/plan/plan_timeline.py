"""The planned day as rows: what `components.plan_timeline` draws, made of a plan in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from fieldsales.domain.likelihood import LOOKS
from fieldsales.domain.words import StopChoice, StopPin, StopProgress
from fieldsales.i18n import Text
from fieldsales.services.planning.plan_views import PlanView, RestView, StopView
from fieldsales.ui import words
from fieldsales.ui.components.plan_timeline import draw_plan_timeline
from fieldsales.ui.page import Page
from fieldsales.ui.plan.plan_left_out import left_out
from fieldsales.ui.plan.plan_reasons import say_all
from fieldsales.ui.plan.plan_words import PROGRESS, TRAVELLED
from fieldsales.wording.lengths import say_clock, say_length

KEY = "plan_timeline"
TIGHT_S = 10 * 60
_WORTH_SAYING_S = 60  # whoever waits less does not wait
_REASONS = 2


def draw_timeline(page: Page, plan: PlanView, *, selected: int | None, editable: bool) -> None:
    """Draw the route with its times, then who was left out; `selected` is the id of the marked row."""
    draw_plan_timeline(timeline_data(page.text, plan, selected=selected, editable=editable), key=KEY)


def timeline_data(text: Text, plan: PlanView, *, selected: int | None, editable: bool) -> dict[str, Any]:
    """Return the rows as JSON values; texts are texts, never HTML."""
    rests = sorted(plan.rests, key=lambda rest: rest.starts_at)
    stops, shown = [], 0
    for number, stop in enumerate(plan.stops):
        due = [rest for rest in rests[shown:] if rest.starts_at < stop.starts_at]
        shown += len(due)
        leads = [*_leg(text, plan, stop, is_first=number == 0), *(_rest(text, plan, rest) for rest in due), *_wait(text, plan, stop, due)]
        stops.append(_stop(text, plan, stop, leads))
    return {
        "plan": plan.id,
        "version": plan.version,
        "editable": editable,
        "selected": selected,
        "words": _words(text),
        "start": _start(text, plan),
        "stops": stops,
        "end": _end(text, plan, rests[shown:]),
        "left": left_out(text, plan),
    }


def _words(text: Text) -> dict[str, str]:
    _ = text.gettext
    return {
        "list": _("The stops of the day in order"),
        "sort": _("Reorder"),
        "sorted": _("Done"),
        "how": _("Drag a stop by its handle, hold its row, or use the arrows."),
        "grip": _("Move {name}: drag, or arrow keys"),
        "up": _("{name} earlier"),
        "down": _("{name} later"),
        "moved": _("{name} is now number {number}"),
        "more": _("Show {count} more"),
        "unsent": _("The new order has not reached the server yet."),
    }


def _stop(text: Text, plan: PlanView, stop: StopView, leads: Sequence[dict[str, str]]) -> dict[str, Any]:
    _ = text.gettext
    look = LOOKS[stop.likelihood]
    hidden = not stop.name
    late = _("{length} late").format(length=say_length(stop.late_s, text)) if stop.late_s >= _WORTH_SAYING_S else ""
    return {
        "id": stop.id,
        "name": stop.name or _("A customer you may not see"),
        "time": say_clock(stop.starts_at, plan.zone),
        "until": f"–{say_clock(stop.leaves_at, plan.zone)}",
        "fill": look.fill,
        "ink": look.ink,
        "rank": _(words.LIKELIHOODS[stop.likelihood]),
        "pale": stop.progress is StopProgress.SKIPPED,
        "state": stop.progress.value,
        "settled": hidden or stop.progress is not StopProgress.AHEAD,
        "marks": _marks(text, plan, stop),
        "why": "" if hidden else say_all(text, plan, stop.why[:_REASONS]),
        "late": late,
        "foot": _foot(text, plan, stop),
        "leads": list(leads),
    }


def _marks(text: Text, plan: PlanView, stop: StopView) -> list[dict[str, str]]:
    _ = text.gettext
    marks = []
    if stop.choice is StopChoice.LOCKED:
        marks.append({"icon": "lock", "text": _("Locked: visited in any case")})
    if stop.fixed_at is not None:
        marks.append({"icon": "clock", "text": _("Appointment at {time}").format(time=say_clock(stop.fixed_at, plan.zone))})
    if stop.pin is not None:
        kept = {StopPin.FIRST: _("Kept first"), StopPin.LAST: _("Kept last"), StopPin.TIME: _("Kept at about this time")}
        marks.append({"icon": "pin", "text": kept[stop.pin]})
    if stop.progress is not StopProgress.AHEAD:
        marks.append({"icon": stop.progress.value, "text": _(PROGRESS[stop.progress])})
    return marks


def _foot(text: Text, plan: PlanView, stop: StopView) -> list[str]:
    """Return what stands below a stop: what became of it, or how much room there is."""
    _ = text.gettext
    if stop.progress is StopProgress.SKIPPED:
        return [stop.skip_reason or _(PROGRESS[stop.progress])]
    if stop.progress is StopProgress.DONE:
        done = [_("Visited {time}").format(time=say_clock(stop.done_at, plan.zone))] if stop.done_at is not None else []
        if stop.promised_at is not None:
            done.append(_("planned {time}").format(time=say_clock(stop.promised_at, plan.zone)))
        return done
    foot = []
    if stop.late_s < _WORTH_SAYING_S and not plan.is_stale:
        tight = stop.slack_s < _WORTH_SAYING_S
        foot.append(_("no slack") if tight else _("slack {length}").format(length=say_length(stop.slack_s, text)))
    if stop.error_s is not None and stop.error_s >= _WORTH_SAYING_S:
        foot.append(f"±{say_length(stop.error_s, text)}")
    return foot


def _leg(text: Text, plan: PlanView, stop: StopView, *, is_first: bool) -> list[dict[str, str]]:
    if is_first and stop.travel_s < _WORTH_SAYING_S and plan.start is None:
        return []
    how = text.gettext(TRAVELLED[plan.rules.mode]).format(time=say_length(stop.travel_s, text))
    return [{"kind": "leg", "text": f"{how} · {text.metres(stop.travel_m)}" if stop.travel_m else how}]


def _rest(text: Text, plan: PlanView, rest: RestView) -> dict[str, str]:
    name = rest.name or text.gettext("Lunch")
    length = say_length((rest.ends_at - rest.starts_at).total_seconds(), text)
    return {"kind": "rest", "time": say_clock(rest.starts_at, plan.zone), "text": f"{name} {length}"}


def _wait(text: Text, plan: PlanView, stop: StopView, rests: Sequence[RestView]) -> list[dict[str, str]]:
    if stop.wait_s < _WORTH_SAYING_S:
        return []
    there = max((rest.ends_at for rest in rests if rest.starts_at >= stop.arrives_at), default=stop.arrives_at)
    sentence = text.gettext("Wait {length}").format(length=say_length(stop.wait_s, text))
    return [{"kind": "wait", "time": say_clock(there, plan.zone), "text": sentence}]


def _start(text: Text, plan: PlanView) -> dict[str, str] | None:
    if plan.start is None or plan.totals.starts_at is None or not plan.stops:
        return None
    return {"time": say_clock(plan.totals.starts_at, plan.zone), "name": plan.start.name or text.gettext("Where you were")}


def _end(text: Text, plan: PlanView, rests: Sequence[RestView]) -> dict[str, Any] | None:
    """Return the end of the day with the way there and the pauses after the last visit."""
    _ = text.gettext
    totals = plan.totals
    if totals.ends_at is None or not plan.stops:
        return None
    leads = [_rest(text, plan, rest) for rest in rests]
    way = totals.ends_at - plan.stops[-1].leaves_at - sum((rest.ends_at - rest.starts_at for rest in rests), timedelta())
    if plan.end is not None and way.total_seconds() >= _WORTH_SAYING_S:
        leads.insert(0, {"kind": "leg", "text": _(TRAVELLED[plan.rules.mode]).format(time=say_length(way.total_seconds(), text))})
    late = totals.slack_s <= -_WORTH_SAYING_S
    over = _("{length} after the end of the day") if late else _("{length} left in the day")
    note = over.format(length=say_length(abs(totals.slack_s), text)) if abs(totals.slack_s) >= _WORTH_SAYING_S else ""
    name = plan.end.name or _("Return") if plan.end is not None else _("End of the day")
    return {"time": say_clock(totals.ends_at, plan.zone), "name": name, "note": note, "late": late, "leads": leads}
