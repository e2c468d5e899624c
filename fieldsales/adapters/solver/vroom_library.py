"""`pyvroom`, loaded without pandas, which it uses only for data frames that we never make.

pandas would double what a solver process takes to start and add some 80 MB to each. Where it is loaded already it stays.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType


def load() -> ModuleType:
    """Return `vroom`.

    Raises:
        ImportError: there is no wheel for this system, or it does not load.
    """
    if "pandas" in sys.modules or "vroom" in sys.modules:
        return import_module("vroom")
    stand_in = ModuleType("pandas")
    stand_in.DataFrame = object  # type: ignore[attr-defined]  # named in a signature
    sys.modules["pandas"] = stand_in
    try:
        return import_module("vroom")
    finally:
        del sys.modules["pandas"]
