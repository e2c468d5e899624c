"""What the audit log keeps of which act, and two admins who shut each other out at the same moment."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, User
from fieldsales.domain.audit import AuditArea
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.words import FieldKind, Outcome, Role
from fieldsales.errors import FieldSalesError, LastAdmin, NotAllowed
from fieldsales.services import options
from fieldsales.services.accounts import accounts
from fieldsales.services.audit_log import LogEntry, LogQuery, note_log_export, search_log
from fieldsales.services.customers import custom_fields, exporting, notes
from fieldsales.services.visits.outcome_templates import TemplateInput, save_template
from tests.conftest import CustomerFactory


def found(database: Database, admin: User) -> list[LogEntry]:
    with database.read() as session:
        return list(search_log(session, admin, asked=LogQuery()).entries)


def everything_stored(database: Database) -> str:
    with database.read() as session:
        rows = session.execute(select(AuditEvent.__table__)).all()
    return json.dumps([[str(value) for value in row] for row in rows], ensure_ascii=False)


# What is kept of which act


def test_what_becomes_of_accounts_and_teams_is_kept(database: Database, aiko: User, chie: User, dai: User, now: datetime) -> None:
    with database.write() as session:
        accounts.update_user(session, dai, user_id=aiko.id, name="Aiko Mori", role=Role.REP, team_name="West", now=now)
        accounts.update_user(session, dai, user_id=aiko.id, name="Aiko Mori", role=Role.REP, team_name="West", now=now)
        accounts.set_rights(session, dai, user_id=aiko.id, may_export=True, may_delete=False, now=now)
        accounts.set_rights(session, dai, user_id=aiko.id, may_export=True, may_delete=False, now=now)
        team = accounts.save_team(session, dai, name="North", manager_ids=frozenset({chie.id}), now=now)
        accounts.save_team(session, dai, team_id=team.id, name="North", shares_customers=False, now=now)
        accounts.disable_user(session, dai, user_id=aiko.id, now=now)
        accounts.enable_user(session, dai, user_id=aiko.id, now=now)
    assert [(entry.action, entry.subject, entry.details) for entry in reversed(found(database, dai))] == [
        ("user_changed", "Aiko Mori", {"changes": {"name": ["Aiko", "Aiko Mori"], "team": ["East", "West"]}}),
        ("rights_changed", "Aiko Mori", {"changes": {"may_export": [False, True]}}),
        ("team_added", "North", {"name": "North", "shares_customers": True, "managers": ["Chie"]}),
        ("team_changed", "North", {"changes": {"shares_customers": [True, False]}}),
        ("user_disabled", "Aiko Mori", {"email": "aiko@example.com"}),
        ("user_enabled", "Aiko Mori", {"email": "aiko@example.com"}),
    ]


def test_settings_outcomes_and_fields_are_kept_with_what_they_were(database: Database, dai: User, now: datetime) -> None:
    with database.write() as session:
        before = options.read_options(session)
        options.save_options(session, dai, options=before, now=now)
        options.save_options(session, dai, options=type(before)(visits_per_day=8), now=now)
        field = custom_fields.save_field(session, dai, name="業種", kind=FieldKind.TEXT, now=now)
        custom_fields.save_field(session, dai, field_id=field.id, kind=FieldKind.NUMBER, now=now)
        custom_fields.retire_field(session, dai, field_id=field.id, now=now)
        custom_fields.retire_field(session, dai, field_id=field.id, now=now)
        outcome = save_template(session, dai, values=TemplateInput(name="面談", outcome=Outcome.MET), now=now)
        save_template(session, dai, template_id=outcome.id, values=TemplateInput(name="面会", outcome=Outcome.MET), now=now)
    kept = [(entry.action, entry.subject, entry.details.get("changes")) for entry in reversed(found(database, dai))]
    assert kept == [
        ("options_changed", "", {"visits_per_day": [0, 8]}),
        ("field_added", "業種", None),
        ("field_changed", "業種", {"kind": ["text", "number"]}),
        ("field_retired", "業種", None),
        ("outcome_added", "面談", None),
        ("outcome_changed", "面会", {"name": ["面談", "面会"]}),
    ]


def test_what_is_deleted_is_kept_with_whose_it_was_but_not_what_they_wrote(
    database: Database, aiko: User, chie: User, dai: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    with database.write() as session:
        note = notes.add_note(session, aiko, customer_id=customer.id, text="家族の病気のこと", client_ref=uuid4(), now=now)
    for _ in range(2):
        with database.write() as session:
            notes.delete_note(session, chie, note_id=note.id, now=now)
    (entry,) = found(database, dai)
    assert (entry.action, entry.actor_name, entry.subject, entry.subject_id) == ("note_deleted", "Chie", "高松食品", customer.id)
    assert entry.details == {"record": note.id, "recorded_by": "Aiko"}
    assert "家族" not in everything_stored(database)


def test_an_export_is_kept_with_its_filter_and_so_is_that_of_the_log(database: Database, chie: User, dai: User, now: datetime) -> None:
    asked = LogQuery(text="Dai", actor_id=chie.id, areas=frozenset({AuditArea.LOG_INS}), since=now)
    with database.write() as session:
        chosen = CustomerFilter(text="高松", tags=frozenset({"VIP"}))
        exporting.note_export(session, chie, customer_filter=chosen, rows=3, file_name="customers.csv", now=now)
        note_log_export(session, dai, asked=asked, rows=7, file_name="log.csv", now=now)
    of_log, of_customers = found(database, dai)
    assert (of_log.action, of_log.subject, of_log.details) == (
        "audit_exported",
        "log.csv",
        {"rows": 7, "words": "Dai", "who": "Chie", "what": ["log_ins"], "since": now.isoformat()},
    )
    assert (of_customers.action, of_customers.actor_name) == ("customers_exported", "Chie")
    assert of_customers.details == {"rows": 3, "filter": {"text": "高松", "tags": ["VIP"]}}


# Two admins at once


def test_two_admins_who_shut_each_other_out_at_once_leave_one(database: Database, dai: User, now: datetime) -> None:
    with database.write() as session:
        eri = accounts.add_user(session, dai, email="eri@example.com", name="Eri", role=Role.ADMIN, password="a long password", now=now)
    both, refused = threading.Barrier(2, timeout=30), []

    def shut_out(actor_id: int, other_id: int) -> None:
        try:
            with database.write() as session:
                actor = session.get_one(User, actor_id)
                if not database.is_sqlite:  # which lets one writer in at a time, before it reads
                    session.get_one(User, other_id)
                    both.wait()
                accounts.disable_user(session, actor, user_id=other_id, now=now)
        except FieldSalesError as error:
            refused.append(type(error))

    threads = [threading.Thread(target=shut_out, args=pair) for pair in ((dai.id, eri.id), (eri.id, dai.id))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with database.read() as session:
        left = session.scalars(select(User).where(User.role == Role.ADMIN, User.disabled_at.is_(None))).unique().all()
    assert len(left) == 1
    assert len(refused) == 1
    assert refused[0] in (LastAdmin, NotAllowed)
