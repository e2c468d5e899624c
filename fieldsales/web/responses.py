"""What we answer: errors in one shape for programs and as a page for people, in the language they ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from fieldsales.bootstrap import current_runtime
from fieldsales.errors import N_, FieldSalesError, NotFound
from fieldsales.i18n import Text, negotiate_locale, text_for
from fieldsales.web.asset_files import asset_url

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)


class PageMissing(NotFound):
    """There is no page at this address."""

    code = "page_missing"
    message = N_("There is nothing at this address.")


class MethodNotAllowed(FieldSalesError):
    """The address exists, but not for this method."""

    code = "method_not_allowed"
    status = 405
    message = N_("This address does not answer that kind of request.")


class BadRequest(FieldSalesError):
    """The request itself is unusable."""

    code = "bad_request"
    message = N_("This request cannot be understood.")


class BadOrigin(FieldSalesError):
    """Another site tried to act in the name of somebody who is logged in here."""

    code = "bad_origin"
    status = 403
    message = N_("This request came from another site.")


class Unexpected(FieldSalesError):
    """A fault of ours; the log has the details."""

    code = "unexpected"
    status = 500
    message = N_("Something went wrong on our side. Nothing was lost; please try again.")


def text_of(connection: HTTPConnection) -> Text:
    """Return the text of the language that the browser asks for."""
    accepted = connection.headers.get("accept-language", "")
    return text_for(negotiate_locale(accepted, default=current_runtime().settings.locale))


def render(template: str, text: Text, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page from `templates/` in the given language; never kept by a cache."""
    html = _templates.get_template(template).render(_=text.gettext, locale=text.locale, asset_url=asset_url, **values)
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store", "Content-Language": text.locale})


def wants_page(connection: HTTPConnection) -> bool:
    """True when a person looks at the answer, False for programs."""
    return not f"{connection.scope['path']}/".startswith("/api/") and "text/html" in connection.headers.get("accept", "")


def is_file_or_api(connection: HTTPConnection) -> bool:
    """True for what pages load, false for pages."""
    return f"{connection.scope['path']}/".startswith(("/api/", "/_stcore/", "/static/", "/media/", "/component/", "/assets/", "/calendar/"))


def is_screen(connection: HTTPConnection) -> bool:
    """True when a person opens one of the screens, not a frame or file within it, a customer's file, nor one of our own pages."""
    path = connection.scope["path"]
    ours = path in ("/login", "/logout") or path.startswith(("/files/", "/plans/"))
    return wants_page(connection) and not is_file_or_api(connection) and not ours


def error_body(error: FieldSalesError, text: Text) -> dict[str, dict[str, str | None]]:
    """Return the one shape of errors: `{"error": {"code", "message", "field"}}`."""
    return {"error": {"code": error.code, "message": text.error(error), "field": error.field}}


def show_error(connection: HTTPConnection, error: FieldSalesError) -> Response:
    """Answer with an error of ours: a page for people, JSON for programs."""
    text = text_of(connection)
    retry_after_s = getattr(error, "retry_after_s", None)
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else {}
    if wants_page(connection):
        response: Response = render("error.html", text, status=error.status, sentence=text.error(error))
        response.headers.update(headers)
        return response
    return JSONResponse(error_body(error, text), error.status, headers={"Cache-Control": "no-store"} | headers)


def show_exception(request: Request, exception: Exception) -> Response:
    """Answer with any exception; what it says stays in the log unless it is ours."""
    if isinstance(exception, FieldSalesError):
        return show_error(request, exception)
    if isinstance(exception, HTTPException):
        known: dict[int, FieldSalesError] = {404: PageMissing(), 405: MethodNotAllowed()}
        response = show_error(request, known.get(exception.status_code) or (BadRequest() if exception.status_code < 500 else Unexpected()))
        response.status_code = exception.status_code
        response.headers.update(exception.headers or {})
        return response
    return show_error(request, Unexpected())
