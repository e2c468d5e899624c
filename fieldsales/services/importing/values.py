"""Cells to values: likelihoods, amounts, dates and telephone numbers as Japanese and English lists write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import phonenumbers

from fieldsales.domain.likelihood import Likelihood, from_percent
from fieldsales.domain.opening_hours import tidy
from fieldsales.domain.words import Kind, Stage
from fieldsales.errors import BadChoice, BadDate, BadNumber
from fieldsales.services.importing.errors import BadAmount, BadKind, BadLikelihood, BadStage, BadTime

_SHOWN = 50
_LIKELIHOODS = {
    Likelihood.A: "a aランク 見込a 確度a 高 高い 大 ◎ 確実 ほぼ確実 hot high veryhigh certain",
    Likelihood.B: "b bランク 見込b 確度b 中 中程度 普通 ○ 〇 有望 warm medium mid middle",
    Likelihood.C: "c cランク 見込c 確度c 低 低い 小 △ 薄い cool low",
    Likelihood.D: "d dランク 見込d 確度d 極低 ごく低い なし 無し 無 × cold verylow none",
    Likelihood.WON: "受注 受注済 受注済み 成約 成約済 成約済み 獲得 契約 契約済 契約済み won closedwon order ordered",
    Likelihood.LOST: "失注 失注済 失注済み 不成立 敗退 断念 lost closedlost",
    Likelihood.UNRATED: "未評価 未設定 未定 不明 なし 無し none - ー unrated unknown n/a na",
}
_KINDS = {
    Kind.COMPANY: "法人 会社 企業 法人顧客 団体 事業者 company corporate corporation business organization organisation b2b c",
    Kind.PERSON: "個人 個人客 個人顧客 一般 person individual private consumer b2c p",
}
_STAGES = {
    Stage.PROSPECT: "見込み 見込 見込み客 見込客 見込み顧客 見込顧客 新規 潜在 潜在顧客 リード 未取引 商談中 "
    "prospect prospective lead new potential",
    Stage.CLIENT: "取引先 取引中 既存 既存客 既存顧客 顧客 得意先 契約中 取引あり 有効 client customer existing active",
    Stage.DORMANT: "休眠 休眠客 休眠顧客 取引停止 停止 休止 過去取引 解約 dormant inactive former lapsed",
}


def _words(table: dict[Likelihood, str] | dict[Kind, str] | dict[Stage, str]) -> dict[str, object]:
    return {unicodedata.normalize("NFKC", word).casefold(): value for value, words in table.items() for word in words.split()}


_LIKELIHOOD_WORDS, _KIND_WORDS, _STAGE_WORDS = _words(_LIKELIHOODS), _words(_KINDS), _words(_STAGES)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)(%|パーセント|percent)?")


def _plain(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell).casefold().strip()
    return re.sub(r"[\s_・:]+|(?<=[^\W\d])-(?=[^\W\d])", "", text)


@lru_cache(4096)
def read_likelihood(cell: str) -> Likelihood:
    """Return a likelihood from A, Ａ, 見込A, 80%, 0.8, 80, 高, 受注 and their like.

    Raises:
        BadLikelihood.
    """
    text = _plain(cell)
    for word in (text, text.removesuffix("ランク").removeprefix("見込み").removeprefix("見込").removeprefix("ランク").removeprefix("確度")):
        found = _LIKELIHOOD_WORDS.get(word) or _LIKELIHOOD_WORDS.get(re.sub(r"\(.*\)$", "", word))
        if isinstance(found, Likelihood):
            return found
    match = _PERCENT.fullmatch(text.removesuffix("以上").removesuffix("程度").removeprefix("約"))
    if match is None:
        raise BadLikelihood(value=cell[:_SHOWN])
    number = float(match.group(1))
    # 0.8 and 1.0 are shares; 1 and 80 are percentages, as in lists of whole numbers.
    percent = number * 100 if not match.group(2) and "." in match.group(1) and number <= 1 else number
    try:
        return from_percent(percent)
    except ValueError:
        raise BadLikelihood(value=cell[:_SHOWN]) from None


@lru_cache(4096)
def read_kind(cell: str) -> Kind:
    """Return company or person. Raises: BadKind."""
    found = _KIND_WORDS.get(_plain(cell))
    if isinstance(found, Kind):
        return found
    raise BadKind(value=cell[:_SHOWN])


@lru_cache(4096)
def read_stage(cell: str) -> Stage:
    """Return prospect, client or dormant. Raises: BadStage."""
    found = _STAGE_WORDS.get(_plain(cell))
    if isinstance(found, Stage):
        return found
    raise BadStage(value=cell[:_SHOWN])


_UNITS = {"": 1, "百": 100, "千": 1_000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "億": 100_000_000, "k": 1_000, "m": 1_000_000}
_AMOUNT_PART = re.compile(r"(\d+(?:\.\d+)?)(百万|千万|億|万|千|百|k|m|)")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|(?<!\d)\d{1,3}(?:,\d{4})+(?!\d)")


def read_amount(cell: str, *, factor: int = 1) -> int:
    """Return whole yen from 1,000,000, ¥1,000, 100万円, 1億2,000万, １００千円, △1,000 or (1,000); bare numbers times `factor`.

    Raises:
        BadAmount: no amount, or a fraction of a yen.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell).casefold())
    negative = bool(re.match(r"[△▲\-−‐–(]", text))
    text = re.sub(r"^[△▲\-−‐–(]+|\)$", "", text)
    text = re.sub(r"^(?:jpy|[¥\\￥$€£])|(?:円|yen|jpy)(?:也)?$", "", text)
    text = re.sub(r"^[△▲\-−‐–]", "", text) if not negative else text
    text = _GROUPED.sub(lambda m: m.group().replace(",", ""), text)
    total, position = Decimal(0), 0
    for match in _AMOUNT_PART.finditer(text):
        if match.start() != position:
            break
        unit = _UNITS[match.group(2)]
        try:
            total += Decimal(match.group(1)) * unit
        except InvalidOperation:
            break
        position = match.end()
        if unit == 1:
            break
    bare = re.fullmatch(r"\d+(?:\.\d+)?", text) is not None
    total = total * factor if bare else total
    if not text or position != len(text) or total != total.to_integral_value():
        raise BadAmount(value=cell[:_SHOWN])
    return int(-total if negative else total)


