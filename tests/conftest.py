"""Fixtures that every test may ask for: people, a fixed today, fresh databases, and no network off this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Tag, Team, User
from fieldsales.domain import matching
from fieldsales.domain.words import Role
from fieldsales.settings import Settings
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.fakes import FakeClock, FakeGeocoder

if TYPE_CHECKING:
    from fieldsales.bootstrap import Runtime

# No test asserts a time: how long an example takes is the machine's affair.
settings.register_profile("fieldsales", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fieldsales")

PASSWORD = "correct horse battery staple"
BOTH_DATABASES = ("tests/unit/services", "tests/unit/db", "tests/postgres")
CustomerFactory = Callable[..., Customer]


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine."""


def _only_loopback(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
                raise NetworkRefused(f"a test may not connect to {host}")
        return connect(self, address)

    return guarded


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine, and every look-up of a name that is not this machine's."""
    patch = pytest.MonkeyPatch()
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"):
            raise NetworkRefused(f"a test may not look up {name}")
        return look_up(host, *args, **kwargs)

    patch.setattr(socket.socket, "connect", _only_loopback(socket.socket.connect))
    patch.setattr(socket.socket, "connect_ex", _only_loopback(socket.socket.connect_ex))
    patch.setattr(socket, "getaddrinfo", guarded_look_up)
    yield
    patch.undo()


@pytest.fixture
def now() -> datetime:
    """Saturday, 21 November 2026, 10:00 in Tokyo, as UTC."""
    return datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.fixture
def today() -> date:
    """The day of `now` in Tokyo."""
    return date(2026, 11, 21)


@pytest.fixture
def clock(now: datetime) -> FakeClock:
    """A clock that stands at `now`."""
    return FakeClock(now)


@pytest.fixture
def geocoder() -> FakeGeocoder:
    """A geocoder that knows nothing yet."""
    return FakeGeocoder()


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("FIELDSALES_") and name not in ("FIELDSALES_SCREENSHOTS",)]:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: the quick ones speak first, and Playwright keeps an event loop that others must not meet."""
    items.sort(key=lambda item: "/browser/" in item.path.as_posix())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of what talks to the database on both databases."""
    if "database_kind" in metafunc.fixturenames:
        both = any(folder in metafunc.definition.path.as_posix() for folder in BOTH_DATABASES)
        both = both or metafunc.definition.get_closest_marker("both_databases") is not None
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"] if both else ["sqlite"], scope="session")


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """The migrated SQLite file that tests copy."""
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    """The PostgreSQL server of this session."""
    databases = PostgresDatabases()
    yield databases
    databases.stop()


@pytest.fixture
def database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh, migrated database: SQLite, and PostgreSQL too where `pytest_generate_tests` says so."""
    if database_kind == "sqlite":
        database = Database(request.getfixturevalue("sqlite_databases").url_of_new(tmp_path))
        yield database
        database.dispose()
    else:
        server: PostgresDatabases = request.getfixturevalue("postgres_databases")
        database = Database(server.url_of_new())
        yield database
        database.dispose()
        server.give_back(database.url)


@pytest.fixture
def runtime(database: Database, geocoder: FakeGeocoder, clock: FakeClock, tmp_path: Path) -> Iterator[Runtime]:
    """A whole runtime on `database`, made this process's for the length of the test."""
    from fieldsales import bootstrap  # here, so that a test of the domain does not load the whole product
    from fieldsales.adapters.files.photos import PillowPhotos
    from fieldsales.adapters.files.store import FolderStore
    from fieldsales.services.map.map_index import MapIndex

    settings = Settings(data_dir=tmp_path, database_url=database.url, secret_key="a secret of more than thirty-two letters")
    runtime = bootstrap.Runtime(settings, database, geocoder, MapIndex(), FolderStore(settings.files_dir), PillowPhotos(), clock)
    bootstrap.use_runtime(runtime)
    yield runtime
    bootstrap.use_runtime(None)


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The hash of PASSWORD, made once because it is slow on purpose."""
    from pwdlib import PasswordHash

    return PasswordHash.recommended().hash(PASSWORD)


@pytest.fixture
def people(database: Database, now: datetime, password_hash: str) -> dict[str, User]:
    """Aiko sells in the East, whose team shares; Botan sells in the West; Chie manages the East; Dai is the admin."""
    with database.write() as session:
        east, west = Team(name="East", shares_customers=True), Team(name="West", shares_customers=True)

        def person(name: str, role: Role, team: Team | None, **rights: bool) -> User:
            return User(
                email=f"{name.lower()}@example.com", name=name, role=role, team=team, password_hash=password_hash, created_at=now, **rights
            )

        chie = person("Chie", Role.MANAGER, None, may_export=True, may_delete=True)
        chie.managed_teams = [east]
        session.add_all([person("Aiko", Role.REP, east), person("Botan", Role.REP, west), chie])
        session.add(person("Dai", Role.ADMIN, None, may_export=True, may_delete=True))
    with database.read() as session:
        return {user.name.lower(): user for user in session.scalars(select(User)).unique()}


@pytest.fixture
def aiko(people: dict[str, User]) -> User:
    """A rep of the team East, which shares its customers."""
    return people["aiko"]


@pytest.fixture
def botan(people: dict[str, User]) -> User:
    """A rep of the team West."""
    return people["botan"]


@pytest.fixture
def chie(people: dict[str, User]) -> User:
    """The manager of East."""
    return people["chie"]


@pytest.fixture
def dai(people: dict[str, User]) -> User:
    """The admin."""
    return people["dai"]


@pytest.fixture
def akira(database: Database, aiko: User, now: datetime) -> User:
    """A second rep of the team East."""
    with database.write() as session:
        akira = User(email="akira@example.com", name="Akira", role=Role.REP, team_id=aiko.team_id, password_hash="", created_at=now)
        session.add(akira)
    with database.read() as session:
        return session.scalars(select(User).where(User.name == "Akira")).unique().one()


@pytest.fixture
def make_customer(database: Database, now: datetime) -> CustomerFactory:
    """Return a function that stores a customer: `make_customer("高松食品", owner=aiko, tags=["VIP"], lat=…, lon=…)`."""

    def make(name: str = "高松食品", *, owner: User | None = None, tags: list[str] | None = None, **values: Any) -> Customer:
        values = {"created_at": now, "changed_at": now, "team_id": owner.team_id if owner else None} | values
        customer = Customer(name=name, owner_id=owner.id if owner else None, **values)
        customer.search_text = matching.search_text(name, *(values.get(k, "") for k in ("name_kana", "address", "phone", "code")))
        customer.match_key = matching.customer_key(name, values.get("address", ""))
        with database.write() as session:
            known = {tag.name: tag for tag in session.scalars(select(Tag))}
            customer.tags = [known.get(tag) or Tag(name=tag) for tag in tags or ()]
            session.add(customer)
        return customer

    return make
