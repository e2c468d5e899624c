// A planned day as a list: what was planned comes in as data, what a person does goes out as states.
//
//   order   {plan, ids, n}      a new order of the stops, sent once the stop is dropped; shown at once, times follow
//   opened  {plan, id, n}       a row was tapped
//   relief  {plan, id, index, code, n}   what would let a left-out customer in, tapped
//
// `n` differs each time, so that a rerun that brings the same state again does nothing. Until the server has heard an
// order (data.heard names its n) that order stays on the screen, whatever older answers say.
// `plan_rows.js` and `plan_drag.js` stand before this file: the three are one script.
const RETRY_MS = 8000;
const SHOW_UNSENT_MS = 4000;
const FIRST_LEFT = 10;
const LISTS = new WeakMap();

class Timeline {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector("ol.day");
    this.live = root.querySelector(".live");
    this.note = root.querySelector(".note");
    this.mode = root.querySelector("button.mode");
    this.left = root.querySelector("details.left");
    this.sorting = false;
    this.allLeft = false;
    this.count = 0;
    this.sent = null; // the order that the server has not heard of yet
    this.undo = [];
    this.listen(this.mode, "click", () => this.switchMode());
    this.listen(window, "online", () => this.sendAgain());
    this.listen(document, "visibilitychange", () => !document.hidden && this.sendAgain());
    this.drag = new Drag(this);
  }

  listen(target, name, handler, options) {
    target.addEventListener(name, handler, options);
    this.undo.push(() => target.removeEventListener(name, handler, options));
  }

  /** Take over what the server says; while a stop is held, that has to wait until it is dropped. */
  hear(data, out) {
    this.out = out;
    if (this.drag.held) {
      this.late = data;
      return;
    }
    const other = this.data?.plan !== data.plan;
    const opened = other || this.data.left?.open !== data.left?.open;
    // What was tapped here is in sight already.
    const selected = data.selected !== this.data?.selected && data.selected !== this.tapped ? data.selected : null;
    this.tapped = null;
    this.data = data;
    if (other) {
      this.allLeft = false;
      this.sorting = false;
    }
    if (other || !this.sent || data.heard === this.sent.n) this.settle();
    this.draw();
    if (opened) this.left.open = data.left?.open === true;
    if (selected) this.reveal(selected);
  }

  catchUp() {
    const late = this.late;
    this.late = undefined;
    if (late) this.hear(late, this.out);
  }

  settle() {
    clearTimeout(this.retry);
    clearTimeout(this.show);
    this.sent = null;
    this.note.textContent = "";
  }

  /** Return the stops as they are to be shown: in the order that was sent last, or as planned. */
  stops() {
    const rank = new Map((this.sent?.ids ?? []).map((id, index) => [id, index]));
    const place = (stop, index) => rank.get(stop.id) ?? index;
    return this.data.stops.map((stop, index) => [place(stop, index), index, stop]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((part) => part[2]);
  }

  /* ---- drawing ---- */

  draw() {
    const { words, stops, start, end, editable } = this.data;
    const focused = this.root.activeElement?.dataset?.focus ?? this.root.getRootNode().activeElement?.dataset?.focus;
    this.list.setAttribute("aria-label", words.list);
    this.list.dataset.plan = this.data.plan;
    this.root.querySelector(".timeline").classList.toggle("opens", Boolean(start));
    this.list.classList.toggle("checking", this.sent !== null);
    this.list.classList.toggle("sorting", this.sorting);
    this.mode.hidden = !editable || stops.length < 2;
    this.mode.textContent = this.sorting ? words.sorted : words.sort;
    this.mode.setAttribute("aria-pressed", String(this.sorting));
    const shown = this.stops();
    const rows = shown.map((stop, index) => this.stopRow(stop, index, shown.length));
    this.list.replaceChildren(...(start ? [endRow(start, "start")] : []), ...rows, ...(end ? [endRow(end, "end")] : []));
    this.drawLeft();
    if (focused) this.root.querySelector(`[data-focus="${focused}"]`)?.focus({ preventScroll: true });
  }

  stopRow(stop, index, count) {
    const { words, editable, selected } = this.data;
    const item = make("li", `stop ${stop.state}${stop.id === selected ? " selected" : ""}`);
    item.dataset.id = stop.id;
    for (const lead of stop.leads) item.append(leadRow(lead));
    const row = make("div", "row");
    row.append(this.openButton(stop, index));
    if (editable && !stop.settled) {
      const arrows = make("span", "arrows");
      const up = tool("up", "up", fill(words.up, stop), `up${stop.id}`);
      const down = tool("down", "down", fill(words.down, stop), `down${stop.id}`);
      [up.disabled, down.disabled] = [index === 0, index === count - 1];
      up.addEventListener("click", () => this.step(stop.id, -1));
      down.addEventListener("click", () => this.step(stop.id, 1));
      arrows.append(up, down);
      row.append(arrows, this.grip(stop));
    }
    item.append(row);
    return item;
  }

  openButton(stop, index) {
    const button = make("button", "open");
    button.type = "button";
    button.dataset.focus = `open${stop.id}`;
    button.addEventListener("click", () => this.drag.justDropped() || this.open(stop.id));
    const time = make("span", "time");
    time.append(make("b", "", stop.time), make("span", "until", stop.until));
    const badge = make("span", `badge${stop.pale ? " pale" : ""}`, String(index + 1));
    badge.style.cssText = `background:${stop.fill};color:${stop.ink}`;
    badge.title = stop.rank;
    const body = make("span", "body");
    const line = make("span", "line");
    const name = make("bdi", "name", stop.name);
    line.append(name, ...stop.marks.map((mark) => markOf(mark)));
    body.append(line);
    if (stop.why) body.append(make("span", "why", stop.why));
    const foot = make("span", "foot");
    if (stop.late) foot.append(make("strong", "late", stop.late));
    for (const part of stop.foot) foot.append(make("span", "", part));
    if (foot.childNodes.length) body.append(foot);
    button.append(time, badge, body);
    return button;
  }

  grip(stop) {
    const grip = tool("grip", "grip", fill(this.data.words.grip, stop), `grip${stop.id}`);
    grip.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.step(stop.id, step);
    });
    return grip;
  }

  drawLeft() {
    const { left, words } = this.data;
    this.left.hidden = !left?.rows.length;
    if (!left) return;
    this.left.querySelector("summary span").textContent = left.title;
    const shown = this.allLeft ? left.rows : left.rows.slice(0, FIRST_LEFT);
    const rows = shown.map((row) => this.leftRow(row));
    if (shown.length < left.rows.length) {
      const more = make("button", "more", fill(words.more, { count: left.rows.length - shown.length }));
      more.type = "button";
      more.addEventListener("click", () => {
        this.allLeft = true;
        this.draw();
      });
      const item = make("li");
      item.append(more);
      rows.push(item);
    }
    this.left.querySelector("ul").replaceChildren(...rows);
  }

  leftRow(row) {
    const item = make("li", `left${row.id === this.data.selected ? " selected" : ""}`);
    item.dataset.id = row.id;
    const button = make("button", "open");
    button.type = "button";
    button.dataset.focus = `open${row.id}`;
    button.addEventListener("click", () => this.open(row.id));
    const badge = make("span", "badge hollow", row.letter);
    badge.style.cssText = `border-color:${row.edge}`;
    badge.title = row.rank;
    const body = make("span", "body");
    const line = make("span", "line");
    line.append(make("bdi", "name", row.name), ...row.marks.map((mark) => markOf(mark)));
    if (row.value) line.append(make("span", "value", row.value));
    body.append(line);
    for (const [className, text] of [["reason", row.reason], ["why", row.why]]) if (text) body.append(make("span", className, text));
    button.append(badge, body);
    item.append(button);
    if (row.reliefs.length) {
      const reliefs = make("div", "reliefs");
      for (const relief of row.reliefs) reliefs.append(this.reliefButton(row, relief));
      item.append(reliefs);
    }
    return item;
  }

  reliefButton(row, relief) {
    const button = make("button", "relief", relief.text);
    button.type = "button";
    button.dataset.focus = `relief${row.id}.${relief.index}`;
    button.addEventListener("click", () => {
      button.disabled = true;
      this.out("relief", { plan: this.data.plan, id: row.id, index: relief.index, code: relief.code, n: this.next() });
    });
    return button;
  }

  /* ---- what a person does ---- */

  switchMode() {
    this.sorting = !this.sorting;
    this.draw();
    if (this.sorting) this.say(this.data.words.how);
  }

  open(id) {
    this.tapped = id;
    this.out("opened", { plan: this.data.plan, id, n: this.next() });
  }

  step(id, by) {
    const ids = this.stops().map((stop) => stop.id);
    const from = ids.indexOf(id);
    this.place(id, Math.min(Math.max(from + by, 0), ids.length - 1));
  }

  /** Put a stop at a place of the route, show it there, and tell the server; no word when nothing changes. */
  place(id, index) {
    const shown = this.stops(), ids = shown.map((stop) => stop.id);
    const from = ids.indexOf(id);
    if (from < 0 || from === index) return;
    ids.splice(index, 0, ...ids.splice(from, 1));
    this.say(fill(this.data.words.moved, { name: shown[from].name, number: index + 1 }));
    this.sent = { ids, n: this.next() };
    this.draw();
    this.send();
  }

  send() {
    this.out("order", { plan: this.data.plan, ...this.sent });
    clearTimeout(this.retry);
    clearTimeout(this.show);
    this.retry = setTimeout(() => this.sendAgain(), RETRY_MS);
    this.show = setTimeout(() => (this.note.textContent = this.sent ? this.data.words.unsent : ""), SHOW_UNSENT_MS);
  }

  sendAgain() {
    if (!this.sent || document.hidden) return;
    this.sent.n = this.next();
    this.send();
  }

  next() {
    this.count += 1;
    return `${Date.now()}.${this.count}`;
  }

  say(sentence) {
    this.live.textContent = sentence;
  }

  reveal(id) {
    const item = this.root.querySelector(`li[data-id="${id}"]`);
    if (!item) return;
    if (item.closest("details")) this.left.open = true;
    item.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  close() {
    this.settle();
    this.drag.close();
    this.undo.forEach((undo) => undo());
  }
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  if (!parentElement.querySelector("ol.day") || !data) return undefined;
  let timeline = LISTS.get(parentElement);
  if (!timeline) {
    timeline = new Timeline(parentElement);
    LISTS.set(parentElement, timeline);
  }
  timeline.hear(data, setStateValue);
  return () => {
    timeline.close();
    LISTS.delete(parentElement);
  };
}
