"""The filter that map, list, export and a shared link have in common: a value, written to and read from a URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fieldsales.domain.cadence import DueState
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Kind, Stage
from fieldsales.errors import BadChoice, BadNumber, TextTooLong

E = TypeVar("E", Likelihood, Kind, Stage, DueState)
MAX_QUERY = 200
MAX_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Which customers to show; an empty part restricts nothing.

    `owner_ids` may hold 0 for customers without an owner. `team_ids` and `areas` (municipalities as in `Customer.area`) are asked by the
    maps of the manager's page. `not_visited_days` keeps those without a visit in the
    last N days, `due` those that are due or overdue today, `has_problem` those without a good pin. `text` is searched in
    names, kana, address and phone.
    """

    likelihoods: frozenset[Likelihood] = frozenset()
    owner_ids: frozenset[int] = frozenset()
    team_ids: frozenset[int] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    stages: frozenset[Stage] = frozenset()
    tags: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    not_visited_days: int | None = None
    due: frozenset[DueState] = frozenset()
    has_problem: bool = False
    text: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, Sequence[str]]) -> CustomerFilter:
        """Read a filter from URL parameters (each a list; values may also be joined by commas).

        Raises:
            BadChoice, BadNumber, TextTooLong: naming the parameter in `field`.
        """

        def parts(name: str) -> list[str]:
            return [p.strip() for value in query.get(name, ()) for p in value.split(",") if p.strip()]

        text = " ".join(query.get("q", ())).strip()
        if len(text) > MAX_QUERY:
            raise TextTooLong(field="q", limit=MAX_QUERY)
        days = parts("not_visited_days")
        return cls(
            likelihoods=frozenset(_choice(Likelihood, p, "likelihood") for p in parts("likelihood")),
            owner_ids=frozenset(_whole(p, "owner", 2**31 - 1) for p in parts("owner")),
            team_ids=frozenset(_whole(p, "team", 2**31 - 1) for p in parts("team")),
            kinds=frozenset(_choice(Kind, p, "kind") for p in parts("kind")),
            stages=frozenset(_choice(Stage, p, "stage") for p in parts("stage")),
            tags=frozenset(v for v in query.get("tag", ()) if v.strip()),
            areas=frozenset(v for v in query.get("area", ()) if v.strip()),
            not_visited_days=_whole(days[0], "not_visited_days", MAX_DAYS) if days else None,
            due=frozenset(_choice(DueState, p, "due") for p in parts("due")),
            has_problem=parts("problem") == ["1"],
            text=text,
        )

    def to_query(self) -> dict[str, list[str]]:
        """Return the URL parameters from which `from_query` reads the same filter."""
        query: dict[str, list[str]] = {}
        if self.likelihoods:
            query["likelihood"] = [",".join(k.value for k in Likelihood if k in self.likelihoods)]
        if self.owner_ids:
            query["owner"] = [",".join(map(str, sorted(self.owner_ids)))]
        if self.team_ids:
            query["team"] = [",".join(map(str, sorted(self.team_ids)))]
        if self.kinds:
            query["kind"] = [",".join(k.value for k in Kind if k in self.kinds)]
        if self.stages:
            query["stage"] = [",".join(s.value for s in Stage if s in self.stages)]
        if self.tags:
            query["tag"] = sorted(self.tags)
        if self.areas:
            query["area"] = sorted(self.areas)
        if self.not_visited_days is not None:
            query["not_visited_days"] = [str(self.not_visited_days)]
        if self.due:
            query["due"] = [",".join(s.value for s in DueState if s in self.due)]
        if self.has_problem:
            query["problem"] = ["1"]
        if self.text:
            query["q"] = [self.text]
        return query


def _choice(kind: type[E], value: str, field: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise BadChoice(field=field, value=value[:50]) from None


def _whole(value: str, field: str, limit: int) -> int:
    if value.isascii() and value.isdigit() and len(value) <= 10 and int(value) <= limit:
        return int(value)
    raise BadNumber(field=field, value=value[:50])
