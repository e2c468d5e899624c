"""What a rep does and sees while recording a visit, for the tests of the screen."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User, Visit, VisitDraft
from tests.app.conftest import OpenApp


def visits(database: Database) -> list[Visit]:
    with database.read() as session:
        return list(session.scalars(select(Visit).where(Visit.deleted_at.is_(None))))


def drafts(database: Database) -> list[VisitDraft]:
    with database.read() as session:
        return list(session.scalars(select(VisitDraft)))


def stored(database: Database, customer: Customer) -> Customer:
    with database.read() as session:
        return session.get_one(Customer, customer.id)


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def open_card(open_app: OpenApp, user: User, customer: Customer, **query: str) -> AppTest:
    return open_app(user, "map", customer=str(customer.id), **query)


def open_form(open_app: OpenApp, user: User, customer: Customer) -> AppTest:
    """Open the form as it opens over any screen."""
    return open_app(user, "account", visit="new", visit_of=str(customer.id))


def address_of(app: AppTest) -> dict[str, str]:
    """Return the open form as the URL names it."""
    said = {name: app.query_params[name] for name in ("visit", "visit_of")}
    return {name: value if isinstance(value, str) else value[0] for name, value in said.items()}


def type_note(app: AppTest, text: str) -> AppTest:
    """Send a text as the note's script in the browser does."""
    app.session_state["visit_note"] = {"note": {"ref": address_of(app)["visit"], "text": text, "n": str(uuid4())}}
    return app.run()


def has(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)