_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "r": 2018, "h": 1988, "s": 1925, "t": 1911}
_WESTERN = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_JAPANESE = re.compile(r"(令和|平成|昭和|大正|[rhst])(\d{1,2}|元)[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_EXCEL_EPOCH = date(1899, 12, 30)
_AFTER_DATE = re.compile(r"(?:\([^)]*\))?(?:t?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?")


@lru_cache(4096)
def read_date(cell: str, field: str = "next_on") -> date:
    """Return a day from 2026-11-21, 2026/11/21, 2026年11月21日(土), 令和8年11月21日, R8.11.21, 20261121 or Excel's serial number.

    Raises:
        BadDate: naming `field`.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell).casefold())
    try:
        for pattern in (_WESTERN, _JAPANESE):
            match = pattern.match(text)
            if match and _AFTER_DATE.fullmatch(text, match.end()):
                *era, year, month, day = match.groups()
                first = _ERAS[era[0]] + (1 if year == "元" else int(year)) if era else int(year)
                return date(first, int(month), int(day))
        if re.fullmatch(r"\d{8}", text):
            return datetime.strptime(text, "%Y%m%d").date()
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            return _EXCEL_EPOCH + timedelta(days=int(float(text)))
    except (ValueError, OverflowError):
        pass
    raise BadDate(field=field, value=cell[:_SHOWN])


_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_JAPANESE_MONTH = re.compile(r"(令和|平成|r|h)(\d{1,2}|元)[-/.年](\d{1,2})月?")
_ENGLISH_MONTH = re.compile(r"([a-z]{3})[a-z]*[-\s]?(\d{4}|\d{2})")  # Jan-27 is what Excel makes of 2027-01
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@lru_cache(4096)
def read_month(cell: str) -> date:
    """Return the first day of a month from 2027-01, 2027年1月, 令和9年1月, Jan-27, or any day in it.

    Raises:
        BadDate.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell).casefold())
    try:
        if match := _MONTH.fullmatch(text):
            return date(int(match.group(1)), int(match.group(2)), 1)
        if match := _JAPANESE_MONTH.fullmatch(text):
            return date(_ERAS[match.group(1)] + (1 if match.group(2) == "元" else int(match.group(2))), int(match.group(3)), 1)
        if (match := _ENGLISH_MONTH.fullmatch(text)) and match.group(1) in _MONTHS:
            year = int(match.group(2))
            return date(year if year > 99 else 2000 + year, _MONTHS.index(match.group(1)) + 1, 1)
    except ValueError:
        raise BadDate(field="close_month", value=cell[:_SHOWN]) from None
    return read_date(cell, "close_month").replace(day=1)


_TIME = re.compile(r"(午前|午後|am|pm)?(\d{1,2})(?:[:時](?:(\d{1,2})(?::\d{2}(?:\.\d+)?)?分?)?)?(半)?(am|pm)?")


