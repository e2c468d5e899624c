"""Passwords: Argon2id hashes, and the rule of what may be one."""

from __future__ import annotations

import functools
import secrets

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from fieldsales.errors import PasswordTooLong, PasswordTooShort

MIN_PASSWORD = 10
MAX_PASSWORD = 1024
_hasher = PasswordHash.recommended()


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a new password.

    Raises:
        PasswordTooShort, PasswordTooLong: it may not be one.
    """
    if len(password) < MIN_PASSWORD:
        raise PasswordTooShort(limit=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        raise PasswordTooLong(limit=MAX_PASSWORD)
    return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def verify_password(password: str, password_hash: str | None) -> bool:
    """True when the password belongs to the hash; None takes as long as a real one and is never True."""
    expected = _nobodys_hash() if password_hash is None or len(password) > MAX_PASSWORD else password_hash
    try:
        matches = _hasher.verify(password[:MAX_PASSWORD].encode("utf-8", "surrogatepass"), expected)
    except UnknownHashError:
        return False
    return matches and expected is password_hash


@functools.cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))


def prepare() -> None:
    """Make what the first verification needs, so that it takes no longer than the others."""
    _nobodys_hash()
