"""A planned day on paper: when, whom, where, why, and lines to write on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from fieldsales.domain.documents import Block, Document, Figures, Heading, Prose, Row, Table
from fieldsales.domain.words import PlanState, StopProgress
from fieldsales.errors import N_
from fieldsales.i18n import Text
from fieldsales.services.planning.plan_views import PlanView, StopView
from fieldsales.web.plan_words import PlanWords, is_shown
from fieldsales.wording.opening_hours import say_stored

STATES = {PlanState.DRAFT: N_("Draft"), PlanState.ACCEPTED: N_("In use"), PlanState.SET_ASIDE: N_("Set aside")}
LINES, LINES_AT_END = 2, 6


def sheet_of(plan: PlanView, text: Text, *, now: datetime) -> Document:
    """Return the sheet to print; with its year, since paper is kept."""
    _, say = text.gettext, PlanWords(text, plan)
    day = text.day(plan.day, today=date.min)
    title = _("Visit plan {day}").format(day=day)
    printed = _("Printed {moment}").format(moment=text.moment(now, zone=plan.zone))
    about = [plan.person.name, plan.name, _(STATES[plan.state]), printed]
    return Document(
        title=title,
        author=plan.person.name,
        about=" · ".join(part for part in about if part),
        footer=f"FieldSales · {plan.person.name} · {title}",
        language=text.locale,
        blocks=tuple(_blocks(plan, say)),
    )


def _blocks(plan: PlanView, say: PlanWords) -> Iterator[Block]:
    _ = say.text.gettext
    yield Figures(say.totals())
    if not plan.stops:
        yield Prose(_("There is no stop in this plan yet."))
    else:
        header = ("", _("Time"), _("Customer"), _("Phone"))
        yield Table(header, tuple(_rows(plan, say)), (7, 25, 92, 30), frozenset())
    if plan.is_stale:
        yield Prose(_("Something was changed after these times were found."), quiet=True)
    yield Heading(_("Notes"))
    yield Table(("",), (Row(("",), lines=LINES_AT_END),), (1,))


def _rows(plan: PlanView, say: PlanWords) -> Iterator[Row]:
    """Yield where the day begins, its stops and pauses in order of time, and where it ends."""
    _ = say.text.gettext
    totals = plan.totals
    if plan.start is not None and totals.starts_at is not None:
        name = plan.start.name or _("Start")
        yield Row(("", say.clock(totals.starts_at), _("Leave {place}").format(place=name), ""))
    timed = [(stop.starts_at, number, stop) for number, stop in enumerate(plan.stops, start=1)]
    pauses = sorted(plan.rests, key=lambda rest: rest.starts_at)
    for starts_at, number, stop in timed:
        while pauses and pauses[0].starts_at < starts_at:
            rest = pauses.pop(0)
            yield Row(("", say.span(rest.starts_at, rest.ends_at), rest.name or _("Lunch"), ""))
        yield _stop(number, stop, say)
    for rest in pauses:
        yield Row(("", say.span(rest.starts_at, rest.ends_at), rest.name or _("Lunch"), ""))
    if plan.end is not None and totals.ends_at is not None:
        name = plan.end.name or _("End")
        yield Row(("", say.clock(totals.ends_at), _("Arrive at {place}").format(place=name), ""))


def _stop(number: int, stop: StopView, say: PlanWords) -> Row:
    _ = say.text.gettext
    if not is_shown(stop):
        return Row((str(number), say.span(stop.starts_at, stop.leaves_at), say.name(stop), ""))
    place = "\n".join(part for part in (say.name(stop), stop.address) if part)
    ahead = stop.progress in (StopProgress.AHEAD, StopProgress.ARRIVED)
    hours = say_stored(stop.opening_hours, say.text)
    parts = [say.leg(stop), say.why(stop), _("Open {hours}").format(hours=hours) if hours else ""]
    note = " · ".join(part for part in parts if part) if ahead else say.progress(stop)
    return Row((str(number), say.span(stop.starts_at, stop.leaves_at), place, stop.phone), note, LINES if ahead else 0)
