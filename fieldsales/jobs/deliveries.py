"""The worker that sends deliveries when they are due; any number may run, each delivery is sent by one of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from datetime import timedelta

from fieldsales.adapters.documents import write_pdf
from fieldsales.adapters.tables import sheet_bytes
from fieldsales.bootstrap import Runtime
from fieldsales.domain.deliveries import FOLDER, PAUSES, Letter, Progress, Trouble, TroubleCode
from fieldsales.domain.papers import Paper
from fieldsales.domain.tables import TableFormat
from fieldsales.domain.words import DeliveryFormat
from fieldsales.i18n import text_for
from fieldsales.services.team.delivery_sending import Claim, Parcel, claim_due, finish, keep_part, pack, wait_until_next
from fieldsales.wording.deliveries import file_name, mail_subject, mail_text
from fieldsales.wording.papers import to_document, to_table
from fieldsales.wording.team_summary import summary_paper

POLL = timedelta(minutes=1)
_MEDIA_TYPES = {DeliveryFormat.PDF: "application/pdf", DeliveryFormat.CSV: "text/csv"}

log = logging.getLogger(__name__)


class _TakenOver(Exception):
    """Somebody changed or stopped the delivery meanwhile, or another process has it in hand: what is left is not ours to send."""


def run_deliveries(runtime: Runtime, *, stop: threading.Event) -> None:
    """Send what is due, then look again within a minute, until `stop` is set; what fails is logged and tried again."""
    while not stop.is_set():
        pause = POLL
        try:
            send_due(runtime, stop=stop)
            with runtime.database.read() as session:
                pause = wait_until_next(session, now=runtime.clock(), at_most=POLL)
        except Exception:  # a database that restarts may be back in a minute
            log.exception("deliveries could not be looked for; trying again in a minute")
        stop.wait(max(pause.total_seconds(), 1.0))


def send_due(runtime: Runtime, *, stop: threading.Event | None = None) -> int:
    """Send every delivery that is due, and return how many were taken in hand."""
    taken = 0
    while stop is None or not stop.is_set():
        with runtime.database.write() as session:
            claim = claim_due(session, now=runtime.clock())
        if claim is None:
            break
        taken += 1
        _send(runtime, claim)
    return taken


def _send(runtime: Runtime, claim: Claim) -> None:
    """Deliver what is left of one delivery and write down how it went."""
    try:
        troubles = _deliver(runtime, claim) if claim.attempts <= len(PAUSES) + 1 else [Trouble(TroubleCode.BROKEN, permanent=True)]
    except _TakenOver:
        log.info("delivery %d was changed or stopped while it was being sent; nobody else gets this one", claim.delivery_id)
        return
    except Exception:  # one broken summary must not hold up the others
        log.exception("delivery %d broke on the way", claim.delivery_id)
        troubles = [Trouble(TroubleCode.BROKEN)]
    with runtime.database.write() as session:
        trouble = finish(session, claim, tuple(troubles), now=runtime.clock())
    if trouble is None:
        log.info("delivery %d has been sent for the week of %s", claim.delivery_id, claim.week.first)
    else:
        log.warning("delivery %d was not sent (attempt %d): %s", claim.delivery_id, claim.attempts, trouble)


def _deliver(runtime: Runtime, claim: Claim) -> list[Trouble]:
    if not claim.parts:
        return []
    with runtime.database.read() as session:
        parcel = pack(session, claim, now=runtime.clock())
    if isinstance(parcel, Trouble):
        return [parcel]
    text = text_for(claim.asked.locale)
    paper = summary_paper(parcel.summary, text)
    data = _file(paper, claim)
    return _hand_over(runtime, claim, parcel, paper, data)


def _file(paper: Paper, claim: Claim) -> bytes:
    if claim.asked.format is DeliveryFormat.PDF:
        return write_pdf(to_document(paper, text_for(claim.asked.locale)))
    header, rows = to_table(paper)
    return sheet_bytes(header, rows, TableFormat("csv", "utf-8-sig"))


def _hand_over(runtime: Runtime, claim: Claim, parcel: Parcel, paper: Paper, data: bytes) -> list[Trouble]:
    """Put the file into the folder and the letters into the mail; what is done is written down after each."""
    text, progress, troubles = text_for(claim.asked.locale), claim.progress, list[Trouble]()
    name = file_name(claim.week, parcel.team, claim.asked.format, text, number=claim.delivery_id)
    if FOLDER in claim.parts:
        trouble = runtime.outbox.put(name, data) if runtime.outbox is not None else Trouble(TroubleCode.NO_FOLDER)
        progress = _note(runtime, claim, progress, FOLDER, trouble, troubles)
    letters = [
        Letter(
            to=address,
            subject=mail_subject(paper, parcel.team),
            text=mail_text(paper, parcel.maker, text),
            file_name=name,
            data=data,
            media_type=_MEDIA_TYPES[claim.asked.format],
            message_id=f"summary-{claim.delivery_id}-{claim.week}-{number}",
        )
        for number, address in enumerate(claim.asked.recipients)
        if address in claim.parts
    ]
    for letter, trouble in _send_letters(runtime, letters):
        progress = _note(runtime, claim, progress, letter.to, trouble, troubles)
    return troubles


def _send_letters(runtime: Runtime, letters: Sequence[Letter]) -> Iterable[tuple[Letter, Trouble | None]]:
    if not letters:
        return ()
    if runtime.mailer is None:
        return [(letter, Trouble(TroubleCode.NO_MAIL)) for letter in letters]
    return runtime.mailer.send(letters)


def _note(runtime: Runtime, claim: Claim, progress: Progress, part: str, trouble: Trouble | None, troubles: list[Trouble]) -> Progress:
    """Write down a part that is done at once, so that no other attempt does it again; keep a trouble for the end.

    Raises:
        _TakenOver.
    """
    if trouble is not None:
        troubles.append(trouble)
        return progress
    done = progress.with_part(part)
    with runtime.database.write() as session:
        if not keep_part(session, claim, done):
            raise _TakenOver
    return done
