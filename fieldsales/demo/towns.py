"""The real towns at which the demo's invented customers stand; `towns.csv` names its sources."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_KANJI = "一二三四五六七八九"
_CHOME = re.compile(rf"([{_KANJI}])丁目$")
_SAPPORO_BLOCK = re.compile(rf"[{_KANJI}]条|大通[東西]")
# How many customers a town draws, compared with a town of Tokyo: there the table is densest.
_DRAW = {"東京都": 1.1, "神奈川県": 1.0, "埼玉県": 1.0, "千葉県": 1.0, "北海道": 1.3, "宮城県": 1.3}
_DRAW_ELSEWHERE = 1.5


@dataclass(frozen=True, slots=True)
class Town:
    """A 町 or 丁目 with its representative point; `draw` is its weight among all towns."""

    postal_code: str
    pref: str
    city: str
    name: str
    lat: float
    lon: float

    @property
    def draw(self) -> float:
        """How likely a customer stands here, compared with other towns."""
        return _DRAW.get(self.pref, _DRAW_ELSEWHERE)

    @property
    def area(self) -> str:
        """The prefecture and the municipality without its ward: 宮城県仙台市."""
        return self.pref + _without_ward(self.city)

    def address(self, block: int, house: int, *, spelled_out: bool = False) -> str:
        """Return an address in this town as people write it: 神宮前6-12-3, or 神宮前6丁目12番3号 when spelled out."""
        chome = _CHOME.search(self.name)
        if chome is None:
            return f"{self.pref}{self.city}{self.name}{block}-{house}"
        number = _KANJI.index(chome[1]) + 1
        base = self.name[: chome.start()]
        if _SAPPORO_BLOCK.search(base):
            return f"{self.pref}{self.city}{_arabic(base)}{number}丁目{block}-{house}"
        if spelled_out:
            return f"{self.pref}{self.city}{base}{number}丁目{block}番{house}号"
        return f"{self.pref}{self.city}{base}{number}-{block}-{house}"


@cache
def _without_ward(city: str) -> str:
    return re.sub(r"(?<=市).+区$", "", city)


def _arabic(text: str) -> str:
    return re.sub(rf"[{_KANJI}](?=条)", lambda match: str(_KANJI.index(match[0]) + 1), text)


@cache
def read_towns() -> tuple[Town, ...]:
    """Return all towns of the table, in its order."""
    lines = (files(__package__) / "towns.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return tuple(Town(r["postal_code"], r["pref"], r["city"], r["town"], float(r["lat"]), float(r["lon"])) for r in rows)
