"""What is said of deliveries: the mail, the file's name, and what went wrong."""

from __future__ import annotations

from fieldsales.domain.deliveries import Trouble, TroubleCode
from fieldsales.domain.file_names import clean_file_name
from fieldsales.domain.papers import Paper
from fieldsales.domain.spans import Span
from fieldsales.domain.words import DeliveryFormat
from fieldsales.errors import N_
from fieldsales.i18n import Text
from fieldsales.wording.papers import say_cell

TROUBLES = {
    TroubleCode.UNREACHABLE: N_("The mail server cannot be reached."),
    TroubleCode.SLOW: N_("The mail server does not answer in time."),
    TroubleCode.TLS: N_("There is no safe connection to the mail server: its certificate is not trusted, or it offers no encryption."),
    TroubleCode.LOG_IN: N_("The mail server does not accept the user name or password of the settings."),
    TroubleCode.RECIPIENT: N_("The mail server does not accept an address."),
    TroubleCode.MAIL_SERVER: N_("The mail server did not take the mail."),
    TroubleCode.FOLDER: N_("The folder for deliveries cannot be written."),
    TroubleCode.NO_FOLDER: N_("This installation has no folder for deliveries any more."),
    TroubleCode.NO_MAIL: N_("This installation sends no mail any more."),
    TroubleCode.MAKER_LEFT: N_("Whoever set it up has left. Nothing is sent any more."),
    TroubleCode.TEAM_LOST: N_("Whoever set it up does not lead this team any more. Nothing is sent any more."),
    TroubleCode.RIGHT_LOST: N_("Whoever set it up may not export any more. Nothing is sent any more."),
    TroubleCode.BROKEN: N_("The summary could not be made. The log of the server says why."),
}
_FIGURES_IN_MAIL = 5
_TEAM_BYTES = 120  # folders take names of 255 bytes, a Japanese character has three; what follows the team tells deliveries apart


def say_trouble(trouble: Trouble, text: Text) -> str:
    """Return what went wrong, with what the other side said."""
    sentence = text.gettext(TROUBLES[trouble.code])
    return f"{sentence} ({trouble.detail})" if trouble.detail else sentence


def file_name(span: Span, team: str, delivery_format: DeliveryFormat, text: Text, *, number: int | None = None) -> str:
    """Return the name of a file: the same for the same delivery and week, so that a second one takes the first one's place."""
    short = team.encode()[:_TEAM_BYTES].decode(errors="ignore")
    parts = [text.gettext("Weekly summary"), str(span), short, "" if number is None else str(number)]
    stem = "_".join(part.replace(".", "·").replace("/", "·").replace("\\", "·") for part in parts if part)
    return clean_file_name(f"{stem}.{delivery_format}")


def mail_subject(paper: Paper, team: str) -> str:
    """Return the subject of a mail, on one line."""
    return " ".join(f"{paper.title} {team}".split())


def mail_text(paper: Paper, maker: str, text: Text) -> str:
    """Return what stands in the mail itself: the first figures, and who has it sent."""
    figures = [
        f"{say_cell(line.cells[0], text)}: {say_cell(line.cells[1], text)} ({say_cell(line.cells[3], text)})"
        for line in paper.parts[0].lines[:_FIGURES_IN_MAIL]
    ]
    sent_by = text.gettext("Sent by FieldSales, as {name} has set it up. It can be changed or stopped there under Team, Summary.")
    return "\n".join([paper.title, paper.about, "", *paper.remarks, *figures, "", "-- ", sent_by.format(name=maker), ""])
