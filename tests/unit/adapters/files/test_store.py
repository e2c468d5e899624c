"""The file store keeps bytes whole or not at all, readable by nobody else, and can say what lies there."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldsales.adapters.files.store import FolderStore
from fieldsales.errors import FileNotStored

LATER = datetime.now(UTC) + timedelta(days=365)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def test_what_is_kept_is_found_again_with_its_preview(store: FolderStore) -> None:
    name = store.keep(b"large", preview=b"small")
    large, small = store.path_of(name), store.path_of(name, preview=True)
    assert large is not None
    assert small is not None
    assert (large.read_bytes(), small.read_bytes()) == (b"large", b"small")


def test_names_cannot_be_guessed_and_lead_nowhere_else(store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"not yours")
    assert store.keep(b"same") != store.keep(b"same")
    assert store.path_of("../secret") is None
    assert store.path_of("a" * 32) is None
    store.remove("../secret")
    assert (tmp_path / "secret").exists()


def test_only_this_account_may_read_what_is_kept(store: FolderStore) -> None:
    path = store.path_of(store.keep(b"bytes", preview=b"small"))
    assert path is not None
    assert {stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_full_disk_leaves_nothing_half_written_and_says_so(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileNotStored):
        store.keep(b"bytes", preview=b"small")
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


def test_what_a_killed_process_left_half_written_is_named_and_removed_like_the_rest(store: FolderStore) -> None:
    whole = store.keep(b"whole", preview=b"small")
    torn = "ab" + "0" * 30
    (store.folder / "ab").mkdir(exist_ok=True)
    (store.folder / "ab" / f"{torn}.part").write_bytes(b"ha")
    assert sorted(name for names in store.kept_names(before=LATER) for name in names) == sorted([whole, torn])
    store.remove(torn)
    store.remove(whole)
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


def test_what_was_written_a_moment_ago_is_not_named_yet(store: FolderStore) -> None:
    store.keep(b"its row is being written")
    assert [name for names in store.kept_names(before=datetime.now(UTC) - timedelta(hours=1)) for name in names] == []


def test_an_empty_store_has_no_names(store: FolderStore) -> None:
    assert list(store.kept_names(before=LATER)) == []
