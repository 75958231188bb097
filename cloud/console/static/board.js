// The board in the browser: asks only for rows that it does not have, lists floods that are open, counts only what is seen.
"use strict";

(() => {
  const board = () => document.getElementById("board");
  const OPENED_MAX = 90; // cloud/console/board/wishes.py
  const opened = () =>
    [...document.querySelectorAll("#board details.inside[open]")].slice(0, OPENED_MAX).map((one) => one.dataset.key);
  let broken = false; // a row came as "you have it", and we do not

  // How far a page has been unrolled is said by the answer itself, so that the next refresh asks for as much
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.path.startsWith("/parts/board")) return;
    const asked = event.detail.parameters;
    if (!broken) asked.have = board().dataset.token;
    if (!/[?&]rows=/u.test(event.detail.path)) asked.rows = board().dataset.rows;
    const keys = opened();
    if (keys.length) asked.opened = keys;
  });

  document.body.addEventListener("htmx:afterSwap", () => {
    broken = document.querySelector("#board [data-same]") !== null;
    if (broken) document.body.dispatchEvent(new CustomEvent("console:refresh"));
    watchRows();
    gw.tick();
  });

  // Members of a flood are fetched when it is opened
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches?.("details.inside") && event.target.open && !event.target.querySelector(".lines")) {
        document.body.dispatchEvent(new CustomEvent("console:refresh"));
      }
    },
    true,
  );

  // Of a thousand rows twenty are seen: only their clocks run
  const seen = new WeakSet();
  const watcher = new IntersectionObserver(
    (changes) => {
      for (const change of changes) {
        if (change.isIntersecting) seen.add(change.target);
        else seen.delete(change.target);
      }
      gw.tick();
    },
    { rootMargin: "200px" },
  );
  const watched = new WeakSet();
  function watchRows() {
    for (const row of document.querySelectorAll("#board article")) {
      if (watched.has(row)) continue;
      watched.add(row);
      watcher.observe(row);
    }
  }
  gw.places = () => {
    const rows = [...document.querySelectorAll("#board article")].filter((row) => seen.has(row));
    return [...rows, ...document.querySelectorAll("#headline, #side")];
  };
  watchRows();
})();
