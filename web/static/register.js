// The days and likely repeats of a letter, looked up anew when a field changes. Without this the button 试算 does it.
"use strict";
{
  const form = document.getElementById("register");
  const region = document.getElementById("preview");
  let waiting = null;
  let asked = null;
  const look = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { accept: "text/html" },
        redirect: "error",
        signal: asked.signal,
      });
      if (answer.ok) {
        region.innerHTML = await answer.text();
      }
    } catch {
      // What stands there stays; the button says what is wrong.
    }
  };
  form.addEventListener("change", () => {
    clearTimeout(waiting);
    if (form.elements.channel.value) {
      waiting = setTimeout(look, 250);
    }
  });
}
