"""Everything HTTP of ours, outermost first: what `app.py` puts around and beside Streamlit."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from fieldsales.web import api, asset_files, calendar, files, health, login, map_data, plan_files, route_mode, team_data, team_files
from fieldsales.web.faults import Faults
from fieldsales.web.gate import Gate
from fieldsales.web.headers import SecurityHeaders
from fieldsales.web.page_shell import PageShell
from fieldsales.web.proxies import TrustedProxies
from fieldsales.web.responses import show_exception

# `api` comes last: its mount takes what is left below /api.
routes = [
    *login.routes,
    *health.routes,
    *asset_files.routes,
    *map_data.routes,
    *team_data.routes,
    *team_files.routes,
    *files.routes,
    *plan_files.routes,
    *calendar.routes,
    *route_mode.routes,
    *api.routes,
]
middleware = [Middleware(layer) for layer in (TrustedProxies, SecurityHeaders, Faults, Gate, PageShell)]
exception_handlers = {HTTPException: show_exception}
