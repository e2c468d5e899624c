"use strict";
/* Where the map looks and what lies beneath: the view that is remembered, tiles by country, one's own position. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const URL_DELAY_MS = 250;
  const FIT_PADDING = 48;
  const NARROW_PX = 640;
  const NARROW_PADDING = 24;
  const CLUSTER_STEP = 2; // zoom levels: one alone would leave what was a cluster in the middle of the screen
  FS.MAX_ZOOM = 20;
  // Japan's outline, roughly, as lat, lon: where the Geospatial Information Authority's tiles are at home.
  const JAPAN = [[23.5, 122.4], [26.5, 122.4], [29, 126.5], [33.3, 128.2], [34.95, 129.1], [36, 131.5], [38.5, 135], [41, 138.3], [45.85, 139.5],
    [45.85, 142.3], [44.6, 145.9], [46, 149.5], [40, 149.5], [23.5, 154.5], [20.2, 141], [20.2, 135]];

  function urlParameters() {
    try {
      return new URLSearchParams(window.parent.location.search);
    } catch {
      return new URLSearchParams();
    }
  }

  function readView(parts) {
    const [lat, lon, zoom] = (parts || []).map((part) => (part === null || part === "" ? NaN : Number(part)));
    return Math.abs(lat) <= 90 && Math.abs(lon) <= 3600 && zoom >= 0 && zoom <= FS.MAX_ZOOM ? [lat, lon, Math.round(zoom)] : null;
  }

  FS.fit = function (map, [west, south, east, north], animate = true) {
    map.fitBounds([[south, west], [north, east]], { padding: [FIT_PADDING, FIT_PADDING], maxZoom: 16, animate });
  };

  /** A map scrolled round the world sees its customers on the turn it is on. */
  FS.nearestTurn = function (map, lon) {
    return lon + 360 * Math.round((map.getCenter().lng - lon) / 360);
  };

  /** Look at what a cluster holds: as close as it fits, and visibly closer than before in any case. */
  FS.openCluster = function (map, [west, south, east, north]) {
    const box = L.latLngBounds([[south, west], [north, east]]), centre = box.getCenter();
    const padding = 2 * (map.getSize().x < NARROW_PX ? NARROW_PADDING : FIT_PADDING);
    const fitting = Math.min(map.getBoundsZoom(box, false, L.point(padding, padding)), 16);
    const zoom = Math.min(Math.max(fitting, map.getZoom() + CLUSTER_STEP), FS.MAX_ZOOM);
    map.setView([centre.lat, FS.nearestTurn(map, centre.lng)], zoom);
  };

  /** A frame may be laid out after its map: into no room at all Leaflet fits the closest zoom, so fit again as it grows. */
  function fitOnceThereIsRoom(map, bounds) {
    FS.fit(map, bounds, false);
    const { x, y } = map.getSize();
    if (Math.min(x, y) <= 2 * FIT_PADDING) map.once("resize", () => fitOnceThereIsRoom(map, bounds));
  }

  /** The view and the switched-off classes, kept in the page's address (to be sent to a colleague) and in the browser. */
  FS.viewMemory = function (map, { memory, in_url }) {
    let timer = 0;
    return {
      hiddenClasses() {
        return new Set(in_url ? (urlParameters().get("hide") || "").split(",").filter(Boolean) : []);
      },

      /** Look where the address says, else at the selected customer, else where this browser looked last, else at all customers. */
      restore({ selected, bounds }) {
        const asked = urlParameters();
        const given = in_url ? readView(["lat", "lon", "zoom"].map((name) => asked.get(name))) : null;
        let kept = null;
        try {
          kept = readView(JSON.parse(localStorage.getItem(memory) || "[]"));
        } catch {
          kept = null;
        }
        const there = selected && selected.lat !== undefined ? [selected.lat, selected.lon, 16] : null;
        const view = given || there || kept;
        if (view) map.setView([view[0], view[1]], view[2], { animate: false });
        else fitOnceThereIsRoom(map, bounds || [129.5, 31, 145.5, 45.5]);
      },

      keep(hidden, { local = true } = {}) {
        clearTimeout(timer);
        timer = setTimeout(() => {
          const centre = map.getCenter().wrap();
          const view = [centre.lat.toFixed(5), centre.lng.toFixed(5), String(map.getZoom())];
          try {
            if (local) localStorage.setItem(memory, JSON.stringify(view.map(Number)));
            if (in_url) writeUrl(view, hidden);
          } catch {
            /* A browser that keeps nothing (private mode) still shows the map. */
          }
        }, URL_DELAY_MS);
      },
    };
  };

  function writeUrl(view, hidden) {
    const url = new URL(window.parent.location.href);
    ["lat", "lon", "zoom"].forEach((name, i) => url.searchParams.set(name, view[i]));
    if (hidden.size) url.searchParams.set("hide", [...hidden].join(","));
    else url.searchParams.delete("hide");
    if (url.href !== window.parent.location.href) window.parent.history.replaceState(window.parent.history.state, "", url);
  }

  /** Return a function that shows the tiles of where the map looks. */
  FS.tileChooser = function (map, choices) {
    let shown = null;
    return function choose() {
      const centre = map.getCenter().wrap();
      const fitting = choices.find((tiles) => !tiles.japan || (map.getZoom() >= tiles.min_zoom && inJapan(centre))) || choices[choices.length - 1];
      if (shown && shown.url === fitting.url) return;
      if (shown) map.removeLayer(shown.layer);
      const options = { attribution: fitting.attribution, maxZoom: FS.MAX_ZOOM, maxNativeZoom: fitting.max_zoom, minZoom: 0 };
      shown = { url: fitting.url, layer: L.tileLayer(fitting.url, options).addTo(map) };
    };
  };

  function inJapan({ lat, lng }) {
    let inside = false;
    for (let i = 0, j = JAPAN.length - 1; i < JAPAN.length; j = i++) {
      const [latI, lonI] = JAPAN[i], [latJ, lonJ] = JAPAN[j];
      if (latI > lat !== latJ > lat && lng < ((lonJ - lonI) * (lat - latI)) / (latJ - latI) + lonI) inside = !inside;
    }
    return inside;
  }

  /** Return what the “where am I” button does: one position on a tap, never in the background. */
  FS.locator = function (map, { labels, number, ui }) {
    const here = L.layerGroup();

    function show({ coords }) {
      ui().setLocating("found");
      const place = L.latLng(coords.latitude, coords.longitude);
      const blue = { color: "#2563eb", weight: 1, fillColor: "#2563eb", fillOpacity: 0.12, interactive: false };
      here.clearLayers();
      here.addLayer(L.circle(place, { radius: coords.accuracy, ...blue }));
      here.addLayer(L.marker(place, { icon: L.divIcon({ className: "fs-here", iconSize: [22, 22] }), interactive: false, keyboard: false }));
      here.addTo(map);
      const { accuracy } = coords;
      const metres = accuracy < 1000 ? `${number(Math.round(accuracy))} m` : `${number(Math.round(accuracy / 100) / 10)} km`;
      ui().say(labels.gps_found.replace("{metres}", metres), { kind: "gps", seconds: 4 });
      map.fitBounds(place.toBounds(Math.max(accuracy * 2.5, 800)), { maxZoom: 16 });
    }

    function sayWhyNot(fault) {
      ui().setLocating("failed");
      const text = { 1: labels.gps_denied, 3: labels.gps_timeout }[fault.code] || labels.gps_unavailable;
      ui().say(text, { kind: "gps", seconds: 12, action: fault.code === 1 ? undefined : { label: labels.retry, run: locate } });
    }

    function locate() {
      if (!window.isSecureContext) ui().say(labels.gps_insecure, { kind: "gps", seconds: 10 });
      else if (!navigator.geolocation) ui().say(labels.gps_unsupported, { kind: "gps", seconds: 10 });
      else {
        ui().setLocating("asking");
        ui().say(labels.gps_asking, { kind: "gps" });
        navigator.geolocation.getCurrentPosition(show, sayWhyNot, { enableHighAccuracy: true, timeout: 12000, maximumAge: 20000 });
      }
    }
    return locate;
  };
})();
