"""One customer as its page shows it, read at once: the actor is checked once, and every part costs one query."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from fieldsales.db.models import User
from fieldsales.services.customers.briefs import Brief, brief_of
from fieldsales.services.customers.contacts import ContactRow, contacts_of
from fieldsales.services.customers.custom_fields import FieldRow, list_fields
from fieldsales.services.customers.customer_history import LikelihoodMove, likelihoods_of
from fieldsales.services.customers.customer_search import CustomerDetails, customer_details


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """A customer with its brief, the people there, the fields of the team's own (retired ones too), and its likelihoods."""

    customer: CustomerDetails
    brief: Brief
    contacts: tuple[ContactRow, ...]
    fields: tuple[FieldRow, ...]
    likelihoods: tuple[LikelihoodMove, ...]


def read_customer_page(session: Session, actor: User, *, customer_id: int) -> CustomerPage:
    """Return everything the page of a customer shows at first; its visits are left to the timeline.

    Raises:
        CustomerNotFound: it does not exist or `actor` may not see it.
    """
    customer = customer_details(session, actor, customer_id=customer_id, visits=0)
    return CustomerPage(
        customer,
        brief_of(session, customer_id),
        contacts_of(session, customer_id),
        list_fields(session, retired=True),
        likelihoods_of(session, customer_id, created_at=customer.created_at, current=customer.likelihood),
    )
