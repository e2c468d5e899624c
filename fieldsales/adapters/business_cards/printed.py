"""Printed cards, read by RapidOCR: an optional extra, its models inside the wheel, nothing leaves the server."""

from __future__ import annotations

import importlib.util
import io
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from fieldsales.adapters.business_cards.errors import NothingPrinted, ReaderMissing
from fieldsales.domain.business_cards import BusinessCard
from fieldsales.domain.printed_cards import PrintedLine, read_printed

LONGEST_SIDE_PX = 1_600
MIN_SCORE = 0.6
Engine = Callable[[Any], Any]
_loading = threading.Lock()
_reading = threading.Lock()  # one card at a time: the engine uses every core it gets, and some 500 MB


def is_installed() -> bool:
    """True when the extra `card-ocr` is there."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


def read_printed_card(picture: bytes, *, engine: Engine | None = None) -> BusinessCard:
    """Return what a picture of a card says, every field a proposal.

    Raises:
        NothingPrinted: no line was read. ReaderMissing: the extra is not installed.
    """
    card = read_printed(read_lines(picture, engine=engine))
    if card.is_empty and not (card.phone or card.mobile or card.email or card.note):
        raise NothingPrinted()
    return card


def read_lines(picture: bytes, *, engine: Engine | None = None) -> Sequence[PrintedLine]:
    """Return the lines on a picture, from above to below, then from left to right."""
    with Image.open(io.BytesIO(picture)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    with _reading:
        found = (engine or _engine())(np.asarray(upright)[:, :, ::-1])  # the engine wants blue first
    if found is None or found.txts is None:
        return ()
    lines = [
        PrintedLine(text, *map(float, (box[:, 0].min(), box[:, 1].min(), box[:, 0].max(), box[:, 1].max())))
        for text, score, box in zip(found.txts, found.scores, np.asarray(found.boxes), strict=True)
        if score >= MIN_SCORE
    ]
    return sorted(lines, key=lambda line: (line.top, line.left))


def _engine() -> Engine:
    with _loading:
        return _load()


@cache
def _load() -> Engine:
    if not is_installed():
        raise ReaderMissing()
    from rapidocr import RapidOCR

    engine: Engine = RapidOCR(params={"Global.log_level": "error"})
    return engine
