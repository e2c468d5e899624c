"""Customers out as a table that people can work on and bring back: reimported untouched it changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, tzinfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from fieldsales.db.id_lists import one_of
from fieldsales.db.models import Customer, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import FieldKind, Kind, Stage
from fieldsales.i18n import text_for
from fieldsales.services import audit
from fieldsales.services.access import require_export, visible_customers
from fieldsales.services.customers.custom_fields import NO, YES, list_fields
from fieldsales.services.customers.customer_search import filtered_customers
from fieldsales.services.customers.due import read_rule
from fieldsales.services.importing.fields import CUSTOM_PREFIX, EXPORT_HEADINGS, TAG_SEPARATOR, Field, field_of_heading
from fieldsales.services.importing.people import names_of_owners
from fieldsales.wording.opening_hours import say_stored

Cell = str | int | float
_BATCH = 1_000
_LETTERS: dict[Likelihood | Kind | Stage, str] = {k: k.value for k in (Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.D)}
_WORDS: dict[str, dict[Likelihood | Kind | Stage, str]] = {
    "ja": {
        **_LETTERS,
        Likelihood.WON: "受注",
        Likelihood.LOST: "失注",
        Likelihood.UNRATED: "",
        Kind.COMPANY: "法人",
        Kind.PERSON: "個人",
        Stage.PROSPECT: "見込み",
        Stage.CLIENT: "取引先",
        Stage.DORMANT: "休眠",
    },
    "en": {
        **_LETTERS,
        Likelihood.WON: "Won",
        Likelihood.LOST: "Lost",
        Likelihood.UNRATED: "",
        Kind.COMPANY: "Company",
        Kind.PERSON: "Person",
        Stage.PROSPECT: "Prospect",
        Stage.CLIENT: "Client",
        Stage.DORMANT: "Dormant",
    },
}
_YES_NO = {"ja": {YES: "はい", NO: "いいえ"}, "en": {YES: "Yes", NO: "No"}}


@dataclass(frozen=True, slots=True)
class Export:
    """A table to write: its headings, how many rows there are, and the rows, read while they are written."""

    header: tuple[str, ...]
    row_count: int
    rows: Iterator[tuple[Cell, ...]]


def export_customers(
    session: Session, actor: User, *, customer_filter: CustomerFilter, locale: str, now: datetime, zone: tzinfo = UTC
) -> Export:
    """Return the customers that the filter admits in `zone`, with headings in the language of `locale`.

    The rows are read while they are taken: keep the session open until they are written.

    Raises:
        NotAllowed: `actor` may not export.
    """
    require_export(actor)
    language = locale if locale in _WORDS else "en"
    rule = read_rule(session, today=now.astimezone(zone).date(), zone=zone) if customer_filter.due else None
    return _export_of(session, filtered_customers(actor, customer_filter, now=now, rule=rule), language)


def export_chosen(session: Session, actor: User, *, customer_ids: Collection[int], locale: str) -> Export:
    """Return the customers among `customer_ids` that `actor` may see and that are not archived, as `export_customers` does.

    Raises:
        NotAllowed: `actor` may not export.
    """
    require_export(actor)
    chosen = visible_customers(actor).where(one_of(session, Customer.id, customer_ids))
    return _export_of(session, chosen, locale if locale in _WORDS else "en")


def _export_of(session: Session, query: Select[Customer], language: str) -> Export:
    ids = list(session.scalars(query.with_only_columns(Customer.id).order_by(Customer.id)))
    custom = _custom_names(session, query)
    header = tuple(names[language] for names in EXPORT_HEADINGS.values()) + tuple(_custom_heading(name, language) for name in custom)
    return Export(header, len(ids), _rows(session, ids, custom, language))


def note_export(session: Session, actor: User, *, customer_filter: CustomerFilter, rows: int, file_name: str, now: datetime) -> None:
    """Keep in the audit log that customers were exported: how many, and by which filter. Call it before the file is handed over."""
    every = CustomerFilter()
    asked = {f.name: value for f in fields(every) if (value := getattr(customer_filter, f.name)) != getattr(every, f.name)}
    audit.record_export(session, actor, AuditAction.CUSTOMERS_EXPORTED, what=file_name, rows=rows, details={"filter": asked}, now=now)


def _custom_names(session: Session, query: Select[Customer]) -> list[str]:
    """Return the names of all fields of the team's own: those in use in their order, then others as they first occur."""
    names: dict[str, None] = dict.fromkeys(field.name for field in list_fields(session))
    for custom in session.scalars(query.with_only_columns(Customer.custom).order_by(Customer.id).execution_options(yield_per=_BATCH)):
        names |= dict.fromkeys(custom)
    return list(names)


