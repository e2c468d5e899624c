"""What kind of file is this? Judged by its content: endings lie."""

from __future__ import annotations

from pathlib import Path

from fieldsales.adapters.tables import errors
from fieldsales.adapters.tables.delimited import DelimitedSheet, open_delimited
from fieldsales.adapters.tables.excel import ExcelSheet, open_excel
from fieldsales.domain.tables import MAX_FILE_BYTES

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"{\\rtf", b"SQLite format")
_WEB_PAGE = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")


def open_sheet(path: Path) -> DelimitedSheet | ExcelSheet:
    """Return the table in a file, of which only the beginning has been read so far.

    Raises:
        UnusableFile leaves, here and while reading rows: the file is missing, too large, damaged, or no table.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        raise errors.FileMissing(name=path.name) from None
    if size > MAX_FILE_BYTES:
        raise errors.FileTooLarge(limit=MAX_FILE_BYTES // 1024**2)
    if not head.strip():
        raise errors.EmptyFile()
    if head.startswith(_ZIP):
        return open_excel(path)
    if head.startswith(_OLE):
        raise errors.ProtectedExcelFile() if _ENCRYPTED in path.read_bytes() else errors.OldExcelFile()
    if head.startswith(_OTHER_FILES):
        raise errors.NotATable()
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB_PAGE):
        raise errors.WebPageNotTable()
    return open_delimited(path)
