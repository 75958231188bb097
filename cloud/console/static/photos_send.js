// Photos go one by one, with what becomes of each in words; a connection that breaks leaves nothing half kept.
"use strict";

(() => {
  const STALLED_MS = 30000; // without a byte more
  const TURN_MS = 180000; // all bytes are there: others may be decoded first (cloud/pictures/photos.py)

  function send(action, report, file, moved) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      let timer = 0;
      const wait = (ms = STALLED_MS) => {
        clearTimeout(timer);
        timer = setTimeout(() => request.abort(), ms);
      };
      const end = (outcome) => {
        clearTimeout(timer);
        done(outcome);
      };
      request.open("POST", action);
      request.setRequestHeader("HX-Request", "true");
      request.upload.addEventListener("progress", (event) => {
        wait();
        moved(event.lengthComputable ? event.loaded / event.total : 0);
      });
      request.upload.addEventListener("load", () => wait(TURN_MS));
      request.addEventListener("load", () => end(request));
      for (const name of ["error", "abort"]) request.addEventListener(name, () => end(null));
      const body = new FormData();
      if (report) body.append("report", report);
      body.append("photos", file);
      wait();
      request.send(body);
    });
  }

  function told(words, request) {
    if (!request) return words.lost;
    if (request.status === 401 || !request.responseURL.endsWith("/photos")) return words.login;
    if ((request.getResponseHeader("Content-Type") ?? "").startsWith("text/plain")) return request.responseText;
    return request.status === 413 ? words.large : words.broken;
  }

  function line(form, text, kind) {
    const said = document.createElement("p");
    said.className = kind;
    said.textContent = text;
    form.querySelector(".said").append(said);
    return said;
  }

  async function each(form, file, words, place) {
    if (file.size > Number(form.dataset.max)) {
      line(form, file.name + words.colon + words.large, "bad");
      return false;
    }
    const said = line(form, words.sending.replace("{n}", place.n).replace("{all}", place.all) + file.name, "");
    const bar = said.appendChild(document.createElement("progress"));
    bar.setAttribute("aria-label", file.name);
    const request = await send(place.action, form.elements.report?.value, file, (part) => {
      bar.value = part;
    });
    said.remove();
    const good = request?.status === 200 && request.responseURL.endsWith("/photos");
    const answer = told(words, request);
    line(form, answer.includes(file.name) ? answer : file.name + words.colon + answer, good ? "good" : "bad");
    return good;
  }

  const chosen = (form) => [...form.querySelectorAll("input[type=file]")].flatMap((field) => [...field.files]);

  async function all(form, files, words, action) {
    let good = 0;
    for (const [at, file] of files.entries()) {
      if (await each(form, file, words, { n: at + 1, all: files.length, action })) good += 1;
    }
    return good;
  }

  async function run(form) {
    const words = JSON.parse(form.dataset.words);
    const fields = [...form.querySelectorAll("input[type=file]")];
    const files = chosen(form);
    const button = form.querySelector("button");
    form.querySelector(".said").replaceChildren();
    if (files.length === 0) line(form, words.none, "bad");
    button.disabled = true;
    const good = await all(form, files, words, form.action);
    button.disabled = false;
    button.focus();
    if (good === files.length) for (const field of fields) field.value = "";
    if (good) document.body.dispatchEvent(new CustomEvent("console:refresh"));
  }

  // A fire does not wait for its photos: the incident is registered first, then they follow one by one. The form has a
  // key of its own: pressed again it is the same incident, and a photo that is there already is the same photo
  async function register(form) {
    const words = JSON.parse(form.dataset.words);
    const button = form.querySelector("button.first");
    const body = new FormData(form);
    body.delete("photos");
    form.querySelector(".said").replaceChildren();
    button.disabled = true;
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(STALLED_MS) }).catch(() => null);
    const path = answer?.ok ? /^\/incidents\/[^/]+$/u.exec(new URL(answer.url).pathname)?.[0] : null;
    if (answer && !path) {
      for (const field of form.querySelectorAll("input[type=file]")) field.disabled = true;
      return form.submit(); // its own page says what is wrong
    }
    const files = chosen(form);
    if (path && (await all(form, files, words, `${path}/photos`)) === files.length) return location.assign(path);
    button.disabled = false;
    button.focus();
    const said = line(form, path ? words.some : words.unsent, "bad");
    if (path) said.append(" ", Object.assign(document.createElement("a"), { href: path, textContent: words.open }));
  }

  // Without scripts the photos follow on a page of their own
  const withReport = document.querySelector("#report-form .photo-add");
  if (withReport) withReport.hidden = false;

  document.addEventListener("submit", (event) => {
    const work = { "photo-form": run, "report-form": chosen(event.target).length ? register : null }[event.target.id];
    if (!work) return;
    event.preventDefault();
    work(event.target);
  });
  // "add it here" beside a find: the form opens with that number chosen
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-find]");
    const form = document.getElementById("photo-form");
    if (!link || !form) return;
    event.preventDefault();
    document.getElementById("photo-add").open = true;
    if (form.elements.report) form.elements.report.value = link.dataset.find;
    const field = document.getElementById("photo-file");
    field.focus();
    field.scrollIntoView({ block: "center" });
  });
})();
