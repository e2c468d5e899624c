// Takes days that were kept for the road from the phone when their owner logs out or another person logs in.
// What is not sent yet stays for its author: it is shown to nobody else, and sent when they log in again.
(() => {
  const USER = "fieldsales_route_user";
  const NAME = "fieldsales-route";
  let owner = null;
  try {
    owner = localStorage.getItem(USER);
  } catch {
    return; // a browser that keeps nothing has nothing to forget
  }
  if (owner === null) return;

  // The name of the owner goes last: whoever leaves the page before all is done has it done by the next one.
  async function forget() {
    const kept = self.caches ? await caches.keys() : []; // there are none without HTTPS
    for (const name of kept) if (name.startsWith(`${NAME}-`)) await caches.delete(name);
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.transaction.abort(); // there was no such database
    request.onerror = () => localStorage.removeItem(USER);
    request.onsuccess = () => {
      const database = request.result;
      const waiting = database.transaction("queue").objectStore("queue").count();
      waiting.onsuccess = () => {
        const sentence = document.getElementById("unsent"); // on the login page, after logging out
        if (sentence) sentence.hidden = waiting.result === 0;
      };
      const clearing = database.transaction("days", "readwrite");
      clearing.objectStore("days").clear();
      clearing.oncomplete = () => {
        localStorage.removeItem(USER);
        database.close();
      };
    };
  }

  async function look() {
    if (location.pathname === "/login") return new URLSearchParams(location.search).has("bye") && forget();
    const answer = await fetch("/api/v1/me", { cache: "no-store" }).catch(() => null);
    if (answer?.ok && String((await answer.json()).id) !== owner) await forget();
  }
  look();
})();
