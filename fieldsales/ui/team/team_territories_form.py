"""One territory: its name, whose it is, and what belongs to it: drawn, by municipality or by postal code."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from uuid import uuid4

import streamlit as st

from fieldsales.domain.drawn_areas import Ring
from fieldsales.domain.words import AreaKind
from fieldsales.services.customers.customer_owners import assignable_owners
from fieldsales.services.team import team_scope
from fieldsales.services.territories import territories
from fieldsales.services.territories.territories import MAX_NAME, TerritoryInput, TerritoryView
from fieldsales.services.territories.territory_errors import TerritoryNotFound
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.team.lasso import Outline, draw_lasso, drawn_rings, pins_of, put_rings
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.team.team_territories_facts import draw_facts
from fieldsales.ui.team.team_territories_words import FILLS, KINDS, keeper_trouble

NEW = "new"
LASSO = "territory_lasso"
_PREFIX = "territory_typed_"
_NAME, _KIND, _OWNER, _TEAM = f"{_PREFIX}name", f"{_PREFIX}kind", f"{_PREFIX}owner", f"{_PREFIX}team"
_AREAS, _CODES, _TOKEN, _REF = f"{_PREFIX}areas", f"{_PREFIX}codes", f"{_PREFIX}token", f"{_PREFIX}ref"
_LONGEST_CODES = 5_000


def draw_one(page: Page, asked: TeamAsked, wanted: str, *, on_leave: Callable[[], None]) -> None:
    """Draw the territory `wanted` (an id, or NEW) to be looked at and changed.

    Raises:
        TerritoryNotFound.
    """
    _ = page.text.gettext
    with page.database.read() as session:
        everything = territories.list_territories(session, page.user, retired=True)
    territory = next((row for row in everything if str(row.id) == wanted), None)
    if territory is None and wanted != NEW:
        raise TerritoryNotFound()
    st.button(_("All territories"), key="territory_back", icon=":material/arrow_back:", type="tertiary", on_click=on_leave)
    st.subheader(plain(territory.name) if territory else _("Add a territory"), anchor=False)
    if territory is not None:
        if territory.retired:
            st.info(_("This territory is out of use: it gives customers to nobody."), icon=":material/inventory_2:")
        elif sentence := keeper_trouble(page, territory):
            st.warning(sentence, icon=":material/person_off:")
        draw_facts(page, territory)
    _fill(territory)
    others = [row for row in everything if not row.retired and (territory is None or row.id != territory.id)]
    _draw_fields(page, asked, territory, others)
    page.show_problem()
    _draw_buttons(page, territory, on_leave)


def forget_typed() -> None:
    """Forget what was typed and drawn, so that the next territory begins with what is stored."""
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(_PREFIX)]:
        del st.session_state[key]


def _fill(territory: TerritoryView | None) -> None:
    token = territory.id if territory else NEW
    if st.session_state.get(_TOKEN) == token and _NAME in st.session_state:
        return
    st.session_state.pop(_TOKEN, None)
    by_code = territory is not None and territory.kind is AreaKind.POSTAL_CODES
    values: dict[str, object] = {
        _REF: (uuid4(), territory.version if territory else 0),
        _NAME: territory.name if territory else "",
        _KIND: territory.kind if territory else AreaKind.DRAWN,
        _OWNER: territory.owner_id if territory else None,
        _TEAM: territory.team_id if territory else None,
        _AREAS: list(territory.areas) if territory and not by_code else [],
        _CODES: " ".join(territory.areas) if territory and by_code else "",
    }
    for key, value in values.items():
        st.session_state[key] = value
    put_rings(LASSO, territory.rings if territory else ())
    st.session_state[_TOKEN] = token  # last: a run that is broken off in between leaves a form that is filled again


def _draw_fields(page: Page, asked: TeamAsked, territory: TerritoryView | None, others: Sequence[TerritoryView]) -> None:
    _ = page.text.gettext
    for key in (_NAME, _KIND, _OWNER, _TEAM, _AREAS, _CODES):  # the fields of a kind that is not shown keep what was typed
        st.session_state[key] = st.session_state[key]
    st.text_input(_("Name of the territory"), key=_NAME, max_chars=MAX_NAME, autocomplete="off", persist_state="page")
    page.show_problem("territory_name")
    _draw_owner(page, territory)
    _draw_team(page, asked)
    st.segmented_control(
        _("What belongs to it"),
        list(AreaKind),
        format_func=lambda kind: _(KINDS[kind]),
        key=_KIND,
        required=True,
        width="stretch",
        persist_state="page",
    )
    match st.session_state[_KIND]:
        case AreaKind.DRAWN:
            _draw_map(page, asked, others)
        case AreaKind.MUNICIPALITIES:
            _draw_municipalities(page)
        case AreaKind.POSTAL_CODES:
            st.text_area(
                _("Postal codes or their first digits"), key=_CODES, max_chars=_LONGEST_CODES, placeholder="160 161-0031", height=100,
                help=_("Separated by spaces, commas or line ends. 160 stands for every postal code that begins with it."),
                persist_state="page",
            )  # fmt: skip
            page.show_problem("territory_areas")


def _draw_owner(page: Page, territory: TerritoryView | None) -> None:
    _ = page.text.gettext
    with page.database.read() as session:
        names = {owner_id: one_line(name) for owner_id, name in assignable_owners(session, page.user)}
    if territory is not None and territory.owner_id is not None and territory.owner_id not in names:
        names[territory.owner_id] = one_line(territory.owner_name)
    st.selectbox(
        _("Who looks after it"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        key=_OWNER,
        placeholder=_("Nobody yet"),
        persist_state="page",
    )
    page.show_problem("owner_id")
    page.show_problem("territory_owner")


def _draw_team(page: Page, asked: TeamAsked) -> None:
    _ = page.text.gettext
    teams = {team_id: one_line(name) for team_id, name in asked.scope.teams}
    if st.session_state[_TEAM] not in (None, *teams):
        return  # of a team without people that one may look at: it stays
    if len(teams) > 1:
        of_owner = _("That of the owner, else the whole company")
        st.selectbox(
            _("Team"), list(teams), index=None, format_func=teams.__getitem__, key=_TEAM, placeholder=of_owner, persist_state="page"
        )
    page.show_problem("territory_team")


def _draw_map(page: Page, asked: TeamAsked, others: Sequence[TerritoryView]) -> None:
    _ = page.text.gettext
    st.caption(_("Draw around the territory with a finger or the mouse. It may have several parts, also across the antimeridian."))
    outlines = [
        Outline(other.rings, title=one_line(other.name), colour=FILLS[at % len(FILLS)][0]) for at, other in enumerate(others) if other.rings
    ]
    draw_lasso(page, LASSO, customer_filter=pins_of(asked), outlines=outlines)
    for field in ("territory_rings", "rings"):
        page.show_problem(field)
    st.caption(_("Without a map: choose municipalities or postal codes above."))


def _draw_municipalities(page: Page) -> None:
    _ = page.text.gettext
    with page.database.read() as session:
        known = team_scope.read_choices(session, page.user).areas
    st.multiselect(
        _("Municipalities"), sorted({*known, *st.session_state[_AREAS]}), format_func=one_line, key=_AREAS, accept_new_options=True,
        placeholder=_("Choose, or type one with its prefecture"), select_all=False, persist_state="page",
    )  # fmt: skip
    page.show_problem("territory_areas")


def _draw_buttons(page: Page, territory: TerritoryView | None, on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    if territory is not None:
        label, icon = (_("Bring back"), ":material/unarchive:") if territory.retired else (_("Retire"), ":material/archive:")
        if st.button(label, key="territory_retire", icon=icon, type="tertiary"):
            _retire(page, territory, on_leave)
        if not territory.retired:
            st.caption(_("Retiring a territory changes no customer: they stay with whom they are."))
    with st.container(key="territory_buttons", horizontal=True, wrap=False, gap="small"):
        st.button(_("Cancel"), key="territory_cancel", on_click=on_leave)
        if st.button(_("Save"), key="territory_save", type="primary", width="stretch"):
            _save(page, territory, on_leave)


def _save(page: Page, territory: TerritoryView | None, on_leave: Callable[[], None]) -> None:
    state, kind = st.session_state, st.session_state[_KIND]
    ref, version = state[_REF]
    rings: Sequence[Ring] = [tuple(ring) for ring in drawn_rings(page, LASSO)] if kind is AreaKind.DRAWN else []
    areas = state[_AREAS] if kind is AreaKind.MUNICIPALITIES else re.split(r"[\s,、，;；]+", state[_CODES])
    values = TerritoryInput(name=state[_NAME], kind=kind, owner_id=state[_OWNER], team_id=state[_TEAM], rings=rings, areas=areas)
    geocoder = page.runtime.geocoder
    with page.saving() as session:
        if territory is None:
            territories.add_territory(session, page.user, values=values, geocoder=geocoder, client_ref=ref, now=page.now)
        else:
            territories.change_territory(
                session, page.user, territory_id=territory.id, version=version, values=values, geocoder=geocoder, now=page.now
            )
    page.toast(page.text.gettext("Territory saved."))
    on_leave()
    st.rerun()


def _retire(page: Page, territory: TerritoryView, on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    with page.saving() as session:
        territories.retire_territory(
            session, page.user, territory_id=territory.id, version=territory.version, retired=not territory.retired, now=page.now
        )
    page.toast(_("The territory is back in use.") if territory.retired else _("The territory is out of use."))
    on_leave()
    st.rerun()
