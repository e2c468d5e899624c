"""Uploaded lists kept in the data directory between the steps of an import: parsed once, gone after a day."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from fieldsales.adapters.tables.errors import EmptyFile, FileTooLarge, UploadGone
from fieldsales.adapters.tables.reading import open_sheet
from fieldsales.domain.tables import MAX_CELL, MAX_FILE_BYTES, TableFormat, TableRow

KEPT_FOR = timedelta(hours=24)
_ID = re.compile(r"[0-9a-f]{32}")
_ROWS, _META, _RESULT = "rows.csv", "upload.json", "result.json"


@dataclass(frozen=True, slots=True)
class Upload:
    """One kept upload, itself a `Sheet`; `folder` may hold the rejects file too."""

    id: str
    folder: Path
    name: str
    user_id: int
    format: TableFormat
    row_count: int

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows as they were parsed.

        Raises:
            UploadGone: the import is done, or the day is over.
        """
        try:
            file = (self.folder / _ROWS).open(encoding="utf-8", newline="")
        except OSError:
            raise UploadGone() from None
        with file:
            for line, *cells in csv.reader(file):
                yield TableRow(int(line), tuple(cells))

    @property
    def has_rows(self) -> bool:
        """True until the import is done."""
        return (self.folder / _ROWS).exists()

    def keep_result(self, result: dict[str, Any]) -> None:
        """Keep what became of the import and drop the rows."""
        _write_json(self.folder / _RESULT, result)
        (self.folder / _ROWS).unlink(missing_ok=True)

    def result(self) -> dict[str, Any] | None:
        """Return what became of the import, None before."""
        try:
            found: dict[str, Any] = json.loads((self.folder / _RESULT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found


@dataclass(frozen=True, slots=True)
class UploadStore:
    """The folder of uploads; every upload belongs to the user who made it."""

    folder: Path

    def keep(
        self, content: bytes | memoryview, *, name: str, user_id: int, now: datetime, progress: Callable[[int], None] = lambda _: None
    ) -> Upload:
        """Parse an uploaded file and keep its rows; `progress` is told how many there are so far.

        Raises:
            UnusableFile leaves: nothing is kept.
        """
        self.sweep(now=now)
        if len(content) > MAX_FILE_BYTES:
            raise FileTooLarge(limit=MAX_FILE_BYTES // 1024**2)
        upload_id = uuid4().hex
        folder = self.folder / upload_id
        folder.mkdir(parents=True, mode=0o700)
        try:
            original = folder / ("original" + Path(name).suffix.lower()[:8].replace("/", ""))
            original.write_bytes(content)
            sheet = open_sheet(original)
            upload = Upload(
                upload_id, folder, Path(name).name[:200], user_id, sheet.format, _copy_rows(sheet.rows(), folder / _ROWS, progress)
            )
            original.unlink()
            meta = {
                "name": upload.name,
                "user_id": user_id,
                "row_count": upload.row_count,
                "at": now.isoformat(),
                "format": asdict(sheet.format),
            }
            _write_json(folder / _META, meta)
        except BaseException:  # a rerun of the page is one, too
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return upload

    def find(self, upload_id: str, *, user_id: int) -> Upload:
        """Return a kept upload of this user.

        Raises:
            UploadGone: it is gone, was never there, or is somebody else's.
        """
        if not _ID.fullmatch(upload_id):
            raise UploadGone()
        folder = self.folder / upload_id
        try:
            meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise UploadGone() from None
        if meta["user_id"] != user_id:
            raise UploadGone()
        return Upload(upload_id, folder, meta["name"], user_id, TableFormat(**meta["format"]), meta["row_count"])

    def discard(self, upload: Upload) -> None:
        """Remove an upload with all its files."""
        shutil.rmtree(upload.folder, ignore_errors=True)

    def sweep(self, *, now: datetime) -> None:
        """Remove uploads that are older than a day."""
        if not self.folder.is_dir():
            return
        for folder in self.folder.iterdir():
            if _ID.fullmatch(folder.name) and now.timestamp() - folder.stat().st_mtime > KEPT_FOR.total_seconds():
                shutil.rmtree(folder, ignore_errors=True)


def _copy_rows(rows: Iterator[TableRow], target: Path, progress: Callable[[int], None]) -> int:
    if csv.field_size_limit() < MAX_CELL:
        csv.field_size_limit(131_072)  # the module's own default, should somebody have lowered it
    count = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for count, row in enumerate(rows, start=1):
            writer.writerow((row.line, *row.cells))
            if count % 2_000 == 0:
                progress(count)
    if not count:
        raise EmptyFile()
    return count


def _write_json(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    os.replace(partial, path)
