"""A real mail server on this machine, for tests: what it took, whom it refuses, how slow it is, with or without TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from threading import Event
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "reports", "s3cret/pass:word@1"


@dataclass
class Postbox:
    """The handler of a server: `mails` are (address, message) in the order taken.

    `refused` are addresses answered with 550, `busy` those answered with 451 (try again). A `full` one takes nothing,
    a `silent` one never answers a letter; `arrived` is set by the first letter taken.
    """

    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    full: bool = False
    silent: bool = False
    woken: Event = field(default_factory=Event)
    arrived: Event = field(default_factory=Event)
    log_ins: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        if address in self.busy:
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        while self.silent and not self.woken.is_set():
            await asyncio.sleep(0.01)
        if self.full:
            return "552 5.3.4 too big for this server"
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default_policy)
        assert isinstance(message, EmailMessage)
        self.mails += [(address, message) for address in envelope.rcpt_tos]
        self.arrived.set()
        return "250 OK"

    def log_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.log_ins.append(data.login.decode())
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


@contextmanager
def mail_server(postbox: Postbox, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run a server and yield its port: `tls` from the first byte on, or `starttls` when asked for, and then with a password."""
    controller = Controller(
        postbox,
        hostname="127.0.0.1",
        port=free_port(),
        ssl_context=tls,
        tls_context=starttls,
        authenticator=postbox.log_in if starttls is not None else None,
        auth_required=starttls is not None,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        postbox.woken.set()
        controller.stop()


@dataclass(frozen=True)
class Certificates:
    """An authority of our own with a certificate for localhost: what the server shows, and what a client must trust."""

    authority: trustme.CA = field(default_factory=trustme.CA)

    def for_server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        return context

    def for_client(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context
