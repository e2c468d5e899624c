"""Why a customer that is handed over must not be forgotten, in words."""

from __future__ import annotations

from fieldsales.domain.handover import Reason, Risk, Stake
from fieldsales.errors import N_
from fieldsales.i18n import Text

RISKS = {Risk.HIGH: N_("High risk"), Risk.MEDIUM: N_("Medium risk"), Risk.LOW: N_("Low risk")}


def say_reason(text: Text, reason: Reason) -> str:
    """Return one reason as a short phrase; the likelihood stands beside the name already and says nothing here."""
    _, count = text.gettext, text.number(reason.value)
    match reason.stake:
        case Stake.COMPLAINT:
            return text.ngettext("{count} open complaint", "{count} open complaints", reason.value).format(count=count)
        case Stake.REQUEST:
            return text.ngettext("{count} open request", "{count} open requests", reason.value).format(count=count)
        case Stake.PROMISE_BROKEN:
            return text.ngettext("promise {count} day overdue", "promise {count} days overdue", reason.value).format(count=count)
        case Stake.PROMISE_SOON:
            if reason.value == 0:
                return _("promised for today")
            return text.ngettext("promised in {count} day", "promised in {count} days", reason.value).format(count=count)
        case Stake.OVERDUE:
            if reason.value == 0:
                return _("visit due now")
            return text.ngettext("visit {count} day overdue", "visit {count} days overdue", reason.value).format(count=count)
        case Stake.AMOUNT:
            return text.money(reason.value)
        case Stake.LIKELIHOOD:
            return ""
