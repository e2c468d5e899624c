"""Reading what is sent: small urlencoded forms, and JSON of programs and of our own pages; never more than there can be."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request

from fieldsales.errors import N_, FieldSalesError
from fieldsales.web.responses import BadRequest

MAX_FORM_BYTES = 16_384
MAX_FIELDS = 20
MAX_JSON_BYTES = 2 * 1024 * 1024  # a visit's note of 100,000 characters, however they are written


class RequestTooLarge(FieldSalesError):
    """More was sent than anything of ours can be."""

    code = "request_too_large"
    status = 413
    message = N_("This is too large to be taken in.")


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the first of each name.

    Raises:
        BadRequest: it is no form, or larger than any of ours.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise BadRequest()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise BadRequest()
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise BadRequest() from None
    return {name: values[0] for name, values in fields.items()}


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent; it has to say that it is JSON, which no form of another site can.

    Raises:
        BadRequest: it is none. RequestTooLarge.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise BadRequest()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_JSON_BYTES:
            raise RequestTooLarge()
    try:
        said = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRequest() from None
    if not isinstance(said, dict):
        raise BadRequest()
    return said


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and its kin are no JSON
