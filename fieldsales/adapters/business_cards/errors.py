"""What a card may be instead of one."""

from __future__ import annotations

from fieldsales.errors import N_, CallTheAdmin, FixTheInput


class EmptyCard(FixTheInput):
    code = "empty_card"
    message = N_("This business card names nobody.")
    field = "card"


class TooManyCards(FixTheInput):
    code = "too_many_cards"
    message = N_("At most {limit} cards in one file. Please split it, or import a list.")
    field = "card"


class NoCodeFound(FixTheInput):
    code = "no_code_found"
    message = N_("No code was found on this picture. Hold the camera straight and close, so that the code fills a third of the picture.")
    field = "card"


class CodeIsNoCard(FixTheInput):
    code = "code_is_no_card"
    message = N_("The code says “{text}”, which is no business card.")
    field = "card"


class NothingPrinted(FixTheInput):
    code = "nothing_printed"
    message = N_("Nothing could be read on this picture. Take it again in better light, or type what the card says.")
    field = "card"


class ReaderMissing(CallTheAdmin):
    code = "reader_missing"
    message = N_("Reading printed cards is switched on, but its extra is not installed.")
