"""Every view of the manager's page at the edges: one rep alone, somebody who left, no pin, no target, ten years, nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, Place, Purchase, Target, Territory, User, Visit
from fieldsales.domain.coverage import CoverageAsked
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.team_summary import SummaryFigure
from fieldsales.domain.words import AreaKind, CheckInState, Outcome, PlaceKind, TargetKind
from fieldsales.services.acting import handover
from fieldsales.services.honesty.calibration import DecidedIn, read_calibration, read_stale
from fieldsales.services.map.map_index import MapIndex
from fieldsales.services.team import coverage, coverage_lists
from fieldsales.services.team.bias import read_bias
from fieldsales.services.team.coverage import Asker
from fieldsales.services.team.team_activity import read_activity
from fieldsales.services.team.team_moves import read_moves
from fieldsales.services.team.team_pipeline import read_pipeline
from fieldsales.services.team.team_progress import read_progress
from fieldsales.services.team.team_summary import read_summary
from fieldsales.services.territories import territory_balance, territory_figures
from tests.decided_deals import move
from tests.teams import NOW, TODAY, TOKYO

MakeCustomer = Callable[..., Customer]
MONTH = TeamFilter(Span.read("2026-11"))
TEN_YEARS = TeamFilter(Span.read("2017-01-01..2026-12-31"))
TOWN = "香川県高松市"


def views(database: Database, actor: User, asked: TeamFilter = MONTH) -> Mapping[str, object]:
    """Return the main figure of every view, as its service tells it."""
    where = {"team_filter": asked, "zone": TOKYO, "now": NOW}
    asker = Asker(MapIndex(), database, actor, asked, CoverageAsked(), NOW, TOKYO)
    bias, total, areas = read_bias(asker), coverage.read_totals(asker), coverage.read_areas(asker).groups
    territories = territory_figures.read_territories(database, MapIndex(), actor, **where)
    with database.write() as session:  # whoever looks at positions leaves a trace
        activity = read_activity(session, actor, team_filter=asked, day=TODAY, zone=TOKYO, now=NOW)
    with database.read() as session:
        progress = read_progress(session, actor, team_filter=asked, today=TODAY, zone=TOKYO)
        summary = read_summary(session, actor, against=asked.span.before(), today=TODAY, **where)
        calibration = read_calibration(session, actor, team_filter=asked, decided_in=DecidedIn.PERIOD, today=TODAY, zone=TOKYO)
        hot = coverage_lists.list_overdue_hot(session, actor, team_filter=asked, today=TODAY, zone=TOKYO)
        return {
            "done": {kind.value: figure.actual for kind, figure in progress.figures.items()},
            "people": [(row.person.name, row.figures[TargetKind.VISITS].actual) for row in progress.people],
            "moves": read_moves(session, actor, team_filter=asked, zone=TOKYO).total,
            "pipeline": read_pipeline(session, actor, team_filter=asked).count,
            "coverage": (total.customers, total.overdue, total.potential, [(one.name, one.customers) for one in areas]),
            "without pin": coverage_lists.count_without_pin(session, actor, team_filter=asked, asked=CoverageAsked()),
            "hot": [row.name for row in hot],
            "bias": sum(band.customers for band in bias.bias.bands) if bias is not None else None,
            "handover": [(row.person.name, row.customers) for row in handover.list_holders(session, actor, team_filter=asked)],
            "territories": [(row.customers, row.own, row.without_pin) for row in territories.rows],
            "record": (calibration.everybody.count, calibration.everybody.won, [row.name for row in calibration.teams]),
            "stale": read_stale(session, actor, team_filter=asked, days=30, now=NOW).count,
            "summary": {fact.figure: fact.now for fact in summary.figures},
            "summed up": [(row.name, row.visits) for row in summary.people],
            "check-ins": [(one.row.who, one.position is not None) for one in activity],
        }


@pytest.fixture
def one_rep(database: Database, make_customer: MakeCustomer, aiko: User) -> list[Customer]:
    """A team of Aiko alone with an office and a territory: three customers, two visited this month, one of them won."""
    hot, won, cold = (
        make_customer(
            f"顧客{number}", owner=aiko, area=TOWN, lat=34.34 + number / 100, lon=134.05, amount=1_000_000, likelihood=rank,
            created_at=datetime(2016, 12, 1, tzinfo=UTC), last_visited_at=NOW - timedelta(days=days), locate_status="ok",
        )
        for number, (rank, days) in enumerate([(Likelihood.A, 60), (Likelihood.B, 1), (Likelihood.C, 2)])
    )  # fmt: skip
    move(database, won, (40, Likelihood.A), (2, Likelihood.WON), now=NOW, by=aiko)
    with database.write() as session:
        for customer, days in ((won, 1), (cold, 2), (cold, 3_000)):
            at = NOW - timedelta(days=days)
            said = {"outcome": Outcome.MET, "likelihood_before": Likelihood.B, "likelihood_after": Likelihood.B}
            session.add(Visit(client_ref=uuid4(), customer_id=customer.id, user_id=aiko.id, visited_at=at, created_at=at, **said))
        session.add(
            Purchase(
                client_ref=uuid4(), customer_id=won.id, user_id=aiko.id, bought_on=date(2026, 11, 19), item="給湯器", amount=300_000,
                created_at=NOW,
            )
        )  # fmt: skip
        session.add(
            CheckIn(
                client_ref=uuid4(), user_id=aiko.id, customer_id=won.id, checked_in_at=NOW, closed_at=NOW, lat=34.35, lon=134.05,
                accuracy_m=12.0, state=CheckInState.VERIFIED,
            )
        )  # fmt: skip
        session.add(Place(name="高松営業所", kind=PlaceKind.OFFICE, lat=34.34, lon=134.05))
        session.add(
            Territory(
                client_ref=uuid4(), name="高松", team_id=aiko.team_id, owner_id=aiko.id, kind=AreaKind.MUNICIPALITIES, areas=[TOWN],
                changed_by_id=aiko.id, changed_at=NOW,
            )
        )  # fmt: skip
    return [hot, won, cold]


EXPECTED = {
    "done": {"visits": 2, "first_visits": 1, "orders": 1, "amount": 300_000},
    "people": [("Aiko", 2)],
    "moves": 1,
    "pipeline": 2,
    "coverage": (3, 1, 1_200_000, [(TOWN, 3)]),
    "without pin": 0,
    "hot": ["顧客0"],
    "bias": 3,
    "handover": [("Aiko", 3)],
    "territories": [(3, 3, 0)],
    "record": (1, 1, ["East"]),
    "stale": 1,
    "summed up": [("Aiko", 2)],
    "check-ins": [("Aiko", True)],
}


def told(database: Database, actor: User, asked: TeamFilter = MONTH) -> dict[str, object]:
    return {name: figure for name, figure in views(database, actor, asked).items() if name != "summary"}


def test_a_team_of_one_rep_has_every_figure(database: Database, one_rep: list[Customer], chie: User) -> None:
    assert told(database, chie) == EXPECTED


def test_the_team_of_one_rep_is_the_same_asked_for_by_name_and_by_team(
    database: Database, one_rep: list[Customer], aiko: User, chie: User
) -> None:
    for asked in (replace(MONTH, user_ids=frozenset({aiko.id})), replace(MONTH, team_ids=frozenset({aiko.team_id or 0}))):
        assert told(database, chie, asked) == EXPECTED


def test_when_a_rep_leaves_no_figure_changes(database: Database, one_rep: list[Customer], aiko: User, chie: User) -> None:
    (before,) = territory_balance.read_balance(database, MapIndex(), chie, team_filter=MONTH, now=NOW, zone=TOKYO)
    assert [load.person.name for load in before.loads] == ["Aiko"]
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = NOW
    assert told(database, chie) == EXPECTED
    with database.read() as session:
        assert handover.list_holders(session, chie, team_filter=MONTH)[0].person.left
        (hot,) = coverage_lists.list_overdue_hot(session, chie, team_filter=MONTH, today=TODAY, zone=TOKYO)
        assert hot.owner_left
    # Nobody hands work to, or takes it from, somebody who is not there.
    assert territory_balance.read_balance(database, MapIndex(), chie, team_filter=MONTH, now=NOW, zone=TOKYO) == ()


def test_customers_without_pins_are_counted_and_listed(database: Database, one_rep: list[Customer], chie: User) -> None:
    with database.write() as session:
        session.execute(update(Customer).values(lat=None, lon=None, locate_status="failed", changed_at=NOW))
    nowhere = {"coverage": (0, 0, 0, []), "without pin": 3, "bias": 0, "territories": [(3, 3, 3)]}
    assert told(database, chie) == EXPECTED | nowhere
    asker = Asker(MapIndex(), database, chie, MONTH, CoverageAsked(), NOW, TOKYO)
    assert coverage.find_bounds(asker) is None
    bias = read_bias(asker)
    assert bias is not None
    assert (bias.visits_elsewhere, bias.bias.points) == (2, None)
    with database.read() as session:
        listed = coverage_lists.list_without_pin(session, chie, team_filter=MONTH, asked=CoverageAsked())
    assert [(row.name, row.owner_name) for row in listed] == [("顧客0", "Aiko"), ("顧客1", "Aiko"), ("顧客2", "Aiko")]
    (balance,) = territory_balance.read_balance(database, MapIndex(), chie, team_filter=MONTH, now=NOW, zone=TOKYO)
    assert (balance.loads, [person.name for person in balance.nowhere]) == ((), ["Aiko"])


def test_a_month_without_any_target_is_measured_against_none(database: Database, one_rep: list[Customer], aiko: User, chie: User) -> None:
    def targets(asked: TeamFilter) -> tuple[float | None, float | None, float | None, tuple[date, ...]]:
        with database.read() as session:
            progress = read_progress(session, chie, team_filter=asked, today=TODAY, zone=TOKYO)
            summary = read_summary(session, chie, team_filter=asked, against=asked.span.before(), today=TODAY, zone=TOKYO, now=NOW)
        (person,) = progress.people
        (told,) = [fact.target for fact in summary.figures if fact.figure is SummaryFigure.VISITS]
        visits = TargetKind.VISITS
        return progress.figures[visits].target, person.figures[visits].target, told, progress.without_target[visits]

    november, december = date(2026, 11, 1), date(2026, 12, 1)
    assert targets(MONTH) == (None, None, None, (november,))
    with database.write() as session:
        session.add(Target(month=november, kind=TargetKind.VISITS, user_id=aiko.id, value=40, set_by_id=chie.id, set_at=NOW))
    assert targets(MONTH) == (40, 40, 40, ())
    # Two months of which one has no target are not measured by the other.
    assert targets(TeamFilter(Span.read("2026-11-01..2026-12-31"))) == (None, None, None, (december,))


def test_ten_years_are_told_by_every_view(database: Database, one_rep: list[Customer], chie: User) -> None:
    done = {"visits": 3, "first_visits": 2, "orders": 1, "amount": 300_000}
    longer = {"done": done, "people": [("Aiko", 3)], "summed up": [("Aiko", 3)]}
    assert told(database, chie, TEN_YEARS) == EXPECTED | longer
    figures = views(database, chie, TEN_YEARS)["summary"]
    assert isinstance(figures, dict)
    assert (figures[SummaryFigure.VISITS], figures[SummaryFigure.WON]) == (3, 1)


def test_a_team_that_has_nothing_yet_is_told_so_by_every_view(database: Database, aiko: User, chie: User) -> None:
    nothing = {
        "done": dict.fromkeys(("visits", "first_visits", "orders", "amount"), 0), "people": [("Aiko", 0)], "moves": 0, "pipeline": 0,
        "coverage": (0, 0, 0, []), "without pin": 0, "hot": [], "bias": None, "handover": [], "territories": [], "record": (0, 0, []),
        "stale": 0, "summed up": [("Aiko", 0)], "check-ins": [],
    }  # fmt: skip
    for asked in (MONTH, TEN_YEARS):
        assert told(database, chie, asked) == nothing


def test_a_manager_of_another_team_is_told_nothing_by_any_view(
    database: Database, one_rep: list[Customer], chie: User, botan: User, aiko: User
) -> None:
    with database.write() as session:
        manager = session.get_one(User, chie.id)
        manager.team_id, manager.managed_teams = botan.team_id, []
    with database.read() as session:
        stranger = session.get_one(User, chie.id)
        assert stranger.managed_teams == []
    for asked in (MONTH, replace(MONTH, user_ids=frozenset({aiko.id})), replace(MONTH, team_ids=frozenset({aiko.team_id or 0}))):
        figures = repr(told(database, stranger, asked))
        assert not any(word in figures for word in ("Aiko", "顧客", TOWN, "300000", "1200000"))
