"""A folium map that is never built anew: its own script is constant, and what it shows travels as one JSON object beside it.

streamlit-folium keeps a map for as long as its script stays the same, and evaluates the script of `feature_group_to_add`
whenever that changes. Script and style come from our own server alone.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import folium
import streamlit as st
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from streamlit_folium import st_folium

TAP = "last_object_clicked_tooltip"
_HEIGHT_PX = 600  # until the page's style sheet says otherwise
# streamlit-folium gives the map a fixed height; this must hold before our style sheet has arrived.
_FULL_HEIGHT = "<style>#map_div{height:100vh!important;width:100%!important}</style>"


def draw_frame(config: Mapping[str, Any], *, key: str, start: str = "start", configure: str = "configure") -> None:
    """Draw a map into a container `key`, which the functions `start` and `configure` of our script build and fill."""
    with st.container(key=key):
        st_folium(
            build_map(start),
            key=f"{key}_frame",
            height=_HEIGHT_PX,
            use_container_width=True,
            returned_objects=[TAP],
            feature_group_to_add=folium.FeatureGroup().add_child(Configuration(config, configure)),
        )


def last_tap(key: str) -> str | None:
    """Return what the map `key` said last, as its script wrote it; it is said again in every run."""
    value = (st.session_state.get(f"{key}_frame") or {}).get(TAP)
    return value if isinstance(value, str) else None


class _Start(MacroElement):
    """Hands the Leaflet map to our script."""

    _template = Template("{% macro script(this, kwargs) %}FieldSales.{{ this.function }}({{ this._parent.get_name() }});{% endmacro %}")

    def __init__(self, function: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # branca says it is typed, but this is not
        self.function = function


class Configuration(MacroElement):
    """Tells our script what to show; percent-encoded, so that nothing in it can be taken for script."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        'FieldSales.{{ this.function }}(JSON.parse(decodeURIComponent("{{ this.payload }}")));'
        "{% endmacro %}"
    )

    def __init__(self, config: Mapping[str, Any], function: str = "configure") -> None:
        super().__init__()  # type: ignore[no-untyped-call] # as above
        self.function = function
        self.payload = quote(json.dumps(config, sort_keys=True, separators=(",", ":")), safe="").replace("_", "%5F")


def build_map(start: str = "start") -> folium.Map:
    """Return the map that our script's function `start` takes over; the same for everything it will ever show."""
    own_map = folium.Map(location=(36.0, 138.0), zoom_start=5, tiles=None, zoom_control=False, max_zoom=20)
    version = _assets_version()
    # Script and style come from us alone.
    own_map.default_js = [("fieldsales", f"/assets/map/script.js?v={version}")]
    own_map.default_css = [("fieldsales", f"/assets/map/style.css?v={version}")]
    own_map.add_child(_Start(start))
    figure = own_map.get_root()
    assert isinstance(figure, Figure)
    figure.header.add_child(Element(_FULL_HEIGHT))
    return own_map


@functools.cache
def _assets_version() -> str:
    folder = files("fieldsales").joinpath("web", "assets", "map")
    digest = hashlib.sha256()
    for part in sorted(folder.iterdir(), key=lambda p: p.name):
        digest.update(part.read_bytes())
    return digest.hexdigest()[:12]
