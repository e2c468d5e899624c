"""What the open visit form knows: the answers on this screen, kept in step with the draft in the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import streamlit as st

from fieldsales.domain import cadence
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.visit_answers import (
    Suggestion,
    VisitAnswers,
    When,
    is_stale,
    merge_answers,
    moment_of,
    next_date,
    suggest,
)
from fieldsales.domain.words import Outcome, VisitKind
from fieldsales.errors import FieldSalesError
from fieldsales.services.customers.attachments import AttachmentRow, list_attachments
from fieldsales.services.customers.custom_fields import FieldRow, list_fields
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.options import read_options
from fieldsales.services.visits import visit_drafts
from fieldsales.services.visits.outcome_templates import TemplateRow, list_templates
from fieldsales.ui.page import Page

STATE, KIND = "_visit_form", "visit_kind"


@dataclass
class FormState:
    """One open form. `stored` is what the draft holds as far as this screen has heard; `note_n` the last text taken in.

    `long_note` is a note beyond what fits: it stays in the browser and is refused when saved, so that nothing is cut off.
    """

    client_ref: UUID
    customer_id: int
    opened_at: datetime
    answers: VisitAnswers
    stored: VisitAnswers
    begun_at: datetime | None = None
    changed_at: datetime | None = None
    note_n: str = ""
    long_note: str = ""

    def say(self, **said: Any) -> None:
        """Take in what was said by hand."""
        self.answers = replace(self.answers, **said)

    @property
    def is_draft(self) -> bool:
        """True once there is something in the database to come back to."""
        return self.changed_at is not None


@dataclass(frozen=True)
class Form:
    """Everything one run of the form draws from."""

    state: FormState
    customer: CustomerDetails
    templates: tuple[TemplateRow, ...]
    fields: tuple[FieldRow, ...]
    files: tuple[AttachmentRow, ...]
    cadences: dict[Likelihood, int | None]

    @property
    def template(self) -> TemplateRow | None:
        """The team's word that is chosen; the first one when nobody has chosen yet, None for a built-in outcome."""
        chosen = self.state.answers.template_id
        known = next((t for t in self.templates if t.id == chosen), None)
        if known is not None or self.state.answers.outcome is not None:
            return known
        return self.templates[0] if self.templates else None

    @property
    def outcome(self) -> Outcome:
        """What came of it, as the product understands it."""
        template = self.template
        return template.outcome if template else self.state.answers.outcome or Outcome.MET

    @property
    def kind(self) -> VisitKind:
        """How the customer was met."""
        return self.state.answers.kind or VisitKind.VISIT

    @property
    def when(self) -> When:
        """When it was: said by hand, or now, or for a draft of earlier when that was begun."""
        return self.state.answers.when or When.NOW

    def suggestion(self, page: Page) -> Suggestion:
        """Return what is taken for granted unless the rep says otherwise."""
        template, current = self.template, self.customer.likelihood
        likelihood = self.state.answers.likelihood or (template.likelihood if template else None)
        return suggest(
            self.outcome,
            current=current,
            template_likelihood=likelihood,
            next_days=template.next_days if template else None,
            agreed_on=self.customer.next_on,
            cadence_days=self.cadence_days,
            visited_on=self.visited_at(page).astimezone(page.zone).date(),
            today=page.today,
        )

    @property
    def likelihood(self) -> Likelihood:
        """The likelihood that will be saved: said by hand, else suggested by the outcome, else as it is."""
        template = self.template
        said = self.state.answers.likelihood or (template.likelihood if template else None)
        return suggest(
            self.outcome,
            current=self.customer.likelihood,
            template_likelihood=said,
            next_days=None,
            agreed_on=None,
            cadence_days=None,
            visited_on=date.min,
            today=date.min,
        ).likelihood

    @property
    def cadence_days(self) -> int | None:
        """The interval that holds for the likelihood that will be saved."""
        return self.cadences[self.likelihood]

    def visited_at(self, page: Page) -> datetime:
        """Return when the visit was."""
        return moment_of(self.state.answers, now=page.now, begun_at=self.state.begun_at, zone=page.zone)

    def next_on(self, page: Page) -> date | None:
        """Return the next date that will be saved."""
        return next_date(self.state.answers, self.suggestion(page))

    def begun_earlier(self, page: Page) -> bool:
        """True when the draft was begun so long ago that its beginning is the better guess than now."""
        return is_stale(self.state.begun_at, now=page.now)


def read_form(page: Page, customer: CustomerDetails, client_ref: UUID) -> Form:
    """Return the open form, in step with its draft: what another device has said since is merged in."""
    with page.database.read() as session:
        draft = visit_drafts.find_draft(session, page.user, client_ref=client_ref)
        templates, fields, options = list_templates(session), list_fields(session), read_options(session)
        files = list_attachments(session, page.user, draft_ref=client_ref)
    state = _state_of(page, customer.id, client_ref, draft)
    cadences = {likelihood: cadence.cadence_of(customer.cadence_days, likelihood, options) for likelihood in Likelihood}
    return Form(state, customer, templates, fields, files, cadences)


def _state_of(page: Page, customer_id: int, client_ref: UUID, draft: visit_drafts.Draft | None) -> FormState:
    state = st.session_state.get(STATE)
    if not isinstance(state, FormState) or state.client_ref != client_ref:
        answers = draft.answers if draft else VisitAnswers()
        state = FormState(client_ref, customer_id, page.now, answers, answers)
        if state.answers.kind is None:
            state.say(kind=_asked_kind())
        st.session_state[STATE] = state
    elif draft is not None and draft.changed_at != state.changed_at:
        state.answers, state.stored = merge_answers(state.stored, state.answers, draft.answers), draft.answers
    elif draft is None:
        state.stored = VisitAnswers()  # not begun yet, or thrown away elsewhere: what this screen shows is kept anew
    state.begun_at, state.changed_at = (draft.created_at, draft.changed_at) if draft else (None, None)
    return state


def keep_draft(page: Page, state: FormState) -> FieldSalesError | None:
    """Store what was said since the last run; return why it could not be stored, None when all is well.

    What cannot be stored stays on the screen and is tried again at the next step.
    """
    if state.answers == state.stored or (state.answers.is_empty and not state.is_draft):
        return None
    try:
        with page.writing() as session:
            draft = visit_drafts.save_draft(
                session,
                page.user,
                customer_id=state.customer_id,
                client_ref=state.client_ref,
                answers=state.answers,
                now=page.now,
                begun_at=state.opened_at,
            )
    except FieldSalesError as error:
        return error
    state.stored, state.begun_at, state.changed_at = draft.answers, draft.created_at, draft.changed_at
    return None


def _asked_kind() -> VisitKind | None:
    asked = st.query_params.get(KIND, "")
    return VisitKind(asked) if asked in list(VisitKind) else None
