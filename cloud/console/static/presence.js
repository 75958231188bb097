// Tells the centre that this page is open and what is being filled in, and shows who else is here.
"use strict";

(() => {
  const BEAT_MS = 10000; // cloud/presence/desk.py
  const box = document.getElementById("watchers");
  let said = ""; // what we told that we are filling in
  let beating = false;
  let again = false;

  async function beat(form) {
    if (beating) {
      again = true;
      return;
    }
    beating = true;
    try {
      const answer = await fetch(box.dataset.src, { method: "POST", body: form, signal: AbortSignal.timeout(8000) });
      if (answer.ok) {
        const text = (await answer.text()).trim();
        if (box.innerHTML.trim() !== text) box.innerHTML = text; // our own part, escaped by the server
      }
    } catch {
      // live.js says that the connection is lost; the next beat tries again
    } finally {
      beating = false;
    }
    if (again) {
      again = false;
      tell();
    }
  }

  function tell() {
    if (document.hidden) return;
    const form = new URLSearchParams();
    const now = gw.draft();
    if (now) form.set("writing", now);
    else if (said) form.set("stopped", "true");
    said = now;
    beat(form);
  }

  const leave = () => navigator.sendBeacon(box.dataset.src, new URLSearchParams({ gone: "true" }));

  document.body.addEventListener("gw:draft", () => {
    if (gw.draft() !== said) tell();
  });
  document.body.addEventListener("live:watchers", tell);
  document.addEventListener("visibilitychange", tell);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", tell);
  setInterval(tell, BEAT_MS);
})();
