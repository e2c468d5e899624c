"""Files are checked, kept once, and exist only for those who may see the customer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Attachment, Contact, Customer, User, Visit
from fieldsales.domain.words import AttachmentKind, Outcome
from fieldsales.errors import (
    CustomerNotFound,
    EmptyFile,
    FileNotStored,
    FileTooLarge,
    NotAllowed,
    NotAPhoto,
    NotAudio,
    NotFound,
)
from fieldsales.services.customers import attachments
from fieldsales.services.customers.attachments import attach_file, list_attachments, open_attachment
from fieldsales.services.visits.visits import record_visit
from tests.pictures import picture, recording

Make = Callable[..., Customer]
PHOTO, VOICE, FILE = AttachmentKind.PHOTO, AttachmentKind.VOICE, AttachmentKind.FILE


def attach(runtime: Runtime, actor: User, customer: Customer, **values: Any) -> Attachment:
    values = {"kind": PHOTO, "data": picture(), "file_name": "IMG_1.heic", "client_ref": uuid4()} | values
    with runtime.database.write() as session:
        return attach_file(session, actor, runtime.files, customer_id=customer.id, now=runtime.clock(), photos=runtime.photos, **values)


def opened(runtime: Runtime, actor: User, attachment: Attachment, *, preview: bool = False) -> attachments.OpenedFile:
    with runtime.database.read() as session:
        return open_attachment(session, actor, runtime.files, attachment_id=attachment.id, preview=preview)


def listed(runtime: Runtime, actor: User, **of: Any) -> list[str]:
    with runtime.database.read() as session:
        return [row.file_name for row in list_attachments(session, actor, **of)]


def stored_files(runtime: Runtime) -> int:
    return len([path for path in runtime.settings.files_dir.rglob("*") if path.is_file()])


def visit(runtime: Runtime, actor: User, customer: Customer) -> Visit:
    now = runtime.clock()
    with runtime.database.write() as session:
        return record_visit(
            session,
            actor,
            customer_id=customer.id,
            visited_at=now,
            outcome=Outcome.MET,
            client_ref=uuid4(),
            zone=ZoneInfo("Asia/Tokyo"),
            now=now,
        )


def test_a_photo_is_kept_as_a_jpeg_of_ours_with_a_small_one(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    photo = attach(runtime, aiko, make_customer(owner=aiko), data=picture(size=(3000, 2000)))
    large, small = opened(runtime, aiko, photo), opened(runtime, aiko, photo, preview=True)
    assert (photo.file_name, photo.media_type, photo.width, photo.height) == ("IMG_1.jpg", "image/jpeg", 1600, 1067)
    assert photo.size == large.path.stat().st_size > small.path.stat().st_size
    assert large.inline


def test_a_recording_keeps_its_type_whatever_it_is_called(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    voice = attach(runtime, aiko, make_customer(owner=aiko), kind=VOICE, data=recording(), file_name="memo.html")
    assert (voice.media_type, opened(runtime, aiko, voice).inline) == ("audio/wav", True)


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.js", "見積書.pdf", "no ending"])
def test_a_file_is_never_shown_by_the_browser_itself(runtime: Runtime, aiko: User, make_customer: Make, name: str) -> None:
    file = attach(runtime, aiko, make_customer(owner=aiko), kind=FILE, data=b"<script>", file_name=name)
    assert not opened(runtime, aiko, file).inline
    assert file.media_type in ("application/octet-stream", "application/pdf")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"data": b""}, EmptyFile),
        ({"data": b"", "kind": FILE}, EmptyFile),
        ({"data": b"PK\x03\x04" + bytes(500), "file_name": "zip.jpg"}, NotAPhoto),
        ({"data": bytes(attachments.MAX_BYTES + 1), "kind": FILE}, FileTooLarge),
        ({"data": bytes(attachments.MAX_BYTES + 1)}, FileTooLarge),
        ({"data": b"no sound at all", "kind": VOICE}, NotAudio),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    runtime: Runtime, aiko: User, make_customer: Make, values: dict[str, Any], error: type[Exception]
) -> None:
    customer = make_customer(owner=aiko)
    with pytest.raises(error):
        attach(runtime, aiko, customer, **values)
    assert listed(runtime, aiko, customer_id=customer.id) == []
    assert stored_files(runtime) == 0


def test_a_photo_of_20_megabytes_is_accepted(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    large = picture() + bytes(20 * 1024 * 1024)  # cameras put much after the picture itself
    assert attach(runtime, aiko, make_customer(owner=aiko), data=large).width == 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\見積.xlsx", "見積.xlsx"),
        ("a" * 500 + ".pdf", "a" * 251 + ".pdf"),
        ("\x00\n\u202egnp.exe", "gnp.exe"),
        ("", "file"),
        ("...", "file"),
        ("ハ\u3099イク.txt", "バイク.txt"),
        ('a"b;c.txt', "a b;c.txt"),
        ("😀.txt", "😀.txt"),
    ],
)
def test_a_name_is_kept_without_folders_and_tricks(runtime: Runtime, aiko: User, make_customer: Make, given: str, kept: str) -> None:
    assert attach(runtime, aiko, make_customer(owner=aiko), kind=FILE, data=b"x", file_name=given).file_name == kept


def test_sending_a_file_twice_keeps_it_once(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    ids = {attach(runtime, aiko, customer, client_ref=client_ref).id for _ in range(2)}
    assert (len(ids), stored_files(runtime)) == (1, 2)


def test_many_taps_at_once_keep_one_file(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    with ThreadPoolExecutor(4) as pool:
        ids = {file.id for file in pool.map(lambda _: attach(runtime, aiko, customer, client_ref=client_ref), range(4))}
    with runtime.database.read() as session:
        assert len(ids) == session.scalar(select(func.count(Attachment.id))) == 1


def test_a_stranger_finds_no_file_and_leaves_none(runtime: Runtime, aiko: User, botan: User, make_customer: Make) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    photo = attach(runtime, aiko, customer, client_ref=client_ref)
    with pytest.raises(NotFound):
        opened(runtime, botan, photo)
    assert listed(runtime, botan, customer_id=customer.id) == []
    with pytest.raises(CustomerNotFound):
        attach(runtime, botan, customer)
    with pytest.raises(CustomerNotFound):
        attach(runtime, botan, make_customer("別", owner=botan), client_ref=client_ref)
    with pytest.raises(NotFound), runtime.database.write() as session:
        attachments.delete_attachment(session, botan, attachment_id=photo.id, now=runtime.clock())


def test_who_was_disabled_sees_and_adds_nothing(runtime: Runtime, aiko: User, make_customer: Make, now: datetime) -> None:
    photo = attach(runtime, aiko, customer := make_customer(owner=aiko))
    aiko.disabled_at = now
    with pytest.raises(NotFound):
        opened(runtime, aiko, photo)
    with pytest.raises((NotAllowed, CustomerNotFound)):
        attach(runtime, aiko, customer)


def test_a_deleted_file_is_gone_until_it_is_brought_back(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    photo = attach(runtime, aiko, customer := make_customer(owner=aiko))
    with runtime.database.write() as session:
        attachments.delete_attachment(session, aiko, attachment_id=photo.id, now=runtime.clock())
    assert listed(runtime, aiko, customer_id=customer.id) == []
    with pytest.raises(NotFound):
        opened(runtime, aiko, photo)
    with runtime.database.write() as session:
        attachments.restore_attachment(session, aiko, attachment_id=photo.id)
    assert opened(runtime, aiko, photo).inline


def test_only_its_author_or_a_manager_deletes_a_file(runtime: Runtime, people: dict[str, User], make_customer: Make, now: datetime) -> None:
    photo = attach(runtime, people["dai"], make_customer(owner=people["aiko"]))
    with pytest.raises(NotAllowed), runtime.database.write() as session:
        attachments.delete_attachment(session, people["aiko"], attachment_id=photo.id, now=now)
    with runtime.database.write() as session:
        attachments.delete_attachment(session, people["chie"], attachment_id=photo.id, now=now)


def test_a_drafts_files_are_its_authors_alone_until_it_becomes_a_visit(
    runtime: Runtime, people: dict[str, User], make_customer: Make
) -> None:
    aiko, chie, draft = people["aiko"], people["chie"], uuid4()
    photo = attach(runtime, aiko, customer := make_customer(owner=aiko), draft_ref=draft)
    assert listed(runtime, aiko, draft_ref=draft) == ["IMG_1.jpg"]
    assert listed(runtime, chie, draft_ref=draft) == listed(runtime, aiko, customer_id=customer.id) == []
    with pytest.raises(NotFound):
        opened(runtime, chie, photo)
    made = visit(runtime, aiko, customer)
    for expected in (1, 0):
        with runtime.database.write() as session:
            assert attachments.adopt_draft_files(session, aiko, draft_ref=draft, visit_id=made.id) == expected
    assert listed(runtime, chie, visit_id=made.id) == ["IMG_1.jpg"]
    assert opened(runtime, chie, photo).inline


def test_nobody_gives_a_drafts_files_to_somebody_elses_visit(runtime: Runtime, people: dict[str, User], make_customer: Make) -> None:
    customer, draft = make_customer(owner=people["aiko"]), uuid4()
    attach(runtime, people["aiko"], customer, draft_ref=draft)
    made = visit(runtime, people["chie"], customer)
    with pytest.raises(NotFound), runtime.database.write() as session:
        attachments.adopt_draft_files(session, people["aiko"], draft_ref=draft, visit_id=made.id)


def test_a_discarded_drafts_files_are_gone(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    draft: UUID = uuid4()
    attach(runtime, aiko, make_customer(owner=aiko), draft_ref=draft)
    with runtime.database.write() as session:
        attachments.discard_draft_files(session, aiko, draft_ref=draft, now=runtime.clock())
    assert listed(runtime, aiko, draft_ref=draft) == []


def test_the_photo_of_a_deleted_visit_is_not_shown(runtime: Runtime, aiko: User, make_customer: Make, now: datetime) -> None:
    made = visit(runtime, aiko, customer := make_customer(owner=aiko))
    photo = attach(runtime, aiko, customer, visit_id=made.id)
    assert opened(runtime, aiko, photo).inline
    with runtime.database.write() as session:
        stored = session.get(Visit, made.id)
        assert stored is not None
        stored.deleted_at = now + timedelta(minutes=1)
    with pytest.raises(NotFound):
        opened(runtime, aiko, photo)
    assert listed(runtime, aiko, customer_id=customer.id) == []


def test_a_file_hangs_only_on_a_visit_and_a_contact_of_the_same_customer(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    here, elsewhere = make_customer("甲", owner=aiko), make_customer("乙", owner=aiko)
    with runtime.database.write() as session:
        contact = Contact(customer_id=elsewhere.id, name="田中")
        session.add(contact)
    for wrong in ({"visit_id": visit(runtime, aiko, elsewhere).id}, {"contact_id": contact.id}, {"visit_id": 999_999}):
        with pytest.raises(NotFound):
            attach(runtime, aiko, here, **wrong)
    assert attach(runtime, aiko, elsewhere, contact_id=contact.id).contact_id == contact.id


def test_a_full_disk_records_nothing(runtime: Runtime, aiko: User, make_customer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise FileNotStored()

    customer = make_customer(owner=aiko)
    monkeypatch.setattr(runtime.files, "keep", full)
    with pytest.raises(FileNotStored):
        attach(runtime, aiko, customer)
    assert listed(runtime, aiko, customer_id=customer.id) == []


def test_lost_bytes_are_no_file(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    photo = attach(runtime, aiko, make_customer(owner=aiko))
    runtime.files.remove(photo.stored_name)
    with pytest.raises(NotFound):
        opened(runtime, aiko, photo)


def test_a_file_for_a_customer_merged_meanwhile_goes_to_the_one_that_was_kept(runtime: Runtime, aiko: User, make_customer: Make) -> None:
    kept = make_customer("残る", owner=aiko)
    merged = make_customer("統合済み", owner=aiko, merged_into_id=kept.id)
    assert attach(runtime, aiko, merged).customer_id == kept.id


def test_a_managers_right_to_delete_ends_at_the_files_of_a_draft(runtime: Runtime, aiko: User, chie: User, make_customer: Make) -> None:
    file = attach(runtime, aiko, make_customer(owner=aiko), draft_ref=uuid4())
    for step in (attachments.restore_attachment, partial(attachments.delete_attachment, now=runtime.clock())):
        with pytest.raises(NotFound), runtime.database.write() as session:
            step(session, chie, attachment_id=file.id)
    assert opened(runtime, aiko, file).path.is_file()


def test_a_photo_that_arrives_after_its_visit_was_recorded_elsewhere_is_the_visits(
    runtime: Runtime, aiko: User, make_customer: Make
) -> None:
    customer = make_customer(owner=aiko)
    recorded = visit(runtime, aiko, customer)
    file = attach(runtime, aiko, customer, draft_ref=recorded.client_ref)
    assert (file.visit_id, file.draft_ref) == (recorded.id, None)
