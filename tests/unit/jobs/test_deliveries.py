"""Deliveries from end to end: through a real mail server and a real folder, once, in time, again after trouble, never without the right."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from fieldsales.adapters.mail import SmtpMailer, SmtpServer
from fieldsales.adapters.outbox import FolderOutbox
from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, Delivery, Team, User
from fieldsales.domain.deliveries import LEASE, PAUSES, Letter, Trouble, TroubleCode
from fieldsales.domain.words import DeliveryFormat, DeliveryState, Role
from fieldsales.jobs import deliveries as job
from fieldsales.jobs.deliveries import run_deliveries, send_due
from fieldsales.services.team.deliveries import DeliveryInput, Ways, input_of, list_deliveries, save_delivery, send_again, stop_delivery
from tests.fakes import FakeClock
from tests.mail import PASSWORD, USER, Certificates, Postbox, free_port, mail_server

pytestmark = pytest.mark.both_databases
MONDAY = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # eight o'clock in Tokyo
SENDER = "fieldsales@example.co.jp"


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """The folder for deliveries."""
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


@contextmanager
def delivering(runtime: Runtime, postbox: Postbox, outbox: Path | None = None) -> Iterator[Runtime]:
    """Yield a runtime that sends through a server with this postbox, and into a folder."""
    with mail_server(postbox) as port:
        mailer = SmtpMailer(SmtpServer("smtp", "127.0.0.1", port), SENDER)
        yield replace(runtime, mailer=mailer, outbox=FolderOutbox(outbox) if outbox is not None else None)


def set_up(database: Database, actor: User, now: datetime, **values: Any) -> int:
    """Have East's week sent on Mondays at eight, as CSV to Chie, or as `values` say; return its id."""
    with database.write() as session:
        team = session.scalar(select(Team.id).where(Team.name == "East"))
        asked = DeliveryInput(team, DeliveryFormat.CSV, 0, time(8), "Asia/Tokyo", "ja", False, False, ("chie@example.com",))
        return save_delivery(
            session, actor, asked=replace(asked, **values), client_ref=uuid4(), ways=Ways(folder=True, mail=True), now=now
        ).id


def stored(database: Database, delivery_id: int) -> Delivery:
    with database.read() as session:
        return session.get_one(Delivery, delivery_id)


def test_it_is_sent_when_it_is_due_and_then_not_before_next_week(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock
) -> None:
    delivery_id, postbox = set_up(database, chie, clock.now), Postbox()
    with delivering(runtime, postbox) as sender:
        assert send_due(sender) == 0
        clock.now = MONDAY
        assert send_due(sender) == 1
        for _ in range(3):
            clock.advance(hours=30)
            assert send_due(sender) == 0
        ((address, mail),) = postbox.mails
        assert (address, mail["Subject"]) == ("chie@example.com", "週次サマリー 2026/11/16(月)–2026/11/22(日) East")
        delivery = stored(database, delivery_id)
        assert (delivery.state, delivery.trouble, str(delivery.sent_for)) == (DeliveryState.SENT, "", "2026-11-16")
        assert (delivery.sent_at, delivery.next_at, delivery.attempts) == (MONDAY, MONDAY + timedelta(days=7), 0)
        clock.now = MONDAY + timedelta(days=7)
        assert send_due(sender) == 1
        assert "2026/11/23(月)" in postbox.mails[1][1]["Subject"]


def test_the_file_is_a_table_that_excel_opens_and_the_mail_says_the_figures(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock
) -> None:
    set_up(database, chie, clock.now, locale="en")
    postbox, clock.now = Postbox(), MONDAY
    with delivering(runtime, postbox) as sender:
        send_due(sender)
    mail = postbox.mails[0][1]
    (attached,) = mail.iter_attachments()
    assert attached.get_content_type() == "text/csv"
    data = attached.get_payload(decode=True)
    assert isinstance(data, bytes)
    assert data.startswith(b'\xef\xbb\xbf"Weekly summary')
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Visits made: 0" in body.get_content()
    assert "Chie" in body.get_content()


def test_into_the_folder_it_goes_as_one_file_a_week(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock, outbox: Path
) -> None:
    number = set_up(database, chie, clock.now, to_folder=True, recipients=(), format=DeliveryFormat.PDF)
    clock.now = MONDAY
    with delivering(runtime, Postbox(), outbox) as sender:
        send_due(sender)
        with database.write() as session:
            send_again(session, chie, delivery_id=number, now=clock.now)
        send_due(sender)
    (file,) = outbox.iterdir()
    assert file.name == f"週次サマリー_2026-W47_East_{number}.pdf"
    assert "週次サマリー" in PdfReader(io.BytesIO(file.read_bytes())).pages[0].extract_text()


