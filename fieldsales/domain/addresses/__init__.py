"""How Japanese addresses are written, and what they name; nothing here reads a file or knows a coordinate system."""

from .envelope import Unwrapped, find_prefecture, read_postal_code, unwrap
from .folding import Folded, fold, fold_name
from .kyoto import after_last_direction
from .municipalities import Municipality, MunicipalityIndex, MunicipalityMatch, city_of_ward, municipality_keys, without_district
from .numerals import is_number, number_value
from .prefectures import PREFECTURES, prefectures_of
from .towns import (
    TownIndex,
    TownKey,
    TownKind,
    TownMatch,
    index_loosely,
    longest_match,
    match_district,
    match_town,
    parent_key,
    town_key,
    town_name,
)

__all__ = [
    "PREFECTURES",
    "Folded",
    "Municipality",
    "MunicipalityIndex",
    "MunicipalityMatch",
    "TownIndex",
    "TownKey",
    "TownKind",
    "TownMatch",
    "Unwrapped",
    "after_last_direction",
    "city_of_ward",
    "find_prefecture",
    "fold",
    "fold_name",
    "index_loosely",
    "is_number",
    "longest_match",
    "match_district",
    "match_town",
    "municipality_keys",
    "number_value",
    "parent_key",
    "prefectures_of",
    "read_postal_code",
    "town_key",
    "town_name",
    "unwrap",
    "without_district",
]
