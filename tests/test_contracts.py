"""What holds the product together: documentation, translations and rules that no single module can check."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from dataclasses import fields
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from streamlit.web.server.app_discovery import discover_asgi_app

from fieldsales import errors
from fieldsales.settings import PREFIX, Settings
from tests.catalogue import ROOT, is_translated, placeholders, read_catalogue, sentences

CODE = sorted([*ROOT.glob("fieldsales/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"])
TESTS = sorted([*ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/*.py")])
WRITTEN_BY_ALEMBIC = "migrations/versions"
MAX_FILE_LINES = 400
MAX_PAGE_LINES = 60


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# Documentation


def documented_settings() -> dict[str, str]:
    """Return variable → default as the table of the administration guide states them."""
    rows = re.findall(rf"^\| `({PREFIX}[A-Z_]+)` \| (?:`([^`]*)`)?[^|]*\|", read("docs/administration.md"), re.MULTILINE)
    return dict(rows)


def test_every_setting_is_documented_with_its_default_and_no_other() -> None:
    stated = {PREFIX + f.name.upper(): str(f.default) for f in fields(Settings) if f.metadata.get("help")}
    assert documented_settings() == stated


def test_every_secret_is_documented_to_come_from_a_file_as_well() -> None:
    guide = read("docs/administration.md")
    secrets = [PREFIX + f.name.upper() for f in fields(Settings) if f.metadata.get("secret")]
    assert secrets
    assert [name for name in secrets if f"`{name}_FILE`" not in guide] == []


def test_the_readme_names_the_two_commands_and_shows_both_pictures() -> None:
    readme = read("README.md")
    assert "make demo" in readme
    assert "make test" in readme
    pictures = re.findall(r"(?:\]\(|src=\")(docs/images/[^)\"]+)", readme)
    assert len(pictures) >= 2
    assert [picture for picture in pictures if not (ROOT / picture).is_file()] == []


@pytest.mark.parametrize("document", sorted(relative(path) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]))
def test_a_document_links_only_to_what_is_there(document: str) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", read(document))
    assert [link for link in links if not ((ROOT / document).parent / link).exists()] == []


def test_every_word_of_the_product_is_in_the_glossary() -> None:
    from fieldsales.domain import words

    glossary = read("docs/glossary.md").casefold()
    sets = [getattr(words, name) for name in ("Role", "Kind", "Stage", "VisitKind", "Outcome")]
    missing = [word.value for kind in sets for word in kind if word.value.replace("email", "e-mail") not in glossary]
    assert missing == []


# Languages


def test_every_sentence_of_the_code_has_its_japanese() -> None:
    catalogue = read_catalogue()
    missing = [f"{s.where}: {s.key}" for s in sentences().values() if not is_translated(catalogue.get(s.key))]
    assert missing == [], f"{len(missing)} sentences; `make catalogue` lists them"


def test_the_catalogue_keeps_no_sentence_that_the_code_has_lost() -> None:
    ours = sentences()
    kept = [message.id if isinstance(message.id, str) else message.id[0] for message in read_catalogue() if message.id]
    assert [key for key in kept if key not in ours] == []


def test_a_translation_fills_in_the_same_values_as_its_sentence() -> None:
    wrong = []
    for message in read_catalogue():
        originals = (message.id,) if isinstance(message.id, str) else message.id
        texts = (message.string,) if isinstance(message.string, str) else message.string
        for text in texts if message.id else ():
            if text and placeholders(text) != placeholders(originals[-1]):
                wrong.append(text)
    assert wrong == []


def test_every_error_of_ours_says_a_translated_sentence_and_has_a_code_of_its_own() -> None:
    known, catalogue = sentences(), read_catalogue()
    leaves = [error for error in all_errors(errors.FieldSalesError) if not error.__subclasses__()]
    assert len(leaves) > 10
    assert [e.__name__ for e in leaves if e.message not in known or not is_translated(catalogue.get(e.message))] == []
    codes = [error.code for error in leaves]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []


def all_errors(root: type[errors.FieldSalesError]) -> list[type[errors.FieldSalesError]]:
    """Return every error class of the product, wherever it is defined."""
    import importlib
    import pkgutil

    import fieldsales

    for module in pkgutil.walk_packages(fieldsales.__path__, "fieldsales."):
        if not module.name.startswith(("fieldsales.ui.main", "fieldsales.__main__", "fieldsales.db.migrations")):
            importlib.import_module(module.name)
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(found[-1].__subclasses__())
    return found


# Code


def test_streamlit_discovers_the_app_and_so_its_gate() -> None:
    found = discover_asgi_app(ROOT / "app.py")
    assert found.is_asgi_app
    assert any(
        isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in ("st.App", "App")
        for node in ast.parse(read("app.py")).body
    )


def test_no_main_script_lies_beside_the_pages_folder() -> None:
    # Streamlit would run every file in `pages/` by its URL, past the main script and whatever it checks.
    assert not (ROOT / "fieldsales/ui/pages").exists()
    mains = [path.name for path in ROOT.glob("*.py")]
    assert mains == ["app.py"]


@pytest.mark.parametrize("page", sorted(relative(path) for path in ROOT.glob("pages/*.py")))
def test_a_page_is_thin(page: str) -> None:
    source = read(page)
    assert len(source.splitlines()) <= MAX_PAGE_LINES
    tree = ast.parse(source)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Try)]
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert not [name for name in modules if name and name.startswith(("sqlalchemy", "fieldsales.db", "fieldsales.adapters"))]


def test_only_services_and_the_database_layer_write_sql() -> None:
    drawn = [path for path in CODE if relative(path).startswith(("pages/", "fieldsales/ui/"))]
    assert [relative(path) for path in drawn if re.search(r"\bselect\(|\.execute\(", path.read_text(encoding="utf-8"))] == []


def test_no_text_of_a_person_is_ever_drawn_as_html() -> None:
    assert [relative(path) for path in CODE if "unsafe_allow_html" in path.read_text(encoding="utf-8")] == []


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    files = [path for path in [*CODE, *TESTS] if WRITTEN_BY_ALEMBIC not in relative(path)]
    sizes = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in sizes.items() if lines > MAX_FILE_LINES} == {}


def test_nothing_is_left_unfinished_or_skipped() -> None:
    words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "raise Not" + "Implemented", r"mark\.(skip|xfail)", "import" + "orskip"]
    files = [*CODE, *TESTS, *ROOT.glob("fieldsales/**/*.js"), *ROOT.glob("fieldsales/**/*.html")]
    assert [relative(path) for path in files if re.search("|".join(words), path.read_text(encoding="utf-8"))] == []


def test_everything_imported_is_declared_and_everything_declared_is_imported() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    declared = {distribution_name(line) for line in project["dependencies"]}
    known = packages_distributions()
    used = {distribution_name(known[name][0]) for name in imported_names() if name in known and name != "fieldsales"}
    assert used - declared == set()
    assert declared - used - LOADED_BY_NAME.keys() == set()


# Needed although no import statement names them.
LOADED_BY_NAME = {
    "psycopg": "SQLAlchemy loads it for postgresql+psycopg URLs",
    "django-js-lib-leaflet": "Starlette serves its files by package name",
    "jpgeocode": "its data file is read without importing it",
    "pyvroom": "the solver loads it where there is a wheel",
    "tzdata": "zoneinfo loads it where the system has no time zones",
}


def distribution_name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def imported_names() -> set[str]:
    """Return the top-level packages that the product's code imports, without the standard library's."""
    names: set[str] = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names)


def test_no_choice_of_several_offers_to_choose_all_in_english() -> None:
    without = []
    for path in sorted(ROOT.glob("fieldsales/ui/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "multiselect":
                names = {keyword.arg for keyword in node.keywords}
                if not names & {"select_all", None}:  # None: it comes with others (`**many`)
                    without.append(f"{relative(path)}:{node.lineno}")
    assert without == []


FIELDS = {
    f"st.{name}"
    for name in (
        "checkbox", "date_input", "multiselect", "number_input", "pills", "radio", "segmented_control", "select_slider", "selectbox",
        "slider", "text_area", "text_input", "time_input", "toggle",
    )
}  # fmt: skip


def test_every_field_is_given_its_value_or_says_whether_its_page_keeps_it() -> None:
    """Without it a value put into the session reaches the browser once; who taps before it is there gets nothing, and saves that."""
    silent = []
    for path in sorted(ROOT.glob("fieldsales/ui/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in FIELDS:
                said = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                if "persist_state" not in said and all(said.get(name, "None") == "None" for name in ("value", "index", "default")):
                    silent.append(f"{relative(path)}:{node.lineno}")
    assert silent == []


def test_no_function_that_maps_share_is_defined_twice() -> None:
    scripts = [path.read_text(encoding="utf-8") for path in ROOT.glob("fieldsales/web/assets/map/*.js")]
    names = [name for script in scripts for name in re.findall(r"\bFS\.(\w+) = ", script)]
    assert "lookAt" in names
    assert sorted({name for name in names if names.count(name) > 1}) == []
