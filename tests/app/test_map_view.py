"""The map on a page: its script never changes, it loads nothing from elsewhere, and a tap is read once."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import folium
import pytest
from streamlit_folium import _get_feature_group_string, _get_header, generate_leaflet_string

from fieldsales.db.models import User
from fieldsales.settings import GSI_PALE_TILES, OSM_TILES, Settings
from fieldsales.ui.map import map_frame
from fieldsales.ui.map.map_frame import Configuration, build_map
from fieldsales.ui.map.map_view import TappedMap, parse_tap, tile_layers
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory

HOSTILE = {"q": '</script><script>alert(1)</script> {{ "x" }} \' " \\ 高松 😀 _div_0', "labels": {"a": "\u2028"}}


def script_for(config: dict[str, object]) -> tuple[str, str]:
    """Return the map's script and the script of its configuration, as the browser gets them."""
    built = build_map()
    built.get_root().render()
    script = generate_leaflet_string(built)
    return script, _get_feature_group_string(folium.FeatureGroup().add_child(Configuration(config)), map=built)


def test_another_filter_changes_the_configuration_but_never_the_map_itself() -> None:
    first, second = script_for({"query": "likelihood=A"}), script_for({"query": "likelihood=B"})
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert "FieldSales.start(map_div);" in first[0]


def test_whatever_the_configuration_holds_reaches_the_script_unchanged() -> None:
    _, configuration = script_for(HOSTILE)
    found = re.search(r'JSON\.parse\(decodeURIComponent\("([A-Za-z0-9%.~-]*)"\)\)', configuration)
    assert found is not None
    assert json.loads(unquote(found[1])) == HOSTILE


def test_the_map_loads_script_and_style_from_us_alone() -> None:
    built = build_map()
    built.get_root().render()
    links = [address for _, address in [*built.default_js, *built.default_css]]
    assert all(re.fullmatch(r"/assets/map/(script\.js|style\.css)\?v=[0-9a-f]{12}", address) for address in links)
    assert "://" not in _get_header(built)
    assert "://" not in generate_leaflet_string(built)


def test_tiles_are_japans_where_japan_is_and_openstreetmaps_elsewhere_unless_set() -> None:
    assert [(t["url"], t["japan"]) for t in tile_layers(Settings())] == [(GSI_PALE_TILES, True), (OSM_TILES, False)]
    own = tile_layers(Settings(tiles_url="https://tiles.example/{z}/{x}/{y}.png", tiles_attribution="© us"))
    assert [(t["url"], t["attribution"]) for t in own] == [("https://tiles.example/{z}/{x}/{y}.png", "© us")]


@pytest.mark.parametrize(
    ("value", "tapped"),
    [
        ('{"tap":"customer","id":7,"n":1}', TappedMap(customer_id=7)),
        ('{"tap":"place","lat":34.5,"lon":134,"n":1}', TappedMap(place=(34.5, 134.0))),
        ('{"tap":"customer","id":"7"}', TappedMap()),
        ('{"tap":"place","lat":"x","lon":1}', TappedMap()),
        ("[1]", TappedMap()),
        ("a customer's name", TappedMap()),
    ],
)
def test_a_tap_is_read_and_anything_else_is_no_tap(value: str, tapped: TappedMap) -> None:
    assert parse_tap(value) == tapped


def test_the_very_run_that_reports_a_tap_tells_the_map_that_the_tapped_customer_is_selected(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, tapped = (make_customer(name, owner=aiko, lat=34.34, lon=134.05) for name in ("before", "tapped"))
    told: list[int] = []

    def hear(*_args: object, feature_group_to_add: folium.FeatureGroup, **_options: Any) -> None:
        (configuration,) = feature_group_to_add._children.values()
        assert isinstance(configuration, Configuration)
        told.append(json.loads(unquote(configuration.payload))["selected"]["id"])

    monkeypatch.setattr(map_frame, "st_folium", hear)
    app = open_app(aiko, "map", customer=str(before.id))
    assert set(told) == {before.id}
    told.clear()
    # What the component leaves in the session when the browser reports a tap.
    app.session_state["map_frame"] = {map_frame.TAP: json.dumps({"tap": "customer", "id": tapped.id, "n": 1})}
    app.run()
    assert not app.exception
    assert set(told) == {tapped.id}
    assert app.query_params["customer"] == str(tapped.id)
