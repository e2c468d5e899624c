"""The targets of a month: every person and team with its figures, one open at a time to be set; by file for many at once."""

from __future__ import annotations

from datetime import date

import streamlit as st

from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.words import TargetKind
from fieldsales.errors import BadChoice
from fieldsales.services.team.team_targets import (
    Aim,
    TargetEdit,
    TargetLine,
    TargetsChanged,
    list_targets,
    most,
    repeat_month_before,
    save_targets,
)
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.team.team_target_file import draw_file
from fieldsales.wording.progress import TARGETS, say_value

TARGETS_OF, AIM = "targets", "aim"  # of the URL: a month such as 2026-11, and t1 or u4
_BEFORE = "team_targets_before"


def asked_month(page: Page) -> date | None:
    """Return the month whose targets the address asks for; None for the progress itself."""
    text = st.query_params.get(TARGETS_OF, "")
    if not text:
        return None
    try:
        span = Span.read(text)
    except BadChoice:
        return page.today.replace(day=1)
    return span.first.replace(day=1)


def show_targets(month: date) -> None:
    """Lead to the targets of a month."""
    st.query_params[TARGETS_OF] = f"{month:%Y-%m}"
    st.query_params.pop(AIM, None)


def draw_targets(page: Page, asked: TeamAsked, month: date) -> None:
    """Draw the targets of a month."""
    _ = page.text.gettext
    with page.database.read() as session:
        lines = list_targets(session, page.user, month=month)
        repeated = repeat_month_before(session, page.user, month=month)
    with st.container(key="team_targets", gap="small"):
        _draw_head(page, month)
        page.show_problem("targets")
        st.caption(_("A team without a target of its own is to reach what its people's add up to. Leave a field empty for no target."))
        chosen = st.query_params.get(AIM, "")
        for line in lines:
            _draw_line(page, month, line, is_open=_code(line.aim) == chosen)
        if repeated:
            label = page.text.ngettext(
                "Fill {count} empty field from the month before", "Fill {count} empty fields from the month before", len(repeated)
            )
            if st.button(label.format(count=page.text.number(len(repeated))), key="team_targets_repeat", icon=":material/content_copy:"):
                _save(page, repeated)
        draw_file(page, month)


def _draw_head(page: Page, month: date) -> None:
    _, span = page.text.gettext, Span.around(SpanKind.MONTH, month)
    st.button(_("Progress"), key="team_targets_close", icon=":material/arrow_back:", type="tertiary", on_click=_close)
    with st.container(key="team_targets_month", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        before, after = span.before().first, span.after().first
        st.button(
            _("Before"), key="team_targets_earlier", icon=":material/chevron_left:", type="tertiary", on_click=show_targets, args=(before,)
        )
        st.subheader(_("Targets for {month}").format(month=page.text.month(month)), anchor=False)
        st.button(
            _("After"), key="team_targets_later", icon=":material/chevron_right:", type="tertiary", on_click=show_targets, args=(after,)
        )


def _close() -> None:
    for name in (TARGETS_OF, AIM):
        st.query_params.pop(name, None)


def _code(aim: Aim) -> str:
    return f"t{aim.team_id}" if aim.user_id is None else f"u{aim.user_id}"


def _draw_line(page: Page, month: date, line: TargetLine, *, is_open: bool) -> None:
    """Draw one person or team: closed a line with its figures, open the four fields."""
    _, text, code = page.text.gettext, page.text, _code(line.aim)
    known = [(kind, value) for kind, value in line.values.items() if value is not None]
    said = " · ".join(f"{_(TARGETS[kind])} {say_value(kind, value, text)}" for kind, value in known) or _("No target")
    name = _("{name} (left)").format(name=one_line(line.name)) if line.left else one_line(line.name)
    icon = ":material/groups:" if line.aim.user_id is None else ":material/person:"
    with st.container(key=f"team_target_{code}", gap="small"):
        label = f"**{plain(name)}**  \n{plain(said)}"
        st.button(label, key=f"team_target_open_{code}", icon=icon, type="tertiary", width="stretch", on_click=_open, args=(code, is_open))
        if is_open:
            _draw_form(page, month, line)


def _open(code: str, was_open: bool) -> None:
    st.session_state.pop(_BEFORE, None)
    st.query_params.pop(AIM, None)
    if not was_open:
        st.query_params[AIM] = code


def _draw_form(page: Page, month: date, line: TargetLine) -> None:
    """Draw the four fields; what they held when they were opened is kept, so that nobody's later change is written over unseen."""
    _, code = page.text.gettext, _code(line.aim)
    token, keys = (month, code), {kind: f"team_target_{month:%Y-%m}_{code}_{kind.value}" for kind in TargetKind}
    kept = st.session_state.get(_BEFORE)
    is_new = kept is None or kept[0] != token
    is_stale = is_new or isinstance(page.problem, TargetsChanged)
    before: dict[TargetKind, int | None] = dict(line.values) if kept is None or is_stale else kept[1]
    for kind, key in keys.items():  # not as its argument: a field that is given a value cannot be emptied again
        if is_new or key not in st.session_state:
            st.session_state[key] = before[kind]
    st.session_state[_BEFORE] = (token, before)  # after the fields: a run that is broken off in between fills them again
    with st.form(f"team_target_form_{month:%Y-%m}_{code}", border=False):
        values: dict[TargetKind, int | None] = {}
        for kind, key in keys.items():
            values[kind] = st.number_input(
                _("Order amount (yen)") if kind is TargetKind.AMOUNT else _(TARGETS[kind]),
                min_value=0,
                max_value=most(kind),
                value=None,
                step=1 if kind is not TargetKind.AMOUNT else 10_000,
                key=key,
                placeholder=_("No target"),
                persist_state="page",
            )
            if isinstance(page.problem, TargetsChanged):
                now = before[kind]
                stored = say_value(kind, now, page.text) if now is not None else _("No target")
                st.caption(_("Stored now: {value}").format(value=stored))
        submitted = st.form_submit_button(_("Save"), key=f"team_target_save_{code}", type="primary", width="stretch")
    if submitted:
        _save(
            page,
            tuple(TargetEdit(line.aim, month, kind, before[kind], values[kind]) for kind in TargetKind if values[kind] != before[kind]),
        )


def _save(page: Page, edits: tuple[TargetEdit, ...]) -> None:
    with page.saving() as session:
        save_targets(session, page.user, edits=edits, now=page.now)
    st.session_state.pop(_BEFORE, None)
    st.query_params.pop(AIM, None)
    page.toast(page.text.gettext("Targets saved."))
    st.rerun()
