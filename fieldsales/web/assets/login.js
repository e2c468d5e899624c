// Lets a person look at the password they typed; the page works without it.
const field = document.getElementById("password");
const reveal = document.getElementById("reveal");
if (field && reveal) {
  reveal.hidden = false;
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    reveal.textContent = visible ? reveal.dataset.hide : reveal.dataset.show;
    reveal.setAttribute("aria-pressed", String(visible));
  };
  reveal.addEventListener("click", () => show(field.type === "password"));
  // Password managers and browsers store what leaves a password field, not a text field.
  field.form.addEventListener("submit", () => show(false));
}
