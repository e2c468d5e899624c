"use strict";
/* What maps have in common when they ask the server for what they show, and tell Streamlit what was tapped. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const TILE = 256;
  const PAD = 0.2;

  /** Return the section to ask for: what is seen and some more, in whole tiles, so that small moves ask for nothing. */
  FS.wantedBox = function (map) {
    const zoom = Math.floor(map.getZoom());
    const seen = map.getPixelBounds();
    const pad = seen.getSize().multiplyBy(PAD);
    const min = seen.min.subtract(pad).divideBy(TILE).floor();
    const max = seen.max.add(pad).divideBy(TILE).ceil();
    const across = 2 ** zoom;
    const corner = (x, y) => map.unproject(L.point(x * TILE, Math.min(Math.max(y, 0), across) * TILE), zoom);
    const southWest = corner(min.x, max.y), northEast = corner(max.x, min.y);
    const wide = max.x - min.x >= across;
    const box = wide ? [-180, southWest.lat, 180, northEast.lat] : [southWest.lng, southWest.lat, northEast.lng, northEast.lat];
    return { text: box.map((part) => part.toFixed(6)).join(","), zoom };
  };

  /** Return the server's answer; a refusal is thrown with its sentence and `status`. */
  FS.ask = async function (address, signal) {
    const response = await fetch(address, { signal, credentials: "same-origin", headers: { Accept: "application/json" } });
    if (response.ok) return response.json();
    const said = await response.json().catch(() => ({}));
    throw Object.assign(new Error(said.error?.message || ""), { status: response.status });
  };

  /** Hand a tap to Python at once, under the name st_folium gives it, so that its own later report finds nothing new. */
  FS.tell = function (tap) {
    const value = { last_object_clicked_tooltip: JSON.stringify({ ...tap, n: Date.now() }) };
    const folium = window.__GLOBAL_DATA__;
    if (folium) {
      folium.last_object_clicked_tooltip = value.last_object_clicked_tooltip;
      folium.previous_data = value;
    }
    window.Streamlit.setComponentValue(value);
  };
})();
