"""The summary of a team in words: the paper from which its page, its PDF and its CSV are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fieldsales.domain.papers import Cell, CellKind, Column, Line, Paper, Part
from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_summary import DealFact, FigureFact, PersonFact, SummaryFigure, TeamSummary
from fieldsales.errors import N_
from fieldsales.i18n import Text
from fieldsales.wording.visits import LIKELIHOODS_SHORT, OUTCOMES

FIGURES = {
    SummaryFigure.VISITS: N_("Visits made"),
    SummaryFigure.FIRST_VISITS: N_("First visits"),
    SummaryFigure.CONTACTS: N_("Calls and e-mails"),
    SummaryFigure.ORDERS: N_("Orders"),
    SummaryFigure.AMOUNT: N_("Order amount"),
    SummaryFigure.PLANNED: N_("Planned"),
    SummaryFigure.DONE: N_("Planned and done"),
    SummaryFigure.ON_TIME: N_("On time (± 1 h)"),
    SummaryFigure.RISEN: N_("Likelihood up"),
    SummaryFigure.FALLEN: N_("Likelihood down"),
    SummaryFigure.WON: N_("Deals won"),
    SummaryFigure.LOST: N_("Deals lost"),
}
TITLES = {
    SpanKind.WEEK: N_("Weekly summary"),
    SpanKind.MONTH: N_("Monthly summary"),
    SpanKind.QUARTER: N_("Quarterly summary"),
    SpanKind.YEAR: N_("Yearly summary"),
    SpanKind.DAYS: N_("Summary"),
}


def say_span(span: Span, text: Text) -> str:
    """Return a span as people say it, with its year, since papers are kept."""
    if span.kind is SpanKind.YEAR:
        return text.gettext("{year}").format(year=span.first.year)
    if span.kind is SpanKind.MONTH:
        return text.month(span.first)
    first, last = (text.day(day, today=date.min) for day in (span.first, span.last))
    return first if span.first == span.last else f"{first}–{last}"


def summary_title(span: Span, text: Text) -> str:
    """Return what a summary is called: its kind and its span."""
    return f"{text.gettext(TITLES[span.kind])} {say_span(span, text)}"


def summary_paper(summary: TeamSummary, text: Text) -> Paper:
    """Return the summary as a paper."""
    say = _Words(summary, text)
    return Paper(
        title=summary_title(summary.span, text),
        about=say.whose(),
        language=text.locale,
        author=summary.author,
        remarks=tuple(say.remarks()),
        parts=(say.figures(), say.people(), say.deals(), say.lost(), say.overdue(), say.missing(), say.unread()),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """The parts of one summary in one language."""

    summary: TeamSummary
    text: Text

    def whose(self) -> str:
        """Return of whom it is, and which customers the filter leaves."""
        _, summary = self.text.gettext, self.summary
        listing = _(", ").join
        whose = listing([*summary.teams, *summary.people_chosen]) or _("Everybody")
        parts = [whose, *([_("Tags: {names}").format(names=listing(summary.tags))] if summary.tags else [])]
        return " · ".join([*parts, *([_("Areas: {names}").format(names=listing(summary.areas))] if summary.areas else [])])

    def remarks(self) -> list[str]:
        """Return what a reader should know first."""
        _, summary = self.text.gettext, self.summary
        against = say_span(summary.against, self.text)
        found = [_("Compared with {span}.").format(span=against)]
        if summary.under_way:
            sentence = _("This period is not over: it is compared with as many days, {span}.")
            found = [sentence.format(span=against)] if summary.against.kind is SpanKind.DAYS else [_("This period is not over."), *found]
        if not summary.people:
            found.append(_("The filter leaves nobody."))
        elif summary.is_empty:
            found.append(_("Nothing was recorded in this period."))
        return found

    def figures(self) -> Part:
        """Return the numbers beside those of the other span, against their targets."""
        _ = self.text.gettext
        names = [_("Figure"), _("This period"), _("Compared with"), _("Difference")]
        with_targets = any(fact.target is not None for fact in self.summary.figures)
        names += [_("Target"), _("Reached")] if with_targets else []
        columns = tuple(Column(name, 34 if at == 0 else 20, number=at > 0) for at, name in enumerate(names))
        lines = tuple(Line(self._figure(fact)[: len(names)]) for fact in self.summary.figures)
        return Part("figures", _("Figures"), columns, lines)

    def _figure(self, fact: FigureFact) -> tuple[Cell, ...]:
        money = fact.figure is SummaryFigure.AMOUNT
        number = CellKind.MONEY if money else CellKind.NUMBER
        target = None if fact.target is None else round(fact.target) if money else round(fact.target, 1)
        reached = round(100 * fact.now / fact.target) if fact.target else None
        return (
            Cell(self.text.gettext(FIGURES[fact.figure])),
            Cell(fact.now, number),
            Cell(fact.before, number),
            Cell(fact.now - fact.before, CellKind.MONEY_CHANGE if money else CellKind.CHANGE),
            Cell(target, number),
            Cell(reached, CellKind.SHARE),
        )

    def people(self) -> Part:
        """Return a line for each person."""
        _ = self.text.gettext
        names = [_("Visits made"), _("Compared with"), _("First visits"), _("Orders"), _("Order amount")]
        names += [_("Planned"), _("Planned and done"), _("Overdue A"), _("Reports due"), _("Handed in"), _("To confirm")]
        columns = (Column(_("Rep"), 34), *(Column(name, 24 if name == _("Order amount") else 15, number=True) for name in names))
        lines = tuple(self._person(person) for person in self.summary.people)
        return Part("people", _("By rep"), columns, lines, "" if lines else _("The filter leaves nobody."))

    def _person(self, person: PersonFact) -> Line:
        name = self.text.gettext("{name} (left)").format(name=person.name) if person.left else person.name
        reports = person.reports
        numbers = (person.visits, person.visits_before, person.first_visits, person.orders)
        rest = (person.planned, person.done, person.overdue_a, reports.due, reports.handed_in, reports.to_review)
        cells = (*_numbers(numbers), Cell(person.amount, CellKind.MONEY), *_numbers(rest))
        return Line((Cell(name), *cells), user_id=person.user_id)

    def deals(self) -> Part:
        """Return whose likelihood moved, up and down, but for what was lost."""
        _ = self.text.gettext
        columns = self._deal_columns(Column(_("Likelihood after"), 20))
        lines = tuple(self._deal(deal, self._likelihood(deal)) for deal in self.summary.deals)
        remark = self._rest(self.summary.deal_count, len(lines)) if lines else _("No likelihood moved in this period.")
        return Part("deals", _("Changes of likelihood"), columns, lines, remark)

    def lost(self) -> Part:
        """Return what was lost and what was said about it."""
        _ = self.text.gettext
        columns = self._deal_columns(Column(_("Outcome"), 22))
        lines = tuple(self._deal(deal, self._why(deal)) for deal in self.summary.lost)
        remark = self._rest(self.summary.lost_count, len(lines)) if lines else _("Nothing was lost in this period.")
        return Part("lost", _("Lost, and why"), columns, lines, remark)

    def _deal_columns(self, column: Column) -> tuple[Column, ...]:
        _ = self.text.gettext
        customer, rep, amount = Column(_("Customer"), 46), Column(_("Rep"), 26), Column(_("Amount"), 24, number=True)
        return (Column(_("Date"), 26), customer, rep, Column(_("Likelihood before"), 20), column, amount, Column(_("Note"), note=True))

    def _deal(self, deal: DealFact, became: str) -> Line:
        before = self.text.gettext(LIKELIHOODS_SHORT[deal.before])
        named = (Cell(deal.customer), Cell(deal.who), Cell(before), Cell(became))
        money = Cell(deal.amount, CellKind.MONEY)
        return Line((Cell(deal.on, CellKind.DAY), *named, money, Cell(deal.note.strip(), CellKind.NOTE)), customer_id=deal.customer_id)

    def _likelihood(self, deal: DealFact) -> str:
        return self.text.gettext(LIKELIHOODS_SHORT[deal.after])

    def _why(self, deal: DealFact) -> str:
        if deal.outcome is None:
            return self.text.gettext("Set by hand")
        return deal.word or self.text.gettext(OUTCOMES[deal.outcome])

    def overdue(self) -> Part:
        """Return the customers rated A that nobody has seen for too long, as of today."""
        _, summary = self.text.gettext, self.summary
        names = (_("Customer"), _("Rep"), _("Last visit"), _("Next date"))
        widths = (50, 26, 28, 28)
        columns = (*(Column(name, width) for name, width in zip(names, widths, strict=True)), Column(_("Amount"), 24, number=True))
        lines = tuple(
            Line(
                (
                    Cell(fact.customer),
                    Cell(fact.owner or _("Nobody")),
                    Cell(fact.last_on or _("Never visited"), CellKind.DAY),
                    Cell(fact.next_on, CellKind.DAY),
                    Cell(fact.amount, CellKind.MONEY),
                ),
                customer_id=fact.customer_id,
            )
            for fact in summary.overdue
        )
        today = self.text.day(summary.today, today=date.min)
        title = _("Overdue A on {day}").format(day=today)
        return Part("overdue", title, columns, lines, self._rest(summary.overdue_count, len(lines)) if lines else _("No A is overdue."))

    def missing(self) -> Part:
        """Return on which days no report was handed in."""
        _ = self.text.gettext
        columns = (Column(_("Rep"), 30), Column(_("Number"), 14, number=True), Column(_("On which days"), 90))
        lines = tuple(
            Line((Cell(person.name), Cell(len(days), CellKind.NUMBER), Cell(self._days(days))), user_id=person.user_id)
            for person in self.summary.people
            if (days := person.reports.missing)
        )
        remark = "" if lines else _("Every daily report that was due has been handed in.")
        if not lines and not any(person.reports.due for person in self.summary.people):
            remark = _("No daily report was due in this period.")
        return Part("missing", _("Daily reports not handed in"), columns, lines, remark)

    def unread(self) -> Part:
        """Return the daily reports that nobody has confirmed."""
        _, summary = self.text.gettext, self.summary
        columns = (Column(_("Date"), 30), Column(_("Rep"), 40), Column(_("Replies"), 20, number=True), Column(_("Comment"), note=True))
        lines = tuple(
            Line(
                (Cell(row.on, CellKind.DAY), Cell(row.name), Cell(row.comments, CellKind.NUMBER), Cell(row.comment.strip(), CellKind.NOTE)),
                user_id=row.user_id,
            )
            for row in summary.unread
        )
        remark = self._rest(summary.unread_count, len(lines)) if lines else _("There is no daily report to confirm.")
        return Part("unread", _("Daily reports to confirm"), columns, lines, remark)

    def _days(self, days: Sequence[date]) -> str:
        return self.text.gettext(", ").join(self.text.day(day, today=self.summary.span.first) for day in days)

    def _rest(self, count: int, shown: int) -> str:
        rest = count - shown
        return self.text.ngettext("and {count} more", "and {count} more", rest).format(count=self.text.number(rest)) if rest > 0 else ""


def _numbers(values: Sequence[int]) -> tuple[Cell, ...]:
    return tuple(Cell(value, CellKind.NUMBER) for value in values)
