"""The list screen's parts: search and filter, order, rows, pages."""

from __future__ import annotations

import streamlit as st

from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.services.customers.customer_search import Order, filter_choices, list_customers
from fieldsales.ui import navigation
from fieldsales.ui.customers import business_card_view, filters
from fieldsales.ui.customers.customer_rows import COUNTED, count_in_words, draw_rows
from fieldsales.ui.customers.export_view import draw_export
from fieldsales.ui.customers.list_order import current_order, draw_order
from fieldsales.ui.customers.record_undo import draw_undo
from fieldsales.ui.customers.saved_views_view import WIDGETS as VIEW_WIDGETS
from fieldsales.ui.customers.saved_views_view import draw_views
from fieldsales.ui.empty_states import draw_no_customers
from fieldsales.ui.page import Page

PAGE_LENGTH = 50
_PAGE = "page"
_ORDER_WIDGET = "list_order"
_PICKED = "_picked_customer"


def draw_tools(page: Page, customer_filter: CustomerFilter) -> None:
    """Draw title, new customer, search, chips and the rest of the filter."""
    _ = page.text.gettext
    filters.begin_screen("customers", *VIEW_WIDGETS)
    with st.container(key="list_head", horizontal=True, wrap=False, vertical_alignment="center"):
        st.title(_("Customers"), anchor=False)
        st.page_link(navigation.path_of("customer"), label=_("New customer"), icon=":material/add:", query_params={"new": "1"})
        business_card_view.draw_link(page)
    filters.draw_search(page, customer_filter)
    hidden = filters.count_more(customer_filter)
    label = _("Filter ({count})").format(count=hidden) if hidden else _("Filter")
    with st.container(key="list_filters", horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
        with st.popover(label, icon=":material/tune:", key="list_more"):
            with page.database.read() as session:
                choices = filter_choices(session, page.user)
            filters.draw_more(page, customer_filter, choices)
        draw_views(page)
        filters.draw_chips(page, customer_filter)
    draw_undo(page)


def draw_list(page: Page, customer_filter: CustomerFilter) -> None:
    """Draw how many there are, the order, the export, and one page of rows."""
    order, number = current_order(), _page_number()
    with page.database.read() as session:
        found = list_customers(
            session,
            page.user,
            customer_filter=customer_filter,
            now=page.now,
            today=page.today,
            zone=page.zone,
            order=order,
            limit=PAGE_LENGTH,
            offset=(number - 1) * PAGE_LENGTH,
            count_up_to=COUNTED,
        )
    with st.container(key="list_bar", horizontal=True, vertical_alignment="center"):
        st.caption(count_in_words(page, found), width="content")
        draw_order(page, order, key=_ORDER_WIDGET)
        draw_export(page, customer_filter)
    if found.rows:
        draw_rows(page, found.rows, key="list", on_pick=_pick, amounts=order is Order.AMOUNT)
        _draw_pages(page, number, found.matching)
    else:
        _draw_empty(page, found.total, beyond=number > 1 and found.matching > 0)
    picked = st.session_state.pop(_PICKED, None)
    if picked is not None:
        st.switch_page(navigation.path_of("customer"), query_params={"id": str(picked)})


def _draw_pages(page: Page, number: int, matching: int) -> None:
    _ = page.text.gettext
    last = -(-matching // PAGE_LENGTH)
    if last <= 1:
        return
    with st.container(key="list_pages", horizontal=True, wrap=False, vertical_alignment="center", horizontal_alignment="center"):
        before, after = number <= 1, number >= last
        st.button(_("Previous"), key="page_before", icon=":material/chevron_left:", disabled=before, on_click=_go_to, args=(number - 1,))
        st.markdown(_("Page {number} of {last}").format(number=page.text.number(number), last=page.text.number(last)), width="content")
        st.button(_("Next"), key="page_after", icon=":material/chevron_right:", disabled=after, on_click=_go_to, args=(number + 1,))


def _draw_empty(page: Page, total: int, *, beyond: bool) -> None:
    _ = page.text.gettext
    with st.container(key="list_empty"):
        if beyond:
            st.info(_("The list has fewer pages now."), icon=":material/info:")
            st.button(_("First page"), key="page_first", on_click=_go_to, args=(1,))
        elif total:
            st.info(_("No customer matches the filter."), icon=":material/filter_alt:")
            st.button(_("Clear filter"), key="empty_clear", on_click=filters.clear_filter)
        else:
            draw_no_customers(page)


def _page_number() -> int:
    asked = st.query_params.get(_PAGE, "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) <= 6 else 1


def _go_to(number: int) -> None:
    st.query_params[_PAGE] = str(number)


def _pick(customer_id: int) -> None:
    st.session_state[_PICKED] = customer_id
