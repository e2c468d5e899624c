"use strict";
// The card of the next stop, the lines of the rest of the day, and what the day came to.

function badge(stop) {
  return el("span", { class: "badge", role: "img", "aria-label": stop.badge.name, title: stop.badge.name, style: { background: stop.badge.fill, color: stop.badge.ink } }, stop.badge.letter);
}

function drawCard(day, stop, times, act) {
  const { plan } = day;
  const time = times.get(stop.id);
  const number = day.stops.indexOf(stop) + 1;
  const arrived = stop.progress === "arrived";
  const head = el("div", { class: "card-head" },
    el("span", { class: "eyebrow" }, `${say(arrived ? "here_now" : "next")} · ${say("stop_of", { number, count: day.stops.length })}`),
    stop.fixed && el("span", { class: "chip" }, say("appointment")));
  const facts = el("p", { class: "facts" }, ...stateFacts(stop, time, plan.zone));
  return el("section", { class: "card", "data-stop": stop.id, "aria-label": stop.name },
    head,
    el("div", { class: "clock" }, arrived ? say("checked_in", { time: clock(stop.arrived_at, plan.zone) }) : [el("b", { class: time.moved ? "moved" : null }, clock(time.begins, plan.zone)), ...arrival(time, plan.zone)]),
    el("h2", {}, badge(stop), el("bdi", {}, stop.name)),
    stop.address && el("p", { class: "quiet" }, `${stop.address} · ${stop.way}`),
    facts,
    stop.warning && el("p", { class: "warning", role: "alert" }, el("b", {}, say("warning")), " ", stop.warning),
    stop.why.length > 0 && el("p", { class: "why" }, el("span", { class: "quiet" }, say("why")), " ", stop.why.join(" · ")),
    stop.brief && drawBrief(stop),
    drawActions(day, stop, time, act));
}

function arrival(time, zone) {
  const waits = time.begins - time.arrives >= 2 * MINUTE_MS ? [say("arrives", { time: clock(time.arrives, zone) })] : [];
  const planned = time.moved ? [say("planned", { time: clock(time.planned.begins, zone) })] : [];
  return [...waits, ...planned].map((said) => el("small", {}, said));
}

function stateFacts(stop, time, zone) {
  const late = minutesOf(time.late);
  const slack = minutesOf(stop.slack_s * 1000 - (time.begins - time.planned.begins));
  return [
    late > 0 && el("span", { class: "late" }, say("late_by", { length: lengthOf(late) })),
    late === 0 && slack > 0 && slack < 600 && el("span", {}, say("slack", { length: lengthOf(slack) })),
    stop.error_s && el("span", {}, say("error", { minutes: minutesOf(stop.error_s * 1000) })),
    stop.opening_hours && el("span", {}, stop.opening_hours),
  ];
}

function drawBrief(stop) {
  return el("dl", { class: "brief" }, ...stop.brief.flatMap((line) => [el("dt", {}, line.title), el("dd", {}, line.said)]));
}

function drawActions(day, stop, time, act) {
  const button = (name, sign, listener, more = {}) => el("button", { type: "button", class: "sign", onclick: listener, ...more }, icon(sign), el("span", {}, say(name)));
  const isSeen = stop.customer_id !== null;
  const may = day.plan.own || day.plan.may_edit;
  const call = isSeen && stop.call && el("a", { class: "sign", href: stop.call }, icon("call"), el("span", {}, say("call")));
  return el("div", { class: "signs" },
    call,
    isSeen && button("navigate", "navigate", () => openNavigation(stop)),
    isSeen && day.plan.own && button("notify", "notify", () => openNotify(stop, clock(time.begins, day.plan.zone))),
    may && button("late", "late", act.late, { id: "late" }),
    may && button("skip", "skip", () => act.skip(stop), { id: "skip" }),
    isSeen && button("more", "more", () => openMore(day, stop, act)));
}

function openMore(day, stop, act) {
  const items = [el("a", { class: "button", href: `/customer?id=${stop.customer_id}` }, say("open_customer"))];
  if (day.plan.own || day.plan.may_edit) items.push(el("button", { type: "button", onclick: () => { sheet.close(); act.done(stop); } }, say("done_without")));
  sheet.open(stop.name, el("div", { class: "stack" }, ...items));
}

// The two things done at every door, where the thumb is; for whose day it is.
function drawBar(day, stop, act) {
  if (!day.plan.own || stop.customer_id === null) return null;
  const checkIn = stop.arrived_at ? null : el("button", { type: "button", id: "check-in", onclick: () => act.checkIn(stop) }, icon("pin"), el("span", {}, say(act.isLocating ? "checking_in" : "check_in")));
  return el("div", { class: "bar" }, checkIn, el("button", { type: "button", id: "log-visit", class: "primary", onclick: () => act.log(stop) }, say("log_visit")));
}

function drawGap(day, stop, time, now, gap, act) {
  const free = time.begins - now - stop.travel_s * 1000;
  if (!(day.plan.own || day.plan.may_edit) || stop.progress !== "ahead" || free < 25 * MINUTE_MS || time.begins - now > 4 * 60 * MINUTE_MS) return null;
  const title = say("gap_until", { length: lengthOf(minutesOf(time.begins - now)), name: stop.name });
  const content = gap.fillers === null
    ? [el("button", { type: "button", id: "gap", disabled: gap.busy || gap.offline, onclick: () => act.gap(stop) }, say("gap"))]
    : gap.fillers.length === 0 ? [el("p", { class: "quiet" }, say("gap_none"))]
    : [el("p", { class: "quiet" }, sayCount("gap_one", "gap_many", gap.fillers.length)), ...gap.fillers.map((filler) => drawFiller(day, filler, gap, act))];
  return el("section", { class: "gap" }, el("h3", {}, title), ...content, gap.offline && el("small", { class: "quiet" }, say("needs_signal")));
}

