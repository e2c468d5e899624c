"""Honesty: how far the stated likelihoods can be believed, which A's went stale, and what history would say itself."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from fieldsales.domain.calibration import Calibration, Enough, Verdict
from fieldsales.errors import N_
from fieldsales.services.honesty.calibration import CalibrationView, DecidedIn, read_calibration
from fieldsales.ui import navigation
from fieldsales.ui.format import one_line, safe
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.ui.team.team_honesty_chart import draw_ranks
from fieldsales.ui.team.team_honesty_score import draw_score
from fieldsales.ui.team.team_honesty_stale import draw_stale
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.url_chips import draw_url_chips
from fieldsales.wording.honesty import say_missing, say_percent, say_record, say_rule

DECIDED = "decided"
SPANS = {
    DecidedIn.YEAR: N_("Last 12 months"),
    DecidedIn.PERIOD: N_("This period"),
    DecidedIn.ALL: N_("All time"),
}


def draw_honesty(page: Page, asked: TeamAsked) -> None:
    """Draw what became of stated ranks, of all together and of each person and team; then stale A's; then the score."""
    _ = page.text.gettext
    decided_in = _decided_in()
    with page.database.read() as session:
        view = read_calibration(session, page.user, team_filter=asked.team_filter, decided_in=decided_in, today=page.today, zone=page.zone)
    with st.container(key="honesty", gap="small"):
        names = {choice.value: _(name) for choice, name in SPANS.items()}
        label = _("Deals decided in")
        draw_url_chips(label, names, chosen=decided_in.value, parameter=DECIDED, key="honesty_decided", show_label=True)
        st.caption(page.text.paragraph(_span_in_words(page, view), say_rule(page.text)))
        _draw_all(page, view)
        _draw_people(page, view)
        _draw_teams(page, view)
        draw_stale(page, asked)
        draw_score(page)


def _decided_in() -> DecidedIn:
    asked = st.query_params.get(DECIDED, "")
    return DecidedIn(asked) if asked in set(DecidedIn) else DecidedIn.YEAR


def _span_in_words(page: Page, view: CalibrationView) -> str:
    _, last = page.text.gettext, page.text.day(view.last, today=page.today)
    if view.first is None:
        return _("Decided up to {last}.").format(last=last)
    return _("Decided from {first} to {last}.").format(first=page.text.day(view.first, today=page.today), last=last)


def _draw_all(page: Page, view: CalibrationView) -> None:
    """Draw the numbers, what they say in words, and the curve with its table."""
    record, text = view.everybody, page.text
    missing = say_missing(record, text)
    if record.count:
        st.html(_figures(page, record))
    if missing:
        st.info(missing, icon=":material/hourglass_empty:")
    if record.unrated:
        sentence = text.ngettext(
            "{count} deal was decided without ever having a rank and is not judged.",
            "{count} deals were decided without ever having a rank and are not judged.",
            record.unrated,
        )
        st.caption(sentence.format(count=text.number(record.unrated)))
    if not record.count:
        return
    if record.enough is Enough.ENOUGH:
        st.html(f'<ul class="fs-verdicts">{_verdicts(page, record)}</ul>')
    draw_ranks(page, record)
    link, query = navigation.path_of("map"), {"colour": "corrected"}
    label = page.text.gettext("Map with corrected colours")
    st.page_link(link, label=label, icon=":material/map:", query_params=query)


def _figures(page: Page, record: Calibration) -> str:
    _, text = page.text.gettext, page.text
    stated, share, brier, base = record.stated_share, record.share, record.brier, record.base_brier
    assert stated is not None
    assert share is not None
    assert brier is not None
    assert base is not None
    enough = record.enough is Enough.ENOUGH
    cells = [
        (text.number(record.count), _("Decided deals"), _("{won} won").format(won=text.number(record.won))),
        (say_percent(stated, text), _("Share stated"), _("by their ranks")),
        (say_percent(share, text), _("Share won"), ""),
        (
            f"{brier:.3f}" if enough else "–",
            _("Brier score"),
            _("guessing: {base}").format(base=f"{base:.3f}") if enough else _("too few deals"),
        ),
    ]
    drawn = "".join(
        f"<div><b>{html.escape(value)}</b><span>{html.escape(name)}</span><small>{html.escape(note)}</small></div>"
        for value, name, note in cells
    )
    return f'<div class="fs-honesty-figures">{drawn}</div>'


def _verdicts(page: Page, record: Calibration) -> str:
    told = [r for r in record.ranks if r.verdict is not Verdict.FEW]
    return "".join(f'<li class="fs-verdict-{r.verdict.value}">{html.escape(say_record(r, page.text))}</li>' for r in told)


def _draw_people(page: Page, view: CalibrationView) -> None:
    _ = page.text.gettext
    if not view.people:
        return
    rows = []
    for row in view.people:
        name = _("Nobody in particular") if row.person is None else row.person.name
        left = row.person is not None and row.person.left
        rows.append((_("{name} (left)").format(name=one_line(name)) if left else name, row.record))
    _draw_records(page, "honesty_people", _("By who gave the rank"), _("Rep"), rows)


def _draw_teams(page: Page, view: CalibrationView) -> None:
    if len(view.teams) > 1:
        _ = page.text.gettext
        _draw_records(page, "honesty_teams", _("By team"), _("Team"), [(row.name, row.record) for row in view.teams])


def _draw_records(page: Page, key: str, title: str, column: str, rows: Sequence[tuple[str, Calibration]]) -> None:
    """Draw one line for each record: stated against won, and what is contradicted or missing."""
    items = "".join(_record_item(page, name, record) for name, record in rows)
    with st.container(key=key, gap="xsmall"):
        st.html(f'<h3 class="fs-section">{html.escape(title)}</h3><ul class="fs-records">{items}</ul>')
        _ = page.text.gettext
        header = [column, _("Decided deals"), _("Won"), _("Share stated"), _("Share won"), _("Brier score"), _("Enough data")]
        cells = [
            (name, r.count, r.won, _rounded(r.stated_share), _rounded(r.share), _rounded(r.brier), say_missing(r, page.text) or _("Yes"))
            for name, r in rows
        ]
        draw_table_export(page, key=key, name=title, header=header, rows=cells, names_customers=False)


def _record_item(page: Page, name: str, record: Calibration) -> str:
    _, text = page.text.gettext, page.text
    if record.stated_share is None or record.share is None:
        return f"<li><b>{safe(name)}</b><span class=fs-quiet>{html.escape(say_missing(record, text))}</span></li>"
    stated, share = say_percent(record.stated_share, text), say_percent(record.share, text)
    shown = html.escape(_("stated {stated}, won {share}").format(stated=stated, share=share))
    deals = html.escape(text.ngettext("{count} deal", "{count} deals", record.count).format(count=text.number(record.count)))
    bar = (
        f'<span class="fs-honesty-bar" aria-hidden="true"><i style="width:{100 * record.share:.1f}%"></i>'
        f'<b style="left:{100 * record.stated_share:.1f}%"></b></span>'
    )
    said = say_missing(record, text)
    if not said:
        wrong = [r for r in record.ranks if r.verdict in (Verdict.HOPEFUL, Verdict.CAUTIOUS)]
        said = text.paragraph(*(say_record(r, text) for r in wrong)) or _("Every rank with deals enough keeps what it says.")
    return f'<li><b>{safe(name)}</b><span>{shown} · {deals}</span>{bar}<span class="fs-quiet">{html.escape(said)}</span></li>'


def _rounded(value: float | None) -> float | None:
    return round(value, 4) if value is not None else None
