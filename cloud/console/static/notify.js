// Desktop notifications: one for each new incident that endangers lives, until somebody has accepted it. Asked for by a
// click only. Of several open pages one tells: the one that holds the lock; when it is closed, the next one gets it.
"use strict";

(() => {
  const LOCK = "gw-notify";
  const box = document.getElementById("notify");
  const text = document.getElementById("notify-text");
  const ask = document.getElementById("notify-ask");
  const test = document.getElementById("notify-test");
  const shown = new Map(); // incident -> what we show of it
  let known = null;
  let telling = false;

  const calls = () => JSON.parse(document.getElementById("headline").dataset.calls || "[]");

  // Whatever nobody has accepted; `calls` are the most urgent of them
  const waiting = () =>
    new Set(document.getElementById("headline").dataset.ring.split(" ").map((key) => key.slice(0, key.lastIndexOf(":"))));

  function state() {
    if (!window.isSecureContext) return "insecure";
    if (!("Notification" in window)) return "missing";
    return { granted: "on", denied: "refused", default: "off" }[Notification.permission];
  }

  function show() {
    const now = state();
    box.dataset.state = now;
    text.textContent = gw.words[`notify.${now}`];
    ask.hidden = now !== "off";
    test.hidden = now !== "on";
  }

  function put(tag, title, body, path) {
    const note = new Notification(title, { body, tag, lang: document.documentElement.lang, requireInteraction: true });
    note.onclick = () => {
      window.focus();
      note.close();
      if (path) window.location.assign(path);
    };
    return note;
  }

  function update() {
    const now = new Map(calls().map((call) => [call.id, call]));
    const free = waiting();
    for (const [id, note] of shown) {
      if (free.has(id)) continue;
      note.close(); // somebody has it
      shown.delete(id);
    }
    if (known && telling && state() === "on") {
      for (const [id, call] of now) {
        if (!known.has(id)) shown.set(id, put(id, `${call.what} · ${call.place}`, call.where, `/incidents/${id}`));
      }
    }
    known = new Set([...(known ?? []), ...now.keys()].filter((id) => free.has(id)));
  }

  ask.addEventListener("click", async () => {
    await Notification.requestPermission();
    show();
    (ask.hidden ? test : ask).focus();
  });
  test.addEventListener("click", () => put("gw-test", gw.words["site.name"], gw.words["notify.tested"], ""));
  document.body.addEventListener("gw:picture", update);
  navigator.permissions?.query({ name: "notifications" }).then(
    (permission) => {
      permission.onchange = show;
    },
    () => {},
  );
  navigator.locks?.request(LOCK, () => {
    telling = true;
    return new Promise(() => {}); // until the page is closed
  });
  show();
  update();
})();
