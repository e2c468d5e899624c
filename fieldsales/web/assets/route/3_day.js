"use strict";
// The day as it stands: what the server said last, what was entered here since, and the times that follow from now.

const OPEN = new Set(["ahead", "arrived"]);
const MOVED_MS = MINUTE_MS; // less is not worth another number
const IN_TIME_MS = 60 * MINUTE_MS;

// Return the book with what is not sent yet done to it; the book itself stays as it is.
function withQueue(book, rows) {
  const day = structuredClone(book);
  day.leaves_at = null;
  for (const row of rows) if (row.plan_id === DATA.plan_id && !row.refused) applyAction(day, row.action);
  return day;
}

function applyAction(day, action) {
  const stop = day.stops.find((one) => (action.stop_id ? one.id === action.stop_id : one.customer_id === action.customer_id));
  const changes = {
    visit: () => ({ progress: "done", done_at: action.at, visited: true, visit_ref: action.client_ref, skip_reason: "" }),
    done: () => ({ progress: "done", done_at: action.at, skip_reason: "" }),
    skip: () => ({ progress: "skipped", skip_reason: action.reason }),
    reopen: reopened,
    check_in: (one) => ({ arrived_at: one.arrived_at ?? action.at, progress: one.progress === "ahead" ? "arrived" : one.progress }),
  };
  if (action.action === "late") day.leaves_at = action.leaves_at;
  else if (action.action === "undo_visit") {
    const visited = day.stops.find((one) => one.visit_ref === action.visit_ref);
    if (visited) Object.assign(visited, reopened(visited));
  } else if (stop && changes[action.action]) {
    if (action.action === "visit" || !stop.visited) Object.assign(stop, changes[action.action](stop), { unsent: true });
  }
}

function reopened(stop) {
  return { progress: stop.arrived_at ? "arrived" : "ahead", done_at: null, visited: false, visit_ref: null, skip_reason: "" };
}

// Return for each open stop when it is reached, begun and left, reckoned from now; never earlier than planned, because only the
// server knows when doors open. A pause that lies between two stops stays between them. All in milliseconds.
function reckon(day, now) {
  const times = new Map();
  const floor = day.leaves_at ? Date.parse(day.leaves_at) : 0;
  let before = null;
  for (const stop of day.stops.filter((one) => OPEN.has(one.progress))) {
    const planned = { arrives: Date.parse(stop.arrives_at), begins: Date.parse(stop.starts_at), leaves: Date.parse(stop.leaves_at) };
    const arrives = before ? laterArrival(day, stop, planned, before) : firstArrival(stop, planned, floor, now);
    const begins = Math.max(arrives, planned.begins);
    const leaves = Math.max(begins + planned.leaves - planned.begins, stop.progress === "arrived" ? Math.max(now, floor) : 0);
    const late = Math.max(0, begins - planned.begins - stop.slack_s * 1000) + stop.late_s * 1000;
    before = { planned, arrives, begins, leaves, late, moved: arrives - planned.arrives > MOVED_MS };
    times.set(stop.id, before);
  }
  return times;
}

function firstArrival(stop, planned, floor, now) {
  if (stop.arrived_at) return Date.parse(stop.arrived_at);
  return Math.max(planned.arrives, now, floor ? floor + stop.travel_s * 1000 : 0);
}

function laterArrival(day, stop, planned, before) {
  return Math.max(planned.arrives, before.leaves + stop.travel_s * 1000 + pauseBetween(day, before.planned.leaves, planned.begins));
}

function pauseBetween(day, from, until) {
  const inside = day.rests.filter((rest) => Date.parse(rest.starts_at) >= from && Date.parse(rest.ends_at) <= until);
  return inside.reduce((sum, rest) => sum + Date.parse(rest.ends_at) - Date.parse(rest.starts_at), 0);
}

function nextStop(day) {
  return day.stops.find((stop) => OPEN.has(stop.progress)) ?? null;
}

// When the day is over: as planned, moved by as much as its last open stop.
function endOf(day, times) {
  if (!day.plan.ends_at) return null;
  const last = [...times.values()].at(-1);
  return Date.parse(day.plan.ends_at) + (last ? Math.max(0, last.leaves - last.planned.leaves) : 0);
}

// Planned versus done, by the rule of services/reports/day_progress.py; what the plan lost on the way is only in the server's figures.
function figures(day) {
  const promised = day.stops.filter((stop) => stop.promised_at);
  const done = promised.filter((stop) => stop.progress === "done");
  const skipped = promised.filter((stop) => stop.progress === "skipped").length;
  const inTime = done.filter((stop) => Math.abs(Date.parse(stop.arrived_at ?? stop.done_at) - Date.parse(stop.promised_at)) <= IN_TIME_MS);
  const planned = Math.max(day.progress.planned, promised.length);
  return {
    planned,
    done: done.length,
    in_time: inTime.length,
    skipped,
    open: planned - done.length - skipped,
    inserted: day.stops.filter((stop) => !stop.promised_at && stop.progress === "done").length,
    unplanned: day.progress.unplanned,
  };
}
