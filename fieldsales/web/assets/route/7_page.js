"use strict";
// The page itself: reads the day, draws it, takes what is tapped, and stays true to both through sleep, reload and loss of signal.

(() => {
  const READ_AGAIN_MS = 60_000;
  const DRAW_AGAIN_MS = 20_000;
  const FIX_MS = 15_000;
  const FAILURES = { 1: "denied", 2: "unavailable", 3: "timeout" };
  const place = document.getElementById("day");
  const notices = document.getElementById("notices");
  const stateButton = document.getElementById("state");
  let book = null; // what the server said last
  let keptAt = 0; // when it said so
  let gone = ""; // a sentence, once the plan cannot be read any more
  let newRelease = false;
  let drawn = "";
  const gap = { stop: 0, fillers: null, busy: false };
  const act = { isLocating: false, busy: false };

  // Reading

  async function readBook({ force = false } = {}) {
    const known = book && !force ? `?version=${book.plan.version}` : "";
    const { status, body } = await sender.ask(`${DATA.plan_id}${known}`);
    if (status === 200 && body?.unchanged) keptAt = Date.now();
    if (status === 200 && body?.plan && body.plan.reader.id === DATA.user_id) {
      book = body;
      keptAt = Date.now();
      gone = "";
      await store.keepDay(book);
    } else if (status === 404) {
      gone = say(book ? "gone" : "not_yours");
      await store.forgetDay();
    }
    await draw();
  }

  async function begin() {
    await store.begin();
    const kept = await store.readDay();
    if (kept) {
      book = kept.book;
      keptAt = kept.kept_at;
      await draw();
    }
    await readBook({ force: true });
    sender.send();
  }

  // Acting

  // How many stops of the plan as accepted are no longer on its route.
  const droppedIn = (read) => Math.max(0, read.progress.planned - read.stops.filter((stop) => stop.promised_at).length);
  const enter = (action, values) => sender.enter(action, values);
  const timesNow = async () => {
    const day = withQueue(book, await store.queue());
    return [day, reckon(day, Date.now())];
  };

  act.log = (stop) => openVisit(book, stop, { onSave: (visit, answers) => saveVisit(stop, visit, answers) });

  function saveVisit(stop, visit, answers) {
    const client_ref = newReference();
    enter("visit", { ...visit, client_ref });
    tell(say(sender.state.offline ? "saved_here" : "saved"), { undo: () => undoVisit(stop, client_ref, answers) });
  }

  // A visit that is still here is only taken out of the queue again, and its text goes back into the form.
  async function undoVisit(stop, visit_ref, answers = null) {
    const waiting = (await store.queue()).find((row) => row.action.client_ref === visit_ref && row.id !== sender.state.current);
    if (waiting) {
      await store.unqueue(waiting.id);
      await draw();
    } else enter("undo_visit", { visit_ref });
    if (answers) store.keepDraft(stop.customer_id, answers);
  }

  act.skip = (stop) => openSkip(stop, { onSkip: (reason) => { enter("skip", { stop_id: stop.id, reason }); tell(`${say("skipped")} · ${reason}`, { undo: () => enter("reopen", { stop_id: stop.id }) }); } });
  act.done = (stop) => { enter("done", { stop_id: stop.id }); tell(say("done"), { undo: () => enter("reopen", { stop_id: stop.id }) }); };
  act.undo = (stop) => (stop.visited ? undoVisit(stop, stop.visit_ref) : enter("reopen", { stop_id: stop.id }));

  act.late = async () => {
    const [day, times] = await timesNow();
    const stop = nextStop(day);
    if (!stop) return;
    const time = times.get(stop.id);
    const base = stop.progress === "arrived" ? time.leaves : Math.max(Date.now(), time.arrives - stop.travel_s * 1000);
    const following = stop.progress === "arrived" ? day.stops.filter((one) => OPEN.has(one.progress))[1] : stop;
    openLate(day, base, (following?.travel_s ?? 0) * 1000, { onLate: (leaves_at) => { enter("late", { leaves_at }); if (sender.state.offline) tell(say("late_kept")); } });
  };

  // One fix for one tap, and nothing before or after it.
  function locate(limit_ms = FIX_MS) {
    if (!window.isSecureContext) return Promise.resolve({ error: "insecure" });
    if (!navigator.geolocation) return Promise.resolve({ error: "unsupported" });
    return new Promise((resolve) => {
      setTimeout(() => resolve({ error: "timeout" }), 2 * limit_ms); // some never call back
      navigator.geolocation.getCurrentPosition(
        ({ coords, timestamp }) => resolve({ lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy, taken_at: Number(timestamp) }),
        ({ code }) => resolve({ error: FAILURES[code] ?? "unavailable" }),
        { enableHighAccuracy: true, timeout: limit_ms, maximumAge: 0 },
      );
    });
  }

  act.checkIn = async (stop) => {
    if (act.isLocating) return;
    act.isLocating = true;
    const at = new Date().toISOString();
    await draw();
    const position = await locate();
    act.isLocating = false;
    if (position.error) tell(say("position_denied"));
    enter("check_in", { stop_id: stop.id, customer_id: stop.customer_id, at, position });
  };

  // What needs the server: not queued, because by the time it arrived it would be about another moment.
  async function ask(path, body, onDone) {
    if (act.busy) return;
    act.busy = true;
    await draw();
    const position = await locate(FIX_MS / 3);
    const here = position.error ? null : position;
    const { status, body: answer } = await sender.ask(`${DATA.plan_id}/${path}`, { ...body, here, client_ref: newReference(), at: new Date().toISOString() });
    act.busy = false;
    if (status === 200) await onDone(answer);
    else tell(answer?.error?.message ?? say("needs_signal"));
    await draw();
  }

  act.replan = () => ask("actions", { action: "replan" }, async () => {
    const before = droppedIn(book);
    await readBook({ force: true });
    const dropped = droppedIn(book) - before;
    tell(dropped > 0 ? sayCount("dropped_one", "dropped_many", dropped) : say("replanned"));
  });
  act.gap = (stop) => ask("gap", { before_stop_id: stop.id }, (answer) => Object.assign(gap, { stop: stop.id, fillers: answer.fillers }));
  act.insert = (filler) => ask("actions", { action: "insert", customer_id: filler.customer_id }, async () => { gap.fillers = null; await readBook({ force: true }); tell(say("inserted")); });

  // Drawing

  async function draw() {
    const rows = await store.queue();
    drawState(rows);
    drawNotices(rows);
    if (!book) return drawEmpty();
    const now = Date.now();
    const day = withQueue(book, rows);
    const times = reckon(day, now);
    const next = nextStop(day);
    if (gap.stop !== next?.id) Object.assign(gap, { stop: 0, fillers: null });
    const minutes = [...times.values()].map((time) => [minutesOf(time.begins), minutesOf(time.arrives), minutesOf(time.late)]);
    const signature = JSON.stringify([day, minutes, minutesOf(now), gap, act, sender.state.offline]);
    if (signature === drawn || isTyping()) return;
    drawn = signature;
    drawHead(day);
    gap.busy = act.busy;
    gap.offline = sender.state.offline;
    const open = new Set([...place.querySelectorAll("details[open]")].map((line) => line.dataset.stop));
    place.replaceChildren(
      ...[
        next && drawCard(day, next, times, act),
        next && drawGap(day, next, times.get(next.id), now, gap, act),
        !next && (day.stops.length > 0 ? drawEnd(day) : el("p", { class: "quiet" }, say("no_stops"))),
        next && (day.plan.own || day.plan.may_edit) && drawReplan(day),
        next && droppedIn(day) > 0 && el("p", { class: "late" }, sayCount("dropped_one", "dropped_many", droppedIn(day))),
        ...drawList(day, times, act),
        el("a", { class: "button", href: `/plan?day=${day.plan.day}${day.plan.own ? "" : `&rep=${day.plan.person.id}`}` }, say("back_to_plan")),
        next && drawBar(day, next, act),
      ].filter(Boolean),
    );
    for (const line of place.querySelectorAll("details")) line.open = open.has(line.dataset.stop);
  }

  const isTyping = () => place.contains(document.activeElement) && ["INPUT", "TEXTAREA"].includes(document.activeElement.tagName);

  function drawReplan() {
    const label = say(act.busy ? "replanning" : "replan");
    return el("div", { class: "replan" }, el("button", { type: "button", id: "replan", disabled: act.busy || sender.state.offline, onclick: act.replan }, label), el("small", { class: "quiet" }, sender.state.offline ? say("needs_signal") : say("replan_why")));
  }

  function drawHead(day) {
    const { plan } = day;
    document.getElementById("title").replaceChildren(plan.title, ...(plan.own ? [] : [" ", el("small", {}, say("theirs", { who: plan.person.name }))]));
  }

  function drawState(rows) {
    const waiting = rows.filter((row) => !row.refused).length;
    const { offline, loggedOut, busy } = sender.state;
    const parts = [];
    if (offline) parts.push(say("offline"));
    if (waiting) parts.push(busy && sender.state.current ? say("sending") : sayCount("waiting_one", "waiting_many", waiting));
    if (loggedOut) parts.push(say("log_in"));
    stateButton.textContent = parts.join(" · ") || say("all_sent");
    stateButton.dataset.state = loggedOut || rows.some((row) => row.refused) ? "bad" : offline || waiting ? "waiting" : "good";
    stateButton.dataset.waiting = String(waiting);
  }

  function drawNotices(rows) {
    const said = [];
    if (sender.state.loggedOut) said.push(el("p", { class: "notice bad" }, say("logged_out"), " ", el("a", { href: logInAddress() }, say("log_in"))));
    if (sender.state.offline && keptAt && book) said.push(el("p", { class: "notice" }, say("kept_at", { time: clock(keptAt, book.plan.zone) })));
    if (!store.isLasting) said.push(el("p", { class: "notice" }, say("not_kept")));
    if (gone && book) said.push(el("p", { class: "notice bad" }, gone));
    if (book?.plan.state === "draft") said.push(el("p", { class: "notice" }, say("draft")));
    if (book?.plan.state === "set_aside") said.push(el("p", { class: "notice" }, say("set_aside")));
    if (newRelease) said.push(el("p", { class: "notice" }, say("new_release"), " ", el("button", { type: "button", class: "plain", onclick: () => location.reload() }, say("reload"))));
    for (const row of rows.filter((one) => one.refused)) said.push(drawRefused(row));
    notices.replaceChildren(...said);
  }

  const logInAddress = () => `/login?next=${encodeURIComponent(location.pathname)}`;

  // What was refused stays until somebody has decided about it: a note is never lost without a word.
  function drawRefused(row) {
    const stop = book?.stops.find((one) => one.customer_id === row.action.customer_id || one.id === row.action.stop_id);
    const sentence = say("refused", { what: row.refused });
    const again = row.action.action === "visit" && stop && el("button", { type: "button", onclick: () => reopenVisit(row, stop) }, say("open_again"));
    const away = el("button", { type: "button", class: "plain", onclick: async () => { await store.unqueue(row.id); await draw(); } }, say("throw_away"));
    return el("div", { class: "notice bad" }, el("p", {}, stop ? el("b", {}, stop.name, " ") : "", sentence), row.action.note && el("p", { class: "quiet" }, row.action.note), el("div", { class: "line" }, again, away));
  }

  function reopenVisit(row, stop) {
    const { action } = row;
    const key = String(action.template_id ?? action.outcome);
    const given = { key, likelihood: action.likelihood, next: "day", next_on: action.next_on, note: action.note, custom: action.custom };
    openVisit(book, stop, { given, onSave: async (visit, answers) => { await store.unqueue(row.id); saveVisit(stop, { ...visit, at: action.at }, answers); } });
  }

  function drawEmpty() {
    if (drawn === (drawn = `empty ${gone} ${sender.state.offline} ${sender.state.loggedOut}`)) return;
    const sentence = gone || (sender.state.offline ? say("nothing_kept") : say("loading"));
    place.replaceChildren(el("p", { class: "quiet loading" }, sentence), el("button", { type: "button", onclick: () => readBook({ force: true }) }, say("retry")));
  }

  // Living

  sender.onChange(async (sent) => (sent ? readBook({ force: true }) : draw()));
  stateButton.addEventListener("click", () => (sender.state.loggedOut ? location.assign(logInAddress()) : sender.send().then(() => readBook({ force: true }))));
  window.addEventListener("online", () => { sender.send(); readBook(); });
  window.addEventListener("offline", () => { sender.state.offline = true; draw(); });
  window.addEventListener("pageshow", (event) => event.persisted && readBook({ force: true }));
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { sender.send(); readBook({ force: true }); } });
  document.getElementById("sheet").addEventListener("close", () => draw());
  setInterval(() => document.visibilityState === "visible" && draw(), DRAW_AGAIN_MS);
  setInterval(() => document.visibilityState === "visible" && readBook(), READ_AGAIN_MS);

  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register("/sw.js", { scope: DATA.scope }).catch(() => {}); // a browser that refuses shows the day online all the same
    navigator.serviceWorker.addEventListener("message", (event) => { if (event.data?.release && event.data.release !== DATA.release) { newRelease = true; draw(); } });
  }
  begin();
})();
