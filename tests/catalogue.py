"""The sentences of the product and their Japanese: found in the code, merged into `messages.po`, compared.

`python -m tests.catalogue [FRAGMENT.po …]` (as `make catalogue`) takes translations over from the fragments, drops sentences that the
code no longer has, sorts, writes `messages.po`, and lists what still wants a translation.
"""

from __future__ import annotations

import ast
import io
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parents[1]
MESSAGES = ROOT / "fieldsales/i18n/locales/ja/LC_MESSAGES/messages.po"
KEYWORDS = ("_", "N_", "gettext", "ngettext")
UNKEPT = tuple(f'"{name}'.encode() for name in ("POT-", "PO-", "Last-", "Language-Team", "Report-", "Generated-", "Project-"))
HEADER = "# Japanese sentences of FieldSales. The English sentence is the key; `make catalogue` keeps this file complete and sorted."


@dataclass(frozen=True)
class Sentence:
    """One sentence of the code; `text` is what is shown, or (singular, plural); `where` is the first place it stands."""

    text: str | tuple[str, str]
    where: str

    @property
    def key(self) -> str:
        """The singular, by which a catalogue finds the entry."""
        return self.text if isinstance(self.text, str) else self.text[0]


def sentences() -> dict[str, Sentence]:
    """Return every sentence marked in the package, the pages and the templates, by key."""
    found: dict[str, Sentence] = {}
    for path, line, text in _marked():
        sentence = Sentence(text, f"{path.relative_to(ROOT).as_posix()}:{line}")
        known = found.setdefault(sentence.key, sentence)
        if isinstance(known.text, str) and not isinstance(text, str):
            found[sentence.key] = sentence  # the plural form says more
    return found


def _marked() -> Iterator[tuple[Path, int, str | tuple[str, str]]]:
    for path in sorted([*ROOT.glob("fieldsales/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"]):
        yield from ((path, line, text) for line, text in _marked_in(ast.parse(path.read_text(encoding="utf-8"))))
    for path in sorted(ROOT.glob("fieldsales/**/*.html")):
        with path.open("rb") as template:
            for line, _function, text, _comments in babel_extract(template, KEYWORDS, [], {}):
                parts = [part for part in (text if isinstance(text, tuple) else (text,)) if part]
                yield path, line, parts[0] if len(parts) == 1 else (parts[0], parts[1])


def _marked_in(tree: ast.AST) -> Iterator[tuple[int, str | tuple[str, str]]]:
    """Yield line and text of each marked call; the syntax tree shows those inside f-strings on every version of Python."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        wanted = node.args[: 2 if name == "ngettext" else 1] if name in KEYWORDS else []
        texts = [part.value for part in wanted if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        if len(texts) == 2:
            yield node.lineno, (texts[0], texts[1])
        elif texts:
            yield node.lineno, texts[0]


def read_catalogue(path: Path = MESSAGES) -> Catalog:
    """Read a catalogue, empty when there is no file."""
    if not path.exists():
        return Catalog(locale="ja")
    with path.open("rb") as source:
        return read_po(source, locale="ja")


def is_translated(message: Message | None) -> bool:
    """True when every form of an entry has a text."""
    if message is None:
        return False
    forms = message.string if isinstance(message.string, tuple | list) else [message.string]
    return all(forms) and "fuzzy" not in message.flags


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def merge(fragments: list[Path]) -> Catalog:
    """Return the catalogue of all present sentences, translated from `messages.po` and, first, from the fragments."""
    sources = [read_catalogue(path) for path in fragments] + [read_catalogue()]
    merged = Catalog(locale="ja", project="FieldSales", fuzzy=False, header_comment=HEADER)
    for key, sentence in sorted(sentences().items()):
        known = (source.get(key) for source in sources)
        best = next((message for message in known if is_translated(message)), None)
        texts = best.string if best is not None else ""
        if isinstance(sentence.text, tuple):
            merged.add(sentence.text, texts if isinstance(texts, tuple) else (texts,))
        else:
            merged.add(sentence.text, texts[0] if isinstance(texts, tuple) else texts)
    return merged


def _as_file(catalogue: Catalog) -> bytes:
    written = io.BytesIO()
    write_po(written, catalogue, width=0)
    # Dates and addresses that nobody keeps would make two runs differ.
    return b"".join(line for line in written.getvalue().splitlines(keepends=True) if not line.startswith(UNKEPT))


def main(arguments: list[str]) -> int:
    """Write the merged catalogue; return 1 when a sentence wants its Japanese, 2 when there is no such fragment."""
    fragments = [Path(name) for name in arguments]
    absent = [str(path) for path in fragments if not path.is_file()]
    if absent:
        print(f"no such file: {', '.join(absent)}", file=sys.stderr)
        return 2
    merged = merge(fragments)
    MESSAGES.parent.mkdir(parents=True, exist_ok=True)
    MESSAGES.write_bytes(_as_file(merged))
    places = sentences()
    missing = [message.id for message in merged if message.id and not is_translated(message)]
    for text in missing:
        key = text if isinstance(text, str) else text[0]
        print(f"{places[key].where}: {key}")
    print(f"{len(places) - len(missing)} of {len(places)} sentences have their Japanese")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
