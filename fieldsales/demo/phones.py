"""Telephone numbers with real area codes that nobody can have."""

from __future__ import annotations

from random import Random

from fieldsales.demo.towns import Town
from fieldsales.domain.words import Kind

_AREA_CODES = {"東京都": "03", "神奈川県": "045", "埼玉県": "048", "千葉県": "043", "大阪府": "06", "北海道": "011", "宮城県": "022"}
_CITY_CODES = {
    "愛知県名古屋市": "052", "愛知県豊橋市": "0532", "石川県金沢市": "076", "静岡県静岡市": "054", "京都府京都市": "075",
    "京都府宇治市": "0774", "兵庫県神戸市": "078", "兵庫県西宮市": "0798", "香川県高松市": "087", "岡山県岡山市": "086",
    "広島県広島市": "082", "福岡県福岡市": "092", "福岡県北九州市": "093", "熊本県熊本市": "096", "鹿児島県鹿児島市": "099",
    "東京都八王子市": "042", "東京都立川市": "042", "東京都町田市": "042", "東京都府中市": "042", "東京都調布市": "042",
    "東京都青梅市": "0428", "東京都武蔵野市": "0422", "東京都三鷹市": "0422", "神奈川県川崎市": "044", "神奈川県相模原市": "042",
    "神奈川県藤沢市": "0466", "神奈川県厚木市": "046", "神奈川県平塚市": "0463", "神奈川県横須賀市": "046", "埼玉県所沢市": "04",
    "埼玉県川越市": "049", "千葉県柏市": "04", "千葉県松戸市": "047", "千葉県市川市": "047", "千葉県船橋市": "047",
    "千葉県成田市": "0476", "大阪府堺市": "072",
}  # fmt: skip


def invent_phone(rng: Random, town: Town, kind: Kind) -> str:
    """Return a number that nobody has: no Japanese exchange begins with 0."""
    if kind is Kind.PERSON:
        return f"090-0{rng.randrange(1000):03d}-{rng.randrange(10_000):04d}"
    code = _CITY_CODES.get(town.area) or _AREA_CODES.get(town.pref, "03")
    return f"{code}-{'0' * (5 - len(code))}{rng.randrange(10)}-{rng.randrange(10_000):04d}"
