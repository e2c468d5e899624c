"""The map on a page: one folium map that is never built anew (`map_frame`), told by each run what to show.

Filter, colours, selection and sentences are told to it: what is filtered changes, where one looks stays.
The map fetches its customers itself (`/api/map/features`); only a tap reruns the page.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import LOOKS, Likelihood
from fieldsales.domain.map_colours import ColourBy
from fieldsales.settings import GSI_ATTRIBUTION, GSI_PALE_TILES, OSM_ATTRIBUTION, OSM_TILES, Settings
from fieldsales.ui.map.map_frame import draw_frame, last_tap
from fieldsales.ui.map.map_words import labels
from fieldsales.ui.page import Page

FEATURES, EXTENT, MEMBERS = "/api/map/features", "/api/map/bounds", "/api/map/members"
MAIN_MAP = "map"
Bounds = tuple[float, float, float, float]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TappedMap:
    """What was tapped since the last run: a customer, a place (lat, lon), or neither."""

    customer_id: int | None = None
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class PinCandidate:
    """Where a pin is offered to be placed, with the radius that holds the true place; None where nothing is known."""

    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None


def draw_map(
    page: Page,
    *,
    customer_filter: CustomerFilter,
    colour_by: str = ColourBy.LIKELIHOOD.value,
    selected_id: int | None = None,
    height_key: str = MAIN_MAP,
    pick: PinCandidate | None = None,
    look_at: Bounds | None = None,
) -> TappedMap:
    """Draw the customers' map into a container with the key `height_key` and return what was tapped.

    With `pick` every tap means a place: the map offers a pin at the candidate, to be tapped elsewhere or dragged.
    With `look_at` (west, south, east, north in degrees) it looks there first, not where it looked last.
    A tap is returned once, in the run it causes, and a customer that was tapped is drawn as the selected one.
    """
    # The component's value is read before it is drawn: drawn with the former selection, the map would go back there.
    tapped = _read_tap(last_tap(height_key), height_key)
    config = map_configuration(page, customer_filter, ColourBy(colour_by), tapped.customer_id or selected_id, height_key, pick)
    if look_at is not None:
        config |= {"bounds": look_at, "memory": f"{config['memory']}.{','.join(f'{part:.4f}' for part in look_at)}"}
    draw_frame(config, key=height_key)
    return tapped


def map_configuration(
    page: Page, customer_filter: CustomerFilter, colour_by: ColourBy, selected_id: int | None, height_key: str, pick: PinCandidate | None
) -> dict[str, Any]:
    """Return everything the script needs to know, as JSON values."""
    index, database = page.runtime.map_index, page.database
    # The page has just been told what was saved; its map must not show less than the page knows.
    snapshot = index.snapshot(database, fresh=True)
    selected = None
    if selected_id is not None:
        selected = index.find_pin(database, page.user, selected_id, colour_by=colour_by, now=page.now, zone=page.zone)
    return {
        "features": FEATURES,
        "extent": EXTENT,
        "members": MEMBERS,
        "query": urlencode(customer_filter.to_query(), doseq=True),
        "colour": colour_by.value,
        "fresh": str((snapshot.newest - _EPOCH) // (datetime.resolution)),
        "version": snapshot.serial,
        "selected": selected,
        "pick": {k: v for k, v in asdict(pick).items() if v is not None} if pick is not None else None,
        "bounds": _first_bounds(page, customer_filter, height_key),
        "memory": f"fieldsales.{height_key}.{page.user.id}",
        "in_url": height_key == MAIN_MAP,
        "locale": page.text.locale,
        "labels": labels(page.text),
        "likelihood_looks": {k.value: {"key": k.value, "fill": v.fill, "ink": v.ink, "letter": v.letter} for k, v in LOOKS.items()},
        "tiles": tile_layers(page.runtime.settings),
    }


def _first_bounds(page: Page, customer_filter: CustomerFilter, height_key: str) -> Bounds | None:
    """Return where to look first, worked out once a session: later the map remembers where it looked."""
    key = f"_{height_key}_bounds"
    if key not in st.session_state:
        extent = page.runtime.map_index.extent(page.database, page.user, customer_filter=customer_filter, now=page.now, zone=page.zone)
        st.session_state[key] = extent.bounds
    bounds: Bounds | None = st.session_state[key]
    return bounds


def tile_layers(settings: Settings) -> list[dict[str, Any]]:
    """Return the tile servers in order of preference; `japan` ones serve where the view's centre is in Japan."""
    if settings.tiles_url:
        return [{"url": settings.tiles_url, "attribution": settings.tiles_attribution, "japan": False, "min_zoom": 0, "max_zoom": 18}]
    return [
        {"url": GSI_PALE_TILES, "attribution": GSI_ATTRIBUTION, "japan": True, "min_zoom": 5, "max_zoom": 18},
        {"url": OSM_TILES, "attribution": OSM_ATTRIBUTION, "japan": False, "min_zoom": 0, "max_zoom": 19},
    ]


def _read_tap(value: str | None, height_key: str) -> TappedMap:
    """Return what a tap says, once: the component repeats its last value on every run."""
    key = f"_{height_key}_tap"
    if value is None or value == st.session_state.get(key):
        return TappedMap()
    st.session_state[key] = value
    return parse_tap(value)


def switched_likelihoods() -> frozenset[Likelihood] | None:
    """Return the likelihoods that the legend's switches leave on, None when nobody switched since the last run.

    To be asked before the filter is read: what is switched in the legend is the filter of map and list.
    """
    value = last_tap(MAIN_MAP)
    if value is None or value == st.session_state.get(f"_{MAIN_MAP}_tap"):
        return None
    shown = parse_switches(value)
    if shown is not None:
        st.session_state[f"_{MAIN_MAP}_tap"] = value
    return shown


def parse_switches(value: str) -> frozenset[Likelihood] | None:
    """Read what the legend's switches leave on, as the map's script writes it; anything else is none of them."""
    try:
        tap = json.loads(value)
    except ValueError:
        return None
    if not isinstance(tap, dict) or tap.get("tap") != "likelihoods" or not isinstance(tap.get("shown"), list):
        return None
    shown = frozenset(Likelihood(key) for key in tap["shown"] if key in list(Likelihood))
    return frozenset() if shown == frozenset(Likelihood) else shown


def parse_tap(value: str) -> TappedMap:
    """Read a tap as the map's script writes it; anything else is no tap."""
    try:
        tap = json.loads(value)
    except ValueError:
        return TappedMap()
    if not isinstance(tap, dict):
        return TappedMap()
    if tap.get("tap") == "customer" and isinstance(tap.get("id"), int):
        return TappedMap(customer_id=tap["id"])
    lat, lon = tap.get("lat"), tap.get("lon")
    if tap.get("tap") == "place" and isinstance(lat, int | float) and isinstance(lon, int | float):
        return TappedMap(place=(float(lat), float(lon)))
    return TappedMap()
