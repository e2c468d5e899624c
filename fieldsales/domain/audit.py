"""What the audit log keeps: the codes of what was done, and the rule that no secret gets into it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum

LONGEST_VALUE = 500
MOST_VALUES = 50
DEEPEST = 4
HIDDEN = "•••"


class AuditArea(StrEnum):
    """What an act has to do with: the coarse choice of a search."""

    LOG_INS = "log_ins"
    ACCOUNTS = "accounts"
    SETTINGS = "settings"
    CUSTOMERS = "customers"
    DELETIONS = "deletions"
    DATA_OUT = "data_out"
    TEAM = "team"
    POSITIONS = "positions"
    LOG = "log"


class AuditAction(StrEnum):
    """What was done; the code is stored, `wording.audit` says it in words."""

    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOG_IN_FAILED = "log_in_failed"
    LOGGED_OUT_EVERYWHERE = "logged_out_everywhere"

    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    RIGHTS_CHANGED = "rights_changed"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    PASSWORD_CHANGED = "password_changed"
    CALENDAR_FEED_MADE = "calendar_feed_made"
    CALENDAR_FEED_ENDED = "calendar_feed_ended"
    TEAM_ADDED = "team_added"
    TEAM_CHANGED = "team_changed"

    OPTIONS_CHANGED = "options_changed"
    PLANNING_OPTIONS_CHANGED = "planning_options_changed"
    OUTCOME_ADDED = "outcome_added"
    OUTCOME_CHANGED = "outcome_changed"
    OUTCOME_RETIRED = "outcome_retired"
    OUTCOME_RESTORED = "outcome_restored"
    FIELD_ADDED = "field_added"
    FIELD_CHANGED = "field_changed"
    FIELD_RETIRED = "field_retired"
    FIELD_RESTORED = "field_restored"
    GAZETTEER_INSTALLED = "gazetteer_installed"

    CUSTOMERS_IMPORTED = "customers_imported"
    CUSTOMER_MERGED = "customer_merged"
    MERGE_UNDONE = "merge_undone"
    BULK_CHANGED = "bulk_changed"
    BULK_UNDONE = "bulk_undone"

    CUSTOMER_ARCHIVED = "customer_archived"
    CUSTOMER_RESTORED = "customer_restored"
    VISIT_DELETED = "visit_deleted"
    NOTE_DELETED = "note_deleted"
    PURCHASE_DELETED = "purchase_deleted"
    REQUEST_DELETED = "request_deleted"
    FILE_DELETED = "file_deleted"
    CONTACT_DELETED = "contact_deleted"
    PLACE_DELETED = "place_deleted"

    CUSTOMERS_EXPORTED = "customers_exported"
    TABLE_EXPORTED = "table_exported"
    REPORT_EXPORTED = "report_exported"
    PLAN_EXPORTED = "plan_exported"
    AUDIT_EXPORTED = "audit_exported"

    TARGETS_SET = "targets_set"
    TARGETS_IMPORTED = "targets_imported"
    TERRITORY_ADDED = "territory_added"
    TERRITORY_CHANGED = "territory_changed"
    TERRITORY_RETIRED = "territory_retired"
    TERRITORY_RESTORED = "territory_restored"
    DELIVERY_ADDED = "delivery_added"
    DELIVERY_CHANGED = "delivery_changed"
    DELIVERY_RETIRED = "delivery_retired"
    DELIVERY_ASKED_FOR = "delivery_asked_for"
    DELIVERY_SENT = "delivery_sent"
    DELIVERY_FAILED = "delivery_failed"
    REPORT_REVIEWED = "report_reviewed"

    POSITIONS_VIEWED = "positions_viewed"

    AUDIT_FORGOTTEN = "audit_forgotten"


_A = AuditAction
AREAS: dict[AuditArea, tuple[AuditAction, ...]] = {
    AuditArea.LOG_INS: (_A.LOGGED_IN, _A.LOGGED_OUT, _A.LOG_IN_FAILED, _A.LOGGED_OUT_EVERYWHERE),
    AuditArea.ACCOUNTS: (
        *(_A.USER_ADDED, _A.USER_CHANGED, _A.RIGHTS_CHANGED, _A.USER_DISABLED, _A.USER_ENABLED, _A.PASSWORD_CHANGED),
        *(_A.CALENDAR_FEED_MADE, _A.CALENDAR_FEED_ENDED, _A.TEAM_ADDED, _A.TEAM_CHANGED),
    ),
    AuditArea.SETTINGS: (
        *(_A.OPTIONS_CHANGED, _A.PLANNING_OPTIONS_CHANGED, _A.OUTCOME_ADDED, _A.OUTCOME_CHANGED, _A.OUTCOME_RETIRED),
        *(_A.OUTCOME_RESTORED, _A.FIELD_ADDED, _A.FIELD_CHANGED, _A.FIELD_RETIRED, _A.FIELD_RESTORED, _A.GAZETTEER_INSTALLED),
    ),
    AuditArea.CUSTOMERS: (_A.CUSTOMERS_IMPORTED, _A.CUSTOMER_MERGED, _A.MERGE_UNDONE, _A.BULK_CHANGED, _A.BULK_UNDONE),
    AuditArea.DELETIONS: (
        *(_A.CUSTOMER_ARCHIVED, _A.CUSTOMER_RESTORED, _A.VISIT_DELETED, _A.NOTE_DELETED),
        *(_A.PURCHASE_DELETED, _A.REQUEST_DELETED, _A.FILE_DELETED, _A.CONTACT_DELETED, _A.PLACE_DELETED),
    ),
    AuditArea.DATA_OUT: (_A.CUSTOMERS_EXPORTED, _A.TABLE_EXPORTED, _A.REPORT_EXPORTED, _A.PLAN_EXPORTED, _A.AUDIT_EXPORTED),
    AuditArea.TEAM: (
        *(_A.TARGETS_SET, _A.TARGETS_IMPORTED, _A.TERRITORY_ADDED, _A.TERRITORY_CHANGED, _A.TERRITORY_RETIRED, _A.TERRITORY_RESTORED),
        *(_A.DELIVERY_ADDED, _A.DELIVERY_CHANGED, _A.DELIVERY_RETIRED),
        *(_A.DELIVERY_ASKED_FOR, _A.DELIVERY_SENT, _A.DELIVERY_FAILED, _A.REPORT_REVIEWED),
    ),
    AuditArea.POSITIONS: (_A.POSITIONS_VIEWED,),
    AuditArea.LOG: (_A.AUDIT_FORGOTTEN,),
}

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]

_SECRET_NAME = re.compile(
    r"passw|pwd|secret|token|credential|authori[sz]ation|cookie|api_?key|private_?key|(?:^|_)(?:hash|url)$", re.IGNORECASE
)
_LOGIN_IN_URL = re.compile(r"([a-z][a-z0-9+.\-]*://)[^\s/@]*@", re.IGNORECASE)
_SECRET_IN_PATH = re.compile(r"(/calendar/)[^\s/]+", re.IGNORECASE)
_SAID_TO_BE_SECRET = re.compile(r"((?:password|passwd|pwd|secret|token|api_?key|パスワード)\s*[=:]\s*)\S+", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def clean_text(text: str, *, limit: int = LONGEST_VALUE) -> str:
    """Return a text as the log may keep it: no log-in inside an address, no secret path, no control characters, at most `limit` long."""
    text = _CONTROLS.sub(" ", text)
    text = _LOGIN_IN_URL.sub(rf"\1{HIDDEN}@", text)
    text = _SECRET_IN_PATH.sub(rf"\1{HIDDEN}", text)
    text = _SAID_TO_BE_SECRET.sub(rf"\1{HIDDEN}", text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain_details(details: Mapping[str, object]) -> dict[str, Plain]:
    """Return details as plain JSON values; what is named like a secret (password, token, url …) is hidden, whatever its value."""
    return _plain_mapping(details, depth=0)


def _plain_mapping(values: Mapping[str, object], *, depth: int) -> dict[str, Plain]:
    kept = [(str(name), value) for name, value in values.items()][:MOST_VALUES]
    return {clean_text(name, limit=64): HIDDEN if _SECRET_NAME.search(name) else _plain(value, depth=depth + 1) for name, value in kept}


def _plain(value: object, *, depth: int) -> Plain:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON knows no infinity
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if depth >= DEEPEST:
        return clean_text(str(value))
    if isinstance(value, Mapping):
        return _plain_mapping(value, depth=depth)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return _plain_list(list(value), depth=depth)
    if isinstance(value, set | frozenset):
        return _plain_list(sorted(value, key=str), depth=depth)
    return HIDDEN if isinstance(value, bytes) else clean_text(str(value))


def _plain_list(values: Sequence[object], *, depth: int) -> list[Plain]:
    return [_plain(value, depth=depth + 1) for value in values[:MOST_VALUES]]


def changes_between(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, list[object]]:
    """Return name → [what it was, what it became] of all that differ; what is in neither counts as empty."""
    names = [*before, *(name for name in after if name not in before)]
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


def words_in(details: Mapping[str, Plain]) -> list[str]:
    """Return the texts and numbers within details, names not included: what a search looks through."""
    found: list[str] = []
    waiting: list[Plain] = list(details.values())
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            waiting[:0] = value.values()
        elif isinstance(value, list):
            waiting[:0] = value
        elif isinstance(value, bool) or value is None:
            continue
        else:
            found.append(str(value))
    return found
