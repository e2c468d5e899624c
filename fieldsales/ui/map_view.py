"""The map on a page: one folium map that is never built anew, told by each run what to show.

streamlit-folium keeps a map for as long as its script stays the same, and evaluates the script of
`feature_group_to_add` whenever that changes. So the map's own script is constant, and filter, colours, selection and
sentences travel as one JSON object in a feature group: what is filtered changes, where one looks stays.
The map fetches its customers itself (`/api/map/features`); only a tap reruns the page.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

import folium
import streamlit as st
from branca.element import Element, MacroElement
from folium.template import Template
from streamlit_folium import st_folium

from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import LOOKS, Likelihood
from fieldsales.domain.map_colours import ColourBy
from fieldsales.settings import GSI_ATTRIBUTION, GSI_PALE_TILES, OSM_ATTRIBUTION, OSM_TILES, Settings
from fieldsales.ui.map_words import labels
from fieldsales.ui.page import Page

FEATURES, EXTENT, MEMBERS = "/api/map/features", "/api/map/bounds", "/api/map/members"
TAP = "last_object_clicked_tooltip"
MAIN_MAP = "map"
_HEIGHT_PX = 600  # until the page's style sheet says otherwise
# streamlit-folium gives the map a fixed height; this must hold before our style sheet has arrived.
_FULL_HEIGHT = "<style>#map_div{height:100vh!important;width:100%!important}</style>"
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
) -> TappedMap:
    """Draw the customers' map into a container with the key `height_key` and return what was tapped.

    With `pick` every tap means a place: the map offers a pin at the candidate, to be tapped elsewhere or dragged.
    A tap is returned once, in the run it causes, and a customer that was tapped is drawn as the selected one.
    """
    frame = f"{height_key}_frame"
    # The component's value is read before it is drawn: drawn with the former selection, the map would go back there.
    tapped = _read_tap((st.session_state.get(frame) or {}).get(TAP), height_key)
    config = _configuration(page, customer_filter, ColourBy(colour_by), tapped.customer_id or selected_id, height_key, pick)
    with st.container(key=height_key):
        st_folium(
            _build_map(),
            key=frame,
            height=_HEIGHT_PX,
            use_container_width=True,
            returned_objects=[TAP],
            feature_group_to_add=folium.FeatureGroup().add_child(_Configuration(config)),
        )
    return tapped


class _CustomerMap(folium.Map):
    """A folium map whose script and style come from us alone."""

    default_js = ()  # set per instance: the address carries the version
    default_css = ()


class _Start(MacroElement):
    """Hands the Leaflet map to our script."""

    _template = Template("{% macro script(this, kwargs) %}FieldSales.start({{ this._parent.get_name() }});{% endmacro %}")


class _Configuration(MacroElement):
    """Tells our script what to show; percent-encoded, so that nothing in it can be taken for script."""

    _template = Template(
        '{% macro script(this, kwargs) %}FieldSales.configure(JSON.parse(decodeURIComponent("{{ this.payload }}")));{% endmacro %}'
    )

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.payload = quote(json.dumps(config, sort_keys=True, separators=(",", ":")), safe="").replace("_", "%5F")


def _build_map() -> folium.Map:
    customer_map = _CustomerMap(location=(36.0, 138.0), zoom_start=5, tiles=None, zoom_control=False, max_zoom=20)
    version = _assets_version()
    customer_map.default_js = [("fieldsales", f"/assets/map/script.js?v={version}")]
    customer_map.default_css = [("fieldsales", f"/assets/map/style.css?v={version}")]
    customer_map.add_child(_Start())
    customer_map.get_root().header.add_child(Element(_FULL_HEIGHT))
    return customer_map


@functools.cache
def _assets_version() -> str:
    folder = files("fieldsales").joinpath("web", "assets", "map")
    digest = hashlib.sha256()
    for part in sorted(folder.iterdir(), key=lambda p: p.name):
        digest.update(part.read_bytes())
    return digest.hexdigest()[:12]


def _configuration(
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


def _first_bounds(page: Page, customer_filter: CustomerFilter, height_key: str) -> tuple[float, float, float, float] | None:
    """Return where to look first, worked out once a session: later the map remembers where it looked."""
    key = f"_{height_key}_bounds"
    if key not in st.session_state:
        extent = page.runtime.map_index.extent(page.database, page.user, customer_filter=customer_filter, now=page.now, zone=page.zone)
        st.session_state[key] = extent.bounds
    bounds: tuple[float, float, float, float] | None = st.session_state[key]
    return bounds


def tile_layers(settings: Settings) -> list[dict[str, Any]]:
    """Return the tile servers in order of preference; `japan` ones serve where the view's centre is in Japan."""
    if settings.tiles_url:
        return [{"url": settings.tiles_url, "attribution": settings.tiles_attribution, "japan": False, "min_zoom": 0, "max_zoom": 18}]
    return [
        {"url": GSI_PALE_TILES, "attribution": GSI_ATTRIBUTION, "japan": True, "min_zoom": 5, "max_zoom": 18},
        {"url": OSM_TILES, "attribution": OSM_ATTRIBUTION, "japan": False, "min_zoom": 0, "max_zoom": 19},
    ]


def _read_tap(value: object, height_key: str) -> TappedMap:
    """Return what a tap says, once: the component repeats its last value on every run."""
    key = f"_{height_key}_tap"
    if not isinstance(value, str) or value == st.session_state.get(key):
        return TappedMap()
    st.session_state[key] = value
    return parse_tap(value)


def switched_likelihoods() -> frozenset[Likelihood] | None:
    """Return the likelihoods that the legend's switches leave on, None when nobody switched since the last run.

    To be asked before the filter is read: what is switched in the legend is the filter of map and list.
    """
    value = (st.session_state.get(f"{MAIN_MAP}_frame") or {}).get(TAP)
    if not isinstance(value, str) or value == st.session_state.get(f"_{MAIN_MAP}_tap"):
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
