"""The audit log: what was done, searched by who, what, when and words; the newest first, page by page, and as a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from fieldsales.adapters.tables import sheet_bytes
from fieldsales.db.models import User
from fieldsales.domain.audit import AREAS, AuditAction, AuditArea
from fieldsales.domain.tables import TableFormat
from fieldsales.errors import N_, NotAllowed
from fieldsales.services import audit_log
from fieldsales.services.audit_log import MOST_EXPORTED, NOBODY, LogEntry, LogPlace, LogQuery
from fieldsales.services.options import read_options
from fieldsales.ui.admin.audit_words import act_in_words, details_in_words, entry_html, who_in_words
from fieldsales.ui.format import one_line
from fieldsales.ui.page import Page
from fieldsales.wording import audit as wording

WORDS, WHO, WHAT, FIRST, LAST = "q", "who", "what", "from", "to"
PARAMETERS = (WORDS, WHO, WHAT, FIRST, LAST)
_LONGEST = 200
_PLACES = "audit_places"
_FILES = (
    ("utf8", N_("CSV for Excel (UTF-8)"), TableFormat("csv", "utf-8-sig")),
    ("cp932", N_("CSV for older programs (Shift_JIS)"), TableFormat("csv", "cp932")),
)
_COLUMNS = (
    N_("When"),
    N_("Who"),
    N_("What was done"),
    N_("Subject"),
    N_("Details of the act"),
    N_("Network address"),
    N_("Code"),
    N_("Kind of subject"),
    N_("Number of the subject"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The search as the address states it: what cannot be read restricts nothing. `last` is the last day included."""

    text: str
    actor_id: int | None
    what: AuditArea | AuditAction | None
    first: date | None
    last: date | None

    def query(self, page: Page) -> LogQuery:
        """Return what the service is asked, with the days of who looks."""
        return LogQuery(
            text=self.text,
            actor_id=self.actor_id,
            areas=frozenset({self.what} if isinstance(self.what, AuditArea) else ()),
            actions=frozenset({self.what} if isinstance(self.what, AuditAction) else ()),
            since=_midnight(page, self.first) if self.first else None,
            until=_midnight(page, self.last + timedelta(days=1)) if self.last else None,
        )


def draw_audit(page: Page) -> None:
    """Draw the search, what it finds, and the ways to older entries and to a file."""
    _ = page.text.gettext
    asked = read_asked()
    with page.database.read() as session:
        count, oldest = audit_log.count_log(session, page.user)
        people = dict(audit_log.list_actors(session, page.user))
        days = read_options(session).keep_audit_days
    _draw_kept(page, count, oldest, days)
    _draw_search(page, asked, people)
    places: list[LogPlace] = st.session_state.setdefault(_PLACES, [])
    with page.database.read() as session:
        found = audit_log.search_log(session, page.user, asked=asked.query(page), behind=places[-1] if places else None)
    if not found.entries:
        empty = _("Nothing of this kind is in the log.") if asked != _EVERYTHING else _("The log is empty so far.")
        st.info(empty, icon=":material/history:")
    else:
        st.html(f'<ul class="fs-audit">{"".join(entry_html(page, entry) for entry in found.entries)}</ul>')
    with st.container(key="audit_pages", horizontal=True, horizontal_alignment="distribute", wrap=False):
        st.button(_("Newer"), key="audit_newer", icon=":material/chevron_left:", disabled=not places, on_click=_turn_back)
        st.button(
            _("Older"), key="audit_older", icon=":material/chevron_right:", disabled=not found.behind, on_click=_turn, args=(found.behind,)
        )


def read_asked() -> Asked:
    """Return the search that the address asks for."""
    said = {name: st.query_params.get(name, "")[:_LONGEST] for name in PARAMETERS}
    who = said[WHO]
    kinds: dict[str, AuditArea | AuditAction] = {_code(kind): kind for kind in _choices()}
    return Asked(
        text=said[WORDS].strip(),
        actor_id=int(who) if who.isascii() and who.isdigit() and len(who) < 10 else None,
        what=kinds.get(said[WHAT]),
        first=_day(said[FIRST]),
        last=_day(said[LAST]),
    )


def _draw_kept(page: Page, count: int, oldest: datetime | None, days: int) -> None:
    _, ngettext = page.text.gettext, page.text.ngettext
    if oldest is not None:
        many = ngettext("{count} entry since {day}.", "{count} entries since {day}.", count)
        said = many.format(count=page.text.number(count), day=page.text.day(oldest.astimezone(page.zone).date(), today=page.today))
    else:
        said = ""
    kept = ngettext("Entries are kept for {count} day.", "Entries are kept for {count} days.", days).format(count=page.text.number(days))
    st.caption(
        f"{said} {kept if days else _('Entries are kept for ever.')} {_('Nobody can change them; every export is an entry itself.')}"
    )


def _draw_search(page: Page, asked: Asked, people: dict[int, str]) -> None:
    _ = page.text.gettext
    _show("audit_words", asked.text)
    st.text_input(
        _("Search the log"),
        key="audit_words",
        placeholder=_("Name, customer, file, address…"),
        icon=":material/search:",
        max_chars=_LONGEST,
        label_visibility="collapsed",
        on_change=_write,
        persist_state="page",
    )
    with st.container(key="audit_head", horizontal=True, vertical_alignment="center"):
        _draw_filter(page, asked, people)
        _draw_files(page, asked)


