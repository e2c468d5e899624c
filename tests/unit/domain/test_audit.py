"""What the audit log keeps of an act: plain values, and nothing that opens a door."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.audit import AREAS, HIDDEN, AuditAction, changes_between, clean_text, plain_details, words_in
from fieldsales.domain.words import Role

SECRET = "hunter2-and-more"


def test_every_act_belongs_to_exactly_one_area() -> None:
    placed = [action for actions in AREAS.values() for action in actions]
    assert sorted(placed) == sorted(AuditAction)


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Password", "new_password", "passwd", "pwd", "token", "session_token", "token_hash", "hash", "secret", "SECRET_KEY"),
        *("smtp_url", "url", "FIELDSALES_SMTP_URL", "cookie", "authorization", "api_key", "apikey", "private_key", "credentials"),
    ],
)
def test_what_is_named_like_a_secret_is_hidden_however_deep_it_lies(name: str) -> None:
    for details in ({name: SECRET}, {"changes": {name: ["old " + SECRET, SECRET]}}, {"rows": [{"x": {name: SECRET}}]}):
        assert SECRET not in json.dumps(plain_details(details))
    assert plain_details({name: SECRET}) == {name: HIDDEN}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"smtp://sales:{SECRET}@mail.example.com:587", f"smtp://{HIDDEN}@mail.example.com:587"),
        (f"postgresql+psycopg://u:{SECRET}@db/x failed", f"postgresql+psycopg://{HIDDEN}@db/x failed"),
        (f"smtps://{SECRET}@mail.example.com", f"smtps://{HIDDEN}@mail.example.com"),
        (f"https://sales.example.com/calendar/{SECRET}.ics", f"https://sales.example.com/calendar/{HIDDEN}"),
        (f"password={SECRET} was refused", f"password={HIDDEN} was refused"),
        (f"パスワード: {SECRET}", f"パスワード: {HIDDEN}"),
        (f"?token={SECRET}", f"?token={HIDDEN}"),
        ("aiko@example.com", "aiko@example.com"),
        ("https://example.com/a@b", "https://example.com/a@b"),
        ("株式会社高松 <b>", "株式会社高松 <b>"),
    ],
)
def test_a_secret_inside_a_text_is_hidden_and_the_rest_is_kept(text: str, kept: str) -> None:
    assert clean_text(text) == kept
    assert plain_details({"what": [text]}) == {"what": [kept]}


def test_values_become_what_json_knows() -> None:
    details = {
        "role": Role.ADMIN,
        "at": datetime(2026, 11, 21, 1, tzinfo=UTC),
        "day": date(2026, 11, 21),
        "time": time(9, 30),
        "ids": frozenset({3, 1}),
        "none": None,
        "yes": True,
        "bytes": b"\x00secret",
        "object": StrEnum("Colour", ["RED"]).RED,  # type: ignore[attr-defined]
    }
    assert plain_details(details) == {
        "role": "admin",
        "at": "2026-11-21T01:00:00+00:00",
        "day": "2026-11-21",
        "time": "09:30:00",
        "ids": [1, 3],
        "none": None,
        "yes": True,
        "bytes": HIDDEN,
        "object": "red",
    }


def test_long_texts_and_long_lists_are_cut() -> None:
    kept = plain_details({"text": "長" * 2_000, "list": list(range(1_000))})
    assert isinstance(kept["text"], str)
    assert len(kept["text"]) == 500
    assert kept["text"].endswith("…")
    assert isinstance(kept["list"], list)
    assert len(kept["list"]) == 50


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=10), _VALUES, max_size=5))
def test_whatever_is_given_becomes_details_that_any_database_takes(details: dict[str, object]) -> None:
    kept = plain_details(details)
    said = json.dumps(kept, ensure_ascii=False, allow_nan=False)
    assert "\x00" not in said
    said.encode("utf-8")
    assert all(isinstance(word, str) for word in words_in(kept))


def test_only_what_differs_is_a_change() -> None:
    before, after = {"name": "Aiko", "role": "rep", "gone": 1}, {"name": "Aiko", "role": "manager", "new": 2}
    assert changes_between(before, after) == {"role": ["rep", "manager"], "gone": [1, None], "new": [None, 2]}
    assert changes_between(before, before) == {}
