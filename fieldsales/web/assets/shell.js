// Tells Streamlit where it is served, which it would find out by asking below every page's address first.
window.__streamlit = { BACKEND_BASE_URL: location.origin + "/" };

// Leads to the login page when the session has ended while a screen was open; Streamlit would show an error.
(() => {
  const SESSION_ENDED = 4401;
  let leaving = false;
  const leave = () => {
    if (leaving) return;
    leaving = true;
    location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
  };
  const closed = async (event) => {
    if (event.code === SESSION_ENDED) return leave();
    // A phone that was away learns it when it cannot come back: the browser hides why a connection was refused.
    const answer = await fetch("/api/v1/me", { cache: "no-store" }).catch(() => null);
    if (answer && answer.status === 401) leave();
  };
  window.WebSocket = class extends window.WebSocket {
    constructor(...details) {
      super(...details);
      this.addEventListener("close", closed);
    }
  };
})();

// Copies what one of our buttons names in data-fs-copy, and says so beside it for a moment.
(() => {
  const SHOWN_MS = 2000;
  const withoutClipboard = (text) => {
    // Without HTTPS a browser offers no clipboard; it still copies what is selected.
    const field = document.createElement("textarea");
    field.value = text;
    field.style.cssText = "position:fixed;opacity:0";
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-fs-copy]");
    if (!button) return;
    const text = button.dataset.fsCopy;
    const copied = await (navigator.clipboard ? navigator.clipboard.writeText(text).then(() => true, () => withoutClipboard(text)) : withoutClipboard(text));
    if (!copied) return;
    button.classList.add("fs-copied");
    const said = button.querySelector("[role=status]");
    if (said) said.textContent = button.dataset.fsCopied || "";
    setTimeout(() => {
      button.classList.remove("fs-copied");
      if (said) said.textContent = "";
    }, SHOWN_MS);
  });
})();

// Takes a day that was kept for the road from this phone when it is somebody else's; nothing is asked where none was kept.
(() => {
  let owner = null;
  try {
    owner = localStorage.getItem("fieldsales_route_user");
  } catch {
    // a browser that keeps nothing
  }
  if (owner === null) return;
  const script = document.createElement("script");
  script.src = "/assets/app/route/forget.js";
  document.head.append(script);
})();
