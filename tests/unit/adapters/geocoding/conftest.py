"""A small gazetteer: real names, coordinates rounded and some of them invented."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from fieldsales.adapters.geocoding.gazetteer import Gazetteer, install
from fieldsales.domain.places import AddressQuery, Place

TOWNS = [
    ("香川県", "高松市", "番町一丁目", "", 34.341, 134.045),
    ("香川県", "高松市", "番町二丁目", "", 34.342, 134.043),
    ("香川県", "高松市", "番町三丁目", "", 34.343, 134.041),
    ("香川県", "高松市", "新田町", "", 34.330, 134.100),
    ("香川県", "高松市", "木太町", "", 34.330, 134.070),
    ("香川県", "高松市", "木太町", "六区", 34.339, 134.081),
    ("香川県", "高松市", "塩江町上西甲", "", 34.170, 134.080),
    ("香川県", "高松市", "塩江町上西乙", "", 34.165, 134.085),
    ("香川県", "高松市", "田町", "", 34.338, 134.050),
    ("北海道", "札幌市中央区", "北三条西一丁目", "", 43.064, 141.354),
    ("北海道", "札幌市中央区", "北三条西二丁目", "", 43.064, 141.352),
    ("北海道", "札幌市中央区", "宮の森四条七丁目", "", 43.064, 141.302),
    ("北海道", "札幌市中央区", "旭ケ丘三丁目", "", 43.040, 141.320),
    ("北海道", "札幌市北区", "北七条西一丁目", "", 43.070, 141.352),
    ("北海道", "札幌市北区", "篠路三条二丁目", "", 43.150, 141.360),
    ("北海道", "旭川市", "四条通九丁目", "", 43.768, 142.367),
    ("北海道", "伊達市", "梅本町", "", 42.470, 140.865),
    ("北海道", "紋別郡滝上町", "字サクルー原野", "", 44.190, 143.070),
    ("北海道", "古宇郡泊村", "大字茅沼村", "", 43.060, 140.500),
    ("北海道", "上川郡清水町", "南四条二丁目", "", 43.010, 142.880),
    ("福島県", "伊達市", "保原町", "", 37.820, 140.560),
    ("福島県", "いわき市", "平", "", 37.055, 140.888),
    ("福島県", "いわき市", "平", "字梅本", 37.050, 140.885),
    ("東京都", "府中市", "宮西町二丁目", "", 35.669, 139.477),
    ("広島県", "府中市", "府川町", "", 34.568, 133.236),
    ("東京都", "中央区", "銀座一丁目", "", 35.674, 139.767),
    ("東京都", "千代田区", "霞が関二丁目", "", 35.675, 139.750),
    ("東京都", "八丈町", "大賀郷", "", 33.110, 139.790),
    ("静岡県", "浜松市中区", "元城町", "", 34.711, 137.725),
    ("静岡県", "浜松市中区", "中央一丁目", "", 34.709, 137.733),
    ("静岡県", "浜松市浜北区", "小松", "", 34.790, 137.770),
    ("静岡県", "浜松市北区", "小松", "", 34.850, 137.650),
    ("静岡県", "駿東郡清水町", "伏見", "", 35.100, 138.900),
    ("大阪府", "大阪市北区", "梅田一丁目", "", 34.700, 135.498),
    ("大阪府", "大阪市中央区", "本町一丁目", "", 34.684, 135.508),
    ("大阪府", "堺市堺区", "緑町四丁", "", 34.599, 135.463),
    ("大阪府", "堺市堺区", "緑町三丁", "", 34.598, 135.462),
    ("京都府", "京都市上京区", "玄武町", "", 35.030, 135.765),
    ("京都府", "京都市中京区", "上本能寺前町", "", 35.011, 135.768),
    ("京都府", "京都市東山区", "北木之元町", "", 35.005, 135.785),
    ("京都府", "京都市下京区", "烏丸", "", 34.990, 135.760),
    ("岩手県", "岩手郡岩手町", "大字五日市", "", 39.960, 141.200),
    ("岩手県", "岩手郡岩手町", "大字五日市", "第十地割", 39.969, 141.215),
    ("長野県", "長野市", "大字鶴賀", "", 36.650, 138.195),
    ("長野県", "長野市", "大字鶴賀", "上千歳町", 36.650, 138.190),
    ("兵庫県", "神崎郡神河町", "栗", "", 35.117, 134.757),
    ("和歌山県", "和歌山市", "七番丁", "", 34.229, 135.171),
    ("神奈川県", "鎌倉市", "雪ノ下一丁目", "", 35.323, 139.556),
    ("神奈川県", "横浜市西区", "三ツ沢上町", "", 35.470, 139.600),
    ("山口県", "周南市", "久米中央一丁目", "", None, None),
    ("高知県", "吾川郡いの町", "（大字なし）", "", 33.550, 133.430),
]
POSTAL_CODES = [
    ("7600017", "香川県", "高松市", "番町", 34.342, 134.043, "town"),
    ("7610104", "香川県", "高松市", "高松町", 34.345, 134.110, "town"),
    ("0520000", "北海道", "伊達市", "", 42.470, 140.865, "city"),
    ("0520021", "北海道", "伊達市", "末永町", 42.475, 140.860, "town"),
    ("1830022", "東京都", "府中市", "宮西町", 35.669, 139.477, "town"),
    ("1830001", "東京都", "府中市", "浅間町", 35.680, 139.490, "town"),
    ("4340042", "静岡県", "浜松市浜名区", "小松", 34.790, 137.770, "town"),
]


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], encoding: str = "utf-8") -> Path:
    """Write a table as a source of a gazetteer."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
    return path


def write_towns(path: Path, rows: Iterable[Sequence[object]] = tuple(TOWNS)) -> Path:
    """Write the compact format."""
    return write_csv(path, ("pref", "city", "town", "koaza", "lat", "lng"), rows)


def write_postal_codes(path: Path) -> Path:
    """Write the postal codes."""
    return write_csv(path, ("postal_code", "pref", "city", "town", "lat", "lon", "level"), POSTAL_CODES)


class Asking:
    """A gazetteer that is asked in plain text."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.gazetteer = Gazetteer(path)

    def __call__(self, text: str, postal_code: str = "") -> Place:
        return self.gazetteer.locate(AddressQuery(text, postal_code))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small gazetteer without postal codes."""
    directory = tmp_path_factory.mktemp("gazetteer")
    install(directory / "gazetteer.sqlite3", [write_towns(directory / "towns.csv")])
    return directory / "gazetteer.sqlite3"


@pytest.fixture(scope="session")
def installed_with_codes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small gazetteer with postal codes."""
    directory = tmp_path_factory.mktemp("gazetteer-with-codes")
    sources = [write_towns(directory / "towns.csv"), write_postal_codes(directory / "codes.csv")]
    install(directory / "gazetteer.sqlite3", sources)
    return directory / "gazetteer.sqlite3"


@pytest.fixture
def ask(installed: Path) -> Asking:
    """The small gazetteer."""
    return Asking(installed)


@pytest.fixture
def ask_with_codes(installed_with_codes: Path) -> Asking:
    """The small gazetteer with postal codes."""
    return Asking(installed_with_codes)


@pytest.fixture
def ask_without(tmp_path: Path) -> Asking:
    """No gazetteer at all."""
    return Asking(tmp_path / "gazetteer.sqlite3")
