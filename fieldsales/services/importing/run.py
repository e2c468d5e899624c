"""The import itself: every row to its customer, in one transaction, or as a dry run that writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from fieldsales.db.models import Customer, CustomerChange, Tag, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.matching import name_key
from fieldsales.domain.places import LocateStatus
from fieldsales.domain.territories import Site, Sites
from fieldsales.domain.words import ChangeCause, Role
from fieldsales.errors import FieldSalesError, NotAllowed
from fieldsales.services import audit
from fieldsales.services.access import scope_of
from fieldsales.services.customers.custom_fields import list_fields
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customers import apply_values, find_owner, plain
from fieldsales.services.importing.drafts import new_customer, store_customers
from fieldsales.services.importing.errors import CodeTwiceInList, ImportCollided, LeftOutAsDuplicate
from fieldsales.services.importing.likeness import Candidate, LikenessIndex, stored_likenesses
from fieldsales.services.importing.merging import Merger
from fieldsales.services.importing.people import names_of_owners
from fieldsales.services.importing.results import Fate, ImportResult, LikelyDuplicate, Reject, count_places
from fieldsales.services.importing.rows import Note, ParsedRow, RowReader
from fieldsales.services.importing.targets import Target, Targets
from fieldsales.services.map.map_index import announce_bulk_change
from fieldsales.services.pins.locating import LocationCounts, PinState
from fieldsales.services.territories.territory_assignment import Gift, GivingTerritories, Keeper, giving_territories, record_gifts

CHUNK = 500
NEW, SKIP, UPDATE = "new", "skip", "update"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the person decided: who owns new customers, whether blanks erase, and what to do with likely duplicates.

    `duplicates` is new, skip or update (the likeliest candidate); `decisions` {line: the same, or a candidate's ref} goes before it.
    """

    owner_id: int | None = None
    erase_blank: bool = False
    duplicates: str = NEW
    decisions: Mapping[int, str] = field(default_factory=dict)


def import_rows(
    session: Session,
    actor: User,
    *,
    reader: RowReader,
    rows: Sequence[ParsedRow],
    options: ImportOptions,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
) -> ImportResult:
    """Create and update customers from parsed rows and return what was done; with `dry_run` what would be.

    A dry run wants a session for reading. A rep imports customers of their own; others may name owners within reach.
    Rows of customers whom `actor` may not see are rejected or create customers of their own, and tell nothing.

    Raises:
        NotAllowed, UserNotFound: the owner in `options`. ImportCollided: others changed the same rows; nothing was written.
    """
    if actor.disabled_at is not None:
        raise NotAllowed()
    owner_id = actor.id if actor.role is Role.REP and options.owner_id is None else options.owner_id
    find_owner(session, actor, owner_id)
    own_fields = {own.name: own for own in list_fields(session)}
    merger = Merger(reader, names_of_owners(session), owner_id, options.erase_blank, own_fields)
    targets = Targets(session, scope_of(actor), reader, now, locking=not dry_run)
    giving = GivingTerritories() if dry_run else giving_territories(session)
    run = _Run(session, actor, merger, targets, options, now, dry_run, stored_likenesses(session, actor, rows), giving)
    try:
        return run.carry_out(rows, progress)
    except (IntegrityError, StaleDataError) as error:
        raise ImportCollided() from error


