"""How fast lists come in and go out: rows a second, seconds and peak memory, each measured in a process of its own.

    python -m bench.import_export [--rows 10000] [--database-url URL]

Without geocoding: the addresses are queued, as an import on a server does. `--database-url` names an empty PostgreSQL
database; SQLite in a temporary folder otherwise.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure, Options, at_most

HEADER = [
    "顧客コード",
    "会社名",
    "フリガナ",
    "郵便番号",
    "住所",
    "電話番号",
    "メール",
    "担当者",
    "受注確度",
    "見込金額",
    "次回訪問日",
    "業種",
    "備考",
]
TOWNS = ("香川県高松市番町", "東京都千代田区丸の内", "大阪府大阪市北区梅田", "北海道札幌市中央区北一条西", "福岡県福岡市博多区博多駅前")
ROWS, LIMIT_S, LIMIT_MB = 10_000, 5.0, 300.0
STEPS = ("dry-run", "import", "again", "export-csv", "back", "export-xlsx", "back-xlsx")


def write_list(path: Path, rows: int) -> None:
    """Write a list as Japanese Excel does, with the variety of a real one."""
    with path.open("w", encoding="cp932", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADER)
        for i in range(rows):
            name = ("㈱", "株式会社", "有限会社 ")[i % 3] + f"髙﨑商店{i}"
            town = f"{TOWNS[i % 5]}{i % 7 + 1}-{i % 23 + 1}-{i % 37 + 1}" + (f" 第{i % 9}ビル{i % 12}F" if i % 4 == 0 else "")
            writer.writerow(
                (
                    *(
                        f"{i:06d}",
                        name,
                        f"タカサキショウテン{i}",
                        f"{i % 900 + 100:03d}-{i % 10000:04d}",
                        town,
                        f"0{i % 9 + 1}-1234-{i:06d}",
                    ),
                    *(f"info{i}@example.jp" if i % 2 else "", f"田中{i % 50}", "ＡBCＤ"[i % 4], f"{(i + 1) * 1000:,}"),
                    *(f"2027/{i % 12 + 1}/{i % 28 + 1}", ("食品", "建設", "医療")[i % 3], "改行\nあり" if i % 50 == 0 else ""),
                )
            )


def take_step(step: str, folder: Path, url: str) -> dict[str, float]:
    """Do one step in this process and return seconds, rows and peak memory in MB, the imports of the program included."""
    from fieldsales.adapters.tables import open_sheet, write_sheet
    from fieldsales.bootstrap import utc_now
    from fieldsales.cli.customers import command_line
    from fieldsales.db.database import Database
    from fieldsales.domain.customer_filter import CustomerFilter
    from fieldsales.domain.tables import TableFormat
    from fieldsales.services import importing
    from fieldsales.services.customers.exporting import export_customers

    database = Database(url)
    database.upgrade()
    actor, now = command_line(), utc_now()
    began, cpu = time.perf_counter(), time.process_time()
    if step.startswith("export"):
        kind = step.removeprefix("export-")
        with database.read() as session:
            export = export_customers(session, actor, customer_filter=CustomerFilter(), locale="ja", now=now)
            rows = write_sheet(folder / f"out.{kind}", export.header, export.rows, TableFormat(kind, "cp932"))
    else:
        name = {"import": "list.csv", "again": "list.csv", "dry-run": "list.csv", "back": "out.csv", "back-xlsx": "out.xlsx"}[step]
        sheet = open_sheet(folder / name)
        heading = importing.read_heading(sheet)
        columns = importing.check_columns(heading, importing.guess_columns(heading, importing.data_rows(sheet, heading)))
        with database.read() as session:
            people = importing.find_people(session, actor)
        reader = importing.RowReader(heading, columns, people)
        parsed = list(reader.read(sheet.rows()))
        dry_run = step == "dry-run"
        with (database.read if dry_run else database.write)() as session:
            options = importing.ImportOptions()
            result = importing.import_rows(session, actor, reader=reader, rows=parsed, options=options, now=now, dry_run=dry_run)
        rows = result.rows
        assert (result.counts()["updated"], result.counts()["rejected"]) == (0, 0), result.counts()
    took = {"seconds": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
    database.dispose()
    return {"rows": rows, **took, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def run_steps(rows: int, url: str = "", steps: Sequence[str] = STEPS) -> Iterator[dict[str, Any]]:
    """Yield the figures of each step, one after the other on the same list and database."""
    with tempfile.TemporaryDirectory(prefix="fieldsales-bench-") as name:
        write_list(Path(name) / "list.csv", rows)
        url = url or f"sqlite:///{Path(name) / 'bench.sqlite3'}"
        for step in steps:
            command = [sys.executable, "-m", "bench.import_export", "--step", step, "--folder", name, "--database-url", url]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            yield {"step": step, **json.loads(done.stdout.splitlines()[-1])}


def measure(options: Options) -> Iterator[Figure]:
    """Yield the figures of `make bench`."""
    for figure in run_steps(ROWS):
        name = f"{figure['step']}, {ROWS:,} rows without geocoding"
        if figure["step"] in ("import", "again"):
            yield at_most(name, figure["seconds"], LIMIT_S, "s", digits=1)
            yield at_most(f"{figure['step']}, peak memory", figure["peak_mb"], LIMIT_MB, "MB")
        else:
            yield Figure(name, f"{figure['seconds']:.1f} s, {figure['peak_mb']:.0f} MB")


def main(arguments: list[str] | None = None) -> None:
    """Print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        print(json.dumps(take_step(options.step, options.folder, options.database_url)))
        return
    for figure in run_steps(options.rows, options.database_url):
        rate = figure["rows"] / figure["seconds"]
        words = f"{figure['rows']:>8,} rows {figure['seconds']:>7.2f} s (cpu {figure['cpu_s']:>6.2f} s) {rate:>9,.0f} rows/s"
        print(f"{figure['step']:<12}{words}  peak {figure['peak_mb']:>5,.0f} MB", flush=True)


if __name__ == "__main__":
    main()
