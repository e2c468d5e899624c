"""What a report states, in the reader's words: shared by the screen, the PDF and the CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from fieldsales.domain.report_facts import DayFact, MoveFact, PlanFact, ReportFacts, RequestEvent, RequestFact, VisitFact
from fieldsales.domain.reports import Difference, Figure
from fieldsales.domain.words import Outcome, Period, RequestKind
from fieldsales.errors import N_
from fieldsales.i18n import Text
from fieldsales.services.reports.report_list import ReportState
from fieldsales.ui import words

PERIODS = {Period.DAY: N_("Day"), Period.WEEK: N_("Week"), Period.MONTH: N_("Month")}
TITLES = {Period.DAY: N_("Daily report"), Period.WEEK: N_("Weekly report"), Period.MONTH: N_("Monthly report")}
STATES = {ReportState.SUBMITTED: N_("Submitted"), ReportState.DRAFT: N_("Not submitted yet"), ReportState.MISSING: N_("Not handed in")}
COMING = {Period.DAY: N_("Plan for the next working day"), Period.WEEK: N_("Plan for next week"), Period.MONTH: N_("Plan for next month")}
_FIGURES = {
    Figure.VISITS: N_("Visits made"),
    Figure.CONTACTS: N_("Calls and e-mails"),
    Figure.MOVES: N_("Changes of likelihood"),
    Figure.ORDERS: N_("Orders"),
    Figure.AMOUNT: N_("Order amount"),
    Figure.REQUESTS: N_("Requests and complaints"),
    Figure.PLANNED: N_("Planned"),
    Figure.DONE: N_("Planned and done"),
}
_REQUESTS = {
    (RequestKind.REQUEST, RequestEvent.OPENED): N_("Request received"),
    (RequestKind.REQUEST, RequestEvent.ANSWERED): N_("Request answered"),
    (RequestKind.COMPLAINT, RequestEvent.OPENED): N_("Complaint received"),
    (RequestKind.COMPLAINT, RequestEvent.ANSWERED): N_("Complaint answered"),
}


@dataclass(frozen=True, slots=True)
class ReportWords:
    """The sentences of one report in one language; times are the reporting person's."""

    text: Text
    zone: ZoneInfo
    today: date

    def span(self, facts: ReportFacts) -> str:
        """Return 11/21(土), 11/16(月)–11/22(日) or 2026年11月."""
        if facts.period is Period.DAY:
            return self.day(facts.starts_on)
        if facts.period is Period.MONTH:
            return format_skeleton("yMMMM", facts.starts_on, locale=self.text.locale)
        return f"{self.day(facts.starts_on)}–{self.day(facts.ends_on)}"

    def title(self, facts: ReportFacts) -> str:
        """Return 日報 11/21(土) and its kin."""
        return f"{self.text.gettext(TITLES[facts.period])} {self.span(facts)}"

    def full_title(self, facts: ReportFacts) -> str:
        """Return the title with its year, for paper."""
        return ReportWords(self.text, self.zone, date.min).title(facts)

    def day(self, day: date) -> str:
        """Return a date; with its year when it is another than today's."""
        return self.text.day(day, today=self.today)

    def clock(self, moment: datetime) -> str:
        """Return the wall clock of a moment."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def figures(self, facts: ReportFacts) -> tuple[tuple[str, str], ...]:
        """Return the report's numbers as (name, value)."""
        _, number = self.text.gettext, self.text.number
        on_time = ((_("On time (± 1 h)"), f"{number(facts.on_time)} / {number(facts.promised)}"),) if facts.promised else ()
        return (
            (_("Visits made"), number(facts.visit_count)),
            (_("Calls and e-mails"), number(facts.contact_count)),
            (_("Planned and done"), f"{number(facts.done)} / {number(facts.planned)}"),
            *on_time,
            (_("Orders"), self.text.money(facts.amount) if facts.orders else number(0)),
            (_("Distance (estimate)"), self.text.metres(facts.distance_m)),
        )

    def distance_note(self, facts: ReportFacts) -> str:
        """Return what the distance is, and how many visits it passes over."""
        if not facts.distance_m and not facts.unplaced:
            return ""
        sentence = self.text.gettext("The distance is an estimate: straight lines from visit to visit.")
        if facts.days and all(day.as_planned for day in facts.days if day.distance_m):
            sentence = self.text.gettext("The distance is an estimate: the way of the plan, which was followed.")
        elif any(day.as_planned for day in facts.days):
            sentence = self.text.gettext(
                "The distance is an estimate: straight lines from visit to visit, and the way of the plan on days that followed it."
            )
        if not facts.unplaced:
            return sentence
        left_out = self.text.ngettext("{count} visit has no place.", "{count} visits have no place.", facts.unplaced)
        return f"{sentence} {left_out.format(count=self.text.number(facts.unplaced))}"

    def times(self, visit: VisitFact) -> str:
        """Return when a visit was: from the check-in on, with its length, where there is one."""
        if visit.checked_in_at is None:
            return self.clock(visit.at)
        stayed = "" if visit.stayed_s is None else " " + self.text.gettext("({minutes} min)").format(minutes=self._minutes(visit.stayed_s))
        return self.clock(visit.checked_in_at) + stayed

    def outcome(self, outcome: Outcome, word: str) -> str:
        """Return the team's own word, else the product's."""
        return word or self.text.gettext(words.OUTCOMES[outcome])

    def what(self, visit: VisitFact) -> str:
        """Return kind and outcome; a visit in person needs no kind."""
        outcome = self.outcome(visit.outcome, visit.word)
        kind = self.text.gettext(words.VISIT_KINDS[visit.kind])
        return outcome if visit.kind.value == "visit" else f"{kind} · {outcome}"

    def move(self, move: MoveFact | VisitFact) -> str:
        """Return B → A; one letter when nothing moved."""
        before, after = (move.before, move.after) if isinstance(move, MoveFact) else (move.likelihood_before, move.likelihood_after)
        short = {k: self.text.gettext(word) for k, word in words.LIKELIHOODS_SHORT.items()}
        return short[after] if before is after else f"{short[before]} → {short[after]}"

    def request(self, request: RequestFact) -> str:
        """Return what was done about a request."""
        return self.text.gettext(_REQUESTS[request.kind, request.event])

    def missed(self, plan: PlanFact) -> str:
        """Return what has become of a plan that was not carried out: why it was skipped, else its new date."""
        if plan.skipped:
            return self.text.gettext("Skipped: {reason}").format(reason=plan.skipped)
        if plan.now_on is None:
            return self.text.gettext("No new date")
        if plan.now_on == plan.on:
            return self.text.gettext("Still on {day}").format(day=self.day(plan.on))
        return self.text.gettext("Now {day}").format(day=self.day(plan.now_on))

    def coming_at(self, plan: PlanFact) -> str:
        """Return when something is planned: its day, with the time of an appointment."""
        return f"{self.day(plan.on)} {plan.at:%H:%M}" if plan.at else self.day(plan.on)

    def more_coming(self, facts: ReportFacts) -> str:
        """Return how much more is planned than is listed; empty for nothing."""
        rest = facts.coming_count - len(facts.coming)
        return self.text.ngettext("and {count} more", "and {count} more", rest).format(count=self.text.number(rest)) if rest else ""

    def changed(self, found: Sequence[Difference]) -> str:
        """Return what differs from the report since it was submitted."""
        parts = []
        for difference in found:
            if difference.figure is Figure.CONTENT:
                sentence = self.text.ngettext("{count} visit was edited", "{count} visits were edited", difference.after)
                parts.append(sentence.format(count=self.text.number(difference.after)))
            else:
                shown = self.text.money if difference.figure is Figure.AMOUNT else self.text.number
                parts.append(f"{self.text.gettext(_FIGURES[difference.figure])} {shown(difference.before)} → {shown(difference.after)}")
        return " · ".join(parts)

    def day_cells(self, day: DayFact) -> tuple[str, ...]:
        """Return one day of a week or month as table cells, in the order of `day_header`."""
        number = self.text.number
        plan = f"{number(day.done)} / {number(day.planned)}" if day.planned else ""
        shown = [number(n) if n else "" for n in (day.visits, day.contacts)]
        return (self.day(day.on), *shown, plan, self.text.money(day.amount) if day.orders else "")

    def day_header(self) -> tuple[str, ...]:
        """Return the names of `day_cells`."""
        _ = self.text.gettext
        return (_("Date"), _("Visits made"), _("Calls and e-mails"), _("Planned and done"), _("Orders"))

    def _minutes(self, seconds: int) -> str:
        return self.text.number(max(1, round(seconds / 60)))
