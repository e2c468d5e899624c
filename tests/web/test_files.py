"""`/files/ID`: bytes for those who may see the customer, shown or downloaded as is safe, in parts when asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Attachment, Customer, User
from fieldsales.domain.words import AttachmentKind
from fieldsales.services.customers.attachments import MAX_MEGABYTES, attach_file, delete_attachment
from tests.pictures import picture, recording

Make = Callable[..., Customer]
LogIn = Callable[[User], str]
Attach = Callable[..., Attachment]


@pytest.fixture
def attach(runtime: Runtime, aiko: User, make_customer: Make) -> Attach:
    """Return a function that keeps a file of a customer of Aiko's."""
    customer = make_customer(owner=aiko)

    def keep(kind: AttachmentKind = AttachmentKind.PHOTO, data: bytes | None = None, file_name: str = "IMG_1.jpg") -> Attachment:
        values: dict[str, Any] = {"customer_id": customer.id, "client_ref": uuid4(), "now": runtime.clock(), "photos": runtime.photos}
        with runtime.database.write() as session:
            return attach_file(
                session,
                aiko,
                runtime.files,
                kind=kind,
                data=picture(size=(1200, 900)) if data is None else data,
                file_name=file_name,
                **values,
            )

    return keep


def test_a_photo_and_its_small_one_are_shown_to_who_may_see_the_customer(
    client: TestClient, log_in: LogIn, attach: Attach, chie: User
) -> None:
    photo = attach()
    log_in(chie)
    large, small = client.get(f"/files/{photo.id}"), client.get(f"/files/{photo.id}?size=thumb")
    assert (large.status_code, large.headers["content-type"]) == (200, "image/jpeg")
    assert len(small.content) < len(large.content) == photo.size
    assert large.headers["content-disposition"] == 'inline; filename="IMG_1.jpg"'
    assert large.headers["x-content-type-options"] == "nosniff"


def test_a_stranger_and_whoever_guesses_get_the_same_404(client: TestClient, log_in: LogIn, attach: Attach, botan: User) -> None:
    photo = attach()
    log_in(botan)
    answers = [client.get(f"/files/{name}") for name in (photo.id, photo.id + 1, "0", "x", "1e3", "99999999999")]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].text == answers[1].text


def test_nobody_gets_a_file_without_logging_in(client: TestClient, attach: Attach) -> None:
    photo = attach()
    answer = client.get(f"/files/{photo.id}", headers={"accept": "image/*"})
    assert answer.status_code in (303, 401)
    assert b"JFIF" not in answer.content


def test_a_deleted_photo_is_no_longer_handed_out(
    client: TestClient, log_in: LogIn, attach: Attach, runtime: Runtime, aiko: User, now: datetime
) -> None:
    photo = attach()
    log_in(aiko)
    with runtime.database.write() as session:
        delete_attachment(session, aiko, attachment_id=photo.id, now=now)
    assert client.get(f"/files/{photo.id}").status_code == 404


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("estimate.pdf", 'attachment; filename="estimate.pdf"'),
        ('見積 "1"\r\nSet-Cookie: a=b.pdf', "attachment; filename*=utf-8''"),
        ("evil.html", 'attachment; filename="evil.html"'),
    ],
)
def test_any_other_file_is_downloaded_under_its_name(
    client: TestClient, log_in: LogIn, attach: Attach, aiko: User, name: str, disposition: str
) -> None:
    file = attach(AttachmentKind.FILE, b"<script>alert(1)</script>", name)
    log_in(aiko)
    answer = client.get(f"/files/{file.id}")
    assert answer.headers["content-disposition"].startswith(disposition)
    assert answer.headers["content-type"].split(";")[0] in ("application/pdf", "application/octet-stream")
    assert "set-cookie" not in answer.headers or "a=b" not in answer.headers["set-cookie"]
    assert answer.content == b"<script>alert(1)</script>"


def test_a_recording_is_played_in_parts(client: TestClient, log_in: LogIn, attach: Attach, aiko: User) -> None:
    data = recording(1)
    voice = attach(AttachmentKind.VOICE, data, "memo.wav")
    log_in(aiko)
    answer = client.get(f"/files/{voice.id}", headers={"range": "bytes=100-199"})
    assert (answer.status_code, answer.content) == (206, data[100:200])
    assert (answer.headers["content-type"], answer.headers["accept-ranges"]) == ("audio/wav", "bytes")


def test_the_browser_asks_each_time_and_is_told_when_nothing_changed(
    client: TestClient, log_in: LogIn, attach: Attach, aiko: User, botan: User
) -> None:
    photo = attach()
    log_in(aiko)
    first = client.get(f"/files/{photo.id}")
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(f"/files/{photo.id}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    log_in(botan)
    assert client.get(f"/files/{photo.id}", headers={"if-none-match": first.headers["etag"]}).status_code == 404


def test_the_uploader_lets_in_what_we_accept() -> None:
    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] >= MAX_MEGABYTES
