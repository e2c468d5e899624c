"""Tokens that prove that a form was drawn by us, for this browser: signed, bound to a cookie or a log-in."""

from __future__ import annotations

from itsdangerous import BadData, URLSafeTimedSerializer

from fieldsales.errors import FormExpired
from fieldsales.services.accounts.sessions import hash_token

MAX_AGE_S = 24 * 3600


def sign_form(secret_key: str, holder: str) -> str:
    """Return the token of a form for `holder`: the value of the form cookie, or of the session cookie after log-in."""
    return _serializer(secret_key).dumps(hash_token(holder))


def check_form(secret_key: str, holder: str, token: str) -> None:
    """Raise FormExpired unless `token` was signed for `holder` within a day."""
    try:
        signed_for = _serializer(secret_key).loads(token, max_age=MAX_AGE_S)
    except BadData:
        raise FormExpired() from None
    if not holder or signed_for != hash_token(holder):
        raise FormExpired()


def _serializer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="fieldsales.form")
