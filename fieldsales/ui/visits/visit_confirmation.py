"""What was saved or thrown away a moment ago, with the way back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fieldsales.db.models import Visit
from fieldsales.services.visits import visit_drafts
from fieldsales.services.visits.visits import undo_visit
from fieldsales.ui.components.note_field import draw_forgetting, forget_copy
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page

SHOWN_S = 60
_LAST = "_visit_last"


def remember_visit(page: Page, visit: Visit, customer_name: str) -> None:
    """Let the next run confirm a recorded visit."""
    forget_copy(visit.client_ref)
    _remember(page, {"visit_id": visit.id, "name": customer_name, "key": f"{visit.id}"})


def remember_thrown(page: Page, draft: visit_drafts.Draft) -> None:
    """Let the next run confirm that a draft was thrown away."""
    forget_copy(draft.client_ref)
    _remember(page, {"draft": draft, "at": page.now, "key": draft.client_ref.hex[:8]})


def _remember(page: Page, last: dict[str, Any]) -> None:
    st.session_state[_LAST] = last | {"until": page.now.timestamp() + SHOWN_S}


def draw_confirmation(page: Page) -> None:
    """Draw the confirmation while it is fresh; the style sheet lets it fade."""
    draw_forgetting()
    last = st.session_state.get(_LAST)
    if last is None or page.now.timestamp() > last["until"]:
        return
    _ = page.text.gettext
    draft = last.get("draft")
    sentence = _("Visit recorded: {name}").format(name=plain(last["name"])) if draft is None else _("The draft was thrown away.")
    with st.container(key=f"undo_bar_{last['key']}", horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(sentence, wrap=False)
        undone = st.button(_("Undo"), key="undo_visit", type="tertiary")
    if not undone:
        return
    st.session_state.pop(_LAST)
    if draft is None:
        _take_visit_back(page, last["visit_id"])
    else:
        _bring_draft_back(page, draft, last["at"])


def _take_visit_back(page: Page, visit_id: int) -> None:
    _ = page.text.gettext
    with page.saving() as session:
        draft_ref = undo_visit(session, page.user, visit_id=visit_id, now=page.now)
    page.toast(_("The visit was taken back. What you wrote is kept as a draft.") if draft_ref else _("The visit was taken back."))
    st.rerun()


def _bring_draft_back(page: Page, draft: visit_drafts.Draft, thrown_at: Any) -> None:
    with page.saving() as session:
        visit_drafts.restore_draft(session, page.user, draft=draft, thrown_at=thrown_at, now=page.now)
    page.toast(page.text.gettext("The draft is back."))
    st.rerun()
