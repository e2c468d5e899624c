// What the rows of a planned day are made of. All text is set as text.
const ICONS = {
  grip: "M5 8h14M5 12h14M5 16h14",
  up: "M12 19V6M6 11.5 12 5.5l6 6",
  down: "M12 5v13M6 12.5l6 6 6-6",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8v4.5l3 2",
  pin: "M9 4h6l-.7 6 3.2 3.5H6.5L9.7 10ZM12 13.5V20",
  done: "M5 12.5 10 17.5 19 7",
  skipped: "M6 6l12 12M18 6 6 18",
  arrived: "M12 21s6.5-6.5 6.5-11.300a6.5 6.5 0 0 0-13 0C5.5 14.5 12 21 12 21Z",
};

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function tool(className, picture, label, focus) {
  const button = make("button", className);
  button.type = "button";
  button.title = label;
  button.dataset.focus = focus;
  button.setAttribute("aria-label", label);
  button.append(icon(picture));
  return button;
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function endRow(end, kind) {
  const item = make("li", `end ${kind}`);
  for (const lead of end.leads ?? []) item.append(leadRow(lead));
  const row = make("div", "row");
  const body = make("span", "body");
  body.append(make("span", "name", end.name));
  if (end.note) body.append(make("span", end.late ? "late" : "foot", end.note));
  row.append(make("span", "time", end.time), make("span", "dot"), body);
  item.append(row);
  return item;
}

function leadRow(lead) {
  const row = make("div", `lead ${lead.kind}`);
  row.append(make("span", "time", lead.time ?? ""), make("span", "track"), make("span", "what", lead.text));
  return row;
}

function markOf({ icon: name, text }) {
  const mark = make("span", `mark ${name}`);
  mark.title = text;
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", text);
  mark.append(icon(name));
  return mark;
}
