"use strict";
// What the page says and how it draws: sentences come from the server, people's texts only ever become text nodes.

const DATA = JSON.parse(document.getElementById("route-data").textContent);
const MINUTE_MS = 60_000;

function say(name, values = {}) {
  return DATA.words[name].replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

function sayCount(one, many, count) {
  return say(count === 1 ? one : many, { count });
}

// el("button", { class: "big", onclick: save }, "Save"): properties that begin with "on" are listeners, false and null are left out.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [property, set] of Object.entries(value)) element.style.setProperty(property, set);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

// Paths of 24 × 24 px, drawn with the text's colour.
const ICONS = {
  call: "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A15 15 0 0 1 3 6a2 2 0 0 1 2-2",
  navigate: "M12 3l7 17-7-4-7 4z",
  notify: "M4 5h16v11H9l-5 4z",
  late: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  skip: "M5 5l8 7-8 7zM18 5v14",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  done: "M5 12l5 5 9-10",
  pin: "M12 21s7-7 7-12a7 7 0 0 0-14 0c0 5 7 12 7 12zM9 9.5l2.2 2.2 4-4.2",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const clocks = new Map();
function clock(moment, zone) {
  if (!clocks.has(zone)) clocks.set(zone, new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
  return clocks.get(zone).format(new Date(moment));
}

function minutesOf(ms) {
  return Math.max(0, Math.round(ms / MINUTE_MS));
}

function lengthOf(allMinutes) {
  const hours = Math.floor(allMinutes / 60), minutes = allMinutes % 60;
  if (!hours) return say("minutes", { minutes });
  return minutes ? say("hours_minutes", { hours, minutes }) : say("hours", { hours });
}

// crypto.randomUUID is missing where the page is not secure, and there one may record a visit, too.
function newReference() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

let saidTimer = 0;
// Says something for a moment, with one way back at most.
function tell(sentence, { undo = null } = {}) {
  const place = document.getElementById("said");
  const back = undo && el("button", { type: "button", onclick: () => { place.replaceChildren(); undo(); } }, say("undo"));
  place.replaceChildren(el("div", { class: "toast" }, el("span", {}, sentence), back));
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => place.replaceChildren(), undo ? 10_000 : 5_000);
}
