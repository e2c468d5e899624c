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