@dataclass(slots=True)
class _Run:
    """One pass over the rows."""

    session: Session
    actor: User
    merger: Merger
    targets: Targets
    options: ImportOptions
    now: datetime
    dry_run: bool
    stored_like: LikenessIndex
    giving: GivingTerritories
    fresh_like: LikenessIndex = field(default_factory=LikenessIndex)
    result: ImportResult = field(default_factory=ImportResult)
    taken: list[Target] = field(default_factory=list)
    created: list[Target] = field(default_factory=list)
    changes: list[tuple[Target, dict[str, tuple[Any, Any]]]] = field(default_factory=list)
    tags: dict[str, Tag] | None = None
    codes: dict[str, tuple[int, str]] = field(default_factory=dict)

    def carry_out(self, rows: Sequence[ParsedRow], progress: Progress) -> ImportResult:
        """Take all rows, chunk by chunk."""
        done = 0
        for chunk in _chunks(rows):
            self.targets.prepare(chunk, [ref for row in chunk if (ref := self.options.decisions.get(row.line))])
            for row in chunk:
                self._take(row)
            if not self.dry_run:
                self._write()
            self.targets.let_go()
            done += len(chunk)
            progress(done, len(rows))
        self._conclude()
        return self.result

    def _take(self, row: ParsedRow) -> None:
        try:
            if row.problem is not None:
                raise row.problem
            self._refuse_second_name(row)
            target = self.targets.find(row) or self._decide(row)
            self.result.fates[self._create(row) if target is None else self._update(row, target)] += 1
        except FieldSalesError as error:
            self.result.fates[Fate.REJECTED] += 1
            self.result.rejects.append(Reject(row.line, row.cells, error, row.heading))

    def _refuse_second_name(self, row: ParsedRow) -> None:
        """Raise CodeTwiceInList when an earlier row gave this code to another name: a slip, not a customer renamed."""
        if row.values is None or not row.values.code:
            return
        line, name = self.codes.setdefault(row.values.code, (row.line, name_key(row.values.name)))
        if name != name_key(row.values.name):
            raise CodeTwiceInList(value=row.values.code, line=line)

    def _decide(self, row: ParsedRow) -> Target | None:
        """Return the customer that a likely duplicate is to update, None to create a new one.

        Raises:
            LeftOutAsDuplicate: it was decided to skip the row.
        """
        values = row.values
        if values is None:
            return None
        like = [
            candidate
            for index in (self.stored_like, self.fresh_like)
            for candidate in index.like(key=row.key, phone=values.phone, address=values.address)
        ]
        if not like:
            return None
        decision = self.options.decisions.get(row.line, self.options.duplicates)
        self.result.duplicates.append(LikelyDuplicate(row.line, values.name, values.address, tuple(like), decision))
        if decision == SKIP:
            raise LeftOutAsDuplicate(name=like[0].name)
        return None if decision == NEW else self._chosen(like, decision)

    def _chosen(self, like: Sequence[Candidate], decision: str) -> Target | None:
        ref = like[0].ref if decision == UPDATE else decision
        if ref not in {candidate.ref for candidate in like}:
            return None
        return self.targets.find_ref(ref)

    def _create(self, row: ParsedRow) -> Fate:
        values = self.merger.new_values(row)
        customer = new_customer(self.now)
        self._give_team(customer, values.owner_id)
        apply_values(customer, values, now=self.now)
        self._give_tags(customer, values.tags)
        target = Target(customer, line=row.line, values=values if self.dry_run else None)
        self.created.append(target)
        self.changes.append((target, {"name": (None, values.name)}))
        self._count(target, customer)
        self.fresh_like.add(f"r{row.line}", name=values.name, address=values.address, key=row.key, phone=values.phone)
        return Fate.CREATED

    def _update(self, row: ParsedRow, target: Target) -> Fate:
        customer = self.targets.wake(target)
        stored = input_of(customer)
        values = self.merger.merged_values(row, stored, lat=customer.lat, lon=customer.lon)
        if self.targets.keeps_code(row):
            values = replace(values, code=stored.code)
        lat, lon = customer.lat, customer.lon
        changes = apply_values(customer, values, now=self.now)
        if target.id is None and lat is not None and lon is not None and not {"address", "postal_code", "lat", "lon"} & changes.keys():
            # A row of this list made it, and not being stored yet it was queued anew; the coordinates it came with still hold.
            apply_values(customer, replace(values, place=(lat, lon)), now=self.now)
        if "owner_id" in changes:
            self._give_team(customer, values.owner_id)
        if values.tags != stored.tags and sorted(values.tags) != sorted(stored.tags):
            self._give_tags(customer, values.tags)
            changes["tags"] = (list(stored.tags), list(values.tags))
            customer.changed_at = self.now
        if customer.archived_at is not None:
            self.result.notes[Note.ARCHIVED] += 1
        if target.id is None and self.dry_run:
            target.values = values
        self._count(target, customer)
        if changes:
            self.changes.append((target, changes))
        return Fate.UPDATED if changes else Fate.UNCHANGED

    def _count(self, target: Target, customer: Customer) -> None:
        target.state = state_of(customer)
        self.taken.append(target)
        self.targets.remember(target)

    def _give_team(self, customer: Customer, owner_id: int | None) -> None:
        person = self.merger.reader.people.by_id.get(owner_id) if owner_id is not None else None
        if person is not None:
            customer.team_id = person.team_id

    def _give_tags(self, customer: Customer, names: tuple[str, ...]) -> None:
        if self.tags is None:
            self.tags = {tag.name: tag for tag in self.session.scalars(select(Tag))} if names else None
        known = self.tags if self.tags is not None else {}
        for name in names:
            known.setdefault(name, Tag(name=name))
        customer.tags = [known[name] for name in sorted(names)]

    def _write(self) -> None:
        """Store what the chunk made: new customers, changed ones (each at its version) and the record of every change."""
        self.session.flush()
        gifts = self._give_away()
        ids = store_customers(self.session, [self.targets.wake(target) for target in self.created])
        for target, customer_id in zip(self.created, ids, strict=True):
            self.targets.stored(target, customer_id)
        if self.changes:
            self.session.execute(insert(CustomerChange), [self._record(target, changes) for target, changes in self.changes])
        given = (Gift(target.id, team_before, keeper) for target, team_before, keeper in gifts if target.id is not None)
        record_gifts(self.session, given, now=self.now)
        self.created.clear()
        self.changes.clear()

    def _give_away(self) -> list[tuple[Target, int | None, Keeper]]:
        """Give new customers without an owner to the keepers of their territories, as far as known; return each with its team before."""
        if not self.giving:
            return []
        orphans = [(t, c) for t in self.created if (c := self.targets.wake(t)).owner_id is None]
        keepers = self.giving.keepers_of(Sites.of(Site(c.lat, c.lon, c.area, c.postal_code, c.address, c.team_id) for _, c in orphans))
        gifts = []
        for (target, customer), keeper in zip(orphans, keepers, strict=True):
            if keeper is not None:
                gifts.append((target, customer.team_id, keeper))
                customer.owner_id, customer.team_id = keeper.user_id, keeper.team_id
        return gifts

    def _record(self, target: Target, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
        return {
            "customer_id": target.id,
            "changed_by_id": self.actor.id,
            "changed_at": self.now,
            "cause": ChangeCause.IMPORT,
            "before": {name: plain(before) for name, (before, _) in changes.items()},
            "after": {name: plain(after) for name, (_, after) in changes.items()},
        }

    def _conclude(self) -> None:
        self.result.notes.update(self.merger.notes)
        if self.dry_run:
            states = Counter(target.state.value for target in self.taken)
            self.result.places = LocationCounts(**states)
            return
        self.result.customer_ids = [target.id for target in self.taken if target.id is not None]
        self.result.places = count_places(self.session, self.result.customer_ids)
        if self.result.fates[Fate.CREATED] or self.result.fates[Fate.UPDATED]:
            announce_bulk_change(self.session)
        counts = {fate.value: self.result.fates[fate] for fate in Fate}
        audit.record(self.session, self.actor, AuditAction.CUSTOMERS_IMPORTED, details=counts, now=self.now)


def state_of(customer: Customer) -> PinState:
    """Return what a customer's pin is worth before anything is stored: `locating.pin_state` for one in memory."""
    queued = customer.locate_due_at is not None or customer.locate_status is LocateStatus.RETRY_LATER
    if queued and not customer.pinned_by_hand:
        return PinState.PENDING
    if customer.lat is None:
        return PinState.UNLOCATED
    if customer.locate_status is LocateStatus.APPROXIMATE:
        return PinState.APPROXIMATE
    return PinState.LOCATED if customer.locate_status in (None, LocateStatus.OK) else PinState.UNLOCATED


def _chunks(rows: Sequence[ParsedRow]) -> Iterator[list[ParsedRow]]:
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
