"""The index of the search finds what the text holds, whatever was written, changed or deleted, and by however many characters."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import column, delete, func, insert, inspect, select, table, text, update
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Customer
from fieldsales.db.text_search import holds_word
from fieldsales.domain.matching import search_text
from tests.databases import PostgresDatabases

Make = Callable[..., Customer]
TEXTS = (
    search_text("㈱髙﨑商店", "タカサキショウテン", "香川県高松市番町4-1-10", "087-123-4567"),
    search_text("田中", "タナカ"),
    search_text('O\'Neil & "Söhne" \\ 100% [x] (y) {z} :* | !', "a_b^c"),
    search_text("😀食堂", "カ"),
    search_text("ab"),
    "",
)


def found(session: Session, word: str) -> set[int]:
    return set(session.scalars(select(Customer.id).where(holds_word(word))))


@pytest.fixture
def stored(database: Database, make_customer: Make) -> Database:
    """A database with TEXTS as the search texts of the customers 1, 2, …"""
    for searched in TEXTS:
        customer = make_customer("x")
        with database.write() as session:
            session.execute(update(Customer).where(Customer.id == customer.id).values(search_text=searched))
    return database


def test_every_piece_of_a_text_is_found_and_nothing_else(stored: Database) -> None:
    dice = random.Random(5)
    words = {
        "高崎",
        "たなか",
        "4567",
        "鑿",
        "鑿壺屋",
        "松市番町4",
        "zz",
        "😀",
        "'",
        '"',
        "\\",
        "%",
        "_",
        "*",
        "ab",
        "b",
        "中",
        "\U0010ffff",
    }
    for searched in TEXTS:
        for line in searched.split("\n"):
            for length in (1, 2, 3, 4, len(line)):
                start = dice.randint(0, max(0, len(line) - length))
                words.add(line[start : start + length])
    with stored.read() as session:
        texts = {row.id: row.search_text for row in session.execute(select(Customer.id, Customer.search_text))}
        for word in words - {""}:
            assert found(session, word) == {number for number, searched in texts.items() if word in searched}, word


def test_every_character_of_a_text_is_found_by_itself_the_last_ones_too(stored: Database) -> None:
    with stored.read() as session:
        for number, searched in enumerate(TEXTS, start=1):
            for character in set(searched) - {"\n"}:
                assert number in found(session, character), character
            for line in filter(None, searched.split("\n")):
                assert number in found(session, line[-2:]), line


def test_what_changes_is_found_by_its_new_text_alone(stored: Database) -> None:
    with stored.write() as session:
        session.execute(update(Customer).where(Customer.id == 2).values(search_text="鈴木\nスズキ"))
        session.execute(update(Customer).where(Customer.id == 4).values(search_text=""))
    with stored.read() as session:
        assert (found(session, "田中"), found(session, "鈴木"), found(session, "スズ"), found(session, "食堂")) == (set(), {2}, {2}, set())


def test_a_deleted_customer_leaves_nothing_in_the_index(stored: Database) -> None:
    with stored.write() as session:
        session.execute(delete(Customer))
    with stored.write() as session:
        if stored.is_sqlite:
            assert session.scalar(text("SELECT count(*) FROM customer_search_terms")) == 0
        assert found(session, "高松") == set()


def test_a_change_of_anything_else_leaves_the_index_alone(stored: Database) -> None:
    with stored.write() as session:
        session.get_one(Customer, 1).name = "別の名"
    with stored.read() as session:
        assert found(session, "高崎") == {1}


def test_what_is_taken_back_is_not_in_the_index(stored: Database) -> None:
    with pytest.raises(RuntimeError), stored.write() as session:
        session.execute(update(Customer).where(Customer.id == 2).values(search_text="鈴木"))
        raise RuntimeError
    with stored.read() as session:
        assert (found(session, "鈴木"), found(session, "田中")) == (set(), {2})


def test_a_text_of_a_hundred_thousand_characters_is_stored_and_found_by_its_beginning(database: Database, make_customer: Make) -> None:
    customer = make_customer("長い")
    long = "".join(chr(0x4E00 + i % 20_000) for i in range(100_000))
    with database.write() as session:
        session.execute(update(Customer).where(Customer.id == customer.id).values(search_text=long))
    with database.read() as session:
        assert found(session, long[40_000:40_003]) == {customer.id}


def test_rows_given_in_bulk_keep_their_numbers_and_are_found(database: Database, make_customer: Make) -> None:
    first = make_customer("先")
    row = {"name": "x", "created_at": first.created_at, "changed_at": first.changed_at}
    with database.write() as session:
        session.execute(insert(Customer), [row | {"search_text": f"番号{number:04d}"} for number in range(1500)])
        newest = session.scalar(select(func.max(Customer.id)))
        added = Customer(**row, search_text="最後")
        session.add(added)
        session.flush()
        assert newest is not None
        assert added.id > newest
        assert found(session, "最後") == {added.id}
        assert len(found(session, "番号")) == 1500
        assert len(found(session, "1234")) == 1


@pytest.fixture
def earlier_database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database at the migration before the index."""
    server: PostgresDatabases | None = None
    if database_kind == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'earlier.sqlite3'}")
    else:
        server = request.getfixturevalue("postgres_databases")
        database = Database(server.url_of_empty())
    command.upgrade(database._alembic_config(), "0002")
    yield database
    database.dispose()
    if server is not None:
        server.drop(database.url)


def test_customers_stored_before_the_index_was_made_are_found_by_it(
    earlier_database: Database, make_rows: Callable[[Session], None]
) -> None:
    with earlier_database.write() as session:
        make_rows(session)
    earlier_database.upgrade()
    with earlier_database.read() as session:
        for word, ids in (("高崎", {1}), ("タナカ", {2}), ("中", {2}), ("4567", {1}), ("鈴木", set())):
            assert found(session, word) == ids, word
    with earlier_database.write() as session:
        session.execute(update(Customer).where(Customer.id == 2).values(search_text="鈴木"))
    with earlier_database.read() as session:
        assert (found(session, "鈴木"), found(session, "タナカ")) == ({2}, set())


@pytest.fixture
def make_rows() -> Callable[[Session], None]:
    """Return what stores TEXTS as release after release has: by plain rows, of the columns that its tables had."""

    def make(session: Session) -> None:
        names = [known["name"] for known in inspect(session.connection()).get_columns("customers")]
        there = table("customers", *(column(name) for name in names))
        plain = {"name": "x", "created_at": "2026-11-01 00:00:00", "changed_at": "2026-11-01 00:00:00"}
        for name, known in Customer.__table__.columns.items():
            if name in names and known.default is not None and known.default.is_scalar:
                plain[name] = getattr(known.default.arg, "value", known.default.arg)
        keys = dict.fromkeys(("name_key", "address_key", "phone_key", "email_key"), "")
        session.execute(insert(there), [plain | keys | {"custom": "{}", "search_text": searched} for searched in TEXTS])

    return make
