// Everything by keyboard: rows by j and k, the next step by a, rooms by g and a letter; ? lists them. Single keys can be
// turned off (WCAG 2.1.4); Tab and Enter reach every button anyway.
"use strict";

(() => {
  const CHORD_MS = 1500; // between g and the letter of a room
  const dialog = document.getElementById("keys");
  const rows = () => [...document.querySelectorAll("#board article, [data-row]")];
  const rowOf = (element) => element?.closest?.("#board article, [data-row]");
  const CALM_MS = 800; // a row that got the focus by itself is not chosen yet: the key was meant for another one
  let goneAt = -CHORD_MS;
  let movedAt = -CALM_MS;
  let last = { id: null, index: 0 };
  let acting = false; // the focus is at what can be done now

  function focusRow(row) {
    if (!row) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = rows();
    const here = all.indexOf(rowOf(document.activeElement));
    focusRow(all[here < 0 ? 0 : Math.min(all.length - 1, Math.max(0, here + by))]);
  }

  function choose(by) {
    movedAt = -CALM_MS;
    step(by);
  }

  function open(row) {
    const flood = row.querySelector("details.inside > summary");
    (flood || row.querySelector("a"))?.click();
  }

  // Nothing is done to a row that nobody has chosen: then the key only goes where it would act
  function act() {
    if (performance.now() - movedAt < CALM_MS) return;
    const row = rowOf(document.activeElement);
    if (!row) movedAt = performance.now();
    if (row) (row.querySelector(".go button") || row.querySelector("summary"))?.click();
    else (document.getElementById("act-first") || rows()[0])?.focus();
  }

  function search() {
    const filter = document.getElementById("filter");
    if (filter) filter.open = true;
    document.querySelector("#filter select, input[type=search]")?.focus();
  }

  const acts = {
    j: () => choose(1),
    k: () => choose(-1),
    a: act,
    "/": search,
    "?": () => dialog.showModal(),
    g: () => {
      goneAt = performance.now();
    },
  };

  function leave(event) {
    const filter = event.target.closest?.("details[open]");
    if (filter && filter.matches(".filter, .me, .bells")) {
      filter.open = false;
      filter.querySelector("summary").focus();
    } else if (event.target.matches?.("input, select, textarea")) event.target.blur();
  }

  const typing = (target) => target.matches?.("input, select, textarea, [contenteditable]");

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || dialog.open) return;
    if (event.key === "Escape") return leave(event);
    if (typing(event.target)) return;
    const row = event.target.matches?.("#board article, [data-row]") ? event.target : null;
    const arrows = row ? { ArrowDown: 1, ArrowUp: -1 } : {};
    if (row && event.key === "Enter") open(row);
    else if (event.key in arrows) choose(arrows[event.key]);
    else if (document.body.dataset.keys === "off") return;
    else if (performance.now() - goneAt < CHORD_MS) {
      goneAt = -CHORD_MS;
      const room = document.querySelector(`.rail a[data-go="${CSS.escape(event.key)}"]`);
      if (!room) return;
      room.click();
    } else if (Object.hasOwn(acts, event.key)) {
      if (!event.repeat || event.key !== "a") acts[event.key](); // held down it is one press
    }
    else return;
    event.preventDefault();
  }

  // A row that goes away takes the focus with it: the one in its place gets it
  document.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    acting = Boolean(event.target.closest(".act"));
    last = row ? { id: row.id, index: rows().indexOf(row) } : { id: null, index: 0 };
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    if (acting && document.activeElement === document.body) document.getElementById("now-title")?.focus();
    if (!last.id) return;
    if (document.getElementById(last.id)) last.index = rows().findIndex((row) => row.id === last.id);
    else if (document.activeElement === document.body) {
      movedAt = performance.now();
      focusRow(rows()[Math.min(last.index, rows().length - 1)]);
    }
  });

  document.addEventListener("keydown", onKey);
  document.getElementById("keys-open").addEventListener("click", () => dialog.showModal());
  document.getElementById("keys-close").addEventListener("click", () => dialog.close());
})();
