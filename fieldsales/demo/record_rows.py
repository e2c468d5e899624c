"""An invented customer's further records as rows of our tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from fieldsales.demo import records
from fieldsales.demo.inventing import Invented
from fieldsales.demo.records import Arrangement, Asked, Person
from fieldsales.demo.times import moment_of
from fieldsales.domain.matching import search_text, with_people
from fieldsales.domain.words import RequestStatus

Row = dict[str, Any]
_NOON = 12 * 60


def arrangement_columns(arrangement: Arrangement) -> Row:
    """Return the columns of a customer that say what was arranged."""
    return {
        "next_time": arrangement.next_time, "next_action": arrangement.next_action, "close_month": arrangement.close_month,
        "cadence_days": arrangement.cadence_days, "do_not_visit": bool(arrangement.do_not_visit_reason),
        "do_not_visit_reason": arrangement.do_not_visit_reason, "do_not_visit_until": arrangement.do_not_visit_until,
    }  # fmt: skip


def contact_rows(invented: Invented, people: tuple[Person, ...]) -> list[Row]:
    """Return the people at a customer."""
    return [
        {
            "customer_id": invented.number, "name": person.name, "name_kana": person.kana, "role": person.role, "phone": person.phone,
            "mobile": person.mobile, "email": person.email, "note": "", "position": position,
        }
        for position, person in enumerate(people)
    ]  # fmt: skip


def searched_columns(customer: Row, people: tuple[Person, ...]) -> Row:
    """Return the text by which a customer is found, the people there included."""
    said = (word for person in people for word in (person.name, person.kana, person.phone, person.mobile, person.email))
    return {"search_text": with_people(customer["search_text"], search_text(*said))} if people else {}


class RecordKeeper:
    """Turns a customer's purchases, requests and notes into rows; `user_ids` are those of the accounts."""

    def __init__(self, user_ids: Mapping[str, int], zone: Any) -> None:
        self._user_ids, self._zone = user_ids, zone

    def purchase_rows(self, rng: Random, invented: Invented, *, today: date) -> list[Row]:
        """Return what the customer bought."""
        return [
            self._signed(rng, invented)
            | {"bought_on": bought.day, "item": bought.item, "amount": bought.amount, "note": "", "created_at": self._at(bought.day)}
            | {"deleted_at": None}
            for bought in records.invent_purchases(rng, invented, today=today)
        ]

    def note_rows(self, rng: Random, invented: Invented) -> list[Row]:
        """Return what was noted."""
        return [
            self._signed(rng, invented) | {"text": note.text, "created_at": self._at(note.day), "edited_at": None, "deleted_at": None}
            for note in records.invent_notes(rng, invented)
        ]

    def request_rows(self, rng: Random, invented: Invented, *, today: date) -> list[Row]:
        """Return what the customer asked for or complained of."""
        return [self._request_row(rng, invented, asked) for asked in records.invent_requests(rng, invented, today=today)]

    def _request_row(self, rng: Random, invented: Invented, asked: Asked) -> Row:
        rep = self._user_ids[invented.rep]
        answered = asked.status is not RequestStatus.OPEN
        closed = asked.status is RequestStatus.CLOSED
        answered_at = self._at(asked.done_on or asked.day + timedelta(days=2)) if answered else None
        return {
            "version": 1 + answered + closed, "client_ref": _reference(rng), "customer_id": invented.number,
            "kind": asked.kind, "status": asked.status, "text": asked.text, "answer": asked.answer, "due_on": asked.due,
            "assigned_to_id": rep, "opened_by_id": rep, "opened_at": self._at(asked.day),
            "answered_by_id": rep if answered else None, "answered_at": answered_at,
            "closed_by_id": rep if closed else None, "closed_at": answered_at if closed else None,
        }  # fmt: skip

    def _signed(self, rng: Random, invented: Invented) -> Row:
        return {"client_ref": _reference(rng), "customer_id": invented.number, "user_id": self._user_ids[invented.rep]}

    def _at(self, day: date) -> datetime:
        return moment_of(day, _NOON, self._zone)


def _reference(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)
