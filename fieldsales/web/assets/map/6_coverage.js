"use strict";
/* The coverage map: hexagons or municipalities in the colours of one figure, each with its value written in it.

   st_folium runs `FieldSales.startCoverage(map)` once and `FieldSales.configureCoverage(…)` whenever figure or filter change, so that
   the map is never built anew. It looks at all customers when others are asked for (`shape`), and stays where it is otherwise. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const REQUEST_LIMIT_MS = 20000;
  const KEPT_ANSWERS = 12;
  const LEAST_LABEL_PX = 30;
  const EDGE_PX = 8, BELOW_PX = 112; // kept free of hexagons at first: below are the legend and the button
  const BESIDE = { paddingTopLeft: [EDGE_PX, EDGE_PX], paddingBottomRight: [EDGE_PX, BELOW_PX] };
  const AROUND_PX = 34;
  const MOST_FITS = 3;
  const NEAREST_ZOOM = 13;
  const NONE = { fill: "#9aa3a0", ink: "#1b1b1b" };
  const FONT = '"Source Sans", system-ui, -apple-system, "Hiragino Sans", "Noto Sans JP", sans-serif';
  let map, config, canvas, group, chooseTiles, darkNow, parts, popup;
  let collection = null, shownBox = "", request = null, shape = "", fits = 0, finer = 0;
  const answers = new Map();

  FS.startCoverage = function (leafletMap) {
    map = leafletMap;
  };

  FS.configureCoverage = function (next) {
    const first = !config, before = config || {};
    config = next;
    if (first) build();
    parts.whole.title = config.labels.whole;
    parts.whole.setAttribute("aria-label", config.labels.whole);
    if (before.version !== config.version || before.fresh !== config.fresh) answers.clear();
    if (!first && ["query", "version", "fresh"].every((name) => before[name] === config[name])) return;
    map.closePopup();
    shownBox = "";
    if (first || shape !== config.shape) {
      map.fsTouched = false;
      showAll();
    }
    shape = config.shape;
    load();
  };

  function build() {
    canvas = new FS.Canvas({ padding: 0.25 });
    group = L.layerGroup().addTo(map);
    chooseTiles = FS.tileChooser(map, config.tiles);
    parts = tools();
    darkNow = FS.theme(map, () => collection && draw());
    popup = L.popup({ className: "fs-popup", minWidth: 230, maxWidth: 300, autoPanPadding: [12, 12] });
    map.on("moveend", () => {
      chooseTiles();
      if (!map.fsFitting) load();
    });
    FS.untilMoved(map, showAgain);
    map.on("zoomstart", () => (finer = map.fsFitting ? finer : 0));
    window.addEventListener("online", () => load({ again: true }));
    setTimeout(chooseTiles);
  }

  function tools() {
    const layer = FS.element("div", "fs-layer");
    const whole = FS.wholeButton(map, showAgain);
    whole.parentElement.classList.add("fs-coverage-buttons");
    const legend = FS.element("div", "fs-scale"), message = FS.element("div", "fs-message");
    legend.setAttribute("role", "img");
    message.setAttribute("role", "status");
    message.hidden = true;
    layer.append(FS.element("div", "fs-progress"), legend, message);
    for (const part of [legend, message]) L.DomEvent.disableClickPropagation(part);
    map.getContainer().append(layer);
    return { whole, legend, message };
  }

  /** Look at everybody; where that would cut their hexagons, from farther away, with the same hexagons and not the next larger ones. */
  function showAll() {
    fits = finer = 0;
    const zoom = Math.min(NEAREST_ZOOM, map.getBoundsZoom(boxOfAll(), false, L.point(2 * AROUND_PX, AROUND_PX + BELOW_PX)));
    if (!config.reach) return FS.lookAt(map, boxOfAll(), { paddingTopLeft: [AROUND_PX, AROUND_PX], paddingBottomRight: [AROUND_PX, BELOW_PX], maxZoom: zoom });
    FS.lookAt(map, boxOf(config.reach[zoom]), { ...BESIDE, maxZoom: zoom });
    finer = map.getZoom() < zoom ? 1 : 0;
  }

  /** As at first, with what is drawn already: the same section is not asked for twice. */
  function showAgain() {
    map.fsTouched = false;
    showAll();
    if (collection) showWhole(group.getLayers());
    load();
  }

  const boxOfAll = () => boxOf(config.bounds || [129.5, 31, 145.5, 45.5]);

  function boxOf([west, south, east, north]) {
    const near = FS.nearestTurn(map, (west + east) / 2) - (west + east) / 2;
    return L.latLngBounds([south, west + near], [north, east + near]);
  }

  /** A hexagon inside may reach farther than those of the outermost customers: move until each is seen whole, beside the button and
   *  above the legend. Another zoom has other hexagons, so this is done anew with them, a few times at most. */
  function showWhole(layers) {
    if (map.fsTouched || fits >= MOST_FITS || !config.bounds) return;
    const all = boxOfAll(), whole = L.latLngBounds([]);
    for (const layer of layers) if (layer instanceof Hexagon && all.intersects(layer.getBounds())) whole.extend(layer.getBounds());
    if (!whole.isValid()) return;
    const { x, y } = map.getSize(), seen = L.bounds([EDGE_PX, EDGE_PX], [x - EDGE_PX, y - BELOW_PX]);
    if (seen.contains(L.bounds([whole.getNorthWest(), whole.getSouthEast()].map((corner) => map.latLngToContainerPoint(corner))))) return;
    const before = map.getZoom();
    fits += 1;
    FS.lookAt(map, whole, { ...BESIDE, maxZoom: NEAREST_ZOOM });
    if (map.getZoom() !== before) finer = 1;
    load();
  }

  /* ---- data ---- */

  async function load({ again = false } = {}) {
    const wanted = FS.wantedBox(map), { text } = wanted, zoom = wanted.zoom + finer, key = `${text}|${zoom}`;
    if (key === shownBox && !again) return;
    request?.abort();
    const mine = (request = new AbortController());
    const timer = setTimeout(() => mine.abort("slow"), REQUEST_LIMIT_MS);
    const address = `${config.data}?bbox=${text}&zoom=${zoom}&fresh=${config.fresh}${config.query ? "&" + config.query : ""}`;
    shownBox = key;
    map.getContainer().dataset.loading = "1";
    try {
      const answer = answers.get(address) || (await FS.ask(address, mine.signal));
      if (mine !== request) return;
      remember(address, answer);
      collection = answer;
      draw();
      saySeen();
    } catch (fault) {
      if (mine !== request) return;
      shownBox = "";
      sayFault(fault);
    } finally {
      clearTimeout(timer);
      if (mine === request) map.getContainer().dataset.loading = "0";
    }
  }

  function remember(address, answer) {
    answers.delete(address);
    answers.set(address, answer);
    if (answers.size > KEPT_ANSWERS) answers.delete(answers.keys().next().value);
  }

  function saySeen() {
    const { total, features, left_out: leftOut } = collection, { labels } = config;
    if (!total.customers) say(labels.nobody);
    else if (!features.length) say(labels.empty, { label: labels.show_all, run: () => parts.whole.click() });
    else if (leftOut) say(labels.left_out.replace("{count}", number(leftOut)));
    else parts.message.hidden = true;
  }

  function sayFault(fault) {
    const { labels } = config, again = { label: labels.retry, run: () => load({ again: true }) };
    if (fault.status === 401) say(labels.logged_out, { label: labels.log_in, run: () => window.parent.location.reload() });
    else if (fault.status && fault.message) say(fault.message, again);
    else say(navigator.onLine === false ? labels.offline : labels.unreachable, again);
  }

  function say(text, action) {
    parts.message.replaceChildren(FS.element("span", "", text));
    if (action) {
      const tap = FS.element("button", "fs-action", action.label);
      tap.type = "button";
      tap.addEventListener("click", action.run);
      parts.message.append(tap);
    }
    parts.message.hidden = false;
  }

  const number = (count, digits = 0) => new Intl.NumberFormat(config.locale, { maximumFractionDigits: digits }).format(count);
  const money = (yen) => `¥${number(yen)}`;

  /* ---- drawing ---- */

  /** A hexagon, or a disc for a municipality, with its value in the middle. */
  const labelled = {
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || !this._map) return;
      this.fill(renderer);
      const at = this.middle(), room = this.room();
      if (at && room >= LEAST_LABEL_PX) write(renderer._ctx, at, this.options, room);
    },
  };
  const Hexagon = L.Polygon.extend({
    ...labelled,
    fill(renderer) {
      renderer._updatePoly(this, true);
    },
    middle() {
      return this._map.latLngToLayerPoint(this.getBounds().getCenter());
    },
    room() {
      return this._rawPxBounds.getSize().x;
    },
  });
  const Disc = L.CircleMarker.extend({
    ...labelled,
    fill(renderer) {
      renderer._updateCircle(this);
    },
    middle() {
      return this._point;
    },
    room() {
      return 2 * this._radius;
    },
  });

  function write(ctx, at, { ink, label, letter }, room) {
    if (!label) return;
    const text = letter ? `${letter} ${label}` : label;
    let size = Math.min(14, room / 3);
    ctx.save();
    ctx.globalAlpha = 1;
    ctx.font = `700 ${size}px ${FONT}`;
    const wide = ctx.measureText(text).width;
    if (wide > room * 0.9) ctx.font = `700 ${(size = Math.max(9, (size * room * 0.9) / wide))}px ${FONT}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = ink;
    ctx.fillText(text, at.x, at.y);
    ctx.restore();
  }

  function draw() {
    const byLevel = new Map(collection.legend.map((entry) => [entry.level, entry]));
    group.clearLayers();
    const most = Math.max(1, ...collection.features.map(({ properties }) => properties.customers));
    // The many last, so that few customers beside them are not hidden beneath.
    const features = [...collection.features].sort((a, b) => b.properties.customers - a.properties.customers);
    const layers = features.map((feature) => layerOf(feature, byLevel.get(feature.properties.level) || NONE, most));
    silenceCovered(layers);
    for (const layer of layers) group.addLayer(layer);
    drawLegend();
    showWhole(layers);
    // Leaflet paints in the next frame; what is promised to be drawn is drawn then.
    requestAnimationFrame(() => {
      map.getContainer().dataset.features = String(features.length);
      map.getContainer().dataset.show = `${collection.show}|${config.query}`;
    });
  }

  function layerOf({ geometry, properties }, look, most) {
    const dark = darkNow();
    const style = {
      renderer: canvas, color: dark ? "#10171a" : "#33454c", weight: 1, opacity: dark ? 0.9 : 0.55, fillColor: look.fill, fillOpacity: 0.86, ink: look.ink,
      label: properties.label, letter: properties.letter, bubblingMouseEvents: false,
    };
    let layer;
    if (geometry.type === "Polygon") {
      const ring = geometry.coordinates[0], turn = FS.nearestTurn(map, ring[0][0]) - ring[0][0];
      layer = new Hexagon(ring.map(([lon, lat]) => [lat, lon + turn]), style);
    } else {
      const [lon, lat] = geometry.coordinates, radius = 17 + 15 * Math.sqrt(properties.customers / most);
      layer = new Disc([lat, FS.nearestTurn(map, lon)], { ...style, fillOpacity: 0.92, radius });
    }
    return layer.on("click", (event) => open(properties, event.latlng));
  }

  /** Half a number is worse than none: a disc under a later one keeps its number to itself until one zooms in. */
  function silenceCovered(layers) {
    const discs = layers.filter((layer) => layer instanceof Disc).map((layer) => ({ layer, at: map.latLngToLayerPoint(layer.getLatLng()), radius: layer.options.radius }));
    discs.forEach((disc, number) => {
      const isCovered = ({ at, radius }) => at.distanceTo(disc.at) < radius + 0.85 * disc.radius;
      if (discs.slice(number + 1).some(isCovered)) disc.layer.options.label = "";
    });
  }

  function drawLegend() {
    const boxes = collection.legend.map((entry) => box(entry.label, entry));
    if (collection.features.some(({ properties }) => properties.level === null)) boxes.push(box("–", NONE));
    parts.legend.replaceChildren(...boxes);
    parts.legend.setAttribute("aria-label", `${config.labels.title}: ${collection.legend.map((entry) => entry.label).join(", ")}`);
  }

  function box(label, { fill, ink }) {
    const made = FS.element("span", "", label);
    made.style.background = fill;
    made.style.color = ink;
    return made;
  }

  /* ---- numbers on tap ---- */

  function open(properties, place) {
    const content = FS.element("div", "fs-facts"), { labels } = config;
    const name = properties.area === undefined ? labels.hexagon : properties.area || labels.no_area;
    content.append(FS.element("div", "fs-spot-title", name));
    const list = FS.element("dl");
    for (const [label, value] of facts(properties)) list.append(FS.element("dt", "", label), FS.element("dd", "", value));
    content.append(list);
    const link = linkOf(properties);
    if (link) {
      const act = FS.element("a", "fs-facts-link", labels.act);
      act.href = link;
      act.target = "_parent";
      content.append(act);
    }
    map.openPopup(popup.setLatLng(place).setContent(content));
  }

  function facts(p) {
    const { labels } = config, share = (part, whole) => (whole ? `${number(part)} / ${number(whole)} · ${Math.round((100 * part) / whole)}%` : "–");
    const days = ["A", "B", "C", "D"].filter((rank) => p.ranks[rank]);
    return [
      [labels.customers, number(p.customers)],
      [labels.covered, share(p.covered, p.with_interval)],
      [labels.due, `${number(p.due)} / ${number(p.overdue)}`],
      [labels.potential, money(p.potential)],
      [labels.neglect, number(p.neglect)],
      [labels.unvisited, share(p.unvisited, p.prospects)],
      ...days.map((rank) => [labels.rank_days.replace("{rank}", rank).replace("{count}", number(p.ranks[rank])), labels.days.replace("{count}", number(p.days[rank], 1))]),
      ...(p.without_amount ? [[labels.without_amount, number(p.without_amount)]] : []),
    ];
  }

  /** Return where the customers of a group can be acted on; a whole prefecture, or an unknown municipality, is nothing to choose by. */
  function linkOf(properties) {
    const query = new URLSearchParams(config.filter);
    if (properties.cell) query.set("cell", properties.cell);
    else if (!properties.area || properties.prefecture) return "";
    else {
      query.delete("area");
      query.append("area", properties.area);
    }
    query.set("view", "customers");
    return `${config.page}?${query}`;
  }
})();
