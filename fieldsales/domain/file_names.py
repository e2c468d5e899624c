"""What a file is called and what it is, judged from what a device sent."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

MAX_FILE_NAME = 255
UNKNOWN_TYPE = "application/octet-stream"
PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".heic", ".heif", ".webp", ".gif", ".avif"})
AUDIO_SUFFIXES = frozenset({".wav", ".mp3", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".weba", ".flac"})
# Only types that no browser runs: whatever else comes is handed out as plain bytes.
_DOCUMENT_TYPES = {
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".zip": "application/zip",
    ".vcf": "text/vcard",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
}
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNFIT = re.compile(r'[\x00-\x1f\x7f\x80-\x9f"<>|:*?\u2028\u2029\ud800-\udfff]')


def clean_file_name(name: str, *, suffix: str | None = None, otherwise: str = "file") -> str:
    """Return `name` without folders, controls and marks that systems refuse, at most 255 characters with its ending.

    `suffix` replaces the ending (a HEIC that became a JPEG). A name of which nothing is left becomes `otherwise`.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = " ".join(_UNFIT.sub(" ", _BIDI_CONTROLS.sub("", last)).split()).strip(". ")
    stem, ending = _split(clean)
    if suffix is not None:
        ending = suffix
    return (stem or otherwise)[: MAX_FILE_NAME - len(ending)].rstrip() + ending


def suffix_of(name: str) -> str:
    """Return the ending of a name in lower case, with its dot."""
    return PurePosixPath(name).suffix.lower()


def document_type(name: str) -> str:
    """Return the media type under which a file of this name is handed out."""
    return _DOCUMENT_TYPES.get(suffix_of(name), UNKNOWN_TYPE)


def audio_type(data: bytes) -> str | None:
    """Return the media type of a recording, judged by its first bytes and not by its name; None when it is none."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    for mark, media_type in ((b"OggS", "audio/ogg"), (b"\x1aE\xdf\xa3", "audio/webm"), (b"ID3", "audio/mpeg"), (b"fLaC", "audio/flac")):
        if data.startswith(mark):
            return media_type
    if len(data) > 2 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:
        return "audio/aac" if data[1] & 0xF6 == 0xF0 else "audio/mpeg"
    return None


def _split(name: str) -> tuple[str, str]:
    """Return stem and ending; an ending of more than 20 characters is none."""
    ending = PurePosixPath(name).suffix
    if not ending or len(ending) > 20:
        return name, ""
    return name[: -len(ending)], ending
