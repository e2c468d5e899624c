"use strict";
/* Maps of a few things: all of them in sight until somebody moves the map, and a button that brings them back. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const WHOLE = "M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z";

  /** Put the button over the map that shows everything again; its name is the caller's to say. */
  FS.wholeButton = function (map, onTap) {
    const layer = FS.element("div", "fs-layer"), box = FS.element("div", "fs-buttons fs-plan-buttons"), whole = FS.element("button", "fs-button fs-whole");
    whole.type = "button";
    whole.append(FS.icon(WHOLE));
    whole.addEventListener("click", onTap);
    box.append(whole);
    layer.append(box);
    L.DomEvent.disableClickPropagation(box);
    map.getContainer().append(layer);
    return whole;
  };

  /** Look at `bounds` without taking that for a person's move. */
  FS.lookAt = function (map, bounds, options) {
    map.fsFitting = true;
    map.fitBounds(bounds, { animate: false, ...options });
    map.fsFitting = false;
  };

  /** Keep everything in sight: `fit` runs when the map's size changes, until somebody has moved it. */
  FS.untilMoved = function (map, fit) {
    map.options.maxZoom = FS.MAX_ZOOM;
    map.attributionControl.setPrefix(false);
    for (const name of ["dragstart", "zoomstart"]) map.on(name, () => (map.fsTouched = map.fsTouched || !map.fsFitting));
    new ResizeObserver(() => {
      map.invalidateSize({ animate: false, pan: false });
      if (!map.fsTouched) fit();
    }).observe(map.getContainer());
  };

  /** Show all of `bounds()` (null for nothing), on `tiles`, in the page's theme, after each change of which `redraw` runs.
   *  Returns `again` (look at all of it once more), `isDark`, and `name` to say what the button is called. */
  FS.wholeMap = function (map, { tiles, bounds, redraw, padding = 34, maxZoom = 15 }) {
    let ready = false; // a dark page is told at once, before there is anything to draw
    const chooseTiles = FS.tileChooser(map, tiles), isDark = FS.theme(map, () => ready && redraw());
    const fit = () => bounds() && FS.lookAt(map, bounds(), { padding: [padding, padding], maxZoom });
    const again = () => {
      map.fsTouched = false;
      fit();
    };
    const button = FS.wholeButton(map, again);
    FS.untilMoved(map, fit);
    map.on("moveend", () => chooseTiles());
    setTimeout(chooseTiles);
    const name = (title) => {
      button.title = title;
      button.setAttribute("aria-label", title);
    };
    ready = true;
    return { again, isDark, name };
  };
})();
