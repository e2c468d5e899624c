"""`fieldsales import` and `fieldsales export`: customer lists in and out."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fieldsales.adapters.tables import open_sheet, write_sheet
from fieldsales.adapters.tables.errors import CannotWriteFile, UnknownFileKind
from fieldsales.bootstrap import Runtime
from fieldsales.cli.progress import CountLine, QueueLine
from fieldsales.cli.runtime import open_runtime
from fieldsales.db.models import User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.tables import Sheet, TableFormat
from fieldsales.domain.words import Role
from fieldsales.i18n import Text, text_for
from fieldsales.services import importing
from fieldsales.services.accounts.accounts import find_by_email
from fieldsales.services.customers.exporting import export_customers, note_export
from fieldsales.services.importing.errors import UnusableMapping

WITH_REJECTS = 1


class Encoding(StrEnum):
    """What a CSV is written in: Japanese Excel opens both, older programs only cp932."""

    CP932 = "cp932"
    UTF8 = "utf-8-sig"


class Duplicates(StrEnum):
    """What becomes of a row that may mean a customer there already is."""

    NEW = importing.NEW
    SKIP = importing.SKIP
    UPDATE = importing.UPDATE


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(import_list)
    app.command("export")(export_list)


@dataclass(frozen=True, slots=True)
class _List:
    """A list that has been read: its file, headings and parsed rows."""

    sheet: Sheet
    reader: importing.RowReader
    rows: list[importing.ParsedRow]


def import_list(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV (UTF-8, cp932, UTF-16; comma, tab, semicolon) or XLSX.")],
    mapping: Annotated[
        Path | None, typer.Option(metavar="MAP.json", help='What the columns mean: {"会社名": "name", …}; the rest is guessed.')
    ] = None,
    owner: Annotated[str, typer.Option(metavar="EMAIL", help="Who is to own new customers.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; write nothing.")] = False,
    duplicates: Annotated[Duplicates, typer.Option(help="Rows that may be customers there already are.")] = Duplicates.NEW,
    erase_blank: Annotated[bool, typer.Option("--erase-blank", help="Blank cells erase what is stored.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Create and update customers from a list; rows that cannot be used come back as a file with the reason."""
    runtime = open_runtime()
    text = text_for(runtime.settings.locale)
    actor = command_line()
    listing = _read_list(runtime, actor, open_sheet(file), mapping)
    with runtime.database.read() as session:
        owner_id = find_by_email(session, None, email=owner).id if owner else None
    options = importing.ImportOptions(owner_id=owner_id, erase_blank=erase_blank, duplicates=duplicates.value)
    result = _carry_out(runtime, actor, listing, options, dry_run=dry_run)
    rejects = doubles = None
    if not dry_run:
        _locate(runtime)
        with runtime.database.read() as session:
            result.places = importing.count_places(session, result.customer_ids)
        rejects = _write_rejects(file, runtime, listing, result, text)
        doubles = _write_duplicates(file, runtime, listing, result)
    report: dict[str, object] = {
        **result.counts(),
        "rejects_file": str(rejects) if rejects else None,
        "duplicates": len(result.duplicates),
        "duplicates_file": str(doubles) if doubles else None,
    }
    typer.echo(json.dumps(report, ensure_ascii=False) if as_json else _in_words(report, result, text, dry_run=dry_run))
    if result.rejects:
        raise typer.Exit(WITH_REJECTS)


def export_list(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write; .csv or .xlsx decides the kind.")],
    encoding: Annotated[Encoding, typer.Option(help="Encoding of a CSV.")] = Encoding.UTF8,
) -> None:
    """Write all customers to a file that `fieldsales import` reads back without a change."""
    runtime = open_runtime()
    kind = file.suffix.lower().removeprefix(".")
    if kind not in ("csv", "xlsx"):
        raise UnknownFileKind()
    now = runtime.clock()
    with runtime.database.read() as session:
        export = export_customers(session, command_line(), customer_filter=CustomerFilter(), locale=runtime.settings.locale, now=now)
        count = write_sheet(file, export.header, export.rows, TableFormat(kind, encoding.value))
    with runtime.database.write() as session:
        note_export(session, command_line(), customer_filter=CustomerFilter(), rows=count, file_name=file.name, now=now)
    typer.echo(f"{count:,} customers written to {file}.")


