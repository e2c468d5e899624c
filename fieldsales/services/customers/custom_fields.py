"""The fields that the administrator adds to every customer: their definition, and values held to it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from fieldsales.db.models import CustomField, User
from fieldsales.domain.audit import AuditAction, changes_between
from fieldsales.domain.words import FieldKind
from fieldsales.errors import N_, BadChoice, BadDate, BadNumber, FixTheInput, NotFound, TextTooLong
from fieldsales.services import audit
from fieldsales.services.access import require_admin
from fieldsales.services.ordering import move_by_one

MAX_NAME = 100
MAX_CHOICES = 200
MAX_DIGITS = 30
YES, NO = "yes", "no"
PROBLEM_PREFIX = "custom:"
_SHOWN = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_YES = frozenset({"yes", "y", "true", "1", "はい", "有", "有り", "あり", "○", "〇", "済"})
_NO = frozenset({"no", "n", "false", "0", "いいえ", "無", "無し", "なし", "×", "未"})


class MissingFieldName(FixTheInput):
    code = "missing_field_name"
    message = N_("A field needs a name.")
    field = "field_name"


class FieldNameTaken(FixTheInput):
    code = "field_name_taken"
    message = N_("There is already a field “{value}”, perhaps a retired one.")
    field = "field_name"


class MissingChoices(FixTheInput):
    code = "missing_choices"
    message = N_("A choice needs at least two things to choose from, each on a line of its own.")
    field = "field_choices"


class TooManyChoices(FixTheInput):
    code = "too_many_choices"
    message = N_("At most {limit} choices.")
    field = "field_choices"


class FieldNotFound(NotFound):
    code = "field_not_found"
    message = N_("There is no such field.")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field to draw or to check a value by."""

    id: int
    name: str
    kind: FieldKind
    choices: tuple[str, ...]
    retired: bool


def list_fields(session: Session, *, retired: bool = False) -> tuple[FieldRow, ...]:
    """Return the fields in use in their order; `retired` adds the others behind them."""
    query = select(CustomField).order_by(CustomField.retired_at.is_not(None), CustomField.position, CustomField.id)
    if not retired:
        query = query.where(CustomField.retired_at.is_(None))
    return tuple(FieldRow(f.id, f.name, f.kind, tuple(f.choices), f.retired_at is not None) for f in session.scalars(query))


def save_field(
    session: Session,
    actor: User,
    *,
    field_id: int | None = None,
    name: str = "",
    kind: FieldKind,
    choices: Sequence[str] = (),
    now: datetime,
) -> CustomField:
    """Add a field, or change kind and choices of one; its `name` never changes, since the values lie under it.

    Values that a changed kind no longer admits stay until somebody changes them.

    Raises:
        NotAllowed, FieldNotFound, MissingFieldName, FieldNameTaken, TextTooLong, MissingChoices, TooManyChoices.
    """
    require_admin(actor)
    offered = _clean_choices(choices) if kind is FieldKind.CHOICE else []
    if field_id is not None:
        known = _field(session, field_id)
        before = {"kind": known.kind, "choices": list(known.choices)}
        known.kind, known.choices = kind, offered
        session.flush()
        if changes := changes_between(before, {"kind": kind, "choices": offered}):
            _record(session, actor, AuditAction.FIELD_CHANGED, known, {"changes": changes}, now=now)
        return known
    name = _CONTROL.sub(" ", name).strip()
    if not name:
        raise MissingFieldName()
    if len(name) > MAX_NAME:
        raise TextTooLong(field="field_name", limit=MAX_NAME)
    if session.scalar(select(CustomField.id).where(CustomField.name == name)) is not None:
        raise FieldNameTaken(value=name)
    last = session.scalar(select(func.max(CustomField.position)))
    field = CustomField(name=name, kind=kind, choices=offered, position=0 if last is None else last + 1)
    session.add(field)
    session.flush()
    _record(session, actor, AuditAction.FIELD_ADDED, field, {"kind": kind, "choices": offered}, now=now)
    return field


def move_field(session: Session, actor: User, *, field_id: int, up: bool) -> None:
    """Exchange a field in use with its neighbour; at the end of the order nothing happens.

    Raises:
        NotAllowed, FieldNotFound.
    """
    require_admin(actor)
    moved = _field(session, field_id)
    query = select(CustomField).where(CustomField.retired_at.is_(None)).order_by(CustomField.position, CustomField.id).with_for_update()
    fields = list(session.scalars(query))
    if moved not in fields:
        raise FieldNotFound()
    move_by_one(fields, moved, up=up)
    session.flush()


