"use strict";
/* The pieces that what lies over a map is made of. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});

  /** Return a new element; its class and text are optional. */
  FS.element = function (tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  /** Return a drawing of 24 by 24 that has no words of its own. */
  FS.icon = function (outline) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", outline);
    svg.append(path);
    return svg;
  };
})();
