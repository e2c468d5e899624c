"""The local gazetteer of Japan: installed into a file of its own, asked without any network."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from fieldsales.domain.places import AddressQuery, Level, Place

from .atlas import Atlas, BareAtlas, InstalledAtlas
from .errors import DamagedGazetteer
from .locating import Locator
from .records import GazetteerStatus, InstallProgress, PostalRow, SourceInfo
from .storage import open_for_reading, read_meta

__all__ = ["Gazetteer", "GazetteerStatus", "InstallProgress", "SourceInfo", "install"]

_log = logging.getLogger(__name__)

FILE_NAME = "gazetteer.sqlite3"
_LOOK_AGAIN_EVERY = 100
_BARE_VERSION = "municipalities"


class Gazetteer:
    """Places of Japanese addresses; without an installed file it knows the municipalities only.

    Constructing one reads nothing. It may be used from several threads, and notices when the file is replaced.
    """

    def __init__(self, path: Path) -> None:
        """Use the file at `path`, whether it is there or not yet."""
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._locator: Locator | None = None

    @property
    def installed(self) -> bool:
        """True when there is a file to answer from."""
        return self._path.exists()

    @property
    def version(self) -> str:
        """Changes with every installation, so that approximate places can be looked for again."""
        atlas = self._current().atlas
        return atlas.version if isinstance(atlas, InstalledAtlas) else _BARE_VERSION

    def status(self) -> GazetteerStatus:
        """Return what is installed.

        Raises:
            DamagedGazetteer: the file is no gazetteer of this version.
        """
        if not self.installed:
            return GazetteerStatus(installed=False, path=self._path, version=_BARE_VERSION)
        InstalledAtlas(self._path)  # raises what a lookup would raise
        connection = open_for_reading(self._path)
        try:
            counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in _COUNTED]
            sources = connection.execute("SELECT name, kind, rows, sha256, installed_at FROM source ORDER BY id").fetchall()
            version = read_meta(connection, "version")
        finally:
            connection.close()
        towns, blocks, postal_codes, municipalities = counts
        finest = Level.BLOCK if blocks else Level.CHOME if towns else Level.POSTAL if postal_codes else Level.CITY
        return GazetteerStatus(
            installed=True,
            path=self._path,
            towns=towns,
            blocks=blocks,
            postal_codes=postal_codes,
            municipalities=municipalities,
            sources=tuple(SourceInfo(*source) for source in sources),
            finest=finest,
            version=version,
        )

    def locate(self, query: AddressQuery) -> Place:
        """Return the place of one address, or why there is none."""
        return self._current().locate(query)

    def locate_many(self, queries: Iterable[AddressQuery]) -> Iterator[Place]:
        """Yield a place for each address, in order."""
        for number, query in enumerate(queries):
            if number % _LOOK_AGAIN_EVERY == 0:
                locator = self._current()
            yield locator.locate(query)

    def municipality_of(self, query: AddressQuery) -> tuple[str, str] | None:
        """Return prefecture and whole city (札幌市 for 札幌市北区) that an address names beyond doubt, else None."""
        cities = {(candidate.pref, candidate.whole_city) for candidate in self._current().read(query).candidates}
        return cities.pop() if len(cities) == 1 else None

    def area_of(self, query: AddressQuery) -> str:
        """Return the municipality that an address names beyond doubt, as in 東京都新宿区, without its 郡; empty when it names none."""
        return self._current().area_of(query)

    def postal(self, code: str) -> PostalRow | None:
        """Return what a postal code of seven digits stands for, None when it is not known."""
        return self._current().atlas.postal(code)

    def _current(self) -> Locator:
        """Return the locator for the file as it is now."""
        try:
            stat = self._path.stat()
            state = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        except FileNotFoundError:
            state = (0, 0, 0)
        locator = self._locator
        if locator is not None and state == self._seen:
            return locator
        with self._lock:
            if self._locator is None or state != self._seen:
                self._locator, self._seen = Locator(self._open() if any(state) else BareAtlas()), state
            return self._locator

    def _open(self) -> Atlas:
        """Open the file; a damaged one counts as none, so that no address fails because of it (`status` says so)."""
        try:
            return InstalledAtlas(self._path)
        except DamagedGazetteer:
            _log.exception("The gazetteer at %s is damaged; only municipalities are known until it is installed again.", self._path)
            return BareAtlas()


_COUNTED = ("town", "block", "postal", "town_index")


def install(path: Path, sources: Sequence[str | Path], *, progress: Callable[[InstallProgress], None] | None = None) -> GazetteerStatus:
    """Add `sources` (files or URLs) to the gazetteer at `path` and return what is installed then.

    What is installed already stays; where both know a town, the newer source wins, and finer levels are kept beside coarser
    ones. Lookups that are under way go on with the former file until the new one is complete.

    Raises:
        UnusableGazetteer: a source cannot be read, has no known format or no usable row; nothing was changed.
        DownloadFailed: a URL could not be fetched; the next attempt continues.
    """
    from .installation import install_sources  # numpy is for building only: a process that locates stays small

    install_sources(path, sources, progress or (lambda _: None))
    return Gazetteer(path).status()
