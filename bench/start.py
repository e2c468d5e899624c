"""How soon the demo can be used after its command, and what a serving process weighs."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

from bench.figures import Figure, Options, at_most, peak_memory_mb, seconds_of
from bench.product import data_folder
from tests.browser.product import serving


def measure(options: Options) -> Iterator[Figure]:
    """Start the demo in an empty folder, then again on what the first start made."""
    with data_folder() as folder:
        for name, limit in (("demo, first start", 15.0), ("demo, started again", 15.0)):
            demo = serving(folder / "data", customers=300)
            entered = []
            seconds = seconds_of(lambda demo=demo, entered=entered: entered.append(demo.__enter__()))  # type: ignore[misc]
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(entered[0].base + "/login", timeout=30) as answer:
                answer.read()
            yield at_most(f"{name}, until it serves", seconds, limit, "s", digits=1)
            yield Figure("memory of the serving process", f"{peak_memory_mb(entered[0].pid):,.0f} MB")
            demo.__exit__(None, None, None)
