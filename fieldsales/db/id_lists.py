"""Thousands of ids as one parameter: a database admits only so many, and reads one statement for all lengths of list."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Integer, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session


def one_of(session: Session, column: InstrumentedAttribute[int] | ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition that `column` is one of `ids`, however many there are."""
    wanted = [int(i) for i in ids]
    if session.get_bind().dialect.name == "sqlite":
        listed: Any = func.json_each(json.dumps(wanted)).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(literal(wanted, ARRAY(Integer)))
