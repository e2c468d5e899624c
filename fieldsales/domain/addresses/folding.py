"""Any spelling of an address to one canonical token string, with the way back to the original text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .characters import FOLDED, NOT_PLAIN, PLAIN, REPEAT, SOUND_MARKS, SPACE, add_sound_mark
from .numerals import KANJI_NUMERALS, number_token, read_kanji_number

_N = f"[0-9{KANJI_NUMERALS}]"
_NUMERAL_CHARACTERS = frozenset("0123456789" + KANJI_NUMERALS)
_LOOKALIKE_NUMBERS = {"ニ": 2, "ハ": 8, "壱": 1, "壹": 1, "弐": 2, "貳": 2, "参": 3}

# Each group is one rewriting rule; `Match.lastindex` says which one applied.
_ARABIC, _HYPHEN, _KANJI, _CHOME, _TOWN, _LONG_MARK, _LOOKALIKE, _DROPPED = range(1, 9)
_RULES = re.compile(
    "|".join(
        (
            "([0-9]+)",
            # every hyphen or long mark between numbers; kanji 一 only between Arabic digits (1一2), ノ as in 3の2
            f"((?<={_N})[ー~ノ](?={_N})|(?<=[0-9])一(?=[0-9]))",
            f"([{KANJI_NUMERALS}]+)",
            f"((?<={_N})丁目?|(?<=[{''.join(_LOOKALIKE_NUMBERS)}])丁目)",  # 堺市 says 一丁 where others say 一丁目
            "((?<=番)丁(?!目))",  # 三番丁 = 三番町
            "((?<=[ァ-ヺー])-(?![0-9]))",  # a hyphen typed for the long mark: サクル-原野
            f"([{''.join(_LOOKALIKE_NUMBERS)}](?=丁目))",
            f"(大字|小字|字|第(?={_N})|(?<={_N})条(?=[東西南北])|(?<=通)リ)",
        )
    )
)
_HYPHENS = "-‐‑‒–—―−－ーｰ─━"
_TRIM = " \u3000\t\r\n,、，。:：;；\"'“”‘’「」『』"


@dataclass(frozen=True, slots=True)
class Folded:
    """The canonical tokens of `original`; token i stands for `original[starts[i]:ends[i]]`."""

    original: str
    tokens: str
    starts: list[int]
    ends: list[int]

    def rest_from(self, token: int) -> str:
        """Return the original text that follows the first `token` tokens."""
        rest = self.original[self.ends[token - 1] if token else 0 :].strip(_TRIM)
        # 番町1-8-15: the hyphen belonged to the 丁目
        return rest.lstrip(_HYPHENS) if token and rest[1:] else rest

    def has_gap_before(self, token: int) -> bool:
        """True when something that is no token (a space, 字, a bracket) stood before `token`, or the text ends there."""
        if token >= len(self.tokens):
            return True
        return token > 0 and self.starts[token] != self.ends[token - 1]

    def has_aza_before(self, token: int) -> bool:
        """True when 字, 大字 or 小字 stood before `token`."""
        return token < len(self.tokens) and "字" in self.original[self.ends[token - 1] if token else 0 : self.starts[token]]


def fold(text: str) -> Folded:
    """Return the canonical form of `text`, which both an address and a town name are brought to."""
    plain = text.translate(PLAIN)
    if NOT_PLAIN not in plain:  # most addresses: every character becomes one other, so positions stay
        return _apply_rules(text, plain, range(len(text)), range(1, len(text) + 1))
    characters, starts, ends = _fold_characters(text)
    return _apply_rules(text, "".join(characters), starts, ends)


def fold_name(name: str) -> str:
    """Return the canonical tokens of `name`."""
    return fold(name).tokens


def _fold_characters(text: str) -> tuple[list[str], list[int], list[int]]:
    """Fold each character; a space survives only between two numerals, which it keeps apart."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    space_at = -1
    for position, character in enumerate(text):
        folded = FOLDED[character]
        if folded == SPACE:
            space_at = position
            continue
        if character in SOUND_MARKS and characters:
            characters[-1] = add_sound_mark(text[ends[-1] - 1], character)
            ends[-1] = position + 1
            continue
        if character == REPEAT and characters:
            folded = characters[-1]
        for part in folded:
            if space_at >= 0:
                if part in _NUMERAL_CHARACTERS and characters and characters[-1] in _NUMERAL_CHARACTERS:
                    characters.append(SPACE)
                    starts.append(space_at)
                    ends.append(space_at + 1)
                space_at = -1
            characters.append(part)
            starts.append(position)
            ends.append(position + 1)
    return characters, starts, ends


def _apply_rules(text: str, folded: str, starts: Sequence[int], ends: Sequence[int]) -> Folded:
    tokens: list[str] = []
    token_starts: list[int] = []
    token_ends: list[int] = []
    done = 0
    for match in _RULES.finditer(folded):
        begin, end = match.span()
        if begin > done:
            tokens.append(folded[done:begin])
            token_starts += starts[done:begin]
            token_ends += ends[done:begin]
        done = end
        token = _rewrite(match.lastindex or 0, match.group())
        if token:
            tokens.append(token)
            token_starts.append(starts[begin])
            token_ends.append(ends[end - 1])
    tokens.append(folded[done:])
    token_starts += starts[done:]
    token_ends += ends[done:]
    return Folded(text, "".join(tokens), token_starts, token_ends)


def _rewrite(rule: int, found: str) -> str:
    """Return the single token that replaces what a rule `found`, empty to drop it."""
    if rule == _ARABIC:
        return number_token(int(found[-9:]))
    if rule == _KANJI:
        return number_token(read_kanji_number(found))
    if rule == _LOOKALIKE:
        return number_token(_LOOKALIKE_NUMBERS[found])
    return {_HYPHEN: "-", _CHOME: "丁", _TOWN: "町", _LONG_MARK: "ー"}.get(rule, "")
