"use strict";
/* The map of a planned day: the way, its stops as numbered pins, where it starts and ends, and small rings for who was left out.

   st_folium runs `FieldSales.startPlan(map)` once and `FieldSales.configurePlan(…)` whenever the plan has changed, so that the map is
   never built anew. It looks at the whole route when another plan or another set of stops comes, and stays where it is otherwise. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const NARROW_PX = 640;
  let map, config, layers, whole, picked = null;
  let shape = "";

  FS.startPlan = function (leafletMap) {
    map = leafletMap;
  };

  FS.configurePlan = function (next) {
    const first = !config;
    const before = config?.selected;
    config = next;
    if (first) build();
    draw();
    if (first || shape !== config.shape) whole.again();
    else if (config.selected !== null && config.selected !== before && config.selected !== picked) bringIntoSight(config.selected);
    shape = config.shape;
    picked = null;
  };

  function build() {
    layers = L.layerGroup().addTo(map);
    whole = FS.wholeMap(map, { tiles: config.tiles, bounds, redraw: () => draw() });
  }

  function bounds() {
    const ends = [config.start, config.end].filter(Boolean);
    const places = [...ends, ...(config.stops.length ? config.stops : config.others)];
    return places.length ? L.latLngBounds(places.map((place) => L.latLng(place.lat, FS.nearestTurn(map, place.lon)))) : null;
  }

  function bringIntoSight(id) {
    const place = [...config.stops, ...config.others].find((other) => other.id === id);
    if (!place) return;
    const narrow = map.getSize().x < NARROW_PX;
    map.panInside(L.latLng(place.lat, FS.nearestTurn(map, place.lon)), { padding: narrow ? [40, 50] : [90, 90] });
  }

  /* ---- drawing ---- */

  function draw() {
    layers.clearLayers();
    whole.name(config.labels.whole);
    drawLine();
    for (const other of config.others) addPin(other, ring(other), "fs-left-pin", 22, other.id === config.selected ? 600 : -200);
    config.stops.forEach((stop, index) => addPin(stop, disc(stop), "fs-stop-pin", 30, stop.id === config.selected ? 900 : 400 - index));
    for (const [end, kind] of [[config.start, "start"], [config.end, "end"]]) if (end) addEnd(end, kind);
    map.getContainer().dataset.stops = String(config.stops.length);
    map.getContainer().dataset.loading = "0";
    map.getContainer().dataset.features = String(config.stops.length + config.others.length);
  }

  function drawLine() {
    if (config.line.length < 2) return;
    let before = config.line[0][1];
    // Across the antimeridian the line goes on, instead of going back around the world.
    const line = config.line.map(([lat, lon]) => {
      before = lon + 360 * Math.round((before - lon) / 360);
      return [lat, before];
    });
    const style = { interactive: false, lineJoin: "round", dashArray: config.stale ? "2 9" : null };
    layers.addLayer(L.polyline(line, { ...style, className: "fs-way-edge", weight: 8, opacity: 0.85, dashArray: null }));
    layers.addLayer(L.polyline(line, { ...style, className: "fs-way", weight: 4.5 }));
  }

  function disc(stop) {
    const pin = FS.element("span", `fs-number-pin${stop.faded ? " fs-faded" : ""}${stop.late ? " fs-late" : ""}`, stop.number);
    pin.style.background = stop.fill;
    pin.style.color = stop.ink;
    return pin;
  }

  function ring(other) {
    const pin = FS.element("span", "fs-ring-pin");
    pin.style.borderColor = other.fill;
    return pin;
  }

  function addPin(place, html, className, side, above) {
    const selected = place.id === config.selected ? " fs-selected" : "";
    const icon = L.divIcon({ className: className + selected, html, iconSize: [44, 44], iconAnchor: [22, 22] });
    html.style.setProperty("--side", `${side}px`);
    const marker = L.marker([place.lat, FS.nearestTurn(map, place.lon)], { icon, keyboard: true, title: place.title, alt: place.title, zIndexOffset: above, riseOnHover: true });
    marker.on("click", () => {
      picked = place.id;
      FS.tell({ tap: "stop", id: place.id });
    });
    layers.addLayer(marker);
  }

  function addEnd(end, kind) {
    const html = FS.element("span", `fs-end-pin fs-end-${end.both ? "both" : kind}`);
    const icon = L.divIcon({ className: "fs-end", html, iconSize: [26, 26], iconAnchor: [13, 13] });
    layers.addLayer(L.marker([end.lat, FS.nearestTurn(map, end.lon)], { icon, keyboard: false, title: end.title, alt: end.title, zIndexOffset: -100 }));
  }
})();
