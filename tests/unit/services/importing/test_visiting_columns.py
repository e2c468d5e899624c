"""Lists that say when customers may be visited and how long a visit takes."""

from __future__ import annotations

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.opening_hours import BadOpeningHours
from fieldsales.domain.opening_hours.errors import TimesUnclear
from fieldsales.errors import BadNumber, NumberOutside
from fieldsales.services.importing.fields import Field, field_of_heading
from fieldsales.services.importing.values import read_minutes
from tests.unit.services.importing.lists import errors_of, fates, import_table, stored

HEADER = ["会社名", "営業時間", "所要時間(分)"]


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        *((heading, Field.OPENING_HOURS) for heading in ("営業時間", "訪問可能時間", "診療時間", "Opening hours", "Business Hours")),
        *((heading, Field.VISIT_MINUTES) for heading in ("所要時間", "所要時間（分）", "訪問時間", "Duration", "訪問の所要時間(分)")),
        ("次回訪問時間", Field.NEXT_TIME),
    ],
)
def test_headings_of_hours_and_lengths_are_recognised(heading: str, meaning: Field) -> None:
    found = field_of_heading(heading)
    assert found is not None
    assert found[0] is meaning


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        *(("30", 30), ("３０分", 30), ("1時間", 60), ("1時間半", 90), ("1時間30分", 90), ("約45分", 45), ("0:30", 30), ("1:00:00", 60)),
        *(("1.5 hours", 90), ("45 min", 45), ("1h", 60), ("20分程度", 20), ("30.0", 30)),
    ],
)
def test_a_length_is_read_in_minutes(cell: str, minutes: int) -> None:
    assert read_minutes(cell) == minutes


@pytest.mark.parametrize("cell", ["long", "0.5", "-5", "半", "1日"])
def test_what_is_no_length_is_refused(cell: str) -> None:
    with pytest.raises(BadNumber) as refused:
        read_minutes(cell)
    assert refused.value.field == "visit_minutes"


def test_a_list_fills_both_columns_in_the_one_way_they_are_kept(database: Database, aiko: User) -> None:
    row = ["A社", "月～金 9:00～12:00、13:00～17:30 土 午前のみ 日祝休み", "1時間半"]
    assert fates(import_table(database, aiko, [HEADER, row])) == (1, 0, 0, 0)
    (customer,) = stored(database)
    assert customer.opening_hours == "Mo-Fr 09:00-12:00,13:00-17:30; Sa 09:00-12:00; PH off"
    assert customer.visit_minutes == 90


def test_another_way_to_write_the_same_hours_changes_nothing_and_blanks_keep_or_erase(database: Database, aiko: User) -> None:
    import_table(database, aiko, [HEADER, ["A社", "平日 9時〜17時", "30"]])
    assert fates(import_table(database, aiko, [HEADER, ["A社", "月-金 9:00-17:00 祝日休み", "30分"]])) == (0, 0, 1, 0)
    assert fates(import_table(database, aiko, [HEADER, ["A社", "", ""]])) == (0, 0, 1, 0)
    assert fates(import_table(database, aiko, [HEADER, ["A社", "", ""]], erase_blank=True)) == (0, 1, 0, 0)
    assert [(c.opening_hours, c.visit_minutes) for c in stored(database)] == [("", None)]


def test_a_row_whose_hours_cannot_be_read_is_rejected_with_its_heading_and_what_is_to_blame(database: Database, aiko: User) -> None:
    rows = [["A", "不定休", ""], ["B", "9-5", ""], ["C", "", "長い"], ["D", "", "900"]]
    result = import_table(database, aiko, [HEADER, *rows])
    assert errors_of(result) == [BadOpeningHours, TimesUnclear, BadNumber, NumberOutside]
    assert [reject.heading for reject in result.rejects] == ["営業時間", "営業時間", "所要時間(分)", "所要時間(分)"]
    assert "不定休" in str(result.rejects[0].error)
    assert stored(database) == []
