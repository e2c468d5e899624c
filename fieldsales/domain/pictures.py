"""Pictures as they are kept."""

from __future__ import annotations

from dataclasses import dataclass

MEDIA_TYPE = "image/jpeg"
SUFFIX = ".jpg"


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG of ours with its size in pixels, and a small one of the same for lists."""

    data: bytes
    preview: bytes
    width: int
    height: int
