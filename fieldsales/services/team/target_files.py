"""Targets as a table: written for every person and team of some months, read again with a preview of what is refused and why.

One line is one person's or team's month. An empty cell leaves a target as it is, a dash takes it away.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import User
from fieldsales.domain.spans import EARLIEST, LATEST, Span, SpanKind
from fieldsales.domain.tables import Sheet, TableRow, restored
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import TargetKind
from fieldsales.errors import N_, BadNumber, FieldSalesError, FixTheInput
from fieldsales.services.importing.values import read_amount
from fieldsales.services.team.team_scope import TeamPerson, read_scope, require_lead
from fieldsales.services.team.team_targets import Aim, TargetEdit, list_targets, most, stored_targets

MOST_LINES = 5_000
MONTH, TEAM, NAME, EMAIL = "month", "team", "name", "email"
HEADINGS = {
    "ja": {MONTH: "月", TEAM: "チーム", NAME: "担当者", EMAIL: "メール", "visits": "訪問", "first_visits": "新規訪問", "orders": "受注",
           "amount": "受注額"},
    "en": {MONTH: "Month", TEAM: "Team", NAME: "Name", EMAIL: "E-mail", "visits": "Visits", "first_visits": "First visits",
           "orders": "Orders", "amount": "Amount"},
}  # fmt: skip
_ALSO = {
    MONTH: ("年月", "対象月"),
    TEAM: ("部署", "課"),
    NAME: ("担当", "氏名", "名前", "営業", "rep", "person"),
    EMAIL: ("メールアドレス", "email", "mail"),
    "visits": ("訪問件数", "訪問数", "visits made"),
    "first_visits": ("新規", "新規訪問件数", "new visits"),
    "orders": ("受注件数", "受注数"),
    "amount": ("受注金額", "売上", "金額", "order amount"),
}
_NONE = frozenset({"-", "–", "—", "ー", "―", "−", "なし", "none"})
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})月?(?:[-/.]?\d{1,2}日?)?")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AS_EXCEL = re.compile(r"([a-z]{3})[a-z]*[-. ](\d{2}|\d{4})")


class NoTargetColumns(FixTheInput):
    code = "no_target_columns"
    message = N_("The first line must name the columns: month, team or name or e-mail, and at least one figure. Export shows how.")
    field = "target_file"


class TooManyTargetLines(FixTheInput):
    code = "too_many_target_lines"
    message = N_("A file of targets has at most {limit} lines.")
    field = "target_file"


class NotAMonth(FixTheInput):
    code = "not_a_month"
    message = N_("“{value}” is not a month such as 2026-11.")


class NoMonth(FixTheInput):
    code = "no_month"
    message = N_("The month is missing.")


class NobodyNamed(FixTheInput):
    code = "nobody_named"
    message = N_("Neither a person nor a team is named.")


class UnknownPerson(FixTheInput):
    code = "unknown_person"
    message = N_("“{value}” is none of your people.")


class SeveralPeople(FixTheInput):
    code = "several_people"
    message = N_("Several people are called “{value}”: add the e-mail address.")


class SomebodyElse(FixTheInput):
    code = "somebody_else"
    message = N_("The e-mail address is {name}'s, not that of “{value}”.")


class UnknownTeam(FixTheInput):
    code = "unknown_team"
    message = N_("“{value}” is none of your teams.")


class TargetRepeated(FixTheInput):
    code = "target_repeated"
    message = N_("Line {line} sets the same month of the same person or team.")


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that will not be taken, with its sentence."""

    line: int
    why: FieldSalesError


@dataclass(frozen=True, slots=True)
class TargetPreview:
    """What a file would do: `edits` to save, `names` of whom they are, how many lines change nothing, which are refused."""

    edits: tuple[TargetEdit, ...]
    names: Mapping[Aim, str]
    unchanged: int
    refused: tuple[RefusedLine, ...]


def read_target_file(session: Session, actor: User, sheet: Sheet) -> TargetPreview:
    """Return what the lines of a file would change; nothing is saved.

    Raises:
        NotAllowed: `actor` leads nobody. NoTargetColumns, TooManyTargetLines: field `target_file`.
    """
    require_lead(actor)
    lines = sheet.rows()
    heading = next(lines, None)
    columns = _columns(heading.cells if heading is not None else ())
    people = _People.of(session, actor)
    wanted: dict[tuple[date, Aim], dict[TargetKind, int | None]] = {}
    first_line: dict[tuple[date, Aim], int] = {}
    refused: list[RefusedLine] = []
    for count, line in enumerate(lines, start=1):
        if count > MOST_LINES:
            raise TooManyTargetLines(limit=MOST_LINES)
        try:
            month, aim, values = _read(line, columns, people)
            if (month, aim) in first_line:
                raise TargetRepeated(line=first_line[month, aim])
        except FieldSalesError as error:
            refused.append(RefusedLine(line.line, error))
            continue
        wanted[month, aim], first_line[month, aim] = values, line.line
    edits, unchanged = _edits(session, wanted)
    return TargetPreview(edits, {edit.aim: people.name_of(edit.aim) for edit in edits}, unchanged, tuple(refused))


