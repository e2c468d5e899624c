"use strict";
// What slides up over the day: recording a visit, skipping with a reason, running late, a message to send, and the rest.

const sheet = (() => {
  const dialog = document.getElementById("sheet");
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  function open(title, ...content) {
    const close = el("button", { type: "button", class: "plain", onclick: () => dialog.close(), "aria-label": say("close") }, "×");
    dialog.replaceChildren(el("div", { class: "sheet" }, el("div", { class: "sheet-head" }, el("h2", {}, title), close), ...content));
    if (!dialog.open) dialog.showModal();
    dialog.querySelector(".sheet").scrollTop = 0;
  }

  return { open, close: () => dialog.close(), get isOpen() { return dialog.open; } };
})();

// A row of choices, one of which holds; `current()` says which, `choose(value)` is told.
function choices(label, options, current, choose, { tight = false } = {}) {
  const row = el("div", { class: tight ? "choices tight" : "choices", role: "group", "aria-label": label });
  const draw = () => {
    const buttons = options().map(({ value, name, hint, style }) => {
      const chosen = value === current();
      const attributes = { type: "button", class: "choice", "aria-pressed": String(chosen), style: chosen && style ? style : {} };
      return el("button", { ...attributes, onclick: () => { choose(value); draw(); } }, el("span", {}, name), hint && el("small", {}, hint));
    });
    row.replaceChildren(...buttons);
  };
  draw();
  return { row, draw };
}

function openVisit(day, stop, { given = null, onSave }) {
  const answers = { key: day.choices[0].key, likelihood: null, next: undefined, next_on: null, note: "", custom: {}, ...store.readDraft(stop.customer_id), ...given };
  if (!day.choices.some((one) => one.key === answers.key)) answers.key = day.choices[0].key;
  const choice = () => day.choices.find((one) => one.key === answers.key);
  const suggested = () => stop.suggests[answers.key] ?? { likelihood: stop.likelihood, next_on: null };
  const likelihood = () => answers.likelihood ?? suggested().likelihood;
  const nextOn = () => (answers.next === undefined ? suggested().next_on : answers.next_on);
  const keep = () => store.keepDraft(stop.customer_id, answers);
  const set = (values) => { Object.assign(answers, values); keep(); redraw(); };
  const problem = el("p", { class: "problem", role: "alert" });

  const outcomes = choices(say("outcome"), () => day.choices.map((one) => ({ value: one.key, name: one.name })), () => answers.key, (key) => set({ key }));
  const ranks = choices(
    say("likelihood"),
    () => DATA.likelihoods.map((one) => ({ value: one.value, name: one.name, style: { background: one.fill, color: one.ink, "border-color": one.fill } })),
    likelihood,
    (value) => set({ likelihood: value }),
    { tight: true },
  );
  const date = el("input", { type: "date", "aria-label": say("next_date"), min: day.plan.day, onchange: () => set({ next: "day", next_on: date.value || null }) });
  const nexts = choices(
    say("next_date"),
    () => [
      ...stop.next_dates.map((one) => ({ value: one.on, name: one.name, hint: one.said })),
      { value: "", name: say("no_next_date") },
    ],
    () => nextOn() ?? "",
    (value) => set({ next: "day", next_on: value || null }),
  );
  const fields = el("div", { class: "fields" });
  const note = el("textarea", { rows: 3, id: "note", placeholder: say("note_hint"), oninput: () => { answers.note = note.value; keep(); grow(); } });
  const kept = el("p", { class: "quiet" }, say("note_kept"));
  note.value = answers.note;
  const grow = () => { note.style.height = "auto"; note.style.height = `${Math.min(note.scrollHeight, 320)}px`; };

  function redraw() {
    ranks.draw();
    nexts.draw();
    date.value = nextOn() ?? "";
    fields.replaceChildren(...day.fields.filter((one) => choice().asks.includes(one.name)).map(drawField));
  }

  function drawField(field) {
    const value = answers.custom[field.name] ?? stop.custom[field.name] ?? "";
    const put = (text) => { answers.custom = { ...answers.custom, [field.name]: text }; keep(); };
    const listed = field.kind === "choice" ? field.choices.map((one) => [one, one]) : field.kind === "yes_no" ? [["yes", say("yes")], ["no", say("no")]] : null;
    const input = listed
      ? el("select", { onchange: () => put(input.value) }, el("option", { value: "" }, say("choose")), ...listed.map(([key, name]) => el("option", { value: key, selected: key === value }, name)))
      : el("input", { type: field.kind === "date" ? "date" : "text", inputmode: field.kind === "number" ? "decimal" : null, oninput: () => put(input.value) });
    if (!listed) input.value = value;
    return el("label", { class: "field" }, el("span", {}, field.name), input);
  }

  function save() {
    const custom = Object.fromEntries(choice().asks.map((name) => [name, answers.custom[name] ?? stop.custom[name] ?? ""]));
    const missing = choice().asks.find((name) => day.fields.some((field) => field.name === name) && !custom[name].trim());
    if (missing) return (problem.textContent = say("fill_in", { name: missing })), problem.scrollIntoView();
    if (answers.note.length > DATA.max_note) return (problem.textContent = say("note_too_long", { limit: DATA.max_note })), problem.scrollIntoView();
    const { outcome, template_id } = choice();
    onSave({ customer_id: stop.customer_id, stop_id: stop.id, outcome, template_id, likelihood: likelihood() === "unrated" ? null : likelihood(), next_on: nextOn(), note: answers.note, custom }, { ...answers });
    store.forgetDraft(stop.customer_id);
    sheet.close();
  }

  redraw();
  sheet.open(
    stop.name,
    outcomes.row,
    el("p", { class: "label" }, say("likelihood")), ranks.row,
    el("p", { class: "label" }, say("next_date")), nexts.row, el("label", { class: "field" }, el("span", {}, say("another_day")), date),
    fields,
    el("label", { class: "field", for: "note" }, el("span", {}, say("note"))), note, kept, problem,
    el("button", { type: "button", class: "primary", id: "save-visit", onclick: save }, say("save")),
  );
  grow();
}

