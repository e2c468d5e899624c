"""What the page of a customer reads: all of it for whoever may see the customer, nothing for anybody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause
from fieldsales.errors import CustomerNotFound
from fieldsales.services.customers.customer_history import list_changes, list_likelihoods, newest_change_id
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customer_page import read_customer_page
from fieldsales.services.customers.customers import open_for_change, update_customer

MakeCustomer = Callable[..., Customer]


def rate(database: Database, actor: User, customer: Customer, likelihood: Likelihood, now: datetime, **other: object) -> None:
    with database.write() as session:
        stored = open_for_change(session, actor, customer.id)
        values = replace(input_of(stored), likelihood=likelihood, **other)  # type: ignore[arg-type]
        update_customer(session, actor, customer_id=customer.id, version=stored.version, values=values, now=now)


def test_the_likelihoods_begin_with_what_the_customer_was_added_with(
    database: Database, aiko: User, chie: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko, likelihood=Likelihood.C, created_at=now - timedelta(days=30))
    rate(database, aiko, customer, Likelihood.B, now - timedelta(days=2))
    rate(database, aiko, customer, Likelihood.B, now - timedelta(days=1), memo="no move")
    rate(database, chie, customer, Likelihood.WON, now)
    with database.read() as session:
        moves = list_likelihoods(session, aiko, customer_id=customer.id)
        page = read_customer_page(session, aiko, customer_id=customer.id)
    assert [(m.likelihood, m.who) for m in moves] == [(Likelihood.C, ""), (Likelihood.B, "Aiko"), (Likelihood.WON, "Chie")]
    assert (moves[0].moved_at, moves[0].cause) == (now - timedelta(days=30), ChangeCause.CREATE)
    assert page.likelihoods == moves


def test_history_names_the_owners(database: Database, aiko: User, chie: User, make_customer: MakeCustomer, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    rate(database, chie, customer, Likelihood.C, now, owner_id=chie.id)
    with database.read() as session:
        (change,) = list_changes(session, chie, customer_id=customer.id)
    assert (change.before["owner_id"], change.after["owner_id"]) == ("Aiko", "Chie")


def test_undo_means_ones_own_newest_change_only(
    database: Database, aiko: User, chie: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    rate(database, aiko, customer, Likelihood.B, now)
    with database.read() as session:
        assert newest_change_id(session, aiko, customer_id=customer.id) is not None
        assert newest_change_id(session, chie, customer_id=customer.id) is None


def test_a_stranger_reads_nothing(database: Database, aiko: User, botan: User, make_customer: MakeCustomer, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    for read in (
        lambda s, actor: read_customer_page(s, actor, customer_id=customer.id),
        lambda s, actor: list_likelihoods(s, actor, customer_id=customer.id),
        lambda s, actor: newest_change_id(s, actor, customer_id=customer.id),
    ):
        with pytest.raises(CustomerNotFound), database.read() as session:
            read(session, botan)
    aiko.disabled_at = now
    with pytest.raises(CustomerNotFound), database.read() as session:
        read_customer_page(session, aiko, customer_id=customer.id)
