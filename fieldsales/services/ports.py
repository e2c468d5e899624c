"""What services need from the outside, as protocols; adapters satisfy them, `bootstrap` joins the two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from fieldsales.domain.places import AddressQuery, Place


class Geocoder(Protocol):
    """Finds places of addresses; never raises for an address, says why in the place instead."""

    @property
    def version(self) -> str:
        """Changes whenever the same address might now be found better."""
        ...

    def locate(self, query: AddressQuery) -> Place:
        """Return the place of one address."""
        ...

    def locate_many(self, queries: Iterable[AddressQuery]) -> Iterator[Place]:
        """Yield one place per address, in order."""
        ...
