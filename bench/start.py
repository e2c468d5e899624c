"""How soon the demo can be used after its command, and what a serving process weighs."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.figures import Figure, Options, at_most, peak_memory_mb
from bench.product import data_folder
from tests.browser.product import serving


def measure(options: Options) -> Iterator[Figure]:
    """Start the demo in an empty folder, then again on what the first start made."""
    with data_folder() as folder:
        for name in ("demo, first start", "demo, started again"):
            began = time.perf_counter()
            with serving(folder / "data", customers=300) as demo:
                yield at_most(f"{name}, until its first page can be used", time.perf_counter() - began, 15, "s", digits=1)
                yield Figure(f"{name}: memory of the process", f"{peak_memory_mb(demo.pid):,.0f} MB")
