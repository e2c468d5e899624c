"""The filter that every view of the manager's page has in common: whose, when, which customers; written to and read from a URL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fieldsales.domain.spans import Span, SpanKind
from fieldsales.errors import BadChoice, BadNumber, TextTooLong

PARAMETERS = ("team", "rep", "period", "tag", "area")
MOST_CHOSEN = 200
LONGEST_WORD = 200
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL refuses to be asked for these


@dataclass(frozen=True, slots=True)
class TeamFilter:
    """What to look at; an empty part restricts nothing.

    `team_ids` and `user_ids` say whose: the people for what was done, the owners for what is had. `tags` (any of them) and `areas`
    (municipalities as in `Customer.area`) say which customers, for both. `span` is when, in the days of who looks.
    """

    span: Span
    team_ids: frozenset[int] = frozenset()
    user_ids: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()

    @classmethod
    def from_query(cls, query: Mapping[str, Sequence[str]], *, today: date) -> TeamFilter:
        """Read a filter from URL parameters; without a period it is the month of `today`.

        Raises:
            BadChoice, BadNumber, TextTooLong: naming the parameter in `field`.
        """
        period = [text for text in query.get("period", ()) if text.strip()]
        return cls(
            span=Span.read(period[0]) if period else Span.around(SpanKind.MONTH, today),
            team_ids=_numbers(query, "team"),
            user_ids=_numbers(query, "rep"),
            tags=_texts(query, "tag"),
            areas=_texts(query, "area"),
        )

    def to_query(self, *, today: date) -> dict[str, list[str]]:
        """Return the URL parameters from which `from_query` reads the same filter on the same day."""
        query: dict[str, list[str]] = {}
        if self.team_ids:
            query["team"] = [",".join(map(str, sorted(self.team_ids)))]
        if self.user_ids:
            query["rep"] = [",".join(map(str, sorted(self.user_ids)))]
        if self.span != Span.around(SpanKind.MONTH, today):
            query["period"] = [str(self.span)]
        if self.tags:
            query["tag"] = sorted(self.tags)
        if self.areas:
            query["area"] = sorted(self.areas)
        return query

    def during(self, span: Span) -> TeamFilter:
        """Return the same filter for another span."""
        return replace(self, span=span)


def _numbers(query: Mapping[str, Sequence[str]], name: str) -> frozenset[int]:
    parts = [part.strip() for value in query.get(name, ()) for part in value.split(",") if part.strip()]
    if len(parts) > MOST_CHOSEN:
        raise BadNumber(field=name, value=str(len(parts)))
    for part in parts:
        if not (part.isascii() and part.isdigit() and len(part) <= 9):
            raise BadNumber(field=name, value=part[:50])
    return frozenset(map(int, parts))


def _texts(query: Mapping[str, Sequence[str]], name: str) -> frozenset[str]:
    texts = frozenset(text.strip() for text in query.get(name, ()) if text.strip())
    if strange := sorted(text for text in texts if _UNSTORABLE.search(text)):
        raise BadChoice(field=name, value=_UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", strange[0])[:50])
    if len(texts) > MOST_CHOSEN or any(len(text) > LONGEST_WORD for text in texts):
        raise TextTooLong(field=name, limit=LONGEST_WORD)
    return texts
