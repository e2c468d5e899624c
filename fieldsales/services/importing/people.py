"""Whose customer it is: names and addresses of users as lists write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import User
from fieldsales.domain.matching import fold
from fieldsales.domain.words import Role
from fieldsales.services.access import scope_of


@dataclass(frozen=True, slots=True)
class Person:
    """A user who may own customers."""

    id: int
    name: str
    email: str
    team_id: int | None


@dataclass(frozen=True, slots=True)
class People:
    """The users whom an import may mean, by every way of writing that means exactly one of them."""

    by_word: dict[str, Person]
    by_id: dict[int, Person]
    owner_ids: frozenset[int]

    def find(self, cell: str) -> Person | None:
        """Return the user whom a cell names in full or by e-mail address."""
        return self.by_word.get(person_key(cell))

    def may_own(self, person: Person) -> bool:
        """True when the actor may give customers to this user."""
        return person.id in self.owner_ids


def person_key(text: str) -> str:
    """Return a name or address for comparison: 山田 太郎さん and 山田太郎 alike."""
    address = re.search(r"<([^<>\s]+@[^<>\s]+)>\s*$", text)
    return re.sub(r"(?:サン|様|氏)$", "", re.sub(r"\s+", "", fold(address.group(1) if address else text)))


def find_people(session: Session, actor: User) -> People:
    """Return the active users that `actor` may know of; a rep may give customers to nobody else."""
    scope = scope_of(actor)
    query = select(User.id, User.name, User.email, User.team_id).where(User.disabled_at.is_(None))
    if not scope.everything:
        team_ids = scope.team_ids | ({actor.team_id} if actor.team_id is not None else set())
        query = query.where(or_(User.id == actor.id, User.team_id.in_(sorted(team_ids))))
    people = [Person(*row) for row in session.execute(query.order_by(User.id))]
    by_word: dict[str, Person] = {}
    ambiguous: set[str] = set()
    for person in people:
        word = person_key(person.name)
        if word in by_word:
            ambiguous.add(word)
        by_word[word] = person
    by_word = {word: person for word, person in by_word.items() if word not in ambiguous}
    by_word |= {person_key(person.email): person for person in people}
    owners = frozenset({actor.id}) if actor.role is Role.REP else frozenset(person.id for person in people)
    return People(by_word, {person.id: person for person in people}, owners)


def names_of_owners(session: Session) -> dict[int, str]:
    """Return how an export names each user: by name, by e-mail address where two bear the same name."""
    people = session.execute(select(User.id, User.name, User.email)).all()
    seen: dict[str, int] = {}
    for _, name, _ in people:
        seen[person_key(name)] = seen.get(person_key(name), 0) + 1
    return {i: name if seen[person_key(name)] == 1 else email for i, name, email in people}
