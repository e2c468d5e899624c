"""A road book as JSON: what `GET /api/v1/plans/ID` answers, in its reader's language, moments in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fieldsales.db.models import User
from fieldsales.domain.likelihood import LOOKS
from fieldsales.domain.navigation_links import mail_link, navigation_links, phone_link
from fieldsales.domain.words import StopOrigin
from fieldsales.i18n import Text
from fieldsales.services.planning.plan_views import PlanView, StopView
from fieldsales.services.planning.road_book import Choice, RoadBook, RoadCustomer
from fieldsales.web.brief_words import brief_lines
from fieldsales.wording.lengths import say_length
from fieldsales.wording.opening_hours import say_stored
from fieldsales.wording.plans import say_reason
from fieldsales.wording.visits import LIKELIHOODS_SHORT, NEXT_NAMES, OUTCOMES


def road_book_json(book: RoadBook, actor: User, text: Text, *, now: datetime) -> dict[str, Any]:
    """Return the whole road book."""
    plan = book.plan
    return {
        "plan": _plan(plan, actor, text, now=now),
        "stops": [_stop(stop, book, actor, text, now=now) for stop in plan.stops],
        "rests": [{"name": r.name, "starts_at": _iso(r.starts_at), "ends_at": _iso(r.ends_at)} for r in plan.rests],
        "choices": [_choice(choice, text) for choice in book.choices],
        "fields": [{"name": f.name, "kind": f.kind.value, "choices": f.choices} for f in book.fields],
        "progress": {
            name: getattr(book.progress, name) for name in ("planned", "done", "as_planned", "skipped", "open", "inserted", "unplanned")
        },
    }


def _plan(plan: PlanView, actor: User, text: Text, *, now: datetime) -> dict[str, Any]:
    totals = plan.totals
    ends_by = None if totals.ends_at is None else totals.ends_at + timedelta(seconds=totals.slack_s)
    return {
        "id": plan.id,
        "version": plan.version,
        "read_at": _iso(now),
        "reader": {"id": actor.id, "name": actor.name},
        "person": {"id": plan.person.id, "name": plan.person.name},
        "own": plan.person.id == actor.id,
        "may_edit": plan.may_edit,
        "day": plan.day.isoformat(),
        "title": text.day(plan.day, today=now.astimezone(plan.zone).date()),
        "name": plan.name,
        "zone": plan.zone.key,
        "state": plan.state.value,
        "is_stale": plan.is_stale,
        "starts_at": _iso(totals.starts_at),
        "ends_at": _iso(totals.ends_at),
        "ends_by": _iso(ends_by),
        "travel": say_length(totals.travel_s, text),
        "distance": text.metres(totals.travel_m),
        "left_out": len(plan.candidates),
    }


def _stop(stop: StopView, book: RoadBook, actor: User, text: Text, *, now: datetime) -> dict[str, Any]:
    plan, customer = book.plan, book.customers.get(stop.customer_id)
    midnight = datetime.combine(plan.day, datetime.min.time(), plan.zone)
    look = LOOKS[stop.likelihood]
    said = {
        "id": stop.id,
        "customer_id": stop.customer_id if customer else None,
        "name": stop.name or text.gettext("A customer you may not see"),
        "badge": {"letter": look.letter, "fill": look.fill, "ink": look.ink, "name": text.gettext(LIKELIHOODS_SHORT[stop.likelihood])},
        "address": stop.address,
        "arrives_at": _iso(stop.arrives_at),
        "starts_at": _iso(stop.starts_at),
        "leaves_at": _iso(stop.leaves_at),
        "travel_s": stop.travel_s,
        "way": f"{say_length(stop.travel_s, text)} · {text.metres(stop.travel_m)}",
        "slack_s": stop.slack_s,
        "late_s": stop.late_s,
        "error_s": stop.error_s,
        "fixed": stop.fixed_at is not None,
        "locked": stop.choice.value == "locked",
        "inserted": stop.origin is StopOrigin.INSERTED,
        "why": [say_reason(reason, text, midnight=midnight) for reason in stop.why],
        "promised_at": _iso(stop.promised_at),
        "progress": stop.progress.value,
        "arrived_at": _iso(stop.arrived_at),
        "done_at": _iso(stop.done_at),
        "visit_ref": book.visit_refs.get(stop.visit_id) if stop.visit_id is not None else None,
        "visited": stop.visit_id is not None,
        "skip_reason": stop.skip_reason,
        "opening_hours": say_stored(stop.opening_hours, text),
    }
    return said | (_customer(stop, customer, plan, actor, text, now=now) if customer else {})


def _customer(stop: StopView, customer: RoadCustomer, plan: PlanView, actor: User, text: Text, *, now: datetime) -> dict[str, Any]:
    links = navigation_links(stop.lat, stop.lon, name=stop.name, mode=plan.rules.mode)
    mail, phone = mail_link(stop.email), phone_link(stop.phone)
    return {
        "phone": stop.phone,
        "call": phone,
        "sms": phone and "sms:" + phone.removeprefix("tel:"),
        "mail": mail,
        "message": _message(customer, actor, text),
        "navigation": [{"app": link.app, "url": link.url} for link in links],
        "brief": brief_lines(customer, text, today=plan.day, zone=ZoneInfo(plan.zone.key)),
        "warning": (customer.do_not_visit_reason or text.gettext("Do not visit")) if customer.do_not_visit else "",
        "likelihood": customer.likelihood.value,
        "custom": dict(customer.custom),
        "next_dates": [
            {"key": c.value, "on": on.isoformat(), "name": text.gettext(NEXT_NAMES[c]), "said": text.day(on, today=plan.day)}
            for c, on in customer.next_dates.items()
        ],
        "suggests": {
            key: {"likelihood": s.likelihood.value, "next_on": s.next_on and s.next_on.isoformat()} for key, s in customer.suggests.items()
        },
    }


def _choice(choice: Choice, text: Text) -> dict[str, Any]:
    name = choice.name or text.gettext(OUTCOMES[choice.outcome])
    return {"key": choice.key, "outcome": choice.outcome.value, "template_id": choice.template_id, "name": name, "asks": choice.asks}


def _message(customer: RoadCustomer, actor: User, text: Text) -> str:
    """Return the ready-made message, `{time}` left in it for the arrival that the phone knows last."""
    _, who = text.gettext, actor.name
    if customer.contact_name:
        sentence = _("Dear {contact},\n\nthis is {who}. I expect to be with you today at about {time}.\n\nKind regards\n{who}")
        return sentence.replace("{who}", who).replace("{contact}", customer.contact_name)
    return _("Hello,\n\nthis is {who}. I expect to be with you today at about {time}.\n\nKind regards\n{who}").replace("{who}", who)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
