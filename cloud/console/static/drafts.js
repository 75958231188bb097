// What somebody has typed outlives whatever others do meanwhile, and no press acts on a state that was not seen.
"use strict";

(() => {
  const main = () => document.getElementById("main");
  const begun = new Set(); // forms in which something stands
  const settled = new WeakSet(); // forms whose refusal has been read: they take the version of the page again
  let last = ""; // the move whose form was touched last

  const filled = (field) =>
    field.type === "hidden" || field.tagName === "BUTTON"
      ? false
      : field.type === "checkbox"
        ? field.checked
        : field.value.trim() !== "" && !(field.tagName === "SELECT" && field.options[0]?.selected);
  const moveOf = (form) => form.id.replace(/^move-/u, "");
  const noteOf = (form) => form.querySelector("textarea");

  function look(form) {
    if ([...form.elements].some(filled)) {
      begun.add(form);
      last = moveOf(form);
    } else begun.delete(form);
    document.body.dispatchEvent(new CustomEvent("gw:draft"));
  }

  const ours = (event) => event.target.closest?.("form.move");
  for (const name of ["input", "change"]) {
    document.addEventListener(name, (event) => {
      const form = ours(event);
      if (form) look(form);
    });
  }
  document.addEventListener("reset", (event) => setTimeout(() => look(event.target), 0));
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (form instanceof HTMLFormElement && event.detail.xhr.status === 409) settled.add(form);
  });

  // The version goes with what was seen when the first letter was typed: who presses then hears who was faster
  if (window.Idiomorph) {
    const callbacks = Idiomorph.defaults.callbacks;
    const before = callbacks.beforeNodeMorphed;
    callbacks.beforeNodeMorphed = (old, fresh) => {
      if (old.name === "version" && begun.has(old.form)) {
        if (!settled.has(old.form)) return false;
        settled.delete(old.form);
      }
      return before(old, fresh);
    };
  }

  // A form that has gone leaves its text behind
  function keep(form) {
    const note = noteOf(form);
    begun.delete(form);
    if (note?.value.trim()) offer(form.querySelector("button.big")?.textContent ?? "", note.value.trim());
  }
  function offer(move, text) {
    document.getElementById("draft-move").textContent = move;
    document.getElementById("draft-text").textContent = text;
    document.getElementById("draft").hidden = false;
  }
  const drop = () => {
    document.getElementById("draft").hidden = true;
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("#draft-drop")) drop();
    if (!event.target.closest("#draft-use")) return;
    const note = main().querySelector(".act form.first textarea") ?? main().querySelector(".act textarea");
    if (!note) return;
    note.value = [note.value.trim(), document.getElementById("draft-text").textContent].filter(Boolean).join("\n");
    drop();
    look(note.form);
    note.focus();
  });

  // Whoever leaves the page and comes back in this tab finds what was typed; nobody else at this desk does
  const KEPT = "gw.draft ";
  const place = `${KEPT}${main().dataset.me} ${location.pathname}`;
  window.addEventListener("pagehide", () => {
    if (gw.left) return;
    const texts = [...begun].map((form) => [form.id, noteOf(form)?.value.trim()]).filter(([, text]) => text);
    if (!document.getElementById("draft").hidden) texts.push(["", document.getElementById("draft-text").textContent]);
    if (texts.length) sessionStorage.setItem(place, JSON.stringify(texts));
  });
  function recall() {
    const others = Object.keys(sessionStorage).filter((key) => key.startsWith(KEPT) && !key.startsWith(`${KEPT}${main().dataset.me} `));
    for (const key of others) sessionStorage.removeItem(key);
    const texts = JSON.parse(sessionStorage.getItem(place) ?? "[]");
    sessionStorage.removeItem(place);
    for (const [id, text] of texts) {
      const form = id && document.getElementById(id);
      if (!form || !noteOf(form)) {
        offer("", text);
        continue;
      }
      noteOf(form).value = text;
      for (let box = form.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
      look(form);
    }
  }
  recall();

  // Somebody else was at it: said at once, and the buttons rest for a moment, for another one stands there now
  function say(text, typed) {
    if (document.querySelector("#notice .bad")) return; // the refusal says more
    gw.notice([text, typed ? gw.words["inc.moved.typed"] : ""].join(" "), typed ? "info" : "info ok");
  }

  let seen = { version: main().dataset.version, typed: false };
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === main()) seen = { version: main().dataset.version, typed: begun.size > 0 };
  });
  document.body.addEventListener("gw:picture", () => {
    for (const form of [...begun]) if (!form.isConnected) keep(form);
    const { version, by, me, last: told } = main().dataset;
    if (version === seen.version) return;
    seen.version = version;
    document.body.dispatchEvent(new CustomEvent("gw:draft"));
    if (by === me) return;
    say(told, seen.typed);
    gw.settle();
  });

  gw.draft = () => (begun.size ? last : "");
})();
