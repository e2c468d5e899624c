"""What every screen opens first: the gate again, the user, their language, zone and day, and the way to save."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from fieldsales.bootstrap import Runtime, current_runtime
from fieldsales.db.database import Database, Session
from fieldsales.db.models import User
from fieldsales.errors import FieldSalesError
from fieldsales.i18n import Text, negotiate_locale, text_for
from fieldsales.services.accounts.sessions import SESSION_COOKIE, find_user
from fieldsales.services.audit import writing_from
from fieldsales.settings import Settings
from fieldsales.ui import messages

_LOCALE = "_locale"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    """One run of a screen for one logged-in user; built by `open_page` and never kept beyond the run.

    `today` is the user's day in `zone`; `now` is in UTC. `problem` is what the last save refused, if anything, `address` the network
    address that the user is at.
    """

    runtime: Runtime
    user: User
    token: str
    text: Text
    zone: ZoneInfo
    now: datetime
    today: date
    problem: FieldSalesError | None = None
    address: str = ""

    @property
    def database(self) -> Database:
        """The process's database."""
        return self.runtime.database

    @contextmanager
    def saving(self) -> Iterator[Session]:
        """Yield a session in one transaction; when a service refuses, nothing is written and the run starts over.

        The next run shows the refusal beside its field (`show_problem`), so what follows the block runs only after
        a save that succeeded. `st.rerun()` and its kin pass through and roll back: call them after the block.
        """
        try:
            with self.writing() as session:
                yield session
        except FieldSalesError as error:
            messages.remember_problem(error)
        else:
            return
        st.rerun()

    def writing(self) -> AbstractContextManager[Session]:
        """Yield a session in one transaction, also after the run is over (a file that is taken); what is refused is the caller's matter."""
        return writing_from(self.database, self.address)

    def show_problem(self, field: str | None = None) -> None:
        """Show what the last save refused if `field` is to blame for it; None shows what belongs to no field."""
        if self.problem is not None and self.problem.field == field:
            st.error(messages.sentence_of(self.text, self.problem), icon=":material/error:")

    def days_since(self, moment: datetime) -> int:
        """Return how many of the user's days lie between `moment` and today."""
        return (self.today - moment.astimezone(self.zone).date()).days

    def toast(self, message: str) -> None:
        """Confirm something briefly; survives `st.rerun()` and a change of page."""
        messages.remember_toast(message)


def open_page() -> Page:
    """Return this run's page for the logged-in user; a visitor without a valid session is sent to the login and the run ends.

    The cookie is checked on every run, so that a revoked session stops at the next tap.
    """
    runtime = current_runtime()
    now = runtime.clock()
    token = st.context.cookies.get(SESSION_COOKIE)
    user = None
    if isinstance(token, str):  # under AppTest an absent cookie is a truthy mock
        with runtime.database.read() as session:
            user = find_user(session, token, now=now)
    if user is None or not isinstance(token, str):
        messages.send_to_login(text_for(_visitor_locale(runtime.settings)))
        st.stop()
    zone = _zone_of(user, runtime.settings)
    text = text_for(user.locale or _visitor_locale(runtime.settings))
    st.session_state[_LOCALE] = text.locale
    return Page(runtime, user, token, text, zone, now, now.astimezone(zone).date(), messages.current_problem(), _network_address())


@contextmanager
def saying_what_broke() -> Iterator[None]:
    """Show a sentence, never a traceback, for whatever the block raises: a refusal by its own, a mistake of ours by a general one."""
    try:
        yield
    except FieldSalesError as error:  # a page read what is not there, or not for this user
        messages.show_refusal(_text_now(), error)
    except Exception:
        log.exception("A screen broke")
        messages.show_refusal(_text_now(), messages.ScreenBroke())


def _text_now() -> Text:
    known = st.session_state.get(_LOCALE)
    return text_for(known if isinstance(known, str) else _visitor_locale(current_runtime().settings))


def _visitor_locale(settings: Settings) -> str:
    header = st.context.headers.get("Accept-Language")
    wanted = header if isinstance(header, str) else st.context.locale
    return negotiate_locale(wanted if isinstance(wanted, str) else "", default=settings.locale)


def _network_address() -> str:
    address = st.context.ip_address  # a proxy's client when the proxy is trusted; None on this machine itself
    return address if isinstance(address, str) else ""


def _zone_of(user: User, settings: Settings) -> ZoneInfo:
    return ZoneInfo(user.timezone) if user.timezone else settings.zone
