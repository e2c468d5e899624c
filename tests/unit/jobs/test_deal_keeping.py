"""Decided deals are kept ready by one of all processes, wholly once a night, and questions never wait for it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Customer, KeptDeal, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.jobs import deal_keeping
from fieldsales.services.honesty.kept_deals import keep_anew
from tests.conftest import CustomerFactory
from tests.decided_deals import decide_many
from tests.fakes import FakeClock

pytestmark = pytest.mark.both_databases


def count_kept(runtime: Runtime) -> int:
    with runtime.database.read() as session:
        return session.scalar(select(func.count(KeptDeal.id))) or 0


@pytest.fixture
def three_deals(runtime: Runtime, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    """Three decided deals."""
    decide_many(runtime.database, make_customer, aiko, rank=Likelihood.A, won=2, lost=1, now=now)


def test_all_deals_are_kept_in_portions(runtime: Runtime, three_deals: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deal_keeping, "PORTION", 2)
    assert deal_keeping.keep_deals(runtime) == 3
    assert count_kept(runtime) == 3


def test_what_changed_is_kept_in_portions_too(
    runtime: Runtime, three_deals: None, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deal_keeping.keep_deals(runtime) == 3
    sizes: list[int] = []

    def keep_some(session: Session, *, customer_ids: Sequence[int]) -> int:
        sizes.append(len(customer_ids))
        return keep_anew(session, customer_ids=customer_ids)

    monkeypatch.setattr(deal_keeping, "PORTION", 2)
    monkeypatch.setattr(deal_keeping, "keep_anew", keep_some)
    clock.advance(minutes=10)
    with runtime.database.write() as session:
        session.execute(update(Customer).values(changed_at=clock.now))
    stop = threading.Event()
    stop.set()
    assert deal_keeping.keep_deals(runtime, stop=stop) is None
    assert deal_keeping.keep_deals(runtime) == 3
    assert (sizes, count_kept(runtime)) == ([2, 1], 3)


def test_several_servers_keep_each_deal_once(runtime: Runtime, clock: FakeClock, three_deals: None) -> None:
    for _ in range(2):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: deal_keeping.keep_deals(runtime), range(4)))
        assert count_kept(runtime) == 3
        clock.advance(days=1)


def test_a_server_that_stops_is_followed_by_another(runtime: Runtime, three_deals: None) -> None:
    stop = threading.Event()
    stop.set()
    assert deal_keeping.keep_deals(runtime, stop=stop) is None
    assert deal_keeping.keep_deals(runtime) == 3


def test_the_worker_goes_on_after_a_failure_and_stops_when_told(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, calls = threading.Event(), []

    def keep(*_: object, **__: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            stop.set()
        raise OSError("away")

    monkeypatch.setattr(deal_keeping, "keep_deals", keep)
    monkeypatch.setattr(deal_keeping, "EVERY_S", 0.0)
    deal_keeping.run_deal_keeping(runtime, stop=stop)
    assert len(calls) == 2