def retire_field(session: Session, actor: User, *, field_id: int, retired: bool = True, now: datetime) -> None:
    """Take a field out of the form, or bring it back; its values stay with the customers either way.

    Raises:
        NotAllowed, FieldNotFound.
    """
    require_admin(actor)
    field = _field(session, field_id)
    if (field.retired_at is not None) == retired:
        return
    field.retired_at = now if retired else None
    session.flush()
    _record(session, actor, AuditAction.FIELD_RETIRED if retired else AuditAction.FIELD_RESTORED, field, {}, now=now)


def _record(
    session: Session, actor: User, action: AuditAction, field: CustomField, details: Mapping[str, object], *, now: datetime
) -> None:
    audit.record(session, actor, action, subject_kind="field", subject_id=field.id, subject=field.name, details=details, now=now)


def undefined_names(session: Session, actor: User, *, limit: int = 50) -> tuple[str, ...]:
    """Return names under which customers hold values although no field defines them, as imports leave them.

    Raises:
        NotAllowed.
    """
    require_admin(actor)
    keys = "json_each(customers.custom)" if session.get_bind().dialect.name == "sqlite" else "json_object_keys(customers.custom) AS key"
    found = session.scalars(text(f"SELECT DISTINCT key FROM customers, {keys} ORDER BY key LIMIT :most"), {"most": limit + MAX_CHOICES})
    defined = set(session.scalars(select(CustomField.name)))
    return tuple(name for name in found if name not in defined)[:limit]


def check_custom(values: Mapping[str, str], fields: Iterable[FieldRow], *, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return `values` as they are kept: those of a defined field in its one form, all others as they are.

    What equals `before` passes: a value older than its field's definition is not the fault of who saves now.

    Raises:
        BadNumber, BadDate, BadChoice: `field` is `custom:` and the name.
    """
    checked = dict(values)
    for field in fields:
        value = checked.get(field.name, "")
        if value and (before is None or before.get(field.name) != value):
            checked[field.name] = typed_value(field, value)
    return checked


def typed_value(field: FieldRow, value: str) -> str:
    """Return `value` as a field of this kind keeps it: a plain number, an ISO date, `yes` or `no`, one of the choices.

    Raises:
        BadNumber, BadDate, BadChoice.
    """
    where, shown = PROBLEM_PREFIX + field.name, value[:_SHOWN]
    plain = unicodedata.normalize("NFKC", value).strip()
    if field.kind is FieldKind.NUMBER:
        return _number(plain, where, shown)
    if field.kind is FieldKind.DATE:
        return _day(plain, where, shown)
    if field.kind is FieldKind.YES_NO:
        word = plain.casefold()
        if word in _YES or word in _NO:
            return YES if word in _YES else NO
        raise BadChoice(field=where, value=shown)
    if field.kind is FieldKind.CHOICE and value not in field.choices:
        same = [choice for choice in field.choices if unicodedata.normalize("NFKC", choice).casefold() == plain.casefold()]
        if len(same) != 1:
            raise BadChoice(field=where, value=shown)
        return same[0]
    return value


def fits(field: FieldRow, value: str) -> bool:
    """True when a stored value is one that `field` would keep as it is; nothing at all fits every field."""
    try:
        return not value or typed_value(field, value) == value
    except FixTheInput:
        return False


def missing_fields(required: Iterable[str], custom: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names in `required` for which a customer has no value, in their order."""
    return tuple(name for name in required if not custom.get(name, "").strip())


def _number(plain: str, where: str, shown: str) -> str:
    if not _NUMBER.fullmatch(plain) or len(plain) > MAX_DIGITS:
        raise BadNumber(field=where, value=shown)
    try:
        number = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        raise BadNumber(field=where, value=shown) from None
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _day(plain: str, where: str, shown: str) -> str:
    match = _DAY.fullmatch(plain)
    try:
        return date(*map(int, match.groups())).isoformat() if match else date.fromisoformat(plain).isoformat()
    except ValueError:
        raise BadDate(field=where, value=shown) from None


def _clean_choices(choices: Sequence[str]) -> list[str]:
    offered = list(dict.fromkeys(choice for raw in choices if (choice := _CONTROL.sub(" ", raw).strip())))
    if len(offered) < 2:
        raise MissingChoices()
    if len(offered) > MAX_CHOICES:
        raise TooManyChoices(limit=MAX_CHOICES)
    if any(len(choice) > MAX_NAME for choice in offered):
        raise TextTooLong(field="field_choices", limit=MAX_NAME)
    return offered


def _field(session: Session, field_id: int) -> CustomField:
    field = session.get(CustomField, field_id)
    if field is None:
        raise FieldNotFound()
    return field
