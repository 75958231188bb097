// The page of the history: the address tells what is shown, presets and own times move the plot, devices are searched.
"use strict";

(() => {
  const box = document.getElementById("history-plot-box");
  const search = document.getElementById("device-search");
  const offsetMs = () => Number(document.body.dataset.offsetMin) * 60000;
  const local = (ms) => new Date(ms + offsetMs()).toISOString().slice(0, 19);
  const inputs = ["from", "to"].map((name) => document.getElementById(`own-${name}`));
  let quiet = false; // the back button moves the plot, which must not be a new entry
  let writing = null;

  if (search) {
    search.hidden = false;
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      for (const group of document.querySelectorAll(".places section")) {
        let any = false;
        for (const label of group.querySelectorAll("label")) {
          label.hidden = wanted !== "" && !label.textContent.toLowerCase().includes(wanted);
          any = any || !label.hidden;
        }
        group.hidden = !any;
      }
    });
  }
  if (box === null) return;

  function mark(span) {
    for (const link of document.querySelectorAll(".spans a")) {
      if (link.dataset.span === span) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  // Times of the plot, for the address and for the forms on the page
  function times(url, moved) {
    url.searchParams.delete("span");
    url.searchParams.delete("from_ms");
    url.searchParams.delete("to_ms");
    if (moved.follows) url.searchParams.set("span", box.dataset.span);
    else {
      url.searchParams.set("from_ms", Math.round(moved.from));
      url.searchParams.set("to_ms", Math.round(moved.to));
    }
    return url;
  }

  box.addEventListener("plot:moved", (event) => {
    const moved = event.detail;
    mark(moved.follows ? box.dataset.span : "");
    inputs.forEach((input, index) => { input.value = local(index ? moved.to : moved.from); });
    for (const field of document.querySelectorAll("[data-time]")) field.value = Math.round(moved[field.dataset.time]);
    if (quiet) return;
    clearTimeout(writing);
    writing = setTimeout(() => window.history.pushState(null, "", times(new URL(window.location.href), moved)), 400);
  });

  window.addEventListener("popstate", () => {
    const told = new URL(window.location.href).searchParams;
    quiet = true;
    if (told.get("from_ms")) box.plot.show(Number(told.get("from_ms")), Number(told.get("to_ms")));
    else box.plot.span(told.get("span") || "day");
    quiet = false;
  });

  for (const link of document.querySelectorAll(".spans a")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      box.plot.span(link.dataset.span);
    });
  }

  const own = document.getElementById("own");
  own.addEventListener("submit", (event) => {
    const [from, to] = inputs.map((input) => Date.parse(`${input.value}Z`) - offsetMs());
    if (!(from < to)) return; // the server says what is wrong
    event.preventDefault();
    box.plot.show(from, to);
  });

  // The table of what the plot shows; it is fetched when it is opened, and again when the plot has moved
  const table = document.getElementById("history-table");
  const fetchTable = () => {
    if (!table.open) return;
    const url = new URL(table.dataset.src, window.location.href);
    url.searchParams.set("from_ms", Math.round(box.plot.from));
    url.searchParams.set("to_ms", Math.round(box.plot.to));
    htmx.ajax("GET", url.pathname + url.search, { target: "#history-rows", swap: "innerHTML" });
  };
  table.addEventListener("toggle", fetchTable);
  box.addEventListener("plot:drawn", fetchTable);
})();
