"""The team's own words for outcomes: what each means to the product, suggests, and asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, OutcomeTemplate, User
from fieldsales.domain.audit import AuditAction, changes_between
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome
from fieldsales.errors import N_, BadNumber, FixTheInput, NotFound, TextTooLong
from fieldsales.services import audit
from fieldsales.services.access import require_admin
from fieldsales.services.customers.custom_fields import PROBLEM_PREFIX, check_custom, list_fields, missing_fields
from fieldsales.services.customers.customer_input import MAX_CUSTOM_VALUE
from fieldsales.services.ordering import move_by_one

MAX_NAME = 100
MAX_DAYS = 3650
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class TemplateNotFound(NotFound):
    code = "template_not_found"
    message = N_("There is no such outcome any more. Please choose another one.")
    field = "outcome"


class MissingTemplateName(FixTheInput):
    code = "missing_template_name"
    message = N_("An outcome needs a name.")
    field = "template_name"


class TemplateNameTaken(FixTheInput):
    code = "template_name_taken"
    message = N_("There is already an outcome “{value}”, perhaps a retired one.")
    field = "template_name"


class FieldRequired(FixTheInput):
    """`field` is `custom:` and the name, so that the sentence stands beside the field."""

    code = "field_required"
    message = N_("Please fill in “{name}”: this outcome asks for it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateInput:
    """What an administrator says of an outcome.

    `likelihood` None leaves the customer's as it is; `next_days` None follows the customer's cadence.
    """

    name: str
    outcome: Outcome
    likelihood: Likelihood | None = None
    next_days: int | None = None
    required_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow(TemplateInput):
    """One outcome to draw or to suggest by."""

    id: int
    retired: bool


def list_templates(session: Session, *, retired: bool = False) -> tuple[TemplateRow, ...]:
    """Return the outcomes in use in their order; `retired` adds the others behind them. None at all: the built-in ones hold."""
    query = select(OutcomeTemplate).order_by(OutcomeTemplate.retired_at.is_not(None), OutcomeTemplate.position, OutcomeTemplate.id)
    if not retired:
        query = query.where(OutcomeTemplate.retired_at.is_(None))
    return tuple(_row(template) for template in session.scalars(query))


def find_template(session: Session, template_id: int) -> OutcomeTemplate:
    """Return an outcome, a retired one included: a draft may be older than its retirement.

    Raises:
        TemplateNotFound.
    """
    template = session.get(OutcomeTemplate, template_id)
    if template is None:
        raise TemplateNotFound()
    return template


def save_template(
    session: Session, actor: User, *, template_id: int | None = None, values: TemplateInput, now: datetime
) -> OutcomeTemplate:
    """Add an outcome at the end, or change one; visits recorded with it keep what they meant then.

    Raises:
        NotAllowed, TemplateNotFound, MissingTemplateName, TemplateNameTaken, TextTooLong, BadNumber.
    """
    require_admin(actor)
    name = _CONTROL.sub(" ", values.name).strip()
    if not name:
        raise MissingTemplateName()
    if len(name) > MAX_NAME:
        raise TextTooLong(field="template_name", limit=MAX_NAME)
    if values.next_days is not None and not 0 <= values.next_days <= MAX_DAYS:
        raise BadNumber(field="next_days", value=values.next_days)
    taken = select(OutcomeTemplate.id).where(OutcomeTemplate.name == name, OutcomeTemplate.id.is_distinct_from(template_id))
    if session.scalar(taken) is not None:
        raise TemplateNameTaken(value=name)
    known = {field.name for field in list_fields(session)}
    if template_id is None:
        last = session.scalar(select(func.max(OutcomeTemplate.position)))
        template = OutcomeTemplate(position=0 if last is None else last + 1)
    else:
        template = find_template(session, template_id)
    before = _facts(template) if template_id is not None else {}
    template.name, template.outcome, template.likelihood = name, values.outcome, values.likelihood
    template.next_days, template.required_fields = values.next_days, [n for n in values.required_fields if n in known]
    session.add(template)
    session.flush()
    if not before:
        _record(session, actor, AuditAction.OUTCOME_ADDED, template, _facts(template), now=now)
    elif changes := changes_between(before, _facts(template)):
        _record(session, actor, AuditAction.OUTCOME_CHANGED, template, {"changes": changes}, now=now)
    return template


def add_templates(session: Session, actor: User, *, templates: Iterable[TemplateInput], now: datetime) -> int:
    """Add a starter set and return how many were new; names that exist already stay as they are.

    Raises:
        NotAllowed, and the errors of `save_template`.
    """
    require_admin(actor)
    known = set(session.scalars(select(OutcomeTemplate.name)))
    new = [template for template in templates if template.name not in known]
    for template in new:
        save_template(session, actor, values=template, now=now)
    return len(new)


def move_template(session: Session, actor: User, *, template_id: int, up: bool) -> None:
    """Exchange an outcome in use with its neighbour; at the end of the order nothing happens.

    Raises:
        NotAllowed, TemplateNotFound.
    """
    require_admin(actor)
    moved = find_template(session, template_id)
    in_use = select(OutcomeTemplate).where(OutcomeTemplate.retired_at.is_(None))
    templates = list(session.scalars(in_use.order_by(OutcomeTemplate.position, OutcomeTemplate.id).with_for_update()))
    if moved not in templates:
        raise TemplateNotFound()
    move_by_one(templates, moved, up=up)
    session.flush()


def retire_template(session: Session, actor: User, *, template_id: int, retired: bool = True, now: datetime) -> None:
    """Take an outcome out of the form, or bring it back; visits recorded with it keep its name.

    Raises:
        NotAllowed, TemplateNotFound.
    """
    require_admin(actor)
    template = find_template(session, template_id)
    if (template.retired_at is not None) == retired:
        return
    template.retired_at = now if retired else None
    session.flush()
    _record(session, actor, AuditAction.OUTCOME_RETIRED if retired else AuditAction.OUTCOME_RESTORED, template, {}, now=now)


def _facts(template: OutcomeTemplate) -> dict[str, object]:
    """Return what the audit log says of an outcome."""
    names = ("name", "outcome", "likelihood", "next_days", "required_fields")
    return {name: getattr(template, name) for name in names}


def _record(
    session: Session, actor: User, action: AuditAction, template: OutcomeTemplate, details: Mapping[str, object], *, now: datetime
) -> None:
    audit.record(session, actor, action, subject_kind="outcome", subject_id=template.id, subject=template.name, details=details, now=now)


def answer_fields(
    session: Session, customer: Customer, template: OutcomeTemplate | None, custom: Mapping[str, str]
) -> dict[str, tuple[Any, Any]]:
    """Write the fields that an outcome asked for into `customer` and return {"custom": (before, after)} if they differ.

    Raises:
        FieldRequired: one that the outcome asks for is empty. TextTooLong, BadNumber, BadDate, BadChoice: naming the field.
    """
    before = dict(customer.custom)
    fields = list_fields(session)
    given = {name: value.strip() for name, value in custom.items()}
    for name, value in given.items():
        if len(value) > MAX_CUSTOM_VALUE:
            raise TextTooLong(field=PROBLEM_PREFIX + name, limit=MAX_CUSTOM_VALUE)
    known = {field.name for field in fields}
    after = before | {name: value for name, value in given.items() if name in known and value}
    after = check_custom(after, fields, before=before)
    # A field that was retired since cannot be filled in any more, so nobody is held up by it.
    missing = missing_fields([n for n in template.required_fields if n in known], after) if template else ()
    if missing:
        raise FieldRequired(field=PROBLEM_PREFIX + missing[0], name=missing[0])
    if after == before:
        return {}
    customer.custom = after
    return {"custom": (before, after)}


def _row(template: OutcomeTemplate) -> TemplateRow:
    return TemplateRow(
        id=template.id,
        name=template.name,
        outcome=template.outcome,
        likelihood=template.likelihood,
        next_days=template.next_days,
        required_fields=tuple(template.required_fields),
        retired=template.retired_at is not None,
    )
