"""A plan in its reader's words, for the files that it is handed on in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldsales.domain.words import StopProgress
from fieldsales.i18n import Text
from fieldsales.services.planning.plan_views import PlanView, StopView
from fieldsales.wording.lengths import say_clock, say_length, say_span
from fieldsales.wording.plans import say_reasons


def is_shown(stop: StopView) -> bool:
    """True when the reader may see whose stop it is; of another one they learn that the time is taken."""
    return bool(stop.name)


@dataclass(frozen=True, slots=True)
class PlanWords:
    """The sentences of one plan in one language; times are those of whose day it is."""

    text: Text
    plan: PlanView

    def clock(self, moment: datetime) -> str:
        """Return the wall clock of a moment."""
        return say_clock(moment, self.plan.zone)

    def span(self, begins: datetime, ends: datetime) -> str:
        """Return 9:30–10:00."""
        return say_span(begins, ends, self.plan.zone)

    def name(self, stop: StopView) -> str:
        """Return whom a stop is for."""
        return stop.name or self.text.gettext("A customer you may not see")

    def totals(self) -> tuple[tuple[str, str], ...]:
        """Return what the day comes to as (name, value)."""
        _, totals = self.text.gettext, self.plan.totals
        hours = "–"
        if totals.starts_at is not None and totals.ends_at is not None:
            hours = self.span(totals.starts_at, totals.ends_at)
        return (
            (_("Stops"), self.text.number(len(self.plan.stops))),
            (_("Hours"), hours),
            (_("Travel"), say_length(totals.travel_s, self.text)),
            (_("Distance"), self.text.metres(totals.travel_m)),
        )

    def leg(self, stop: StopView) -> str:
        """Return the way that leads to a stop."""
        way = f"{say_length(stop.travel_s, self.text)} · {self.text.metres(stop.travel_m)}"
        return self.text.gettext("Way there {way}").format(way=way)

    def why(self, stop: StopView) -> str:
        """Return why a stop is made, and why at its time."""
        midnight = datetime.combine(self.plan.day, datetime.min.time(), self.plan.zone)
        return say_reasons(stop.why, self.text, midnight=midnight)

    def progress(self, stop: StopView) -> str:
        """Return what became of a stop; empty while it is ahead."""
        _ = self.text.gettext
        if stop.progress is StopProgress.DONE:
            return _("Done {time}").format(time=self.clock(stop.done_at)) if stop.done_at is not None else _("Done")
        if stop.progress is StopProgress.SKIPPED:
            return _("Skipped: {reason}").format(reason=stop.skip_reason) if stop.skip_reason else _("Skipped")
        return ""
