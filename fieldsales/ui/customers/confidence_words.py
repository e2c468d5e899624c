"""How old a stated likelihood is, once it has faded by half."""

from __future__ import annotations

from fieldsales.domain.cadence import faded
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.options import read_options
from fieldsales.ui.page import Page

FADED = 0.5


def confidence_note(page: Page, customer: CustomerDetails) -> str:
    """Return since when nobody has confirmed the likelihood, 最終訪問 9/12(土)、確度は45日前のもの; empty while it is fresh enough."""
    with page.database.read() as session:
        options = read_options(session)
    seen_on = (customer.last_visited_at or customer.created_at).astimezone(page.zone).date()
    if faded(customer.likelihood, seen_on, page.today, options) < FADED:
        return ""
    _, days = page.text.gettext, (page.today - seen_on).days
    age = page.text.ngettext("likelihood {count} day old", "likelihood {count} days old", days).format(count=page.text.number(days))
    if customer.last_visited_at is None:
        return _("Never visited, {age}").format(age=age)
    return _("Last visit {day}, {age}").format(day=page.text.day(seen_on, today=page.today), age=age)
