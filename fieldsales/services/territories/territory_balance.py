"""How evenly the work of a team lies on its reps, and which customers to hand over so that it lies more evenly.

Work is reckoned for customers with a pin and an interval, within one team at a time: nobody is handed to another team. Customers of
rank A, and those with a date that was agreed, stay with whom they are; the others go only to somebody who works nearby already. What
is accepted is a bulk change and can be undone like one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID, uuid5

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.id_lists import one_of
from fieldsales.db.models import Customer, Place, User
from fieldsales.domain import territory_balance as balance
from fieldsales.domain.cadence import DueRule
from fieldsales.domain.hexagons import parents, with_neighbours
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.web_mercator import Ints
from fieldsales.domain.words import BulkAction, PlaceKind, Role
from fieldsales.errors import N_, FixTheInput
from fieldsales.services.access import scope_of, visible_to
from fieldsales.services.acting import bulk_changes
from fieldsales.services.acting.bulk_changes import BulkAct, BulkResult
from fieldsales.services.customers.due import read_rule
from fieldsales.services.map.map_columns import LIKELIHOODS, NO_DAY, Columns
from fieldsales.services.map.map_due import intervals
from fieldsales.services.map.map_index import MapIndex
from fieldsales.services.map.map_selection import Mask, scope_mask
from fieldsales.services.planning.planning_options import read_planning_options
from fieldsales.services.team.team_scope import TeamPerson, read_scope, require_lead
from fieldsales.services.territories.territory_customers import potentials
from fieldsales.services.territories.territory_figures import read_territories

_NEAR_RESOLUTION = 6  # hexagons of 7 km across, and those beside them
_NEAR_KM = 10.0
_EPOCH_DAY = np.datetime64("1970-01-01")


class NothingAccepted(FixTheInput):
    code = "nothing_accepted"
    message = N_("Choose at least one of the proposals.")
    field = "proposals"


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """The work of one rep in a month; `customers` are those with a pin and an interval, `after_h` the hours if all is accepted."""

    person: TeamPerson
    customers: int
    potential: int
    visits: float
    visiting_h: float
    driving_h: float
    after_h: float

    @property
    def total_h(self) -> float:
        """Visiting and driving."""
        return self.visiting_h + self.driving_h


@dataclass(frozen=True, slots=True)
class ProposedMove:
    """Customers of one municipality to hand from one rep to another, by id; hours a month that go along, and driving added or saved."""

    giver: TeamPerson
    taker: TeamPerson
    area: str
    customer_ids: tuple[int, ...]
    hours: float
    extra_driving_h: float

    @property
    def key(self) -> str:
        """What tells it from the others of the same proposal."""
        return f"{self.giver.id}-{self.taker.id}-{self.area}"


@dataclass(frozen=True, slots=True)
class TeamBalance:
    """One team: the work of each rep, fullest first, and what to hand over.

    `spread` is how far the fullest lies above the mean (0.2: a fifth). `nowhere` are reps of whom nobody can say where they work: no
    customers with a pin and an interval, no territory with customers.
    """

    team_id: int | None
    team_name: str
    loads: tuple[PersonLoad, ...]
    moves: tuple[ProposedMove, ...]
    spread: float
    spread_after: float
    nowhere: tuple[TeamPerson, ...]


def read_balance(
    database: Database, index: MapIndex, actor: User, *, team_filter: TeamFilter, now: datetime, zone: tzinfo
) -> tuple[TeamBalance, ...]:
    """Return the balance of each team that `actor` leads and the filter leaves, by name; the filter's reps are balanced among themselves.

    Tags and areas of the filter do not count: half of somebody's work says nothing.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    with database.read() as session:
        scope = read_scope(session, actor, team_filter=team_filter)
        rule = read_rule(session, today=now.astimezone(zone).date(), zone=zone)
        visit_h = read_planning_options(session).visit_minutes / 60
        offices = _offices(session)
    reps = [person for person in scope.people if person.role is Role.REP and not person.left]
    whose = TeamFilter(team_filter.span, team_filter.team_ids)
    picture = read_territories(database, index, actor, team_filter=whose, now=now, zone=zone)
    territories = {row.territory.owner_id: row.middle for row in picture.rows if row.territory.owner_id is not None and row.middle}
    columns = index.snapshot(database, fresh=True).columns
    mine = scope_mask(columns, scope_of(actor))
    found = []
    for team_id in dict.fromkeys(person.team_id for person in sorted(reps, key=lambda person: person.team_name)):
        people = [person for person in reps if person.team_id == team_id]
        rows = np.flatnonzero(mine & np.isin(columns.owner, [person.id for person in people]))
        rows = rows[intervals(columns, rows, rule) > 0]
        found.append(_balance(columns, rows, people, rule, visit_h, offices, territories))
    return tuple(found)


