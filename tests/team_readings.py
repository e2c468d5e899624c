"""What plain Python reads from the rows of a small team: it knows no SQL and none of the product's services."""

from __future__ import annotations

from datetime import date, datetime

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import ChangeCause, Role, VisitKind
from tests.team_rows import TOKYO, CustomerRow, PurchaseRow, TeamRows, UserRow, VisitRow

MEETING = (VisitKind.VISIT, VisitKind.ONLINE)
BY_LISTS = (ChangeCause.CREATE, ChangeCause.IMPORT, ChangeCause.MERGE)


def teams_led(rows: TeamRows, actor: UserRow) -> set[int]:
    """Return the teams whose people somebody leads; an admin leads all."""
    if actor.role is Role.ADMIN:
        return {team.id for team in rows.teams}
    own = {actor.team_id} - {None}
    return own | {team.id for team in rows.teams if actor.id in team.manager_ids} if actor.role is Role.MANAGER else set()


def people_of(rows: TeamRows, actor: UserRow, asked: TeamFilter) -> set[int]:
    """Return whose figures an actor sees with a filter."""
    led = teams_led(rows, actor)
    people = {u.id for u in rows.users if actor.role is Role.ADMIN or u.id == actor.id or u.team_id in led}
    if asked.team_ids:
        people = {i for i in people if rows.user(i).team_id in asked.team_ids}
    return people & asked.user_ids if asked.user_ids else people


def may_see(rows: TeamRows, actor: UserRow, customer: CustomerRow) -> bool:
    """True when somebody may see a customer."""
    if actor.disabled_at is not None:
        return False
    if actor.role is Role.ADMIN or customer.owner_id == actor.id:
        return True
    if actor.role is Role.MANAGER:
        return customer.team_id is None or customer.team_id in teams_led(rows, actor)
    shares = next((team.shares_customers for team in rows.teams if team.id == actor.team_id), False)
    return shares and customer.team_id == actor.team_id


def is_asked_for(customer: CustomerRow, asked: TeamFilter) -> bool:
    """True when a customer has one of the tags, and lies in one of the areas, that a filter names."""
    tagged = not asked.tags or bool(asked.tags & set(customer.tags))
    return tagged and (not asked.areas or customer.area in asked.areas)


def owned(rows: TeamRows, actor: UserRow, asked: TeamFilter) -> list[CustomerRow]:
    """Return the customers that figures of what is had are about."""
    found = [c for c in rows.customers if c.archived_at is None and may_see(rows, actor, c) and is_asked_for(c, asked)]
    if actor.role is Role.REP or asked.user_ids:
        people = people_of(rows, actor, asked)
        return [c for c in found if c.owner_id in people]
    return [c for c in found if not asked.team_ids or c.team_id in asked.team_ids]


def day_of(moment: datetime) -> date:
    """Return the day of a moment in Tokyo."""
    return moment.astimezone(TOKYO).date()


def contacts(rows: TeamRows, actor: UserRow, asked: TeamFilter) -> list[VisitRow]:
    """Return the visits, calls and mails that the people of a filter made in its span, wherever their customer is now."""
    people = people_of(rows, actor, asked)
    return [
        v
        for v in rows.visits
        if v.deleted_at is None and v.user_id in people and asked.span.holds(day_of(v.visited_at))
        and is_asked_for(rows.customer(v.customer_id), asked)
    ]  # fmt: skip


def meetings(rows: TeamRows, actor: UserRow, asked: TeamFilter) -> list[VisitRow]:
    """Return the contacts at which people met: in person or online."""
    return [visit for visit in contacts(rows, actor, asked) if visit.kind in MEETING]


def first_meetings(rows: TeamRows, actor: UserRow, asked: TeamFilter) -> list[VisitRow]:
    """Return the meetings before which nobody at all had met that customer."""
    ever = sorted((v for v in rows.visits if v.deleted_at is None and v.kind in MEETING), key=lambda v: (v.visited_at, v.id))
    first: dict[int, int] = {}
    for visit in ever:
        first.setdefault(visit.customer_id, visit.id)
    return [visit for visit in meetings(rows, actor, asked) if first[visit.customer_id] == visit.id]


def orders(rows: TeamRows, actor: UserRow, asked: TeamFilter) -> list[PurchaseRow]:
    """Return the purchases that the people of a filter entered for days of its span."""
    people = people_of(rows, actor, asked)
    return [
        p
        for p in rows.purchases
        if p.deleted_at is None and p.user_id in people and asked.span.holds(p.bought_on)
        and is_asked_for(rows.customer(p.customer_id), asked)
    ]  # fmt: skip


def moves(rows: TeamRows, actor: UserRow, asked: TeamFilter) -> dict[int, tuple[Likelihood, Likelihood]]:
    """Return of each customer had whose likelihood people moved in the span: what it was before, and after; there and back is none."""
    ids = {customer.id for customer in owned(rows, actor, asked)}
    found: dict[int, tuple[Likelihood, Likelihood]] = {}
    for change in rows.changes:  # in the order of time
        if change.customer_id not in ids or change.before is None or change.after is None or change.cause in BY_LISTS:
            continue
        if asked.span.holds(day_of(change.changed_at)):
            before = found[change.customer_id][0] if change.customer_id in found else change.before
            found[change.customer_id] = (before, change.after)
    return {i: move for i, move in found.items() if move[0] is not move[1]}
