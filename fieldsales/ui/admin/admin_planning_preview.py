"""The preview of planning options: who would be first, who is now, and why somebody moved."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.domain.planning.worth import Parts, Pressing
from fieldsales.errors import N_
from fieldsales.services.planning.planning_preview import SHOWN, Preview, Standing, preview_options
from fieldsales.ui import words
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page

_PRESSING = {
    Pressing.RHYTHM: N_("by cadence"),
    Pressing.NO_RHYTHM: N_("without a cadence"),
    Pressing.NEVER_VISITED: N_("never visited"),
    Pressing.PROMISED: N_("date agreed"),
}
_ODDS, _AMOUNT, _URGENCY = N_("odds {now}"), N_("amount {now}"), N_("urgency {now} ({why})")


def draw_preview(page: Page, present: PlanningOptions, changed: PlanningOptions) -> None:
    """Draw the first customers by the changed options beside their rank by the present ones."""
    _ = page.text.gettext
    with page.database.read() as session:
        preview = preview_options(session, page.user, present=present, changed=changed, today=page.today, zone=page.zone)
    st.subheader(_("Effect on today's candidates"), anchor=False)
    if not preview.standings:
        st.caption(_("There are no customers to compare yet."))
        return
    edited = present != changed
    st.caption(_("The first {count} by what is in the form, with their place as it is set now.").format(count=page.text.number(SHOWN)))
    if not edited:
        st.caption(_("Nothing is changed yet. Change a number and tap “Preview”."))
    st.html(_table(page, preview, edited=edited))
    if preview.sampled < preview.total:
        sampled, total = page.text.number(preview.sampled), page.text.number(preview.total)
        st.caption(_("Compared were {sampled} of {total} customers.").format(sampled=sampled, total=total))


def _table(page: Page, preview: Preview, *, edited: bool) -> str:
    _ = page.text.gettext
    leading = [s for s in preview.standings if s.rank_after <= SHOWN]
    fallen = [s for s in preview.standings if s.rank_after > SHOWN]
    lines = [_line(page, standing, edited=edited) for standing in leading]
    if fallen:
        lines.append(f'<li class="fs-preview-gone">{html.escape(_("No longer among the first"))}</li>')
        lines += [_line(page, standing, edited=edited) for standing in sorted(fallen, key=lambda s: s.rank_before)]
    return f'<ol class="fs-preview">{"".join(lines)}</ol>'


def _line(page: Page, standing: Standing, *, edited: bool) -> str:
    _ = page.text.gettext
    number = page.text.number
    name = _(words.LIKELIHOODS[standing.likelihood])
    points = _("{points} points").format(points=number(round(standing.after.value)))
    if round(standing.before.value) != round(standing.after.value):
        before = number(round(standing.before.value))
        points = _("{before} → {points} points").format(before=before, points=number(round(standing.after.value)))
    why = _why(page, standing)
    return (
        f'<li class="{"fs-preview-moved" if standing.moved else ""}">'
        f'<b class="fs-preview-rank">{number(standing.rank_after)}</b>'
        f"<span>{words.badge_html(standing.likelihood, name)} {safe(standing.name)}</span>"
        f'<span class="fs-preview-points">{html.escape(points)}</span>'
        f'<span class="fs-preview-was">{html.escape(_was(page, standing) if edited else "")}</span>'
        f'<span class="fs-preview-why">{html.escape(why)}</span></li>'
    )


def _was(page: Page, standing: Standing) -> str:
    _ = page.text.gettext
    if standing.moved == 0:
        return _("as before")
    arrow = "▲" if standing.moved > 0 else "▼"
    return _("{arrow} was {rank}").format(arrow=arrow, rank=page.text.number(standing.rank_before))


def _why(page: Page, standing: Standing) -> str:
    """Return the parts that changed the value; where none did, that others moved, or what the value is made of."""
    _ = page.text.gettext
    before, after = _parts(page, standing.before.parts), _parts(page, standing.after.parts)
    changed = [name for name in after if before[name] != after[name]]
    if not changed and standing.moved:
        return _("others moved")
    return " · ".join(
        _(name).format(**{word: _both(before[name][word], after[name][word]) for word in after[name]}) for name in changed or after
    )


def _parts(page: Page, parts: Parts) -> dict[str, dict[str, str]]:
    """Return the factors of a value: each with the words that its sentence takes."""
    number = page.text.number
    return {
        _ODDS: {"now": f"{number(round(parts.odds * 100))} %"},
        _AMOUNT: {"now": f"×{number(round(parts.amount, 2))}"},
        _URGENCY: {"now": f"×{number(round(parts.urgency, 2))}", "why": page.text.gettext(_PRESSING[parts.pressing])},
    }


def _both(was: str, now: str) -> str:
    return now if was == now else f"{was} → {now}"
