"""A visit in the making is kept at every step, belongs to its author alone, and becomes one visit."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User, Visit, VisitDraft
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.visit_answers import VisitAnswers
from fieldsales.domain.words import Outcome, VisitKind
from fieldsales.errors import CustomerNotFound, DatabaseBusy, NotAllowed, NotFound, TextTooLong
from fieldsales.services.visits import visit_drafts
from fieldsales.services.visits.visits import MAX_NOTE, record_visit, undo_visit
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")


def save(
    database: Database, actor: User, customer: Customer, now: datetime, *, client_ref: UUID | None = None, **said: Any
) -> visit_drafts.Draft:
    with database.write() as session:
        return visit_drafts.save_draft(
            session, actor, customer_id=customer.id, client_ref=client_ref or uuid4(), answers=VisitAnswers(**said), now=now
        )


def record(database: Database, actor: User, customer: Customer, now: datetime, client_ref: UUID, **said: Any) -> Visit:
    with database.write() as session:
        return record_visit(
            session,
            actor,
            customer_id=customer.id,
            client_ref=client_ref,
            visited_at=now,
            outcome=Outcome.MET,
            zone=TOKYO,
            now=now,
            **said,
        )


def count(database: Database, model: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def found(database: Database, actor: User, client_ref: UUID) -> visit_drafts.Draft | None:
    with database.read() as session:
        return visit_drafts.find_draft(session, actor, client_ref=client_ref)


def listed(database: Database, actor: User) -> list[str]:
    with database.read() as session:
        return [row.customer_name for row in visit_drafts.list_drafts(session, actor)]


def test_a_draft_comes_back_as_it_was_said(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    said = VisitAnswers(
        kind=VisitKind.CALL,
        outcome=Outcome.QUOTE,
        likelihood=Likelihood.A,
        next_on=now.date(),
        next_time=now.time(),
        next_action="見積",
        note="一行目\n二行目 😀",
        custom={"競合": "A社"},
    )
    customer, client_ref = make_customer(owner=aiko), uuid4()
    with database.write() as session:
        visit_drafts.save_draft(session, aiko, customer_id=customer.id, client_ref=client_ref, answers=said, now=now)
    draft = found(database, aiko, client_ref)
    assert draft is not None
    assert draft.answers == said


def test_several_drafts_wait_side_by_side_newest_first(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    for minute, name in enumerate(["甲", "乙", "丙"]):
        save(database, aiko, make_customer(name, owner=aiko), now + timedelta(minutes=minute), note=name)
    save(database, aiko, make_customer("触っただけ", owner=aiko), now, kind=VisitKind.CALL)
    assert listed(database, aiko) == ["丙", "乙", "甲"]


def test_the_form_of_a_customer_with_a_draft_continues_it(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    draft = save(database, aiko, customer, now, note="途中")
    with database.read() as session:
        assert visit_drafts.reference_for(session, aiko, customer_id=customer.id) == draft.client_ref


def test_two_phones_that_open_the_same_untouched_form_mean_the_same_visit(
    database: Database, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with database.read() as session:
        one, other = (visit_drafts.reference_for(session, aiko, customer_id=customer.id) for _ in range(2))
        somebody = visit_drafts.reference_for(session, botan, customer_id=customer.id)
    assert one == other != somebody
    record(database, aiko, customer, now, one)
    with database.read() as session:
        assert visit_drafts.reference_for(session, aiko, customer_id=customer.id) != one  # the next visit is another one


def test_recording_takes_the_draft_in_the_same_transaction(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    draft = save(database, aiko, customer, now, note="途中")
    with pytest.raises(TextTooLong):
        record(database, aiko, customer, now, draft.client_ref, note="x" * (MAX_NOTE + 1))
    assert (count(database, VisitDraft), count(database, Visit)) == (1, 0)
    record(database, aiko, customer, now, draft.client_ref, note="途中")
    assert (count(database, VisitDraft), count(database, Visit)) == (0, 1)


def test_what_comes_after_the_visit_was_recorded_is_told_so(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    visit = record(database, aiko, customer, now, client_ref)
    with pytest.raises(visit_drafts.VisitRecorded) as told:
        save(database, aiko, customer, now, client_ref=client_ref, note="遅れて届いた")
    assert told.value.visit_id == visit.id


def test_a_strangers_draft_is_neither_seen_nor_touched(
    database: Database, people: dict[str, User], make_customer: CustomerFactory, now: datetime
) -> None:
    aiko, botan, dai = people["aiko"], people["botan"], people["dai"]
    customer = make_customer(owner=aiko)
    draft = save(database, aiko, customer, now, note="私の")
    assert found(database, dai, draft.client_ref) is None
    assert listed(database, dai) == []
    for person in (botan, dai):
        with pytest.raises(CustomerNotFound):
            save(database, person, customer, now, client_ref=draft.client_ref, note="他人の")
        with pytest.raises(NotFound), database.write() as session:
            visit_drafts.discard_draft(session, person, client_ref=draft.client_ref, now=now)
    with database.read() as session:
        assert visit_drafts.own_reference(session, dai, client_ref=draft.client_ref, customer_id=customer.id) != draft.client_ref


def test_a_disabled_user_keeps_no_draft(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    with database.read() as session:
        gone = session.get_one(User, aiko.id)
    with pytest.raises(NotAllowed):
        save(database, gone, customer, now, note="x")


def test_a_draft_thrown_away_comes_back_whole(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    draft = save(database, aiko, customer, now, note="惜しい")
    with database.write() as session:
        thrown = visit_drafts.discard_draft(session, aiko, client_ref=draft.client_ref, now=now + timedelta(hours=2))
    assert listed(database, aiko) == []
    with database.write() as session:
        visit_drafts.restore_draft(session, aiko, draft=thrown, thrown_at=now + timedelta(hours=2), now=now + timedelta(hours=2))
    back = found(database, aiko, draft.client_ref)
    assert back is not None
    assert (back.answers.note, back.created_at) == ("惜しい", now)


def test_a_draft_brought_back_takes_nothing_from_what_was_begun_anew(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    draft = save(database, aiko, customer, now, note="前の話", outcome=Outcome.ABSENT)
    with database.write() as session:
        thrown = visit_drafts.discard_draft(session, aiko, client_ref=draft.client_ref, now=now)
    save(database, aiko, customer, now, client_ref=draft.client_ref, note="新しい話", next_action="電話する")
    with database.write() as session:
        back = visit_drafts.restore_draft(session, aiko, draft=thrown, thrown_at=now, now=now).answers
    assert (back.note, back.next_action, back.outcome) == ("前の話\n新しい話", "電話する", Outcome.ABSENT)


def test_a_visit_taken_back_gives_the_next_action_back_with_its_day_and_time(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    customer, friday = make_customer(owner=aiko), today + timedelta(days=6)
    visit = record(database, aiko, customer, now, uuid4(), next_on=friday, next_time=time(14, 0), next_action="見積を持参")
    with database.write() as session:
        draft_ref = undo_visit(session, aiko, visit_id=visit.id, now=now)
    assert draft_ref is not None
    draft = found(database, aiko, draft_ref)
    assert draft is not None
    assert (draft.answers.next_action, draft.answers.next_on, draft.answers.next_time) == ("見積を持参", friday, time(14, 0))


def test_a_visit_taken_back_gives_its_note_back_as_a_draft_and_a_late_copy_does_not_revive_it(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    visit = record(database, aiko, customer, now, client_ref, note="長い文章")
    with database.write() as session:
        draft_ref = undo_visit(session, aiko, visit_id=visit.id, now=now)
    assert draft_ref is not None
    draft = found(database, aiko, draft_ref)
    assert draft is not None
    assert draft.answers.note == "長い文章"
    late = record(database, aiko, customer, now, client_ref, note="長い文章")
    assert late.id == visit.id
    assert late.deleted_at is not None
    assert count(database, Visit) == 1


def test_a_note_beyond_what_fits_is_refused_and_the_last_good_one_stays(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    save(database, aiko, customer, now, client_ref=client_ref, note="x" * MAX_NOTE)
    with pytest.raises(TextTooLong):
        save(database, aiko, customer, now, client_ref=client_ref, note="x" * (MAX_NOTE + 1))
    draft = found(database, aiko, client_ref)
    assert draft is not None
    assert len(draft.answers.note) == MAX_NOTE


KILLED = """
    import os, sys
    from datetime import datetime
    from uuid import UUID
    from zoneinfo import ZoneInfo
    from fieldsales.db.database import Database
    from fieldsales.db.models import User
    from fieldsales.domain.words import Outcome
    from fieldsales.services.visits.visits import record_visit

    url, user_id, customer_id, client_ref, now = sys.argv[1:]
    database, now = Database(url), datetime.fromisoformat(now)
    with database.read() as session:
        actor = session.get_one(User, int(user_id))
    with database.write() as session:
        record_visit(session, actor, customer_id=int(customer_id), client_ref=UUID(client_ref), visited_at=now,
                     outcome=Outcome.MET, note="途中で落ちた", zone=ZoneInfo("Asia/Tokyo"), now=now)
    os.kill(os.getpid(), 9)  # committed, and nobody was told
"""


def test_a_server_killed_between_save_and_answer_has_recorded_once_after_the_retry(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    draft = save(database, aiko, customer, now, note="途中で落ちた")
    arguments = [database.url, str(aiko.id), str(customer.id), str(draft.client_ref), now.isoformat()]
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    assert (count(database, Visit), count(database, VisitDraft)) == (1, 0)
    record(database, aiko, customer, now + timedelta(minutes=1), draft.client_ref, note="途中で落ちた")
    assert count(database, Visit) == 1


def test_a_database_lost_before_the_commit_leaves_the_draft_and_the_retry_records_once(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    draft = save(database, aiko, customer, now, note="途中")
    with pytest.raises(DatabaseBusy), database.write() as session:
        record_visit(
            session,
            aiko,
            customer_id=customer.id,
            client_ref=draft.client_ref,
            visited_at=now,
            outcome=Outcome.MET,
            zone=TOKYO,
            now=now,
        )
        session.flush()
        raise DatabaseBusy()
    assert (count(database, Visit), count(database, VisitDraft)) == (0, 1)
    record(database, aiko, customer, now, draft.client_ref, note="途中")
    assert (count(database, Visit), count(database, VisitDraft)) == (1, 0)