def command_line() -> User:
    """Return who acts when somebody at the server's own command line does: an admin without an account."""
    return User(email="", name="", role=Role.ADMIN, may_export=True, may_delete=True)


def _read_list(runtime: Runtime, actor: User, sheet: Sheet, mapping_file: Path | None) -> _List:
    heading = importing.read_heading(sheet)
    with runtime.database.read() as session:
        people = importing.find_people(session, actor)
    guessed = importing.guess_columns(heading, importing.data_rows(sheet, heading))
    columns = importing.columns_from(heading, _read_mapping(mapping_file), guessed)
    reader = importing.RowReader(heading, columns, people)
    return _List(sheet, reader, list(reader.read(sheet.rows())))


def _read_mapping(file: Path | None) -> dict[str, str]:
    if file is None:
        return {}
    try:
        mapping: dict[str, str] = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        raise UnusableMapping() from None
    return mapping


def _carry_out(runtime: Runtime, actor: User, listing: _List, options: importing.ImportOptions, *, dry_run: bool) -> importing.ImportResult:
    door = runtime.database.read if dry_run else runtime.database.write
    with CountLine(sys.stderr, "rows") as line, door() as session:
        return importing.import_rows(
            session, actor, reader=listing.reader, rows=listing.rows, options=options, now=runtime.clock(), dry_run=dry_run, progress=line
        )


def _locate(runtime: Runtime) -> None:
    """Work off the queue of addresses, so that the counts are final; what a service asks to retry later stays pending."""
    from fieldsales.jobs.geocoding import run_worker

    with QueueLine(sys.stderr, "addresses located") as line:
        run_worker(runtime, stop=threading.Event(), until_idle=True, progress=line)


def _write_rejects(file: Path, runtime: Runtime, listing: _List, result: importing.ImportResult, text: Text) -> Path | None:
    if not result.rejects:
        return None
    heading = listing.reader.heading
    rows = list(importing.rejects_rows(heading, result.rejects, text.error))
    return _write_beside(file, runtime, "rejected", importing.rejects_header(heading, locale=text.locale), rows, listing.sheet.format)


def _write_duplicates(file: Path, runtime: Runtime, listing: _List, result: importing.ImportResult) -> Path | None:
    rows = [
        (str(double.line), double.name, double.address, double.decision, c.ref, c.name, c.address, c.why.value)
        for double in result.duplicates
        for c in double.candidates
    ]
    header = ("row", "name", "address", "decision", "like", "like_name", "like_address", "why")
    return _write_beside(file, runtime, "duplicates", header, rows, listing.sheet.format) if rows else None


def _write_beside(
    file: Path, runtime: Runtime, word: str, header: Sequence[str], rows: Iterable[Sequence[str]], table_format: TableFormat
) -> Path:
    """Write a file next to the list, in the data directory when that folder cannot be written; no file is ever overwritten."""
    suffix = ".xlsx" if table_format.kind == "xlsx" else file.suffix or ".csv"
    rows = list(rows)
    for folder in (file.resolve().parent, runtime.settings.data_dir.resolve()):
        target = _free_name(folder, f"{file.stem}-{word}", suffix)
        try:
            write_sheet(target, header, rows, table_format)
        except CannotWriteFile:
            continue
        return target
    raise CannotWriteFile(name=f"{file.stem}-{word}{suffix}")


def _free_name(folder: Path, stem: str, suffix: str) -> Path:
    path = folder / f"{stem}{suffix}"
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}{suffix}"
        number += 1
    return path


def _in_words(report: dict[str, object], result: importing.ImportResult, text: Text, *, dry_run: bool) -> str:
    lines = ["Dry run: nothing was written."] if dry_run else []
    shown = ("rows", "created", "updated", "unchanged", "rejected", "located", "approximate", "pending", "unlocated", "duplicates")
    lines += [f"{name:<12}{report[name]:>9,}" for name in shown]
    reasons = importing.reasons_by_count(result.rejects, text.error)
    lines += [f"  {count:,} × {reason}" for reason, count in reasons[:10]]
    files = (("rejects_file", "Rejected rows"), ("duplicates_file", "Likely duplicates"))
    lines += [f"{label}: {report[name]}" for name, label in files if report[name]]
    return "\n".join(lines)
