"""What waits for a word of one's own: visits begun and not saved, requests and complaints without an answer, replies to one's reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import streamlit as st

from fieldsales.domain.reports import last_day
from fieldsales.domain.words import RequestKind
from fieldsales.services.customers.request_rows import RequestRow
from fieldsales.services.customers.requests import list_open_requests
from fieldsales.services.reports.report_comments import Reply, list_replies
from fieldsales.services.visits import visit_drafts
from fieldsales.services.visits.follow_ups import Reach, Whose, reach_of
from fieldsales.services.visits.visit_drafts import DraftRow
from fieldsales.ui import navigation, words
from fieldsales.ui.customers import record_state
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.reports import report_screen
from fieldsales.ui.today import today_rows
from fieldsales.ui.visits import visit_confirmation, visit_form

REQUESTS = 20
_TEXT = 60
_REPLIES_FOR = timedelta(days=7)
_GO = "_today_go"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits; `reach` says how to get to the customers concerned, by their ids."""

    drafts: tuple[DraftRow, ...]
    requests: tuple[RequestRow, ...]
    replies: tuple[Reply, ...]
    reach: Mapping[int, Reach]

    @property
    def is_empty(self) -> bool:
        """True when nothing waits."""
        return not (self.drafts or self.requests or self.replies)


def read_waiting(page: Page, whose: Whose) -> Waiting:
    """Return one's own drafts, the open requests one is to answer, or the team's, and what was said of one's reports."""
    with page.database.read() as session:
        drafts = visit_drafts.list_drafts(session, page.user)
        asked = page.user.id if whose is Whose.MINE else None
        requests = list_open_requests(session, page.user, assigned_to=asked, limit=REQUESTS)
        ids = {draft.customer_id for draft in drafts} | {request.customer_id for request in requests}
        replies = list_replies(session, page.user, since=page.now - _REPLIES_FOR)
        return Waiting(drafts, requests, replies, reach_of(session, page.user, customer_ids=ids))


def draw_drafts(page: Page, waiting: Waiting) -> None:
    """Draw the visits that were begun, each to be continued or thrown away."""
    if not waiting.drafts:
        return
    _ = page.text.gettext
    with st.container(key="section_drafts", gap="xsmall"):
        title = _("Drafts")
        st.subheader(f"{title} :gray[{page.text.number(len(waiting.drafts))}]", anchor=False)
        for draft in today_rows.shown(waiting.drafts, "drafts"):
            key = f"draft_{draft.id}"
            said = [_(words.VISIT_KINDS[draft.kind]), page.text.moment(draft.changed_at, zone=page.zone), plain(draft.summary)]
            label = f":material/draft: **{plain(draft.customer_name) or '–'}**\n:small[{' · '.join(part for part in said if part)}]"
            with st.container(key=f"day_{key}", horizontal=True, wrap=False, vertical_alignment="center", gap=None):
                again = (draft.customer_id, draft.kind, draft.client_ref)
                st.button(label, key=f"row_{key}", on_click=visit_form.open_form, args=again, width="stretch", wrap=True)
                _draw_reach(page, waiting, draft.customer_id, draft.customer_name, key=key)
                icon = ":material/edit_note:"
                st.button(_("Continue"), key=f"continue_{key}", icon=icon, on_click=visit_form.open_form, args=again)
                if st.button(_("Throw away"), key=f"discard_{key}", icon=":material/delete:"):
                    _throw_away(page, draft.client_ref)
        today_rows.draw_more(page, len(waiting.drafts), "drafts")


