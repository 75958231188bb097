// Keeps the picture live: listens to the server's hints, asks for the new parts, and says plainly when it cannot.
//
// EventSource by hand and not htmx-ext-sse: that waits up to a minute before it tries again, and neither notices a
// connection that is open and dead.
"use strict";

(() => {
  const GAP_MS = 250; // between two refreshes of the same part, however many hints come
  const POLL_MS = 5000; // a picture is never older than this, hints or not
  const SILENT_MS = 12000; // two polls missed: the picture counts as stale
  const RETRY_MS = 1000;
  const READ_MS = 7000; // what went well need not be confirmed; what did not stays until it is
  const CALM_MS = 800; // a double click must not press the button that has just taken the place of the first

  const mark = document.getElementById("live");
  const banner = document.getElementById("lost");
  const incident = document.body.dataset.incident;
  const version = document.getElementById("headline").dataset.version; // of these scripts
  let source = null;
  let state = "wait";

  // What the picture is made of: each part asks for itself, and the oldest says how old the picture is
  const PARTS = ["board", "headline", "main"];
  const parts = () => PARTS.filter((id) => document.getElementById(id)?.hasAttribute("hx-get"));
  const now = () => ({ at: performance.now(), wall: Date.now(), ms: gw.nowMs() });
  const opened = now();
  const heardOf = new Map(); // part -> when it was heard of last
  const oldest = () =>
    parts()
      .map((id) => heardOf.get(id) ?? opened)
      .reduce((one, other) => (other.at < one.at ? other : one), now());
  // While a computer sleeps only the clock on the wall goes on
  const silentMs = () => Math.max(performance.now() - oldest().at, Date.now() - oldest().wall);

  // Parts that a refresh must not touch: what somebody is typing, and what a script has drawn
  if (window.Idiomorph) {
    Idiomorph.defaults.callbacks.beforeNodeMorphed = (old) => !(old.dataset && "keep" in old.dataset);
    Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
      !(name === "open" && node.tagName === "DETAILS");
  }

  const waiting = new Map();
  function refresh(name) {
    if (waiting.has(name)) return;
    document.body.dispatchEvent(new CustomEvent(name));
    waiting.set(name, false);
    setTimeout(() => waiting.delete(name), GAP_MS);
  }
  function hint(name) {
    if (!waiting.has(name)) return refresh(name);
    if (waiting.get(name)) return undefined; // one more is already on its way
    waiting.set(name, true);
    return setTimeout(() => refresh(name), GAP_MS + 10);
  }
  function everything() {
    hint("live:board");
    if (incident) hint("live:incident");
  }

  function show(next) {
    if (next === state) return;
    if (next === "off") {
      document.getElementById("lost-text").textContent = gw.words["live.lost"].replace("{at}", gw.timeOfDay(oldest().ms));
    }
    state = next;
    mark.dataset.state = next;
    document.getElementById("live-text").textContent = gw.words[`live.${next}`];
    banner.hidden = next !== "off";
    document.body.classList.toggle("stale", next === "off");
  }

  function heard(id) {
    heardOf.set(id, now());
    watch();
  }

  function connect() {
    source = new EventSource("/api/live");
    source.onopen = () => {
      watch();
      everything(); // whatever was missed meanwhile
    };
    source.addEventListener("board", () => hint("live:board"));
    if (incident) source.addEventListener(`incident:${incident}`, () => hint("live:incident"));
    if (incident) source.addEventListener(`watchers:${incident}`, () => hint("live:watchers"));
    source.onerror = () => {
      source.close();
      show("off");
      setTimeout(connect, RETRY_MS * (1 + Math.random()));
    };
  }

  function watch() {
    const age = gw.span(silentMs());
    document.getElementById("lost-age").textContent = gw.words["live.ago"].replace("{age}", age);
    const shown = document.getElementById("live-age");
    const text = gw.words["live.age"].replace("{age}", age); // beside it other things have an age, too
    if (shown.textContent !== text) shown.textContent = text;
    if (silentMs() > SILENT_MS) show("off");
    else if (source && source.readyState === EventSource.OPEN) show("on");
  }

  function title() {
    const said = document.getElementById("headline").dataset;
    const plain = document.title.replace(/^(\(\d+\) |🔥\d+ )+/u, "");
    const fires = Number(said.fires) ? `🔥${said.fires} ` : "";
    document.title = (Number(said.open) ? `(${said.open}) ` : "") + fires + plain;
  }

  // Nothing but the part itself takes its place: no refusal, no log-in, no page of something between us
  function isPart({ xhr, target }) {
    if (xhr.status >= 400) return false;
    const text = xhr.responseText;
    return !parts().includes(target.id) || (text.includes(` id="${target.id}"`) && !/<html/iu.test(text.slice(0, 500)));
  }
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail;
    if (parts().includes(answer.target.id) && gw.holdBack()) answer.shouldSwap = false;
    if (answer.requestConfig.verb !== "get" || answer.xhr.status === 204 || isPart(answer)) return;
    answer.shouldSwap = false;
    answer.isError = true;
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const { target, xhr } = event.detail;
    gw.hear(xhr?.getResponseHeader("X-Now"));
    title();
    if (document.getElementById("headline").dataset.version !== version) document.getElementById("old").hidden = false;
    if (parts().includes(target.id)) heard(target.id);
    document.body.dispatchEvent(new CustomEvent("gw:picture"));
  });
  // Nothing has changed: the picture is as good as new
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { target, xhr } = event.detail;
    if (xhr.status !== 204 || target.id !== "board") return;
    gw.hear(xhr.getResponseHeader("X-Now"));
    heard(target.id);
  });
  let actedAt = -CALM_MS;
  function settle() {
    actedAt = performance.now();
    document.body.classList.add("settling");
    setTimeout(() => document.body.classList.remove("settling"), CALM_MS);
    setTimeout(() => document.querySelector("#notice .ok")?.remove(), READ_MS);
  }
  gw.settle = settle;
  // A form that does something; a search only asks
  const acts = ({ elt, requestConfig }) => elt instanceof HTMLFormElement && requestConfig.verb !== "get";
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (acts(event.detail) && performance.now() - actedAt < CALM_MS) event.preventDefault();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (acts(event.detail) && event.detail.successful && event.detail.xhr.status < 400) {
      event.detail.elt.reset();
      settle();
    }
  });
  // What is said of an act; "ok" goes by itself, the rest stays until it is read
  gw.notice = (text, kind) => {
    const box = document.createElement("div");
    box.className = `notice ${kind}`;
    const line = document.createElement("p");
    line.textContent = text;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small dismiss";
    button.textContent = gw.words.dismiss;
    box.append(line, button);
    document.getElementById("notice").replaceChildren(box);
  };
  // No answer, or that of something between us: nobody knows whether it has happened
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.body.addEventListener(name, (event) => {
      if (name !== "htmx:responseError") show("off");
      if (acts(event.detail)) gw.notice(gw.words["live.unsent"], "bad");
    });
  }
  // Who logs out leaves nothing of his in this tab: the next one at this desk is somebody else
  document.addEventListener("submit", (event) => {
    if (!event.target.getAttribute("action")?.startsWith("/logout")) return;
    gw.left = true;
    sessionStorage.clear();
  });
  document.getElementById("old-reload").addEventListener("click", () => location.reload());
  for (const name of ["online", "pageshow"]) window.addEventListener(name, everything);
  document.addEventListener("visibilitychange", () => document.hidden || everything());
  document.addEventListener("click", (event) => {
    if (event.target.closest(".dismiss")) document.getElementById("notice").replaceChildren();
  });

  title();
  connect();
  setInterval(everything, POLL_MS);
  setInterval(watch, 500);
})();
