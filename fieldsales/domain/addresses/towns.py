"""Which town (大字・町・丁目・小字) of a municipality an address names."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from .folding import Folded, fold_name
from .numerals import FIRST_NUMBER, LAST_NUMBER, is_number

_NUMBER = f"[{FIRST_NUMBER}-{LAST_NUMBER}]"
_CHOME = re.compile(f"{_NUMBER}丁$")
_NO_TOWN = "（大字なし）"
_LINKING_KANA = re.compile("(?<=.)[ノケツ](?=.)")
_STREET_AFTER_ROW = re.compile(f"(?<={_NUMBER}条)通(?={_NUMBER})")
_ROW_BEFORE_NUMBER = re.compile(f"(?<={_NUMBER})条(?={_NUMBER})")
_LAND_DIVISION = re.compile(f"(?<={_NUMBER})地割$")
_HEAD = re.compile(f"[^{FIRST_NUMBER}-{LAST_NUMBER}-]*")
_CONFLICT = -1


class TownKind(IntEnum):
    """What an entry of the gazetteer stands for."""

    OAZA = 0
    CHOME = 1
    KOAZA = 2
    PARENT = 3  # no entry of its own, but finer ones below it


@dataclass(frozen=True, slots=True)
class TownKey:
    """The tokens of a town's name (a 丁目 ends in its number, without 丁) and its kind."""

    tokens: str
    kind: TownKind


@dataclass(slots=True)
class TownIndex:
    """The towns of one municipality by key; values are positions in the caller's own tables.

    `loose` holds what people write though the official name differs (ノ left out, 地割 left out), only where it is unambiguous;
    `kinds` is a `TownKind` a position; `longest` how many tokens a match can take, see `longest_match`.
    """

    keys: dict[str, int]
    loose: dict[str, int]
    kinds: bytes
    longest: int


@dataclass(frozen=True, slots=True)
class TownMatch:
    """Entry `position` of the index, named by the tokens before `end`; not `clean` when what follows speaks of another town."""

    position: int
    end: int
    clean: bool


def town_name(town: str, koaza: str) -> str:
    """Return the name of a gazetteer entry as one writes it, empty for the lots of a municipality that has no towns."""
    return ("" if town.startswith(_NO_TOWN) else town) + koaza


def town_key(town: str, koaza: str) -> TownKey:
    """Return the key of a gazetteer entry."""
    tokens = fold_name(town_name(town, koaza))
    if _CHOME.search(tokens):
        return TownKey(tokens[:-1], TownKind.CHOME)
    return TownKey(tokens, TownKind.KOAZA if koaza else TownKind.OAZA)


def parent_key(key: TownKey) -> str:
    """Return the town that a 丁目 belongs to, the empty string for everything else."""
    return key.tokens[:-1] if key.kind is TownKind.CHOME else ""


def loose_keys(key: TownKey, koaza: str) -> tuple[str, ...]:
    """Return other spellings under which `key` may be found when nothing else claims them."""
    tokens = key.tokens
    variants = {
        _LINKING_KANA.sub("", tokens),
        _LAND_DIVISION.sub("", tokens),
        _STREET_AFTER_ROW.sub("", tokens),
        _ROW_BEFORE_NUMBER.sub("-", tokens),
    }
    if len(koaza) > 2 and koaza.endswith("町"):
        variants.add(fold_name(koaza))  # 長野市上千歳町 for 長野市大字鶴賀上千歳町
    return tuple(sorted(variants - {tokens, ""}))


def index_loosely(entries: Sequence[tuple[TownKey, str]], keys: dict[str, int]) -> dict[str, int]:
    """Return the loose spellings of `entries` (key and koaza, in the order of their positions) that mean one town only."""
    loose: dict[str, int] = {}
    for key, koaza in entries:
        position = keys[key.tokens]
        for variant in loose_keys(key, koaza):
            if variant not in keys:
                loose[variant] = position if loose.get(variant, position) == position else _CONFLICT
    return {variant: position for variant, position in loose.items() if position != _CONFLICT}


def longest_match(*spellings: Iterable[str]) -> int:
    """Return how many tokens a match can take: the longest spelling and a 町 that only the address has."""
    return 1 + max((len(name) for names in spellings for name in names), default=0)


