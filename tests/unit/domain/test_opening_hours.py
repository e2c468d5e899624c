"""Opening hours: read as people write them, kept as one text for each meaning, never guessed."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.opening_hours import ALL_DAY, BadOpeningHours, OpeningHours, canonical, parse, tidy
from fieldsales.domain.opening_hours.errors import DaysUnclear, NoSuchTime, SaidTwice, TimesMissing, TimesUnclear
from fieldsales.domain.opening_hours.hours import Spans, settled
from fieldsales.i18n import text_for
from fieldsales.wording.opening_hours import say_hours, say_stored

OFFICE = "Mo-Fr 09:00-12:00,13:00-17:30; Sa 09:00-12:00; PH off"
JAPANESE = {
    "月～金 9:00～12:00、13:00～17:30 土 午前のみ 日祝休み": OFFICE,
    "月～金　９：００～１２：００、１３：００～１７：３０　土　午前のみ　日祝休み": OFFICE,
    "㈪〜㈮ 9時〜12時・13時〜17時半、㈯ 9時〜12時、㈰・祝日 定休": OFFICE,
    "平日9-17時": "Mo-Fr 09:00-17:00; PH off",
    "年中無休": "Mo-Su 00:00-24:00",
    "24時間": "Mo-Su 00:00-24:00",
    "年中無休 10:00〜20:00": "Mo-Su 10:00-20:00",
    "水曜定休": "Mo,Tu,Th-Su 00:00-24:00",
    "営業時間：9:00～18:00\n定休日：水曜・日曜": "Mo,Tu,Th-Sa 09:00-18:00",
    "月曜から金曜まで 9時から17時半まで": "Mo-Fr 09:00-17:30",
    "10:00-19:00、土日は10:00-18:00、水曜定休": "Mo,Tu,Th,Fr 10:00-19:00; Sa,Su 10:00-18:00",
    "月～金 9:00-12:00、月火木 14:00-18:00": "Mo,Tu,Th 09:00-12:00,14:00-18:00; We,Fr 09:00-12:00",
    "9:00～18:00（昼休み12:00～13:00）土日祝を除く": "Mo-Fr 09:00-12:00,13:00-18:00; PH off",
    "月～金(祝日を除く)9:00～17:00": "Mo-Fr 09:00-17:00; PH off",
    "第2・第4土曜定休 9:00-18:00": "Mo-Su 09:00-18:00; Sa[2,4] off",
    "月～金 9:00-17:00 第1・最終土曜 9:00-12:00": "Mo-Fr 09:00-17:00; Sa[1,-1] 09:00-12:00",
    "平日 17:00以降": "Mo-Fr 17:00-24:00; PH off",
    "月～金 9:00～17:00（土は12時まで）": "Mo-Fr 09:00-17:00; Sa 09:00-12:00",
    "午前 9:00～12:00 午後 1:00～5:00": "Mo-Su 09:00-12:00,13:00-17:00",
    "午後1時～5時": "Mo-Su 13:00-17:00",
    "金土 22:00～翌5:00": "Fr,Sa 22:00-05:00",
    "18:00-26:00": "Mo-Su 18:00-02:00",
    "月、水、金 13:00〜17:00": "Mo,We,Fr 13:00-17:00",
    "土～月 10:00-15:00": "Mo,Sa,Su 10:00-15:00",
    "月-金9:00-17:00土日祝休": "Mo-Fr 09:00-17:00; PH off",
    "月水金の午後": "Mo,We,Fr 12:00-24:00",
    "祝日休み": "Mo-Su 00:00-24:00; PH off",
}
ENGLISH = {
    "Mon-Fri 9am-5pm, closed Wednesdays": "Mo,Tu,Th,Fr 09:00-17:00",
    "9am-5pm Mon-Fri, Sat 10am-2pm": "Mo-Fr 09:00-17:00; Sa 10:00-14:00",
    "9-5pm Mon, Wed, Fri": "Mo,We,Fr 09:00-17:00",
    "1-5pm": "Mo-Su 13:00-17:00",
    "10-12pm": "Mo-Su 10:00-12:00",
    "mon to fri 0900-1700": "Mo-Fr 09:00-17:00",
    "weekends closed, 8.30 a.m. to 5.15 p.m.": "Mo-Fr 08:30-17:15",
    "2nd and 4th Sat closed; 9:00-17:00": "Mo-Su 09:00-17:00; Sa[2,4] off",
    "Weekdays from 9 am until 5 pm, except public holidays": "Mo-Fr 09:00-17:00; PH off",
    "01:00-05:00": "Mo-Su 01:00-05:00",
    "24/7": "Mo-Su 00:00-24:00",
    "Fri 10pm-4am": "Fr 22:00-04:00",
    "Mon–Fri 9:00–17:00, lunch 12:00–13:00": "Mo-Fr 09:00-12:00,13:00-17:00",
    "mornings": "Mo-Su 00:00-12:00",
    "midnight-6am": "Mo-Su 00:00-06:00",
    "Tue 9:00-noon": "Tu 09:00-12:00",
    "We 09:00-12:00; PH off": "We 09:00-12:00; PH off",
    "Mo-Su 10:00-20:00; Sa 10:00-18:00": "Mo-Fr,Su 10:00-20:00; Sa 10:00-18:00",
    "Mo-Fr off; Sa,Su 10:00-12:00": "Sa,Su 10:00-12:00",
}


@pytest.mark.parametrize(("written", "kept"), [*JAPANESE.items(), *ENGLISH.items()])
def test_hours_are_read_as_people_write_them(written: str, kept: str) -> None:
    assert canonical(parse(written)) == kept


@pytest.mark.parametrize(
    ("written", "kind", "piece"),
    [
        ("不定休", BadOpeningHours, "不定休"),
        ("月～金 9:00-17:00 年末年始休み", BadOpeningHours, "年末年始休み"),
        ("隔週水曜 9:00-12:00", BadOpeningHours, "隔週水曜"),
        ("5月～10月 9:00-17:00", BadOpeningHours, "5月～"),
        ("We open 9am-5pm", BadOpeningHours, "We"),
        ("every 2nd Wed closed", BadOpeningHours, "every"),
        ("Mon-Fri 9:00-", BadOpeningHours, "9:00-"),
        ("9時", BadOpeningHours, "9時"),
        ("<script>alert(1)</script>", BadOpeningHours, "<script>alert"),
        ("(9:00-12:00", BadOpeningHours, "("),
        ("25:70-26", NoSuchTime, "25:70"),
        ("9:00-99:00", NoSuchTime, "99:00"),
        ("9-5", TimesUnclear, "9-5"),
        ("午前9時～5時", TimesUnclear, "午前9時～5時"),
        ("13:00-5:00", TimesUnclear, "13:00-5:00"),
        ("9:00-9:00", TimesUnclear, "9:00-9:00"),
        ("月～金 1:00-5:00", TimesUnclear, "1:00-5:00"),
        ("月～金 13:00～17:00 土 午前のみ", TimesMissing, "土 午前"),
        ("9am-5pm Mon-Fri, 10am-2pm", DaysUnclear, "9am-5pm Mon-Fri, 10am-2pm"),
        ("月～金 祝日休み 9:00～17:00", DaysUnclear, "月～金 祝日休み 9:00～17:00"),
        ("9:00-17:00; Sat", DaysUnclear, "Sat"),
        ("土 9:00-17:00、土 9:00-12:00", SaidTwice, "土 9:00-12:00"),
        ("9:00-17:00, 12:00-18:00", SaidTwice, "9:00-17:00, 12:00-18:00"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused_with_the_part_to_blame(written: str, kind: type[BadOpeningHours], piece: str) -> None:
    with pytest.raises(BadOpeningHours) as refused:
        parse(written)
    assert type(refused.value) is kind
    assert (refused.value.field, refused.value.params["piece"]) == ("opening_hours", piece)


def test_a_long_text_is_refused_quickly_and_quoted_in_part() -> None:
    for written in ("月" + " 月" * 250, "9-17 月 " * 80, "x" * 500):
        with pytest.raises(BadOpeningHours) as refused:
            parse(written)
        assert len(str(refused.value.params["piece"])) <= 60


def test_a_blank_text_sets_no_hours() -> None:
    assert tidy("  ") == ""
    with pytest.raises(BadOpeningHours):
        parse(" ")


def test_holidays_are_days_like_any_other_unless_something_is_said_of_them() -> None:
    culture_day = date(2026, 11, 3)  # a Tuesday
    alike, closed = parse("Mon-Fri 9:00-17:00"), parse("平日 9:00-17:00")
    assert alike.windows_on(culture_day, True) == ((540, 1020),)
    assert (closed.windows_on(culture_day, True), closed.windows_on(culture_day, False)) == ((), ((540, 1020),))


def test_the_second_and_the_last_saturday_are_told_from_the_others() -> None:
    hours = parse("土 9:00-12:00、第2土曜 休み、最終土曜 9:00-15:00")
    windows = [hours.windows_on(date(2026, 11, day), False) for day in (7, 14, 21, 28)]
    assert windows == [((540, 720),), (), ((540, 720),), ((540, 900),)]


def test_what_began_the_evening_before_is_still_open_after_midnight() -> None:
    hours = parse("金 22:00～翌2:00、日 9:00-12:00")
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    assert hours.windows_on(friday, False) == ((1320, 1560),)
    assert hours.windows_on(saturday, False) == ()
    assert hours.windows_from(friday, lambda day: False) == ((1320, 1560),)
    assert hours.windows_from(saturday, lambda day: False) == ((0, 120), (1980, 2160))


def test_a_house_that_never_closes_is_open_through_midnight() -> None:
    assert parse("24時間").windows_from(date(2026, 11, 20), lambda day: False) == ((0, 2880),)


def test_hours_are_said_in_the_readers_words() -> None:
    hours = parse(OFFICE)
    assert say_hours(hours, text_for("ja")) == "月〜金 9:00〜12:00・13:00〜17:30、土 9:00〜12:00、日・祝 休み"
    assert say_hours(hours, text_for("en")) == "Mon–Fri 9:00–12:00 and 13:00–17:30; Sat 9:00–12:00; closed Sun, public holidays"
    wednesdays = parse("水曜定休 9:00-18:00")
    assert say_hours(wednesdays, text_for("ja"), holidays_too=True) == "月・火・木〜日 9:00〜18:00、水 休み、祝日も同じ"
    assert say_stored("Mo-Su 00:00-24:00", text_for("ja")) == "毎日 終日"
    assert (say_stored("", text_for("en")), say_stored("once upon a time", text_for("en"))) == ("", "once upon a time")


_SPANS = st.tuples(st.integers(0, 287), st.integers(1, 288)).map(lambda span: (span[0] * 5, span[0] * 5 + span[1] * 5))
_DAY: st.SearchStrategy[Spans] = st.one_of(st.just(()), st.just(ALL_DAY), st.lists(_SPANS, max_size=3).map(tuple))
_WEEKS = st.one_of(
    st.lists(_DAY, min_size=7, max_size=7),
    st.tuples(_DAY, _DAY, st.lists(st.booleans(), min_size=7, max_size=7)).map(lambda week: [week[0] if b else week[1] for b in week[2]]),
)
_EXCEPTIONS = st.dictionaries(st.tuples(st.integers(0, 6), st.sampled_from([1, 2, 3, 4, 5, -1])), _DAY, max_size=3)
_HOURS = st.builds(settled, _WEEKS, st.one_of(st.none(), _DAY), _EXCEPTIONS)


@given(_HOURS)
def test_the_text_that_is_kept_and_what_is_said_back_mean_the_same_hours(hours: OpeningHours) -> None:
    kept = canonical(hours)
    assert parse(kept) == hours
    assert canonical(parse(kept)) == kept
    for locale in ("ja", "en"):
        assert parse(say_hours(hours, text_for(locale))) == hours


@given(st.text(alphabet="月火土日祝平日休みMonFriSat 9:00-17〜、,;()午前まで時半から定休closed[1]第2", max_size=30))
def test_no_text_is_too_strange(written: str) -> None:
    with suppress(BadOpeningHours):
        hours = parse(written)
        assert parse(canonical(hours)) == hours
