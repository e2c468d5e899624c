"""`/files/ID`: a customer's photo, recording or file, for those who may see the customer and nobody else."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from fieldsales.bootstrap import current_runtime
from fieldsales.errors import FieldSalesError, NotFound
from fieldsales.services.customers.attachments import OpenedFile, open_attachment
from fieldsales.web.identity import actor_of
from fieldsales.web.responses import show_error

# The browser keeps the bytes but asks every time whether it may still show them: a right may be withdrawn, a photo deleted.
_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}


def _file(request: Request) -> Response:
    """Answer with the bytes (in parts when asked for), or for `size=thumb` with the small picture."""
    runtime = current_runtime()
    try:
        with runtime.database.read() as session:
            actor = actor_of(request, session)
            opened = open_attachment(
                session,
                actor,
                runtime.files,
                attachment_id=_id_of(request.path_params["id"]),
                preview=request.query_params.get("size") == "thumb",
            )
    except FieldSalesError as error:
        return show_error(request, error)
    return _to_response(request, opened)


def _to_response(request: Request, opened: OpenedFile) -> Response:
    try:
        stat_result = opened.path.stat()
    except FileNotFoundError:  # swept between the look-up and now
        return show_error(request, NotFound())
    response = FileResponse(
        opened.path,
        headers=_CACHING,
        media_type=opened.media_type,
        filename=opened.file_name,
        stat_result=stat_result,
        content_disposition_type="inline" if opened.inline else "attachment",
    )
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if response.headers["etag"] in known:
        return Response(status_code=304, headers=_CACHING | {"ETag": response.headers["etag"]})
    return response


def _id_of(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise NotFound()
    return int(value)


routes = [Route("/files/{id}", _file, name="file")]
