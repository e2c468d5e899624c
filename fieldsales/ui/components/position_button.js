// One tap, one fix, one answer. Nothing asks where the device is before the tap, and nothing goes on asking after it.

// A browser that never calls back (seen in web apps on the home screen) must not keep anybody waiting.
const GIVE_UP_MS = 60_000;
// If the page's connection breaks while the answer is under way, the button comes back for another tap.
const UNHEARD_MS = 15_000;
const FAILURES = { 1: "denied", 2: "unavailable", 3: "timeout" };
const WORKING = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const button = parentElement.querySelector("button");
  const label = parentElement.querySelector(".label");
  const note = parentElement.querySelector(".note");
  const state = WORKING.get(parentElement) ?? { busy: false, gone: false, ref: "", timers: [] };
  WORKING.set(parentElement, state);

  function draw() {
    label.textContent = state.busy ? data.waiting : data.label;
    note.textContent = window.isSecureContext ? "" : data.insecure;
    button.setAttribute("aria-busy", String(state.busy));
  }

  function rest() {
    state.timers.forEach(clearTimeout);
    state.timers = [];
    state.busy = false;
    draw();
  }

  function tap() {
    if (state.busy) return;
    state.busy = true;
    draw();
    const ref = (state.ref = newReference());
    let told = false;
    const tell = (answer) => {
      if (told || state.gone) return; // the page has moved on: a late fix belongs to nobody
      told = true;
      setTriggerValue("tapped", { ref, ...answer });
      state.timers.push(setTimeout(rest, UNHEARD_MS));
    };
    if (!window.isSecureContext) return tell({ error: "insecure" });
    if (!navigator.geolocation) return tell({ error: "unsupported" });
    state.timers.push(setTimeout(() => tell({ error: "timeout" }), GIVE_UP_MS));
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) =>
        tell({ lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy, taken_at: Number(timestamp) }),
      ({ code }) => tell({ error: FAILURES[code] ?? "unavailable" }),
      { enableHighAccuracy: true, timeout: data.timeout_ms, maximumAge: 0 },
    );
  }

  button.onclick = tap;
  if (state.busy && data.heard === state.ref) rest();
  else draw();
  return () => {
    state.gone = true;
    state.timers.forEach(clearTimeout);
    WORKING.delete(parentElement);
  };
}

// crypto.randomUUID is missing where the page is not secure, and there one may check in, too.
function newReference() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
