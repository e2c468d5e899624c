"""The folder for deliveries: whole files in place of older ones, and a reason instead of an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldsales.adapters.outbox import FolderOutbox, build_outbox
from fieldsales.domain.deliveries import TroubleCode
from fieldsales.errors import BadSetting


def test_a_file_takes_the_place_of_the_one_before_and_leaves_nothing_else(tmp_path: Path) -> None:
    outbox = FolderOutbox(tmp_path)
    assert outbox.put("週次サマリー.pdf", b"one") is None
    assert outbox.put("週次サマリー.pdf", b"two") is None
    assert [path.name for path in tmp_path.iterdir()] == ["週次サマリー.pdf"]
    assert (tmp_path / "週次サマリー.pdf").read_bytes() == b"two"


def test_a_folder_that_is_gone_is_a_trouble_and_is_not_made(tmp_path: Path) -> None:
    trouble = FolderOutbox(tmp_path / "share").put("a.pdf", b"one")
    assert trouble is not None
    assert trouble.code is TroubleCode.FOLDER
    assert "No such file" in trouble.detail
    assert not (tmp_path / "share").exists()


def test_a_folder_that_cannot_be_written_is_a_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")  # what is no folder cannot be written into, whoever runs the tests
    trouble = FolderOutbox(tmp_path / "file").put("a.pdf", b"one")
    assert trouble is not None
    assert trouble.code is TroubleCode.FOLDER


def test_what_cannot_be_replaced_leaves_no_half_written_file(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").mkdir()
    trouble = FolderOutbox(tmp_path).put("a.pdf", b"one")
    assert trouble is not None
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_only_an_absolute_folder_is_a_setting(tmp_path: Path) -> None:
    assert build_outbox("") is None
    assert build_outbox(str(tmp_path)) == FolderOutbox(tmp_path)
    with pytest.raises(BadSetting, match="FIELDSALES_REPORTS_DIR"):
        build_outbox("reports")
