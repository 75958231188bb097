// Photos go one by one, with what becomes of each in words; a connection that breaks leaves nothing half kept.
"use strict";

(() => {
  const STALLED_MS = 30000; // without a byte more

  function send(form, file, moved) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      let timer = 0;
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => request.abort(), STALLED_MS);
      };
      const end = (outcome) => {
        clearTimeout(timer);
        done(outcome);
      };
      request.open("POST", form.action);
      request.setRequestHeader("HX-Request", "true");
      request.upload.addEventListener("progress", (event) => {
        wait();
        moved(event.lengthComputable ? event.loaded / event.total : 0);
      });
      request.addEventListener("load", () => end(request));
      for (const name of ["error", "abort"]) request.addEventListener(name, () => end(null));
      const body = new FormData();
      if (form.elements.report) body.append("report", form.elements.report.value);
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
    const request = await send(form, file, (part) => {
      bar.value = part;
    });
    said.remove();
    const good = request?.status === 200 && request.responseURL.endsWith("/photos");
    const answer = told(words, request);
    line(form, answer.includes(file.name) ? answer : file.name + words.colon + answer, good ? "good" : "bad");
    return good;
  }

  async function run(form) {
    const words = JSON.parse(form.dataset.words);
    const fields = [...form.querySelectorAll("input[type=file]")];
    const files = fields.flatMap((field) => [...field.files]);
    const button = form.querySelector("button");
    form.querySelector(".said").replaceChildren();
    if (files.length === 0) line(form, words.none, "bad");
    button.disabled = true;
    let good = 0;
    for (const [at, file] of files.entries()) {
      if (await each(form, file, words, { n: at + 1, all: files.length })) good += 1;
    }
    button.disabled = false;
    button.focus();
    if (good === files.length) for (const field of fields) field.value = "";
    if (good) document.body.dispatchEvent(new CustomEvent("console:refresh"));
  }

  // The form of a new incident goes as a whole: what is too large for one request is said before anything is sent
  function check(event, form) {
    const files = [...form.querySelectorAll("input[type=file]")].flatMap((field) => [...field.files]);
    const said = form.querySelector(".said");
    said?.replaceChildren();
    if (files.reduce((sum, file) => sum + file.size, 0) <= Number(form.dataset.max)) return;
    event.preventDefault();
    line(form, form.dataset.sum, "bad");
    document.getElementById("photo-file").focus();
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id === "report-form") check(event, event.target);
    if (event.target.id !== "photo-form") return;
    event.preventDefault();
    run(event.target);
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
