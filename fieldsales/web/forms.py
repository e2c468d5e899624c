"""Reading small forms: urlencoded, a few fields, never more than fits on a page."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

from fieldsales.web.responses import BadRequest

MAX_FORM_BYTES = 16_384
MAX_FIELDS = 20


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
