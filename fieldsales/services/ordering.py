"""Rows that people put into an order of their own."""

from __future__ import annotations

from collections.abc import Iterable

from fieldsales.db.models import CustomField, OutcomeTemplate

Ordered = CustomField | OutcomeTemplate


def move_by_one(rows: Iterable[Ordered], moved: Ordered, *, up: bool) -> None:
    """Exchange `moved`, one of `rows` in their order, with its neighbour; at the end of the order nothing happens."""
    order = list(rows)
    place = order.index(moved)
    other = place - 1 if up else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    for position, row in enumerate(order):
        row.position = position
