"""What a person may say of a customer, trimmed and checked before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, time
from typing import Any

from fieldsales.db.models import Customer
from fieldsales.domain import opening_hours
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Kind, Stage
from fieldsales.errors import BadCoordinate, BadEmail, BadNumber, MissingName, NumberOutside, TextTooLong

LIMITS = {
    "code": 100,
    "name": 500,
    "name_kana": 500,
    "postal_code": 16,
    "address": 1000,
    "phone": 100,
    "email": 320,
    "contact_name": 200,
    "next_action": 500,
    "opening_hours": 500,
    "do_not_visit_reason": 500,
    "memo": 100_000,
}
MAX_AMOUNT = 10**15
MAX_TAG = 100
MAX_CADENCE_DAYS = 3650
MAX_VISIT_MINUTES = 600
MAX_CUSTOM_VALUE = 10_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerInput:
    """What a person may say of a customer; `place` is a (lat, lon) that came with the data and needs no search.

    `close_month` is any day of the month meant; the first one is stored. `next_time` without `next_on` means nothing.
    `opening_hours` are as people write them; they are stored in one way (see `domain.opening_hours`).
    """

    name: str
    code: str = ""
    name_kana: str = ""
    kind: Kind = Kind.COMPANY
    stage: Stage = Stage.PROSPECT
    likelihood: Likelihood = Likelihood.UNRATED
    amount: int | None = None
    postal_code: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    contact_name: str = ""
    memo: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    owner_id: int | None = None
    next_on: date | None = None
    next_time: time | None = None
    next_action: str = ""
    close_month: date | None = None
    cadence_days: int | None = None
    opening_hours: str = ""
    visit_minutes: int | None = None
    do_not_visit: bool = False
    do_not_visit_reason: str = ""
    do_not_visit_until: date | None = None
    tags: tuple[str, ...] = ()
    place: tuple[float, float] | None = None


# The fields of CustomerInput that are columns of the same name.
EDITED_COLUMNS = tuple(f.name for f in fields(CustomerInput) if f.name not in ("tags", "place"))


def input_of(customer: Customer) -> CustomerInput:
    """Return what a stored customer (tags loaded) says, as the input that would change nothing."""
    values = {name: getattr(customer, name) for name in EDITED_COLUMNS} | {"code": customer.code or ""}
    return CustomerInput(**values, tags=tuple(tag.name for tag in customer.tags))


def prepare_values(values: CustomerInput) -> CustomerInput:
    """Return `values` trimmed and checked.

    Raises:
        MissingName, TextTooLong, BadEmail, BadNumber, BadCoordinate, BadOpeningHours: naming the field.
    """
    cleaned: dict[str, Any] = {}
    for name, limit in LIMITS.items():
        text = _CONTROL.sub("", str(getattr(values, name))).strip()
        if len(text) > limit:
            raise TextTooLong(field=name, limit=limit)
        cleaned[name] = text
    if not cleaned["name"]:
        raise MissingName()
    if cleaned["email"] and not is_email(cleaned["email"]):
        raise BadEmail(value=cleaned["email"][:50])
    if values.amount is not None and abs(values.amount) > MAX_AMOUNT:
        raise BadNumber(field="amount", value=values.amount)
    if values.cadence_days is not None and not 1 <= values.cadence_days <= MAX_CADENCE_DAYS:
        raise BadNumber(field="cadence_days", value=values.cadence_days)
    if values.visit_minutes is not None and not 1 <= values.visit_minutes <= MAX_VISIT_MINUTES:
        raise NumberOutside(field="visit_minutes", value=values.visit_minutes, lowest=1, highest=MAX_VISIT_MINUTES)
    cleaned["opening_hours"] = opening_hours.tidy(cleaned["opening_hours"])
    if len(cleaned["opening_hours"]) > LIMITS["opening_hours"]:
        raise TextTooLong(field="opening_hours", limit=LIMITS["opening_hours"])
    if values.place is not None:
        check_coordinate(*values.place)
    cleaned["close_month"] = values.close_month.replace(day=1) if values.close_month else None
    return settled(replace(values, **cleaned, tags=_clean_tags(values.tags), custom=_clean_custom(values.custom)))


def settled(values: CustomerInput) -> CustomerInput:
    """Return `values` without what says nothing by itself: a time without its day, a reason and an end for what is not forbidden."""
    if values.next_on is None and values.next_time is not None:
        values = replace(values, next_time=None)
    if not values.do_not_visit and (values.do_not_visit_reason or values.do_not_visit_until):
        values = replace(values, do_not_visit_reason="", do_not_visit_until=None)
    return values


def check_coordinate(lat: float, lon: float) -> None:
    """Raise BadCoordinate unless the point lies on earth; 0, 0 is the sea where lost addresses go."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or (abs(lat) < 1e-6 and abs(lon) < 1e-6):
        raise BadCoordinate()


def is_email(text: str) -> bool:
    """True for what looks like an e-mail address; whether anybody reads it, nobody knows before writing to it."""
    return _EMAIL.fullmatch(text) is not None


def _clean_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    names = [_CONTROL.sub("", tag).strip() for tag in tags]
    if any(len(name) > MAX_TAG for name in names):
        raise TextTooLong(field="tags", limit=MAX_TAG)
    return tuple(sorted({name for name in names if name}))


def _clean_custom(custom: Mapping[str, str]) -> dict[str, str]:
    cleaned = {_CONTROL.sub("", key).strip(): _CONTROL.sub("", value).strip() for key, value in custom.items()}
    if any(len(key) > MAX_TAG or len(value) > MAX_CUSTOM_VALUE for key, value in cleaned.items()):
        raise TextTooLong(field="custom", limit=MAX_CUSTOM_VALUE)
    return {key: value for key, value in cleaned.items() if key and value}
