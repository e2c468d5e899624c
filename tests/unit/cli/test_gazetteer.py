"""`fieldsales locate` and `fieldsales gazetteer`: addresses as arguments and as files."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from fieldsales.adapters.tables.errors import EmptyFile, FileMissing
from fieldsales.cli import gazetteer
from fieldsales.cli.located_files import ANSWER, NoSuchColumn
from fieldsales.domain.places import Level, LocateReason, LocateStatus, Place
from tests.fakes import FakeGeocoder, place_at

ROOT = Path(__file__).resolve().parents[3]
TOWNS = "pref,city,town,koaza,lat,lng\n香川県,高松市,番町一丁目,,34.3425,134.0463\n香川県,高松市,番町二丁目,,34.3419,134.0437\n"


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    gazetteer.register(app)
    return app


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> FakeGeocoder:
    """A geocoder in place of the chain that knows one place well and one roughly."""
    geocoder = FakeGeocoder(
        {
            "高松市番町1": place_at(34.3425, 134.0463),
            "高松市": Place(34.34, 134.04, Level.CITY, 13_000, "fake", "高松市", "", LocateStatus.APPROXIMATE, LocateReason.UNKNOWN_TOWN),
        }
    )
    monkeypatch.setattr(gazetteer, "_open_geocoder", lambda *, offline: geocoder)
    return geocoder


def run(app: typer.Typer, *arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def read_rows(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_each_address_is_one_json_object_and_a_miss_exits_with_1(app: typer.Typer, known: FakeGeocoder) -> None:
    code, out, _ = run(app, "locate", "高松市番町1", "", "--json")
    found, missed = (json.loads(line) for line in out.splitlines())
    assert code == 1
    assert found == {
        "address": "高松市番町1",
        "lat": 34.3425,
        "lon": 134.0463,
        "level": "chome",
        "precision_m": 300.0,
        "provider": "fake",
        "matched": "番町一丁目",
        "rest": "",
        "status": "ok",
        "reason": "",
    }
    assert (missed["status"], missed["reason"], missed["lat"]) == ("failed", "no_address", None)


def test_an_address_is_answered_in_words_too(app: typer.Typer, known: FakeGeocoder) -> None:
    assert run(app, "locate", "高松市番町1") == (0, "34.342500, 134.046300  chome ±300 m  番町一丁目  ok\n", "")
    assert run(app, "locate", "どこか") == (1, "-  どこか  failed unknown_municipality\n", "")


def test_a_list_comes_back_with_its_own_columns_and_the_answers_behind(app: typer.Typer, known: FakeGeocoder, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('name,住所\n"甲,乙",高松市番町1\n丙,高松市\n丁\n', encoding="utf-8")
    code, printed, said = run(app, "locate", "--file", source, "--column", "住所", "--out", out)
    assert code == 1
    assert printed == ""
    assert "3 rows: 1 located, 1 approximate, 1 without a place." in said
    assert read_rows(out) == [
        ["name", "住所", *ANSWER],
        ["甲,乙", "高松市番町1", "34.3425000", "134.0463000", "chome", "300", "fake", "番町一丁目", "", "ok"],
        ["丙", "高松市", "34.3400000", "134.0400000", "city", "13000", "fake", "高松市", "", "approximate"],
        ["丁", "", "", "", "none", "", "fake", "", "", "failed"],
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_a_japanese_excel_list_stays_what_excel_opens_by_itself(app: typer.Typer, known: FakeGeocoder, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("会社名\t住所\r\n①㈱髙橋\t高松市番町1\r\n", encoding="cp932", newline="")
    code, counts, _ = run(app, "locate", "--file", source, "--column", "住所", "--out", out, "--json")
    assert code == 0
    assert json.loads(counts) == {"rows": 1, "located": 1, "approximate": 0, "unlocated": 0}
    assert read_rows(out, "cp932", "\t")[1][:2] == ["①㈱髙橋", "高松市番町1"]


def test_the_postal_code_column_is_handed_on(app: typer.Typer, known: FakeGeocoder, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("a,zip\n高松市番町1,760-0017\n", encoding="utf-8")
    code, out, _ = run(app, "locate", "--file", source, "--column", "a", "--postal-column", "zip")
    assert code == 0
    assert known.asked[0].postal_code == "760-0017"
    assert out.splitlines()[1].startswith("高松市番町1,760-0017,34.3425000")


@pytest.mark.parametrize(
    ("content", "column", "error"),
    [("a\n高松市\n", "住所", NoSuchColumn), ("住所\n", "住所", EmptyFile), ("", "住所", EmptyFile), (None, "住所", FileMissing)],
)
def test_an_unusable_list_writes_nothing(
    app: typer.Typer, known: FakeGeocoder, tmp_path: Path, content: str | None, column: str, error: type[Exception]
) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    if content is not None:
        source.write_text(content, encoding="utf-8")
    out.write_text("what was there", encoding="utf-8")
    with pytest.raises(error):
        run(app, "locate", "--file", source, "--column", column, "--out", out)
    assert out.read_text(encoding="utf-8") == "what was there"
    assert {p.name for p in tmp_path.iterdir()} <= {"in.csv", "out.csv"}


@pytest.mark.parametrize("arguments", [(), ("--column", "a"), ("--file", "x.csv"), ("東京都", "--file", "x.csv", "--column", "a")])
def test_without_addresses_or_a_column_there_is_nothing_to_locate(app: typer.Typer, arguments: tuple[str, ...]) -> None:
    with pytest.raises(gazetteer.NothingToLocate):
        run(app, "locate", *arguments)


def test_an_installed_gazetteer_answers_and_says_what_it_is(app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDSALES_DATA_DIR", str(tmp_path / "data"))
    source = tmp_path / "towns.csv"
    source.write_text(TOWNS, encoding="utf-8")
    assert json.loads(run(app, "gazetteer", "status", "--json")[1])["installed"] is False
    code, out, told = run(app, "gazetteer", "install", source)
    assert code == 0
    assert "2 towns" in out
    assert f"reading {source}" in told
    status = json.loads(run(app, "gazetteer", "status", "--json")[1])
    assert (status["installed"], status["towns"], status["sources"][0]["rows"]) == (True, 2, 2)
    code, out, _ = run(app, "locate", "--offline", "--json", "香川県高松市番町2-3-4")
    assert code == 0
    assert (json.loads(out)["level"], json.loads(out)["lat"]) == ("chome", 34.3419)


HEAVY = {"sqlalchemy", "alembic", "streamlit", "starlette", "fastapi", "pandas", "numpy", "openpyxl", "geopy", "folium"}
SINGLE_ANSWER = """
import sys, types
package = types.ModuleType("fieldsales.cli")  # whose __init__ joins all commands; this is about what one answer takes
package.__path__ = ["fieldsales/cli"]
sys.modules["fieldsales.cli"] = package
import typer
from fieldsales.cli import gazetteer
app = typer.Typer()
gazetteer.register(app)
try:
    app(["locate", "--offline", "東京都千代田区"])
except SystemExit:
    print(*sys.modules)
"""


def test_a_single_answer_loads_neither_the_database_nor_the_screens() -> None:
    done = subprocess.run([sys.executable, "-c", SINGLE_ANSWER], cwd=ROOT, capture_output=True, text=True, check=True)
    answer, modules = done.stdout.splitlines()
    assert "東京都千代田区" in answer
    assert HEAVY.isdisjoint(modules.split())
