"use strict";
/* The check-ins of a day: numbered points, never a line between them; a coarse one shows how little is known.

   st_folium runs `FieldSales.startActivity(map)` once and `FieldSales.configureActivity(…)` whenever the day or the filter change. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const COARSE_M = 750;
  let map, config, layers, whole;
  let shape = "";

  FS.startActivity = function (leafletMap) {
    map = leafletMap;
  };

  FS.configureActivity = function (next) {
    const first = !config;
    config = next;
    if (first) build();
    draw();
    if (first || shape !== config.shape) whole.again();
    shape = config.shape;
  };

  const placeOf = (point) => L.latLng(point.lat, FS.nearestTurn(map, point.lon));
  const bounds = () => (config.points.length ? L.latLngBounds(config.points.map(placeOf)) : null);

  function build() {
    layers = L.layerGroup().addTo(map);
    whole = FS.wholeMap(map, { tiles: config.tiles, bounds, redraw: () => draw() });
  }

  function draw() {
    layers.clearLayers();
    whole.name(config.labels.whole);
    for (const point of config.points) add(point);
    map.getContainer().dataset.features = String(config.points.length);
    map.getContainer().dataset.loading = "0";
  }

  function add(point) {
    if (point.coarse) layers.addLayer(FS.radiusCircle(placeOf(point), COARSE_M, whole.isDark()));
    const pin = FS.element("span", "fs-number-pin", `${point.number}${point.sign}`);
    pin.style.setProperty("--side", "32px");
    pin.style.background = point.fill;
    pin.style.color = point.ink;
    const title = `${point.number}. ${point.who} · ${point.where} · ${point.said}`;
    const icon = L.divIcon({ className: "fs-stop-pin", html: pin, iconSize: [44, 44], iconAnchor: [22, 22] });
    const marker = L.marker(placeOf(point), { icon, keyboard: true, title, alt: title, riseOnHover: true });
    marker.bindPopup(() => facts(point), { className: "fs-popup", minWidth: 200, maxWidth: 300 });
    layers.addLayer(marker);
  }

  function facts(point) {
    const content = FS.element("div", "fs-facts");
    content.append(FS.element("div", "fs-spot-title", point.who), FS.element("div", "", point.where), FS.element("div", "", point.said));
    if (point.coarse) content.append(FS.element("div", "", config.labels.coarse));
    return content;
  }
})();
