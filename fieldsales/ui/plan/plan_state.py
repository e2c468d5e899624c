"""What the address of the plan page says: whose day, which one, which view of it, and which sheet lies over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import streamlit as st

from fieldsales.ui.page import Page

DAY, REP, PLAN, VIEW, SHEET, STOP = "day", "rep", "plan", "view", "sheet", "stop"
FIRST_DAY, FARTHEST = date(2000, 1, 1), timedelta(days=730)
_KEPT_WHOSE = "_plan_whose"
_SHEET_KEYS = "plansheet_"  # what is typed into a sheet is kept in the session under keys that begin so


class View(StrEnum):
    """The views of planned days."""

    DAY = "day"
    WEEK = "week"
    LIST = "list"
    TEAM = "team"


class Sheet(StrEnum):
    """What may lie over the day."""

    STOP = "stop"
    ADD = "add"
    RULES = "rules"
    VARIANTS = "variants"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; `plan_id` names one plan whoever's and of whenever it is, `stop_id` the row that is meant."""

    day: date
    user_id: int | None
    plan_id: int | None
    view: View
    sheet: Sheet | None
    stop_id: int | None


def read_asked(page: Page) -> Asked:
    """Return what the address asks for; what makes no sense is as if it were not there."""
    query = st.query_params
    view, sheet = query.get(VIEW, ""), query.get(SHEET, "")
    return Asked(
        day=read_day(query.get(DAY, ""), page.today),
        user_id=_number(query.get(REP, "")) or _kept_whose(),
        plan_id=_number(query.get(PLAN, "")),
        view=View(view) if view in list(View) else View.DAY,
        sheet=Sheet(sheet) if sheet in list(Sheet) else None,
        stop_id=_number(query.get(STOP, "")),
    )


def read_day(value: str, today: date) -> date:
    """Return the day that `value` names, today for anything else; not further than two years ahead."""
    try:
        return min(max(date.fromisoformat(value), FIRST_DAY), today + FARTHEST)
    except ValueError:
        return today


def show_day(day: date) -> None:
    """Turn to another day of the same person."""
    _leave_plan()
    st.query_params.pop(VIEW, None)
    st.query_params[DAY] = day.isoformat()


def show_whose(user_id: int) -> None:
    """Turn to the same day of somebody else, whose days are then shown until another is chosen."""
    _leave_plan()
    st.query_params[REP] = str(user_id)
    st.session_state[_KEPT_WHOSE] = user_id


def show_view(view: View) -> None:
    """Turn to another view."""
    _leave_plan()
    if view is View.DAY:
        st.query_params.pop(VIEW, None)
    else:
        st.query_params[VIEW] = view.value


def open_sheet(sheet: Sheet, stop_id: int | None = None) -> None:
    """Lay a sheet over the day; it is open still after a reload."""
    forget_typed()
    st.query_params[SHEET] = sheet.value
    if stop_id is not None:
        st.query_params[STOP] = str(stop_id)


def close_sheet() -> None:
    """Take the sheet away and forget what was typed into it; the row stays marked."""
    forget_typed()
    st.query_params.pop(SHEET, None)


def mark_stop(stop_id: int) -> None:
    """Mark a row, and nothing else."""
    st.query_params[STOP] = str(stop_id)


def forget_typed() -> None:
    """Forget what was typed into a sheet, so that the next one begins with what is stored."""
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(_SHEET_KEYS)]:
        del st.session_state[key]


def begin_typing(token: str, values: dict[str, object]) -> None:
    """Give the widgets of a sheet their first values, once per `token` (which sheet it is, of what)."""
    mark = f"{_SHEET_KEYS}token"
    if st.session_state.get(mark) == token and all(key in st.session_state for key in values):
        return
    st.session_state[mark] = token
    for key, value in values.items():
        st.session_state[key] = value


def _leave_plan() -> None:
    forget_typed()
    for name in (PLAN, SHEET, STOP):
        st.query_params.pop(name, None)


def _kept_whose() -> int | None:
    kept = st.session_state.get(_KEPT_WHOSE)
    return kept if isinstance(kept, int) else None


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and 0 < len(value) < 10 else None
