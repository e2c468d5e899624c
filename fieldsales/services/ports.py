"""What services need from the outside, as protocols; adapters satisfy them, `bootstrap` joins the two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from fieldsales.domain.business_cards import BusinessCard
from fieldsales.domain.deliveries import Letter, Trouble
from fieldsales.domain.pictures import Picture
from fieldsales.domain.places import AddressQuery, Place
from fieldsales.domain.planning.facts import Explanations, Facts
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import Problem
from fieldsales.domain.scoring import Trained, TrainingTable
from fieldsales.domain.travel import Point, TravelTable
from fieldsales.domain.words import TravelMode


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

    def area_of(self, query: AddressQuery) -> str:
        """Return the municipality that an address names beyond doubt, as in 東京都新宿区; the empty string when it names none."""
        ...


class FileStore(Protocol):
    """Keeps bytes under names that nobody can guess; a picture has a small preview beside it."""

    def keep(self, data: bytes, *, preview: bytes | None = None) -> str:
        """Store `data` for good before returning its new name.

        Raises:
            FileNotStored: the disk is full or does not answer.
        """
        ...

    def path_of(self, name: str, *, preview: bool = False) -> Path | None:
        """Return where the bytes lie, None when there are none under this name."""
        ...

    def remove(self, name: str) -> None:
        """Remove everything kept under `name`; nothing there is fine."""
        ...

    def kept_names(self, *, before: datetime) -> Iterator[list[str]]:
        """Yield, in portions, the names of what has lain there since `before`, half-written files included."""
        ...


class CardReader(Protocol):
    """Reads business cards; what it raises are sentences about the card that was handed over."""

    def holds_file(self, data: bytes) -> bool:
        """True for a card as a file, not as a picture."""
        ...

    def read_file(self, data: bytes) -> tuple[BusinessCard, ...]:
        """Return the cards of a file, at least one, none of them empty."""
        ...

    def read_picture(self, picture: bytes, original: bytes) -> tuple[tuple[BusinessCard, ...], bool]:
        """Return the cards on a picture made small or on its original, and whether they were read off the paper."""
        ...


class PhotoMaker(Protocol):
    """Makes of any picture a small one that shows the same and tells nothing else."""

    def make(self, data: bytes, *, name: str) -> Picture:
        """Return the picture upright, at most 1600 px a side, without a word of where and with what it was taken.

        Raises:
            NotAPhoto: no picture, a damaged one, or of a kind we do not read. PhotoTooLarge: too many pixels to unpack.
        """
        ...


class Solver(Protocol):
    """Finds good plans; the same problem gives the same plan, on any machine, unless time runs out."""

    @property
    def name(self) -> str:
        """What it is called where a plan says how it was found."""
        ...

    def first_plan(self, problem: Problem) -> Plan:
        """Return a feasible plan at once (some hundredths of a second), good but not yet the best.

        Raises:
            BadProblem: as `check_problem`. RequiredConflict: not all required visits fit; it says which cannot be combined.
        """
        ...

    def improve(self, problem: Problem, plan: Plan, *, seconds: float = 1.0, report: Callable[[float], None] | None = None) -> Plan:
        """Return a plan that is at least as good as `plan`.

        It makes as many rounds as usually take `seconds`; the clock only ends what takes far longer. `report` hears
        the share that is done, now and then; what it raises ends the work. `plan` has to be feasible.
        """
        ...

    def explain(self, problem: Problem, plan: Plan, facts: Mapping[str, Facts]) -> Explanations:
        """Say why each stop is made and why each other visit is not; `facts` by the id of the visit."""
        ...

    def warm_up(self) -> None:
        """Load what planning needs, so that the first plan does not wait for it."""
        ...

    def close(self) -> None:
        """Give back what `warm_up` and planning took; asked again it takes it again."""
        ...


class TravelTimes(Protocol):
    """Knows how long it takes from place to place; never raises for trouble with a server: it estimates, and says so."""

    def table(self, points: Sequence[Point], *, mode: TravelMode) -> TravelTable:
        """Return times and distances between all points."""
        ...

    def line(self, points: Sequence[Point], *, mode: TravelMode) -> tuple[Point, ...]:
        """Return the way along the points, to draw; straight from point to point where nothing better is known."""
        ...


class ScoreTrainer(Protocol):
    """Learns from decided deals what foretells an order; the same deals teach the same, on any machine."""

    def train(self, table: TrainingTable) -> Trained:
        """Return what was learned, and how well it foretells deals it had not seen; may take some seconds.

        Raises:
            TrainerGone: the work was interrupted.
        """
        ...


class Mailer(Protocol):
    """Sends mail; never raises for a letter, says why it was not taken instead."""

    def send(self, letters: Sequence[Letter]) -> Iterator[tuple[Letter, Trouble | None]]:
        """Yield each letter when it has been taken (None), or with the trouble."""
        ...


class Outbox(Protocol):
    """A folder for files that leave the product; a file appears there whole, or not at all."""

    def put(self, name: str, data: bytes) -> Trouble | None:
        """Put a file there, in place of one of the same name; return why it could not."""
        ...
