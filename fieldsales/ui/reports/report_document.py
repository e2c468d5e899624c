"""A report as a document to print: its parts as tables, each only when it has something to say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fieldsales.domain.documents import Block, Document, Figures, Heading, Prose, Row, Table
from fieldsales.domain.report_facts import ReportFacts
from fieldsales.domain.words import Period
from fieldsales.services.reports.reports import ReportView
from fieldsales.ui.reports.report_words import COMING, ReportWords


def document_of(view: ReportView, say: ReportWords) -> Document:
    """Return the report as a document to print."""
    facts, _ = view.facts, say.text.gettext
    state = _("Not submitted yet")
    if view.submitted_at is not None:
        state = _("Submitted {when}").format(when=say.text.moment(view.submitted_at, zone=say.zone))
    title = say.full_title(facts)
    day = facts.period is Period.DAY
    parts = (_visits(facts, say),) if day else (_days(facts, say), _outcomes(facts, say))
    return Document(
        title=title,
        author=facts.person,
        about=f"{facts.person} · {state}",
        footer=f"FieldSales · {facts.person} · {title}",
        language=say.text.locale,
        blocks=(
            Figures(say.figures(facts)),
            *_comment(view, say),
            *(block for part in parts for block in part),
            *_happened(facts, say),
            *_plans(facts, say),
            *_talk(view, say),
            *([Prose(note, quiet=True)] if (note := say.distance_note(facts)) else []),
        ),
    )


def _part(heading: str, columns: Iterable[tuple[str, float]], rows: Iterable[Row], numbers: Iterable[int] = ()) -> Iterator[Block]:
    """Yield a heading and its table; nothing for no rows. `columns` are (name, share of the width)."""
    found, names = tuple(rows), tuple(columns)
    if found:
        yield Heading(heading)
        yield Table(tuple(name for name, _ in names), found, tuple(share for _, share in names), frozenset(numbers))


def _visits(facts: ReportFacts, say: ReportWords) -> Iterator[Block]:
    _ = say.text.gettext
    columns = ((_("Time"), 24), (_("Customer"), 52), (_("Outcome"), 32), (_("Likelihood"), 20), (_("Next date"), 22))
    rows = (
        Row((say.times(v), v.customer, say.what(v), say.move(v), say.day(v.next_on) if v.next_on else ""), v.note.strip())
        for v in facts.visits
    )
    return _part(_("Visits made"), columns, rows)


def _days(facts: ReportFacts, say: ReportWords) -> Iterator[Block]:
    columns = zip(say.day_header(), (26, 16, 26, 22, 26), strict=True)
    return _part(say.text.gettext("Day by day"), columns, (Row(say.day_cells(day)) for day in facts.days), numbers=(1, 2, 3, 4))


def _outcomes(facts: ReportFacts, say: ReportWords) -> Iterator[Block]:
    _ = say.text.gettext
    rows = (Row((say.outcome(o.outcome, o.word), say.text.number(o.count))) for o in facts.outcomes)
    return _part(_("Outcomes"), ((_("Outcome"), 80), (_("Number"), 20)), rows, numbers=(1,))


def _happened(facts: ReportFacts, say: ReportWords) -> Iterator[Block]:
    _, money = say.text.gettext, say.text.money
    rows = [Row((move.customer, say.move(move))) for move in facts.moves]
    yield from _part(_("Changes of likelihood"), ((_("Customer"), 70), (_("Likelihood"), 30)), rows)
    rows = [Row((say.day(o.on), o.customer, o.item, money(o.amount))) for o in facts.orders]
    yield from _part(
        _("Orders"), ((_("Date"), 22), (_("Customer"), 50), (_("What was bought"), 50), (_("Order amount"), 26)), rows, numbers=(3,)
    )
    rows = [Row((c.customer, say.text.number(c.visits), money(c.amount) if c.amount else "")) for c in facts.customers]
    yield from _part(_("Most important customers"), ((_("Customer"), 70), (_("Visits made"), 18), (_("Orders"), 26)), rows, numbers=(1, 2))
    rows = [Row((r.customer, say.request(r)), r.text.strip()) for r in facts.requests]
    yield from _part(_("Requests and complaints"), ((_("Customer"), 70), (_("Status"), 30)), rows)


def _plans(facts: ReportFacts, say: ReportWords) -> Iterator[Block]:
    _ = say.text.gettext
    rows = [Row((say.day(p.on), p.customer, say.missed(p))) for p in facts.missed]
    yield from _part(_("Planned and not visited"), ((_("Date"), 22), (_("Customer"), 66), (_("New date"), 40)), rows)
    rows = [Row((say.coming_at(p), p.customer, p.action)) for p in facts.coming]
    yield from _part(_(COMING[facts.period]), ((_("When"), 30), (_("Customer"), 60), (_("Planned action"), 50)), rows)
    if more := say.more_coming(facts):
        yield Prose(more, quiet=True)


def _comment(view: ReportView, say: ReportWords) -> Iterator[Block]:
    if view.comment.strip():
        yield Heading(say.text.gettext("Comment"))
        yield Prose(view.comment.strip())


def _talk(view: ReportView, say: ReportWords) -> Iterator[Block]:
    if view.comments:
        yield Heading(say.text.gettext("Replies"))
    for comment in view.comments:
        yield Prose(f"{comment.who} · {say.text.moment(comment.sent_at, zone=say.zone)}", quiet=True)
        yield Prose(comment.text)