def test_two_processes_send_it_once(runtime: Runtime, database: Database, chie: User, clock: FakeClock) -> None:
    for number in range(3):
        set_up(database, chie, clock.now, recipients=(f"p{number}@example.com",))
    postbox, clock.now = Postbox(), MONDAY
    with delivering(runtime, postbox) as sender, ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: send_due(sender), range(4)))
    assert sum(taken) == 3
    assert sorted(address for address, _mail in postbox.mails) == [f"p{number}@example.com" for number in range(3)]


def test_a_process_that_dies_with_it_in_hand_is_followed_by_another_after_the_lease(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(database, chie, clock.now, recipients=("a@example.com", "b@example.com"))
    postbox, clock.now = Postbox(), MONDAY

    class Died(BaseException):
        """The process was killed."""

    class DiesAfterOne(SmtpMailer):
        def send(self, letters: Any) -> Iterator[tuple[Letter, Trouble | None]]:
            yield next(iter(super().send(letters)))
            raise Died

    with delivering(runtime, postbox) as sender:
        assert isinstance(sender.mailer, SmtpMailer)
        with pytest.raises(Died):
            send_due(replace(sender, mailer=DiesAfterOne(sender.mailer.server, SENDER)))
        assert send_due(sender) == 0  # in the hands of the one that died
        clock.now += LEASE
        assert send_due(sender) == 1
    assert [address for address, _mail in postbox.mails] == ["a@example.com", "b@example.com"]


def test_trouble_is_tried_again_less_and_less_often_then_left_for_next_week(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    delivery_id = set_up(database, chie, clock.now)
    broken = replace(runtime, mailer=SmtpMailer(SmtpServer("smtp", "127.0.0.1", free_port()), SENDER))
    clock.now = MONDAY
    for pause in PAUSES:
        assert send_due(broken) == 1
        delivery = stored(database, delivery_id)
        assert (delivery.state, delivery.next_at) == (DeliveryState.FAILED, clock.now + pause)
        assert send_due(broken) == 0
        clock.now = delivery.next_at
    with database.read() as session:
        (row,) = list_deliveries(session, chie)
        assert row.trouble is not None
        assert row.trouble.code is TroubleCode.UNREACHABLE
    assert send_due(broken) == 1
    delivery = stored(database, delivery_id)
    assert (delivery.state, delivery.attempts, delivery.next_at) == (DeliveryState.FAILED, 0, MONDAY + timedelta(days=7))
    assert f"delivery {delivery_id} was not sent (attempt 1): unreachable" in caplog.text
    with database.read() as session:
        acts = session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("delivery_%")).order_by(AuditEvent.id))
        assert acts.all() == ["delivery_added", "delivery_failed"]
    clock.now = delivery.next_at
    postbox = Postbox()
    with delivering(runtime, postbox) as sender:
        send_due(sender)
    assert "2026/11/23(月)" in postbox.mails[0][1]["Subject"]
    assert stored(database, delivery_id).trouble == ""


def test_what_a_part_has_it_does_not_get_again_when_another_is_tried_again(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock, outbox: Path
) -> None:
    delivery_id = set_up(database, chie, clock.now, to_folder=True, recipients=("a@example.com", "busy@example.com"))
    postbox, clock.now = Postbox(busy={"busy@example.com"}), MONDAY
    with delivering(runtime, postbox, outbox) as sender:
        send_due(sender)
        assert [address for address, _mail in postbox.mails] == ["a@example.com"]
        assert "busy@example.com: 451" in stored(database, delivery_id).trouble
        written = next(outbox.iterdir()).stat().st_mtime_ns
        postbox.busy.clear()
        clock.now += PAUSES[0]
        send_due(sender)
    assert [address for address, _mail in postbox.mails] == ["a@example.com", "busy@example.com"]
    assert next(outbox.iterdir()).stat().st_mtime_ns == written
    assert stored(database, delivery_id).state is DeliveryState.SENT


def test_an_address_that_does_not_exist_is_not_tried_all_day(runtime: Runtime, database: Database, chie: User, clock: FakeClock) -> None:
    delivery_id = set_up(database, chie, clock.now, recipients=("gone@example.com", "a@example.com"))
    postbox, clock.now = Postbox(refused={"gone@example.com"}), MONDAY
    with delivering(runtime, postbox) as sender:
        send_due(sender)
    assert [address for address, _mail in postbox.mails] == ["a@example.com"]
    delivery = stored(database, delivery_id)
    assert delivery.trouble.startswith("recipient: gone@example.com: 550")
    assert delivery.next_at == MONDAY + timedelta(days=7)