function openSkip(stop, { onSkip }) {
  const reason = el("input", { type: "text", maxlength: 500, "aria-label": say("skip_other"), placeholder: say("skip_other"), enterkeyhint: "done" });
  const skip = (text) => { sheet.close(); onSkip(text); };
  const other = el("form", { class: "line", onsubmit: (event) => { event.preventDefault(); if (reason.value.trim()) skip(reason.value.trim()); } }, reason, el("button", { type: "submit" }, say("skip")));
  sheet.open(say("skip_why"), el("p", { class: "quiet" }, stop.name), el("div", { class: "stack" }, ...DATA.skip_reasons.map((one) => el("button", { type: "button", onclick: () => skip(one) }, one))), other);
}

// `base` is when the next stop would be set out for as things stand, `way` how long it takes to get there, in milliseconds.
function openLate(day, base, way, { onLate }) {
  const problem = el("p", { class: "problem", role: "alert" });
  const late = (moment) => {
    if (!(moment > Date.now() && moment - Date.now() <= 12 * 60 * MINUTE_MS)) return (problem.textContent = say("late_bad"));
    sheet.close();
    onLate(new Date(moment).toISOString());
  };
  const by = (minutes) => el("button", { type: "button", onclick: () => late(base + minutes * MINUTE_MS) }, el("b", {}, say("late_minutes", { minutes })), el("small", {}, say("arrives", { time: clock(base + way + minutes * MINUTE_MS, day.plan.zone) })));
  const at = el("input", { type: "time", "aria-label": say("late_clock"), value: clock(base + 20 * MINUTE_MS, day.plan.zone) });
  const byClock = () => {
    if (!at.value) return (problem.textContent = say("late_bad"));
    const [hour, minute] = at.value.split(":").map(Number);
    const [nowHour, nowMinute] = clock(Date.now(), day.plan.zone).split(":").map(Number);
    const ahead = (hour * 60 + minute - nowHour * 60 - nowMinute + 1440) % 1440; // a time that has passed is tomorrow's
    late(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS + ahead * MINUTE_MS);
  };
  sheet.open(
    say("late_how"),
    el("div", { class: "grid" }, ...[5, 10, 15, 30].map(by)),
    el("div", { class: "line" }, el("label", { class: "field" }, el("span", {}, say("late_clock")), at), el("button", { type: "button", onclick: byClock }, say("save"))),
    problem,
  );
}

function openNotify(stop, time) {
  const message = stop.message.replaceAll("{time}", time);
  const text = el("textarea", { rows: 6, "aria-label": say("notify") });
  text.value = message;
  const links = el("div", { class: "stack" });
  const draw = () => {
    const body = encodeURIComponent(text.value);
    const subject = encodeURIComponent(say("notify_subject", { time }));
    const copy = el("button", { type: "button", onclick: () => copyText(text, copy) }, say("copy"));
    links.replaceChildren(
      ...[
        stop.sms && el("a", { class: "button", href: `${stop.sms}?&body=${body}` }, `${say("notify_sms")} · ${stop.phone}`),
        stop.mail && el("a", { class: "button", href: `${stop.mail}?subject=${subject}&body=${body}` }, say("notify_mail")),
        copy,
      ].filter(Boolean),
    );
  };
  text.addEventListener("input", draw);
  draw();
  sheet.open(say("notify"), el("p", { class: "quiet" }, stop.sms || stop.mail ? say("notify_how") : say("notify_none")), text, links);
}

async function copyText(field, button) {
  const copied = navigator.clipboard ? await navigator.clipboard.writeText(field.value).then(() => true, () => false) : false;
  if (!copied) {
    field.select();
    document.execCommand("copy"); // without HTTPS a browser offers no clipboard
  }
  button.textContent = say("copied");
}

function openNavigation(stop) {
  sheet.open(say("navigate"), el("p", { class: "quiet" }, stop.address || stop.name), el("div", { class: "stack" }, ...stop.navigation.map((link) => el("a", { class: "button", href: link.url, target: link.url.startsWith("http") ? "_blank" : null, rel: "noopener noreferrer" }, link.app))));
}
