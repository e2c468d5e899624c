"use strict";
// Sends what was entered, one after the other in its order; what cannot be sent now waits, what is refused is shown.

const sender = (() => {
  const AGAIN_MS = 20_000;
  const GIVE_UP_MS = 30_000;
  const state = { busy: false, current: 0, offline: !navigator.onLine, loggedOut: false };
  let changed = () => {};
  let timer = 0;

  // What is sent says who entered it: another person may have logged in beside this page, and it is not theirs to send.
  async function ask(path, body) {
    const options = { cache: "no-store", headers: { accept: "application/json", "accept-language": DATA.locale } };
    if (body) Object.assign(options, { method: "POST", body: JSON.stringify({ ...body, user_id: DATA.user_id }) }), (options.headers["content-type"] = "application/json");
    if (AbortSignal.timeout) options.signal = AbortSignal.timeout(GIVE_UP_MS);
    let answer;
    try {
      answer = await fetch(`/api/v1/plans/${path}`, options);
    } catch {
      state.offline = true;
      return { status: 0, body: null };
    }
    state.offline = false;
    state.loggedOut = answer.status === 401;
    return { status: answer.status, body: await answer.json().catch(() => null) };
  }

  // Returns "sent", also when it was refused; "waits" when nothing can be sent now; "broken" when the server breaks on this one.
  async function sendRow(row) {
    const { status, body } = await ask(`${row.plan_id}/actions`, row.action);
    if (status === 200 && body?.done) {
      await store.unqueue(row.id);
      return "sent";
    }
    if (status >= 500 && body?.error) return "broken";
    if (status === 0 || status === 401 || status === 429 || !body?.error) return "waits";
    if (status === 404 && !["visit", "check_in", "undo_visit"].includes(row.action.action)) {
      await store.unqueue(row.id); // the plan is gone, and with it what was to be done in it; the page says so
      return "sent";
    }
    await store.refuse(row, body.error.message);
    return "sent";
  }

  // What the server breaks on holds up what else concerns that stop, and nothing else: another visit must not be lost for it.
  function isHeldUp(row, broken) {
    const same = (one) => one.id === row.id || (one.action.stop_id && one.action.stop_id === row.action.stop_id) || one.action.client_ref === row.action.visit_ref;
    return broken.some(same);
  }

  async function sendAll() {
    if (state.busy) return;
    state.busy = true;
    let sent = 0;
    try {
      const broken = [];
      const waiting = async () => (await store.queue()).find((row) => !row.refused && !isHeldUp(row, broken));
      for (let row = await waiting(); row; row = await waiting()) {
        state.current = row.id;
        changed();
        const became = await sendRow(row);
        if (became === "waits") break;
        if (became === "broken") broken.push(row);
        else sent += 1;
      }
    } finally {
      state.busy = false;
      state.current = 0;
      clearTimeout(timer);
      if ((await store.queue()).some((row) => !row.refused) && !state.loggedOut) timer = setTimeout(send, AGAIN_MS);
    }
    return sent;
  }

  // One page of a phone sends at a time; the server takes each action once in any case.
  async function send() {
    const sent = navigator.locks ? await navigator.locks.request("fieldsales-route-send", sendAll) : await sendAll();
    changed(sent ?? 0);
  }

  async function enter(action, values) {
    await store.add({ action, client_ref: newReference(), at: new Date().toISOString(), ...values });
    changed();
    send();
  }

  return { state, ask, send, enter, onChange: (listener) => (changed = listener) };
})();
