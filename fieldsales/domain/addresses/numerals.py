"""Numbers in addresses: Arabic or kanji, one number is one token.

A number becomes one private-use character, so that comparing strings compares whole numbers: `126` can never
match as `1`, and 三 and 3 are the same character.
"""

from __future__ import annotations

FIRST_NUMBER = "\ue000"
LAST_NUMBER = "\uf8ff"
KANJI_DIGITS = "〇一二三四五六七八九"
KANJI_MULTIPLIERS = {"十": 10, "百": 100, "千": 1000}
KANJI_NUMERALS = KANJI_DIGITS + "".join(KANJI_MULTIPLIERS)
_LARGEST = ord(LAST_NUMBER) - ord(FIRST_NUMBER)


def read_kanji_number(text: str) -> int:
    """Return the value of a run of kanji numerals, positional (二三 = 23) or written out (二十三 = 23)."""
    if not any(character in KANJI_MULTIPLIERS for character in text):
        return int("".join(str(KANJI_DIGITS.index(character)) for character in text))
    total = pending = 0
    for character in text:
        multiplier = KANJI_MULTIPLIERS.get(character)
        if multiplier is None:
            pending = pending * 10 + KANJI_DIGITS.index(character)
        else:
            total += (pending or 1) * multiplier
            pending = 0
    return total + pending


def number_token(value: int) -> str:
    """Return the one character that stands for `value`; everything beyond 6,399 shares the last one."""
    return chr(ord(FIRST_NUMBER) + min(value, _LARGEST))


def is_number(token: str) -> bool:
    """True when `token` stands for a number; False for the empty string."""
    return FIRST_NUMBER <= token <= LAST_NUMBER


def number_value(token: str) -> int:
    """Return the number that `token` stands for (6,399 means that or more)."""
    return ord(token) - ord(FIRST_NUMBER)
