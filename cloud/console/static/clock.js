// The time of this run, told by the server with every picture, and every running number on the page.
"use strict";

window.gw = (() => {
  const words = JSON.parse(document.getElementById("spoken").textContent);
  let serverMs = Date.now();
  let toldMs = null;
  let speed = 1;
  let heardAt = performance.now();

  const nowMs = () => serverMs + (performance.now() - heardAt) * speed;
  const whole = (ms) => Math.floor(ms / 1000) * 1000;
  const two = (number) => String(number).padStart(2, "0");

  // Same wording as Words.span of the server
  function span(ms) {
    const total = Math.floor(Math.abs(ms) / 1000);
    const days = Math.floor(total / 86400);
    const hours = Math.floor((total % 86400) / 3600);
    const minutes = Math.floor((total % 3600) / 60);
    if (days) return `${days}${words["unit.day"]} ${two(hours)}:${two(minutes)}`;
    const rest = `${two(minutes)}:${two(total % 60)}`;
    return hours ? `${hours}:${rest}` : rest;
  }

  // One of the words with its values put in
  function say(key, values = {}) {
    return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // The zone of the centre, whatever the browser believes
  function timeOfDay(ms) {
    const local = new Date(ms + Number(document.body.dataset.offsetMin) * 60000);
    return `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`;
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    const now = whole(nowMs()); // all numbers change in one moment: a page with a thousand rows is laid out once for them
    put(document.getElementById("clock"), timeOfDay(now));
    for (const place of window.gw?.places?.() ?? [document]) count(place, now);
  }

  // Every running number of a place; a page with very many of them says which places are seen (gw.places)
  function count(place, now) {
    for (const element of place.querySelectorAll("[data-due]")) {
      const left = whole(Number(element.dataset.due)) - now;
      const late = left < 0;
      put(element, (late && element.dataset.late ? `${element.dataset.late} ` : "") + span(left));
      element.classList.toggle("long", Math.abs(left) >= 3600000);
    }
    for (const element of place.querySelectorAll("[data-since]")) {
      put(element, span(Math.max(0, now - whole(Number(element.dataset.since)))));
    }
    for (const element of place.querySelectorAll("[data-due-label]")) {
      const late = Number(element.dataset.dueLabel) < now;
      put(element, late ? element.dataset.late : element.dataset.label);
      element.closest(".due").classList.toggle("late", late);
      element.closest(".row").classList.toggle("late", late);
    }
  }

  // The headline carries the server's time, as an answer does that leaves everything as it is (`now`)
  function hear(now = null) {
    const said = document.getElementById("headline").dataset;
    const told = now ?? said.now;
    if (told === toldMs) return; // another part of the page has changed
    toldMs = told;
    serverMs = Number(told);
    speed = Number(said.speed);
    heardAt = performance.now();
    tick();
  }

  hear();
  setInterval(tick, 250);
  return { words, say, nowMs, span, timeOfDay, hear, tick };
})();