def match_town(folded: Folded, start: int, index: TownIndex) -> TownMatch | None:
    """Return the town with the longest name that the address has at token `start`."""
    tokens, keys, loose = folded.tokens, index.keys, index.loose
    has_linking_kana = _LINKING_KANA.search(tokens, start) is not None
    for end in range(min(len(tokens), start + index.longest), start, -1):
        name = tokens[start:end]
        position = keys.get(name)
        official = position is not None
        if position is None:
            position = loose.get(name)
        if position is None and has_linking_kana and (bare := _LINKING_KANA.sub("", name)) != name:
            position = keys.get(bare, loose.get(bare))
        if position is None and (
            end == len(tokens)
            or FIRST_NUMBER <= tokens[end] <= LAST_NUMBER
            or FIRST_NUMBER <= name[-1] <= LAST_NUMBER
            or folded.has_gap_before(end)
        ):
            position = _find_without_machi(folded, name, end, keys)
        if position is None:
            continue
        after = _accept(folded, start, end, index.kinds[position], official)
        if after is not None:
            return TownMatch(position, after, _is_clean(folded, after))
    nameless = index.keys.get("")  # いの町3番地: lots of the municipality itself
    return TownMatch(nameless, start, True) if nameless is not None and is_number(tokens[start : start + 1]) else None


def match_district(folded: Folded, start: int, index: TownIndex) -> tuple[list[int], int] | None:
    """Return the towns whose names begin as the address goes on (上西甲 and 上西乙 for 上西字内場), and where that beginning ends.

    It has to be a name by the looks of it: followed by a number or a break, or ending in 町 or 村.
    """
    tokens, names = folded.tokens, sorted(index.keys)
    for end in range(min(len(tokens), start + index.longest), start + 1, -1):
        beginning = tokens[start:end]
        first = bisect_left(names, beginning)
        if first == len(names) or not names[first].startswith(beginning) or is_number(beginning[-1]):
            continue
        if beginning[-1] in "町村" or folded.has_gap_before(end) or is_number(tokens[end]):
            last = bisect_left(names, beginning + "\uffff")
            return [index.keys[name] for name in names[first:last]], end
    return None


def _find_without_machi(folded: Folded, name: str, end: int, keys: Mapping[str, int]) -> int | None:
    """Find `name`, which a number or a break shows to end here, with a 町 more or less."""
    number = name[-1] if is_number(name[-1]) else ""
    stem = name[:-1] if number else name
    if stem.endswith("町"):
        stem = stem[:-1]
        return keys.get(stem + number) if stem and not is_number(stem[-1]) else None
    if len(stem) > 1 or number or is_number(folded.tokens[end : end + 1]):
        return keys.get(stem + "町" + number) if stem else None
    return None


def _accept(folded: Folded, start: int, end: int, kind: int, official: bool) -> int | None:
    """Return where the town's name ends if the tokens from `start` to `end` may be one (its `official` spelling or not), else None."""
    tokens = folded.tokens
    following = tokens[end] if end < len(tokens) else ""
    last_is_number = is_number(tokens[end - 1])
    if kind == TownKind.CHOME and last_is_number:
        if following == "丁":
            return end + 1
        # 3 alone is no 丁目, nor is 3番 or 3号; 3-5 and 3 at the end are
        return end if end - start > 1 and (following in ("", "-", " ") or folded.has_gap_before(end)) else None
    if last_is_number and following and following in "丁番号":
        return None
    if last_is_number and kind == TownKind.KOAZA and not official and following != "-":
        return None  # 太田12 is a lot of 太田; only 太田12-3 is lot 3 of its 12地割
    if end - start == 1:
        return end if following in ("", " ") or is_number(following) or folded.has_aza_before(end) else None
    return end


def _is_clean(folded: Folded, end: int) -> bool:
    """False when the text goes on as if the town's name did: 中央｜本町, 緑｜南3丁目, or a 丁目 that is not known."""
    tokens = folded.tokens
    if end >= len(tokens):
        return True
    head = _HEAD.match(tokens, end)
    after = head.end() if head else end
    if after == end:
        return not (is_number(tokens[end]) and tokens[end + 1 : end + 2] == "丁")
    if folded.has_gap_before(end):
        return True
    return not (tokens[after - 1] in "町丁" or tokens[after + 1 : after + 2] == "丁")
