"""Finding a word inside the search text of customers, or of the audit log, by an index: every run of three characters is in it.

Most Japanese words that people look for have one or two characters, fewer than such a run. They are found as the
beginnings of runs; two line ends behind the text let its last characters begin one too. SQLite keeps the runs in an FTS5
table that triggers keep up to date, PostgreSQL in a GIN index on what `customer_search_runs` makes of the text: both
without an extension, and without a column that somebody could forget to write. Migrations 0003 and 0005 make them;
decision 0011 says why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from fieldsales.db.models import AuditEvent, Customer

RUN = 3
_COMMON = re.compile("[!-~]")
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Searched:
    """A table whose texts are indexed: its key, its texts, and the name of the FTS5 table that SQLite keeps their runs in."""

    key: InstrumentedAttribute[int]
    text: InstrumentedAttribute[str]
    runs: str


CUSTOMERS = Searched(Customer.id, Customer.search_text, "customer_search")
AUDIT_LOG = Searched(AuditEvent.id, AuditEvent.search_text, "audit_search")


def holds_word(word: str) -> ColumnElement[bool]:
    """Return the condition that `word` (folded, without blanks) occurs in a customer's search text.

    The index finds who may have it, the text itself has the last word. A single Latin letter or digit is in so many
    texts that reading them all is faster than gathering what the index says.
    """
    occurs = Customer.search_text.contains(word, autoescape=True)
    return occurs if _COMMON.fullmatch(word) else and_(index_has([word], CUSTOMERS), occurs)


def index_has(words: Sequence[str], searched: Searched) -> ColumnElement[bool]:
    """Return the condition that the index knows the runs of all `words`: true wherever they occur, and in a few other places.

    Long words are one question: of two that half the texts have each, the index itself finds the few that have both.
    """
    long = [word for word in words if len(word) >= RUN]
    short = [_HasBeginning(word, searched) for word in words if len(word) < RUN]
    return and_(*([_HasRuns(long, searched)] if long else []), *short)


def in_models(name: str | None, _kind: str, _parents: Any) -> bool:
    """Tell Alembic (`include_name`) which tables and indexes the models know: all but those of the search."""
    return not (name or "").startswith(("customer_search", "ix_customers_search", "audit_search", "ix_audit_events_search"))


class _IndexSays(FunctionElement[bool]):
    """A condition that each database has its own words for."""

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:
        """Stand in AND and OR as it is: written as `… = 1`, SQLite would no longer look anything up by it."""
        return self


class _HasRuns(_IndexSays):
    """The index knows every run of the words: key, text, FTS5 table, then the question as FTS5 and as PostgreSQL want it."""

    inherit_cache = True

    def __init__(self, words: Sequence[str], searched: Searched) -> None:
        runs = list(dict.fromkeys(word[at : at + RUN] for word in words for at in range(len(word) - RUN + 1)))
        in_fts5 = " AND ".join('"' + run.replace('"', '""') + '"' for run in runs)
        super().__init__(*_where(searched), literal(in_fts5), literal(" & ".join(map(_lexeme, runs))))


class _HasBeginning(_IndexSays):
    """The index knows a run that begins with the word: key, text, FTS5 table, the word, what sorts after such runs, the lexeme."""

    inherit_cache = True

    def __init__(self, word: str, searched: Searched) -> None:
        super().__init__(*_where(searched), literal(word), literal(word + _LAST_CHARACTER), literal(_lexeme(word) + ":*"))


def _lexeme(text: str) -> str:
    """Return `text` as one lexeme of a tsquery, whatever signs it holds."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _where(searched: Searched) -> tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]:
    return searched.key, searched.text, literal_column(searched.runs)


def _parts(element: FunctionElement[bool], compiler: SQLCompiler, *numbers: int) -> list[str]:
    clauses = list(element.clauses)
    return [compiler.process(clauses[number]) for number in numbers]


@compiles(_HasRuns, "sqlite")
def _runs_in_fts5(element: _HasRuns, compiler: SQLCompiler, **_options: Any) -> str:
    key, runs, asked = _parts(element, compiler, 0, 2, 3)
    return f"{key} IN (SELECT rowid FROM {runs} WHERE {runs} MATCH {asked})"


@compiles(_HasBeginning, "sqlite")
def _beginning_in_fts5(element: _HasBeginning, compiler: SQLCompiler, **_options: Any) -> str:
    key, runs, first, last = _parts(element, compiler, 0, 2, 3, 4)
    terms = f"SELECT group_concat('\"' || replace(term, '\"', '\"\"') || '\"', ' OR ') FROM {runs}_terms"
    asked = f"coalesce(({terms} WHERE term >= {first} AND term < {last}), '\"\"')"
    return f"{key} IN (SELECT rowid FROM {runs} WHERE {runs} MATCH {asked})"


@compiles(_HasRuns, "postgresql")
def _runs_in_gin(element: _HasRuns, compiler: SQLCompiler, **_options: Any) -> str:
    searched, asked = _parts(element, compiler, 1, 4)
    return f"customer_search_runs({searched}) @@ CAST({asked} AS tsquery)"


@compiles(_HasBeginning, "postgresql")
def _beginning_in_gin(element: _HasBeginning, compiler: SQLCompiler, **_options: Any) -> str:
    searched, asked = _parts(element, compiler, 1, 5)
    return f"customer_search_runs({searched}) @@ CAST({asked} AS tsquery)"
