"""Progress on a terminal: one line that overwrites itself; elsewhere nothing, or one line a stage."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from fieldsales.adapters.geocoding.records import InstallProgress

_EVERY_S = 0.2
_STAGES = {"download": "downloading", "read": "reading", "index": "indexing", "done": "done"}


class _Line:
    """A line that is written again and again on a terminal, at most a few times a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._shown_at = 0.0

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._shown_at:
            self._stream.write("\n")
            self._stream.flush()

    def show(self, text: str) -> None:
        """Replace the line by `text`, unless it was replaced a moment ago; nothing where there is no terminal."""
        if self._terminal and time.monotonic() - self._shown_at > _EVERY_S:
            self._shown_at = time.monotonic()
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()


class CountLine(_Line):
    """`12,000 of 100,000 located`; call it with the number done and, if known, of all."""

    def __init__(self, stream: TextIO, word: str) -> None:
        super().__init__(stream)
        self._word = word

    def __call__(self, done: int, total: int | None = None) -> None:
        self.show(f"{done:,} of {total:,} {self._word}" if total else f"{done:,} {self._word}")


class QueueLine(CountLine):
    """The worker's progress: call it with the numbers done and still waiting."""

    def __call__(self, done: int, waiting: int | None = None) -> None:
        super().__call__(done, done + (waiting or 0))


class InstallLine(_Line):
    """How far an installation is; without a terminal each stage of each source is one line."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._told: set[tuple[str, str]] = set()

    def __call__(self, progress: InstallProgress) -> None:
        stage = _STAGES.get(progress.stage, progress.stage)
        if self._terminal:
            share = f" {progress.done / progress.total:.0%}" if progress.total else ""
            self.show(f"{stage} {progress.source}: {_amount(progress)}{share}")
        elif (stage, progress.source) not in self._told:
            self._told.add((stage, progress.source))
            self._stream.write(f"{stage} {progress.source}".rstrip() + "\n")
            self._stream.flush()


def _amount(progress: InstallProgress) -> str:
    return f"{progress.done / 1e6:,.1f} MB" if progress.stage == "download" else f"{progress.done:,}"
