"use strict";
/* The customers' map: fetches what it shows as it moves, draws it, and tells Streamlit what was tapped.

   st_folium runs `FieldSales.start(map)` once and `FieldSales.configure(…)` whenever the page has something new to say
   (filter, colours, selection), so that the map is never built anew and keeps its view. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const KEPT_ANSWERS = 16;
  const REQUEST_LIMIT_MS = 20000;
  const ASKED_MS = 4000;
  let map, config, ui, canvas, group, circles, memory, placer, chooseTiles, darkNow;
  let legend = [];
  let shownBox = "";
  let request = null;
  let selected = null;
  let hidden = new Set();
  let asked = null; // the switches that the page has been told of
  let pins = [];
  let pinAt = { point: null, pin: null };
  const answers = new Map();
  const { ask, tell } = FS;

  FS.start = function (leafletMap) {
    map = leafletMap;
  };

  FS.configure = function (next) {
    const first = !config;
    const before = config || {};
    config = next;
    if (first) build();
    const data = (c) => [c.query, c.colour, c.fresh, c.version].join("|");
    if (first || data(config) !== data(before)) {
      if (!first && before.colour !== config.colour) setHidden([]);
      if (switchesFilter()) followFilter();
      if (before.version !== config.version) answers.clear();
      shownBox = "";
      load();
    }
    // What was tapped here is in sight already; the answer may come when the user has moved on.
    if (first || JSON.stringify(before.selected) !== JSON.stringify(config.selected))
      select(config.selected, { reveal: !first && selected?.id !== config.selected?.id });
    if (JSON.stringify(before.pick) !== JSON.stringify(config.pick)) placer.offer(config.pick);
    if (!first) memory.keep(onMapOnly(), { local: !config.pick });
  };

  function build() {
    map.options.maxZoom = FS.MAX_ZOOM;
    map.attributionControl.setPrefix(false);
    canvas = new FS.Canvas({ padding: 0.25 });
    circles = L.layerGroup().addTo(map);
    group = L.layerGroup().addTo(map);
    memory = FS.viewMemory(map, config);
    chooseTiles = FS.tileChooser(map, config.tiles);
    hidden = memory.hiddenClasses();
    const locate = FS.locator(map, { labels: config.labels, number, ui: () => ui });
    ui = FS.controls(map, config.labels, { locate, toggle, number, quiet: () => collection && tellWhatIsSeen(), covers });
    darkNow = FS.theme(map, () => legend.length && draw());
    placer = FS.pinPlacer(map, { title: config.labels.drag, isDark: darkNow, moved: (latlng) => onMapTap({ latlng }) });
    memory.restore(config);
    map.on("moveend", () => {
      chooseTiles();
      load();
      memory.keep(onMapOnly(), { local: !config.pick });
      if (collection) tellWhatIsSeen();
    });
    map.on("click", onMapTap);
    window.addEventListener("online", () => load({ again: true }));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && load({ again: true }));
    // Style sheets arrive late and panels come and go: the map must know its size at all times.
    new ResizeObserver(() => map.invalidateSize({ animate: false, pan: false })).observe(map.getContainer());
    setTimeout(chooseTiles); // after the request for the customers is on its way
  }

  /* ---- data ---- */

  async function load({ again = false } = {}) {
    const { text, zoom } = FS.wantedBox(map);
    const key = `${text}|${zoom}`;
    if (key === shownBox && !again) return;
    request?.abort();
    const mine = (request = new AbortController());
    const timer = setTimeout(() => mine.abort("slow"), REQUEST_LIMIT_MS);
    const address = `${config.features}?bbox=${text}&zoom=${zoom}&colour=${config.colour}&fresh=${config.fresh}${config.query ? "&" + config.query : ""}`;
    if (answers.has(address) && !again) show(answers.get(address), key);
    else shownBox = key;
    map.getContainer().dataset.loading = "1";
    try {
      const answer = await ask(address, mine.signal);
      remember(address, answer);
      show(answer, key);
      ui.unsay("fault");
    } catch (fault) {
      if (mine !== request) return;
      shownBox = "";
      sayFault(fault);
    } finally {
      clearTimeout(timer);
      if (mine === request) {
        map.getContainer().dataset.loading = "0";
        if (collection && shownBox) tellWhatIsSeen();
      }
    }
  }

  function remember(address, answer) {
    answers.delete(address);
    answers.set(address, answer);
    if (answers.size > KEPT_ANSWERS) answers.delete(answers.keys().next().value);
  }

  function sayFault(fault) {
    const again = { label: config.labels.retry, run: () => load({ again: true }) };
    if (fault.status === 401) {
      ui.say(config.labels.logged_out, { kind: "fault", action: { label: config.labels.log_in, run: () => window.parent.location.reload() } });
    } else if (fault.status && fault.message) ui.say(fault.message, { kind: "fault", action: again });
    else ui.say(navigator.onLine === false ? config.labels.offline : config.labels.unreachable, { kind: "fault", action: again });
  }

  function sayEmpty() {
    const run = async () => {
      const extent = await ask(`${config.extent}?${config.query}`).catch(() => null);
      if (extent?.bounds) FS.fit(map, extent.bounds);
      else ui.say(config.labels.no_match, { kind: "empty", seconds: 6 });
    };
    ui.say(config.labels.empty, { kind: "empty", action: { label: config.labels.show_all, run } });
  }

  function number(count) {
    return new Intl.NumberFormat(config.locale).format(count);
  }

  function shortNumber(count) {
    return count < 10000 ? number(count) : new Intl.NumberFormat(config.locale, { notation: "compact", maximumSignificantDigits: 2 }).format(count);
  }

  /* ---- drawing ---- */

  let collection = null;
  function show(answer, key) {
    shownBox = key;
    collection = answer;
    legend = answer.legend;
    draw();
  }

  const looks = () => new Map(legend.map((entry) => [entry.key, entry]));
  const showsLikelihood = () => config.colour === "likelihood";
  const fadedOf = (properties) => (showsLikelihood() ? properties.faded : 0);
  const classOf = (properties) => properties.colour || properties.likelihood;

  function draw() {
    const known = looks(), dark = darkNow();
    pins = [];
    pinAt = { point: null, pin: null };
    group.clearLayers();
    for (const feature of collection.features) {
      const settings = feature.properties.kind === "cluster" ? clusterSettings(feature.properties, known) : customerSettings(feature.properties, known);
      if (settings) addPin(feature, { ...settings, dark, nearest });
    }
    drawSelected(known, dark);
    tellWhatIsSeen();
    const count = pins.length;
    // Leaflet paints in the next frame; what is promised to be drawn is drawn then.
    requestAnimationFrame(() => (map.getContainer().dataset.features = String(count)));
  }

  /** Count the classes in sight for the legend; say so when there is nobody. */
  function tellWhatIsSeen() {
    const seen = map.getBounds(), counts = new Map();
    for (const { properties, geometry } of collection.features) {
      if (!seen.contains([geometry.coordinates[1], nearestTurn(geometry.coordinates[0])])) continue;
      const mix = properties.kind === "cluster" ? properties.mix || properties.likelihoods : { [classOf(properties)]: 1 };
      for (const [key, n] of Object.entries(mix)) counts.set(key, (counts.get(key) || 0) + n);
    }
    const entries = legend.map((entry) => ({ ...entry, count: counts.get(entry.key) || 0 }));
    const note = switchesFilter() || config.pick ? "" : config.labels.map_only;
    ui.drawLegend(entries, { title: config.labels.colours[config.colour], hidden, dark: darkNow(), note, fading: showsLikelihood() });
    if (counts.size || config.pick) ui.unsay("empty");
    else if (map.getContainer().dataset.loading !== "1") sayEmpty();
  }

  function customerSettings(properties, known) {
    const look = known.get(classOf(properties));
    if (!look || hidden.has(look.key)) return null;
    const isSelected = selected !== null && selected.id === properties.id;
    return { look, approximate: properties.approximate, overdue: properties.due === "overdue", faded: fadedOf(properties), selected: isSelected };
  }

  function clusterSettings(properties, known) {
    const parts = Object.entries(properties.mix || properties.likelihoods).filter(([key]) => known.has(key) && !hidden.has(key));
    const count = parts.reduce((sum, part) => sum + part[1], 0);
    if (!count) return null;
    const order = legend.map((entry) => entry.key);
    parts.sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
    return { count, countText: shortNumber(count), ring: parts.map(([key, n]) => [known.get(key).fill, n / count]) };
  }

  function addPin(feature, settings) {
    const [lon, lat] = feature.geometry.coordinates;
    const pin = new FS.Pin([lat, nearestTurn(lon)], { ...settings });
    pin.options.renderer = canvas;
    pin.feature = feature;
    pin.on("click", (event) => onPinTap(pin, event));
    if (matchMedia("(hover: hover)").matches) pin.on("mouseover", () => hint(pin)).on("mouseout", () => hint(null));
    group.addLayer(pin);
    pins.push(pin);
    return pin;
  }

  const nearestTurn = (lon) => FS.nearestTurn(map, lon);

  function nearest(point) {
    if (pinAt.point && pinAt.point.equals(point)) return pinAt.pin;
    let best = null, least = Infinity;
    for (const pin of pins) {
      if (!pin._point) continue;
      const distance = pin.distanceTo(point) - (pin.settings.selected ? 4 : 0);
      if (distance < least) [best, least] = [pin, distance];
    }
    pinAt = { point: point.clone(), pin: best };
    return best;
  }

  /** Say whether a pin or cluster is drawn under this part of the map ({left, top, right, bottom} in pixels). */
  function covers({ left, top, right, bottom }) {
    return pins.some((pin) => {
      const { x, y } = map.latLngToContainerPoint(pin.getLatLng()), r = pin.getRadius();
      return x + r > left && x - r < right && y + r > top && y - r < bottom;
    });
  }

  const tooltip = L.tooltip({ direction: "top", offset: [0, -14], className: "fs-tooltip" });
  function hint(pin) {
    map.closeTooltip(tooltip);
    if (!pin || pin.settings.count) return;
    const name = document.createElement("span");
    name.textContent = pin.feature.properties.name;
    map.openTooltip(tooltip.setLatLng(pin.getLatLng()).setContent(name));
  }

  /* ---- selection and taps ---- */

  function select(wanted, { reveal = true } = {}) {
    selected = wanted;
    if (reveal && wanted && wanted.lat !== undefined) bringIntoSight(L.latLng(wanted.lat, nearestTurn(wanted.lon)));
    if (collection) draw();
  }

  /** Move the map just so far that the place is not under the card; what is seen well already stays where it is. */
  function bringIntoSight(place) {
    const size = map.getSize(), narrow = size.x < 640;
    if (map.getZoom() < 12 && !map.getBounds().contains(place)) {
      map.setView(place, 16);
      return;
    }
    map.panInside(place, { paddingTopLeft: [40, 60], paddingBottomRight: [narrow ? 40 : Math.min(430, size.x / 2), narrow ? Math.round(size.y * 0.55) : 60] });
  }

  /** The selected customer stands out even where it is part of a cluster; an approximate one shows its radius. */
  function drawSelected(known, dark) {
    circles.clearLayers();
    if (!selected || selected.lat === undefined) return;
    const place = L.latLng(selected.lat, nearestTurn(selected.lon));
    if (selected.approximate && selected.radius_m) circles.addLayer(FS.radiusCircle(place, selected.radius_m, darkNow()));
    const drawn = pins.find((pin) => !pin.settings.count && pin.feature.properties.id === selected.id);
    const look = known.get(selected.colour || selected.likelihood) || legend[legend.length - 1];
    if (drawn) {
      group.removeLayer(drawn); // to be drawn last, above its neighbours
      group.addLayer(drawn);
    } else if (look) {
      const feature = { geometry: { coordinates: [selected.lon, selected.lat] }, properties: { ...selected, kind: "customer" } };
      addPin(feature, { look, approximate: selected.approximate, overdue: selected.due === "overdue", faded: fadedOf(selected), selected: true, dark, nearest });
    }
  }

  function onPinTap(pin, event) {
    if (config.pick) {
      onMapTap(event);
      return;
    }
    const properties = pin.feature.properties;
    if (properties.kind === "customer") pickCustomer({ ...properties, lat: pin.feature.geometry.coordinates[1], lon: pin.feature.geometry.coordinates[0] });
    else if (properties.stacked || map.getZoom() >= FS.MAX_ZOOM) openSpot(pin);
    else FS.openCluster(map, properties.bounds);
  }

  function openSpot(pin) {
    const { bounds, count } = pin.feature.properties;
    const grow = 0.00002;
    const box = [bounds[0] - grow, bounds[1] - grow, bounds[2] + grow, bounds[3] + grow].map((part) => part.toFixed(6)).join(",");
    const known = looks();
    FS.openSpot(map, pin.getLatLng(), {
      title: config.labels.same_spot.replace("{count}", number(count)),
      labels: config.labels,
      dark: darkNow(),
      lookOf: (properties) => config.likelihood_looks[properties.likelihood] || known.values().next().value,
      load: (offset) => ask(`${config.members}?bbox=${box}&offset=${offset}${config.query ? "&" + config.query : ""}`),
      pick: (properties) => {
        map.closePopup();
        pickCustomer({ ...properties, lat: pin.getLatLng().lat, lon: pin.getLatLng().lng });
      },
    });
  }

  function pickCustomer(customer) {
    select(customer);
    tell({ tap: "customer", id: customer.id });
  }

  function onMapTap(event) {
    if (!config.pick) return;
    const place = event.latlng.wrap();
    placer.put(place);
    tell({ tap: "place", lat: Number(place.lat.toFixed(6)), lon: Number(place.lng.toFixed(6)) });
  }

  /* ---- the legend's switches ---- */

  /** Coloured by likelihood, the legend switches the filter itself, and the list beside the map with it; else the map alone. */
  const switchesFilter = () => config.colour === "likelihood" && config.in_url;
  const onMapOnly = () => (switchesFilter() ? new Set() : hidden);

  function toggle(key) {
    const wanted = hidden.has(key) ? [...hidden].filter((other) => other !== key) : [...hidden, key];
    setHidden(switchesFilter() && wanted.length === legend.length ? [] : wanted);
    draw();
    if (!switchesFilter()) return;
    asked = { shown: legend.map((entry) => entry.key).filter((shown) => !hidden.has(shown)), at: Date.now() };
    tell({ tap: "likelihoods", shown: asked.shown });
  }

  /** Let the switches stand as the filter does, unless it has yet to hear of the last ones. */
  function followFilter() {
    const chosen = new URLSearchParams(config.query).get("likelihood");
    const all = Object.keys(config.likelihood_looks);
    const shown = chosen ? chosen.split(",") : all;
    if (asked && Date.now() - asked.at < ASKED_MS && [...asked.shown].sort().join() !== [...shown].sort().join()) return;
    asked = null;
    setHidden(all.filter((key) => !shown.includes(key)));
  }

  function setHidden(keys) {
    hidden = new Set(keys);
    memory.keep(onMapOnly(), { local: !config.pick });
  }
})();
