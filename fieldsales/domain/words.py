"""The product's vocabulary as closed sets; `docs/glossary.md` explains each word in both languages."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a user may do: see `services.access`."""

    REP = "rep"
    MANAGER = "manager"
    ADMIN = "admin"


class Kind(StrEnum):
    """What a customer is: a company (法人) or a person (個人)."""

    COMPANY = "company"
    PERSON = "person"


class Stage(StrEnum):
    """Where the relation stands: prospect (見込み), client (取引先) or dormant (休眠)."""

    PROSPECT = "prospect"
    CLIENT = "client"
    DORMANT = "dormant"


class VisitKind(StrEnum):
    """How the customer was met."""

    VISIT = "visit"
    CALL = "call"
    EMAIL = "email"
    ONLINE = "online"


class Outcome(StrEnum):
    """What came of a visit."""

    MET = "met"
    ABSENT = "absent"
    REFUSED = "refused"
    APPOINTMENT = "appointment"
    QUOTE = "quote"
    ORDER = "order"
    LOST = "lost"


class ChangeCause(StrEnum):
    """Why a customer's record changed."""

    CREATE = "create"
    EDIT = "edit"
    IMPORT = "import"
    VISIT = "visit"
    PIN = "pin"
    RESTORE = "restore"
