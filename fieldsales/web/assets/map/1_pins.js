"use strict";
/* Pins and clusters on Leaflet's canvas. Colours, letters and labels come with the data (its legend). */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});
  const PIN_RADIUS = 14;
  const TOUCH_RADIUS = 22;
  const FONT = '"Source Sans", system-ui, -apple-system, "Hiragino Sans", "Noto Sans JP", sans-serif';
  const OVERDUE = "#B3261E";
  const PALE = [0, 0.62, 0.84]; // how much white a likelihood takes on after one and after two half-lives
  const PALE_INK = "#1B1B1B";
  const sprites = new Map();

  function ratio() {
    return Math.min(window.devicePixelRatio || 1, 3);
  }

  /** Leaflet's canvas renderer, as sharp as the screen (Leaflet itself stops at two pixels per pixel). */
  FS.Canvas = L.Canvas.extend({
    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize();
      const canvas = this._container;
      L.DomUtil.setPosition(canvas, this._bounds.min);
      canvas.width = Math.round(ratio() * size.x);
      canvas.height = Math.round(ratio() * size.y);
      canvas.style.width = size.x + "px";
      canvas.style.height = size.y + "px";
      this._ctx.scale(ratio(), ratio());
      this._ctx.translate(-this._bounds.min.x, -this._bounds.min.y);
      this.fire("update");
    },
  });

  /** One customer or cluster. `look` is {fill, ink, letter}; `ring` is [[colour, share], …] for a cluster. */
  FS.Pin = L.CircleMarker.extend({
    options: { interactive: true, bubblingMouseEvents: false, weight: 0 },

    initialize(latlng, settings) {
      this.settings = settings;
      L.CircleMarker.prototype.initialize.call(this, latlng, { radius: settings.count ? clusterRadius(settings.count) : PIN_RADIUS });
    },

    setSelected(selected) {
      if (this.settings.selected === selected) return;
      this.settings.selected = selected;
      if (this._map) this.redraw();
    },

    _updateBounds() {
      const reach = this._radius + 14;
      this._pxBounds = new L.Bounds(this._point.subtract([reach, reach]), this._point.add([reach, reach]));
    },

    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      if (this.settings.count) drawCluster(renderer._ctx, this._point, this._radius, this.settings);
      else drawPin(renderer._ctx, this._point, this.settings);
    },

    /** Touch areas overlap where pins are close; the nearest one answers. */
    _containsPoint(point) {
      return this.settings.nearest(point) === this;
    },

    /** Return the distance of a layer point, or Infinity outside the touch area. */
    distanceTo(point) {
      const distance = this._point.distanceTo(point);
      return distance <= Math.max(TOUCH_RADIUS, this._radius + 2) ? distance : Infinity;
    },
  });

  function clusterRadius(count) {
    return count < 10 ? 19 : count < 100 ? 21 : count < 1000 ? 24 : count < 10000 ? 27 : 30;
  }

  function drawPin(ctx, point, settings) {
    const sprite = pinSprite(settings);
    const side = sprite.width / ratio();
    ctx.drawImage(sprite, snap(point.x - side / 2), snap(point.y - side / 2), side, side);
  }

  function snap(value) {
    return Math.round(value * ratio()) / ratio();
  }

  function pinSprite(settings) {
    const { look, selected, approximate, overdue, faded, dark } = settings;
    const key = [look.fill, look.letter, !!selected, !!approximate, !!overdue, faded || 0, !!dark, ratio()].join("|");
    if (!sprites.has(key)) sprites.set(key, paintPin(look, { selected, approximate, overdue, faded, dark }));
    return sprites.get(key);
  }

  function paintPin(look, state) {
    const radius = state.selected ? PIN_RADIUS + 4 : PIN_RADIUS;
    const half = radius + 12;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.round(2 * half * ratio());
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio(), ratio());
    ctx.translate(half, half);
    if (state.selected) {
      disc(ctx, 0, 0, radius + 9, state.dark ? "rgba(94, 234, 212, 0.28)" : "rgba(15, 118, 110, 0.22)");
      circle(ctx, radius + 9, state.dark ? "#5eead4" : "#0f766e", 2);
    }
    if (state.approximate) {
      disc(ctx, 0, 0, radius + 3.5, state.dark ? "rgba(20, 28, 27, 0.55)" : "rgba(255, 255, 255, 0.75)");
      circle(ctx, radius + 3, state.dark ? "#e8eeec" : "#33403d", 1.75, [3.5, 3]);
      disc(ctx, 0, 0, radius - 1.5, look.fill);
      if (isWhite(look.fill)) circle(ctx, radius - 2, "#8a9693", 1);
    } else {
      shadowed(ctx, () => disc(ctx, 0, 0, radius, "#ffffff"));
      disc(ctx, 0, 0, radius - 2.5, look.fill);
      if (isWhite(look.fill)) circle(ctx, radius - 3, "#8a9693", 1);
    }
    // What nobody has confirmed for long keeps its colour as a ring; the inside pales, and the letter stays readable.
    if (state.faded) disc(ctx, 0, 0, radius - (state.approximate ? 4.5 : 5.5), paled(look.fill, PALE[state.faded]));
    const ink = state.faded ? PALE_INK : look.ink;
    write(ctx, look.letter, look.letter.length > 2 ? 9.5 : look.letter.length > 1 ? 11 : 14, ink);
    if (state.overdue) {
      disc(ctx, radius * 0.74, -radius * 0.74, 6, "#ffffff");
      disc(ctx, radius * 0.74, -radius * 0.74, 4.25, OVERDUE);
    }
    return canvas;
  }

  function drawCluster(ctx, point, radius, settings) {
    const paper = settings.dark ? "#1b2422" : "#ffffff";
    ctx.save();
    ctx.translate(snap(point.x), snap(point.y));
    if (settings.selected) disc(ctx, 0, 0, radius + 8, settings.dark ? "rgba(94, 234, 212, 0.28)" : "rgba(15, 118, 110, 0.22)");
    shadowed(ctx, () => disc(ctx, 0, 0, radius, paper));
    const gap = settings.ring.length > 1 ? 0.05 : 0;
    let from = -Math.PI / 2;
    for (const [colour, share] of settings.ring) {
      const to = from + share * 2 * Math.PI;
      ctx.beginPath();
      ctx.arc(0, 0, radius - 4.25, from + gap / 2, Math.max(to - gap / 2, from + gap / 2 + 0.02));
      ctx.lineWidth = 5;
      ctx.strokeStyle = isWhite(colour) ? "#c3cbc8" : colour;
      ctx.stroke();
      from = to;
    }
    const text = settings.countText;
    write(ctx, text, text.length > 4 ? 12 : text.length > 3 ? 13 : 14, settings.dark ? "#ffffff" : "#17201e");
    ctx.restore();
  }

  function shadowed(ctx, draw) {
    ctx.save();
    ctx.shadowColor = "rgba(0, 0, 0, 0.38)";
    ctx.shadowBlur = 4 * ratio();
    ctx.shadowOffsetY = 1.25 * ratio();
    draw();
    ctx.restore();
  }

  function disc(ctx, x, y, radius, fill) {
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fillStyle = fill;
    ctx.fill();
  }

  function circle(ctx, radius, colour, width, dashes = []) {
    ctx.beginPath();
    ctx.setLineDash(dashes);
    ctx.arc(0, 0, radius, 0, 2 * Math.PI);
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.stroke();
    ctx.setLineDash([]);
  }

  function write(ctx, text, size, ink) {
    ctx.font = `700 ${size}px ${FONT}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    ctx.fillStyle = ink;
    // Centred by what is really inked: letters of different alphabets sit differently on their line.
    const box = ctx.measureText(text);
    ctx.fillText(text, 0, (box.actualBoundingBoxAscent - box.actualBoundingBoxDescent) / 2);
  }

  /** Return #rrggbb mixed with `share` of white. */
  function paled(colour, share) {
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    return `rgb(${parts.map((part) => Math.round(part + (255 - part) * share)).join(", ")})`;
  }

  function isWhite(colour) {
    return colour.toUpperCase() === "#FFFFFF";
  }

  /** Return a small picture of a pin for the legend. */
  FS.pinPicture = function (look, state) {
    const sprite = paintPin(look, state);
    sprite.style.width = sprite.style.height = sprite.width / ratio() + "px";
    sprite.className = "fs-swatch";
    sprite.setAttribute("aria-hidden", "true");
    return sprite;
  };
})();