def _draw_filter(page: Page, asked: Asked, people: dict[int, str]) -> None:
    _ = page.text.gettext
    chosen = sum(part is not None for part in (asked.actor_id, asked.what, asked.first or asked.last))
    label = _("Filter ({count})").format(count=chosen) if chosen else _("Filter")
    names = {NOBODY: _("Nobody logged in"), **{user_id: one_line(name) for user_id, name in people.items()}}
    with st.popover(label, icon=":material/tune:", key="audit_filter"):
        _show("audit_who", asked.actor_id if asked.actor_id in names else None)
        said: dict[str, Any] = {"index": None, "on_change": _write}
        st.selectbox(
            _("Who"), list(names), format_func=names.__getitem__, key="audit_who", placeholder=_("Everybody"), **said, persist_state="page"
        )
        _show("audit_what", asked.what)
        st.selectbox(
            _("What"),
            _choices(),
            format_func=lambda kind: _said(page, kind),
            key="audit_what",
            placeholder=_("Anything"),
            **said,
            persist_state="page",
        )
        _show("audit_days", tuple(day for day in (asked.first, asked.last) if day is not None))
        st.date_input(_("From and to"), key="audit_days", format="YYYY/MM/DD", max_value=page.today, on_change=_write, persist_state="page")
        st.button(_("Clear filter"), key="audit_clear", type="tertiary", icon=":material/filter_alt_off:", on_click=_clear)


def _draw_files(page: Page, asked: Asked) -> None:
    _ = page.text.gettext
    with st.popover(_("Export"), icon=":material/download:", key="audit_export"):
        most = _("What the search finds, at most {count} entries. The export is recorded.").format(count=page.text.number(MOST_EXPORTED))
        st.caption(most)
        name = f"{_('audit-log')}-{page.today:%Y%m%d}.csv"
        for kind, label, table_format in _FILES:
            st.download_button(
                _(label),
                data=_writer(page, asked.query(page), table_format, name),
                file_name=name,
                mime="text/csv",
                key=f"audit_csv_{kind}",
                icon=":material/csv:",
                on_click="ignore",
                width="stretch",
            )


def _writer(page: Page, asked: LogQuery, table_format: TableFormat, file_name: str) -> Callable[[], bytes]:
    """Return what writes the file when the button is tapped, with the rights of that moment."""
    runtime, user_id = page.runtime, page.user.id
    header = [page.text.gettext(name) for name in _COLUMNS]

    def write() -> bytes:
        with runtime.database.read() as session:
            actor = session.get(User, user_id)
            if actor is None:
                raise NotAllowed()
            rows = [_row(page, entry) for entry in audit_log.export_log(session, actor, asked=asked)]
        with page.writing() as session:
            audit_log.note_log_export(session, actor, asked=asked, rows=len(rows), file_name=file_name, now=runtime.clock())
        return sheet_bytes(header, rows, table_format)

    return write


def _row(page: Page, entry: LogEntry) -> Sequence[str | int]:
    known = entry.action is not None
    return (
        f"{entry.happened_at.astimezone(page.zone):%Y-%m-%d %H:%M:%S}",
        who_in_words(page, entry),
        act_in_words(page, entry),
        entry.subject,
        "; ".join(details_in_words(page, entry.details)) if known else json.dumps(entry.details, ensure_ascii=False),
        entry.address,
        entry.action.value if entry.action is not None else "",
        entry.subject_kind,
        entry.subject_id if entry.subject_id is not None else "",
    )


def _choices() -> list[AuditArea | AuditAction]:
    """Return what one may ask for: each area, and below it the acts it is made of, where they are several."""
    kinds: list[AuditArea | AuditAction] = []
    for area, actions in AREAS.items():
        kinds += [area, *(actions if len(actions) > 1 else ())]
    return kinds


def _said(page: Page, kind: AuditArea | AuditAction) -> str:
    if isinstance(kind, AuditArea):
        return page.text.gettext(wording.AREAS[kind])
    return f"– {page.text.gettext(wording.ACTIONS[kind])}"


def _code(kind: AuditArea | AuditAction) -> str:
    return f"{'area' if isinstance(kind, AuditArea) else 'act'}.{kind.value}"


def _show(key: str, value: object) -> None:
    """Let a widget show what the address says: the address is the truth, the widget writes it anew."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _write() -> None:
    state = st.session_state
    days: Sequence[date] = state.get("audit_days") or ()
    first, last = (days[0] if days else None), (days[1] if len(days) > 1 else None)
    what, who = state.get("audit_what"), state.get("audit_who")
    said = {
        WORDS: (state.get("audit_words") or "").strip(),
        WHO: "" if who is None else str(who),
        WHAT: _code(what) if what is not None else "",
        FIRST: first.isoformat() if first else "",
        LAST: last.isoformat() if last else "",
    }
    _clear()
    st.query_params.update({name: value for name, value in said.items() if value})


def _clear() -> None:
    for name in PARAMETERS:
        st.query_params.pop(name, None)
    st.session_state[_PLACES] = []


def _turn(behind: LogPlace | None) -> None:
    if behind is not None:
        st.session_state[_PLACES] = [*st.session_state.get(_PLACES, []), behind]


def _turn_back() -> None:
    st.session_state[_PLACES] = st.session_state.get(_PLACES, [])[:-1]


def _midnight(page: Page, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=page.zone)


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


_EVERYTHING = Asked("", None, None, None, None)
