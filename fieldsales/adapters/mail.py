"""Mail by SMTP with the standard library: one connection for a few letters, and a reason for each that was not taken.

A password never leaves this module but to the server: not in a reason, not in a log, not in what `repr` shows.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from fieldsales.domain.deliveries import Letter, Trouble, TroubleCode
from fieldsales.errors import BadSetting

TIMEOUT_S = 20.0  # for each answer of the server
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_SHAPE = "smtps://user:password@host, smtp+starttls://user:password@host, or smtp://host for a server that needs no password"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where letters are handed in; `scheme` says how it is encrypted."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class SmtpMailer:
    """Sends letters through one server from one address; `tls` is the trust in the server's certificate, the system's when None."""

    server: SmtpServer
    sender: str
    tls: ssl.SSLContext | None = None
    timeout_s: float = TIMEOUT_S

    def send(self, letters: Sequence[Letter]) -> Iterator[tuple[Letter, Trouble | None]]:
        """Yield each letter when the server has taken it, or with the trouble; after a broken connection the rest has that trouble."""
        waiting = list(letters)
        try:
            with self._connect() as connection:
                while waiting:
                    trouble = self._hand_in(connection, waiting[0])
                    yield waiting.pop(0), trouble
        except (OSError, smtplib.SMTPException) as error:
            trouble = self._trouble(error)
            yield from ((letter, trouble) for letter in waiting)

    def _connect(self) -> smtplib.SMTP:
        name = parseaddr(self.sender)[1].partition("@")[2] or "localhost"  # asking for the name of this machine may take seconds
        tls = self.tls or ssl.create_default_context()
        host, port = self.server.host, self.server.port
        if self.server.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=self.timeout_s, context=tls)
        else:
            connection = smtplib.SMTP(host, port, local_hostname=name, timeout=self.timeout_s)
        try:
            if self.server.scheme == "smtp+starttls":
                connection.starttls(context=tls)
            if self.server.user:
                connection.login(self.server.user, self.server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _hand_in(self, connection: smtplib.SMTP, letter: Letter) -> Trouble | None:
        """Hand in one letter; None when it was taken, else why not, as long as the connection still stands."""
        try:
            connection.send_message(self._message(letter), to_addrs=[letter.to])
        except smtplib.SMTPRecipientsRefused as refused:
            code, answer = next(iter(refused.recipients.values()))
            return Trouble(TroubleCode.RECIPIENT, f"{letter.to}: {self._said(code, answer)}", permanent=code >= 500)
        except smtplib.SMTPResponseException as refused:
            return Trouble(TroubleCode.MAIL_SERVER, self._said(refused.smtp_code, refused.smtp_error), permanent=refused.smtp_code >= 500)
        return None

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"], message["To"], message["Subject"] = self.sender, letter.to, letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{letter.message_id}@{parseaddr(self.sender)[1].partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # so that nobody's absence note answers
        message.set_content(letter.text)
        main, _, sub = letter.media_type.partition("/")
        message.add_attachment(letter.data, maintype=main, subtype=sub, filename=letter.file_name)
        return message

    def _trouble(self, error: Exception) -> Trouble:
        """Return what an error of the connection means."""
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return Trouble(TroubleCode.LOG_IN, self._said(error.smtp_code, error.smtp_error))
        if isinstance(error, ssl.SSLError):
            return Trouble(TroubleCode.TLS, getattr(error, "verify_message", "") or error.reason or "")
        if isinstance(error, smtplib.SMTPNotSupportedError) and self.server.scheme == "smtp+starttls":
            return Trouble(TroubleCode.TLS, str(error))
        # smtplib says "closed" of a server that is slow.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return Trouble(TroubleCode.SLOW)
        if isinstance(error, smtplib.SMTPResponseException):
            return Trouble(TroubleCode.MAIL_SERVER, self._said(error.smtp_code, error.smtp_error))
        if isinstance(error, smtplib.SMTPException):
            return Trouble(TroubleCode.MAIL_SERVER, self._without_password(str(error)))
        return Trouble(TroubleCode.UNREACHABLE, getattr(error, "strerror", None) or type(error).__name__)

    def _said(self, code: int, answer: bytes | str) -> str:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return self._without_password(f"{code} {text}")

    def _without_password(self, text: str) -> str:
        return text.replace(self.server.password, "***") if self.server.password else text


def build_mailer(url: str, sender: str) -> SmtpMailer | None:
    """Return the mailer that the settings ask for, None without a server.

    Raises:
        BadSetting: the URL or the sender cannot be used; the sentence never repeats them.
    """
    if not url:
        return None
    if "@" not in parseaddr(sender)[1] or not sender.isprintable():
        raise BadSetting(name="FIELDSALES_MAIL_FROM", why="the address that mail comes from, such as fieldsales@example.co.jp")
    return SmtpMailer(read_server(url), sender)


def read_server(url: str) -> SmtpServer:
    """Read a server from its URL.

    Raises:
        BadSetting.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in _PORTS:
        raise BadSetting(name="FIELDSALES_SMTP_URL", why=_SHAPE) from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and parts.scheme == "smtp" and not _is_this_machine(host):
        raise BadSetting(name="FIELDSALES_SMTP_URL", why="a password is sent only over smtps:// or smtp+starttls://")
    return SmtpServer(parts.scheme, host, port or _PORTS[parts.scheme], user, password)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
