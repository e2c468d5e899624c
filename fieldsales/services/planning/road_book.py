"""What a phone carries along for a day: the plan, and of each customer on its route what one needs at the door and to record a visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User, Visit
from fieldsales.domain import cadence
from fieldsales.domain.do_not_visit import in_force
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.visit_answers import Next, Suggestion, date_of_choice, suggest
from fieldsales.domain.words import Outcome
from fieldsales.services.access import visible_customers
from fieldsales.services.customers import custom_fields
from fieldsales.services.customers.briefs import Brief, briefs_of
from fieldsales.services.customers.custom_fields import FieldRow
from fieldsales.services.options import read_options
from fieldsales.services.planning.plan_reading import read_plan
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.services.reports.day_progress import DayProgress, plan_progress
from fieldsales.services.visits import outcome_templates
from fieldsales.services.visits.outcome_templates import TemplateRow


@dataclass(frozen=True, slots=True)
class Choice:
    """One way a visit may have ended: the team's word (`template_id`, `name`, the fields it `asks` for), or a built-in outcome."""

    outcome: Outcome
    template_id: int | None = None
    name: str = ""
    asks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from the other choices."""
        return str(self.template_id) if self.template_id is not None else self.outcome.value


@dataclass(frozen=True, slots=True)
class RoadCustomer:
    """A customer of the route that the reader may see; `suggests` holds by a choice's key what is taken for granted after it."""

    id: int
    contact_name: str
    likelihood: Likelihood
    next_on: date | None
    next_time: time | None
    next_action: str
    amount: int | None
    close_month: date | None
    custom: Mapping[str, str]
    do_not_visit: bool
    do_not_visit_reason: str
    brief: Brief
    next_dates: Mapping[Next, date]
    suggests: Mapping[str, Suggestion]


@dataclass(frozen=True, slots=True)
class RoadBook:
    """A plan to follow, with what its reader may see of the customers on its route, by their ids.

    `visit_refs` are the references under which the visits of its stops were recorded by the reader: what undoes them.
    """

    plan: PlanView
    customers: Mapping[int, RoadCustomer]
    choices: tuple[Choice, ...]
    fields: tuple[FieldRow, ...]
    progress: DayProgress
    visit_refs: Mapping[int, str]


def read_road_book(session: Session, actor: User, *, plan_id: int, now: datetime) -> RoadBook:
    """Return what to carry along for one plan.

    Raises:
        NotFound: no such plan among those that `actor` may see.
    """
    plan = read_plan(session, actor, plan_id=plan_id, now=now)
    templates = outcome_templates.list_templates(session)
    choices = tuple(_choice(template) for template in templates) or tuple(Choice(outcome) for outcome in Outcome)
    asked = {name for choice in choices for name in choice.asks}
    return RoadBook(
        plan=plan,
        customers=_customers(session, actor, plan, templates, choices),
        choices=choices,
        fields=tuple(row for row in custom_fields.list_fields(session) if row.name in asked),
        progress=plan_progress(session, actor, plan_id=plan_id),
        visit_refs=_visit_refs(session, actor, plan),
    )


def _choice(template: TemplateRow) -> Choice:
    return Choice(template.outcome, template.id, template.name, template.required_fields)


def _customers(
    session: Session, actor: User, plan: PlanView, templates: tuple[TemplateRow, ...], choices: tuple[Choice, ...]
) -> dict[int, RoadCustomer]:
    options = read_options(session)
    ids = [stop.customer_id for stop in plan.stops]
    by_template = {template.id: template for template in templates}
    customers = session.scalars(visible_customers(actor, archived=True).where(Customer.id.in_(ids))).all()
    briefs = briefs_of(session, [customer.id for customer in customers])
    found = {}
    for customer in customers:
        cadences = {likelihood: cadence.cadence_of(customer.cadence_days, likelihood, options) for likelihood in Likelihood}
        suggests = {choice.key: _suggest(customer, choice, by_template, cadences, plan.day) for choice in choices}
        usual = cadences[customer.likelihood]
        dates = {c: date_of_choice(c, today=plan.day, cadence_days=usual, agreed_on=customer.next_on) for c in Next}
        found[customer.id] = RoadCustomer(
            id=customer.id,
            contact_name=customer.contact_name,
            likelihood=customer.likelihood,
            next_on=customer.next_on,
            next_time=customer.next_time,
            next_action=customer.next_action,
            amount=customer.amount,
            close_month=customer.close_month,
            custom=dict(customer.custom),
            do_not_visit=in_force(customer.do_not_visit, customer.do_not_visit_until, plan.day),
            do_not_visit_reason=customer.do_not_visit_reason,
            brief=briefs[customer.id],
            next_dates={c: day for c, day in dates.items() if day is not None and day > plan.day},
            suggests=suggests,
        )
    return found


def _suggest(
    customer: Customer,
    choice: Choice,
    templates: Mapping[int, TemplateRow],
    cadences: Mapping[Likelihood, int | None],
    day: date,
) -> Suggestion:
    template = templates.get(choice.template_id) if choice.template_id is not None else None
    likelihood = template.likelihood if template else None
    known = {"current": customer.likelihood, "template_likelihood": likelihood, "agreed_on": customer.next_on}
    days = template.next_days if template else None
    usual = cadences[likelihood or customer.likelihood]
    return suggest(choice.outcome, next_days=days, cadence_days=usual, visited_on=day, today=day, **known)  # type: ignore[arg-type]


def _visit_refs(session: Session, actor: User, plan: PlanView) -> dict[int, str]:
    ids = [stop.visit_id for stop in plan.stops if stop.visit_id is not None]
    query = select(Visit.id, Visit.client_ref).where(Visit.id.in_(ids), Visit.user_id == actor.id, Visit.deleted_at.is_(None))
    return {row.id: str(row.client_ref) for row in session.execute(query)}
