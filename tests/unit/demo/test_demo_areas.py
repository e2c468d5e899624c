"""The demo's municipalities are those that its addresses name."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from fieldsales.adapters.geocoding.gazetteer import Gazetteer
from fieldsales.db.database import Database
from fieldsales.db.models import Customer
from fieldsales.domain.places import AddressQuery


def test_each_customer_lies_in_the_municipality_that_its_address_names(demo: Database, tmp_path: Path) -> None:
    gazetteer = Gazetteer(tmp_path / "none.sqlite3")
    with demo.read() as session:
        rows = session.execute(select(Customer.address, Customer.postal_code, Customer.area)).all()
    assert len(rows) == 300
    assert {(r.address, r.area) for r in rows} == {(r.address, gazetteer.area_of(AddressQuery(r.address, r.postal_code))) for r in rows}
