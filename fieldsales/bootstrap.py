"""The composition root: the only place that knows services and adapters alike."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fieldsales import USER_AGENT
from fieldsales.adapters.files.photos import PillowPhotos
from fieldsales.adapters.files.store import FolderStore
from fieldsales.adapters.geocoding.chain import build_chain
from fieldsales.db.database import Database
from fieldsales.services.map_index import MapIndex
from fieldsales.services.ports import FileStore, Geocoder, PhotoMaker
from fieldsales.settings import Settings, prepare_data_dir, read_settings


def utc_now() -> datetime:
    """Return the present moment; tests hand over a clock of their own."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Runtime:
    """What one process works with; built once, shared by web, pages, jobs and commands."""

    settings: Settings
    database: Database
    geocoder: Geocoder
    map_index: MapIndex
    files: FileStore
    photos: PhotoMaker
    clock: Callable[[], datetime] = field(default=utc_now)


def build_runtime(settings: Settings, *, offline: bool = False, clock: Callable[[], datetime] = utc_now) -> Runtime:
    """Join settings, database and adapters; touches no network and creates the data directory only.

    Raises:
        BadSetting: a setting cannot be used.
    """
    prepare_data_dir(settings)
    database = Database(settings.resolved_database_url)
    geocoder = build_chain(
        settings.geocoder_names,
        gazetteer_path=settings.gazetteer_path,
        nominatim_url=settings.nominatim_url,
        user_agent=USER_AGENT,
        offline=offline,
    )
    return Runtime(settings, database, geocoder, MapIndex(), FolderStore(settings.files_dir), PillowPhotos(), clock)


_lock = threading.Lock()
_current: Runtime | None = None


def current_runtime() -> Runtime:
    """Return this process's runtime, built from the environment at first use."""
    global _current
    with _lock:
        if _current is None:
            _current = build_runtime(read_settings())
        return _current


def use_runtime(runtime: Runtime | None) -> None:
    """Make `runtime` this process's (the demo and tests bring their own); None forgets it."""
    global _current
    with _lock:
        _current = runtime
