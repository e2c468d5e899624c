"""What commands share: the runtime built from the environment."""

from __future__ import annotations

from fieldsales.bootstrap import Runtime, build_runtime
from fieldsales.settings import read_settings


def open_runtime(*, offline: bool = False, upgrade: bool = True, **overrides: object) -> Runtime:
    """Return a runtime whose tables are up to date (unless `upgrade` is False)."""
    runtime = build_runtime(read_settings(**overrides), offline=offline)
    if upgrade:
        runtime.database.upgrade()
    return runtime
