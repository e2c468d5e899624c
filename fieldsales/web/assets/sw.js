// The worker of the route pages: it keeps the page (a shell without customers) and its files, so that a reload without signal
// shows the day, and touches nothing outside its scope. RELEASE, ASSETS and SCOPE are written above by web/route_mode.py.
const NAME = "fieldsales-route-";
const CACHE = NAME + RELEASE;
const MOST_PAGES = 7;
const WAIT_MS = 4000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && url.pathname.startsWith(SCOPE)) event.respondWith(openPage(event));
  else if (ASSETS.includes(url.pathname + url.search)) event.respondWith(findFile(event.request));
});

// A release is taken over as a whole: its files, and anew the pages that were kept, which name the files of their release.
async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(ASSETS);
  for (const path of await keptPages()) {
    const answer = await fetch(path, { redirect: "manual" }).catch(() => null);
    if (isPage(answer)) await cache.put(path, answer);
  }
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith(NAME) && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
  for (const client of await self.clients.matchAll()) {
    client.postMessage({ release: RELEASE });
    await keepPage(new URL(client.url).pathname); // the page that registered this worker was loaded before it
  }
}

async function keptPages() {
  const paths = new Set();
  for (const name of await caches.keys()) {
    if (!name.startsWith(NAME) || name === CACHE) continue;
    for (const request of await (await caches.open(name)).keys()) paths.add(new URL(request.url).pathname);
  }
  return [...paths].filter((path) => path.startsWith(SCOPE));
}

async function keepPage(path) {
  const cache = await caches.open(CACHE);
  if (!path.startsWith(SCOPE) || (await cache.match(path))) return;
  const answer = await fetch(path, { redirect: "manual" }).catch(() => null);
  if (isPage(answer)) await put(cache, path, answer);
}

// The page as it is now; without signal, or when the signal is too weak to wait for, as it was kept.
async function openPage(event) {
  const { pathname } = new URL(event.request.url);
  const cache = await caches.open(CACHE);
  const kept = await cache.match(pathname);
  const fresh = fetch(event.request).then(async (answer) => {
    if (isPage(answer)) await put(cache, pathname, answer.clone());
    if (answer.status === 404) await cache.delete(pathname);
    return answer;
  });
  event.waitUntil(fresh.catch(() => null));
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(resolve, WAIT_MS, kept));
  return Promise.race([fresh.then((answer) => (answer.status >= 500 ? kept : answer)).catch(() => kept), late]);
}

async function findFile(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request); // logging out empties the cache: it fills again with the next day that is opened
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

async function put(cache, path, answer) {
  await cache.put(path, answer);
  const pages = (await cache.keys()).filter((request) => new URL(request.url).pathname.startsWith(SCOPE));
  for (const old of pages.slice(0, Math.max(0, pages.length - MOST_PAGES))) await cache.delete(old);
}

function isPage(answer) {
  return answer !== null && answer.status === 200 && answer.type === "basic" && (answer.headers.get("content-type") ?? "").startsWith("text/html");
}