function drawFiller(day, filler, gap, act) {
  const { zone } = day.plan;
  const times = say("gap_slack", { from: clock(filler.starts_at, zone), until: clock(filler.leaves_at, zone), slack: filler.slack });
  return el("div", { class: "row" }, el("div", { class: "grow" }, el("bdi", { class: "name" }, filler.name), el("small", { class: "quiet" }, times)), el("button", { type: "button", disabled: gap.busy || gap.offline, onclick: () => act.insert(filler) }, say("insert")));
}

function drawList(day, times, act) {
  const next = nextStop(day);
  const ahead = day.stops.filter((stop) => OPEN.has(stop.progress) && stop !== next);
  const past = day.stops.filter((stop) => !OPEN.has(stop.progress));
  const end = endOf(day, times);
  const lines = [...ahead.map((stop) => ({ at: times.get(stop.id).begins, drawn: drawLine(day, stop, times.get(stop.id)) })), ...pauses(day, times, next)];
  lines.sort((a, b) => a.at - b.at);
  const over = end && day.plan.ends_by ? minutesOf(end - Date.parse(day.plan.ends_by)) : 0;
  return [
    lines.length > 0 && el("section", { class: "list" }, el("h3", {}, say("rest")), ...lines.map((line) => line.drawn)),
    next && end && el("p", { class: over > 0 ? "ends late" : "ends" }, say("day_ends", { time: clock(end, day.plan.zone) }), over > 0 && ` · ${say("over_by", { length: lengthOf(over) })}`),
    [...times.values()].some((time) => time.moved) && el("p", { class: "quiet" }, el("i", {}, say("device_times"))),
    past.length > 0 && el("section", { class: "list past" }, el("h3", {}, say("done_part")), ...past.map((stop) => drawPast(day, stop, act))),
  ];
}

function pauses(day, times, next) {
  const moved = Math.max(0, ...[...times.values()].map((time) => time.arrives - time.planned.arrives));
  const open = day.rests.filter((rest) => next && Date.parse(rest.ends_at) + moved > Date.now());
  return open.map((rest) => {
    const span = `${clock(Date.parse(rest.starts_at), day.plan.zone)}–${clock(Date.parse(rest.ends_at), day.plan.zone)}`;
    return { at: Date.parse(rest.starts_at), drawn: el("div", { class: "row pause" }, el("span", { class: "time" }, span), el("span", { class: "grow" }, rest.name || say("lunch"))) };
  });
}

function drawLine(day, stop, time) {
  const late = minutesOf(time.late);
  return el("details", { class: "line-stop", "data-stop": stop.id },
    el("summary", {},
      el("span", { class: time.moved ? "time moved" : "time" }, clock(time.begins, day.plan.zone)),
      badge(stop),
      el("span", { class: "grow" }, el("bdi", { class: "name" }, stop.name), el("small", { class: "quiet" }, [stop.fixed && say("appointment"), stop.way].filter(Boolean).join(" · "))),
      late > 0 && el("span", { class: "late" }, say("late_by", { length: lengthOf(late) }))),
    stop.why.length > 0 && el("p", { class: "why" }, stop.why.join(" · ")),
    stop.brief && drawBrief(stop),
    stop.customer_id !== null && el("div", { class: "signs" }, stop.call && el("a", { class: "sign", href: stop.call }, icon("call"), el("span", {}, say("call"))), el("button", { type: "button", class: "sign", onclick: () => openNavigation(stop) }, icon("navigate"), el("span", {}, say("navigate"))),
      day.plan.own && el("button", { type: "button", class: "sign", onclick: () => openNotify(stop, clock(time.begins, day.plan.zone)) }, icon("notify"), el("span", {}, say("notify")))));
}

function drawPast(day, stop, act) {
  const skipped = stop.progress === "skipped";
  const name = skipped ? `${say("skipped")} · ${stop.skip_reason}` : stop.visited ? say("visited") : say("done");
  const mayUndo = stop.visited ? stop.visit_ref !== null : day.plan.own || day.plan.may_edit;
  return el("div", { class: skipped ? "row skipped" : "row" },
    el("span", { class: "time" }, stop.done_at ? clock(stop.done_at, day.plan.zone) : "–"),
    el("span", { class: "grow" }, el("bdi", { class: "name" }, stop.name), el("small", { class: "quiet" }, name)),
    mayUndo && el("button", { type: "button", class: "plain", onclick: () => act.undo(stop) }, say(stop.visited ? "undo_visit" : "undo")));
}

function drawEnd(day) {
  const sums = figures(day);
  const shown = ["planned", "done", "in_time", "skipped", "open", "inserted", "unplanned"].filter((name) => sums[name] > 0 || ["planned", "done"].includes(name));
  const dropped = sums.planned - day.stops.filter((stop) => stop.promised_at).length;
  return el("section", { class: "card end" }, el("h2", {}, say(sums.open > 0 ? "end_open" : "end")), dropped > 0 && el("p", { class: "late" }, sayCount("dropped_one", "dropped_many", dropped)), el("dl", { class: "figures" }, ...shown.flatMap((name) => [el("dt", {}, say(`figure_${name}`)), el("dd", {}, String(sums[name]))])),
    day.plan.own && el("a", { class: "button", href: `/reports?on=${day.plan.day}` }, say("report")));
}
