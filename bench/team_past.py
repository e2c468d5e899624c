"""What a large team has behind it: years of visits with the ranks stated and decided there, purchases, targets and tags.

A customer's past is drawn as a walk, one letter a visit (`A` to `D`, `w`on, `l`ost, `u`nrated), the newest first; the rows are made
of the walks inside the database. A deal is won as often as its worth says; what the rep states of it strays, and every fifth rep
sees everything too rosy.
"""

from __future__ import annotations

import random
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fieldsales.db.models import Place, Tag, Target, User
from fieldsales.domain.likelihood import Likelihood, from_percent
from fieldsales.domain.words import PlaceKind, TargetKind

TAGS = ("重点", "紹介", "展示会", "休眠掘り起こし")
WORDS = {"w": Likelihood.WON, "l": Likelihood.LOST, "u": Likelihood.UNRATED}
_DAYS = "(73 * n.k - 50 * (n.k % 2))"  # before the newest visit: two within a month, then a quarter of a year nothing
_RATED, _DECIDED, _STATED_ANEW, _ASKED_AGAIN = 0.85, 0.22, 0.3, 0.7  # chances at a visit: unrated, open, open, decided
_STRAYS = 0.12
_TARGETS = {TargetKind.VISITS: 1_600, TargetKind.FIRST_VISITS: 60, TargetKind.ORDERS: 120, TargetKind.AMOUNT: 250_000_000}
_MONTHS = 36
_WHY_LOST = ("価格差で他社に決定。", "計画が白紙になった。", "既存業者の継続。", "")


def walk(rng: random.Random, visits: int, rep: int) -> str:
    """Return what holds after each of `visits` visits, the newest first, as `rep` (a number) states it."""
    bias = {0: 0.2, 1: -0.08}.get(rep % 5, 0.0)
    said, state, worth = [], "u", 0.0
    for _ in range(visits):
        if state not in "ABCD":
            if rng.random() < (_RATED if state == "u" else _ASKED_AGAIN):
                worth = rng.random() ** 1.4
                state = _stated(rng, worth + bias)
        elif rng.random() < _DECIDED:
            state = "w" if rng.random() < worth else "l"
        elif rng.random() < _STATED_ANEW:
            state = _stated(rng, worth + bias)
        said.append(state)
    return "".join(reversed(said))


def _stated(rng: random.Random, worth: float) -> str:
    return from_percent(100 * min(1.0, max(0.0, worth + rng.gauss(0, _STRAYS)))).value


