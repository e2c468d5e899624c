"""Recording what a customer bought: what, when, for how much."""

from __future__ import annotations

import streamlit as st

from fieldsales.services.customers import purchases
from fieldsales.services.customers.customer_input import MAX_AMOUNT
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.customers.purchases import PurchaseChanged, PurchaseInput, PurchaseRow
from fieldsales.ui.customers import record_state
from fieldsales.ui.customers.record_state import Opened
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page

_ITEM, _AMOUNT, _DAY, _NOTE = "purchase_item", "purchase_amount", "purchase_day", "purchase_note"


def draw_purchase_form(page: Page, customer: CustomerDetails, opened: Opened) -> None:
    """Draw the form and save when asked to."""
    _ = page.text.gettext
    purchase = _read(page, opened)
    locked = purchase is not None and not purchase.may_change
    version = record_state.fill(page, opened, _first_values(page, opened, purchase), version=purchase.version if purchase else 0)
    st.text_input(
        _("What was bought"), key=opened.key(_ITEM), autocomplete="off", on_change="ignore", disabled=locked, persist_state="page"
    )
    page.show_problem("purchase_item")
    left, right = st.columns(2)
    with left:
        st.number_input(
            _("Amount (yen)"),
            -MAX_AMOUNT,
            MAX_AMOUNT,
            step=1,
            key=opened.key(_AMOUNT),
            on_change="ignore",
            placeholder="0",
            disabled=locked,
            persist_state="page",
        )
        page.show_problem("purchase_amount")
    with right:
        st.date_input(
            _("Day of the purchase"), key=opened.key(_DAY), format="YYYY/MM/DD", on_change="ignore", disabled=locked, persist_state="page"
        )
        page.show_problem("purchase_day")
    st.text_area(
        _("Note"), key=opened.key(_NOTE), height=68, placeholder=_("Optional"), on_change="ignore", disabled=locked, persist_state="page"
    )
    page.show_problem("purchase_note")
    if isinstance(page.problem, PurchaseChanged):
        st.caption(_("Stored now: {what}").format(what=_in_words(page, page.problem.current)))
    page.show_problem("record")
    page.show_problem()
    with st.container(key="record_buttons", horizontal=True, wrap=False, gap="xsmall"):
        may_delete = purchase is not None and purchase.may_delete
        deleting = may_delete and st.button(_("Delete"), key="record_delete", icon=":material/delete:", type="tertiary")
        st.button(_("Cancel"), key="record_cancel", on_click=record_state.close)
        saving = st.button(_("Save"), key="record_save", type="primary", width="stretch", disabled=locked)
    if saving:
        _save(page, customer, opened, purchase, version)
    if deleting and purchase is not None:
        _delete(page, purchase)


def _read(page: Page, opened: Opened) -> PurchaseRow | None:
    if opened.record_id is None:
        return None
    with page.database.read() as session:
        return purchases.read_purchase(session, page.user, purchase_id=opened.record_id)


def _first_values(page: Page, opened: Opened, purchase: PurchaseRow | None) -> dict[str, object]:
    values: dict[str, object] = {_ITEM: "", _AMOUNT: None, _DAY: page.today, _NOTE: ""}
    if purchase is not None:
        values = {_ITEM: purchase.item, _AMOUNT: purchase.amount, _DAY: purchase.bought_on, _NOTE: purchase.note}
    return {opened.key(name): value for name, value in values.items()}


def _typed(opened: Opened) -> PurchaseInput:
    day, item, amount, note = (st.session_state[opened.key(name)] for name in (_DAY, _ITEM, _AMOUNT, _NOTE))
    return PurchaseInput(bought_on=day, item=item or "", amount=amount, note=note or "")


def _in_words(page: Page, values: PurchaseInput) -> str:
    day = page.text.day(values.bought_on, today=page.today) if values.bought_on else ""
    return plain(f"{day} {values.item} {page.text.money(values.amount or 0)} {values.note}".strip())


def _save(page: Page, customer: CustomerDetails, opened: Opened, before: PurchaseRow | None, version: int) -> None:
    _ = page.text.gettext
    values = _typed(opened)
    with page.saving() as session:
        if before is None:
            ref = opened.client_ref(page, customer.id)
            purchase = purchases.add_purchase(
                session, page.user, customer_id=customer.id, values=values, client_ref=ref, today=page.today, now=page.now
            )
        else:
            purchase = purchases.edit_purchase(session, page.user, purchase_id=before.id, version=version, values=values, today=page.today)
    purchase_id, saved = purchase.id, purchase.version
    if before is None:
        offer_undo(page, _("Purchase saved."), lambda s, p: purchases.delete_purchase(s, p.user, purchase_id=purchase_id, now=p.now))
    else:
        old = PurchaseInput(bought_on=before.bought_on, item=before.item, amount=before.amount, note=before.note)
        offer_undo(
            page,
            _("Purchase changed."),
            lambda s, p: purchases.edit_purchase(s, p.user, purchase_id=purchase_id, version=saved, values=old, today=p.today),
        )
    record_state.close()
    st.rerun()


def _delete(page: Page, purchase: PurchaseRow) -> None:
    with page.saving() as session:
        purchases.delete_purchase(session, page.user, purchase_id=purchase.id, now=page.now)
    sentence = page.text.gettext("Purchase deleted.")
    offer_undo(page, sentence, lambda s, p: purchases.restore_purchase(s, p.user, purchase_id=purchase.id))
    record_state.close()
    st.rerun()
