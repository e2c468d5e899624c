"""Our cookies: HttpOnly, SameSite=Lax, for HTTPS alone when the request came over HTTPS."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response

from fieldsales.services.accounts.sessions import LIFETIME, SESSION_COOKIE
from fieldsales.web.origin import is_secure

FORM_COOKIE = "fieldsales_form"


def set_session_cookie(headers: MutableHeaders, connection: HTTPConnection, token: str) -> None:
    """Give the browser the token of a session for as long as the session lasts."""
    _add(headers, connection, SESSION_COOKIE, token, max_age_s=int(LIFETIME.total_seconds()))


def set_form_cookie(headers: MutableHeaders, connection: HTTPConnection, value: str) -> None:
    """Give the browser the secret that its login form is bound to, until it is closed."""
    _add(headers, connection, FORM_COOKIE, value, max_age_s=None)


def delete_cookie(headers: MutableHeaders, connection: HTTPConnection, name: str) -> None:
    """Take a cookie from the browser."""
    _add(headers, connection, name, "", max_age_s=0)


def _add(headers: MutableHeaders, connection: HTTPConnection, name: str, value: str, *, max_age_s: int | None) -> None:
    carrier = Response()
    carrier.set_cookie(name, value, max_age=max_age_s, path="/", httponly=True, samesite="lax", secure=is_secure(connection))
    headers.append("set-cookie", carrier.headers["set-cookie"])
