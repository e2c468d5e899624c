"""An upload is kept for its owner, for a day, and no longer than the import needs it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fieldsales.adapters.tables import UploadStore, errors

LIST = "会社名,住所\r\n㈱髙﨑,香川県\r\n".encode("cp932")


@pytest.fixture
def store(tmp_path: Path) -> UploadStore:
    return UploadStore(tmp_path / "uploads")


def test_an_upload_is_found_again_by_its_owner_alone(store: UploadStore, now: datetime) -> None:
    upload = store.keep(LIST, name="顧客.csv", user_id=1, now=now)
    found = store.find(upload.id, user_id=1)
    assert (found.name, found.row_count, found.format.encoding) == ("顧客.csv", 2, "cp932")
    assert [row.cells for row in found.rows()] == [("会社名", "住所"), ("㈱髙﨑", "香川県")]
    with pytest.raises(errors.UploadGone):
        store.find(upload.id, user_id=2)


def test_the_file_itself_is_not_kept(store: UploadStore, now: datetime) -> None:
    upload = store.keep(LIST, name="../../evil.csv", user_id=1, now=now)
    assert upload.name == "evil.csv"
    assert sorted(path.name for path in upload.folder.iterdir()) == ["rows.csv", "upload.json"]


def test_an_unusable_file_leaves_nothing(store: UploadStore, now: datetime) -> None:
    with pytest.raises(errors.NotATable):
        store.keep(bytes(range(256)), name="x.csv", user_id=1, now=now)
    with pytest.raises(errors.EmptyFile):
        store.keep(b"\xef\xbb\xbf\r\n,,\r\n", name="x.csv", user_id=1, now=now)
    assert list(store.folder.iterdir()) == []


def test_the_rows_go_when_the_result_is_kept(store: UploadStore, now: datetime) -> None:
    upload = store.keep(LIST, name="x.csv", user_id=1, now=now)
    assert upload.result() is None
    upload.keep_result({"created": 1})
    again = store.find(upload.id, user_id=1)
    assert (again.result(), again.has_rows) == ({"created": 1}, False)
    with pytest.raises(errors.UploadGone):
        list(again.rows())


def test_uploads_are_swept_away_after_a_day(store: UploadStore) -> None:
    moment = datetime.now().astimezone()
    old = store.keep(LIST, name="x.csv", user_id=1, now=moment)
    aged = (moment - timedelta(hours=25)).timestamp()
    os.utime(old.folder, (aged, aged))
    new = store.keep(LIST, name="y.csv", user_id=1, now=moment)
    with pytest.raises(errors.UploadGone):
        store.find(old.id, user_id=1)
    assert store.find(new.id, user_id=1).name == "y.csv"


@pytest.mark.parametrize("asked", ["", "..", "../x", "x" * 32, "0" * 31, "0" * 32])
def test_a_made_up_id_finds_nothing(store: UploadStore, asked: str) -> None:
    with pytest.raises(errors.UploadGone):
        store.find(asked, user_id=1)