def accept_moves(
    session: Session, actor: User, *, moves: Sequence[ProposedMove], client_ref: UUID, now: datetime
) -> tuple[BulkResult, ...]:
    """Hand over what was accepted, one bulk change for each rep who takes, all in this transaction.

    Raises:
        NothingAccepted. ChangedMeanwhile: somebody else gave some of them to another one after the proposal was made; nothing is done.
        The errors of `bulk_changes.apply_change`.
    """
    require_lead(actor)
    if not moves:
        raise NothingAccepted()
    everybody = {customer_id for move in moves for customer_id in move.customer_ids}
    # All of them first, in the order in which every act takes them: two at once that take them in parts would block each other.
    session.execute(select(Customer.id).where(one_of(session, Customer.id, everybody)).order_by(Customer.id).with_for_update())
    done = []
    for taker_id in dict.fromkeys(move.taker.id for move in moves):
        seen = {customer_id: move.giver.id for move in moves if move.taker.id == taker_id for customer_id in move.customer_ids}
        act = BulkAct(BulkAction.REASSIGN, owner_id=taker_id)
        ref = uuid5(client_ref, str(taker_id))
        done.append(bulk_changes.apply_change(session, actor, customer_ids=list(seen), act=act, client_ref=ref, seen=seen, now=now))
    return tuple(done)


def customer_names(session: Session, actor: User, *, customer_ids: Sequence[int]) -> dict[int, str]:
    """Return the names of those customers that `actor` sees, by id."""
    query = select(Customer.id, Customer.name).where(Customer.id.in_(customer_ids), visible_to(actor))
    return {row.id: row.name for row in session.execute(query)}


def _balance(
    columns: Columns,
    rows: Ints,
    people: Sequence[TeamPerson],
    rule: DueRule,
    visit_h: float,
    offices: Sequence[tuple[float, float]],
    territories: Mapping[int, tuple[float, float]],
) -> TeamBalance:
    bases = {}
    for person in people:
        base = _base(columns, rows[columns.owner[rows] == person.id], territories.get(person.id), offices)
        if base is not None:
            bases[person.id] = base
    working = [person for person in people if person.id in bases]
    nowhere = tuple(person for person in people if person.id not in bases)
    team_id, team_name = people[0].team_id, people[0].team_name
    if not working:
        return TeamBalance(team_id, team_name, (), (), 0.0, 0.0, nowhere)
    work = _work(columns, rows, working, np.array([bases[person.id] for person in working]), rule, visit_h)
    proposal = balance.propose(work)
    loads = [_load(columns, rows, work, proposal, at, person) for at, person in enumerate(working)]
    return TeamBalance(
        team_id,
        team_name,
        tuple(sorted(loads, key=lambda load: (-load.total_h, load.person.id))),
        _grouped(columns, rows, working, proposal.moves),
        proposal.before.spread,
        proposal.after.spread,
        nowhere,
    )