def test_a_folder_that_cannot_be_written_keeps_nobody_from_their_mail(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock, tmp_path: Path
) -> None:
    delivery_id = set_up(database, chie, clock.now, to_folder=True)
    postbox, clock.now = Postbox(), MONDAY
    with delivering(runtime, postbox, tmp_path / "not mounted") as sender:
        send_due(sender)
        assert len(postbox.mails) == 1
        assert stored(database, delivery_id).trouble.startswith("folder: No such file")
        (tmp_path / "not mounted").mkdir()
        clock.now += PAUSES[0]
        send_due(sender)
    assert len(postbox.mails) == 1
    assert len(list((tmp_path / "not mounted").iterdir())) == 1


@pytest.mark.parametrize(
    ("scheme", "code"), [("smtp", TroubleCode.SLOW), ("smtps", TroubleCode.TLS), ("smtp+starttls", TroubleCode.LOG_IN)]
)
def test_a_password_is_in_no_log_and_no_trouble_whatever_fails(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock, caplog: pytest.LogCaptureFixture, scheme: str, code: TroubleCode
) -> None:
    caplog.set_level(logging.DEBUG)
    delivery_id, postbox, certificates = set_up(database, chie, clock.now), Postbox(silent=scheme == "smtp"), Certificates()
    clock.now = MONDAY
    tls: dict[str, Any] = {"smtp": {}, "smtps": {"tls": Certificates().for_server()}}.get(scheme, {"starttls": certificates.for_server()})
    with mail_server(postbox, **tls) as port:
        user, password = ("", "") if scheme == "smtp" else (USER, PASSWORD + "-old")
        server = SmtpServer(scheme, "localhost", port, user, password)
        patience_s = 0.3 if scheme == "smtp" else 20.0
        send_due(replace(runtime, mailer=SmtpMailer(server, SENDER, tls=certificates.for_client(), timeout_s=patience_s)))
    assert Trouble.read(stored(database, delivery_id).trouble) is not None
    assert stored(database, delivery_id).trouble.split(":")[0] == code
    with database.read() as session:
        kept = [str(event.details) for event in session.scalars(select(AuditEvent))]
    assert PASSWORD not in caplog.text + stored(database, delivery_id).trouble + "".join(kept)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (TroubleCode.MAKER_LEFT, lambda chie: setattr(chie, "disabled_at", MONDAY)),
        (TroubleCode.TEAM_LOST, lambda chie: setattr(chie, "managed_teams", [])),
        (TroubleCode.TEAM_LOST, lambda chie: setattr(chie, "role", Role.REP)),
        (TroubleCode.RIGHT_LOST, lambda chie: setattr(chie, "may_export", False)),
    ],
)
def test_a_manager_who_left_or_lost_the_team_or_the_right_sends_nothing_more(
    runtime: Runtime, database: Database, chie: User, dai: User, clock: FakeClock, outbox: Path, code: TroubleCode, change: Any
) -> None:
    delivery_id = set_up(database, chie, clock.now, to_folder=True)
    with database.write() as session:
        change(session.get_one(User, chie.id))
    postbox, clock.now = Postbox(), MONDAY
    with delivering(runtime, postbox, outbox) as sender:
        assert send_due(sender) == 1
        clock.now += timedelta(days=7)
        assert send_due(sender) == 0
    assert postbox.mails == list(outbox.iterdir()) == []
    with database.read() as session:
        (row,) = list_deliveries(session, dai)
        assert (row.stopped, row.trouble) == (True, Trouble(code))
    with database.write() as session:
        stop_delivery(session, dai, delivery_id=delivery_id, now=clock.now)
    with database.read() as session:
        assert list_deliveries(session, dai) == ()


def test_a_server_that_was_off_for_weeks_sends_the_newest_week_once(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock
) -> None:
    set_up(database, chie, clock.now)
    postbox, clock.now = Postbox(), MONDAY + timedelta(days=17, hours=3)
    with delivering(runtime, postbox) as sender:
        assert send_due(sender) == 1
    assert ["2026/11/30(月)" in mail["Subject"] for _address, mail in postbox.mails] == [True]


