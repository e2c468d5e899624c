"""The customers of the map, held in memory and kept fresh: each process has its own, no request scans the table.

A request sees one immutable snapshot. Twice a second at most, a request asks the database what has changed since the
newest change it knows; `map_watch` says from when on. What `changed_at` cannot tell (bulk writes that take long, rows
deleted for good) is announced by `announce_bulk_change` and read completely: at once while that is quick, else in the
background while the old snapshot serves.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Counter, Customer, CustomerTag, Tag, User
from fieldsales.domain.cadence import DueRule
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.map_colours import ColourBy
from fieldsales.errors import FieldSalesError
from fieldsales.services.access import Scope, scope_of, visible_customers
from fieldsales.services.customers.customer_search import matching_ids
from fieldsales.services.customers.due import read_rule
from fieldsales.services.honesty.scores import read_corrections
from fieldsales.services.map import map_columns, map_selection
from fieldsales.services.map.map_columns import Columns
from fieldsales.services.map.map_due import standings_of
from fieldsales.services.map.map_features import Colouring, colour_rows, compose, customer_feature, to_geojson
from fieldsales.services.map.map_selection import Mask
from fieldsales.services.map.map_watch import ChangeWatch, newest_change

log = logging.getLogger(__name__)

MAP_EPOCH = "map_epoch"
POLL_S = 0.5
QUICK_ROWS = 20_000
MEMBERS_PER_PAGE = 50
_KEPT_MASKS = 24
_BOUNDS_SAMPLE = 20_000
T = TypeVar("T")


def announce_bulk_change(session: Session) -> None:
    """Tell the maps of all processes, when this transaction commits, to read all customers anew."""
    risen = session.execute(update(Counter).where(Counter.name == MAP_EPOCH).values(value=Counter.value + 1))
    if not risen.rowcount:  # type: ignore[attr-defined]
        session.add(Counter(name=MAP_EPOCH, value=1))
        session.flush()


@dataclass(frozen=True)
class Snapshot:
    """The map's customers at one moment, with what was worked out about them."""

    database: Database
    columns: Columns
    epoch: int
    newest: datetime
    serial: int = field(default_factory=itertools.count(1).__next__)
    _worked_out: dict[Hashable, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return the result of `work`, remembered under `key` for as long as this snapshot serves."""
        with self._lock:
            if key in self._worked_out:
                return self._worked_out[key]  # type: ignore[no-any-return]
        result = work()
        with self._lock:
            while len(self._worked_out) >= _KEPT_MASKS:
                del self._worked_out[next(iter(self._worked_out))]
            self._worked_out[key] = result
        return result


@dataclass(frozen=True, slots=True)
class MapExtent:
    """Where the matching customers lie: west, south, east, north in degrees, None when there are none."""

    bounds: tuple[float, float, float, float] | None
    count: int


class MapIndex:
    """All customers with coordinates, in memory; safe to use from many threads."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._watch = ChangeWatch(clock)
        self._snapshot: Snapshot | None = None
        self._polled_at = -1e9
        self._lock = threading.Lock()
        self._rebuilding: threading.Thread | None = None

    def snapshot(self, database: Database, *, at_least: datetime | None = None, fresh: bool = False) -> Snapshot:
        """Return the customers as they are, at most half a second old.

        `fresh` asks the database in any case, `at_least` when that change has not been seen yet.

        Raises:
            DatabaseBusy: nothing was read yet and the database does not answer.
        """
        snapshot = self._snapshot
        if snapshot is None or snapshot.database is not database:
            with self._lock:
                loaded = self._snapshot
                if loaded is None or loaded.database is not database:
                    self._polled_at = self._clock()
                    loaded = _load(database)
                    self._take(loaded)
                return loaded
        must = fresh or (at_least is not None and at_least > snapshot.newest)
        if (must or self._clock() - self._polled_at >= POLL_S) and self._lock.acquire(blocking=must):
            try:
                self._poll(database)
            finally:
                self._lock.release()
        return self._snapshot or snapshot

    def features(
        self,
        database: Database,
        actor: User,
        *,
        bbox: MapBox,
        zoom: int,
        customer_filter: CustomerFilter,
        now: datetime,
        zone: tzinfo = UTC,
        colour_by: ColourBy = ColourBy.LIKELIHOOD,
        at_least: datetime | None = None,
    ) -> dict[str, Any]:
        """Return what the map shows of a box at a zoom as GeoJSON, at most 400 features, with `total` and `legend`.

        `zone` is the actor's: it says which day it is.
        """
        snapshot = self.snapshot(database, at_least=at_least)
        columns = snapshot.columns
        rule = _rule(database, now=now, zone=zone)
        mask = self._mask(snapshot, actor, customer_filter, now=now, rule=rule)
        rows = map_selection.rows_within(columns, mask, bbox)
        colouring = self._colouring(snapshot, actor, colour_by, now=now)
        picture = compose(columns, rows, colouring, zoom=zoom)
        names = _names(database, actor, columns.id[picture.single_rows].tolist())
        return to_geojson(picture, names, rule=rule)

    def extent(self, database: Database, actor: User, *, customer_filter: CustomerFilter, now: datetime, zone: tzinfo = UTC) -> MapExtent:
        """Return where the matching customers lie; a few far away from very many others do not count."""
        snapshot = self.snapshot(database)
        rule = _rule(database, now=now, zone=zone)
        rows = np.flatnonzero(self._mask(snapshot, actor, customer_filter, now=now, rule=rule))
        if not len(rows):
            return MapExtent(None, 0)
        some = rows[:: max(1, len(rows) // _BOUNDS_SAMPLE)]
        share = (0.01, 0.99) if len(some) >= 100 else (0.0, 1.0)
        south, north = np.quantile(snapshot.columns.lat[some], share).tolist()
        west, east = np.quantile(snapshot.columns.lon[some], share).tolist()
        return MapExtent((west, south, east, north), len(rows))

    def members(
        self,
        database: Database,
        actor: User,
        *,
        bbox: MapBox,
        customer_filter: CustomerFilter,
        now: datetime,
        zone: tzinfo = UTC,
        offset: int = 0,
    ) -> dict[str, Any]:
        """Return the customers in a small box, likeliest first, 50 at a time, as GeoJSON with `total`."""
        snapshot = self.snapshot(database)
        columns = snapshot.columns
        rule = _rule(database, now=now, zone=zone)
        within = map_selection.rows_within(columns, self._mask(snapshot, actor, customer_filter, now=now, rule=rule), bbox)
        rows = within[np.lexsort((columns.id[within], columns.likelihood[within]))][offset : offset + MEMBERS_PER_PAGE]
        names = _names(database, actor, columns.id[rows].tolist())
        standings = standings_of(columns, rows, rule)
        found = [(row, names.get(int(columns.id[row])), standing) for row, standing in zip(rows.tolist(), standings, strict=True)]
        features = [customer_feature(columns, row, name, standing) for row, name, standing in found if name is not None]
        return {"type": "FeatureCollection", "features": features, "total": len(within)}

    def find_pin(
        self, database: Database, actor: User, customer_id: int, *, colour_by: ColourBy, now: datetime, zone: tzinfo = UTC
    ) -> dict[str, Any] | None:
        """Return one customer's properties with `lat` and `lon`; None when it is not on the map or `actor` may not see it."""
        snapshot = self.snapshot(database)
        row = int(snapshot.columns.rows_of(np.array([customer_id]))[0])
        name = _names(database, actor, [customer_id]).get(customer_id)
        if row < 0 or name is None:
            return None
        colouring = self._colouring(snapshot, actor, colour_by, now=now)
        standing = standings_of(snapshot.columns, np.array([row]), _rule(database, now=now, zone=zone))[0]
        feature = customer_feature(snapshot.columns, row, name, standing, colour=colouring.swatches[colouring.codes[row]].key)
        lon, lat = feature["geometry"]["coordinates"]
        return {**feature["properties"], "lat": lat, "lon": lon}

    def _mask(
        self, snapshot: Snapshot, actor: User, customer_filter: CustomerFilter, *, now: datetime, rule: DueRule | None = None
    ) -> Mask:
        scope = scope_of(actor)
        key = ("mask", scope, customer_filter, now.replace(second=0, microsecond=0), repr(rule) if customer_filter.due else "")
        return snapshot.once(key, lambda: _work_out_mask(snapshot, actor, scope, customer_filter, now, rule))

    def _colouring(self, snapshot: Snapshot, actor: User, colour_by: ColourBy, *, now: datetime) -> Colouring:
        scope = scope_of(actor)

        def work() -> Colouring:
            visible = self._mask(snapshot, actor, CustomerFilter(), now=now)
            owners = _owner_names(snapshot.database) if colour_by is ColourBy.OWNER else {}
            corrections = _corrections(snapshot.database, actor, now=now) if colour_by is ColourBy.CORRECTED else {}
            return colour_rows(snapshot.columns, visible, colour_by, owner_names=owners, now=now, corrections=corrections)

        if colour_by is ColourBy.LIKELIHOOD:
            return work()
        return snapshot.once(("colours", scope, colour_by, now.replace(second=0, microsecond=0)), work)

    def _poll(self, database: Database) -> None:
        snapshot = self._snapshot
        assert snapshot is not None
        self._polled_at = self._clock()
        with database.read() as session:
            epoch = _epoch(session)
            if epoch != snapshot.epoch and len(snapshot.columns) <= QUICK_ROWS:
                self._take(_read_all(session, database))
                return
            rows = map_columns.changed_rows(session, since=self._watch.unknown_since(session))
            columns = map_columns.apply_changes(session, snapshot.columns, rows)
            newest = self._watch.note(session) if len(rows) else snapshot.newest
        if columns is not snapshot.columns or newest != snapshot.newest:
            self._snapshot = Snapshot(database, columns, snapshot.epoch, newest)
        if epoch != snapshot.epoch and (self._rebuilding is None or not self._rebuilding.is_alive()):
            self._rebuilding = threading.Thread(target=self._rebuild, args=(database,), name="map-index", daemon=True)
            self._rebuilding.start()

    def _take(self, loaded: Snapshot) -> None:
        """Serve what was read completely; what was written meanwhile is asked for from then on."""
        self._snapshot = loaded
        with loaded.database.read() as session:
            self._watch.start(session, loaded.newest)

    def _rebuild(self, database: Database) -> None:
        try:
            loaded = _load(database)
        except FieldSalesError as error:  # the next request finds the epoch changed and starts again
            log.warning("map index not rebuilt: %s", error)
            return
        with self._lock:
            self._take(loaded)
            self._polled_at = -1e9


def _load(database: Database) -> Snapshot:
    began = time.perf_counter()
    with database.read() as session:
        snapshot = _read_all(session, database)
    log.info("map index: %d customers read in %.2f s", len(snapshot.columns), time.perf_counter() - began)
    return snapshot


def _read_all(session: Session, database: Database) -> Snapshot:
    # The marks first: what is committed while we read is then read again, never missed.
    epoch, newest = _epoch(session), newest_change(session)
    return Snapshot(database, map_columns.load_columns(session), epoch, newest)


def _epoch(session: Session) -> int:
    return session.scalar(select(Counter.value).where(Counter.name == MAP_EPOCH)) or 0


def _rule(database: Database, *, now: datetime, zone: tzinfo) -> DueRule:
    with database.read() as session:
        return read_rule(session, today=now.astimezone(zone).date(), zone=zone)


def _work_out_mask(
    snapshot: Snapshot, actor: User, scope: Scope, customer_filter: CustomerFilter, now: datetime, rule: DueRule | None = None
) -> Mask:
    columns = snapshot.columns
    mask = map_selection.scope_mask(columns, scope)
    if customer_filter == CustomerFilter():
        return mask
    mask = mask & map_selection.filter_mask(columns, customer_filter, now=now, rule=rule)
    if customer_filter.text:
        with snapshot.database.read() as session:
            ids = matching_ids(session, actor, text=customer_filter.text, now=now)
        mask &= map_selection.id_mask(columns, np.array(ids, np.int64))
    if not customer_filter.tags <= set(columns.tag_bits.names):
        with snapshot.database.read() as session:
            tagged = select(CustomerTag.customer_id).join(Tag).where(Tag.name.in_(sorted(customer_filter.tags)))
            mask &= map_selection.id_mask(columns, np.array(session.scalars(tagged).all(), np.int64))
    return mask


def _names(database: Database, actor: User, ids: list[int]) -> dict[int, str]:
    """Return the names of those customers that `actor` may see at this very moment."""
    if not ids:
        return {}
    with database.read() as session:
        wanted = visible_customers(actor).where(Customer.id.in_(ids)).with_only_columns(Customer.id, Customer.name)
        return {row.id: row.name for row in session.execute(wanted)}


def _corrections(database: Database, actor: User, *, now: datetime) -> Mapping[int, Mapping[Likelihood, Likelihood]]:
    with database.read() as session:
        return read_corrections(session, actor, now=now)


def _owner_names(database: Database) -> dict[int, str]:
    with database.read() as session:
        return {row.id: row.name for row in session.execute(select(User.id, User.name))}
