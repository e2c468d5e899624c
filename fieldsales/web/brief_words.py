"""The pre-visit brief in three lines of plain text, for a phone that carries it along."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from fieldsales.domain.words import RequestKind, VisitKind
from fieldsales.i18n import Text
from fieldsales.services.customers.briefs import Encounter, Waiting
from fieldsales.services.planning.road_book import RoadCustomer
from fieldsales.wording.visits import OUTCOMES, VISIT_KINDS

MAX_NOTE, MAX_PROMISE = 160, 80


def brief_lines(customer: RoadCustomer, text: Text, *, today: date, zone: ZoneInfo) -> list[dict[str, str]]:
    """Return what came of the last visit, what is promised or open, and what was bought and is expected."""
    _ = text.gettext
    return [
        {"title": _("Last time"), "said": _last(customer, text, today, zone)},
        {"title": _("Promised"), "said": _open(customer, text, today)},
        {"title": _("Business"), "said": _deal(customer, text, today)},
    ]


def _last(customer: RoadCustomer, text: Text, today: date, zone: ZoneInfo) -> str:
    brief = customer.brief
    met = [encounter for encounter in (brief.last, brief.spoken) if encounter is not None]
    return "\n".join(_encounter(encounter, text, today, zone) for encounter in met) or text.gettext("Never visited")


def _encounter(encounter: Encounter, text: Text, today: date, zone: ZoneInfo) -> str:
    _, seen = text.gettext, encounter.visited_at.astimezone(zone).date()
    kind = "" if encounter.kind is VisitKind.VISIT else f"{_(VISIT_KINDS[encounter.kind])} · "
    outcome = encounter.template or _(OUTCOMES[encounter.outcome])
    when = f"{text.day(seen, today=today)} ({text.days_ago((today - seen).days)})"
    return f"{when} {kind}{outcome} · {encounter.who} {_short(encounter.note, MAX_NOTE)}".strip()


def _open(customer: RoadCustomer, text: Text, today: date) -> str:
    _, brief = text.gettext, customer.brief
    parts = []
    if customer.next_on is not None:
        clock = f" {customer.next_time:%H:%M}" if customer.next_time is not None else ""
        parts.append(f"{text.day(customer.next_on, today=today)}{clock} {_short(customer.next_action, MAX_PROMISE)}".strip())
    elif customer.next_action:
        parts.append(_short(customer.next_action, MAX_PROMISE))
    parts += [_waiting(waiting, text, today) for waiting in brief.waiting]
    rest = brief.waiting_count - len(brief.waiting)
    if rest > 0:
        parts.append(text.ngettext("and {count} more", "and {count} more", rest).format(count=text.number(rest)))
    return "\n".join(parts) or _("Nothing promised")


def _waiting(waiting: Waiting, text: Text, today: date) -> str:
    _ = text.gettext
    kind = _("Complaint") if waiting.kind is RequestKind.COMPLAINT else _("Request")
    due = "" if waiting.due_on is None else _("due {day}").format(day=text.day(waiting.due_on, today=today))
    return f"{kind}: {_short(waiting.text, MAX_PROMISE)} {due}".strip()


def _deal(customer: RoadCustomer, text: Text, today: date) -> str:
    _, bought = text.gettext, customer.brief.bought
    parts = []
    if bought is not None:
        what = _short(bought.item, MAX_PROMISE)
        parts.append(f"{text.day(bought.bought_on, today=today)} {what} {text.money(bought.amount)}")
    if customer.amount is not None or customer.close_month is not None:
        amount = text.money(customer.amount) if customer.amount is not None else ""
        month = text.month(customer.close_month) if customer.close_month is not None else ""
        parts.append(_("Expected: {deal}").format(deal=" · ".join(part for part in (amount, month) if part)))
    return "\n".join(parts) or _("Nothing bought yet")


def _short(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
