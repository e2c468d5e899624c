"""The product's words as the screens say them."""

from __future__ import annotations

from fieldsales.domain.cadence import DueState
from fieldsales.domain.likelihood import LOOKS, Likelihood
from fieldsales.domain.words import ChangeCause, FieldKind, Kind, Outcome, Role, Stage
from fieldsales.errors import N_
from fieldsales.services.customers.customer_search import Order
from fieldsales.wording.visits import LIKELIHOODS as LIKELIHOODS
from fieldsales.wording.visits import LIKELIHOODS_SHORT as LIKELIHOODS_SHORT
from fieldsales.wording.visits import OUTCOMES as OUTCOMES
from fieldsales.wording.visits import VISIT_KINDS as VISIT_KINDS

KINDS = {Kind.COMPANY: N_("Company"), Kind.PERSON: N_("Person")}
STAGES = {Stage.PROSPECT: N_("Prospect"), Stage.CLIENT: N_("Client"), Stage.DORMANT: N_("Dormant")}
ROLES = {Role.REP: N_("Sales rep"), Role.MANAGER: N_("Manager"), Role.ADMIN: N_("Administrator")}
OUTCOME_ICONS = {
    Outcome.MET: ":material/handshake:",
    Outcome.ABSENT: ":material/door_front:",
    Outcome.APPOINTMENT: ":material/event_available:",
    Outcome.QUOTE: ":material/request_quote:",
    Outcome.ORDER: ":material/verified:",
    Outcome.REFUSED: ":material/block:",
    Outcome.LOST: ":material/cancel:",
}
DUE_STATES = {DueState.OVERDUE: N_("Overdue"), DueState.DUE: N_("Due soon"), DueState.NONE: N_("Not due")}
ORDERS = {
    Order.URGENCY: N_("Most urgent"),
    Order.NAME: N_("Name A–Z"),
    Order.LAST_VISITED: N_("Longest unseen"),
    Order.AMOUNT: N_("Highest amount"),
    Order.CHANGED: N_("Last changed"),
}
CAUSES = {
    ChangeCause.CREATE: N_("Created"),
    ChangeCause.EDIT: N_("Edited"),
    ChangeCause.IMPORT: N_("Imported"),
    ChangeCause.VISIT: N_("Visit recorded"),
    ChangeCause.PIN: N_("Pin moved"),
    ChangeCause.RESTORE: N_("Restored"),
    ChangeCause.MERGE: N_("Merged"),
    ChangeCause.BULK: N_("Changed together with others"),
    ChangeCause.TERRITORY: N_("Assigned by territory"),
}
FIELDS = {
    "name": N_("Name"),
    "name_kana": N_("Reading (kana)"),
    "code": N_("Customer code"),
    "kind": N_("Kind"),
    "stage": N_("Relation"),
    "likelihood": N_("Likelihood"),
    "amount": N_("Expected amount (yen)"),
    "postal_code": N_("Postal code"),
    "address": N_("Address"),
    "phone": N_("Phone"),
    "email": N_("E-mail address"),
    "contact_name": N_("Contact person"),
    "memo": N_("Memo"),
    "custom": N_("Further fields"),
    "owner_id": N_("Owner"),
    "close_month": N_("Expected month"),
    "next_on": N_("Next date"),
    "next_time": N_("Time of the next date"),
    "next_action": N_("Next action"),
    "cadence_days": N_("Cadence (days)"),
    "opening_hours": N_("Opening hours"),
    "visit_minutes": N_("Length of a visit (minutes)"),
    "do_not_visit": N_("Do not visit"),
    "do_not_visit_reason": N_("Do not visit: reason"),
    "do_not_visit_until": N_("Do not visit: until"),
    "contacts": N_("Contacts"),
    "tags": N_("Tags"),
    "archived_at": N_("Archived"),
    "pin_confirmed_at": N_("Pin confirmed"),
    "lat": N_("Latitude"),
    "lon": N_("Longitude"),
    "merged_name": N_("Joined by"),
    "merged_into_name": N_("Merged into"),
    "unmerged_name": N_("Separated from"),
}

CONTACT_FIELDS = {
    "name": N_("Full name"),
    "name_kana": N_("Reading (kana)"),
    "role": N_("Position"),
    "phone": N_("Phone"),
    "mobile": N_("Mobile phone"),
    "email": N_("E-mail address"),
    "note": N_("Note"),
}
FIELD_KINDS = {
    FieldKind.TEXT: N_("Text"),
    FieldKind.NUMBER: N_("A number"),
    FieldKind.DATE: N_("Date"),
    FieldKind.CHOICE: N_("Choice"),
    FieldKind.YES_NO: N_("Yes or no"),
}


def badge(likelihood: Likelihood) -> str:
    """Return a likelihood as markdown in the colours of its pin; the letter carries the meaning, the colour helps."""
    look = LOOKS[likelihood]
    return f':color[ {look.letter} ]{{foreground="{look.ink}" background="{look.fill}"}}'


def badge_html(likelihood: Likelihood, name: str) -> str:
    """Return a likelihood as HTML in the colours of its pin, with its `name` for screen readers and on hover."""
    look = LOOKS[likelihood]
    return (
        f'<span class="fs-badge" role="img" aria-label="{name}" title="{name}" '
        f'style="background:{look.fill};color:{look.ink}">{look.letter}</span>'
    )