def add_visits(session: Session, walks: list[dict[str, Any]]) -> None:
    """Insert the visits of customers by their `walks` (`customer_id`, `said`), and what these moved and sold."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(text("CREATE TEMPORARY TABLE IF NOT EXISTS walks (customer_id INTEGER PRIMARY KEY, said TEXT)"))
    session.execute(text("DELETE FROM walks"))
    session.execute(text("INSERT INTO walks VALUES (:customer_id, :said)"), walks)
    longest = max(len(row["said"]) for row in walks)
    for statement in (_visits(longest, sqlite=sqlite), _moves(sqlite=sqlite), _purchases(sqlite=sqlite)):
        session.execute(text(statement))


def _visits(longest: int, *, sqlite: bool) -> str:
    moment = (
        f"datetime(c.last_visited_at, '-' || {_DAYS} || ' days') || '.000000'"
        if sqlite
        else f"c.last_visited_at - {_DAYS} * interval '1 day'"
    )
    return f"""
        INSERT INTO visits
            (client_ref, customer_id, user_id, kind, outcome, visited_at, note, likelihood_before, likelihood_after, created_at,
             version, deleted_reason)
        WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < {longest}),
        told AS (
            SELECT c.id, c.owner_id, n.k, {moment} AS moment, {_word("substr(w.said, n.k + 1, 1)")} AS after,
                {_word("substr(w.said || 'u', n.k + 2, 1)")} AS before
            FROM walks w JOIN customers c ON c.id = w.customer_id CROSS JOIN n WHERE n.k < length(w.said)
        )
        SELECT {_reference("(told.id * 1000 + k)", sqlite=sqlite)}, told.id, owner_id,
            CASE WHEN before = after AND k % 4 = 3 THEN 'call' WHEN k % 13 = 5 THEN 'online' ELSE 'visit' END,
            CASE WHEN before <> after AND after = 'won' THEN 'order' WHEN before <> after AND after = 'lost' THEN 'lost'
                WHEN k % 3 = 0 THEN 'met' WHEN k % 3 = 1 THEN 'absent' ELSE 'quote' END,
            moment, CASE WHEN k % 2 = 0 THEN '担当者と面談。次回は見積を持参する。' ELSE '' END, before, after, moment, 1, ''
        FROM told"""


def _moves(*, sqlite: bool) -> str:
    return f"""
        INSERT INTO customer_changes
            (customer_id, changed_by_id, changed_at, cause, visit_id, before, after, likelihood_before, likelihood_after)
        SELECT v.customer_id, v.user_id, v.visited_at, 'visit', v.id, {_json("v.likelihood_before", sqlite=sqlite)},
            {_json("v.likelihood_after", sqlite=sqlite)}, v.likelihood_before, v.likelihood_after
        FROM walks w JOIN visits v ON v.customer_id = w.customer_id WHERE v.likelihood_before <> v.likelihood_after"""


def _purchases(*, sqlite: bool) -> str:
    day = "date(v.visited_at, '+9 hours')" if sqlite else "CAST(v.visited_at AT TIME ZONE 'Asia/Tokyo' AS date)"
    return f"""
        INSERT INTO purchases (client_ref, customer_id, user_id, bought_on, item, amount, note, created_at, version)
        SELECT {_reference("v.id", sqlite=sqlite)}, v.customer_id, v.user_id, {day}, '業務用エアコン', c.amount, '', v.visited_at, 1
        FROM walks w JOIN visits v ON v.customer_id = w.customer_id JOIN customers c ON c.id = w.customer_id WHERE v.outcome = 'order'"""


def _word(letter: str) -> str:
    return f"CASE {letter} " + " ".join(f"WHEN '{short}' THEN '{word}'" for short, word in WORDS.items()) + f" ELSE {letter} END"


def _json(word: str, *, sqlite: bool) -> str:
    return f"""'{{"likelihood": "' || {word} || '"}}'""" if sqlite else f"json_build_object('likelihood', {word})"


def _reference(number: str, *, sqlite: bool) -> str:
    return f"printf('%032x', {number})" if sqlite else f"CAST(lpad(to_hex({number}), 32, '0') AS uuid)"


def tell_losses(session: Session) -> None:
    """Write why deals were lost into the notes of the visits that lost them; one in four says nothing."""
    said = " ".join(f"WHEN {number} THEN '{why}'" for number, why in enumerate(_WHY_LOST))
    session.execute(text(f"UPDATE visits SET note = CASE customer_id % {len(_WHY_LOST)} {said} END WHERE outcome = 'lost'"))


def add_tags(session: Session) -> list[int]:
    """Add the team's tags and return their ids."""
    tags = [Tag(name=name) for name in TAGS]
    session.add_all(tags)
    session.flush()
    return [tag.id for tag in tags]


def add_offices(session: Session, places: tuple[tuple[str, float, float], ...]) -> None:
    """Add an office at each of `places`: its name, latitude and longitude."""
    session.add_all(Place(kind=PlaceKind.OFFICE, name=f"{name}営業所", address=name, lat=lat, lon=lon) for name, lat, lon in places)


def add_targets(session: Session, reps: list[User], *, by: User, today: date, now: datetime) -> None:
    """Set each rep's and each team's targets of three years up to this month."""
    teams = sorted({rep.team_id for rep in reps if rep.team_id})
    for back in range(_MONTHS):
        number = today.year * 12 + today.month - 1 - back
        month = date(number // 12, number % 12 + 1, 1)
        for kind, value in _TARGETS.items():
            said = {"month": month, "kind": kind, "set_by_id": by.id, "set_at": now}
            session.add_all(Target(user_id=rep.id, value=value, **said) for rep in reps)
            session.add_all(Target(team_id=team, value=value * len(reps) // len(teams), **said) for team in teams)
