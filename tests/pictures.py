"""Small pictures and recordings for tests."""

from __future__ import annotations

import io
import wave
from typing import Any

from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 200), **options: Any) -> bytes:
    """Return a red picture."""
    packed = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(packed, kind, **options)
    return packed.getvalue()


def recording(seconds: float = 0.1) -> bytes:
    """Return silence as a WAV file."""
    packed = io.BytesIO()
    with wave.open(packed, "wb") as wav:
        wav.setparams((1, 2, 16_000, 0, "NONE", "not compressed"))
        wav.writeframes(bytes(int(seconds * 32_000)))
    return packed.getvalue()
