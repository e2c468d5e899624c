"""What was deleted goes after a day, what a crash left goes too, and nothing goes when the database is a wrong one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Attachment, Customer, User
from fieldsales.domain.words import AttachmentKind
from fieldsales.jobs.file_sweep import run_file_sweep, sweep_files
from fieldsales.services.customers.attachments import attach_file, delete_attachment, restore_attachment
from tests.fakes import FakeClock

Make = Callable[..., Customer]


def attach(runtime: Runtime, actor: User, customer: Customer, **values: object) -> Attachment:
    with runtime.database.write() as session:
        return attach_file(
            session,
            actor,
            runtime.files,
            customer_id=customer.id,
            kind=AttachmentKind.FILE,
            data=b"bytes",
            file_name="a.txt",
            client_ref=uuid4(),
            now=runtime.clock(),
            **values,  # type: ignore[arg-type]
        )


def stored(runtime: Runtime) -> list[Path]:
    return sorted(path for path in runtime.settings.files_dir.rglob("*") if path.is_file())


def age(runtime: Runtime, **duration: float) -> None:
    """Make all stored files as old as if they had been written so long before the runtime's present."""
    moment = (runtime.clock() - timedelta(**duration)).timestamp()
    for path in stored(runtime):
        os.utime(path, (moment, moment))


def test_a_deleted_file_goes_after_a_day_and_can_come_back_before(
    runtime: Runtime, clock: FakeClock, aiko: User, make_customer: Make
) -> None:
    customer = make_customer(owner=aiko)
    kept, gone = attach(runtime, aiko, customer), attach(runtime, aiko, customer)
    for file in (kept, gone):
        with runtime.database.write() as session:
            delete_attachment(session, aiko, attachment_id=file.id, now=runtime.clock())
    age(runtime, days=3)
    assert sweep_files(runtime) == 0
    with runtime.database.write() as session:
        restore_attachment(session, aiko, attachment_id=kept.id)
    clock.advance(hours=25)
    assert sweep_files(runtime) == 1
    assert [path.name for path in stored(runtime)] == [kept.stored_name]


def test_what_a_crash_left_without_a_row_goes_after_a_day(runtime: Runtime, clock: FakeClock, aiko: User, make_customer: Make) -> None:
    known = attach(runtime, aiko, make_customer(owner=aiko))
    runtime.files.keep(b"the process died before its row was written", preview=b"small")
    age(runtime, hours=1)
    assert sweep_files(runtime) == 0
    clock.advance(hours=25)
    assert sweep_files(runtime) == 1
    assert [path.name for path in stored(runtime)] == [known.stored_name]


@pytest.mark.parametrize("files", [1, 30])
def test_a_server_with_a_wrong_database_removes_nothing(runtime: Runtime, caplog: pytest.LogCaptureFixture, files: int) -> None:
    for _ in range(files):
        runtime.files.keep(b"somebody else's")
    age(runtime, days=3)
    assert sweep_files(runtime) == 0
    assert len(stored(runtime)) == files
    assert "unknown to this database" in caplog.text


def test_files_of_a_draft_that_is_no_more_go(runtime: Runtime, clock: FakeClock, aiko: User, make_customer: Make) -> None:
    attach(runtime, aiko, make_customer(owner=aiko), draft_ref=uuid4())
    for _ in range(3):
        clock.advance(hours=25)
        sweep_files(runtime)
    assert stored(runtime) == []


def test_the_sweep_goes_on_after_a_failure_and_stops_when_told(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, calls = threading.Event(), []

    def failing(*_: object, **__: object) -> int:
        calls.append(1)
        if len(calls) == 2:
            stop.set()
        raise OSError("the disk was taken away")

    monkeypatch.setattr("fieldsales.jobs.file_sweep.sweep_files", failing)
    monkeypatch.setattr("fieldsales.jobs.file_sweep.EVERY_S", 0.0)
    run_file_sweep(runtime, stop=stop)
    assert len(calls) == 2
