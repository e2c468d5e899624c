"""Rows of whole numbers come as they were asked for, many at once."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, case, column, select, values

from fieldsales.db.database import Database
from fieldsales.db.models import Customer
from fieldsales.db.number_rows import read_numbers
from tests.conftest import CustomerFactory


def test_numbers_come_in_the_order_of_the_query_negative_ones_too(database: Database) -> None:
    pairs = [(number, (-1) ** number * number**4) for number in range(2_000)]
    given = values(column("place", Integer), column("number", BigInteger), name="given").data(pairs).cte("given")
    with database.read() as session:
        found = read_numbers(session, select(given.c.number, given.c.place).order_by(given.c.place.desc()))
    assert [tuple(row) for row in found.tolist()] == [(number, place) for place, number in reversed(pairs)]


def test_no_rows_are_an_array_of_no_rows_with_all_columns(database: Database, make_customer: CustomerFactory) -> None:
    make_customer()
    nothing = select(Customer.id, case((Customer.lat.is_(None), 1), else_=0)).where(Customer.id < 0)
    with database.read() as session:
        assert read_numbers(session, nothing).shape == (0, 2)
