"""A report as one table for programs: a line for each thing it states, dates and amounts as programs read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from fieldsales.domain.words import Period
from fieldsales.services.reports.reports import ReportView
from fieldsales.ui import words
from fieldsales.ui.reports.report_words import COMING, ReportWords

Cells = tuple[str | int, ...]


def table_header(say: ReportWords) -> tuple[str, ...]:
    """Return the headings of `table_rows`."""
    _ = say.text.gettext
    return (
        _("Part"),
        _("Date"),
        _("Time"),
        _("Customer"),
        _("What"),
        _("Likelihood before"),
        _("Likelihood after"),
        _("Number"),
        _("Order amount"),
        _("Note"),
    )


def table_rows(view: ReportView, say: ReportWords) -> Iterator[Cells]:
    """Yield the report line by line; the first cell says which part of it a line belongs to."""
    facts, _ = view.facts, say.text.gettext
    short = {kind: _(word) for kind, word in words.LIKELIHOODS_SHORT.items()}
    for v in facts.visits:
        before, after = short[v.likelihood_before], short[v.likelihood_after]
        kind, day = _(words.VISIT_KINDS[v.kind]), v.at.astimezone(say.zone).date()
        yield (kind, _iso(day), say.clock(v.at), v.customer, say.outcome(v.outcome, v.word), before, after, 1, "", v.note)
    if facts.period is not Period.DAY:
        for d in facts.days:
            yield (_("Visits made"), _iso(d.on), "", "", "", "", "", d.visits, d.amount, "")
            yield (_("Calls and e-mails"), _iso(d.on), "", "", "", "", "", d.contacts, "", "")
            yield (_("Planned and done"), _iso(d.on), "", "", "", "", "", d.done, "", "")
    for m in facts.moves:
        yield (_("Changes of likelihood"), "", "", m.customer, "", short[m.before], short[m.after], "", "", "")
    for o in facts.orders:
        yield (_("Orders"), _iso(o.on), "", o.customer, o.item, "", "", 1, o.amount, "")
    for r in facts.requests:
        yield (_("Requests and complaints"), "", "", r.customer, say.request(r), "", "", 1, "", r.text)
    for p in facts.missed:
        at = f"{p.at:%H:%M}" if p.at else ""
        yield (_("Planned and not visited"), _iso(p.on), at, p.customer, "", "", _iso(p.now_on), "", "", p.skipped)
    for p in facts.coming:
        yield (_(COMING[facts.period]), _iso(p.on), f"{p.at:%H:%M}" if p.at else "", p.customer, p.action, "", "", "", "", "")
    if view.comment:
        yield (_("Comment"), _iso(facts.starts_on), "", "", "", "", "", "", "", view.comment)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
