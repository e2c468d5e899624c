"""The entries of a timeline: a line of what and who, the text below it, and a way to what may be changed."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from datetime import timedelta

import streamlit as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import AttachmentKind, RequestKind
from fieldsales.services.customers.attachments import AttachmentRow
from fieldsales.services.customers.notes import NoteRow
from fieldsales.services.customers.purchases import PurchaseRow
from fieldsales.services.customers.request_rows import RequestRow
from fieldsales.services.customers.timeline import Entry, LikelihoodEntry, TimelineItem, TimelineKind, VisitEntry
from fieldsales.ui import words
from fieldsales.ui.customers import record_state
from fieldsales.ui.customers.attachments_view import files_html
from fieldsales.ui.customers.record_state import Sheet
from fieldsales.ui.customers.request_steps import status_html
from fieldsales.ui.format import safe, safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.visits.check_in_words import check_in_in_words
from fieldsales.ui.visits.visit_edit import open_edit

ONE_UPLOAD = timedelta(minutes=10)
LONG_TEXT = 600


def draw_items(page: Page, items: Sequence[TimelineItem]) -> None:
    """Draw entries in order; files that came in together are one entry."""
    for group in _groups(items):
        first = group[0]
        body = _item_html(page, group)
        with st.container(key=f"happened_{first.kind}_{first.id}", horizontal=True, wrap=False, vertical_alignment="top", gap="xsmall"):
            st.html(body)
            _draw_way_in(page, first)


def _draw_way_in(page: Page, item: TimelineItem) -> None:
    """Draw the button that opens what the reader may change; requests are opened by everybody, who may answer."""
    entry, label = item.entry, page.text.gettext("Open")
    icon, key = ":material/more_horiz:", f"open_{item.kind}_{item.id}"
    if isinstance(entry, VisitEntry):
        if entry.visit.user_id == page.user.id:
            st.button(label, key=key, icon=icon, type="tertiary", on_click=open_edit, args=(entry.visit.id,))
        return
    target = _target(entry)
    if target is not None:
        st.button(label, key=key, icon=icon, type="tertiary", on_click=record_state.open_record, args=target)


def _groups(items: Sequence[TimelineItem]) -> Iterator[list[TimelineItem]]:
    group: list[TimelineItem] = []
    for item in items:
        if group and not _belongs(item, group[-1]):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _belongs(item: TimelineItem, above: TimelineItem) -> bool:
    both = item.kind is TimelineKind.FILE and above.kind is TimelineKind.FILE
    return both and item.who == above.who and above.at - item.at < ONE_UPLOAD


def _target(entry: Entry) -> tuple[Sheet, int] | None:
    """Return the form in which this entry can be changed."""
    if isinstance(entry, RequestRow):
        return Sheet.REQUEST, entry.id
    if isinstance(entry, NoteRow) and (entry.may_change or entry.may_delete):
        return Sheet.NOTE, entry.id
    if isinstance(entry, PurchaseRow) and (entry.may_change or entry.may_delete):
        return Sheet.PURCHASE, entry.id
    return None


def _item_html(page: Page, group: Sequence[TimelineItem]) -> str:
    item = group[0]
    day = page.text.day(item.at.astimezone(page.zone).date(), today=page.today)
    title, body = _title_and_body(page, group)
    who = f' · <span class="fs-who">{safe(item.who)}</span>' if item.who else ""
    return (
        f'<div class="fs-entry fs-entry-{item.kind}"><div class="fs-entry-head"><b>{html.escape(day)}</b> {title}'
        f'<span class="fs-quiet">{who}</span></div>{body}</div>'
    )


def _title_and_body(page: Page, group: Sequence[TimelineItem]) -> tuple[str, str]:
    entry: Entry = group[0].entry
    _ = page.text.gettext
    if isinstance(entry, VisitEntry):
        return _visit(page, entry)
    if isinstance(entry, LikelihoodEntry):
        cause = f'<span class="fs-quiet"> · {html.escape(_(words.CAUSES[entry.cause]))}</span>'
        return f"{html.escape(_('Likelihood'))} {_move(page, entry.before, entry.after)}{cause}", ""
    if isinstance(entry, PurchaseRow):
        amount = f"<b>{html.escape(page.text.money(entry.amount))}</b>"
        return f"{html.escape(_('Purchase'))} {amount}", f"<div>{safe(entry.item)}</div>{_quote(page, entry.note)}"
    if isinstance(entry, RequestRow):
        return _request(page, entry)
    if isinstance(entry, NoteRow):
        edited = f'<span class="fs-quiet"> · {html.escape(_("edited"))}</span>' if entry.edited_at else ""
        return f"{html.escape(_('Note'))}{edited}", _quote(page, entry.text)
    return _files(page, [item.entry for item in group if isinstance(item.entry, AttachmentRow)])


def _visit(page: Page, entry: VisitEntry) -> tuple[str, str]:
    _ = page.text.gettext
    visit = entry.visit
    outcome = safe(visit.template_name) if visit.template_name else html.escape(_(words.OUTCOMES[visit.outcome]))
    title = f"{html.escape(_(words.VISIT_KINDS[visit.kind]))} · {outcome}"
    if visit.likelihood_before is not visit.likelihood_after:
        title += f" · {_move(page, visit.likelihood_before, visit.likelihood_after)}"
    if visit.edited:
        title += f'<span class="fs-quiet"> · {html.escape(_("edited"))}</span>'
    arrived = f'<div class="fs-quiet">{html.escape(check_in_in_words(page, entry.check_in))}</div>' if entry.check_in else ""
    return title, arrived + _quote(page, visit.note) + (files_html(page, entry.files) if entry.files else "")


def _request(page: Page, row: RequestRow) -> tuple[str, str]:
    _ = page.text.gettext
    name = html.escape(_("Complaint") if row.kind is RequestKind.COMPLAINT else _("Request"))
    body = _quote(page, row.text)
    if row.answer and row.answered_at is not None:
        head = f'<span class="fs-quiet">{html.escape(_("Answer"))} · {safe(row.answered_by)}</span>'
        body += f'<div class="fs-answer">{head}<br>{_shortened(page, row.answer)}</div>'
    by = ""
    if row.due_on is not None and row.closed_at is None:
        day = html.escape(_("by {day}").format(day=page.text.day(row.due_on, today=page.today)))
        by = f' <span class="fs-late">{day}</span>' if row.is_late(page.today) else f' <span class="fs-quiet">{day}</span>'
    if row.assigned_to and row.closed_at is None:
        by += f' <span class="fs-quiet">→ <span class="fs-who">{safe(row.assigned_to)}</span></span>'
    return f"{name} {status_html(page, row)}{by}", body


def _files(page: Page, rows: Sequence[AttachmentRow]) -> tuple[str, str]:
    _ = page.text.gettext
    kinds = {row.kind for row in rows}
    if kinds <= {AttachmentKind.PHOTO, AttachmentKind.CARD}:
        title = page.text.ngettext("{count} photo", "{count} photos", len(rows)).format(count=len(rows))
    elif kinds == {AttachmentKind.VOICE}:
        title = _("Voice note")
    else:
        title = page.text.ngettext("{count} file", "{count} files", len(rows)).format(count=len(rows))
    return html.escape(title), files_html(page, rows)


def _move(page: Page, before: Likelihood, after: Likelihood) -> str:
    _ = page.text.gettext
    names = {likelihood: _(name) for likelihood, name in words.LIKELIHOODS_SHORT.items()}
    return f"{html.escape(names[before])} → {html.escape(names[after])}"


def _quote(page: Page, text: str) -> str:
    return f'<div class="fs-quote">{_shortened(page, text)}</div>' if text else ""


def _shortened(page: Page, text: str) -> str:
    """Return a text for HTML; a long one folded, whole behind one tap."""
    if len(text) <= LONG_TEXT:
        return safe_lines(text)
    more = html.escape(page.text.gettext("Read all"))
    return f"<details><summary>{safe_lines(text[:200])}… <u>{more}</u></summary>{safe_lines(text)}</details>"
