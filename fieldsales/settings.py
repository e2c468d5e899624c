"""Settings from the environment: one frozen object, read once, every unusable value named."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from fieldsales.errors import BadSetting

PREFIX = "FIELDSALES_"
GSI_PALE_TILES = "https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png"
OSM_TILES = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
GSI_ATTRIBUTION = '<a href="https://maps.gsi.go.jp/development/ichiran.html">地理院タイル</a>'
OSM_ATTRIBUTION = '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>'
MIN_SECRET_LENGTH = 32


def _setting(help_text: str, *, default: object = "", secret: bool = False) -> object:
    return field(default=default, repr=not secret, metadata={"help": help_text, "secret": secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an administrator can set; `docs/administration.md` documents every field (a test checks it)."""

    data_dir: Path = _setting("Folder of the database, the gazetteer and uploads.", default=Path("data"))  # type: ignore[assignment]
    database_url: str = _setting("SQLAlchemy URL; empty for SQLite in the data directory.", secret=True)  # type: ignore[assignment]
    secret_key: str = _setting("Signs form tokens; at least 32 characters.", secret=True)  # type: ignore[assignment]
    locale: str = _setting("Language when a visitor's is unknown: ja or en.", default="ja")  # type: ignore[assignment]
    timezone: str = _setting("Time zone of “today” for users without one.", default="Asia/Tokyo")  # type: ignore[assignment]
    tiles_url: str = _setting("Map tiles; empty for GSI in Japan and OpenStreetMap elsewhere.")  # type: ignore[assignment]
    tiles_attribution: str = _setting("Attribution shown with TILES_URL (HTML).")  # type: ignore[assignment]
    geocoders: str = _setting("Chain of geocoders, in order.", default="gazetteer,postal")  # type: ignore[assignment]
    nominatim_url: str = _setting("Nominatim server for addresses outside Japan.")  # type: ignore[assignment]
    routing_url: str = _setting("OSRM or Valhalla server for travel times.")  # type: ignore[assignment]
    card_ocr: str = _setting("Read printed business cards (on or off); needs the extra card-ocr.", default="off")  # type: ignore[assignment]
    demo_password: str = _setting("Password of the demo accounts.", secret=True)  # type: ignore[assignment]
    smtp_url: str = _setting("Mail server for deliveries, with its password.", secret=True)  # type: ignore[assignment]
    mail_from: str = _setting("Address that deliveries come from.")  # type: ignore[assignment]
    reports_dir: str = _setting("Folder that deliveries are put into.")  # type: ignore[assignment]
    trusted_proxies: str = _setting("Addresses of reverse proxies whose X-Forwarded-* is believed.")  # type: ignore[assignment]
    demo: bool = False

    @property
    def resolved_database_url(self) -> str:
        """The database URL, SQLite in the data directory when none is set."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'fieldsales.sqlite3').absolute()}"

    @property
    def gazetteer_path(self) -> Path:
        """The gazetteer's own SQLite file."""
        return self.data_dir / "gazetteer.sqlite3"

    @property
    def files_dir(self) -> Path:
        """The folder of photos and other files of customers; nothing serves it as it is."""
        return self.data_dir / "files"

    @property
    def geocoder_names(self) -> tuple[str, ...]:
        """The geocoder chain, in order."""
        return tuple(name.strip() for name in self.geocoders.split(",") if name.strip())

    @property
    def zone(self) -> ZoneInfo:
        """The default time zone."""
        return ZoneInfo(self.timezone)

    def require_secret(self) -> None:
        """Refuse to serve a real team with a missing or short secret.

        Raises:
            BadSetting: FIELDSALES_SECRET_KEY is empty or too short, outside the demo.
        """
        if not self.demo and len(self.secret_key) < MIN_SECRET_LENGTH:
            raise BadSetting(name=PREFIX + "SECRET_KEY", why=f"set it to at least {MIN_SECRET_LENGTH} random characters")


def read_settings(environ: Mapping[str, str] | None = None, /, **overrides: object) -> Settings:
    """Read settings from `environ` (default: the process's); keyword arguments win.

    Raises:
        BadSetting: a value cannot be used; the message names the variable.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for f in fields(Settings):
        if f.name == "demo":
            continue
        raw = _raw_value(environ, PREFIX + f.name.upper(), secret=bool(f.metadata.get("secret")))
        if raw is not None:
            values[f.name] = Path(raw) if f.name == "data_dir" else raw
    values |= overrides
    settings = Settings(**values)  # type: ignore[arg-type]
    _check(settings)
    return settings


def _raw_value(environ: Mapping[str, str], name: str, *, secret: bool) -> str | None:
    if secret and environ.get(name + "_FILE"):
        try:
            return Path(environ[name + "_FILE"]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(name=name + "_FILE", why=str(error)) from error
    value = environ.get(name)
    return value.strip() if value and value.strip() else None


def _check(settings: Settings) -> None:
    if settings.locale not in ("ja", "en"):
        raise BadSetting(name=PREFIX + "LOCALE", why="ja or en")
    if settings.card_ocr not in ("on", "off"):
        raise BadSetting(name=PREFIX + "CARD_OCR", why="on or off")
    if settings.timezone not in available_timezones():
        raise BadSetting(name=PREFIX + "TIMEZONE", why="a name such as Asia/Tokyo")
    if settings.tiles_url and not all(part in settings.tiles_url for part in ("{z}", "{x}", "{y}")):
        raise BadSetting(name=PREFIX + "TILES_URL", why="needs {z}, {x} and {y}")


def prepare_data_dir(settings: Settings) -> None:
    """Create the data directory, readable by this account alone.

    Raises:
        BadSetting: it cannot be created or written.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            pass
    except OSError as error:
        raise BadSetting(name=PREFIX + "DATA_DIR", why=str(error)) from error
