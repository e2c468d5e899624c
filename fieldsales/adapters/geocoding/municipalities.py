"""The municipalities of Japan without a gazetteer: the JpGeocode package's points, each with the radius of its surroundings."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fieldsales.domain.addresses import Municipality, MunicipalityIndex, municipality_keys

_PACKAGE = "JpGeocode"
_DATA = Path("data") / "jp_geocode.json"
_METRES_PER_DEGREE = 111_195.0
_SMALLEST_RADIUS_M = 3_000.0
_LARGEST_RADIUS_M = 40_000.0
_NEIGHBOUR = 3
_NEAR_DEGREES = 1.0

# Wards are not in the package; an address that names one is at least in its city.
_WARDS = {
    "札幌市": "中央 北 東 白石 厚別 豊平 清田 南 西 手稲",
    "仙台市": "青葉 宮城野 若林 太白 泉",
    "さいたま市": "西 北 大宮 見沼 中央 桜 浦和 南 緑 岩槻",
    "千葉市": "中央 花見川 稲毛 若葉 緑 美浜",
    "横浜市": "鶴見 神奈川 西 中 南 港南 保土ケ谷 旭 磯子 金沢 港北 緑 青葉 都筑 戸塚 栄 泉 瀬谷",
    "川崎市": "川崎 幸 中原 高津 多摩 宮前 麻生",
    "相模原市": "緑 中央 南",
    "新潟市": "北 東 中央 江南 秋葉 南 西 西蒲",
    "静岡市": "葵 駿河 清水",
    "浜松市": "中央 浜名 天竜 中 東 西 南 北 浜北",
    "名古屋市": "千種 東 北 西 中村 中 昭和 瑞穂 熱田 中川 港 南 守山 緑 名東 天白",
    "京都市": "北 上京 左京 中京 東山 下京 南 右京 伏見 山科 西京",
    "大阪市": "都島 福島 此花 西 港 大正 天王寺 浪速 西淀川 東淀川 東成 生野 旭 城東 阿倍野 住吉 東住吉 西成 淀川 鶴見 住之江 平野 北 中央",
    "堺市": "堺 中 東 西 南 北 美原",
    "神戸市": "東灘 灘 兵庫 長田 須磨 垂水 北 中央 西",
    "岡山市": "北 中 東 南",
    "広島市": "中 東 南 西 安佐南 安佐北 安芸 佐伯",
    "北九州市": "門司 若松 戸畑 小倉北 小倉南 八幡東 八幡西",
    "福岡市": "東 博多 中央 南 西 城南 早良",
    "熊本市": "中央 東 西 南 北",
}


@cache
def municipality_points() -> dict[tuple[str, str], tuple[float, float]]:
    """Return latitude and longitude by prefecture and municipality (without 郡): 1,741, or none without the package."""
    spec = importlib.util.find_spec(_PACKAGE)
    locations = spec.submodule_search_locations if spec else None
    if not locations:
        return {}
    entries = json.loads((Path(next(iter(locations))) / _DATA).read_text(encoding="utf-8"))
    points: dict[tuple[str, str], tuple[float, float]] = {}
    for name, point in entries.items():
        pref, city = name.split(",", 1)
        points[pref, city] = (float(point["lat"]), float(point["lng"]))
    return points


def municipality_index() -> MunicipalityIndex:
    """Return an index of the package's municipalities and of the wards of the designated cities, which lie at their city's point.

    The radii are left at 0: `radius_m` works one out when it is wanted, since all of them take half a second.
    """
    return MunicipalityIndex(_entries())


def wards_of(city: str) -> list[str]:
    """Return the wards that `city` has or had, in full (札幌市北区), empty for other cities."""
    return [f"{city}{ward}区" for ward in _WARDS.get(city, "").split()]


@cache
def radius_m(lat: float, lon: float) -> float:
    """Return the distance from a municipality's point to the third nearest other one, which holds 94 % of all towns."""
    east = math.cos(math.radians(lat))
    distances = sorted(
        math.hypot(other_lat - lat, (other_lon - lon) * east)
        for other_lat, other_lon in municipality_points().values()
        if abs(other_lat - lat) < _NEAR_DEGREES and abs(other_lon - lon) < _NEAR_DEGREES
    )
    third = distances[_NEIGHBOUR] * _METRES_PER_DEGREE if len(distances) > _NEIGHBOUR else _LARGEST_RADIUS_M
    return min(max(third, _SMALLEST_RADIUS_M), _LARGEST_RADIUS_M)


def _entries() -> Iterator[tuple[Municipality, tuple[str, ...]]]:
    identity = 0
    for (pref, city), (lat, lon) in municipality_points().items():
        for name in (city, *wards_of(city)):
            identity += 1
            yield Municipality(identity, pref, name, lat, lon, 0.0), municipality_keys(name)
