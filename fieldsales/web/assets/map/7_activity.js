"use strict";
/* The check-ins of a day: numbered points, never a line between them; a coarse one shows how little is known.

   st_folium runs `FieldSales.startActivity(map)` once and `FieldSales.configureActivity(…)` whenever the day or the filter change. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const COARSE_M = 750;
  let map, config, chooseTiles, layers, darkNow, whole;
  let shape = "";

  FS.startActivity = function (leafletMap) {
    map = leafletMap;
  };

  FS.configureActivity = function (next) {
    const first = !config;
    config = next;
    if (first) build();
    draw();
    if (first || shape !== config.shape) {
      map.fsTouched = false;
      showAll();
    }
    shape = config.shape;
  };

  function build() {
    map.options.maxZoom = FS.MAX_ZOOM;
    map.attributionControl.setPrefix(false);
    layers = L.layerGroup().addTo(map);
    chooseTiles = FS.tileChooser(map, config.tiles);
    whole = FS.wholeButton(map, () => {
      map.fsTouched = false;
      showAll();
    });
    darkNow = FS.theme(map, () => draw());
    map.on("moveend", () => chooseTiles());
    for (const name of ["dragstart", "zoomstart"]) map.on(name, () => (map.fsTouched = map.fsTouched || !map.fsFitting));
    new ResizeObserver(() => {
      map.invalidateSize({ animate: false, pan: false });
      if (!map.fsTouched) showAll();
    }).observe(map.getContainer());
    setTimeout(chooseTiles);
  }

  const placeOf = (point) => L.latLng(point.lat, FS.nearestTurn(map, point.lon));

  function showAll() {
    if (!config.points.length) return;
    map.fsFitting = true;
    map.fitBounds(L.latLngBounds(config.points.map(placeOf)), { padding: [34, 34], maxZoom: 15, animate: false });
    map.fsFitting = false;
  }

  function draw() {
    layers.clearLayers();
    whole.title = config.labels.whole;
    whole.setAttribute("aria-label", config.labels.whole);
    for (const point of config.points) add(point);
    map.getContainer().dataset.features = String(config.points.length);
    map.getContainer().dataset.loading = "0";
  }

  function add(point) {
    if (point.coarse) layers.addLayer(FS.radiusCircle(placeOf(point), COARSE_M, darkNow?.()));
    const pin = element("span", "fs-number-pin", `${point.number}${point.sign}`);
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
    const content = element("div", "fs-facts");
    content.append(element("div", "fs-spot-title", point.who), element("div", "", point.where), element("div", "", point.said));
    if (point.coarse) content.append(element("div", "", config.labels.coarse));
    return content;
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
})();
