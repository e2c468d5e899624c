"""Opening hours as written, cut into days, times, and the words between them; a word that is not known is refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from fieldsales.domain.opening_hours.errors import BadOpeningHours, NoSuchTime
from fieldsales.domain.opening_hours.hours import LAST, MIDNIGHT

HOLIDAY = 7  # beside the weekdays 0 to 6
WEEK = frozenset(range(7))
_LATEST = 2 * MIDNIGHT


class Sign(Enum):
    """What a token is."""

    DAY = auto()
    TIME = auto()
    HALF = auto()  # mornings or afternoons, of hours said elsewhere
    WHOLE = auto()  # all day
    CLOSED = auto()
    LUNCH = auto()
    RANGE = auto()
    UNTIL = auto()
    SINCE = auto()
    LIST = auto()
    COMMA = auto()
    PART = auto()
    OPEN_BRACKET = auto()
    CLOSE_BRACKET = auto()


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as written; `half` is "am", "pm" or empty, `is_plain` says that nothing shows which half of the day is meant."""

    minutes: int
    half: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text, from `start` to `end` in it.

    `days` and `nth` (weekday, which in the month) are those of a DAY; `is_wide` that it names many at once (weekdays, every day).
    `no_holidays` is for 平日, which public holidays never are. `span` are the minutes of a HALF, `clock` is that of a TIME.
    """

    sign: Sign
    start: int
    end: int
    word: str
    days: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()
    is_wide: bool = False
    no_holidays: bool = False
    span: tuple[int, int] = (0, 0)
    clock: Clock | None = None


_KANJI = "月火水木金土日"
_ENGLISH = ("mo|mon|monday", "tu|tue|tues|tuesday", "we|wed|weds|wednesday", "th|thu|thur|thurs|thursday", "fr|fri|friday",
            "sa|sat|saturday", "su|sun|sunday")  # fmt: skip
_ENGLISH_DAY = "|".join(f"(?:{names})s?" for names in _ENGLISH)
# 5月 and 15日 are dates, and “we open” is no Wednesday.
_KANJI_DAY = r"(?:[火水木金土]|(?:(?<!\d)|(?<=:\d\d))[月日])(?:曜日?)?"
_ONE_DAY = rf"(?:{_KANJI_DAY}|(?<![a-z])(?!we\s+(?:are|open|close))(?:{_ENGLISH_DAY})(?![a-z])\.?(?!\s*\[))"
_HALF_AFTER = r"a\.?m\.?(?![a-z])|p\.?m\.?(?![a-z])"
_HALF = rf"午前|午後|{_HALF_AFTER}"

_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "nth",
        r"(?:毎月)?(?P<nth>第\s*\d(?:\s*[・,、.&/と]?\s*第?\s*\d)*(?:\s*[・,、&/と]\s*最終)?|最終)"
        rf"\s*(?P<nth_day>[{_KANJI}])(?:曜日?)?",
    ),
    ("nth_osm", rf"(?P<osm_day>(?<![a-z])(?:{_ENGLISH_DAY}))\s*\[(?P<osm>\s*-?\d(?:\s*,\s*-?\d)*\s*)\]"),
    (
        "nth_en",
        rf"(?P<en>(?:\d(?:st|nd|rd|th)|last)(?:\s*(?:,|&|/|and)\s*(?:\d(?:st|nd|rd|th)|last))*)\s+(?P<en_day>{_ENGLISH_DAY})"
        r"(?![a-z])(?:\s+of\s+(?:the|each|every)\s+month)?",
    ),
    ("day", _ONE_DAY),
    ("always", r"年中無休|無休|定休日なし|定休なし|休みなし|休業日なし"),
    ("weekdays_ja", r"平日"),
    ("weekdays_en", r"(?<![a-z])weekdays?(?![a-z])"),
    ("weekend", r"週末|(?<![a-z])weekends?(?![a-z])"),
    ("daily", r"毎日|全曜日|(?<![a-z])(?:daily|every\s*day|all\s+days|seven\s+days\s+a\s+week|7\s+days\s+a\s+week)(?![a-z])"),
    ("holidays", r"国民の祝日|祝祭日|祝日|祝|祭日|(?<![a-z])(?:ph|(?:(?:public|national|bank)\s+)?holidays?)(?![a-z])"),
    ("all_week", r"24\s*/\s*7"),
    ("whole", r"24\s*時間(?:営業|対応)?|24\s*h(?:ours?|rs?)?(?![a-z])|終日|一日中|いつでも"
              r"|(?<![a-z])(?:all\s*day|any\s*time|around\s+the\s+clock)(?![a-z])"),
    ("lunch", r"お?昼休み?|昼休憩|お昼休憩|休憩時間|休憩|中休み|(?<![a-z])(?:lunch(?:\s*(?:break|time|hour))?|break)(?![a-z])"),
    ("closed", r"定休日?|休業日?|休診日?|休館日?|閉店日?|お休み|休み|休(?!日)|訪問不可|不可|を?除く|を?除き|以外"
               r"|(?<![a-z])(?:closed|off|shut|ng|except(?:\s+(?:on|for))?|excluding|not\s+open)(?![a-z])"),
    ("named_time", r"正午|(?<![a-z])(?:noon|midnight)(?![a-z])"),
    (
        "time",
        rf"(?P<next>翌(?:日|朝)?の?\s*)?(?:(?P<before>{_HALF})[\s:]*)?(?:(?P<h4>\d{{2}})(?P<m4>\d{{2}})|(?P<h>\d{{1,2}})\s*"
        rf"(?::\s*(?P<m>\d{{1,2}})(?::\d{{2}})?|\.(?P<dot>\d{{2}})|時(?:\s*(?P<m_ja>\d{{1,2}})\s*分|(?P<half_past>半))?)?)(?!\d)"
        rf"(?:\s*(?P<after>{_HALF_AFTER}))?",
    ),
    ("morning", r"午前中?|(?<![a-z])(?:mornings?|a\.?m\.?)(?![a-z])"),
    ("afternoon", r"午後|(?<![a-z])(?:afternoons?|p\.?m\.?)(?![a-z])"),
    ("until", r"まで|以前|(?<![a-z])(?:until|till?|before)(?![a-z])"),
    ("since", r"以降|以後|\+|(?<![a-z])(?:after|onwards?)(?![a-z])"),
    ("range", r"から|より|[-~]|(?<![a-z])(?:to|thru|through)(?![a-z])"),
    ("list", r"・|/|&|及び|および|と|(?<![a-z])and(?![a-z])"),
    ("comma", r"[,、。\n]"),
    ("part", r"[;|]"),
    ("open", r"[(\[【「]"),
    ("close", r"[)\]】」]"),
    (
        "nothing",
        r"\s+|[:=.]|営業時間帯?|営業日?|診療時間|診療日?|訪問可能時間帯?|訪問可能|訪問時間帯?|訪問可|訪問|受付時間|受付|開店|開館|対応"
        r"|可能|可|のみ|だけ|限定|毎週|は|が|の|に|を|も|です"
        r"|(?<![a-z])(?:open(?:ing)?|business|visiting|hours?|ok|only|from|between|on|the|is|are|every(?!\s*\d)|o'?clock)(?![a-z])",
    ),
)  # fmt: skip
_LEXER = re.compile("|".join(f"(?P<k_{name}>{pattern})" for name, pattern in _PATTERNS))
_SIGNS = {
    "closed": Sign.CLOSED, "lunch": Sign.LUNCH, "range": Sign.RANGE, "until": Sign.UNTIL, "since": Sign.SINCE, "list": Sign.LIST,
    "comma": Sign.COMMA, "part": Sign.PART, "open": Sign.OPEN_BRACKET, "close": Sign.CLOSE_BRACKET, "whole": Sign.WHOLE,
}  # fmt: skip
_DAY_WORDS: dict[str, tuple[frozenset[int], bool]] = {
    "always": (WEEK | {HOLIDAY}, True),
    "all_week": (WEEK | {HOLIDAY}, True),
    "weekdays_ja": (frozenset(range(5)), True),
    "weekdays_en": (frozenset(range(5)), True),
    "weekend": (frozenset({5, 6}), False),
    "daily": (WEEK, True),
    "holidays": (frozenset({HOLIDAY}), False),
}
_ALIKE = dict.fromkeys("‐‑‒–—―−ー─－", "-") | dict.fromkeys("〜～∼", "~") | dict(zip("㈪㈫㈬㈭㈮㈯㈰㈷", "月火水木金土日祝", strict=True))


def read_tokens(text: str) -> list[Token]:
    """Return the tokens of a text, those that say nothing left out.

    Raises:
        BadOpeningHours: a word that is not known. NoSuchTime: 25:70 and its like.
    """
    folded, origin = _folded(text)
    tokens: list[Token] = []
    position = 0
    while position < len(folded):
        match = _LEXER.match(folded, position)
        if match is None or match.end() == position:
            raise BadOpeningHours(piece=_unknown(text, folded, origin, position))
        start, end = origin[match.start()], origin[match.end()]
        tokens += _tokens_of(match, text[start:end], start, end)
        position = match.end()
    return tokens


def _kind(match: re.Match[str]) -> str:
    return (match.lastgroup or "").removeprefix("k_")


def _tokens_of(match: re.Match[str], word: str, start: int, end: int) -> list[Token]:
    kind = _kind(match)
    if kind == "day":
        return [Token(Sign.DAY, start, end, word, days=frozenset({_weekday(match.group())}))]
    if kind.startswith("nth"):
        return [Token(Sign.DAY, start, end, word, nth=_nth(match, word))]
    if kind in _DAY_WORDS:
        days, is_wide = _DAY_WORDS[kind]
        day = Token(Sign.DAY, start, end, word, days=days, is_wide=is_wide, no_holidays=kind == "weekdays_ja")
        return [day, Token(Sign.WHOLE, start, end, word)] if kind == "all_week" else [day]
    if kind in ("time", "named_time"):
        return [Token(Sign.TIME, start, end, word, clock=_clock(match, word))]
    if kind in ("morning", "afternoon"):
        return [Token(Sign.HALF, start, end, word, span=(0, MIDNIGHT // 2) if kind == "morning" else (MIDNIGHT // 2, MIDNIGHT))]
    return [Token(_SIGNS[kind], start, end, word)] if kind in _SIGNS else []


def _weekday(word: str) -> int:
    return _KANJI.index(word[0]) if word[0] in _KANJI else next(i for i, names in enumerate(_ENGLISH) if word[:2] == names[:2])


def _nth(match: re.Match[str], word: str) -> frozenset[tuple[int, int]]:
    said = match["nth"] or match["osm"] or match["en"]
    weekday = _weekday(match["nth_day"] or match["osm_day"] or match["en_day"])
    which = {LAST if n == "-1" else int(n) for n in re.findall(r"-?\d", said)} | ({LAST} if re.search("最終|last", said) else set())
    if not which or any(n != LAST and not 1 <= n <= 5 for n in which):
        raise BadOpeningHours(piece=word)
    return frozenset((weekday, n) for n in which)


def _clock(match: re.Match[str], word: str) -> Clock:
    if _kind(match) == "named_time":
        return Clock(MIDNIGHT // 2 if match.group() in ("正午", "noon") else MIDNIGHT, "", is_plain=False)
    hour = int(match["h4"] or match["h"])
    minute = 30 if match["half_past"] else int(match["m4"] or match["m"] or match["dot"] or match["m_ja"] or 0)
    half = {"午": "", "a": "am", "p": "pm", "": ""}[(match["before"] or match["after"] or "")[:1]]
    half = {"午前": "am", "午後": "pm"}.get(match["before"] or "", half)
    if minute > 59 or hour * 60 + minute > _LATEST or (half == "am" and hour > 12):
        raise NoSuchTime(piece=word)
    if half and hour <= 12:
        # 12 am is midnight, but 午前12時 is noon; 午後12時 is taken for noon by some, for midnight by others.
        if hour == 12 and match["before"] == "午後":
            raise NoSuchTime(piece=word)
        hour = 12 if match["before"] == "午前" and hour == 12 else hour % 12 + (12 if half == "pm" else 0)
    if match["next"]:
        return Clock(hour * 60 + minute + MIDNIGHT, half or "am", is_plain=False)
    two_digits = bool(match["h4"] or (match["m"] and len(match["h"]) == 2))
    return Clock(hour * 60 + minute, half, is_plain=not half and not two_digits and 1 <= hour <= 12)


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the text with width, case and dashes alike, and for each of its positions where that was in the text."""
    folded: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(text):
        plain = _ALIKE.get(character) or unicodedata.normalize("NFKC", character).casefold()
        folded.append("".join(_ALIKE.get(c, c) for c in plain))
        origin += [position] * len(folded[-1])
    return "".join(folded), [*origin, len(text)]


def _unknown(text: str, folded: str, origin: list[int], position: int) -> str:
    """Return the word in which something unknown begins, with the number before it."""
    begin, end = position, position + 1
    while begin > 0 and folded[begin - 1].isdigit():
        begin -= 1
    while end < len(folded) and not folded[end].isspace() and not folded[end].isdigit() and folded[end] not in ",、。;()":
        end += 1
    return text[origin[begin] : origin[end]]
