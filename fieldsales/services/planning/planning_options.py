"""How the team plans: what a visit is worth and what travel costs; read by all, written by admins."""

from __future__ import annotations

import math
from datetime import datetime

from sqlalchemy.orm import Session

from fieldsales.db.models import Option, User
from fieldsales.domain.audit import AuditAction, changes_between
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import BOUNDS, PlanningOptions, options_from_json, options_to_json
from fieldsales.errors import N_, BadNumber, FixTheInput
from fieldsales.services import audit
from fieldsales.services.access import require_admin

_NAME = "planning"


class UrgencyOutOfOrder(FixTheInput):
    """Somebody unseen for longer would count for less."""

    code = "urgency_out_of_order"
    message = N_("Somebody not seen for longer must not count less: raise this, or lower the one before.")


def read_planning_options(session: Session) -> PlanningOptions:
    """Return what is set, with defaults for the rest."""
    stored = session.get(Option, _NAME)
    return PlanningOptions() if stored is None else options_from_json(stored.value)


def save_planning_options(session: Session, actor: User, *, options: PlanningOptions, now: datetime) -> None:
    """Set how everybody's days are planned from now on; plans already made keep the worth they were made by.

    Raises:
        NotAllowed: `actor` is no admin.
        BadNumber, UrgencyOutOfOrder: as `check_planning_options`.
    """
    require_admin(actor)
    check_planning_options(options)
    plain = options_to_json(options)
    changes = changes_between(options_to_json(read_planning_options(session)), plain)
    stored = session.get(Option, _NAME)
    if stored is None:
        session.add(Option(name=_NAME, value=plain, changed_by_id=actor.id, changed_at=now))
    elif stored.value != plain:
        stored.value, stored.changed_by_id, stored.changed_at = plain, actor.id, now
    session.flush()
    if changes:
        audit.record(session, actor, AuditAction.PLANNING_OPTIONS_CHANGED, subject_kind="options", details={"changes": changes}, now=now)


def check_planning_options(options: PlanningOptions) -> None:
    """See that every number is one and lies within its bounds, and that urgency rises from rested over due to overdue.

    Raises:
        BadNumber: it does not, naming the option, with its likelihood where it has one (`odds.A`). UrgencyOutOfOrder.
    """
    for name, (lowest, highest) in BOUNDS.items():
        value = getattr(options, name)
        numbers = {f"{name}.{k.value}": value.get(k) for k in Likelihood} if name == "odds" else {name: value}
        for field, number in numbers.items():
            if number is None or not math.isfinite(number) or not lowest <= number <= highest:
                raise BadNumber(field=field, value="" if number is None else number)
    for sooner, later in (("rested", "due"), ("due", "overdue")):
        if getattr(options, later) < getattr(options, sooner):
            raise UrgencyOutOfOrder(field=later)
