"""Rows that were not taken, as a table to put right and bring back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from fieldsales.domain.tables import UNCALCULATED, restored
from fieldsales.errors import FieldSalesError
from fieldsales.services.importing.columns import Heading
from fieldsales.services.importing.fields import REASON_HEADINGS
from fieldsales.services.importing.results import Reject

Sentence = Callable[[FieldSalesError], str]


def reason_of(reject: Reject, sentence: Sentence) -> str:
    """Return why a row was not taken, the column to blame first."""
    return f"{reject.heading}: {sentence(reject.error)}" if reject.heading else sentence(reject.error)


def rejects_header(heading: Heading, *, locale: str) -> tuple[str, ...]:
    """Return the headings of the list and one more for the reason; an import leaves that one out."""
    return (*heading.names, REASON_HEADINGS.get(locale, REASON_HEADINGS["en"]))


def rejects_rows(heading: Heading, rejects: Iterable[Reject], sentence: Sentence) -> Iterator[tuple[str, ...]]:
    """Yield the rows as they came, each with its reason."""
    width = len(heading.names)
    for reject in rejects:
        cells = ["" if cell == UNCALCULATED else restored(cell) for cell in reject.cells]
        cells += [""] * (width - len(cells))
        # A row with too many cells keeps them, after the reason.
        yield (*cells[:width], reason_of(reject, sentence), *cells[width:])


def reasons_by_count(rejects: Sequence[Reject], sentence: Sentence) -> list[tuple[str, int]]:
    """Return each reason and how many rows it kept out, the most frequent first."""
    return Counter(reason_of(reject, sentence) for reject in rejects).most_common()
