"""The preview of planning options: who would be first, who is now, among whom one sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.errors import BadNumber
from fieldsales.services.planning import planning_preview
from fieldsales.services.planning.planning_preview import SHOWN, Preview, preview_options

MakeCustomer = Callable[..., Customer]


def preview(database: Database, actor: User, today: date, **changed: float) -> Preview:
    present = PlanningOptions()
    with database.read() as session:
        return preview_options(session, actor, present=present, changed=replace(present, **changed), today=today, zone=UTC)


def test_a_promise_that_counts_less_falls_behind_the_hot_deal(
    database: Database, dai: User, aiko: User, make_customer: MakeCustomer, now: datetime, today: date
) -> None:
    seen = {"owner": aiko, "amount": 1_000_000, "last_visited_at": now - timedelta(days=200)}
    promised = make_customer("約束", likelihood=Likelihood.B, next_on=today, **seen | {"last_visited_at": now - timedelta(days=2)})
    hot = make_customer("有望", likelihood=Likelihood.A, **seen | {"last_visited_at": now - timedelta(days=12)})
    found = preview(database, dai, today, promised=1.1)
    assert [(s.customer_id, s.rank_before, s.rank_after, s.moved) for s in found.standings] == [(hot.id, 2, 1, 1), (promised.id, 1, 2, -1)]
    by_id = {s.customer_id: s for s in found.standings}
    assert by_id[promised.id].after.parts.urgency < by_id[promised.id].before.parts.urgency
    assert by_id[hot.id].before == by_id[hot.id].after


def test_who_leads_either_order_is_listed_with_both_places(
    database: Database, dai: User, make_customer: MakeCustomer, now: datetime, today: date
) -> None:
    for number in range(SHOWN + 5):
        hot = number < 5
        make_customer(
            f"{number}",
            likelihood=Likelihood.A if hot else Likelihood.C,
            amount=1_000_000 - number,
            last_visited_at=now - timedelta(days=20 if hot else 80),
        )
    with database.read() as session:
        present = PlanningOptions()
        without_a = replace(present, odds=dict(present.odds) | {Likelihood.A: 0.0})
        found = preview_options(session, dai, present=present, changed=without_a, today=today, zone=UTC)
    assert (found.sampled, found.total, len(found.standings)) == (SHOWN + 5, SHOWN + 5, SHOWN + 5)
    fallen = [s for s in found.standings if s.rank_after > SHOWN]
    assert [s.likelihood for s in fallen] == [Likelihood.A] * 5
    assert all(s.rank_before <= 5 for s in fallen)


def test_only_whom_one_sees_and_may_visit_is_compared(
    database: Database, botan: User, aiko: User, make_customer: MakeCustomer, today: date
) -> None:
    make_customer("よその顧客", owner=aiko)
    mine = make_customer("自分の顧客", owner=botan)
    make_customer("訪問不可", owner=botan, do_not_visit=True)
    assert [s.customer_id for s in preview(database, botan, today).standings] == [mine.id]


def test_nobody_is_compared_for_somebody_disabled(
    database: Database, dai: User, make_customer: MakeCustomer, now: datetime, today: date
) -> None:
    make_customer("x")
    dai.disabled_at = now
    assert preview(database, dai, today) == Preview((), 0, 0)


def test_of_many_customers_a_sample_is_compared(
    database: Database, dai: User, make_customer: MakeCustomer, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning_preview, "SAMPLE", 10)
    for number in range(35):
        make_customer(f"{number}")
    found = preview(database, dai, today)
    assert found.total == 35
    assert 0 < found.sampled <= 10


def test_what_cannot_be_saved_is_not_previewed(database: Database, dai: User, today: date) -> None:
    with pytest.raises(BadNumber):
        preview(database, dai, today, promised=float("nan"))
