"""The command in a data folder of its own, measured from outside as a user meets it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.product import ROOT, command, environment


@dataclass(frozen=True)
class Run:
    """What one run of the command cost; `memory_mb` is the highest it needed."""

    code: int
    output: str
    seconds: float
    memory_mb: float


def run(data_dir: Path, *arguments: object) -> Run:
    """Run `fieldsales …` on `data_dir` and measure it; a failure shows what the command said."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command(*map(str, arguments)), env=environment(data_dir), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode not in (0, 1) or "Traceback" in text:
        raise SystemExit(f"fieldsales {' '.join(map(str, arguments))} ended with {process.returncode}:\n{text[-3000:]}")
    return Run(process.returncode, text, seconds, usage.ru_maxrss / 1024)


@contextmanager
def data_folder() -> Iterator[Path]:
    """Yield an empty folder that goes away afterwards."""
    with tempfile.TemporaryDirectory(prefix="fieldsales-bench-") as folder:
        yield Path(folder)
