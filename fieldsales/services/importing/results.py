"""What an import did, or would do; the counts always add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer
from fieldsales.errors import FieldSalesError
from fieldsales.services.importing.likeness import Candidate
from fieldsales.services.importing.rows import Note
from fieldsales.services.pins.locating import LocationCounts, PinState, pin_state

_CHUNK = 5_000


class Fate(StrEnum):
    """What becomes of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken, the reason, and the heading of the column to blame (empty: the row as a whole)."""

    line: int
    cells: tuple[str, ...]
    error: FieldSalesError
    heading: str = ""


@dataclass(frozen=True, slots=True)
class LikelyDuplicate:
    """A row that may mean a customer there already is, and what was done about it."""

    line: int
    name: str
    address: str
    candidates: tuple[Candidate, ...]
    decision: str


@dataclass(slots=True)
class ImportResult:
    """Counts by row: `rows` = created + updated + unchanged + rejected; the places of all but the rejected add up likewise.

    `customer_ids` holds one id per row that was taken (None in a dry run for what is not stored).
    """

    fates: Counter[Fate] = field(default_factory=Counter)
    places: LocationCounts = field(default_factory=LocationCounts)
    rejects: list[Reject] = field(default_factory=list)
    duplicates: list[LikelyDuplicate] = field(default_factory=list)
    notes: Counter[Note] = field(default_factory=Counter)
    customer_ids: list[int] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """All rows of the list."""
        return self.fates.total()

    def counts(self) -> dict[str, int]:
        """Return the counts by the names that scripts rely on."""
        return {"rows": self.rows} | {fate.value: self.fates[fate] for fate in Fate} | places_as_counts(self.places)


def places_as_counts(places: LocationCounts) -> dict[str, int]:
    """Return counts of places by the names that scripts rely on."""
    return {state.value: getattr(places, state.value) for state in PinState}


def count_places(session: Session, customer_ids: list[int]) -> LocationCounts:
    """Count the places of imported rows; a customer that two rows spoke of counts twice, as the rows do."""
    per_customer = Counter(customer_ids)
    ids = sorted(per_customer)
    counts: Counter[str] = Counter()
    for start in range(0, len(ids), _CHUNK):
        query = select(Customer.id, pin_state()).where(Customer.id.in_(ids[start : start + _CHUNK]))
        for customer_id, state in session.execute(query):
            counts[state] += per_customer[customer_id]
    return LocationCounts(**counts)
