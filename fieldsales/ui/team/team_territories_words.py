"""Territories in words: what kind they are, whether they give customers to anybody, and the looks that tell them apart on the map."""

from __future__ import annotations

from fieldsales.domain.coverage import CoverageFigure
from fieldsales.domain.words import AreaKind
from fieldsales.errors import N_
from fieldsales.services.territories.territories import KeeperState, TerritoryView
from fieldsales.services.territories.territory_figures import TerritoryFigures
from fieldsales.ui.format import one_line
from fieldsales.ui.page import Page
from fieldsales.wording.coverage import say_short

KINDS = {
    AreaKind.DRAWN: N_("Drawn"),
    AreaKind.MUNICIPALITIES: N_("Municipalities"),
    AreaKind.POSTAL_CODES: N_("Postal codes"),
}
# Okabe–Ito: told apart by the colour-blind; the number beside each says the same.
FILLS = (
    ("#0072B2", "#FFFFFF"), ("#E69F00", "#1B1B1B"), ("#009E73", "#FFFFFF"), ("#CC79A7", "#1B1B1B"),
    ("#56B4E9", "#1B1B1B"), ("#D55E00", "#FFFFFF"), ("#F0E442", "#1B1B1B"), ("#6A4C93", "#FFFFFF"),
)  # fmt: skip


def owner_words(page: Page, territory: TerritoryView) -> str:
    """Return whom a territory belongs to, and why nobody gets customers there if so; not made safe for markdown."""
    _ = page.text.gettext
    name = one_line(territory.owner_name)
    match territory.keeper:
        case KeeperState.WORKS:
            return name
        case KeeperState.NOBODY:
            return _("Nobody looks after it")
        case KeeperState.LEFT:
            return _("{name} (left)").format(name=name)
        case KeeperState.ELSEWHERE:
            return _("{name} (in another team now)").format(name=name)


def keeper_trouble(page: Page, territory: TerritoryView) -> str:
    """Return the sentence about a territory that gives customers to nobody, empty for one that does."""
    _ = page.text.gettext
    match territory.keeper:
        case KeeperState.WORKS:
            return ""
        case KeeperState.NOBODY:
            return _("Nobody is named for this territory: new customers there stay without an owner.")
        case KeeperState.LEFT:
            return _("Its owner has left: new customers there stay without an owner until you name somebody else.")
        case KeeperState.ELSEWHERE:
            return _("Its owner is in another team now: new customers there stay without an owner until you name somebody of the team.")


def hours(page: Page, value: float) -> str:
    """Return hours of work in a month."""
    return page.text.gettext("{hours} h").format(hours=page.text.number(round(value)))


def counts(page: Page, row: TerritoryFigures) -> str:
    """Return what lies in a territory, in one line."""
    _, text = page.text.gettext, page.text
    parts = [text.ngettext("{count} customer", "{count} customers", row.customers).format(count=text.number(row.customers))]
    if row.unowned:
        parts.append(_("{count} without an owner").format(count=text.number(row.unowned)))
    if row.of_others:
        parts.append(_("{count} with others").format(count=text.number(row.of_others)))
    parts.append(_("potential {amount}").format(amount=say_short(CoverageFigure.POTENTIAL, row.potential, text)))
    return " · ".join(parts)
