"""What people write around an address: postal code, label, country, quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .prefectures import PREFECTURES

_D = "[0-9０-９]"
_DASH = "[-‐‑‒–—―−－ー]"
_POSTAL_CODE = re.compile(rf"({_D}{{3}})\s*{_DASH}?\s*({_D}{{4}})(?!{_D}|{_DASH})")
_MARKED_POSTAL_CODE = re.compile(rf"〒\s*({_D}{{3}})\s*{_DASH}?\s*({_D}{{4}})(?!{_D})")
_PADDING = re.compile(r"[\s\u3000\ufeff\u200b\"'“”‘’`´「」『』(（\[［【<＜〈《)）\]］】>＞〉》,、，。:：;；・*＊※■●○◆◇□▼▽→⇒|｜/／-]+")
_COUNTRY = re.compile(r"(?:日本国?|japan|jp)(?=[\s\u3000、,，・])", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:[^\s\u3000:：0-9０-９]{1,12}[:：]"
    r"|(?:ご|御)?(?:住所|所在地|現住所|本社所在地|会社住所|自宅住所|勤務先住所|本社|本店|支店|支社|営業所|工場|本部|自宅|勤務先|送付先|送り先|配送先"
    r"|(?:お)?届け先|連絡先|事務所|店舗|address|addr\.?)(?=[\s\u3000)）\]］】>＞〉》」』]))",
    re.IGNORECASE,
)
_FULL_PREFECTURE = re.compile(r"(?<=[\s\u3000:：)）\]］】」』、,，;；|｜/／>＞])(?=" + "|".join(PREFECTURES) + ")")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The address proper begins at `start` of `text`; `postal_code` is seven ASCII digits or empty."""

    text: str
    start: int
    postal_code: str


def read_postal_code(text: str) -> str:
    """Return the seven digits of a Japanese postal code that `text` consists of, or the empty string."""
    match = _MARKED_POSTAL_CODE.search(text) or _POSTAL_CODE.fullmatch(text.strip().lstrip("〒").strip())
    return _digits(match) if match else ""


def unwrap(text: str) -> Unwrapped:
    """Return where the address begins behind postal code, country, labels and quotes."""
    start, postal_code = 0, ""
    while True:
        begin = start
        if padding := _PADDING.match(text, start):
            start = padding.end()
        if found := (_MARKED_POSTAL_CODE.match(text, start) or _POSTAL_CODE.match(text, start)):
            postal_code, start = postal_code or _digits(found), found.end()
        elif wrapping := (_COUNTRY.match(text, start) or _LABEL.match(text, start)):
            start = wrapping.end()
        if start == begin:
            break
    if not postal_code and "〒" in text and (found := _MARKED_POSTAL_CODE.search(text, start)):
        postal_code = _digits(found)
    return Unwrapped(text, start, postal_code)


def find_prefecture(text: str, start: int) -> int | None:
    """Return where, after a break in `text`, a prefecture is written out (株式会社山田 東京都…), None if nowhere."""
    match = _FULL_PREFECTURE.search(text, start)
    return match.end() if match else None


def _digits(match: re.Match[str]) -> str:
    return "".join(str(int(digit)) for group in match.groups() for digit in group)
