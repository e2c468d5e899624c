"use strict";
/* The map of territories: hexagons in the colour of whom their customers belong to, drawn borders, and each territory's number.

   st_folium runs `FieldSales.startTerritories(map)` once and `FieldSales.configureTerritories(…)` whenever they have changed. It looks
   at all customers when others are asked for (`shape`), and stays where it is otherwise. A tapped number is told to Python. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const NOBODY = "#9aa3a0";
  const LEAST_CELL_PX = 11;
  let map, config, canvas, cells, seen, borders, numbers, group, whole;
  let shape = "";

  FS.startTerritories = function (leafletMap) {
    map = leafletMap;
  };

  FS.configureTerritories = function (next) {
    const first = !config;
    config = next;
    if (first) build();
    draw();
    if (first || shape !== config.shape) whole.again();
    shape = config.shape;
  };

  function build() {
    canvas = L.canvas({ padding: 0.25 });
    borders = L.svg({ padding: 0.5 });
    cells = L.layerGroup().addTo(map);
    group = L.layerGroup().addTo(map);
    numbers = L.layerGroup().addTo(map);
    whole = FS.wholeMap(map, { tiles: config.tiles, bounds, redraw: () => draw(), padding: 24, maxZoom: 14 });
    map.on("moveend", () => drawCells());
  }

  /** Return a line as this view has it: on the turn of the world that one looks at, from its first corner on. */
  function here(line) {
    const turn = FS.nearestTurn(map, line[0][1]) - line[0][1];
    return line.map(([lat, lon]) => [lat, lon + turn]);
  }

  function bounds() {
    if (!config.bounds) return null;
    const [west, south, east, north] = config.bounds;
    const turn = FS.nearestTurn(map, (west + east) / 2) - (west + east) / 2;
    return L.latLngBounds([south, west + turn], [north, east + turn]);
  }

  function draw() {
    whole.name(config.labels.whole);
    seen = null;
    group.clearLayers();
    numbers.clearLayers();
    for (const territory of config.territories) drawTerritory(territory);
    drawCells();
    map.getContainer().dataset.territories = String(config.territories.length);
    map.getContainer().dataset.loading = "0";
  }

  /** Draw the smallest hexagons that can be told apart at this zoom. */
  function drawCells() {
    const wide = (size) => map.project([0, size.width]).x - map.project([0, 0]).x;
    const size = [...config.sizes].reverse().find((size) => wide(size) >= LEAST_CELL_PX) || config.sizes[0];
    if (!size || size === seen) return;
    seen = size;
    cells.clearLayers();
    const looks = new Map(config.territories.map((territory) => [territory.id, territory]));
    const edge = whole.isDark() ? "#10171a" : "#ffffff";
    for (const [ring, id] of size.cells) {
      const fillColor = looks.get(id)?.fill || NOBODY;
      cells.addLayer(L.polygon(here(ring), { renderer: canvas, interactive: false, color: edge, weight: 1, fillColor, fillOpacity: id ? 0.62 : 0.4 }));
    }
    map.getContainer().dataset.features = String(size.cells.length);
  }

  function drawTerritory(territory) {
    for (const ring of territory.rings)
      group.addLayer(L.polygon(here(ring), { renderer: borders, interactive: false, className: "fs-border", color: territory.fill, weight: 3, fillOpacity: 0.06 }));
    if (!territory.at) return;
    const html = FS.element("span", "fs-number-pin", territory.number);
    html.style.cssText = "--side: 30px";
    html.style.background = territory.fill;
    html.style.color = territory.ink;
    const icon = L.divIcon({ className: "fs-stop-pin", html, iconSize: [44, 44], iconAnchor: [22, 22] });
    const [lat, lon] = territory.at;
    const marker = L.marker([lat, FS.nearestTurn(map, lon)], { icon, keyboard: true, title: territory.title, alt: territory.title, riseOnHover: true });
    marker.on("click", () => FS.tell({ tap: "territory", id: territory.id }));
    numbers.addLayer(marker);
  }
})();
