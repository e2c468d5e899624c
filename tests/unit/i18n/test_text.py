"""Dates, numbers and sentences in both languages."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from fieldsales.errors import TextTooLong
from fieldsales.i18n import negotiate_locale, text_for

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("ja", "ja"),
        ("ja-JP,en;q=0.8", "ja"),
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("fr,en;q=0.5", "en"),
        ("fr", "ja"),
        ("", "ja"),
        (";;;q=x,=,*", "ja"),
    ],
)
def test_the_browsers_language_decides(header: str, expected: str) -> None:
    assert negotiate_locale(header, default="ja") == expected


def test_days_are_written_as_each_language_writes_them() -> None:
    ja, en = text_for("ja"), text_for("en")
    assert ja.day(TODAY, today=TODAY) == "11/21(土)"
    assert ja.day(date(2025, 1, 2), today=TODAY) == "2025/1/2(木)"
    assert en.day(TODAY, today=TODAY) == "Sat, Nov 21"


def test_numbers_money_and_distances_follow_the_locale() -> None:
    ja = text_for("ja")
    assert ja.number(1234567) == "1,234,567"
    assert ja.money(1500000) == "¥1,500,000"
    assert ja.metres(87.4) == "87 m"
    assert ja.metres(432) == "430 m"
    assert ja.metres(3440) == "3.4 km"
    assert ja.percent(95) == text_for("en").percent(95) == "95%"


def test_sentences_are_set_apart_as_each_language_does() -> None:
    assert text_for("en").paragraph("One.", "", "Two.") == "One. Two."
    assert text_for("ja").paragraph("一つ目です。", "", "二つ目です。") == "一つ目です。二つ目です。"


def test_a_moment_is_shown_in_the_readers_zone() -> None:
    moment = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert text_for("ja").moment(moment, zone=ZoneInfo("Asia/Tokyo")) == "2026/11/21 01:30"


def test_an_error_becomes_a_sentence_with_its_figures() -> None:
    assert text_for("en").error(TextTooLong(field="name", limit=500)) == "This is too long: at most 500 characters."


def test_days_ago_reads_naturally() -> None:
    en = text_for("en")
    assert [en.days_ago(n) for n in (0, 1, 2)] == ["today", "yesterday", "2 days ago"]
