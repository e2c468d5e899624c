"""`/api/v1/`: reading customers from other programs, and plans on the road, as a person and exactly what that person may see."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from fieldsales.bootstrap import current_runtime
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.errors import BadChoice, BadNumber
from fieldsales.services.customers import customer_search
from fieldsales.services.customers.customer_search import CustomerRow, Order
from fieldsales.web import plan_api
from fieldsales.web.identity import actor_of

NO_STORE = {"Cache-Control": "no-store"}
MAX_LIMIT = 200
MAX_OFFSET = 10_000_000


def show_me(request: Request) -> Response:
    """Answer who is logged in."""
    with current_runtime().database.read() as session:
        user = actor_of(request, session)
        body = {
            "id": user.id,
            "email": user.email,
            "name": user.name,
            "role": user.role.value,
            "team": user.team.name if user.team else None,
            "may_export": user.may_export,
            "may_delete": user.may_delete,
        }
    return JSONResponse(body, headers=NO_STORE)


def list_customers(request: Request) -> Response:
    """Answer one page of the customers that the filter admits; the filter's parameters are those of the map.

    Raises:
        BadChoice, BadNumber, TextTooLong: naming the parameter.
    """
    runtime = current_runtime()
    query = request.query_params
    customer_filter = CustomerFilter.from_query({name: query.getlist(name) for name in query})
    order = _order(query.get("order", Order.URGENCY.value))
    limit = _whole(query, "limit", default=50, lowest=1, highest=MAX_LIMIT)
    offset = _whole(query, "offset", default=0, lowest=0, highest=MAX_OFFSET)
    now = runtime.clock()
    with runtime.database.read() as session:
        actor = actor_of(request, session)
        zone = ZoneInfo(actor.timezone) if actor.timezone else runtime.settings.zone
        found = customer_search.list_customers(
            session,
            actor,
            customer_filter=customer_filter,
            now=now,
            today=now.astimezone(zone).date(),
            zone=zone,
            order=order,
            limit=limit,
            offset=offset,
        )
    customers = [_plain(row) for row in found.rows]
    return JSONResponse({"customers": customers, "total": found.matching, "limit": limit, "offset": offset}, headers=NO_STORE)


def _plain(row: CustomerRow) -> dict[str, Any]:
    """Return a row for JSON: dates and moments as ISO 8601."""
    return {name: value.isoformat() if isinstance(value, date | datetime) else value for name, value in dataclasses.asdict(row).items()}


def _order(value: str) -> Order:
    try:
        return Order(value)
    except ValueError:
        raise BadChoice(field="order", value=value[:50]) from None


def _whole(query: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int) -> int:
    value = query.get(name, str(default))
    if value.isascii() and value.isdigit() and len(value) <= 10 and lowest <= int(value) <= highest:
        return int(value)
    raise BadNumber(field=name, value=value[:50])


# Mounted, so that Streamlit does not answer the rest of /api with its page.
_below_v1 = [Route("/me", show_me), Route("/customers", list_customers), *plan_api.routes]
routes = [Mount("/api", routes=[Mount("/v1", routes=_below_v1)])]
