"""What is said of ranks and what became of them: whether there is enough to judge, verdicts, and the parts of a score."""

from __future__ import annotations

from collections.abc import Mapping

from fieldsales.domain.calibration import (
    MIN_DEALS,
    MIN_OF_EACH,
    MIN_OF_RANK,
    RANGES,
    Calibration,
    Enough,
    RankRecord,
    Verdict,
)
from fieldsales.domain.deals import FORESIGHT_DAYS
from fieldsales.domain.scoring import MIN_DEALS as SCORE_DEALS
from fieldsales.domain.scoring import MIN_OF_EACH as SCORE_OF_EACH
from fieldsales.domain.scoring import Feature, Reason, Score
from fieldsales.errors import N_
from fieldsales.i18n import Text

VERDICTS: Mapping[Verdict, str] = {
    Verdict.FITS: N_("Keeps what it says"),
    Verdict.HOPEFUL: N_("Too hopeful"),
    Verdict.CAUTIOUS: N_("Too cautious"),
    Verdict.FEW: N_("Too few deals"),
}
FEATURES: Mapping[Feature, str] = {
    Feature.RANK: N_("The rank the rep gave"),
    Feature.RECENCY: N_("Days since the last contact"),
    Feature.CONTACTS: N_("Contacts in the last 90 days"),
    Feature.MISSED: N_("Absent or refused in the last five contacts"),
    Feature.STEPS: N_("Appointments and quotes in the last 90 days"),
    Feature.AMOUNT: N_("Expected amount (yen)"),
    Feature.AGE: N_("Days the deal has been open"),
    Feature.BOUGHT: N_("Orders before"),
    Feature.RHYTHM: N_("Days between contacts"),
    Feature.ASKED: N_("Requests and complaints in the last 90 days"),
    Feature.MOVED: N_("Rank raised or lowered in the last 90 days"),
}


def say_percent(share: float, text: Text) -> str:
    """Return a share as a whole percentage."""
    return text.percent(round(100 * share))


def say_range(record: RankRecord, text: Text) -> str:
    """Return what a rank promises, as 80–100%."""
    least, most = RANGES[record.rank]
    return text.gettext("{least}–{most}%").format(least=text.number(round(100 * least)), most=text.number(round(100 * most)))


def say_interval(record: RankRecord, text: Text) -> str:
    """Return where the truth lies with 95 % certainty."""
    low, high = record.interval
    return text.gettext("{least}–{most}%").format(least=text.number(round(100 * low)), most=text.number(round(100 * high)))


def say_rule(text: Text) -> str:
    """Return the rule of what is enough, and what a deal is judged by."""
    _ = text.gettext
    judged = _("Each decided deal is judged by the rank it had {days} days before the decision, a younger one by its first rank.")
    enough = _("Judged from {deals} decided deals on, {each} of them won and {each} lost; a single rank from {rank} deals on.")
    return text.paragraph(judged.format(days=FORESIGHT_DAYS), enough.format(deals=MIN_DEALS, each=MIN_OF_EACH, rank=MIN_OF_RANK))


def say_missing(record: Calibration, text: Text) -> str:
    """Return what is missing for a judgement, empty when nothing is."""
    _, lost = text.gettext, record.count - record.won
    match record.enough:
        case Enough.NONE:
            return _("No deal with a rank was decided in this time.")
        case Enough.FEW:
            return _("Not enough data yet: {count} of {needed} decided deals.").format(count=text.number(record.count), needed=MIN_DEALS)
        case Enough.ONLY_WON:
            return _("All {count} deals were won. Without lost ones nobody can tell whether ranks promise too much.").format(
                count=text.number(record.count)
            )
        case Enough.ONLY_LOST:
            return _("All {count} deals were lost. Without won ones nobody can tell how far ranks are apart.").format(
                count=text.number(record.count)
            )
        case Enough.FEW_WON:
            return _("Not enough data yet: {count} of {needed} won deals.").format(count=text.number(record.won), needed=MIN_OF_EACH)
        case Enough.FEW_LOST:
            return _("Not enough data yet: {count} of {needed} lost deals.").format(count=text.number(lost), needed=MIN_OF_EACH)
        case Enough.ENOUGH:
            return ""


def say_record(record: RankRecord, text: Text) -> str:
    """Return what became of one rank, as a sentence."""
    _ = text.gettext
    if record.share is None:
        return _("{rank}: no decided deal").format(rank=record.rank.value)
    sentence = {
        Verdict.FITS: _("{rank} keeps what it says: {won} of {count} deals were won ({share})."),
        Verdict.HOPEFUL: _("{rank} is too hopeful: it says {range}, {won} of {count} deals were won ({share})."),
        Verdict.CAUTIOUS: _("{rank} is too cautious: it says {range}, {won} of {count} deals were won ({share})."),
        Verdict.FEW: _("{rank}: too few deals to judge, {won} of {count} won."),
    }[record.verdict]
    return sentence.format(
        rank=record.rank.value,
        range=say_range(record, text),
        won=text.number(record.won),
        count=text.number(record.count),
        share=say_percent(record.share, text),
    )


def say_missing_for_score(score: Score, text: Text) -> str:
    """Return why there are no weights."""
    sentence = text.gettext(
        "Not enough data yet: {deals} decided deals, {won} of them won. A score is learned from {needed} on, "
        "{each} of them won and {each} lost."
    )
    return sentence.format(deals=text.number(score.deals), won=text.number(score.won), needed=SCORE_DEALS, each=SCORE_OF_EACH)


def say_reason(reason: Reason, text: Text) -> str:
    """Return one part of a score as a phrase, without saying which way it speaks."""
    _, ngettext, value = text.gettext, text.ngettext, reason.number
    if value is None:
        return ""
    count = round(value)
    number = text.number(count)
    match reason.feature:
        case Feature.RECENCY:
            return ngettext("last contact {count} day ago", "last contact {count} days ago", count).format(count=number)
        case Feature.CONTACTS:
            return ngettext("{count} contact in 90 days", "{count} contacts in 90 days", count).format(count=number)
        case Feature.MISSED:
            return _("absent or refused in {share} of the last contacts").format(share=say_percent(value, text))
        case Feature.STEPS if count:
            return ngettext("{count} appointment or quote in 90 days", "{count} appointments and quotes in 90 days", count).format(
                count=number
            )
        case Feature.STEPS:
            return _("no appointment or quote in 90 days")
        case Feature.AMOUNT:
            return _("expected amount {amount}").format(amount=text.money(count))
        case Feature.AGE:
            return ngettext("open for {count} day", "open for {count} days", count).format(count=number)
        case Feature.BOUGHT if count:
            return ngettext("{count} order before", "{count} orders before", count).format(count=number)
        case Feature.BOUGHT:
            return _("no order before")
        case Feature.RHYTHM:
            return ngettext("a contact every {count} day", "a contact every {count} days", count).format(count=number)
        case Feature.ASKED if count:
            return ngettext("{count} request in 90 days", "{count} requests in 90 days", count).format(count=number)
        case Feature.ASKED:
            return _("no request in 90 days")
        case Feature.MOVED if value > 0:
            return _("rank raised in the last 90 days")
        case Feature.MOVED if value < 0:
            return _("rank lowered in the last 90 days")
        case Feature.MOVED:
            return _("rank unchanged for 90 days")
        case Feature.RANK:
            return _("ranked {share}").format(share=say_percent(value, text))
