"""Who is asking: what the gate found out, for the routes behind it."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from fieldsales.db.database import Session
from fieldsales.db.models import User
from fieldsales.errors import NotLoggedIn


def actor_of(request: HTTPConnection, session: Session) -> User:
    """Return the user whom the gate let through, loaded within `session`.

    Raises:
        NotLoggedIn: there is no such user any more, or the request did not pass the gate.
    """
    user_id = request.scope.get("state", {}).get("user_id")
    user = session.get(User, user_id) if isinstance(user_id, int) else None
    if user is None or user.disabled_at is not None:
        raise NotLoggedIn()
    return user
