"""Files in a folder of the data directory, outside everything that is served by itself."""

from __future__ import annotations

import logging
import os
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from fieldsales.errors import FileNotStored

log = logging.getLogger(__name__)
_NAME = re.compile(r"[0-9a-f]{32}")
_PREVIEW, _PART = ".preview", ".part"


class FolderStore:
    """A file store in one folder: 256 folders below it by the first two letters, everything readable by this account alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, data: bytes, *, preview: bytes | None = None) -> str:
        """Store `data`, and its preview first, so that what has a name is complete; on the disk when this returns.

        Raises:
            FileNotStored: the disk is full or does not answer.
        """
        name = secrets.token_hex(16)
        folder = self.folder / name[:2]
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if preview is not None:
                _write(folder / (name + _PREVIEW), preview)
            _write(folder / name, data)
            _sync_folder(folder)
            _sync_folder(self.folder)
        except OSError as error:
            log.exception("a file of %d bytes could not be stored in %s", len(data), folder)
            self.remove(name)
            raise FileNotStored() from error
        return name

    def path_of(self, name: str, *, preview: bool = False) -> Path | None:
        """Return where the bytes lie, None when there are none under this name."""
        if not _NAME.fullmatch(name):
            return None
        path = self.folder / name[:2] / (name + _PREVIEW if preview else name)
        return path if path.is_file() else None

    def remove(self, name: str) -> None:
        """Remove everything kept under `name`, half-written files included."""
        if not _NAME.fullmatch(name):
            return
        for suffix in ("", _PREVIEW, _PART, _PREVIEW + _PART):
            try:
                (self.folder / name[:2] / (name + suffix)).unlink(missing_ok=True)
            except OSError:  # the next sweep tries again
                log.exception("a file could not be removed")

    def kept_names(self, *, before: datetime) -> Iterator[list[str]]:
        """Yield, folder by folder, the names of what was last written before that moment."""
        if not self.folder.is_dir():
            return
        for folder in sorted(self.folder.iterdir()):
            if folder.is_dir():
                yield sorted(_names_in(folder, before.timestamp()))


def _names_in(folder: Path, before: float) -> set[str]:
    old: set[str] = set()
    young: set[str] = set()
    for entry in os.scandir(folder):
        name = entry.name[:32]
        if _NAME.fullmatch(name):
            (old if entry.stat().st_mtime < before else young).add(name)
    return old - young


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_name(path.name + _PART)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def _sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a power cut; a folder cannot be opened for that on Windows, nor needs to be."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
