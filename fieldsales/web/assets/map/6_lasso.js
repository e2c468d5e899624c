"use strict";
/* Drawing around customers: the customers' map with a pencil. One stroke of finger or mouse is one area; between strokes the map moves
   as ever. Areas travel to Python as rings of [lat, lon] and come back with the next configuration, so that a page that was left
   shows them again. A customer that is tapped is told to Python, as on every map.

   st_folium runs `FieldSales.startLasso(map)` once and `FieldSales.configureLasso(…)` whenever the page has something new to say. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const STEP_PX = 4; // a new corner after so many pixels
  const SMOOTH_PX = 2.5; // corners nearer to the line than this are left out
  const LEAST_PX = 24; // smaller is a slip of the finger
  const MOST_RINGS = 20;
  const ICONS = {
    draw: "M12 4C7 4 3 6.9 3 10.6c0 2 1.3 3.8 3.2 5A3 3 0 1 0 9 17.1c1 .2 2 .3 3 .3 5 0 9-2.9 9-6.8S17 4 12 4zm0 11.4c-.9 0-1.8-.1-2.6-.3A3 3 0 0 0 6.6 14C5.6 13 5 11.9 5 10.6 5 8.1 8.1 6 12 6s7 2.1 7 4.6-3.1 4.8-7 4.8zM7 18.5a1 1 0 1 1 0-2 1 1 0 0 1 0 2z",
    back: "M12.5 8c-2.6 0-5 1-6.9 2.6L2 7v9h9l-3.6-3.6A8 8 0 0 1 20 16l2.4-.8A10.5 10.5 0 0 0 12.5 8z",
    clear: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  };
  let map, config, sheet, tools, drawn, shown;
  let rings = [];
  let n = 0; // counts what was drawn here and what the page said since: the newer one holds
  let stroke = null; // {id, points, line}: the line under the finger

  FS.startLasso = function (leafletMap) {
    map = leafletMap;
    FS.start(leafletMap);
  };

  FS.configureLasso = function (next) {
    const first = !config;
    config = next;
    FS.configure(next);
    if (first) build();
    if (first || config.lasso.n > n) {
      rings = config.lasso.rings;
      n = config.lasso.n;
    }
    draw();
    if (first && rings.length && config.lasso.look) lookAtRings();
  };

  function build() {
    drawn = L.svg({ padding: 0.5 });
    shown = L.layerGroup().addTo(map);
    sheet = FS.element("div", "fs-sheet");
    sheet.hidden = true;
    L.DomEvent.disableClickPropagation(sheet);
    sheet.addEventListener("pointerdown", begin);
    sheet.addEventListener("pointermove", go);
    sheet.addEventListener("pointerup", end);
    sheet.addEventListener("pointercancel", forget);
    const bar = FS.element("div", "fs-lasso");
    L.DomEvent.disableClickPropagation(bar);
    tools = {
      draw: button("draw", () => setDrawing(sheet.hidden), true),
      back: button("back", () => change(rings.slice(0, -1))),
      clear: button("clear", () => change([])),
    };
    bar.append(tools.draw, tools.back, tools.clear);
    map.getContainer().append(sheet, bar);
    document.addEventListener("keydown", (event) => event.key === "Escape" && setDrawing(false));
  }

  function button(name, onTap, worded = false) {
    const made = FS.element("button", `fs-tool fs-tool-${name}`);
    made.type = "button";
    made.append(FS.icon(ICONS[name]));
    if (worded) made.append(FS.element("span", "fs-tool-word"));
    made.addEventListener("click", onTap);
    return made;
  }

  /* ---- the stroke ---- */

  function setDrawing(on) {
    if (on === !sheet.hidden) return;
    if (on && rings.length >= MOST_RINGS) return;
    forget();
    sheet.hidden = !on;
    nameTools();
    // A map that is half below the edge of a phone's screen comes into sight: nothing else scrolls the page while one draws.
    if (on) window.frameElement?.scrollIntoView({ block: "nearest" });
  }

  const pointOf = (event) => map.mouseEventToContainerPoint(event);

  function begin(event) {
    if (stroke) return forget(); // a second finger: not a stroke
    if (event.button) return;
    sheet.setPointerCapture(event.pointerId);
    const line = L.polyline([], { renderer: drawn, interactive: false, className: "fs-stroke", weight: 3.5 }).addTo(map);
    stroke = { id: event.pointerId, points: [pointOf(event)], line };
  }

  function go(event) {
    if (!stroke || event.pointerId !== stroke.id) return;
    // The browser gathers what a fast finger does between two pictures.
    const passed = event.getCoalescedEvents?.() || [];
    for (const point of (passed.length ? passed : [event]).map(pointOf)) {
      if (point.distanceTo(stroke.points[stroke.points.length - 1]) < STEP_PX) continue;
      stroke.points.push(point);
      stroke.line.addLatLng(map.containerPointToLatLng(point));
    }
  }

  function end(event) {
    if (!stroke || event.pointerId !== stroke.id) return;
    const points = stroke.points, bounds = L.bounds(points);
    forget();
    const size = bounds.getSize();
    if (points.length < 3 || Math.max(size.x, size.y) < LEAST_PX) return; // still drawing: the finger slipped
    setDrawing(false);
    const corners = L.LineUtil.simplify(points, SMOOTH_PX).map((point) => map.containerPointToLatLng(point));
    change([...rings, corners.map(({ lat, lng }) => [Number(lat.toFixed(6)), Number(lng.toFixed(6))])]);
  }

  function forget() {
    stroke?.line.remove();
    stroke = null;
  }

  function change(next) {
    rings = next;
    n += 1;
    draw();
    FS.tell({ tap: "rings", rings, count: n });
  }

  /* ---- what is seen ---- */

  function draw() {
    shown.clearLayers();
    for (const { rings: lines, title, colour } of config.lasso.outlines)
      for (const line of lines) {
        const outline = L.polygon(here(line), { renderer: drawn, interactive: false, className: "fs-outline", weight: 2.5, fillOpacity: 0.08, color: colour });
        if (title) outline.bindTooltip(wordOf(title), { permanent: true, direction: "center", className: "fs-outline-name" });
        shown.addLayer(outline);
      }
    for (const ring of rings) shown.addLayer(L.polygon(here(ring), { renderer: drawn, interactive: false, className: "fs-ring", weight: 3 }));
    for (const [lat, lon] of config.lasso.left_out)
      shown.addLayer(L.circleMarker([lat, FS.nearestTurn(map, lon)], { renderer: drawn, interactive: false, className: "fs-left-out", radius: 16, weight: 3 }));
    map.getContainer().dataset.rings = String(rings.length);
    nameTools();
  }

  function wordOf(title) {
    const word = FS.element("span", "");
    word.textContent = title;
    return word;
  }

  /** Return a line as this view has it: on the turn of the world that one looks at. */
  function here(line) {
    const turn = FS.nearestTurn(map, line[0][1]) - line[0][1];
    return line.map(([lat, lon]) => [lat, lon + turn]);
  }

  function lookAtRings() {
    map.fitBounds(L.latLngBounds(rings.flatMap((ring) => here(ring))), { padding: [40, 40], animate: false });
  }

  function nameTools() {
    const { labels } = config.lasso, drawing = !sheet.hidden;
    const word = drawing ? labels.drawing : rings.length ? labels.draw_more : labels.draw;
    tools.draw.querySelector(".fs-tool-word").textContent = word;
    tools.draw.setAttribute("aria-pressed", String(drawing));
    for (const name of ["back", "clear"]) {
      tools[name].title = labels[name];
      tools[name].setAttribute("aria-label", labels[name]);
      tools[name].hidden = drawing || rings.length < (name === "back" ? 2 : 1);
    }
    tools.draw.disabled = !drawing && rings.length >= MOST_RINGS;
    map.getContainer().classList.toggle("fs-drawing", drawing);
  }
})();