@lru_cache(4096)
def read_time(cell: str) -> time:
    """Return a time of day from 14:30, 14:30:00, 14時, 14時半, 午後2時30分 or 2:30 PM.

    Raises:
        BadTime.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell).casefold())
    match = _TIME.fullmatch(text)
    if match and (match.group(1) or match.group(5) or not text.isdigit()):
        hour, minute = int(match.group(2)), 30 if match.group(4) else int(match.group(3) or 0)
        half = match.group(1) or match.group(5)
        if half in ("午後", "pm") and hour < 12:
            hour += 12
        elif half in ("午前", "am") and hour == 12:
            hour = 0
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise BadTime(value=cell[:_SHOWN])


_INTERVAL = re.compile(r"(\d{1,4})(日|days?|週間?|weeks?|[かヶケカ]月|months?)?")


@lru_cache(4096)
def read_interval(cell: str) -> int:
    """Return days from 30, 30日, 2週間 or 1か月 (of 30 days).

    Raises:
        BadNumber.
    """
    match = _INTERVAL.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", cell).casefold()))
    if match is None:
        raise BadNumber(field="cadence_days", value=cell[:_SHOWN])
    unit = match.group(2) or "日"
    return int(match.group(1)) * (7 if unit.startswith(("週", "week")) else 30 if unit.endswith(("月", "month", "months")) else 1)


def read_opening_hours(cell: str) -> str:
    """Return opening hours as they are stored, from 平日9-17時, Mon-Fri 9:00-17:30 and whatever else can be read for certain.

    Raises:
        BadOpeningHours.
    """
    return tidy(cell)


_LENGTH = re.compile(
    r"(?:(\d{1,2}(?:\.\d)?)(?:時間|hours?|hrs?|h))?(?:(半)|(?:約|およそ)?(\d{1,3})(?:\.0+)?(?:分間?|minutes?|mins?|m)?)?(?:程度|くらい|ぐらい)?"
)
_HOURS_AND_MINUTES = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")


@lru_cache(4096)
def read_minutes(cell: str) -> int:
    """Return the minutes of a visit from 30, 30分, 1時間, 1時間半, 1.5 hours, 45 min or 0:30.

    Raises:
        BadNumber.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell).casefold()).removeprefix("約").removeprefix("およそ")
    if clock := _HOURS_AND_MINUTES.fullmatch(text):
        return int(clock.group(1)) * 60 + int(clock.group(2))
    match = _LENGTH.fullmatch(text)
    if match is None or not (match.group(1) or match.group(3)):
        raise BadNumber(field="visit_minutes", value=cell[:_SHOWN])
    hours = float(match.group(1) or 0)
    return round(hours * 60) + (30 if match.group(2) else int(match.group(3) or 0))


_YES = frozenset(["yes", "y", "true", "1", "はい", "有", "有り", "あり", "○", "〇", "◯", "レ", "✓", "済", "禁止", "不可", "ng", "訪問禁止"])
_NO = frozenset(["no", "n", "false", "0", "いいえ", "無", "無し", "なし", "×", "-", "可", "可能", "ok", "未"])


def read_yes_no(cell: str) -> bool:
    """Return whether a cell says that customers are not to be visited: はい, ○, 禁止 or いいえ, ×, 可 and their like.

    Raises:
        BadChoice.
    """
    word = _plain(cell)
    if word in _YES or word in _NO:
        return word in _YES
    raise BadChoice(field="do_not_visit", value=cell[:_SHOWN])


_JAPANESE_TEXT = re.compile(r"[ぁ-んァ-ヶ一-鿿]")


@lru_cache(4096)
def _is_japanese_number(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, "JP"))
    except phonenumbers.NumberParseException:
        return False


def read_phone(cell: str) -> str:
    """Return a telephone number as typed; bare digits that lost their first zero in Excel get it back.

    Only when the digits are a Japanese number with the zero (and could not be one without it).
    """
    text = cell.strip()
    if len(text) in (9, 10) and text.isascii() and text.isdigit() and text[0] != "0" and _is_japanese_number("0" + text):
        return "0" + text
    return text


def read_postal_code(cell: str, address: str) -> str:
    """Return a postal code without its mark; one that lost its zeros in Excel gets them back when the address is Japanese."""
    text = re.sub(r"^[〒\s]+", "", cell).strip()
    if text.isascii() and text.isdigit() and 5 <= len(text) <= 6 and _JAPANESE_TEXT.search(address):
        return text.zfill(7)
    return text


def read_degrees(cell: str) -> float | None:
    """Return degrees, None for what is no plain number."""
    text = unicodedata.normalize("NFKC", cell).strip().lstrip("NEne").rstrip("NEne°度 ").strip()
    if not re.fullmatch(r"[+-]?\d{1,3}(?:\.\d+)?", text):
        return None
    return float(text)


def read_tags(cell: str) -> tuple[str, ...]:
    """Return the words between commas, semicolons, bars or line ends."""
    return tuple(sorted({part.strip() for part in re.split(r"[,、，;；|｜\n]", cell) if part.strip()}))


def join_address(prefecture: str, city: str, town: str, lot: str, building: str) -> str:
    """Return the parts of an address as one: Japanese ones run together, others small to large with commas.

    A part that the next one repeats (都道府県 beside a whole 住所) is taken once.
    """
    rest = town + lot
    if _JAPANESE_TEXT.search(prefecture + city + rest):
        whole = rest if city and rest.startswith((city, prefecture + city)) else city + rest
        whole = whole if prefecture and whole.startswith(prefecture) else prefecture + whole
        return f"{whole} {building}".strip()
    return ", ".join(part for part in (building, lot, town, city, prefecture) if part)
