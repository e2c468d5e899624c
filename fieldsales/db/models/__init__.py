"""The tables. Money is integer yen (or the minor unit), moments are UTC, texts are what people typed."""

from fieldsales.db.models.bookkeeping import Counter, ImportMapping
from fieldsales.db.models.customers import (
    Contact,
    Customer,
    CustomerChange,
    CustomerMerge,
    CustomerTag,
    CustomField,
    NotDuplicate,
    SavedView,
    Tag,
)
from fieldsales.db.models.people import CalendarFeed, LoginAttempt, LoginSession, Option, Team, TeamManager, User
from fieldsales.db.models.planning import LearnedTravel, Place, PlaceLink, Plan, PlanChange, PlanShare, PlanStop, WorkDay
from fieldsales.db.models.records import Attachment, CustomerRequest, Note, Purchase, Report, ReportComment
from fieldsales.db.models.team import AuditEvent, BulkChange, Delivery, KeptDeal, ScoreModel, Target, Territory
from fieldsales.db.models.visits import CheckIn, OutcomeTemplate, PositionView, Visit, VisitChange, VisitDraft

__all__ = [
    "Attachment",
    "AuditEvent",
    "BulkChange",
    "CalendarFeed",
    "CheckIn",
    "Contact",
    "Counter",
    "CustomField",
    "Customer",
    "CustomerChange",
    "CustomerMerge",
    "CustomerRequest",
    "CustomerTag",
    "Delivery",
    "ImportMapping",
    "KeptDeal",
    "LearnedTravel",
    "LoginAttempt",
    "LoginSession",
    "NotDuplicate",
    "Note",
    "Option",
    "OutcomeTemplate",
    "Place",
    "PlaceLink",
    "Plan",
    "PlanChange",
    "PlanShare",
    "PlanStop",
    "PositionView",
    "Purchase",
    "Report",
    "ReportComment",
    "SavedView",
    "ScoreModel",
    "Tag",
    "Target",
    "Team",
    "TeamManager",
    "Territory",
    "User",
    "Visit",
    "VisitChange",
    "VisitDraft",
    "WorkDay",
]
