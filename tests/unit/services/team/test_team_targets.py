"""Targets: set by leads for their own people, never over somebody else's change, and by a file whose nonsense is named line by line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, Target, Team, User
from fieldsales.domain.tables import TableFormat, TableRow
from fieldsales.domain.words import Role, TargetKind
from fieldsales.errors import BadChoice, BadNumber, NotAllowed, NotFound
from fieldsales.services.team.target_files import (
    MOST_LINES,
    NoMonth,
    NotAMonth,
    NoTargetColumns,
    TargetPreview,
    TooManyTargetLines,
    read_month,
    read_target_file,
    target_table,
)
from fieldsales.services.team.team_targets import Aim, TargetEdit, TargetsChanged, list_targets, repeat_month_before, save_targets

NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)
_CSV = TableFormat("csv")
HEADING = ("月", "チーム", "担当者", "メール", "訪問", "新規訪問", "受注", "受注額")


def edit(
    aim: Aim, after: int | None, before: int | None = None, kind: TargetKind = TargetKind.VISITS, month: date = NOVEMBER
) -> TargetEdit:
    return TargetEdit(aim, month, kind, before, after)


def of(person: User) -> Aim:
    return Aim(None, person.id)


def save(database: Database, actor: User, now: datetime, *edits: TargetEdit) -> int:
    with database.write() as session:
        return save_targets(session, actor, edits=edits, now=now)


def stored(database: Database) -> dict[tuple[int | None, int | None, TargetKind], int]:
    with database.read() as session:
        return {(t.team_id, t.user_id, t.kind): t.value for t in session.scalars(select(Target))}


def test_a_manager_sets_changes_and_removes_targets_of_their_people_and_team(
    database: Database, chie: User, aiko: User, now: datetime
) -> None:
    team = Aim(aiko.team_id, None)
    assert save(database, chie, now, edit(of(aiko), 40), edit(team, 0)) == 2
    assert save(database, chie, now, edit(of(aiko), 50, before=40), edit(team, None, before=0)) == 2
    assert stored(database) == {(None, aiko.id, TargetKind.VISITS): 50}


def test_saving_is_kept_in_the_audit_log_and_saving_what_holds_already_is_not(
    database: Database, chie: User, aiko: User, now: datetime
) -> None:
    assert save(database, chie, now, edit(of(aiko), 40)) == 1
    assert save(database, chie, now, edit(of(aiko), 40)) == 0  # the same tap again, from a screen that did not hear
    with database.read() as session:
        (event,) = session.scalars(select(AuditEvent))
    assert (event.actor_name, event.action, event.details["count"]) == ("Chie", "targets_set", 1)
    assert event.details["targets"] == [{"user_id": aiko.id, "month": "2026-11", "kind": "visits", "before": None, "after": 40}]


def test_two_managers_at_once_the_second_is_told_and_nothing_of_theirs_is_saved(
    database: Database, chie: User, dai: User, aiko: User, now: datetime
) -> None:
    save(database, dai, now, edit(of(aiko), 40))
    orders = edit(of(aiko), 5, kind=TargetKind.ORDERS)
    with pytest.raises(TargetsChanged) as refused:
        save(database, chie, now, edit(of(aiko), 50), orders)
    assert [cell.kind for cell in refused.value.cells] == [TargetKind.VISITS]
    assert stored(database) == {(None, aiko.id, TargetKind.VISITS): 40}


@pytest.mark.parametrize(("before", "after"), [(None, 50), (40, 50), (40, None)])
def test_a_change_between_looking_and_writing_is_noticed(
    database: Database,
    chie: User,
    dai: User,
    aiko: User,
    now: datetime,
    before: int | None,
    after: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The look finds what the screen showed; by the time of the write somebody else has set another target."""
    from fieldsales.services.team import team_targets

    save(database, dai, now, edit(of(aiko), 45))
    seen = {} if before is None else {(NOVEMBER, TargetKind.VISITS, of(aiko)): before}
    monkeypatch.setattr(team_targets, "stored_targets", lambda *_args, **_more: seen)
    with pytest.raises(TargetsChanged):
        save(database, chie, now, edit(of(aiko), after, before=before))
    assert stored(database) == {(None, aiko.id, TargetKind.VISITS): 45}


