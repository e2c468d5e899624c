"use strict";
// What is kept on the phone: the days that were opened, and what is not sent yet, in the order in which it was entered.
// A day belongs to whoever opened it and goes when another person does; what is not sent stays for its author alone.

const store = (() => {
  const NAME = "fieldsales-route";
  const USER = "fieldsales_route_user"; // read by forget.js
  const DRAFT = "fieldsales_route_draft";
  const MOST_DAYS = 7;
  // A browser that keeps nothing (some private windows) still works until it is closed.
  const memory = { days: new Map(), queue: new Map(), next: 1 };
  let database = null;

  function open() {
    return new Promise((resolve) => {
      let request;
      try {
        request = indexedDB.open(NAME, 1);
      } catch {
        return resolve(null);
      }
      request.onupgradeneeded = () => {
        request.result.createObjectStore("days", { keyPath: "plan_id" });
        request.result.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close(); // forget.js may delete it all
        resolve(request.result);
      };
      request.onerror = request.onblocked = () => resolve(null);
    });
  }

  function ask(name, mode, question) {
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const request = question(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  async function begin() {
    database = await open();
    remember(USER, String(DATA.user_id));
    for (const day of await all("days")) if (day.user_id !== DATA.user_id) await remove("days", day.plan_id);
  }

  async function all(name) {
    return database ? ask(name, "readonly", (rows) => rows.getAll()) : [...memory[name].values()];
  }

  async function remove(name, key) {
    return database ? ask(name, "readwrite", (rows) => rows.delete(key)) : memory[name].delete(key);
  }

  async function keepDay(book) {
    const row = { plan_id: DATA.plan_id, user_id: DATA.user_id, kept_at: Date.now(), book };
    await (database ? ask("days", "readwrite", (rows) => rows.put(row)) : memory.days.set(row.plan_id, row));
    const days = (await all("days")).sort((a, b) => b.kept_at - a.kept_at);
    for (const old of days.slice(MOST_DAYS)) await remove("days", old.plan_id);
  }

  async function readDay() {
    return (await all("days")).find((day) => day.plan_id === DATA.plan_id && day.user_id === DATA.user_id) ?? null;
  }

  async function forgetDay() {
    await remove("days", DATA.plan_id);
  }

  async function add(action) {
    const row = { user_id: DATA.user_id, plan_id: DATA.plan_id, action, refused: "" };
    if (database) return ask("queue", "readwrite", (rows) => rows.add(row));
    row.id = memory.next++;
    memory.queue.set(row.id, row);
    return row.id;
  }

  async function refuse(row, sentence) {
    row.refused = sentence;
    await (database ? ask("queue", "readwrite", (rows) => rows.put(row)) : memory.queue.set(row.id, row));
  }

  async function queue() {
    return (await all("queue")).filter((row) => row.user_id === DATA.user_id).sort((a, b) => a.id - b.id);
  }

  function remember(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // nothing is kept then, and the page says so
    }
  }

  const draftName = (customerId) => `${DRAFT}:${DATA.user_id}:${DATA.plan_id}:${customerId}`;

  // localStorage, because it is written before the browser can be killed.
  function keepDraft(customerId, answers) {
    remember(draftName(customerId), JSON.stringify(answers));
  }

  function readDraft(customerId) {
    try {
      return JSON.parse(localStorage.getItem(draftName(customerId)) ?? "null");
    } catch {
      return null;
    }
  }

  function forgetDraft(customerId) {
    try {
      localStorage.removeItem(draftName(customerId));
    } catch {
      // there was none
    }
  }

  return {
    begin, keepDay, readDay, forgetDay, add, queue, refuse, keepDraft, readDraft, forgetDraft,
    unqueue: (id) => remove("queue", id),
    get isLasting() { return database !== null; },
  };
})();
