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
    MERGE = "merge"


class FieldKind(StrEnum):
    """What a custom field holds; values are kept as text: ISO dates, plain numbers, `yes` or `no`."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


class RequestKind(StrEnum):
    """What a customer asked for: a request (要望) or a complaint (クレーム)."""

    REQUEST = "request"
    COMPLAINT = "complaint"


class RequestStatus(StrEnum):
    """How far a request or complaint has come."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class AttachmentKind(StrEnum):
    """What a file is: `photo` and `card` are pictures we made ourselves from what came in, the rest is kept as it came."""

    PHOTO = "photo"
    CARD = "card"
    VOICE = "voice"
    FILE = "file"


class CheckInState(StrEnum):
    """How well a position agrees with the pin; `unknown` when there is no position or no pin to compare."""

    VERIFIED = "verified"
    PLAUSIBLE = "plausible"
    FAR = "far"
    UNKNOWN = "unknown"


class Period(StrEnum):
    """What a report covers: a day, a week from Monday, a month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