def test_nobody_sets_targets_of_strangers_and_reps_set_none(database: Database, chie: User, aiko: User, botan: User, now: datetime) -> None:
    with pytest.raises(NotFound):
        save(database, chie, now, edit(of(botan), 40))
    with pytest.raises(NotFound):
        save(database, chie, now, edit(Aim(botan.team_id, None), 40))
    with pytest.raises(NotFound):
        save(database, chie, now, edit(Aim(aiko.team_id, aiko.id), 40))
    with pytest.raises(NotAllowed):
        save(database, aiko, now, edit(of(aiko), 40))
    with database.read() as session, pytest.raises(NotAllowed):
        list_targets(session, aiko, month=NOVEMBER)
    assert stored(database) == {}


def test_a_target_is_a_number_that_fits_for_the_first_of_a_month(database: Database, chie: User, aiko: User, now: datetime) -> None:
    with pytest.raises(BadNumber):
        save(database, chie, now, edit(of(aiko), -1))
    with pytest.raises(BadNumber):
        save(database, chie, now, edit(of(aiko), 10_000_000))
    with pytest.raises(BadChoice):
        save(database, chie, now, edit(of(aiko), 1, month=date(2026, 11, 2)))
    assert save(database, chie, now, edit(of(aiko), 10**15, kind=TargetKind.AMOUNT)) == 1


def test_the_month_before_fills_what_is_empty_and_nothing_else(database: Database, chie: User, aiko: User, now: datetime) -> None:
    save(database, chie, now, edit(of(aiko), 40, month=OCTOBER), edit(of(aiko), 3, kind=TargetKind.ORDERS, month=OCTOBER))
    save(database, chie, now, edit(of(aiko), 55))
    with database.read() as session:
        repeated = repeat_month_before(session, chie, month=NOVEMBER)
    assert repeated == (edit(of(aiko), 3, kind=TargetKind.ORDERS),)
    save(database, chie, now, *repeated)
    with database.read() as session:
        (line,) = [line for line in list_targets(session, chie, month=NOVEMBER) if line.aim == of(aiko)]
    assert (line.values[TargetKind.VISITS], line.values[TargetKind.ORDERS]) == (55, 3)


def test_who_left_is_listed_with_a_target_only(database: Database, chie: User, aiko: User, now: datetime) -> None:
    with database.write() as session:
        person = session.get(User, aiko.id)
        assert person is not None
        person.disabled_at = now
    with database.read() as session:
        names = [line.name for line in list_targets(session, chie, month=NOVEMBER)]
    assert "Aiko" not in names
    save(database, chie, now, edit(of(aiko), 40))
    with database.read() as session:
        (left,) = [line for line in list_targets(session, chie, month=NOVEMBER) if line.name == "Aiko"]
    assert left.left


@dataclass(frozen=True)
class FakeSheet:
    lines: list[tuple[str, ...]]
    format: TableFormat = _CSV

    def rows(self) -> Iterator[TableRow]:
        for number, cells in enumerate(self.lines, start=1):
            yield TableRow(number, cells)


def preview_of(database: Database, actor: User, *lines: tuple[str, ...], heading: tuple[str, ...] = HEADING) -> TargetPreview:
    with database.read() as session:
        return read_target_file(session, actor, FakeSheet([heading, *lines]))


