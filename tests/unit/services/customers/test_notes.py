"""Notes are written once, changed by their author or a manager, never overwritten unseen, and come back after a deletion."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Note, User
from fieldsales.errors import CustomerNotFound, NotAllowed, NotFound, TextTooLong
from fieldsales.services.customers import notes
from fieldsales.services.customers.notes import EmptyNote, NoteChanged

Make = Callable[..., Customer]


def add(
    database: Database, actor: User, customer: Customer, now: datetime, text: str = "鍵は隣の店", client_ref: UUID | None = None
) -> Note:
    with database.write() as session:
        return notes.add_note(session, actor, customer_id=customer.id, text=text, client_ref=client_ref or uuid4(), now=now)


def edit(database: Database, actor: User, note: Note, now: datetime, text: str, *, version: int) -> Note:
    with database.write() as session:
        return notes.edit_note(session, actor, note_id=note.id, version=version, text=text, now=now)


def read(database: Database, actor: User, note: Note) -> notes.NoteRow:
    with database.read() as session:
        return notes.read_note(session, actor, note_id=note.id)


@pytest.mark.parametrize("text", ["x" * 100_000, "😀", "<script>alert(1)</script>", "一行\n二行", "\u05d0\u05d1"])
def test_whatever_a_person_writes_is_kept_as_it_is(database: Database, aiko: User, make_customer: Make, now: datetime, text: str) -> None:
    assert read(database, aiko, add(database, aiko, make_customer(owner=aiko), now, text)).text == text


@pytest.mark.parametrize(("text", "error"), [("", EmptyNote), ("  \n\x00", EmptyNote), ("x" * 100_001, TextTooLong)])
def test_no_text_and_too_much_of_it_are_refused_beside_the_field(
    database: Database, aiko: User, make_customer: Make, now: datetime, text: str, error: type[EmptyNote] | type[TextTooLong]
) -> None:
    with pytest.raises(error) as refused:
        add(database, aiko, make_customer(owner=aiko), now, text)
    assert refused.value.field == "note_text"


def test_tapping_save_many_times_writes_one_note(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    with ThreadPoolExecutor(4) as pool:
        ids = {note.id for note in pool.map(lambda _: add(database, aiko, customer, now, client_ref=client_ref), range(4))}
    with database.read() as session:
        assert len(ids) == session.scalar(select(func.count(Note.id))) == 1


def test_two_who_change_a_note_at_once_both_see_what_the_other_wrote(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime
) -> None:
    note = add(database, aiko, make_customer(owner=aiko), now)
    edit(database, chie, note, now, "鍵は管理人室", version=1)
    with pytest.raises(NoteChanged) as refused:
        edit(database, aiko, note, now, "鍵は交番", version=1)
    assert (refused.value.current, refused.value.version) == ("鍵は管理人室", 2)
    edit(database, aiko, note, now, "鍵は交番", version=refused.value.version)
    assert read(database, chie, note).text == "鍵は交番"
    assert read(database, chie, note).edited_at == now


def test_saving_what_is_there_already_is_no_change(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    note = add(database, aiko, make_customer(owner=aiko), now)
    edit(database, aiko, note, now, note.text, version=99)
    assert (read(database, aiko, note).version, read(database, aiko, note).edited_at) == (1, None)


def test_a_deleted_note_is_gone_until_it_is_brought_back(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    note = add(database, aiko, make_customer(owner=aiko), now)
    with database.write() as session:
        notes.delete_note(session, aiko, note_id=note.id, now=now)
    with pytest.raises(NotFound):
        read(database, aiko, note)
    with pytest.raises(NotFound):
        edit(database, aiko, note, now, "また", version=2)
    with database.write() as session:
        notes.restore_note(session, aiko, note_id=note.id)
    assert read(database, aiko, note).text == "鍵は隣の店"


def test_a_stranger_reads_and_changes_nothing(database: Database, aiko: User, botan: User, make_customer: Make, now: datetime) -> None:
    note = add(database, aiko, customer := make_customer(owner=aiko), now)
    with pytest.raises(CustomerNotFound):
        add(database, botan, customer, now)
    with pytest.raises(NotFound):
        read(database, botan, note)
    with pytest.raises(NotFound):
        edit(database, botan, note, now, "x", version=1)
    for act in (lambda s: notes.delete_note(s, botan, note_id=note.id, now=now), lambda s: notes.restore_note(s, botan, note_id=note.id)):
        with pytest.raises(NotFound), database.write() as session:
            act(session)


def test_a_colleague_reads_a_note_and_does_not_change_it(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    note = add(database, people["dai"], make_customer(owner=people["aiko"]), now)
    assert not read(database, people["aiko"], note).may_change
    with pytest.raises(NotAllowed):
        edit(database, people["aiko"], note, now, "x", version=1)
    with pytest.raises(NotAllowed), database.write() as session:
        notes.delete_note(session, people["aiko"], note_id=note.id, now=now)


def test_a_disabled_user_writes_nothing(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    note = add(database, aiko, customer := make_customer(owner=aiko), now)
    aiko.disabled_at = now
    with pytest.raises(NotAllowed):
        add(database, aiko, customer, now)
    with pytest.raises(NotAllowed):
        edit(database, aiko, note, now, "x", version=1)
