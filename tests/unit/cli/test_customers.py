"""`fieldsales import` and `fieldsales export`, as scripts call them: keys, exit codes and files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from fieldsales.adapters.tables import errors, open_sheet, write_sheet
from fieldsales.cli import customers
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.tables import TableFormat
from fieldsales.errors import FieldSalesError, UserNotFound
from fieldsales.services.importing.errors import NoNameColumn, NoRows, UnusableMapping
from tests.unit.services.importing.lists import stored

KEYS = {"rows", "created", "updated", "unchanged", "rejected", "located", "approximate", "pending", "unlocated", "rejects_file"}
LIST = (
    "顧客コード,会社名,住所,電話番号,備考\r\n"
    '0001,㈱髙﨑商店,香川県高松市番町1-1,087-1,"改行\nあり"\r\n'
    "0002,,香川県高松市番町1-2,087-2,①〜\r\n"
    "0003,B社,,087-3,=1+1\r\n"
)
Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command; an error of ours is raised, as the command's root would turn it into exit 2."""
    monkeypatch.setenv("FIELDSALES_DATABASE_URL", database.url)
    monkeypatch.setenv("FIELDSALES_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FIELDSALES_LOCALE", "ja")
    app = typer.Typer()
    customers.register(app)

    def call(*arguments: object) -> Result:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(done.exception, FieldSalesError):
            raise done.exception
        return done

    return call


@pytest.fixture
def customer_list(tmp_path: Path) -> Path:
    path = tmp_path / "顧客.csv"
    path.write_bytes(LIST.replace("〜", "～").encode("cp932"))
    return path


