"use strict";
/* Light or dark: the map follows the theme that Streamlit hands to its frame. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});

  function isDark() {
    const paper = getComputedStyle(document.documentElement).getPropertyValue("--background-color").trim();
    const channels = paper.match(/^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i);
    if (!channels) return matchMedia("(prefers-color-scheme: dark)").matches;
    const [r, g, b] = channels.slice(1).map((part) => parseInt(part, 16));
    return 0.299 * r + 0.587 * g + 0.114 * b < 128;
  }

  /** Keep the map in the page's theme and return a function that says whether it is dark now; `changed` runs after each change. */
  FS.theme = function (map, changed) {
    const classes = map.getContainer().classList;

    function apply() {
      const dark = isDark(), before = classes.contains("fs-dark");
      classes.toggle("fs-dark", dark);
      document.documentElement.style.colorScheme = dark ? "dark" : "light";
      if (dark !== before) changed();
    }

    apply();
    window.Streamlit?.events?.addEventListener("streamlit:render", () => setTimeout(apply));
    return () => classes.contains("fs-dark");
  };
})();
