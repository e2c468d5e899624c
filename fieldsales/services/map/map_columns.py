"""All located customers as numpy columns, read from the database in one go or changed by what has changed.

Rows lie in the order of their Morton keys, so a section of the map is a few slices. Codes stand for words:
the position in `Likelihood`, `Kind`, `LocateStatus`, in `Columns.area_names`; 0 stands for “none” in ids.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Date, Executable, Integer, Select, and_, case, cast, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerTag, Tag
from fieldsales.domain import hexagons
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import LocateStatus
from fieldsales.domain.web_mercator import Floats, Ints, keys_of, to_world
from fieldsales.domain.words import Kind, Stage

LIKELIHOODS = tuple(Likelihood)
KINDS = tuple(Kind)
STAGES = tuple(Stage)
STATUSES = (None, *LocateStatus)
NEVER = np.iinfo(np.int64).min
NO_DAY = np.iinfo(np.int32).max
BY_RANK = -1
NOT_BARRED = np.iinfo(np.int32).min
NO_AMOUNT = np.iinfo(np.int64).min
NO_AREA = 0
MAX_TAGS = 62
CHUNK = 100_000
_ROW = np.dtype(
    {
        "names": [
            "id",
            "shown",
            "lat",
            "lon",
            "owner",
            "team",
            "likelihood",
            "kind",
            "stage",
            "status",
            "visited",
            "seen",
            "next_day",
            "cadence",
            "barred",
            "precision",
            "amount",
            "area",
        ],
        "formats": ["i8", "u1", "f8", "f8", "i8", "i8", "u1", "u1", "u1", "u1", "i8", "i8", "i4", "i4", "i4", "f4", "i8", "O"],
    }
)
Rows = NDArray[np.void]


@dataclass(frozen=True)
class TagBits:
    """Which bit stands for which tag: the most used ones; `names[i]` and `ids[i]` belong to bit i."""

    ids: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """One row per located customer. `visited` is seconds since 1970, `next_day` days since 1970, `precision` metres.

    `seen` is `visited`, or when the customer was entered if never. `cadence` is its own interval in days or BY_RANK. `barred`
    is the last day on which it is not to be visited: NO_DAY for good, NOT_BARRED when it may be visited. `amount` is yen or
    NO_AMOUNT, `area` the position of its municipality in `area_names` (NO_AREA where none is known), `cell` its smallest hexagon.
    """

    id: Ints
    lat: Floats
    lon: Floats
    x: Floats
    y: Floats
    key: Ints
    owner: Ints
    team: Ints
    likelihood: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    stage: NDArray[np.uint8]
    status: NDArray[np.uint8]
    visited: Ints
    seen: Ints
    next_day: NDArray[np.int32]
    cadence: NDArray[np.int32]
    barred: NDArray[np.int32]
    precision: NDArray[np.float32]
    amount: Ints
    area: NDArray[np.int32]
    cell: Ints
    tags: Ints
    tag_bits: TagBits
    area_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.id)

    @cached_property
    def _order_by_id(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.id)
        return self.id[order], order

    def rows_of(self, ids: Ints) -> Ints:
        """Return the row of each id, -1 where there is none."""
        sorted_ids, order = self._order_by_id
        if not len(sorted_ids):
            return np.full(len(ids), -1)
        at = np.minimum(np.searchsorted(sorted_ids, ids), len(sorted_ids) - 1)
        return np.where(sorted_ids[at] == ids, order[at], -1)


_ARRAYS = tuple(f.name for f in fields(Columns) if f.name not in ("tag_bits", "area_names"))


def load_columns(session: Session) -> Columns:
    """Read every located customer that is not archived, and which tags it carries."""
    chunks: list[Rows] = []
    last_id = 0
    shown = and_(Customer.archived_at.is_(None), Customer.lat.is_not(None), Customer.lon.is_not(None))
    while True:
        query = _row_query(session).where(shown, Customer.id > last_id).order_by(Customer.id).limit(CHUNK)
        chunk = _fetch(session, query)
        chunks.append(chunk)
        if len(chunk) < CHUNK:
            break
        last_id = int(chunk["id"][-1])
    bits = _choose_tags(session)
    columns = _columns_of(np.concatenate(chunks), bits, ("",))
    return _with(columns, tags=_tag_sets(session, columns, bits))


def changed_rows(session: Session, *, since: datetime) -> Rows:
    """Read the customers changed at or after `since`, with those that are no longer shown."""
    return _fetch(session, _row_query(session).where(Customer.changed_at >= since))


def apply_changes(session: Session, columns: Columns, rows: Rows) -> Columns:
    """Return `columns` with `rows` as they are now; the very same object when nothing differs."""
    if not len(rows):
        return columns
    bits = _extend_tags(session, columns.tag_bits)
    new = _columns_of(rows[rows["shown"] == 1], bits, columns.area_names)
    new = replace(new, tags=_tag_sets(session, new, bits)) if bits.ids else new
    at = columns.rows_of(new.id)
    stays = at >= 0
    stays[stays] = (columns.key[at[stays]] == new.key[stays]) & (columns.lat[at[stays]] == new.lat[stays])
    columns = _overwrite(columns, at[stays], _take(new, stays))
    left = np.concatenate((columns.rows_of(np.ascontiguousarray(rows["id"][rows["shown"] == 0])), at[~stays]))
    return _move(columns, left[left >= 0], _take(new, ~stays))


def _take(columns: Columns, rows: NDArray[Any]) -> Columns:
    taken: dict[str, Any] = {name: getattr(columns, name)[rows] for name in _ARRAYS}
    return replace(columns, **taken)


def _overwrite(columns: Columns, at: Ints, new: Columns) -> Columns:
    """Return columns with the values of `new` at rows `at`, copying only arrays in which something differs."""
    words = {name: getattr(new, name) for name in ("tag_bits", "area_names")}
    changed: dict[str, Any] = {name: said for name, said in words.items() if said != getattr(columns, name)}
    for name in _ARRAYS:
        old, values = getattr(columns, name), getattr(new, name)
        if (old[at] != values).any():
            changed[name] = old.copy()
            changed[name][at] = values
    return _with(columns, **changed) if changed else columns


def _with(columns: Columns, **changed: Any) -> Columns:
    """Return the same rows with other values; the order of ids, dear to sort, comes along."""
    new = replace(columns, **changed)
    new.__dict__["_order_by_id"] = columns._order_by_id
    return new


def _move(columns: Columns, gone: Ints, new: Columns) -> Columns:
    """Return columns without the rows `gone` and with those of `new`, in the order of keys."""
    if not len(gone) and not len(new):
        return columns
    kept = np.ones(len(columns), bool)
    kept[gone] = False
    order = np.argsort(new.key, kind="stable")
    at = np.searchsorted(columns.key[kept], new.key[order])
    arrays: dict[str, Any] = {name: np.insert(getattr(columns, name)[kept], at, getattr(new, name)[order]) for name in _ARRAYS}
    return replace(columns, **arrays)


def _columns_of(rows: Rows, bits: TagBits, area_names: tuple[str, ...]) -> Columns:
    """Return rows as columns; municipalities without a place in `area_names` are given one behind the others."""
    x, y = to_world(rows["lat"], rows["lon"])
    keys = keys_of(x, y)
    order = np.argsort(keys, kind="stable")
    plain = {name: np.ascontiguousarray(rows[name][order]) for name in _ROW.names or () if name not in ("shown", "area")}
    codes = {name: code for code, name in enumerate(area_names)}
    area = np.fromiter((codes.setdefault(name or "", len(codes)) for name in rows["area"][order]), np.int32, len(rows))
    return Columns(
        **plain, x=x[order], y=y[order], key=keys[order], area=area, area_names=tuple(codes),
        cell=hexagons.cells_of(plain["lat"], plain["lon"]), tags=np.zeros(len(rows), np.int64), tag_bits=bits,
    )  # fmt: skip


def _fetch(session: Session, query: Select[Any]) -> Rows:
    # Plain tuples from the driver: rows as objects would cost several times as much at a million customers.
    return np.fromiter(_tuples(session, query), _ROW)


def _tuples(session: Session, query: Executable) -> Iterable[tuple[Any, ...]]:
    return typing.cast(Iterable[tuple[Any, ...]], session.connection().execute(query).cursor)


def _row_query(session: Session) -> Select[Any]:
    sqlite = session.get_bind().dialect.name == "sqlite"
    c = Customer
    no_day = literal(NO_DAY, Integer)
    shown = case((and_(c.archived_at.is_(None), c.lat.is_not(None), c.lon.is_not(None)), 1), else_=0)
    return select(
        c.id,
        shown,
        func.coalesce(c.lat, 0.0),
        func.coalesce(c.lon, 0.0),
        func.coalesce(c.owner_id, 0),
        func.coalesce(c.team_id, 0),
        _code(c.likelihood, [k.value for k in LIKELIHOODS]),
        _code(c.kind, [k.value for k in KINDS]),
        _code(c.stage, [s.value for s in STAGES]),
        _code(c.locate_status, [s.value if s else None for s in STATUSES]),
        func.coalesce(_seconds(c.last_visited_at, sqlite=sqlite), literal(NEVER, BigInteger)),
        _seconds(func.coalesce(c.last_visited_at, c.created_at), sqlite=sqlite),
        func.coalesce(_days(c.next_on, sqlite=sqlite), no_day),
        func.coalesce(c.cadence_days, literal(BY_RANK, Integer)),
        case((c.do_not_visit, func.coalesce(_days(c.do_not_visit_until, sqlite=sqlite), no_day)), else_=literal(NOT_BARRED, Integer)),
        func.coalesce(c.precision_m, 0.0),
        func.coalesce(c.amount, literal(NO_AMOUNT, BigInteger)),
        c.area,
    )


def _code(column: Any, words: list[str | None]) -> ColumnElement[int]:
    return case({word: i for i, word in enumerate(words) if word is not None}, value=column, else_=0)


def _seconds(column: Any, *, sqlite: bool) -> ColumnElement[int]:
    if sqlite:
        return cast(func.strftime("%s", column), BigInteger)
    return cast(func.floor(func.extract("epoch", column)), BigInteger)


def _days(column: Any, *, sqlite: bool) -> ColumnElement[int]:
    if sqlite:
        return cast(func.julianday(column) - 2440587.5, Integer)
    return type_coerce(column - cast(literal("1970-01-01"), Date), Integer)


def _choose_tags(session: Session) -> TagBits:
    uses = func.count(CustomerTag.customer_id)
    query = select(Tag.id, Tag.name).join(CustomerTag).group_by(Tag.id, Tag.name).order_by(uses.desc(), Tag.id).limit(MAX_TAGS)
    found = session.execute(query).all()
    return TagBits(tuple(row.id for row in found), tuple(row.name for row in found))


def _extend_tags(session: Session, bits: TagBits) -> TagBits:
    room = MAX_TAGS - len(bits.ids)
    if room <= 0:
        return bits
    found = session.execute(select(Tag.id, Tag.name).where(Tag.id.not_in(bits.ids)).order_by(Tag.id).limit(room)).all()
    return TagBits(bits.ids + tuple(row.id for row in found), bits.names + tuple(row.name for row in found)) if found else bits


def _tag_sets(session: Session, columns: Columns, bits: TagBits) -> Ints:
    """Return one bit set per row."""
    sets = np.zeros(len(columns), np.int64)
    query = select(CustomerTag.customer_id, CustomerTag.tag_id)
    if len(columns) <= 500:
        query = query.where(CustomerTag.customer_id.in_(columns.id.tolist()))
    pairs = np.fromiter(_tuples(session, query), np.dtype("i8,i8"))
    at = columns.rows_of(np.ascontiguousarray(pairs["f0"]))
    for bit, tag_id in enumerate(bits.ids):
        rows = at[(pairs["f1"] == tag_id) & (at >= 0)]
        sets[rows] |= np.int64(1) << bit
    return sets
