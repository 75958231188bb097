// Tells the centre that this page is open and what is being filled in, and shows who else is here.
"use strict";

(() => {
  const BEAT_MS = 10000; // cloud/presence/desk.py
  const box = document.getElementById("watchers");
  let said = ""; // what we told that we are filling in
  let beating = false;
  let again = false;

  // Several pages of one browser are one person: only the last one that can be seen says that he is gone
  const OTHERS_MS = 1.5 * BEAT_MS;
  const channel = new BroadcastChannel(`gw-presence ${box.dataset.src}`);
  const me = String(Math.random());
  const others = new Map(); // pages that can be seen, and when they said so
  const say = (what) => channel.postMessage({ page: me, what });
  channel.onmessage = ({ data }) => {
    if (data.what === "gone") others.delete(data.page);
    else others.set(data.page, performance.now());
    if (data.what === "who" && !document.hidden) say("here");
  };
  const alone = () => ![...others.values()].some((at) => performance.now() - at < OTHERS_MS);

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
    say("here");
    const form = new URLSearchParams();
    const now = gw.draft();
    if (now) form.set("writing", now);
    else if (said) form.set("stopped", "true");
    said = now;
    beat(form);
  }

  function leave() {
    say("gone");
    if (alone() || said) navigator.sendBeacon(box.dataset.src, new URLSearchParams({ [alone() ? "gone" : "stopped"]: "true" }));
    said = "";
  }

  document.body.addEventListener("gw:draft", () => {
    if (gw.draft() !== said) tell();
  });
  document.body.addEventListener("live:watchers", tell);
  // Who has gone to another window looks at nothing here
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : tell()));
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", tell);
  say("who");
  setInterval(tell, BEAT_MS);
})();
