"""Finding a word inside `Customer.search_text` by an index: every run of three characters of the text is in it.

Most Japanese words that people look for have one or two characters, fewer than such a run. They are found as the
beginnings of runs; two line ends behind the text let its last characters begin one too. SQLite keeps the runs in an FTS5
table that triggers keep up to date, PostgreSQL in a GIN index on what `customer_search_runs` makes of the text: both
without an extension, and without a column that somebody could forget to write. Migration 0003 makes them; decision 0011
says why.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from fieldsales.db.models import Customer

RUN = 3
_COMMON = re.compile("[!-~]")
_LAST_CHARACTER = "\U0010ffff"


def holds_word(word: str) -> ColumnElement[bool]:
    """Return the condition that `word` (folded, without blanks) occurs in a customer's search text.

    The index finds who may have it, the text itself has the last word. A single Latin letter or digit is in so many
    texts that reading them all is faster than gathering what the index says.
    """
    occurs = Customer.search_text.contains(word, autoescape=True)
    if _COMMON.fullmatch(word):
        return occurs
    return and_(_HasRuns(word) if len(word) >= RUN else _HasBeginning(word), occurs)


def in_models(name: str | None, _kind: str, _parents: Any) -> bool:
    """Tell Alembic (`include_name`) which tables and indexes the models know: all but those of the search."""
    return not (name or "").startswith(("customer_search", "ix_customers_search"))


class _IndexSays(FunctionElement[bool]):
    """A condition that each database has its own words for."""

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:
        """Stand in AND and OR as it is: written as `… = 1`, SQLite would no longer look anything up by it."""
        return self


class _HasRuns(_IndexSays):
    """The index knows every run of the word: id, text, then the question as FTS5 and as PostgreSQL want it."""

    inherit_cache = True

    def __init__(self, word: str) -> None:
        runs = [word[at : at + RUN] for at in range(len(word) - RUN + 1)]
        in_fts5 = " AND ".join('"' + run.replace('"', '""') + '"' for run in runs)
        super().__init__(Customer.id, Customer.search_text, literal(in_fts5), literal(" & ".join(map(_lexeme, runs))))


class _HasBeginning(_IndexSays):
    """The index knows a run that begins with the word: id, text, the word, what sorts after all such runs, the lexeme."""

    inherit_cache = True

    def __init__(self, word: str) -> None:
        super().__init__(Customer.id, Customer.search_text, literal(word), literal(word + _LAST_CHARACTER), literal(_lexeme(word) + ":*"))


def _lexeme(text: str) -> str:
    """Return `text` as one lexeme of a tsquery, whatever signs it holds."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _parts(element: FunctionElement[bool], compiler: SQLCompiler, *numbers: int) -> list[str]:
    clauses = list(element.clauses)
    return [compiler.process(clauses[number]) for number in numbers]


@compiles(_HasRuns, "sqlite")
def _runs_in_fts5(element: _HasRuns, compiler: SQLCompiler, **_options: Any) -> str:
    customer_id, asked = _parts(element, compiler, 0, 2)
    return f"{customer_id} IN (SELECT rowid FROM customer_search WHERE customer_search MATCH {asked})"


@compiles(_HasBeginning, "sqlite")
def _beginning_in_fts5(element: _HasBeginning, compiler: SQLCompiler, **_options: Any) -> str:
    customer_id, first, last = _parts(element, compiler, 0, 2, 3)
    runs = "SELECT group_concat('\"' || replace(term, '\"', '\"\"') || '\"', ' OR ') FROM customer_search_terms"
    asked = f"coalesce(({runs} WHERE term >= {first} AND term < {last}), '\"\"')"
    return f"{customer_id} IN (SELECT rowid FROM customer_search WHERE customer_search MATCH {asked})"


@compiles(_HasRuns, "postgresql")
def _runs_in_gin(element: _HasRuns, compiler: SQLCompiler, **_options: Any) -> str:
    searched, asked = _parts(element, compiler, 1, 3)
    return f"customer_search_runs({searched}) @@ CAST({asked} AS tsquery)"


@compiles(_HasBeginning, "postgresql")
def _beginning_in_gin(element: _HasBeginning, compiler: SQLCompiler, **_options: Any) -> str:
    searched, asked = _parts(element, compiler, 1, 4)
    return f"customer_search_runs({searched}) @@ CAST({asked} AS tsquery)"