def _base(
    columns: Columns, rows: Ints, territory: tuple[float, float] | None, offices: Sequence[tuple[float, float]]
) -> tuple[float, float] | None:
    """Return where somebody's days start: the office nearest to the middle of their customers, that middle when there is no office."""
    middle = balance.middle_of(columns.lat[rows], columns.lon[rows]) if len(rows) else territory
    if middle is None or not offices:
        return middle
    lat, lon = np.array(offices).T
    return offices[int(np.argmin(balance.distance_km(np.full(len(lat), middle[0]), np.full(len(lon), middle[1]), lat, lon)))]


def _offices(session: Session) -> list[tuple[float, float]]:
    query = select(Place.lat, Place.lon).where(Place.kind == PlaceKind.OFFICE, Place.owner_id.is_(None), Place.retired_at.is_(None))
    return [(row.lat, row.lon) for row in session.execute(query.order_by(Place.id))]


def _work(columns: Columns, rows: Ints, people: Sequence[TeamPerson], bases: balance.Floats, rule: DueRule, visit_h: float) -> balance.Work:
    ids = np.array([person.id for person in people])
    order = np.argsort(ids)
    holder = order[np.searchsorted(ids[order], columns.owner[rows])]
    next_day = columns.next_day[rows]
    agreed = (next_day != NO_DAY) & (next_day >= (np.datetime64(rule.today) - _EPOCH_DAY).astype(int))
    hot = columns.likelihood[rows] == LIKELIHOODS.index(Likelihood.A)
    return balance.Work(
        lat=columns.lat[rows],
        lon=columns.lon[rows],
        cell=parents(columns.cell[rows], balance.CELL_RESOLUTION),
        visits=balance.visits_a_month(intervals(columns, rows, rule).astype(np.float64)),
        holder=holder.astype(np.int64),
        stays=hot | agreed,
        bases=bases,
        near=_near(columns, rows, holder, bases),
        visit_h=visit_h,
    )


def _near(columns: Columns, rows: Ints, holder: Ints, bases: balance.Floats) -> Mask:
    """Return who has customers of their own within some kilometres of each row, or starts their days there."""
    cells = parents(columns.cell[rows], _NEAR_RESOLUTION)
    near = np.zeros((len(rows), len(bases)), bool)
    for person, (lat, lon) in enumerate(bases):
        beside = np.isin(cells, with_neighbours(cells[holder == person]))
        way_km = balance.distance_km(np.full(len(rows), lat), np.full(len(rows), lon), columns.lat[rows], columns.lon[rows])
        near[:, person] = beside | (way_km <= _NEAR_KM)
    return near


def _load(columns: Columns, rows: Ints, work: balance.Work, proposal: balance.Proposal, at: int, person: TeamPerson) -> PersonLoad:
    own = work.holder == at
    return PersonLoad(
        person=person,
        customers=int(np.count_nonzero(own)),
        potential=round(float(potentials(columns, rows[own]).sum())),
        visits=float(work.visits[own].sum()),
        visiting_h=float(proposal.before.visiting_h[at]),
        driving_h=float(proposal.before.driving_h[at]),
        after_h=float(proposal.after.total_h[at]),
    )


def _grouped(columns: Columns, rows: Ints, people: Sequence[TeamPerson], moves: Sequence[balance.Move]) -> tuple[ProposedMove, ...]:
    """Return the moves put together by giver, taker and municipality, the most hours first."""
    groups: dict[tuple[int, int, str], list[balance.Move]] = {}
    for move in moves:
        area = columns.area_names[columns.area[rows[move.row]]]
        groups.setdefault((move.giver, move.taker, area), []).append(move)
    found = [
        ProposedMove(
            people[giver],
            people[taker],
            area,
            tuple(sorted(int(columns.id[rows[move.row]]) for move in group)),
            sum(move.hours for move in group),
            sum(move.extra_driving_h for move in group),
        )
        for (giver, taker, area), group in groups.items()
    ]
    return tuple(sorted(found, key=lambda move: (-move.hours, move.giver.id, move.taker.id, move.area)))
