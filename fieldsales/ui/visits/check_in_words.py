"""Check-ins in words: when, how long, how well the position agrees with the pin and why."""

from __future__ import annotations

from datetime import timedelta

from fieldsales.domain.check_in import CheckInReason
from fieldsales.domain.words import CheckInState
from fieldsales.errors import N_
from fieldsales.services.visits.check_ins import CheckInRow
from fieldsales.ui.page import Page

STATES = {
    CheckInState.VERIFIED: N_("Verified"),
    CheckInState.PLAUSIBLE: N_("Plausible"),
    CheckInState.FAR: N_("Far away"),
    CheckInState.UNKNOWN: N_("Position not checked"),
}
_REASONS = {
    CheckInReason.PIN_OF_TOWN: N_("The pin stands for the town only (about {precision})."),
    CheckInReason.PIN_OF_POSTAL_CODE: N_("The pin stands for the postal code only (about {precision})."),
    CheckInReason.PIN_OF_CITY: N_("The pin stands for the municipality only (about {precision})."),
    CheckInReason.PIN_COARSE: N_("The pin is only exact to about {precision}."),
    CheckInReason.GPS_COARSE: N_("The GPS was not accurate enough for more."),
    CheckInReason.ASIDE: N_("A little farther than expected, but possible."),
    CheckInReason.AWAY: N_("Farther than the accuracy of both can explain."),
    CheckInReason.PIN_DOUBTED: N_("The pin itself is in doubt, so nothing can be said."),
    CheckInReason.NO_PIN: N_("The customer has no pin to compare with."),
    CheckInReason.DENIED: N_("The browser was not allowed to read the position. Allow it in the browser's settings for this site."),
    CheckInReason.UNAVAILABLE: N_("The device could not find its position."),
    CheckInReason.TIMEOUT: N_("The device did not find its position in time."),
    CheckInReason.INSECURE: N_("Reading the position needs HTTPS; please tell your administrator."),
    CheckInReason.UNSUPPORTED: N_("This browser cannot read the position."),
    CheckInReason.NONSENSE: N_("The device reported a position that cannot be."),
    CheckInReason.CLOCK: N_("The time of the position was not of now; the device's clock may be wrong."),
}


def state_in_words(page: Page, row: CheckInRow) -> str:
    """Return the state as one word or two."""
    return page.text.gettext(STATES[row.state])


def reason_in_words(page: Page, row: CheckInRow) -> str:
    """Return why the state is what it is: distance, accuracy, and what kept it from being better."""
    _ = page.text.gettext
    measured = ""
    if row.distance_m is not None and row.accuracy_m is not None:
        sentence = _("{distance} from the pin, GPS accuracy ±{accuracy}.")
        measured = sentence.format(distance=page.text.metres(row.distance_m), accuracy=page.text.metres(row.accuracy_m))
    elif row.distance_m is not None:
        measured = _("{distance} from the pin.").format(distance=page.text.metres(row.distance_m))
    cause = _REASONS.get(CheckInReason(row.reason)) if row.reason in list(CheckInReason) else None
    precision = page.text.metres(row.pin_precision_m or 0)
    return " ".join(part for part in (measured, _(cause).format(precision=precision) if cause else "") if part)


def failure_in_words(page: Page, failure: CheckInReason) -> str:
    """Return why a tap brought no position."""
    return page.text.gettext(_REASONS.get(failure, _REASONS[CheckInReason.UNAVAILABLE]))


def hours_in_words(page: Page, row: CheckInRow) -> str:
    """Return “10:02–10:35”, “10:02–” while it lasts or when nobody checked out."""
    end = row.checked_out_at.astimezone(page.zone).strftime("%H:%M") if row.checked_out_at else ""
    return f"{row.checked_in_at.astimezone(page.zone):%H:%M}–{end}"


def duration_in_words(page: Page, duration: timedelta) -> str:
    """Return a duration in minutes, from an hour on in hours and minutes."""
    minutes = int(duration.total_seconds() // 60)
    if minutes < 60:
        return page.text.gettext("{minutes} min").format(minutes=page.text.number(minutes))
    hours, rest = (page.text.number(part) for part in divmod(minutes, 60))
    return page.text.gettext("{hours} h {minutes} min").format(hours=hours, minutes=rest)


def check_in_in_words(page: Page, row: CheckInRow) -> str:
    """Return “10:02–10:35 · 33 min · Verified”, as a visit's line shows it."""
    _ = page.text.gettext
    stay = duration_in_words(page, row.duration) if row.duration is not None else ""
    left = _("left without check-out") if row.left_without_check_out else ""
    return " · ".join(part for part in (hours_in_words(page, row), stay, left, state_in_words(page, row)) if part)
