"""The handover list: whose customers, what is at risk first, the first calls as a planned day, and the way to a new owner."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from fieldsales.domain.handover import Risk
from fieldsales.domain.likelihood import LOOKS
from fieldsales.services.acting import handover
from fieldsales.services.acting.handover import HandoverList, HandoverRow, WaitingPerson
from fieldsales.ui.counts import draw_counts
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.navigation import path_of
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import Cell, draw_table_export
from fieldsales.ui.team.team_customers_act import begin_reassigning
from fieldsales.ui.team.team_customers_plan import choose_day
from fieldsales.ui.team.team_filters import show_filter
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.words import badge
from fieldsales.wording.handover import RISKS, say_reason

FROM = "from"
SHOWN = 25
MOST_CALLS = 15
_WHO, _MORE, _CALLS, _TO, _DAY = "handover_who", "_handover_more", "handover_call", "handover_to", "handover_day"


def draw_handover(page: Page, asked: TeamAsked) -> None:
    """Draw whose customers are handed over, and the list."""
    _ = page.text.gettext
    with page.database.read() as session:
        holders = handover.list_holders(session, page.user, team_filter=asked.team_filter)
    if not holders:
        st.info(_("Nobody of those the filter leaves has customers to hand over."), icon=":material/group_off:")
        return
    person_id = _draw_who(page, holders)
    if person_id is None:
        st.caption(_("Choose whose customers are to be handed over. Who has left comes first."))
        return
    with page.database.read() as session:
        found = handover.read_handover(
            session, page.user, person_id=person_id, team_filter=asked.team_filter, today=page.today, zone=page.zone
        )
    _draw_summary(page, asked, found)
    _draw_rows(page, found)
    _draw_first_calls(page, found)


def _draw_who(page: Page, holders: tuple[WaitingPerson, ...]) -> int | None:
    """Draw the choice; the address keeps it."""
    _ = page.text.gettext
    names = {waiting.person.id: _say_holder(page, waiting) for waiting in holders}
    wanted = st.query_params.get(FROM, "")
    chosen = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= 9 and int(wanted) in names else None
    if st.session_state.get(_WHO) != chosen or _WHO not in st.session_state:
        st.session_state[_WHO] = chosen
    st.selectbox(
        _("Whose customers"),
        list(names),
        format_func=names.__getitem__,
        key=_WHO,
        placeholder=_("Choose somebody"),
        on_change=_note_who,
        persist_state="page",
    )
    return chosen


def _say_holder(page: Page, waiting: WaitingPerson) -> str:
    text, name = page.text, one_line(waiting.person.name)
    who = text.gettext("{name} (left)").format(name=name) if waiting.person.left else name
    count = text.ngettext("{count} customer", "{count} customers", waiting.customers).format(count=text.number(waiting.customers))
    return f"{who} · {count}"


def _note_who() -> None:
    person_id = st.session_state[_WHO]
    if person_id is None:
        st.query_params.pop(FROM, None)
    else:
        st.query_params[FROM] = str(person_id)
    st.session_state.pop(_MORE, None)


def _draw_summary(page: Page, asked: TeamAsked, found: HandoverList) -> None:
    """Draw how many are at which risk, the file, and the way to give all of them to somebody."""
    _, text = page.text.gettext, page.text
    counts = [(_(RISKS[risk]), sum(row.risk is risk for row in found.rows)) for risk in Risk]
    draw_counts(page, counts)
    if found.without_pin:
        sentence = text.ngettext("{count} customer has no pin.", "{count} customers have no pin.", found.without_pin)
        st.caption(sentence.format(count=text.number(found.without_pin)))
    with st.container(key="handover_ways", horizontal=True, vertical_alignment="center"):
        st.button(_("Give them to somebody"), key="handover_give", icon=":material/group_add:", on_click=_give, args=(page, asked, found))
        header = [_("Customer"), _("Likelihood"), _("Risk"), _("Reasons"), _("Next date"), _("Next action"), _("Amount"), _("Last visit")]
        draw_table_export(
            page,
            key="handover",
            name=_("handover"),
            header=header,
            rows=lambda: [_cells(page, row) for row in found.rows],
            names_customers=True,
        )


def _give(page: Page, asked: TeamAsked, found: HandoverList) -> None:
    """Go to all customers of the person, chosen by the filter, to be reassigned."""
    only = asked.team_filter.__class__(
        span=asked.team_filter.span, user_ids=frozenset({found.person.id}), tags=asked.team_filter.tags, areas=asked.team_filter.areas
    )
    begin_reassigning()
    show_filter(page, only, by="filter")


def _cells(page: Page, row: HandoverRow) -> list[Cell]:
    _ = page.text.gettext
    said = ", ".join(_phrases(page, row))
    letter = LOOKS[row.likelihood].letter
    return [row.name, letter, _(RISKS[row.risk]), said, row.next_on, row.next_action, row.amount, row.last_visited_at]


def _phrases(page: Page, row: HandoverRow) -> list[str]:
    return [said for reason in row.reasons if (said := say_reason(page.text, reason))]


def _draw_rows(page: Page, found: HandoverList) -> None:
    """Draw the customers with why they matter; a tick takes one into the first calls."""
    _ = page.text.gettext
    shown = SHOWN * (1 + st.session_state.get(_MORE, 0))
    calls = _calls()
    with st.container(key="handover_rows", gap=None):
        for row in found.rows[:shown]:
            with st.container(key=f"handover_row_{row.id}", horizontal=True, wrap=False, vertical_alignment="center"):
                if row.lat is not None:
                    full = len(calls) >= MOST_CALLS and row.id not in calls
                    st.checkbox(
                        _("Call first"), value=row.id in calls, key=f"{_CALLS}_{row.id}", label_visibility="collapsed", disabled=full,
                        on_change=_call, args=(row.id,),
                    )  # fmt: skip
                st.page_link(path_of("customer"), label=_row_label(page, row), query_params={"id": str(row.id)})
    if len(found.rows) > shown:
        st.button(_("Show more"), key="handover_more", type="tertiary", on_click=_show_more)


def _row_label(page: Page, row: HandoverRow) -> str:
    why = " · ".join(plain(phrase) for phrase in _phrases(page, row))
    risk = page.text.gettext(RISKS[row.risk])
    promised = f" · {plain(row.next_action)}" if row.next_action else ""
    return f"{badge(row.likelihood)} **{plain(row.name) or '–'}** :small[{risk}]\n:small[:gray[{why}{promised}]]"


def _draw_first_calls(page: Page, found: HandoverList) -> None:
    """Draw who calls on the ticked customers, and on which day; both begin empty whenever the list is opened."""
    _ = page.text.gettext
    calls = [row.id for row in found.rows if row.id in _calls() and row.lat is not None]
    st.markdown(f"**{_('First calls as a planned day')}**")
    st.caption(
        _("Tick up to {count} customers; they are to be visited in any case, and the plan page finds the way.").format(count=MOST_CALLS)
    )
    who, day, _names = choose_day(page, who_key=_TO, day_key=_DAY)
    page.show_problem("customer_ids")
    page.show_problem()
    with st.container(key="handover_bar"):
        label = page.text.ngettext("Plan {count} call", "Plan {count} calls", len(calls)).format(count=page.text.number(len(calls)))
        ready = who is not None and day is not None and bool(calls)
        tapped = st.button(label, key="handover_plan", type="primary", width="stretch", disabled=not ready, icon=":material/route:")
    if not (tapped and who is not None and day is not None):
        return
    with page.saving() as session:
        zone = page.runtime.settings.zone
        handover.plan_first_calls(session, page.user, customer_ids=calls, user_id=who, day=day, client_ref=uuid4(), zone=zone, now=page.now)
    st.switch_page(path_of("plan"), query_params={"rep": str(who), "day": day.isoformat()})


def _calls() -> set[int]:
    return st.session_state.setdefault("_handover_calls", set())  # type: ignore[no-any-return]


def _call(customer_id: int) -> None:
    st.session_state["_handover_calls"] = _calls() ^ {customer_id}


def _show_more() -> None:
    st.session_state[_MORE] = st.session_state.get(_MORE, 0) + 1
