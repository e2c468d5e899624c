"""Fetch a gazetteer source by URL, with progress, going on where an interrupted attempt stopped."""

from __future__ import annotations

import contextlib
import hashlib
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from .errors import DownloadFailed

DEFAULT_SOURCE_URL = "https://raw.githubusercontent.com/geolonia/japanese-addresses/master/data/latest.csv"

_TIMEOUT_S = 20.0
_CHUNK_BYTES = 1 << 18
_LARGEST_BYTES = 2_000_000_000
_USER_AGENT = "FieldSales gazetteer installer"
_PARTIAL, _NOT_SATISFIABLE = 206, 416


def is_url(source: str) -> bool:
    """True when `source` is an http or https address rather than a file's name."""
    return source.lower().startswith(("http://", "https://"))


def fetch(url: str, directory: Path, *, progress: Callable[[int, int | None], None] | None = None, timeout_s: float = _TIMEOUT_S) -> Path:
    """Download `url` into `directory` and return the file; `progress` is told bytes so far and bytes in all.

    A partial file is continued with a Range request, unless the server's file has changed since (If-Range).

    Raises:
        DownloadFailed: no network, refused, cut off (the part is kept for the next attempt) or larger than any gazetteer.
    """
    directory.mkdir(parents=True, exist_ok=True)
    name = Path(urllib.parse.urlsplit(url).path).name or "gazetteer"
    complete = directory / f"{hashlib.sha256(url.encode()).hexdigest()[:12]}-{name}"
    part = complete.with_name(complete.name + ".part")
    try:
        if not _continue(url, part, timeout_s, progress):
            part.unlink(missing_ok=True)
            _continue(url, part, timeout_s, progress)
    except urllib.error.HTTPError as error:
        raise DownloadFailed(url=url, why=f"HTTP {error.code}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise DownloadFailed(url=url, why=str(getattr(error, "reason", error))) from error
    os.replace(part, complete)
    _validator_of(part).unlink(missing_ok=True)
    return complete


def _continue(url: str, part: Path, timeout_s: float, progress: Callable[[int, int | None], None] | None) -> bool:
    """Fetch what is missing from `part`; False when the server does not accept where it ends."""
    have = part.stat().st_size if part.exists() else 0
    validator = _read_validator(part)
    headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
    if have and validator:
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    else:
        have = 0
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout_s)
    except urllib.error.HTTPError as error:
        if error.code == _NOT_SATISFIABLE and have:
            return False
        raise
    with response:
        if response.status != _PARTIAL:
            have = 0
        _store(response, url, part, have, progress)
    return True


def _store(response: HTTPResponse, url: str, part: Path, have: int, progress: Callable[[int, int | None], None] | None) -> None:
    length = response.headers.get("Content-Length")
    total = have + int(length) if length and length.isdigit() else None
    if (total or 0) > _LARGEST_BYTES:
        raise DownloadFailed(url=url, why="too large")
    _validator_of(part).write_text(response.headers.get("ETag") or response.headers.get("Last-Modified") or "")
    with part.open("ab" if have else "wb") as file:
        while chunk := response.read(_CHUNK_BYTES):
            file.write(chunk)
            have += len(chunk)
            if have > _LARGEST_BYTES:
                raise DownloadFailed(url=url, why="too large")
            if progress:
                progress(have, total)
    if total is not None and have != total:
        raise DownloadFailed(url=url, why=f"interrupted after {have} of {total} bytes")


def _validator_of(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _read_validator(part: Path) -> str:
    """Return what tells whether the server's file is still the one that `part` came from; a weak ETag cannot."""
    with contextlib.suppress(OSError):
        validator = _validator_of(part).read_text().strip()
        return "" if validator.startswith("W/") else validator
    return ""
