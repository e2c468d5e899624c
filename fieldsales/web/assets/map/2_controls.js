"use strict";
/* What floats over the map: buttons, legend, messages, the list of a spot. All text is set as text. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const WIDE_PX = 640;
  const ICONS = {
    locate: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm9 3h-2.06A7 7 0 0 0 13 5.06V3h-2v2.06A7 7 0 0 0 5.06 11H3v2h2.06A7 7 0 0 0 11 18.94V21h2v-2.06A7 7 0 0 0 18.94 13H21z",
    plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
    minus: "M5 11h14v2H5z",
    legend: "M4 6a2 2 0 1 1 4 0 2 2 0 0 1-4 0zm6-1h10v2H10zM4 12a2 2 0 1 1 4 0 2 2 0 0 1-4 0zm6-1h10v2H10zM4 18a2 2 0 1 1 4 0 2 2 0 0 1-4 0zm6-1h10v2H10z",
    close: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  };

  function button(name, label, onTap) {
    const made = FS.element("button", `fs-button fs-${name}`);
    made.type = "button";
    made.title = label;
    made.setAttribute("aria-label", label);
    made.append(FS.icon(ICONS[name]));
    made.addEventListener("click", onTap);
    return made;
  }

  /** The layer above the map; returns what the map needs to speak through it. */
  FS.controls = function (map, labels, actions) {
    const layer = FS.element("div", "fs-layer");
    const buttons = FS.element("div", "fs-buttons");
    const legend = FS.element("section", "fs-legend");
    const message = FS.element("div", "fs-message");
    message.setAttribute("role", "status");
    message.hidden = true;
    const locate = button("locate", labels.locate, actions.locate);
    buttons.append(button("plus", labels.zoom_in, () => map.zoomIn()), button("minus", labels.zoom_out, () => map.zoomOut()), locate);
    layer.append(FS.element("div", "fs-progress"), legend, buttons, message);
    for (const part of [buttons, legend, message]) {
      L.DomEvent.disableClickPropagation(part);
      L.DomEvent.disableScrollPropagation(part);
    }
    map.getContainer().append(layer);
    let hideTimer = 0;

    return {
      setLocating(state) {
        locate.dataset.state = state;
      },

      /** Say something; `action` is {label, run}; it stays until replaced, or for `seconds`. That nobody is in sight waits its turn. */
      say(text, { action, seconds, kind } = {}) {
        if (kind === "empty" && !message.hidden && message.dataset.kind !== "empty") return;
        clearTimeout(hideTimer);
        message.replaceChildren(FS.element("span", "", text));
        message.dataset.kind = kind || "note";
        if (action) {
          const tap = FS.element("button", "fs-action", action.label);
          tap.type = "button";
          tap.addEventListener("click", action.run);
          message.append(tap);
        }
        message.hidden = false;
        if (seconds) hideTimer = setTimeout(() => this.unsay(kind), seconds * 1000);
      },

      /** Take back what was said, if it was of this kind. */
      unsay(kind) {
        if (message.hidden || message.dataset.kind !== kind) return;
        message.hidden = true;
        if (kind !== "empty") actions.quiet();
      },

      drawLegend: legendDrawer(legend, labels, actions),
    };
  };

  function legendDrawer(legend, labels, actions) {
    let open = null, gaveWay = false;

    function toggleClass(key) {
      open = true; // whoever uses the legend wants it there
      actions.toggle(key);
    }

    return function draw(entries, { title, hidden, dark, note, fading }) {
      // Until somebody decides, the legend is open where there is room for it, and gives way once it would cover a customer.
      const isOpen = open ?? (window.innerWidth >= WIDE_PX && !gaveWay);
      legend.dataset.open = isOpen ? "1" : "0";
      const toggle = FS.element("button", "fs-legend-toggle");
      toggle.type = "button";
      toggle.setAttribute("aria-expanded", String(isOpen));
      toggle.append(FS.icon(isOpen ? ICONS.close : ICONS.legend), FS.element("span", "", isOpen ? title : labels.legend));
      if (hidden.size) toggle.append(FS.element("span", "fs-count", `−${hidden.size}`));
      toggle.addEventListener("click", () => {
        open = !isOpen;
        draw(entries, { title, hidden, dark, note, fading });
      });
      legend.replaceChildren(toggle);
      if (!isOpen) return;
      const list = FS.element("div", "fs-legend-list");
      for (const entry of entries) list.append(legendRow(entry, hidden, dark, { number: actions.number, toggle: toggleClass }));
      const meanings = FS.element("div", "fs-meanings");
      const sample = { fill: "#8a9693", ink: "#ffffff", letter: "" };
      meanings.append(meaning(FS.pinPicture(sample, { approximate: true, dark }), labels.approximate));
      meanings.append(meaning(FS.pinPicture(sample, { overdue: true, dark }), labels.overdue));
      if (fading) meanings.append(meaning(FS.pinPicture({ fill: "#D55E00", ink: "#ffffff", letter: "A" }, { faded: 1, dark }), labels.faded));
      if (note) list.append(FS.element("div", "fs-meaning", note));
      legend.append(list, meanings);
      if (open || !actions.covers(boxOf(legend))) return;
      gaveWay = true;
      draw(entries, { title, hidden, dark, note, fading });
    };
  }

  function boxOf({ offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight }) {
    return { left, top, right: left + offsetWidth, bottom: top + offsetHeight };
  }

  function legendRow(entry, hidden, dark, actions) {
    const row = FS.element("button", "fs-legend-row");
    row.type = "button";
    row.dataset.key = entry.key;
    row.setAttribute("aria-pressed", String(!hidden.has(entry.key)));
    row.append(FS.pinPicture(entry, { dark }), FS.element("span", "fs-label", entry.label), FS.element("span", "fs-number", actions.number(entry.count)));
    row.addEventListener("click", () => actions.toggle(entry.key));
    return row;
  }

  function meaning(picture, text) {
    const line = FS.element("div", "fs-meaning");
    line.append(picture, FS.element("span", "", text));
    return line;
  }

  /** Open the list of the customers at one spot; `load(offset)` resolves to {features, total}. */
  FS.openSpot = function (map, latlng, { title, labels, lookOf, load, pick, dark }) {
    const box = FS.element("div", "fs-spot");
    const list = FS.element("ul", "fs-spot-list");
    const more = FS.element("button", "fs-action", labels.more);
    more.type = "button";
    more.hidden = true;
    box.append(FS.element("div", "fs-spot-title", title), list, more);
    L.DomEvent.disableScrollPropagation(box);
    const popup = L.popup({ minWidth: 250, maxWidth: 290, autoPanPadding: [16, 16], className: "fs-popup" });
    popup.setLatLng(latlng).setContent(box).openOn(map);
    let shown = 0;

    async function next() {
      more.disabled = true;
      try {
        const page = await load(shown);
        shown += page.features.length;
        for (const { properties } of page.features) list.append(spotRow(properties, lookOf(properties), dark, () => pick(properties)));
        more.textContent = labels.more;
        more.hidden = shown >= page.total || !page.features.length;
      } catch {
        more.textContent = labels.retry;
        more.hidden = false;
      }
      more.disabled = false;
      popup.update();
    }
    more.addEventListener("click", next);
    next();
  };

  function spotRow(properties, look, dark, onTap) {
    const row = FS.element("button", "fs-spot-row");
    row.type = "button";
    row.dataset.id = properties.id;
    const state = { approximate: properties.approximate, overdue: properties.due === "overdue", faded: properties.faded, dark };
    row.append(FS.pinPicture(look, state), FS.element("span", "fs-label", properties.name));
    row.addEventListener("click", onTap);
    const item = FS.element("li");
    item.append(row);
    return item;
  }
})();