def report(done: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_report_has_the_promised_keys_and_sums(run: Run, customer_list: Path, database: Database) -> None:
    done = run("import", customer_list, "--json")
    counts = report(done)
    assert done.exit_code == 1
    assert counts.keys() >= KEYS
    assert (counts["rows"], counts["created"], counts["rejected"], counts["unlocated"]) == (3, 2, 1, 1)
    assert counts["pending"] == 0
    assert [(c.code, c.name) for c in stored(database)] == [("0001", "㈱髙﨑商店"), ("0003", "B社")]


def test_rejected_rows_come_back_in_the_same_encoding_with_the_reason(run: Run, customer_list: Path) -> None:
    rejects = Path(str(report(run("import", customer_list, "--json"))["rejects_file"]))
    assert rejects == customer_list.with_name("顧客-rejected.csv")
    assert open_sheet(rejects).format == open_sheet(customer_list).format
    header, row = [row.cells for row in open_sheet(rejects).rows()]
    assert header == ("顧客コード", "会社名", "住所", "電話番号", "備考", "取り込めなかった理由")
    assert row[:5] == ("0002", "", "香川県高松市番町1-2", "087-2", "①～")
    assert row[5].startswith("会社名: ")


def test_a_corrected_rejects_file_imports_and_no_file_is_overwritten(run: Run, customer_list: Path, database: Database) -> None:
    rejects = Path(str(report(run("import", customer_list, "--json"))["rejects_file"]))
    rejects.write_bytes(rejects.read_bytes().replace("0002,,".encode("cp932"), "0002,直した社,".encode("cp932")))
    assert report(run("import", rejects, "--json"))["created"] == 1
    assert [c.custom for c in stored(database)] == [{}, {}, {}]
    assert Path(str(report(run("import", customer_list, "--json"))["rejects_file"])).name == "顧客-rejected-2.csv"


def test_rejects_go_to_the_data_directory_when_the_folder_is_read_only(
    run: Run, customer_list: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: Path, *arguments: Any) -> int:
        if path.parent == customer_list.parent.resolve():
            raise errors.CannotWriteFile(name=path.name)
        return write_sheet(path, *arguments)

    monkeypatch.setattr(customers, "write_sheet", write)
    assert Path(str(report(run("import", customer_list, "--json"))["rejects_file"])).parent == (tmp_path / "data").resolve()


def test_an_excel_list_has_its_rejects_in_excel(run: Run, customer_list: Path, tmp_path: Path) -> None:
    write_sheet(tmp_path / "list.xlsx", ["会社名", "金額"], [["A社", "応相談"]], TableFormat("xlsx"))
    rejects = Path(str(report(run("import", tmp_path / "list.xlsx", "--json"))["rejects_file"]))
    assert rejects.suffix == ".xlsx"
    assert [row.cells[:2] for row in open_sheet(rejects).rows()] == [("会社名", "金額"), ("A社", "応相談")]


def test_a_dry_run_leaves_neither_customers_nor_files(run: Run, customer_list: Path, database: Database, tmp_path: Path) -> None:
    done = run("import", customer_list, "--dry-run", "--json")
    counts = report(done)
    assert (done.exit_code, counts["created"], counts["rejected"], counts["rejects_file"]) == (1, 2, 1, None)
    assert stored(database) == []
    assert not list(tmp_path.glob("*rejected*"))


def test_the_same_list_again_changes_nothing(run: Run, customer_list: Path) -> None:
    run("import", customer_list)
    counts = report(run("import", customer_list, "--json"))
    assert (counts["created"], counts["updated"], counts["unchanged"]) == (0, 0, 2)


@pytest.mark.parametrize(("name", "encoding"), [("out.csv", "cp932"), ("out.csv", "utf-8-sig"), ("out.xlsx", "cp932")])
def test_an_export_reimports_to_no_change(run: Run, customer_list: Path, tmp_path: Path, name: str, encoding: str) -> None:
    run("import", customer_list)
    assert "2" in run("export", tmp_path / name, "--encoding", encoding).stdout
    done = run("import", tmp_path / name, "--json")
    counts = report(done)
    assert (done.exit_code, counts["rows"], counts["unchanged"], counts["rejected"]) == (0, 2, 2, 0)


def test_an_owner_gets_the_new_customers(run: Run, customer_list: Path, database: Database, aiko: User) -> None:
    run("import", customer_list, "--owner", "AIKO@example.com")
    assert {(c.owner_id, c.team_id) for c in stored(database)} == {(aiko.id, aiko.team_id)}
    with pytest.raises(UserNotFound):
        run("import", customer_list, "--owner", "nobody@example.com")


def test_a_mapping_file_says_what_columns_mean(run: Run, tmp_path: Path, database: Database) -> None:
    (tmp_path / "list.csv").write_text("甲,乙,丙\nA社,080,x\n", encoding="utf-8")
    (tmp_path / "map.json").write_text('{"甲": "name", "乙": "phone", "丙": "custom:区分"}', encoding="utf-8")
    with pytest.raises(NoNameColumn):
        run("import", tmp_path / "list.csv")
    assert run("import", tmp_path / "list.csv", "--mapping", tmp_path / "map.json").exit_code == 0
    assert [(c.name, c.phone, c.custom) for c in stored(database)] == [("A社", "080", {"区分": "x"})]
    (tmp_path / "map.json").write_text("{not json", encoding="utf-8")
    with pytest.raises(UnusableMapping):
        run("import", tmp_path / "list.csv", "--mapping", tmp_path / "map.json")


def test_likely_duplicates_are_counted_listed_and_decided_by_an_option(
    run: Run, tmp_path: Path, database: Database, make_customer: Callable[..., Customer]
) -> None:
    make_customer("A社", address="香川県高松市番町1-1", code="1")
    (tmp_path / "list.csv").write_text("コード,会社名,住所\n2,A社,香川県高松市扇町9-9\n", encoding="utf-8")
    skipped = report(run("import", tmp_path / "list.csv", "--duplicates", "skip", "--json"))
    assert (skipped["rejected"], skipped["duplicates"]) == (1, 1)
    done = run("import", tmp_path / "list.csv", "--json")
    assert (done.exit_code, report(done)["created"], report(done)["duplicates"]) == (0, 1, 1)
    rows = [row.cells for row in open_sheet(Path(str(report(done)["duplicates_file"]))).rows()]
    assert rows[1][:4] == ("2", "A社", "香川県高松市扇町9-9", "new")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", errors.EmptyFile),
        (bytes(range(256)) * 100, errors.NotATable),
        ("会社名,住所\r\n".encode("cp932"), NoRows),
        (b"PK\x03\x04" + b"\0" * 5000, errors.DamagedExcelFile),
        ("備考,日付\nx,y\n".encode(), NoNameColumn),
    ],
)
def test_an_unusable_file_writes_nothing(run: Run, tmp_path: Path, database: Database, content: bytes, error: type[Exception]) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(error):
        run("import", tmp_path / "bad.csv", "--json")
    assert stored(database) == []


def test_an_export_wants_a_kind_it_knows_and_a_folder_that_is_there(run: Run, tmp_path: Path) -> None:
    with pytest.raises(errors.UnknownFileKind):
        run("export", tmp_path / "out.txt")
    with pytest.raises(errors.CannotWriteFile):
        run("export", tmp_path / "nowhere" / "out.csv")


def test_people_read_counts_and_reasons(run: Run, customer_list: Path) -> None:
    shown = run("import", customer_list).stdout
    assert "rejected" in shown
    assert "1 × 会社名" in shown
