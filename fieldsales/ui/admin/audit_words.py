"""Entries of the audit log as people read them: the act, its subject, and what changed from what to what."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from fieldsales.services.audit_log import LogEntry
from fieldsales.ui import words
from fieldsales.ui.account.account_screen import device_name
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_territories_words import KINDS as TERRITORY_KINDS
from fieldsales.wording.audit import ACTIONS, AREAS, BULK_ACTIONS, DETAILS, REASONS

_CODES: dict[str, Mapping[Any, str]] = {
    "role": words.ROLES,
    "likelihood": words.LIKELIHOODS_SHORT,
    "outcome": words.OUTCOMES,
    "reason": REASONS,
    "what": AREAS | ACTIONS,
    "action": BULK_ACTIONS,
    "kind": words.FIELD_KINDS | TERRITORY_KINDS,
}
_MOST_SHOWN = 12


def act_in_words(page: Page, entry: LogEntry) -> str:
    """Return what was done; the bare code when this version does not know it."""
    return page.text.gettext(ACTIONS[entry.action]) if entry.action is not None else page.text.gettext("Unknown act")


def who_in_words(page: Page, entry: LogEntry) -> str:
    """Return who did it; for nobody, that it was a visitor, the command line or the product itself."""
    return entry.actor_name or page.text.gettext("Nobody logged in")


def details_in_words(page: Page, details: Mapping[str, Any]) -> list[str]:
    """Return details as lines: “Name: Aiko → Aiko Mori”, “Rows: 1,234”."""
    return [line for name, value in details.items() for line in _lines(page, name, value)]


def entry_html(page: Page, entry: LogEntry) -> str:
    """Return one entry as an item of the list."""
    subject = f" {safe(entry.subject)}" if entry.subject else ""
    where = f' <small class="fs-quiet">{safe(entry.address)}</small>' if entry.address else ""
    when = html.escape(page.text.moment(entry.happened_at, zone=page.zone))
    lines = details_in_words(page, entry.details)
    shown = "".join(f"<li>{safe(line)}</li>" for line in lines[:_MOST_SHOWN])
    if len(lines) > _MOST_SHOWN:
        more = page.text.ngettext("and {count} more", "and {count} more", len(lines) - _MOST_SHOWN)
        shown += f"<li>{html.escape(more.format(count=page.text.number(len(lines) - _MOST_SHOWN)))}</li>"
    about = f"<ul>{shown}</ul>" if shown else ""
    who, act = safe(who_in_words(page, entry)), html.escape(act_in_words(page, entry))
    return f'<li><span class="fs-quiet">{when}</span><span><b>{who}</b>{where}</span><span><b>{act}</b>{subject}{about}</span></li>'


def _lines(page: Page, name: str, value: Any) -> Iterator[str]:
    if name == "changes" and isinstance(value, Mapping):
        for changed, sides in value.items():
            was, became = sides if isinstance(sides, list) and len(sides) == 2 else (None, sides)
            yield from _changed_lines(page, changed, was, became)
        return
    said = _value(page, name, value)
    if said:
        yield f"{_name(page, name)}: {said}"


def _changed_lines(page: Page, name: str, was: Any, became: Any) -> Iterator[str]:
    """Yield one line, or of values by a key (days by likelihood) one for each that differs."""
    if isinstance(was, Mapping) and isinstance(became, Mapping):
        for key in dict.fromkeys([*was, *became]):
            if was.get(key) != became.get(key):
                sides = (_value(page, name, was.get(key)) or "–", _value(page, name, became.get(key)) or "–")
                yield f"{_name(page, name)} {key}: {sides[0]} → {sides[1]}"
        return
    yield f"{_name(page, name)}: {_value(page, name, was) or '–'} → {_value(page, name, became) or '–'}"


def _name(page: Page, name: str) -> str:
    return page.text.gettext(DETAILS[name]) if name in DETAILS else name.replace("_", " ")


def _value(page: Page, name: str, value: Any) -> str:
    _ = page.text.gettext
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(said for part in value if (said := _value(page, name, part)))
    if isinstance(value, Mapping):
        return ", ".join(f"{_name(page, key)} {said}" for key, part in value.items() if (said := _value(page, key, part)))
    if isinstance(value, str):
        if name == "device":
            return device_name(value) or value
        codes = {str(code): word for code, word in _CODES.get(name, {}).items()}
        return _(codes[value]) if value in codes else _moment(page, value)
    return str(value) if name.endswith(("_id", "record", "visit")) else page.text.number(value)


def _moment(page: Page, value: str) -> str:
    """Return a text as it is, or, if it is a moment or a day as a program writes it, as people do."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is not None:
        return page.text.moment(moment, zone=page.zone)
    return page.text.day(moment.date(), today=page.today) if value == date.isoformat(moment.date()) else value
