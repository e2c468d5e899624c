"""Invented customers as rows of our tables, with every column that the services would have kept up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fieldsales.demo import records
from fieldsales.demo.check_ins import check_in_rows
from fieldsales.demo.hours import visiting_columns
from fieldsales.demo.inventing import SEED, Invented
from fieldsales.demo.record_rows import RecordKeeper, arrangement_columns, contact_rows, searched_columns
from fieldsales.demo.story import Encounter
from fieldsales.demo.times import moment_of
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.matching import customer_key, search_text
from fieldsales.domain.words import ChangeCause

Row = dict[str, Any]
_WRITTEN_AFTER = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom the rows refer to: ids of users and of their teams by account, ids of tags by name; and which day is today."""

    user_ids: Mapping[str, int]
    team_ids: Mapping[str, int | None]
    tag_ids: Mapping[str, int]
    located_with: str
    zone: ZoneInfo
    today: date


@dataclass(slots=True)
class Rows:
    """The rows of one batch, by table."""

    customers: list[Row] = field(default_factory=list)
    customer_tags: list[Row] = field(default_factory=list)
    visits: list[Row] = field(default_factory=list)
    customer_changes: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    purchases: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    check_ins: list[Row] = field(default_factory=list)


class Bookkeeper:
    """Turns invented customers into rows; visits are numbered on from one batch to the next."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._records = RecordKeeper(cast.user_ids, cast.zone)
        self._references = Random(SEED)
        self._visit_id = 0

    def rows_of(self, batch: Iterable[Invented]) -> Rows:
        """Return the rows of a batch."""
        rows = Rows()
        for invented in batch:
            self._add(rows, invented)
        return rows

    def _add(self, rows: Rows, invented: Invented) -> None:
        created_at = moment_of(invented.created_on, 9 * 60, self._cast.zone)
        rows.customer_changes.append(
            self._change(invented, self._cast.user_ids["manager"], created_at, ChangeCause.CREATE, {"name": (None, invented.name)})
        )
        next_on: date | None = None
        changed_at, version = created_at, 1
        visits = [self._visit(invented, encounter) for encounter in invented.encounters]
        rows.visits += visits
        for encounter, visit in zip(invented.encounters, visits, strict=True):
            changes = _changes(encounter, next_on)
            if changes:
                rows.customer_changes.append(
                    self._change(invented, visit["user_id"], visit["created_at"], ChangeCause.VISIT, changes, visit["id"])
                )
                next_on = encounter.next_on if "next_on" in changes else next_on
                version += 1
            changed_at = visit["created_at"]
        rng = records.draw_of(invented)
        people = records.invent_people(rng, invented)
        rows.contacts += contact_rows(invented, people)
        arrangement = records.arrange(rng, invented, next_on, today=self._cast.today)
        customer = self._customer(invented, created_at, changed_at, next_on, version)
        rows.customers.append(customer | arrangement_columns(arrangement) | visiting_columns(invented) | searched_columns(customer, people))
        rows.purchases += self._records.purchase_rows(rng, invented, today=self._cast.today)
        rows.requests += self._records.request_rows(rng, invented, today=self._cast.today)
        rows.notes += self._records.note_rows(rng, invented)
        rows.check_ins += check_in_rows(rng, invented, visits, today=self._cast.today)
        rows.customer_tags += [{"customer_id": invented.number, "tag_id": self._cast.tag_ids[tag]} for tag in invented.tags]

    def _customer(self, invented: Invented, created_at: datetime, changed_at: datetime, next_on: date | None, version: int) -> Row:
        spot, code, address = invented.spot, f"C{invented.number:06d}", invented.spot.address
        newest = invented.encounters[-1] if invented.encounters else None
        return {
            "id": invented.number, "version": version, "code": code, "name": invented.name, "name_kana": invented.kana,
            "kind": invented.kind, "stage": invented.stage, "likelihood": invented.likelihood, "amount": invented.amount,
            "postal_code": spot.postal_code, "address": address, "area": spot.area, "phone": invented.phone, "email": invented.email,
            "contact_name": invented.contact, "memo": invented.memo, "custom": dict(invented.custom),
            "owner_id": self._cast.user_ids.get(invented.rep), "team_id": self._cast.team_ids.get(invented.rep),
            "next_on": next_on,
            "last_visited_at": moment_of(newest.day, newest.minute, self._cast.zone) if newest else None,
            "archived_at": None, "merged_into_id": None, "pin_confirmed_at": None,
            "created_at": created_at, "changed_at": changed_at,
            "match_key": customer_key(invented.name, address),
            "search_text": search_text(invented.name, invented.kana, code, address, invented.phone, invented.contact, invented.email),
            "lat": spot.lat, "lon": spot.lon, "level": spot.level, "precision_m": spot.precision_m, "provider": spot.provider,
            "matched": spot.matched, "rest": spot.rest, "locate_status": spot.status, "locate_reason": spot.reason,
            "located_with": "" if spot.located else self._cast.located_with, "pinned_by_hand": False,
            "locate_due_at": None, "locate_claim": None, "locate_attempts": 0,
        }  # fmt: skip

    def _visit(self, invented: Invented, encounter: Encounter) -> Row:
        self._visit_id += 1
        visited_at = moment_of(encounter.day, encounter.minute, self._cast.zone)
        return {
            "id": self._visit_id, "client_ref": UUID(int=self._references.getrandbits(128), version=4),
            "customer_id": invented.number, "user_id": self._cast.user_ids[invented.rep],
            "kind": encounter.kind, "outcome": encounter.outcome, "visited_at": visited_at, "note": encounter.note,
            "likelihood_before": encounter.before, "likelihood_after": encounter.after, "next_on": encounter.next_on,
            "created_at": visited_at + _WRITTEN_AFTER, "version": 1, "template_id": None, "deleted_at": None, "deleted_reason": "",
        }  # fmt: skip

    def _change(
        self,
        invented: Invented,
        who: int,
        when: datetime,
        cause: ChangeCause,
        changes: Mapping[str, tuple[Any, Any]],
        visit_id: int | None = None,
    ) -> Row:
        return {
            "customer_id": invented.number, "changed_by_id": who, "changed_at": when, "cause": cause, "visit_id": visit_id,
            "before": {name: _plain(before) for name, (before, _) in changes.items()},
            "after": {name: _plain(after) for name, (_, after) in changes.items()},
        }  # fmt: skip


def _changes(encounter: Encounter, next_on: date | None) -> dict[str, tuple[Any, Any]]:
    """Return what a visit changes, by the rule of `services.visits.visits`: a visit settles the date that was due by then."""
    changes: dict[str, tuple[Any, Any]] = {}
    if encounter.before is not encounter.after:
        changes["likelihood"] = (encounter.before, encounter.after)
    settled = encounter.next_on is None and next_on is not None and next_on <= encounter.day
    if settled or (encounter.next_on is not None and encounter.next_on != next_on):
        changes["next_on"] = (next_on, encounter.next_on)
    return changes


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Likelihood) else value
