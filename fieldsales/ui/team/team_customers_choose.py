"""Who is meant: drawn around or filtered, counted by likelihood and owner, some of them unticked again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

import streamlit as st

from fieldsales.domain import drawn_areas, hexagons
from fieldsales.domain.drawn_areas import Ring
from fieldsales.domain.likelihood import Likelihood
from fieldsales.errors import N_, BadChoice
from fieldsales.services.acting import customer_selection
from fieldsales.services.acting.customer_selection import NOBODY, Asked, Chosen, ChosenRow
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.team import lasso
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.words import badge

BY, CELL, MAP = "by", "cell", "bulk_map"
UNSEEN_DAYS = (30, 60, 90, 180, 365)
_WITHOUT, _OFF_LIKELIHOODS, _OFF_OWNERS = "_bulk_without", "_bulk_off_likelihoods", "_bulk_off_owners"
_UNSEEN, _SEARCH, _LISTED, _SHOWN = "bulk_unseen", "bulk_search", "bulk_listed", "_bulk_shown"
_MOST_CROSSED_OUT = 200
_EVERY_OWNER, _MOST_OWNERS = "_bulk_every_owner", 12
_UNLETTERED = {Likelihood.WON: N_("Won"), Likelihood.LOST: N_("Lost"), Likelihood.UNRATED: N_("Unrated")}


class By(StrEnum):
    """How customers are chosen, and the two lists beside."""

    DRAW = "draw"
    FILTER = "filter"
    HANDOVER = "handover"
    HISTORY = "history"


def draw_choice(page: Page, asked: TeamAsked, *, by: By) -> list[int] | None:
    """Draw the way to choose with what came of it; return the ids that are left ticked, None while nobody was chosen yet."""
    wanted = _draw_map(page, asked) if by is By.DRAW else _draw_filter(page)
    if wanted is None:
        return None
    chosen = _read_chosen(page, asked, wanted)
    if not len(chosen):
        _draw_nobody(page, chosen, wanted)
        return None
    return _draw_chosen(page, chosen)


def _read_chosen(page: Page, asked: TeamAsked, wanted: Asked) -> Chosen:
    columns = page.runtime.map_index.snapshot(page.database, fresh=True).columns
    with page.database.read() as session:
        return customer_selection.choose_customers(
            session, page.user, team_filter=asked.team_filter, asked=wanted, columns=columns, now=page.now
        )


def _draw_map(page: Page, asked: TeamAsked) -> Asked | None:
    """Draw the map with its pencil; a tap on a customer unticks it, or ticks it again."""
    _ = page.text.gettext
    tapped = lasso.tapped_customer(MAP)
    if tapped is not None:
        _toggle(tapped)
    rings = lasso.draw_lasso(page, MAP, customer_filter=lasso.pins_of(asked), left_out=_crossed_out(page))
    if not rings:
        st.caption(_("Tap “Draw around” and draw a line around customers, with a finger or the mouse. Without a map: choose “By filter”."))
        return None
    read = drawn_areas.read_rings(rings)
    if any(drawn_areas.find_crossing(ring) for ring in read):
        st.caption(_("The line crosses itself: everything that it goes around is chosen."))
    if any(_crosses_the_antimeridian(ring) for ring in read):
        st.caption(_("The area lies across the 180th meridian: customers on both sides are chosen."))
    return Asked(rings=read)


def _crosses_the_antimeridian(ring: Ring) -> bool:
    west, _, east, _ = drawn_areas.box_of(ring)
    return west < -180 or east > 180


def _draw_filter(page: Page) -> Asked:
    _ = page.text.gettext
    cell = _read_cell(page)
    if cell is not None:
        with st.container(key="bulk_cell", horizontal=True, vertical_alignment="center"):
            st.markdown(_("In one hexagon of the coverage map"))
            st.button(_("Everywhere"), key="bulk_everywhere", type="tertiary", icon=":material/close:", on_click=_forget_cell)
    st.caption(_("Everybody who fits the filter above, also customers without a pin."))
    days = st.selectbox(
        _("Last visit"),
        [None, *UNSEEN_DAYS],
        format_func=lambda days: _("Whenever") if days is None else _say_unseen(page, days),
        key=_UNSEEN,
        placeholder=_("Whenever"),
        persist_state=None,  # who comes from elsewhere, by a hexagon or from the handover, is to see everybody there
    )
    return Asked(cell=cell, not_visited_days=days)


def _say_unseen(page: Page, days: int) -> str:
    return page.text.ngettext("None within {count} day", "None within {count} days", days).format(count=page.text.number(days))


def _read_cell(page: Page) -> int | None:
    text = st.query_params.get(CELL, "")
    if not text:
        return None
    try:
        return hexagons.read_cell(text)
    except BadChoice as error:
        st.warning(sentence_of(page.text, error))
        return None


def _forget_cell() -> None:
    st.query_params.pop(CELL, None)
    st.query_params[BY] = By.FILTER.value


def _draw_nobody(page: Page, chosen: Chosen, wanted: Asked) -> None:
    _ = page.text.gettext
    sentence = _("No customer of yours lies in there.") if wanted.by_place else _("No customer fits the filter.")
    with st.container(key="bulk_nobody"):
        st.info(" ".join([sentence, _say_without_pin(page, chosen)]).strip(), icon=":material/group_off:")


def _say_without_pin(page: Page, chosen: Chosen) -> str:
    if not chosen.without_pin:
        return ""
    sentence = page.text.ngettext(
        "{count} customer has no pin and lies in no area; choose it by the filter.",
        "{count} customers have no pin and lie in no area; choose them by the filter.",
        chosen.without_pin,
    )
    return sentence.format(count=page.text.number(chosen.without_pin))


def _draw_chosen(page: Page, chosen: Chosen) -> list[int]:
    """Draw the counts, which switch whole groups off, and the list, in which single ones are unticked."""
    text, without = page.text, _without()
    with page.database.read() as session:
        owners = customer_selection.name_owners(session, list(chosen.by_owner))
    names = {row.owner_id or NOBODY: one_line(row.name) if row.owner_id else text.gettext("Nobody") for row in owners}
    on_likelihoods = [k for k in chosen.by_likelihood if k not in _off(_OFF_LIKELIHOODS)]
    on_owners = [i for i in names if i not in _off(_OFF_OWNERS)]
    kept: list[int] = chosen.kept(likelihoods=on_likelihoods, owner_ids=on_owners, without=without).tolist()
    with st.container(key="bulk_counts", gap="small"):
        st.markdown(_headline(page, len(kept), len(chosen)))
        if facts := _facts(page, chosen):
            st.caption(facts)
        _groups(
            text.gettext("Likelihood"),
            list(chosen.by_likelihood),
            lambda k: f"{_say_likelihood(page, k)} {text.number(chosen.by_likelihood[k])}",
            key="bulk_likelihoods",
            off=_OFF_LIKELIHOODS,
        )
        shown = _owners_shown(names, chosen)
        _groups(
            text.gettext("Owner"),
            shown,
            lambda i: f"{names[i]} {text.number(chosen.by_owner[i])}",
            key="bulk_owners",
            off=_OFF_OWNERS,
        )
        if len(shown) < len(names):
            rest = len(names) - len(shown)
            label = text.ngettext("Show {count} more", "Show {count} more", rest).format(count=text.number(rest))
            st.button(label, key="bulk_all_owners", type="tertiary", on_click=st.session_state.update, args=({_EVERY_OWNER: True},))
        _draw_list(page, chosen.kept(likelihoods=on_likelihoods, owner_ids=on_owners, without=()).tolist(), without)
    return kept


def _owners_shown(names: Mapping[int, str], chosen: Chosen) -> list[int]:
    """Return the owners whose switches are drawn: all of a team, of a big company those with most of the chosen until more are wanted."""
    if len(names) <= _MOST_OWNERS or st.session_state.get(_EVERY_OWNER):
        return list(names)
    off = _off(_OFF_OWNERS)  # what is switched off is never out of sight
    first = sorted(names, key=lambda i: (i not in off, -chosen.by_owner[i]))[:_MOST_OWNERS]
    return [i for i in names if i in first or i in off]


def _say_likelihood(page: Page, likelihood: Likelihood) -> str:
    return page.text.gettext(_UNLETTERED[likelihood]) if likelihood in _UNLETTERED else likelihood.value


def _headline(page: Page, kept: int, all_of_them: int) -> str:
    text = page.text
    chosen = text.ngettext("{count} customer chosen", "{count} customers chosen", kept).format(count=text.number(kept))
    if kept == all_of_them:
        return f"**{chosen}**"
    rest = text.gettext("{count} unticked").format(count=text.number(all_of_them - kept))
    return f"**{chosen}** · {rest}"


def _facts(page: Page, chosen: Chosen) -> str:
    text = page.text
    unlocated = int(len(chosen) - chosen.located.sum())
    lacking = text.ngettext("{count} of them has no pin.", "{count} of them have no pin.", unlocated) if unlocated else ""
    return " ".join([lacking.format(count=text.number(unlocated)), _say_without_pin(page, chosen)]).strip()


def _groups(label: str, options: Sequence[Any], say: Callable[[Any], str], *, key: str, off: str) -> None:
    """Draw groups as switches, all on at first; what is off is kept, so that new groups are on."""
    shown = [option for option in options if option not in _off(off)]
    if st.session_state.get(key) != shown:
        st.session_state[key] = shown
    st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=say,
        key=key,
        on_change=lambda: st.session_state.update({off: (_off(off) | set(options)) - set(st.session_state[key])}),
        persist_state="page",
    )


def _draw_list(page: Page, ids: list[int], without: Collection[int]) -> None:
    """Draw the chosen customers with a tick each, once somebody wants to see them."""
    _ = page.text.gettext
    box = st.expander(_("Look at them one by one"), key=_LISTED, icon=":material/checklist:", on_change="rerun")
    if not box.open:
        return
    with box:
        # Others may be chosen when the list is opened again: it begins without a search.
        words = st.text_input(_("Search"), key=_SEARCH, placeholder=_("Name, kana, address or phone"), persist_state=None)
        offset = st.session_state.get(_SHOWN, 0) if st.session_state.get(f"{_SHOWN}_of") == (len(ids), words) else 0
        with page.database.read() as session:
            found = customer_selection.list_chosen(session, page.user, ids=ids, words=words, offset=offset)
        for row in found.rows:
            st.checkbox(_row_label(page, row), value=row.id not in without, key=f"bulk_tick_{row.id}", on_change=_toggle, args=(row.id,))
        _draw_pages(page, found.total, offset, of=(len(ids), words))


def _draw_pages(page: Page, total: int, offset: int, *, of: tuple[int, str]) -> None:
    _, size = page.text.gettext, customer_selection.ROWS_A_PAGE
    if total <= size:
        return
    with st.container(key="bulk_pages", horizontal=True, wrap=False, vertical_alignment="center", horizontal_alignment="distribute"):
        st.button(
            _("Previous"),
            key="bulk_previous",
            icon=":material/chevron_left:",
            type="tertiary",
            disabled=not offset,
            on_click=_turn,
            args=(offset - size, of),
        )
        span = _("{first}–{last} of {total}").format(
            first=page.text.number(offset + 1), last=page.text.number(min(offset + size, total)), total=page.text.number(total)
        )
        st.markdown(span, width="content")
        more = offset + size < total
        st.button(
            _("Next"),
            key="bulk_next",
            icon=":material/chevron_right:",
            type="tertiary",
            disabled=not more,
            on_click=_turn,
            args=(offset + size, of),
        )


def _turn(offset: int, of: tuple[int, str]) -> None:
    st.session_state[_SHOWN], st.session_state[f"{_SHOWN}_of"] = max(offset, 0), of


def _row_label(page: Page, row: ChosenRow) -> str:
    seen = page.text.gettext("Never visited") if row.last_visited_at is None else page.text.days_ago(page.days_since(row.last_visited_at))
    where = row.area if row.lat is not None else page.text.gettext("No pin")
    rest = " · ".join(plain(part) for part in (row.owner_name or page.text.gettext("Nobody"), where, seen) if part)
    return f"{badge(row.likelihood)} **{plain(row.name) or '–'}** :small[:gray[{rest}]]"


def _crossed_out(page: Page) -> list[tuple[float, float]]:
    """Return where the unticked customers are, so that the map shows them crossed out."""
    without = sorted(_without())[:_MOST_CROSSED_OUT]
    if not without:
        return []
    with page.database.read() as session:
        rows = customer_selection.list_chosen(session, page.user, ids=without).rows
    return [(row.lat, row.lon) for row in rows if row.lat is not None and row.lon is not None]


def _without() -> set[int]:
    return st.session_state.setdefault(_WITHOUT, set())  # type: ignore[no-any-return]


def _off(name: str) -> set[Any]:
    return st.session_state.setdefault(name, set())  # type: ignore[no-any-return]


def _toggle(customer_id: int) -> None:
    st.session_state[_WITHOUT] = _without() ^ {customer_id}
    st.session_state.pop(f"bulk_tick_{customer_id}", None)