def draw_requests(page: Page, waiting: Waiting, whose: Whose) -> None:
    """Draw requests and complaints that nobody has answered; a tap opens the answer on the customer's page."""
    if not waiting.requests:
        return
    _ = page.text.gettext
    with st.container(key="section_requests", gap="xsmall"):
        title, count = _("To be answered"), page.text.number(len(waiting.requests)) + ("+" if len(waiting.requests) == REQUESTS else "")
        st.subheader(f"{title} :gray[{count}]", anchor=False)
        for request in today_rows.shown(waiting.requests, "requests"):
            key = f"request_{request.id}"
            with st.container(key=f"day_{key}", horizontal=True, wrap=False, vertical_alignment="center", gap=None):
                label = _request_label(page, request, whose)
                st.button(label, key=f"row_{key}", on_click=_answer, args=(request.customer_id, request.id), width="stretch", wrap=True)
                _draw_reach(page, waiting, request.customer_id, request.customer_name, key=key)
                icon, here = ":material/edit_note:", (request.customer_id,)
                st.button(_("Log a visit"), key=f"log_{key}", icon=icon, on_click=visit_form.open_form, args=here)
        today_rows.draw_more(page, len(waiting.requests), "requests")
    _follow_tap()


def draw_replies(page: Page, waiting: Waiting) -> None:
    """Draw what others said of one's reports; a tap opens the report, where it is answered."""
    if not waiting.replies:
        return
    with st.container(key="section_replies", gap="xsmall"):
        title = page.text.gettext("Replies to your reports")
        st.subheader(f"{title} :gray[{page.text.number(len(waiting.replies))}]", anchor=False)
        for reply in today_rows.shown(waiting.replies, "replies"):
            key = f"reply_{reply.period}_{reply.starts_on}"
            with st.container(key=f"day_{key}", horizontal=True, wrap=False, vertical_alignment="center", gap=None):
                label = _reply_label(page, reply)
                st.button(label, key=f"row_{key}", on_click=_open_report, args=(page.user.id, reply), width="stretch", wrap=True)
        today_rows.draw_more(page, len(waiting.replies), "replies")
    _follow_tap()


def _reply_label(page: Page, reply: Reply) -> str:
    last = last_day(reply.period, reply.starts_on)
    day = page.text.day(reply.starts_on, today=page.today)
    when = day if last == reply.starts_on else f"{day} – {page.text.day(last, today=page.today)}"
    said = [plain(reply.who), page.text.moment(reply.sent_at, zone=page.zone), plain(_short(reply.text))]
    return f":material/forum: **{when}**\n:small[{' · '.join(said)}]"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"


def _request_label(page: Page, request: RequestRow, whose: Whose) -> str:
    _ = page.text.gettext
    complaint = request.kind is RequestKind.COMPLAINT
    kind = _("Complaint") if complaint else _("Request")
    kind = f":red[{kind}]" if complaint else kind
    due = ""
    if request.due_on is not None:
        due = _("due {day}").format(day=page.text.day(request.due_on, today=page.today))
        due = f":red[{due}]" if request.is_late(page.today) else due
    said = [kind, due, plain(_short(request.text))]
    if whose is Whose.TEAM:
        said.append(plain(request.assigned_to))
    icon = ":material/report:" if complaint else ":material/contact_support:"
    return f"{icon} **{plain(request.customer_name) or '–'}**\n:small[{' · '.join(part for part in said if part)}]"


def _draw_reach(page: Page, waiting: Waiting, customer_id: int, name: str, *, key: str) -> None:
    reach = waiting.reach.get(customer_id)
    if reach is not None:
        today_rows.draw_reach(page, reach.phone, reach.lat, reach.lon, name, key=key)


def _answer(customer_id: int, request_id: int) -> None:
    sheet = f"{record_state.Sheet.REQUEST}.{request_id}"
    st.session_state[_GO] = ("customer", {"id": str(customer_id), record_state.PARAMETER: sheet})


def _open_report(user_id: int, reply: Reply) -> None:
    query = {report_screen.WHO: str(user_id), report_screen.PERIOD: reply.period.value, report_screen.ON: reply.starts_on.isoformat()}
    st.session_state[_GO] = ("reports", query)


def _follow_tap() -> None:
    """Go where a tap leads: only a run of the script may change the screen."""
    screen, query = st.session_state.pop(_GO, (None, None))
    if screen is not None:
        st.switch_page(navigation.path_of(screen), query_params=query)


def _throw_away(page: Page, client_ref: UUID) -> None:
    with page.saving() as session:
        draft = visit_drafts.discard_draft(session, page.user, client_ref=client_ref, now=page.now)
    visit_confirmation.remember_thrown(page, draft)
    st.rerun()
