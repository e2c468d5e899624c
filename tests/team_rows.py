"""The rows of a small team as plain values, column by column as they are stored: what `tests.teams` invents, stores and reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause, Outcome, PlanState, Role, Stage, StopProgress, TargetKind, VisitKind

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = NOW.astimezone(TOKYO).date()
TEN_YEARS = 3_650


@dataclass(frozen=True)
class TeamRow:
    id: int
    name: str
    shares_customers: bool
    manager_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class UserRow:
    id: int
    name: str
    role: Role
    team_id: int | None
    disabled_at: datetime | None = None
    created_at: datetime = NOW - timedelta(days=TEN_YEARS)


@dataclass(frozen=True)
class CustomerRow:
    id: int
    name: str
    owner_id: int | None
    team_id: int | None
    likelihood: Likelihood
    amount: int | None
    stage: Stage
    area: str | None
    tags: tuple[str, ...]
    lat: float | None
    lon: float | None
    cadence_days: int | None
    next_on: date | None
    do_not_visit: bool
    created_at: datetime
    archived_at: datetime | None
    last_visited_at: datetime | None = None


@dataclass(frozen=True)
class VisitRow:
    id: int
    customer_id: int
    user_id: int
    kind: VisitKind
    outcome: Outcome
    template_id: int | None
    visited_at: datetime
    note: str
    likelihood_before: Likelihood
    likelihood_after: Likelihood
    deleted_at: datetime | None


@dataclass(frozen=True)
class PurchaseRow:
    id: int
    customer_id: int
    user_id: int
    bought_on: date
    amount: int
    deleted_at: datetime | None


@dataclass(frozen=True)
class ChangeRow:
    """A kept change; `before` is None for one that did not concern the likelihood."""

    id: int
    customer_id: int
    changed_by_id: int | None
    changed_at: datetime
    cause: ChangeCause
    visit_id: int | None
    before: Likelihood | None
    after: Likelihood | None


@dataclass(frozen=True)
class TargetRow:
    month: date
    kind: TargetKind
    user_id: int | None
    team_id: int | None
    value: int


@dataclass(frozen=True)
class StopRow:
    customer_id: int
    position: int | None
    promised_at: datetime | None
    progress: StopProgress
    arrived_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True)
class PlanRow:
    id: int
    user_id: int
    day: date
    state: PlanState
    deleted_at: datetime | None
    stops: tuple[StopRow, ...]


@dataclass(frozen=True)
class TeamRows:
    """Everything that is stored, as plain rows."""

    teams: list[TeamRow]
    users: list[UserRow]
    customers: list[CustomerRow]
    visits: list[VisitRow]
    purchases: list[PurchaseRow]
    changes: list[ChangeRow]
    targets: list[TargetRow]
    plans: list[PlanRow]
    templates: dict[int, tuple[str, Outcome]] = field(default_factory=dict)

    def user(self, user_id: int) -> UserRow:
        """Return one person."""
        return next(user for user in self.users if user.id == user_id)

    def customer(self, customer_id: int) -> CustomerRow:
        """Return one customer."""
        return next(customer for customer in self.customers if customer.id == customer_id)

    @property
    def reps(self) -> list[UserRow]:
        """The reps, also those who left."""
        return [user for user in self.users if user.role is Role.REP]