def target_table(session: Session, actor: User, *, months: Sequence[date], locale: str) -> tuple[list[str], list[list[str | int]]]:
    """Return the targets of some months as a table that `read_target_file` reads: heading and lines, also those without any.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    words = HEADINGS.get(locale, HEADINGS["en"])
    emails = {user_id: email for user_id, email in session.execute(select(User.id, User.email))}
    rows: list[list[str | int]] = []
    for month in months:
        for line in list_targets(session, actor, month=month):
            name, email = (line.name, emails[line.aim.user_id]) if line.aim.user_id is not None else ("", "")
            values = (line.values[kind] for kind in TargetKind)
            rows.append([f"{month:%Y-%m}", line.team, name, email, *("" if value is None else value for value in values)])
    return [words[name] for name in (MONTH, TEAM, NAME, EMAIL, *TargetKind)], rows


@dataclass(frozen=True, slots=True)
class _People:
    """Whom the lead may set targets for, by what a file may call them."""

    by_email: Mapping[str, TeamPerson]
    by_name: Mapping[str, Sequence[TeamPerson]]
    teams: Mapping[str, int]
    names: Mapping[Aim, str]

    @classmethod
    def of(cls, session: Session, actor: User) -> _People:
        scope = read_scope(session, actor, team_filter=TeamFilter(Span.around(SpanKind.DAYS, EARLIEST)))
        found = session.execute(select(User.id, User.email).where(User.id.in_(scope.user_ids)))
        emails = {user_id: email for user_id, email in found}
        by_name: dict[str, list[TeamPerson]] = defaultdict(list)
        for person in scope.people:
            by_name[_plain(person.name)].append(person)
        names = {Aim(None, person.id): person.name for person in scope.people} | {Aim(i, None): name for i, name in scope.teams}
        return cls({emails[p.id].casefold(): p for p in scope.people}, by_name, {_plain(name): i for i, name in scope.teams}, names)

    def name_of(self, aim: Aim) -> str:
        return self.names[aim]

    def aim(self, team: str, name: str, email: str) -> Aim:
        """Return whom a line means: a person before the team; where there are both, e-mail address and name must be the same person's."""
        if email:
            if email.casefold() not in self.by_email:
                raise UnknownPerson(value=email[:100])
            person = self.by_email[email.casefold()]
            if name and _plain(name) != _plain(person.name):
                raise SomebodyElse(name=person.name, value=name[:100])
            return Aim(None, person.id)
        if name:
            found = self.by_name.get(_plain(name), ())
            if len(found) > 1:
                raise SeveralPeople(value=name[:100])
            if not found:
                raise UnknownPerson(value=name[:100])
            return Aim(None, found[0].id)
        if not team:
            raise NobodyNamed()
        if _plain(team) not in self.teams:
            raise UnknownTeam(value=team[:100])
        return Aim(self.teams[_plain(team)], None)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _columns(heading: Sequence[str]) -> dict[str, int]:
    """Return where each column is.

    Raises:
        NoTargetColumns.
    """
    known = {_plain(word): name for words in HEADINGS.values() for name, word in words.items()}
    known |= {_plain(word): name for name, words in _ALSO.items() for word in words}
    found: dict[str, int] = {}
    for place, cell in enumerate(heading):
        name = known.get(_plain(restored(cell)))
        if name is not None:
            found.setdefault(name, place)
    if MONTH not in found or not found.keys() & {TEAM, NAME, EMAIL} or not found.keys() & set(TargetKind):
        raise NoTargetColumns()
    return found


def _read(line: TableRow, columns: Mapping[str, int], people: _People) -> tuple[date, Aim, dict[TargetKind, int | None]]:
    def cell(name: str) -> str:
        place = columns.get(name)
        return restored(line.cells[place]).strip() if place is not None and place < len(line.cells) else ""

    month, aim = read_month(cell(MONTH)), people.aim(cell(TEAM), cell(NAME), cell(EMAIL))
    return month, aim, {kind: _value(kind, cell(kind)) for kind in TargetKind if cell(kind)}


def read_month(cell: str) -> date:
    """Return the first day of a month such as 2026-11, 2026/11/01, 2026年11月 or, as spreadsheets write it, Nov-26.

    Raises:
        NoMonth, NotAMonth.
    """
    if not cell.strip():
        raise NoMonth()
    text = unicodedata.normalize("NFKC", cell).strip().casefold()
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            month = date(int(found[1]), int(found[2]), 1)
        elif (found := _AS_EXCEL.fullmatch(text)) and found[1] in _NAMES:
            month = date(int(found[2]) % 100 + 2000 if len(found[2]) == 2 else int(found[2]), _NAMES.index(found[1]) + 1, 1)
        else:
            raise NotAMonth(value=cell[:50])
    except ValueError:
        raise NotAMonth(value=cell[:50]) from None
    if not EARLIEST <= month <= LATEST:
        raise NotAMonth(value=cell[:50])
    return month


def _value(kind: TargetKind, cell: str) -> int | None:
    if unicodedata.normalize("NFKC", cell).casefold() in _NONE:
        return None
    try:
        value = read_amount(cell)
    except FieldSalesError:
        raise BadNumber(value=cell[:50]) from None
    if not 0 <= value <= most(kind):
        raise BadNumber(value=cell[:50])
    return value


def _edits(session: Session, wanted: Mapping[tuple[date, Aim], Mapping[TargetKind, int | None]]) -> tuple[tuple[TargetEdit, ...], int]:
    """Return what differs from what is stored, and how many lines differ in nothing."""
    stored = stored_targets(session, months=sorted({month for month, _ in wanted}), aims={aim for _, aim in wanted})

    def changes() -> Iterator[Iterable[TargetEdit]]:
        for (month, aim), values in wanted.items():
            before = {kind: stored.get((month, kind, aim)) for kind in values}
            yield [TargetEdit(aim, month, kind, before[kind], after) for kind, after in values.items() if before[kind] != after]

    by_line = [list(edits) for edits in changes()]
    return tuple(edit for edits in by_line for edit in edits), sum(not edits for edits in by_line)
