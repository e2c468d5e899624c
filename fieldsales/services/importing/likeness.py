"""Who may be the same customer under another name, address or code: shown for a decision, never merged silently."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User
from fieldsales.domain.duplicates import is_site, names_alike
from fieldsales.domain.matching import address_key, phone_key
from fieldsales.services.access import visible_to
from fieldsales.services.importing.rows import ParsedRow

_MOST = 5
# A number that stands in many rows is a switchboard's or a filler, and tells nobody apart.
_SHARED_BY_MANY = 20
_MOST_COMPARED = 50  # tenants of one building
_MUNICIPALITY = re.compile(r".{1,7}?[市区町村]")


class Likeness(StrEnum):
    """Why two customers may be one."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer that a row may mean: `ref` is c and the id of a stored one, r and the line of an earlier row."""

    ref: str
    name: str
    address: str
    why: Likeness


@dataclass(slots=True)
class LikenessIndex:
    """Rows or customers by what may give them away: name, telephone number, site."""

    names: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    phones: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    sites: dict[str, list[tuple[str, Candidate]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, ref: str, *, name: str, address: str, key: str, phone: str) -> None:
        """Remember a customer by its match `key` and telephone number."""
        candidate = Candidate(ref, name, address, Likeness.NAME)
        name_part, _, site = key.partition("|")
        if name_part:
            self.names[name_part].append(candidate)
        if digits := phone_key(phone):
            self.phones[digits].append(candidate)
        if is_site(site):
            self.sites[site].append((name_part, candidate))

    def like(self, *, key: str, phone: str, address: str) -> list[Candidate]:
        """Return who is like a customer with this key and telephone number, the likeliest first."""
        name_part, _, site = key.partition("|")
        found: dict[str, Candidate] = {}
        for candidate in self.names.get(name_part, ()):
            if not address or not candidate.address or _town(site) == _town(address_key(candidate.address)):
                found.setdefault(candidate.ref, candidate)
        sharing = self.phones.get(phone_key(phone), ()) if phone else ()
        for candidate in sharing if len(sharing) <= _SHARED_BY_MANY else ():
            found.setdefault(candidate.ref, Candidate(candidate.ref, candidate.name, candidate.address, Likeness.PHONE))
        for other, candidate in self.sites.get(site, ())[:_MOST_COMPARED]:
            if names_alike(name_part, other):
                found.setdefault(candidate.ref, Candidate(candidate.ref, candidate.name, candidate.address, Likeness.ADDRESS))
        return list(found.values())[:_MOST]


def stored_likenesses(session: Session, actor: User, rows: Sequence[ParsedRow]) -> LikenessIndex:
    """Return those customers visible to `actor` that share a name, a telephone number or a site with any of the rows.

    One pass over the customers; what is kept is never more than the rows give cause for.
    """
    names, phones, sites = _traits(rows)
    index = LikenessIndex()
    query = select(Customer.id, Customer.name, Customer.address, Customer.match_key, Customer.phone)
    query = query.where(visible_to(actor), Customer.archived_at.is_(None)).execution_options(yield_per=5_000)
    for customer_id, name, address, key, phone in session.execute(query):
        name_part, _, site = key.partition("|")
        if name_part in names or site in sites or (phone and phone_key(phone) in phones):
            index.add(f"c{customer_id}", name=name, address=address, key=key, phone=phone)
    return index


def _traits(rows: Iterable[ParsedRow]) -> tuple[set[str], set[str], set[str]]:
    names: set[str] = set()
    phones: set[str] = set()
    sites: set[str] = set()
    for row in rows:
        if row.values is not None:
            name_part, _, site = row.key.partition("|")
            names.add(name_part)
            phones.add(phone_key(row.values.phone))
            if is_site(site):
                sites.add(site)
    return names, phones - {""}, sites


def _town(site: str) -> str:
    match = _MUNICIPALITY.match(site)
    return match.group() if match else site