def test_a_file_shows_what_it_would_change_before_anything_is_saved(database: Database, chie: User, aiko: User, now: datetime) -> None:
    save(database, chie, now, edit(of(aiko), 40))
    preview = preview_of(
        database,
        chie,
        ("2026-11", "East", "", "", "", "", "", "1,200万円"),
        ("2026年11月", "East", "Aiko", "", "４５", "", "-", ""),
        ("2026/11", "", "", "CHIE@example.com", "", "", "", ""),
    )
    assert stored(database) == {(None, aiko.id, TargetKind.VISITS): 40}
    assert preview.edits == (edit(Aim(aiko.team_id, None), 12_000_000, kind=TargetKind.AMOUNT), edit(of(aiko), 45, before=40))
    assert (preview.unchanged, preview.refused) == (1, ())
    assert save(database, chie, now, *preview.edits) == 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("13月", "East", "", "", "1", "", "", ""), "not_a_month"),
        (("", "East", "", "", "1", "", "", ""), "no_month"),
        (("2026-11", "", "Botan", "aiko@example.com", "1", "", "", ""), "somebody_else"),
        (("2026-13", "East", "", "", "1", "", "", ""), "not_a_month"),
        (("1999-12", "East", "", "", "1", "", "", ""), "not_a_month"),
        (("2026-11", "", "", "", "1", "", "", ""), "nobody_named"),
        (("2026-11", "West", "", "", "1", "", "", ""), "unknown_team"),
        (("2026-11", "", "Botan", "", "1", "", "", ""), "unknown_person"),
        (("2026-11", "", "Aiko", "botan@example.com", "1", "", "", ""), "unknown_person"),
        (("2026-11", "", "Aiko", "", "many", "", "", ""), "bad_number"),
        (("2026-11", "", "Aiko", "", "-5", "", "", ""), "bad_number"),
        (("2026-11", "", "Aiko", "", "1.5", "", "", ""), "bad_number"),
        (("2026-11", "", "Aiko", "", "99999999999", "", "", ""), "bad_number"),
        (("2026-11", "", "<script>", "", "1", "", "", ""), "unknown_person"),
        (("2026-11",), "nobody_named"),
    ],
)
def test_each_nonsense_is_refused_with_its_line_and_its_reason(database: Database, chie: User, line: tuple[str, ...], code: str) -> None:
    preview = preview_of(database, chie, ("2026-11", "", "Aiko", "", "10", "", "", ""), line)
    assert [(refused.line, refused.why.code) for refused in preview.refused] == [(3, code)]
    assert len(preview.edits) == 1  # the good line stays good


def test_the_second_line_for_the_same_month_is_refused_and_names_the_first(database: Database, chie: User) -> None:
    line = ("2026-11", "", "Aiko", "", "10", "", "", "")
    preview = preview_of(database, chie, line, line)
    assert [(refused.line, refused.why.params) for refused in preview.refused] == [(3, {"line": 2})]


def test_two_people_of_one_name_need_the_address(database: Database, chie: User, aiko: User, now: datetime) -> None:
    with database.write() as session:
        team = session.get(Team, aiko.team_id)
        session.add(User(email="other@example.com", name="Aiko", role=Role.REP, team=team, password_hash="-", created_at=now))
    by_name, by_address = ("2026-11", "", "Aiko", "", "1", "", "", ""), ("2026-11", "", "Aiko", "aiko@example.com", "1", "", "", "")
    preview = preview_of(database, chie, by_name, by_address)
    assert [refused.why.code for refused in preview.refused] == ["several_people"]
    assert [change.aim for change in preview.edits] == [of(aiko)]


@pytest.mark.parametrize("heading", [(), ("月", "担当者"), ("担当者", "訪問"), ("月", "訪問"), ("会社名", "住所")])
def test_a_file_without_the_columns_says_which(database: Database, chie: User, heading: tuple[str, ...]) -> None:
    with pytest.raises(NoTargetColumns):
        preview_of(database, chie, heading=heading)


def test_a_file_has_an_end(database: Database, chie: User) -> None:
    with pytest.raises(TooManyTargetLines):
        preview_of(database, chie, *[("2026-11", "", "Aiko", "", "1", "", "", "")] * (MOST_LINES + 1))


def test_a_rep_may_not_even_look_at_a_file(database: Database, aiko: User) -> None:
    with pytest.raises(NotAllowed):
        preview_of(database, aiko)
    with database.read() as session, pytest.raises(NotAllowed):
        target_table(session, aiko, months=[NOVEMBER], locale="ja")


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_what_is_exported_changes_nothing_when_it_comes_back(
    database: Database, chie: User, aiko: User, now: datetime, locale: str
) -> None:
    save(database, chie, now, edit(of(aiko), 40), edit(Aim(aiko.team_id, None), 5_000_000, kind=TargetKind.AMOUNT))
    with database.read() as session:
        header, rows = target_table(session, chie, months=[OCTOBER, NOVEMBER], locale=locale)
    preview = preview_of(database, chie, *[tuple(map(str, row)) for row in rows], heading=tuple(header))
    assert (preview.edits, preview.refused, preview.unchanged) == ((), (), len(rows))


@pytest.mark.parametrize("text", ["2026-11", "2026/11/01", "２０２６年１１月", "2026-11-01", "Nov-26", "November 2026", "2026.11"])
def test_months_as_people_and_spreadsheets_write_them(text: str) -> None:
    assert read_month(text) == NOVEMBER


@given(st.text(max_size=20))
def test_no_cell_breaks_the_reading_of_a_month(text: str) -> None:
    with contextlib.suppress(NoMonth, NotAMonth):
        assert read_month(text).day == 1
