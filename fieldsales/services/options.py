"""What the administrator has set for everybody: read by all, written by admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Option, User
from fieldsales.domain.audit import AuditAction, changes_between
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_options import TeamOptions
from fieldsales.errors import BadNumber
from fieldsales.services import audit
from fieldsales.services.access import require_admin

MAX_DAYS = 3650
MAX_VISITS_PER_DAY = 100
LEAST_KEPT_DAYS = 90  # so that nobody can wipe away at once what they have done


def read_options(session: Session) -> TeamOptions:
    """Return what is set, with defaults for the rest."""
    names = [f.name for f in fields(TeamOptions)]
    stored = {option.name: option.value for option in session.scalars(select(Option).where(Option.name.in_(names)))}
    return TeamOptions(**{name: _typed(value) for name, value in stored.items()})


def save_options(session: Session, actor: User, *, options: TeamOptions, now: datetime) -> None:
    """Set all options; 0 days for a rank say that it has no such interval.

    Raises:
        NotAllowed: `actor` is no admin.
        BadNumber: out of its bounds, naming the option, with its rank where it has one (`cadence_days.A`).
    """
    require_admin(actor)
    for name in ("cadence_days", "half_life_days"):
        for likelihood, days in getattr(options, name).items():
            _check(days, 0, MAX_DAYS, field=f"{name}.{likelihood.value}")
    _check(options.coarsen_after_days, 1, MAX_DAYS, field="coarsen_after_days")
    _check(options.visits_per_day, 0, MAX_VISITS_PER_DAY, field="visits_per_day")
    if options.keep_audit_days:
        _check(options.keep_audit_days, LEAST_KEPT_DAYS, MAX_DAYS, field="keep_audit_days")
    before = _plain(read_options(session))
    for f in fields(options):
        plain = _plain_value(getattr(options, f.name))
        stored = session.get(Option, f.name)
        if stored is None:
            session.add(Option(name=f.name, value=plain, changed_by_id=actor.id, changed_at=now))
        elif stored.value != plain:
            stored.value, stored.changed_by_id, stored.changed_at = plain, actor.id, now
    session.flush()
    if changes := changes_between(before, _plain(options)):
        audit.record(session, actor, AuditAction.OPTIONS_CHANGED, subject_kind="options", details={"changes": changes}, now=now)


def _plain(options: TeamOptions) -> dict[str, Any]:
    return {f.name: _plain_value(getattr(options, f.name)) for f in fields(options)}


def _plain_value(value: Any) -> Any:
    return {k.value: n for k, n in value.items() if n} if isinstance(value, Mapping) else value


def _check(number: int, lowest: int, highest: int, *, field: str) -> None:
    if not lowest <= number <= highest:
        raise BadNumber(field=field, value=number)


def _typed(value: Any) -> Any:
    return {Likelihood(name): days for name, days in value.items()} if isinstance(value, dict) else value
