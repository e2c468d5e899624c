"""User text in markdown and HTML is shown as it was typed, whatever it holds."""

from __future__ import annotations

import re

import pytest

from fieldsales.ui.format import ISOLATE, POP_ISOLATE, WORD_JOINER, one_line, plain, safe, safe_lines


def what_markdown_shows(text: str) -> str:
    """Undo backslash escapes as CommonMark does, and drop what is invisible."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace(WORD_JOINER, "").replace(ISOLATE, "").replace(POP_ISOLATE, "")


@pytest.mark.parametrize(
    "typed",
    [
        'O\'Neil "& Sons"',
        "<script>alert(1)</script>",
        ":red[x] :material/home: :smile:",
        "$x$ and $$y$$",
        "**bold** _it_ `code` ~~gone~~ [a](http://b) ![i](j)",
        "# not a heading",
        "1. not a list",
        "😀👨‍👩‍👧",
        "شركة النور",
        "株式会社" + "長" * 496,
        r"back\slash \* already",
        "a -> b -- c >= d",
        "https://evil.example www.evil.example me@evil.example",
    ],
)
def test_markdown_shows_exactly_what_was_typed(typed: str) -> None:
    assert what_markdown_shows(plain(typed)) == typed


@pytest.mark.parametrize("mark", list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"))
def test_no_mark_stands_unescaped(mark: str) -> None:
    assert plain(f"a{mark}b").replace(WORD_JOINER, "").endswith(f"a\\{mark}b")


@pytest.mark.parametrize("typed", [":smile:", ":material/home:", ":streamlit:", "->", "<-", "--", "http://a.b", "www.a.b", "me@a.b"])
def test_runs_that_streamlit_turns_into_something_are_broken_invisibly(typed: str) -> None:
    assert WORD_JOINER in plain(typed)


def test_right_to_left_text_is_isolated_from_its_surroundings() -> None:
    assert plain("שלום") == f"{ISOLATE}שלום{POP_ISOLATE}"
    assert one_line("شركة") == f"{ISOLATE}شركة{POP_ISOLATE}"
    assert plain("高松食品") == "高松食品"


def test_direction_overrides_in_the_text_cannot_turn_the_page_round() -> None:
    assert plain("a\u202eb\u2069c") == "abc"
    assert safe("a\u202eb") == "<bdi>ab</bdi>"


def test_line_breaks_become_blanks_where_there_is_one_line() -> None:
    assert plain("a\n# b\r\nc") == "a \\# b c"
    assert one_line("a\nb") == "a b"


def test_html_is_escaped_and_its_lines_are_kept() -> None:
    assert safe(" ") == ""
    assert safe("<b>\"'&") == "<bdi>&lt;b&gt;&quot;&#x27;&amp;</bdi>"
    assert safe_lines("<i>\n2") == "<bdi>&lt;i&gt;</bdi><br><bdi>2</bdi>"
