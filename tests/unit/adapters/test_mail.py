"""Mail through a real server on this machine: taken, refused, slow, without trust; and never a password in what is said of it."""

from __future__ import annotations

import logging
import socket
from urllib.parse import quote

import pytest

from fieldsales.adapters.mail import SmtpMailer, SmtpServer, build_mailer, read_server
from fieldsales.domain.deliveries import Letter, Trouble, TroubleCode
from fieldsales.errors import BadSetting
from tests.mail import PASSWORD, USER, Certificates, Postbox, free_port, mail_server

SENDER = "FieldSales <fieldsales@example.co.jp>"


def letter(to: str = "chie@example.com", number: int = 1) -> Letter:
    data, name = b"%PDF-1.4 \x00\xff", "週次サマリー.pdf"
    return Letter(to, "週次サマリー 東チーム", "訪問 12件\n", name, data, "application/pdf", f"summary-{number}")


def mailer(port: int, scheme: str = "smtp", *, host: str = "127.0.0.1", user: str = "", password: str = "", **values: object) -> SmtpMailer:
    return SmtpMailer(SmtpServer(scheme, host, port, user, password), SENDER, **values)  # type: ignore[arg-type]


def troubles(sent: list[tuple[Letter, Trouble | None]]) -> list[TroubleCode | None]:
    return [trouble.code if trouble is not None else None for _letter, trouble in sent]


def test_a_letter_arrives_with_its_file_and_japanese_as_written() -> None:
    postbox = Postbox()
    with mail_server(postbox) as port:
        assert troubles(list(mailer(port).send([letter()]))) == [None]
    ((address, mail),) = postbox.mails
    assert address == "chie@example.com"
    assert mail["Subject"] == "週次サマリー 東チーム"
    assert mail["From"] == SENDER
    assert mail["Message-ID"] == "<summary-1@example.co.jp>"
    assert mail["Auto-Submitted"] == "auto-generated"
    body, (attached,) = mail.get_body(), mail.iter_attachments()
    assert body is not None
    assert body.get_content().splitlines() == ["訪問 12件"]
    assert (attached.get_filename(), attached.get_content_type()) == ("週次サマリー.pdf", "application/pdf")
    assert attached.get_content() == b"%PDF-1.4 \x00\xff"


def test_everybody_gets_a_letter_of_their_own_and_one_refused_address_stops_no_other() -> None:
    postbox = Postbox(refused={"gone@example.com"}, busy={"busy@example.com"})
    people = ["a@example.com", "gone@example.com", "busy@example.com", "b@example.com"]
    with mail_server(postbox) as port:
        sent = list(mailer(port).send([letter(to) for to in people]))
    assert troubles(sent) == [None, TroubleCode.RECIPIENT, TroubleCode.RECIPIENT, None]
    assert [(address, mail["To"]) for address, mail in postbox.mails] == [("a@example.com",) * 2, ("b@example.com",) * 2]
    refused, busy = sent[1][1], sent[2][1]
    assert refused == Trouble(TroubleCode.RECIPIENT, "gone@example.com: 550 5.1.1 no such mailbox", permanent=True)
    assert busy is not None
    assert not busy.permanent


def test_a_server_that_takes_no_such_mail_says_why() -> None:
    with mail_server(Postbox(full=True)) as port:
        ((_letter, trouble),) = mailer(port).send([letter()])
    assert trouble == Trouble(TroubleCode.MAIL_SERVER, "552 5.3.4 too big for this server", permanent=True)


def test_nobody_listening_is_unreachable_for_every_letter() -> None:
    sent = list(mailer(free_port()).send([letter("a@example.com"), letter("b@example.com")]))
    assert troubles(sent) == [TroubleCode.UNREACHABLE] * 2


def test_a_server_that_never_answers_is_slow() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sent = list(mailer(listener.getsockname()[1], timeout_s=0.2).send([letter()]))
    assert troubles(sent) == [TroubleCode.SLOW]


def test_a_server_that_falls_silent_with_the_letter_in_hand_is_slow_too() -> None:
    with mail_server(Postbox(silent=True)) as port:
        sent = list(mailer(port, timeout_s=0.3).send([letter("a@example.com"), letter("b@example.com")]))
    assert troubles(sent) == [TroubleCode.SLOW] * 2


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_letter_goes_over_tls_with_user_and_password(scheme: str) -> None:
    postbox, certificates = Postbox(), Certificates()
    tls = {"tls" if scheme == "smtps" else "starttls": certificates.for_server()}
    with mail_server(postbox, **tls) as port:
        user = {"user": USER, "password": PASSWORD} if scheme != "smtps" else {}
        sent = list(mailer(port, scheme, host="localhost", tls=certificates.for_client(), **user).send([letter()]))
    assert troubles(sent) == [None]
    assert len(postbox.mails) == 1


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused_and_nothing_is_sent(scheme: str) -> None:
    postbox = Postbox()
    tls = {"tls" if scheme == "smtps" else "starttls": Certificates().for_server()}
    with mail_server(postbox, **tls) as port:
        ((_letter, trouble),) = mailer(port, scheme, host="localhost", user=USER, password=PASSWORD).send([letter()])
    assert trouble is not None
    assert trouble.code is TroubleCode.TLS
    assert "certificate" in trouble.detail
    assert postbox.mails == postbox.log_ins == []


def test_a_server_without_encryption_gets_no_password() -> None:
    postbox = Postbox()
    with mail_server(postbox) as port:
        ((_letter, trouble),) = mailer(port, "smtp+starttls", user=USER, password=PASSWORD).send([letter()])
    assert trouble is not None
    assert trouble.code is TroubleCode.TLS
    assert postbox.log_ins == []


def test_a_wrong_password_is_said_without_the_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    certificates = Certificates()
    with mail_server(Postbox(), starttls=certificates.for_server()) as port:
        one = mailer(port, "smtp+starttls", host="localhost", user=USER, password=PASSWORD + "!", tls=certificates.for_client())
        ((_letter, trouble),) = one.send([letter()])
    assert trouble is not None
    assert trouble.code is TroubleCode.LOG_IN
    for said in (str(trouble), repr(one), caplog.text):
        assert PASSWORD not in said


def test_the_address_of_the_server_is_read_with_a_password_of_any_characters() -> None:
    url = f"smtps://{quote('user@example.com', safe='')}:{quote(PASSWORD, safe='')}@mail.example.com"
    assert read_server(url) == SmtpServer("smtps", "mail.example.com", 465, "user@example.com", PASSWORD)
    assert read_server("smtp://localhost").port == 25
    assert read_server("smtp+starttls://mail.example.com:2525").port == 2525
    assert PASSWORD not in repr(read_server(url))


@pytest.mark.parametrize(
    "url", ["mail.example.com", "https://mail.example.com", "smtp://", "smtps://host:port", "smtp://user:hidden@mail.example.com"]
)
def test_an_unusable_address_of_a_server_is_named_but_not_repeated(url: str) -> None:
    with pytest.raises(BadSetting) as refused:
        build_mailer(url, SENDER)
    assert "FIELDSALES_SMTP_URL" in str(refused.value)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "FieldSales", "a@example.com\r\nBcc: b@example.com"])
def test_a_server_without_a_usable_sender_is_refused(sender: str) -> None:
    with pytest.raises(BadSetting, match="FIELDSALES_MAIL_FROM"):
        build_mailer("smtp://localhost", sender)


def test_without_a_server_there_is_no_mail() -> None:
    assert build_mailer("", "") is None
