// Everything works without this. It asks before what cannot be undone, takes the eye to what is wrong, and keeps a form
// from being sent twice.
"use strict";
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.ask && !window.confirm(form.dataset.ask)) {
    event.preventDefault();
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === "post") {
    form.dataset.sent = "yes";
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
  }
  document.getElementById("faults")?.focus();
});
// What is folded is printed too.
window.addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not(.no-print):not([open])")) {
    folded.dataset.folded = "yes";
    folded.open = true;
  }
});
window.addEventListener("afterprint", () => {
  for (const folded of document.querySelectorAll("details[data-folded]")) {
    delete folded.dataset.folded;
    folded.open = false;
  }
});