def test_what_is_stopped_while_it_is_being_sent_stays_stopped(runtime: Runtime, database: Database, chie: User, clock: FakeClock) -> None:
    delivery_id, postbox = set_up(database, chie, clock.now), Postbox()
    clock.now = MONDAY

    class StoppedMeanwhile(SmtpMailer):
        def send(self, letters: Any) -> Iterator[tuple[Letter, Trouble | None]]:
            with database.write() as session:
                stop_delivery(session, chie, delivery_id=delivery_id, now=clock.now)
            yield from super().send(letters)

    with delivering(runtime, postbox) as sender:
        assert isinstance(sender.mailer, SmtpMailer)
        send_due(replace(sender, mailer=StoppedMeanwhile(sender.mailer.server, SENDER)))
    delivery = stored(database, delivery_id)
    assert (delivery.retired_at, delivery.sent_at) == (clock.now, None)


@pytest.mark.parametrize("act", ["stop", "change"])
def test_nobody_else_gets_what_was_stopped_or_changed_while_it_was_being_sent(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock, act: str
) -> None:
    delivery_id = set_up(database, chie, clock.now, recipients=("a@example.com", "b@example.com", "c@example.com"))
    postbox, clock.now = Postbox(), MONDAY

    class ChangedAfterOne(SmtpMailer):
        def send(self, letters: Any) -> Iterator[tuple[Letter, Trouble | None]]:
            for number, sent in enumerate(super().send(letters)):
                if number == 0:
                    with database.write() as session:
                        if act == "stop":
                            stop_delivery(session, chie, delivery_id=delivery_id, now=clock.now)
                        else:
                            asked = replace(input_of(session.get_one(Delivery, delivery_id)), recipients=("a@example.com",))
                            ways = Ways(folder=True, mail=True)
                            save_delivery(session, chie, asked=asked, client_ref=uuid4(), ways=ways, now=clock.now, delivery_id=delivery_id)
                yield sent

    with delivering(runtime, postbox) as sender:
        assert isinstance(sender.mailer, SmtpMailer)
        send_due(replace(sender, mailer=ChangedAfterOne(sender.mailer.server, SENDER)))
    assert [address for address, _mail in postbox.mails] == ["a@example.com"]
    delivery = stored(database, delivery_id)
    assert (delivery.sent_at, delivery.trouble, delivery.retired_at is None) == (None, "", act == "change")


def test_a_team_of_any_name_has_its_file(runtime: Runtime, database: Database, chie: User, clock: FakeClock, outbox: Path) -> None:
    number, clock.now = set_up(database, chie, clock.now, to_folder=True, recipients=()), MONDAY
    with database.write() as session:
        session.scalars(select(Team).where(Team.name == "East")).one().name = "営" * 200
    with delivering(runtime, Postbox(), outbox) as sender:
        send_due(sender)
    assert stored(database, number).trouble == ""
    (file,) = outbox.iterdir()
    assert file.name.startswith("週次サマリー_2026-W47_営営")
    assert file.name.endswith(f"_{number}.csv")


def test_an_installation_that_lost_its_settings_says_so(runtime: Runtime, database: Database, chie: User, clock: FakeClock) -> None:
    by_mail, by_folder = set_up(database, chie, clock.now), set_up(database, chie, clock.now, to_folder=True, recipients=())
    clock.now = MONDAY
    assert send_due(runtime) == 2
    assert [stored(database, number).trouble for number in (by_mail, by_folder)] == ["no_mail", "no_folder"]


def test_one_that_breaks_holds_up_no_other(
    runtime: Runtime, database: Database, chie: User, clock: FakeClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = set_up(database, chie, clock.now), set_up(database, chie, clock.now)
    make = job.summary_paper
    calls: list[int] = []

    def breaks_first(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("no such font")
        return make(*arguments)

    monkeypatch.setattr(job, "summary_paper", breaks_first)
    postbox, clock.now = Postbox(), MONDAY
    with delivering(runtime, postbox) as sender:
        assert send_due(sender) == 2
    assert (stored(database, bad).trouble, stored(database, good).state) == ("broken", DeliveryState.SENT)
    assert f"delivery {bad} broke on the way" in caplog.text


def test_the_worker_sends_until_it_is_told_to_stop(runtime: Runtime, database: Database, chie: User, clock: FakeClock) -> None:
    set_up(database, chie, clock.now)
    postbox, clock.now, stop = Postbox(), MONDAY, threading.Event()
    with delivering(runtime, postbox) as sender:
        worker = threading.Thread(target=run_deliveries, args=(sender,), kwargs={"stop": stop})
        worker.start()
        assert postbox.arrived.wait(20)
        stop.set()
        worker.join(20)
    assert not worker.is_alive()
    assert len(postbox.mails) == 1
