"""Logging in and out: plain pages, for only an HTTP answer can set a cookie that scripts cannot read."""

from __future__ import annotations

import secrets

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fieldsales.bootstrap import current_runtime
from fieldsales.db.models import User
from fieldsales.errors import N_, FieldSalesError, FixTheInput, FormExpired, LoginRefused, TooManyAttempts
from fieldsales.services.accounts import form_tokens, logging_in, sessions
from fieldsales.services.accounts.sessions import SESSION_COOKIE
from fieldsales.web.cookies import FORM_COOKIE, delete_cookie, set_form_cookie, set_session_cookie
from fieldsales.web.forms import read_form
from fieldsales.web.identity import actor_of
from fieldsales.web.origin import client_address, safe_next
from fieldsales.web.responses import render, text_of
from fieldsales.web.session_check import check

# Argon2id takes 64 MiB for each password that is looked at.
_hashing = CapacityLimiter(4)


class MissingEmail(FixTheInput):
    code = "missing_email"
    message = N_("Enter your e-mail address.")
    field = "email"


class MissingPassword(FixTheInput):
    code = "missing_password"
    message = N_("Enter your password.")
    field = "password"


async def show_login(request: Request) -> Response:
    """Draw the login form, or go on when there is nothing to log in for."""
    next_path = safe_next(request.query_params.get("next", "/"))
    if await check.find(request.cookies.get(SESSION_COOKIE)) is not None:
        return RedirectResponse(next_path, status_code=303)
    return _login_page(request, next_path=next_path, logged_out="bye" in request.query_params)


async def submit_login(request: Request) -> Response:
    """Log in and go on to `next`, or draw the form again with the reason beside the field."""
    form = await read_form(request)
    email, next_path = form.get("email", "").strip(), safe_next(form.get("next", "/"))
    try:
        form_tokens.check_form(current_runtime().settings.secret_key, request.cookies.get(FORM_COOKIE, ""), form.get("csrf_token", ""))
        if not email:
            raise MissingEmail()
        if not form.get("password"):
            raise MissingPassword()
        _, token = await to_thread.run_sync(_log_in, request, email, form["password"], limiter=_hashing)
    except (FormExpired, FixTheInput, LoginRefused, TooManyAttempts) as error:
        return _login_page(request, next_path=next_path, email=email, error=error)
    response = RedirectResponse(next_path, status_code=303, headers={"Cache-Control": "no-store"})
    set_session_cookie(response.headers, request, token)
    delete_cookie(response.headers, request, FORM_COOKIE)
    return response


def _log_in(request: Request, email: str, password: str) -> tuple[User, str]:
    runtime = current_runtime()
    now, user_agent = runtime.clock(), request.headers.get("user-agent", "")
    user, token = logging_in.log_in(
        runtime.database, email=email, password=password, address=client_address(request), user_agent=user_agent, now=now
    )
    with runtime.database.write() as session:
        sessions.close_session(session, request.cookies.get(SESSION_COOKIE), now=now, address=client_address(request))
    return user, token


def _login_page(
    request: Request, *, next_path: str, email: str = "", error: FieldSalesError | None = None, logged_out: bool = False
) -> Response:
    settings, text = current_runtime().settings, text_of(request)
    holder = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    response = render(
        "login.html",
        text,
        status=error.status if error else 200,
        csrf_token=form_tokens.sign_form(settings.secret_key, holder),
        next_path=next_path,
        email=email[:320],
        error_field=error.field if error else None,
        error_sentence=text.error(error) if error else "",
        logged_out=logged_out,
        demo=settings.demo,
    )
    set_form_cookie(response.headers, request, holder)
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def show_logout(request: Request) -> Response:
    """Ask whether to log out here or everywhere."""
    return _logout_page(request)


async def submit_logout(request: Request) -> Response:
    """End this session, or all of the user's when the form says `everywhere`."""
    form = await read_form(request)
    token = request.cookies.get(SESSION_COOKIE, "")
    try:
        form_tokens.check_form(current_runtime().settings.secret_key, token, form.get("csrf_token", ""))
    except FormExpired as error:
        return await to_thread.run_sync(_logout_page, request, error)
    await to_thread.run_sync(_log_out, request, token, form.get("everywhere") == "1")
    check.forget()
    response = RedirectResponse("/login?bye", status_code=303, headers={"Cache-Control": "no-store"})
    delete_cookie(response.headers, request, SESSION_COOKIE)
    return response


def _logout_page(request: Request, error: FieldSalesError | None = None) -> Response:
    runtime, text = current_runtime(), text_of(request)
    with runtime.database.read() as session:
        user = actor_of(request, session)
    token = form_tokens.sign_form(runtime.settings.secret_key, request.cookies.get(SESSION_COOKIE, ""))
    sentence = text.error(error) if error else ""
    return render("logout.html", text, status=error.status if error else 200, csrf_token=token, user=user, error_sentence=sentence)


def _log_out(request: Request, token: str, everywhere: bool) -> None:
    runtime = current_runtime()
    with runtime.database.write() as session:
        if everywhere:
            actor = actor_of(request, session)
            sessions.close_all_sessions(session, actor, now=runtime.clock(), by=actor, address=client_address(request))
        else:
            sessions.close_session(session, token, now=runtime.clock(), address=client_address(request))


routes = [
    Route("/login", show_login, methods=["GET"]),
    Route("/login", submit_login, methods=["POST"]),
    Route("/logout", show_logout, methods=["GET"]),
    Route("/logout", submit_logout, methods=["POST"]),
]
