"""How evenly the work lies on the reps of a team, and proposals whom to hand over, of which any part may be accepted."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import partial
from uuid import UUID, uuid4

import streamlit as st

from fieldsales.services.territories.territory_balance import ProposedMove, TeamBalance, accept_moves, customer_names, read_balance
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import one_line, plain, safe
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.ui.team.team_customers_words import take_back
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.wording.honesty import say_percent

_REF = "_territory_moves_ref"
_EVERY, _ALL = "territory_move_every", "territory_move_show_all"
_MOST_NAMED, _MOST_SHOWN = 30, 12


def draw_balance(page: Page, asked: TeamAsked) -> None:
    """Draw the folded part with loads and proposals; nothing is reckoned while it is folded."""
    _ = page.text.gettext
    with st.expander(_("Balance of the work"), key="territory_balance", icon=":material/balance:", on_change="rerun") as folded:
        if not folded.open:
            return
        balances = read_balance(
            page.database, page.runtime.map_index, page.user, team_filter=asked.team_filter, now=page.now, zone=page.zone
        )
        st.caption(
            _(
                "Visits by interval, driving estimated from straight distances, per month, of customers with a pin and an interval. "
                "Tags and areas of the filter do not count here."
            )
        )
        if not any(team.loads or team.nowhere for team in balances):
            st.info(_("No rep has customers with a pin and an interval."), icon=":material/event_repeat:")
        for team in balances:
            _draw_team(page, team, alone=len(balances) == 1)
        _draw_accepting(page, [move for team in balances for move in team.moves])


def _draw_team(page: Page, team: TeamBalance, *, alone: bool) -> None:
    _, text = page.text.gettext, page.text
    if not alone:
        st.markdown(f"**{plain(team.team_name) or _('Without a team')}**")
    if team.loads:
        _draw_loads(page, team)
    for person in team.nowhere:
        sentence = _("{name} has neither customers to visit nor a territory: nothing can be proposed for them.")
        st.caption(sentence.replace("{name}", plain(person.name)))
    if not team.loads:
        return
    if team.moves:
        sentence = _("The fullest has {before} more than the mean; with all proposals {after} more.")
        st.caption(sentence.format(before=say_percent(team.spread, text), after=say_percent(team.spread_after, text)))
    else:
        st.caption(_("Nothing to propose: the work lies evenly, or no customer lies near enough to a colleague with less."))


def _draw_loads(page: Page, team: TeamBalance) -> None:
    _ = page.text.gettext
    header = [
        _("Rep"), _("Hours a month"), _("After the proposals"), _("Visiting"), _("Driving"), _("Customers"), _("Visits a month"),
        _("Potential"),
    ]  # fmt: skip
    rows = [
        (
            one_line(load.person.name), round(load.total_h, 1), round(load.after_h, 1), round(load.visiting_h, 1), round(load.driving_h, 1),
            load.customers, round(load.visits, 1), load.potential,
        )
        for load in team.loads
    ]  # fmt: skip
    st.html(_table(page, team, header))
    name = _("Balance of the work")
    draw_table_export(page, key=f"territory_loads_{team.team_id}", name=name, header=header, rows=rows, names_customers=False)


def _table(page: Page, team: TeamBalance, header: Sequence[str]) -> str:
    """Return the loads as a table: who, the hours before and after with a bar each in front, then what they are made of."""
    text = page.text
    top = max(1.0, *(load.total_h for load in team.loads), *(load.after_h for load in team.loads))
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in header)

    def bar(value: float) -> str:
        share = round(100 * value / top)
        return f'<td>{html.escape(text.number(round(value)))}<span class="fs-load" style="--share: {share}%"></span></td>'

    rows = "".join(
        f'<tr><th scope="row">{safe(load.person.name)}</th>{bar(load.total_h)}{bar(load.after_h)}'
        + "".join(
            f"<td>{html.escape(text.number(value))}</td>"
            for value in (round(load.visiting_h), round(load.driving_h), load.customers, round(load.visits), load.potential)
        )
        + "</tr>"
        for load in team.loads
    )
    return f'<div class="fs-scrolling"><table class="fs-table fs-loads"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _draw_accepting(page: Page, moves: Sequence[ProposedMove]) -> None:
    if not moves:
        return
    _, text = page.text.gettext, page.text
    st.markdown(f"**{_('Proposals')}**")
    st.caption(_("Hot deals (A) and customers with an agreed date stay with whom they are. Choose what to hand over."))
    st.caption(_("It can be undone for 30 days under “Act on customers”, in the history of changes."))
    shown = moves if len(moves) <= _MOST_SHOWN or st.session_state.get(_ALL) else moves[:_MOST_SHOWN]
    if len(shown) > 1:
        st.checkbox(
            _("Choose all of these"), key=_EVERY, on_change=_choose_every, args=([_key(move) for move in shown],), persist_state=None
        )
    chosen = [move for move in shown if _draw_move(page, move)]
    if len(moves) > _MOST_SHOWN:
        st.toggle(_("Show all {count} proposals").format(count=text.number(len(moves))), key=_ALL, persist_state="page")
    page.show_problem("proposals")
    page.show_problem("customer_ids")
    page.show_problem("owner_id")
    count = sum(len(move.customer_ids) for move in chosen)
    label = text.ngettext("Hand over {count} customer", "Hand over {count} customers", count).format(count=text.number(count))
    if st.button(label, key="territory_accept", icon=":material/swap_horiz:", disabled=not count, width="stretch"):
        _accept(page, chosen)


def _key(move: ProposedMove) -> str:
    return f"territory_move_{move.key}"


def _choose_every(keys: Sequence[str]) -> None:
    for key in keys:
        st.session_state[key] = st.session_state[_EVERY]


def _draw_move(page: Page, move: ProposedMove) -> bool:
    """Draw one proposal and return whether it is chosen; one that was handed over and comes back with the undo is not."""
    _, text = page.text.gettext, page.text
    size = len(move.customer_ids)
    number = text.ngettext("{count} customer", "{count} customers", size).format(count=text.number(size))
    people = f"{plain(move.giver.name)} → {plain(move.taker.name)}"
    extra_h = round(move.extra_driving_h, 1)
    driving = f"{'+' if extra_h > 0 else '−' if extra_h < 0 else '±'}{text.number(abs(extra_h))}"
    effect = _("{hours} h a month, driving {driving} h").format(hours=text.number(round(move.hours, 1)), driving=driving)
    area = plain(move.area) or _("Municipality not known")
    chosen = st.checkbox(f"**{people}** · {area}  \n:small[{number} · {effect}]", key=_key(move), persist_state=None)
    if chosen:
        with page.database.read() as session:
            names = customer_names(session, page.user, customer_ids=move.customer_ids[:_MOST_NAMED])
        listed = "、".join(plain(names[i]) for i in move.customer_ids[:_MOST_NAMED] if i in names)
        rest = size - _MOST_NAMED
        more = text.ngettext("and {count} more", "and {count} more", rest).format(count=text.number(rest)) if rest > 0 else ""
        st.caption(f"{listed} {more}".strip())
    return chosen


def _accept(page: Page, chosen: Sequence[ProposedMove]) -> None:
    text = page.text
    ref: UUID = st.session_state.setdefault(_REF, uuid4())
    with page.saving() as session:
        done = accept_moves(session, page.user, moves=chosen, client_ref=ref, now=page.now)
    st.session_state.pop(_REF, None)
    count = sum(result.count for result in done)
    sentence = text.ngettext("{count} customer handed over.", "{count} customers handed over.", count)
    offer_undo(page, sentence.format(count=text.number(count)), partial(take_back, change_ids=[result.change_id for result in done]))
    st.rerun()