def _custom_heading(name: str, language: str) -> str:
    """Return the heading of a field of the team's own, marked when it would be taken for one of ours."""
    mistakable = field_of_heading(name) is not None or name.startswith((*CUSTOM_PREFIX.values(), "["))
    return CUSTOM_PREFIX[language] + name if mistakable else name


def _rows(session: Session, ids: list[int], custom: list[str], language: str) -> Iterator[tuple[Cell, ...]]:
    owners = names_of_owners(session)
    asked = {field.name for field in list_fields(session) if field.kind is FieldKind.YES_NO}
    for start in range(0, len(ids), _BATCH):
        batch = (
            select(Customer).where(Customer.id.in_(ids[start : start + _BATCH])).order_by(Customer.id).options(selectinload(Customer.tags))
        )
        for customer in session.scalars(batch):
            known = _cells(customer, owners, language)
            own = (_own_cell(customer.custom.get(name, ""), name in asked, language) for name in custom)
            yield (*(known[field] for field in EXPORT_HEADINGS), *own)


def _own_cell(value: str, yes_no: bool, language: str) -> str:
    """Return a value of a field of the team's own; はい or いいえ for one that asks for no more."""
    return _YES_NO[language].get(value, value) if yes_no else value


def _cells(customer: Customer, owners: dict[int, str], language: str) -> dict[Field, Cell]:
    words, yes, text = _WORDS[language], _YES_NO[language][YES], text_for(language)
    return {
        Field.RECORD: customer.id,
        Field.CODE: customer.code or "",
        Field.NAME: customer.name,
        Field.NAME_KANA: customer.name_kana,
        Field.KIND: words[customer.kind],
        Field.STAGE: words[customer.stage],
        Field.LIKELIHOOD: words[customer.likelihood],
        Field.AMOUNT: "" if customer.amount is None else customer.amount,
        Field.POSTAL_CODE: customer.postal_code,
        Field.ADDRESS: customer.address,
        Field.PHONE: customer.phone,
        Field.EMAIL: customer.email,
        Field.CONTACT: customer.contact_name,
        Field.OWNER: owners.get(customer.owner_id, "") if customer.owner_id is not None else "",
        Field.CLOSE_MONTH: f"{customer.close_month:%Y-%m}" if customer.close_month else "",
        Field.NEXT_ON: customer.next_on.isoformat() if customer.next_on else "",
        Field.NEXT_TIME: f"{customer.next_time:%H:%M}" if customer.next_time else "",
        Field.NEXT_ACTION: customer.next_action,
        Field.CADENCE: "" if customer.cadence_days is None else customer.cadence_days,
        Field.OPENING_HOURS: say_stored(customer.opening_hours, text).replace("–", "-"),  # Shift_JIS has no such dash
        Field.VISIT_MINUTES: "" if customer.visit_minutes is None else customer.visit_minutes,
        Field.DO_NOT_VISIT: yes if customer.do_not_visit else "",
        Field.DO_NOT_VISIT_REASON: customer.do_not_visit_reason,
        Field.DO_NOT_VISIT_UNTIL: customer.do_not_visit_until.isoformat() if customer.do_not_visit_until else "",
        Field.TAGS: TAG_SEPARATOR.join(tag.name for tag in customer.tags),
        Field.MEMO: customer.memo,
        Field.LAT: "" if customer.lat is None else round(customer.lat, 7),
        Field.LON: "" if customer.lon is None else round(customer.lon, 7),
        Field.PRECISION: "" if customer.precision_m is None else round(customer.precision_m),
    }
