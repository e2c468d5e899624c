"""What a report states, drawn: numbers first, then the day as it went, what moved, what is open, what comes next."""

from __future__ import annotations

import html
from collections.abc import Iterable

import streamlit as st

from fieldsales.domain.report_facts import PlanFact, ReportFacts, VisitFact
from fieldsales.domain.reports import rises
from fieldsales.domain.words import Period
from fieldsales.services.reports.reports import ReportView
from fieldsales.ui.format import safe, safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.reports.report_words import COMING, ReportWords

_LONG_NOTE = 240


def draw_figures(page: Page, view: ReportView, say: ReportWords) -> None:
    """Draw the numbers, and what is recorded otherwise by now."""
    cells = "".join(f"<div><b>{html.escape(value)}</b><span>{html.escape(name)}</span></div>" for name, value in say.figures(view.facts))
    st.html(f'<div class="fs-report-figures">{cells}</div>')
    if view.changed:
        _ = page.text.gettext
        sentence = _("Changed since it was submitted: {what}. The numbers here stay as they were submitted.")
        with st.container(key="report_changed"):
            st.warning(sentence.format(what=say.changed(view.changed)), icon=":material/history:")


def draw_facts(page: Page, facts: ReportFacts, say: ReportWords) -> None:
    """Draw every part that has something to say."""
    _ = page.text.gettext
    parts = [_visits(facts, say)] if facts.period is Period.DAY else [_days(facts, say), _outcomes(facts, say)]
    parts += [
        _moves(facts, say),
        _orders(facts, say),
        _customers(facts, say),
        _requests(facts, say),
        _missed(facts, say),
        _coming(facts, say),
    ]
    shown = "".join(parts)
    with st.container(key="report_facts", gap="small"):
        if not shown:
            st.info(_("Nothing is recorded yet. Visits, calls and orders appear here by themselves."), icon=":material/edit_calendar:")
            return
        note = say.distance_note(facts)
        st.html(shown + (f'<p class="fs-report-note">{html.escape(note)}</p>' if note else ""))


def _part(title: str, lines: Iterable[str], count: str = "") -> str:
    found = "".join(lines)
    number = f' <span class="fs-quiet">{html.escape(count)}</span>' if count else ""
    return f'<h3 class="fs-section">{html.escape(title)}{number}</h3><ul class="fs-report">{found}</ul>' if found else ""


def _line(when: str, lead: str, aside: str = "", below: str = "") -> str:
    """Return one line of a list: `lead` and `below` are HTML already, `when` and `aside` plain text."""
    column = f'<span class="fs-report-when">{html.escape(when)}</span>' if when else ""
    beside = f'<span class="fs-report-aside">{html.escape(aside)}</span>' if aside else ""
    return f'<li{"" if when else " class=fs-report-plain"}>{column}<div><div class="fs-report-lead">{lead}{beside}</div>{below}</div></li>'


def _customer(customer_id: int, name: str) -> str:
    return f'<a href="/customer?id={customer_id}" target="_self">{safe(name) or "–"}</a>'


def _note(note: str) -> str:
    note = note.strip()
    if not note:
        return ""
    if len(note) <= _LONG_NOTE:
        return f'<div class="fs-quote">{safe_lines(note)}</div>'
    return f'<details class="fs-quote"><summary>{safe(note[:_LONG_NOTE])}…</summary>{safe_lines(note)}</details>'


def _visits(facts: ReportFacts, say: ReportWords) -> str:
    return _part(say.text.gettext("Visits, calls and e-mails"), (_visit(visit, say) for visit in facts.visits))


def _visit(visit: VisitFact, say: ReportWords) -> str:
    moved = say.move(visit) if visit.likelihood_before is not visit.likelihood_after else ""
    following = say.text.gettext("Next {day}").format(day=say.day(visit.next_on)) if visit.next_on else ""
    under = " · ".join(html.escape(part) for part in (moved, following) if part)
    below = (f'<div class="fs-quiet">{under}</div>' if under else "") + _note(visit.note)
    return _line(say.times(visit), _customer(visit.customer_id, visit.customer), say.what(visit), below)


def _days(facts: ReportFacts, say: ReportWords) -> str:
    _ = say.text.gettext
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in say.day_header())
    worked = [day for day in facts.days if day.visits or day.contacts or day.orders or day.planned]
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in say.day_cells(day)) + "</tr>" for day in worked)
    title = html.escape(_("Day by day"))
    return f'<h3 class="fs-section">{title}</h3><table class="fs-report-days"><tr>{head}</tr>{rows}</table>' if worked else ""


def _outcomes(facts: ReportFacts, say: ReportWords) -> str:
    if not facts.outcomes:
        return ""
    most = max(outcome.count for outcome in facts.outcomes)
    rows = "".join(
        f"<li><span>{safe(say.outcome(o.outcome, o.word))}</span><i style='width:{o.count / most * 100:.0f}%'></i>"
        f"<b>{html.escape(say.text.number(o.count))}</b></li>"
        for o in facts.outcomes
    )
    return f'<h3 class="fs-section">{html.escape(say.text.gettext("Outcomes"))}</h3><ul class="fs-report-bars">{rows}</ul>'


def _moves(facts: ReportFacts, say: ReportWords) -> str:
    lines = (_line("", _customer(m.customer_id, m.customer), ("↑ " if rises(m) else "↓ ") + say.move(m)) for m in facts.moves)
    return _part(say.text.gettext("Changes of likelihood"), lines, say.text.number(len(facts.moves)))


def _orders(facts: ReportFacts, say: ReportWords) -> str:
    dated = facts.period is not Period.DAY
    lines = (
        _line(say.day(o.on) if dated else "", _customer(o.customer_id, o.customer), say.text.money(o.amount), _note(o.item))
        for o in facts.orders
    )
    return _part(say.text.gettext("Orders"), lines, say.text.money(facts.amount))


def _customers(facts: ReportFacts, say: ReportWords) -> str:
    lines = []
    for c in facts.customers:
        visits = say.text.ngettext("{count} visit", "{count} visits", c.visits).format(count=say.text.number(c.visits))
        aside = " · ".join(part for part in (say.text.money(c.amount) if c.amount else "", visits if c.visits else "") if part)
        lines.append(_line("", _customer(c.customer_id, c.customer), aside))
    return _part(say.text.gettext("Most important customers"), lines)


def _requests(facts: ReportFacts, say: ReportWords) -> str:
    lines = (_line("", _customer(r.customer_id, r.customer), say.request(r), _note(r.text)) for r in facts.requests)
    return _part(say.text.gettext("Requests and complaints"), lines, say.text.number(len(facts.requests)))


def _missed(facts: ReportFacts, say: ReportWords) -> str:
    dated = facts.period is not Period.DAY
    lines = (_line(say.day(p.on) if dated else "", _customer(p.customer_id, p.customer), say.missed(p)) for p in facts.missed)
    return _part(say.text.gettext("Planned and not visited"), lines, say.text.number(facts.planned - facts.done))


def _coming(facts: ReportFacts, say: ReportWords) -> str:
    part = _part(say.text.gettext(COMING[facts.period]), (_plan(p, say) for p in facts.coming), say.text.number(facts.coming_count))
    more = say.more_coming(facts)
    return part + (f'<p class="fs-report-note">{html.escape(more)}</p>' if more else "")


def _plan(plan: PlanFact, say: ReportWords) -> str:
    below = f'<div class="fs-quiet">{safe(plan.action)}</div>' if plan.action.strip() else ""
    return _line(say.coming_at(plan), _customer(plan.customer_id, plan.customer), "", below)
