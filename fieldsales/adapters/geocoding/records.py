"""What the rows of a gazetteer's sources say, and what is known of an installed one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fieldsales.domain.places import Level


class SourceKind(StrEnum):
    """The formats of gazetteer sources."""

    COMPACT = "compact"
    GEOLONIA = "geolonia"
    MLIT_TOWNS = "mlit_towns"
    MLIT_BLOCKS = "mlit_blocks"
    POSTAL = "postal"


@dataclass(frozen=True, slots=True)
class TownRow:
    """A 大字, 町, 丁目 or 小字; without a coordinate when its source has none."""

    pref: str
    city: str
    town: str
    koaza: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A 街区 or 地番 within a town."""

    pref: str
    city: str
    town: str
    koaza: str
    block: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class PostalRow:
    """A postal code and the town it stands for; `level` is town, office-town, city or empty."""

    postal_code: str
    pref: str
    city: str
    town: str
    lat: float | None
    lon: float | None
    level: str
    precision_m: float = 0.0


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A source that went into the installed gazetteer."""

    name: str
    kind: str
    rows: int
    sha256: str
    installed_at: str


@dataclass(frozen=True, slots=True)
class GazetteerStatus:
    """What is installed; `finest` is the finest level it can answer at."""

    installed: bool
    path: Path
    towns: int = 0
    blocks: int = 0
    postal_codes: int = 0
    municipalities: int = 0
    sources: tuple[SourceInfo, ...] = ()
    finest: Level = Level.CITY
    version: str = ""


@dataclass(frozen=True, slots=True)
class InstallProgress:
    """How far an installation is: `stage` is download, read, index or done; `total` is None when not known.

    `done` and `total` count bytes while downloading and rows otherwise.
    """

    stage: str
    source: str
    done: int
    total: int | None = None
