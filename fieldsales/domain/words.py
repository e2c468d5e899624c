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
    BULK = "bulk"
    TERRITORY = "territory"


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


class PlanState(StrEnum):
    """A plan is a draft until it is accepted; an accepted one that another took the place of is set aside."""

    DRAFT = "draft"
    ACCEPTED = "accepted"
    SET_ASIDE = "set_aside"


class PlanGoal(StrEnum):
    """What a plan is to make the most of: what the visits are worth, little driving, or an early end of the day."""

    VALUE = "value"
    DRIVING = "driving"
    EARLY = "early"


class StopChoice(StrEnum):
    """What a person decided about a customer of a plan: left to the solver, to be visited in any case, not this time."""

    OPEN = "open"
    LOCKED = "locked"
    EXCLUDED = "excluded"


class StopPin(StrEnum):
    """Where a person wants a stop to stay: the first or last of the day, or at about the time it has now."""

    FIRST = "first"
    LAST = "last"
    TIME = "time"


class StopProgress(StrEnum):
    """How far a stop has come on the day."""

    AHEAD = "ahead"
    ARRIVED = "arrived"
    DONE = "done"
    SKIPPED = "skipped"


class StopOrigin(StrEnum):
    """How a customer came into a plan."""

    PROPOSED = "proposed"
    ADDED = "added"
    INSERTED = "inserted"


class TravelMode(StrEnum):
    """How a rep gets about."""

    CAR = "car"
    BICYCLE = "bicycle"
    WALK = "walk"
    TRAIN = "train"


class PlaceKind(StrEnum):
    """What a place of the team is; a home is its owner's alone."""

    HOME = "home"
    OFFICE = "office"
    STATION = "station"
    OTHER = "other"


class TargetKind(StrEnum):
    """What a target counts: visits, first visits to a customer, orders, or the amount ordered in yen."""

    VISITS = "visits"
    FIRST_VISITS = "first_visits"
    ORDERS = "orders"
    AMOUNT = "amount"


class AreaKind(StrEnum):
    """How a territory says what belongs to it."""

    DRAWN = "drawn"
    MUNICIPALITIES = "municipalities"
    POSTAL_CODES = "postal_codes"


class BulkAction(StrEnum):
    """What is done to many customers at once."""

    REASSIGN = "reassign"
    TAG = "tag"
    UNTAG = "untag"
    CADENCE = "cadence"


class DeliveryFormat(StrEnum):
    """In which format a report is delivered."""

    PDF = "pdf"
    CSV = "csv"


class DeliveryState(StrEnum):
    """How the newest delivery went."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
