"""The composition root: the only place that knows services and adapters alike."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fieldsales import USER_AGENT
from fieldsales.adapters.business_cards import printed
from fieldsales.adapters.business_cards.reader import LibraryCards
from fieldsales.adapters.files.photos import PillowPhotos
from fieldsales.adapters.files.store import FolderStore
from fieldsales.adapters.geocoding.chain import build_chain
from fieldsales.adapters.mail import build_mailer
from fieldsales.adapters.outbox import build_outbox
from fieldsales.adapters.scoring import ProcessTrainer
from fieldsales.adapters.solver import SolverPool, build_solver
from fieldsales.adapters.travel_times import CACHE_FILE_NAME as TRAVEL_CACHE
from fieldsales.adapters.travel_times import build_travel_times
from fieldsales.db.database import Database
from fieldsales.errors import BadSetting
from fieldsales.services.map.map_index import MapIndex
from fieldsales.services.planning.planning import Tools
from fieldsales.services.ports import CardReader, FileStore, Geocoder, Mailer, Outbox, PhotoMaker, ScoreTrainer, Solver, TravelTimes
from fieldsales.services.team.deliveries import Ways
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
    cards: CardReader = field(default_factory=LibraryCards)
    travel_times: TravelTimes = field(default_factory=build_travel_times)
    solver: Solver = field(default_factory=build_solver)
    score_trainer: ScoreTrainer = field(default_factory=ProcessTrainer)
    mailer: Mailer | None = None
    outbox: Outbox | None = None

    @property
    def planning_tools(self) -> Tools:
        """What planning days works with."""
        return Tools(self.database, self.solver, self.travel_times)

    @property
    def delivery_ways(self) -> Ways:
        """Where deliveries can go."""
        return Ways(folder=self.outbox is not None, mail=self.mailer is not None)


def build_runtime(settings: Settings, *, offline: bool = False, clock: Callable[[], datetime] = utc_now) -> Runtime:
    """Join settings, database and adapters; touches no network and creates the data directory only.

    Raises:
        BadSetting: a setting cannot be used.
    """
    prepare_data_dir(settings)
    if settings.card_ocr == "on" and not printed.is_installed():
        raise BadSetting(name="FIELDSALES_CARD_OCR", why="the extra card-ocr is not installed; see docs/business-cards.md")
    database = Database(settings.resolved_database_url)
    geocoder = build_chain(
        settings.geocoder_names,
        gazetteer_path=settings.gazetteer_path,
        nominatim_url=settings.nominatim_url,
        user_agent=USER_AGENT,
        offline=offline,
    )
    files, photos, cards = FolderStore(settings.files_dir), PillowPhotos(), LibraryCards(ocr=settings.card_ocr == "on")
    routing_url = "" if offline else settings.routing_url
    travel_times = build_travel_times(routing_url, cache_path=settings.data_dir / TRAVEL_CACHE, user_agent=USER_AGENT)
    return Runtime(
        settings,
        database,
        geocoder,
        MapIndex(),
        files,
        photos,
        clock,
        cards,
        travel_times,
        SolverPool(),
        mailer=build_mailer(settings.smtp_url, settings.mail_from),
        outbox=build_outbox(settings.reports_dir),
    )


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
