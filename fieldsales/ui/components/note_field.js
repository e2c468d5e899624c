// A text field that loses nothing: every letter is in this browser at once and on the server within a second.
//
// What the server has stored comes in as data.text for data.ref; what is typed goes out as the state "note",
// {ref, text, n}, when typing pauses, when the field is left, and when the page is hidden. Until the server says that it
// has stored a text, a copy lies in localStorage; a reload or an hour without signal starts from that copy.
const PAUSE_MS = 700;
const RETRY_MS = 8000;
const SHOW_UNSENT_MS = 4000;
const KEEP_DAYS = 60;
const PREFIX = "fieldsales.note.";
const fields = new WeakMap();

function readCopy(ref) {
  try {
    const copy = JSON.parse(localStorage.getItem(PREFIX + ref));
    return typeof copy?.text === "string" ? copy.text : null;
  } catch { return null; }
}

function writeCopy(ref, text) {
  try { localStorage.setItem(PREFIX + ref, JSON.stringify({ text, at: Date.now() })); } catch { /* full or forbidden: the server has to do */ }
}

function forgetCopy(ref) {
  try { localStorage.removeItem(PREFIX + ref); } catch { /* forbidden */ }
}

function forgetOldCopies() {
  try {
    const oldest = Date.now() - KEEP_DAYS * 86400000;
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && !(JSON.parse(localStorage.getItem(key))?.at > oldest)) localStorage.removeItem(key);
    }
  } catch { /* forbidden, or not ours */ }
}

// Both devices wrote: both texts stay.
function both(stored, typed) {
  if (typed.includes(stored)) return typed;
  return stored.includes(typed) ? stored : `${stored}\n${typed}`;
}

function grow(area) {
  const before = area.style.height;
  area.style.height = "auto";
  const wanted = `${area.scrollHeight + 2}px`;
  area.style.height = wanted;
  return before !== wanted;
}

class Field {
  constructor(root) {
    this.area = root.querySelector("textarea");
    this.label = root.querySelector("label");
    this.status = root.querySelector("[role=status]");
    this.problem = root.querySelector("[role=alert]");
    this.ref = null;
    this.flying = []; // texts sent and not yet heard of
    this.count = 0;
    this.composing = false;
    const listen = (target, name, handler, options) => {
      target.addEventListener(name, handler, options);
      this.undo.push(() => target.removeEventListener(name, handler, options));
    };
    this.undo = [];
    listen(this.area, "compositionstart", () => { this.composing = true; clearTimeout(this.pause); });
    listen(this.area, "compositionend", () => { this.composing = false; this.takeLate(); this.typed(); });
    listen(this.area, "input", () => this.typed());
    listen(this.area, "blur", () => { this.composing = false; this.send(); });
    // A tap elsewhere (Save, above all) comes before its click: what was typed must go first, whether or not focus moves.
    listen(document, "pointerdown", (event) => { if (!event.composedPath().includes(this.area)) this.send(); }, true);
    listen(document, "visibilitychange", () => { if (document.hidden) this.leave(); else this.send(); });
    listen(window, "pagehide", () => this.leave());
    listen(window, "online", () => this.send());
    forgetOldCopies();
  }

  // The server's word: a first text, an echo of ours, or what another device wrote.
  hear(data, out) {
    this.out = out;
    this.words = data.words;
    this.limit = data.limit;
    this.local = data.local === true; // nothing is stored while one types: the copy here has to do until Save
    this.label.textContent = data.label;
    this.area.placeholder = data.placeholder;
    const first = this.ref !== data.ref;
    if (first) this.begin(data);
    else if (data.text !== this.stored) this.take(data.text);
    this.settle();
    if (first || this.area.scrollHeight > this.area.clientHeight) grow(this.area);
  }

  begin(data) {
    this.ref = data.ref;
    this.stored = data.text;
    this.flying = [];
    const copy = readCopy(data.ref);
    this.area.value = copy === null ? data.text : both(data.text, copy);
    if (this.area.value !== data.text) this.pause = setTimeout(() => this.send(), 50);
  }

  take(text) {
    const echo = this.flying.indexOf(text);
    const before = this.stored;
    this.stored = text;
    if (echo >= 0) {
      this.flying.splice(0, echo + 1);
    } else if (this.composing) {
      this.late = text; // never touch a word that is being converted
    } else if (this.area.value === before) {
      this.area.value = text;
    } else if (this.area.value !== text) {
      this.area.value = both(text, this.area.value);
      this.pause = setTimeout(() => this.send(), PAUSE_MS);
    }
  }

  takeLate() {
    if (this.late !== undefined && this.area.value !== this.late) this.area.value = both(this.late, this.area.value);
    this.late = undefined;
  }

  typed() {
    clearTimeout(this.pause);
    writeCopy(this.ref, this.area.value);
    grow(this.area);
    this.settle();
    if (!this.composing && !this.local) this.pause = setTimeout(() => this.send(), PAUSE_MS);
  }

  send() {
    clearTimeout(this.pause);
    const text = this.area.value;
    if (this.composing || text === this.stored) return;
    if (this.flying.at(-1) === text && Date.now() - this.sentAt < RETRY_MS) return;
    writeCopy(this.ref, text);
    this.flying.push(text);
    this.sentAt = Date.now();
    this.count += 1;
    this.out("note", { ref: this.ref, text, n: `${Date.now()}.${this.count}` });
    clearTimeout(this.retry);
    if (!this.tooLong() && !this.local) this.retry = setTimeout(() => { if (!document.hidden) this.send(); }, RETRY_MS + 100); // too long stays here
    clearTimeout(this.show);
    this.show = setTimeout(() => this.settle(), SHOW_UNSENT_MS);
  }

  leave() {
    if (this.area.value === this.stored) return;
    writeCopy(this.ref, this.area.value);
    this.composing = false;
    this.send();
  }

  tooLong() {
    return this.area.value.length > this.limit && [...this.area.value].length > this.limit;
  }

  // What is stored needs no copy here; what is not says so when it takes long.
  settle() {
    const text = this.area.value;
    const same = text === this.stored;
    if (same) {
      forgetCopy(this.ref);
      clearTimeout(this.retry);
      clearTimeout(this.show);
      this.flying = [];
    }
    const long = this.tooLong();
    this.area.setAttribute("aria-invalid", String(long));
    this.problem.textContent = long ? this.words.too_long.replace("{count}", [...text].length.toLocaleString()) : "";
    const unheard = this.flying.length && Date.now() - this.sentAt >= SHOW_UNSENT_MS - 50;
    const waiting = !same && !long && (this.local || unheard);
    this.status.textContent = same && text ? this.words.stored : waiting ? this.words.waiting : "";
  }

  close() {
    clearTimeout(this.pause);
    clearTimeout(this.retry);
    clearTimeout(this.show);
    this.undo.forEach((undo) => undo());
  }
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  for (const ref of data.forget ?? []) forgetCopy(ref);
  if (!parentElement.querySelector("textarea") || !data.ref) return undefined;
  let field = fields.get(parentElement);
  if (!field) {
    field = new Field(parentElement);
    fields.set(parentElement, field);
  }
  field.hear(data, setStateValue);
  return () => {
    field.close();
    fields.delete(parentElement);
  };
}
