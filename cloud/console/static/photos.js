// A picture opens large over the page; the one before and after by arrow keys. Without scripts the link opens it.
"use strict";

(() => {
  const viewer = document.getElementById("viewer");
  if (!viewer?.showModal) return;
  const image = document.getElementById("viewer-image");
  const text = document.getElementById("viewer-text");
  const shut = document.getElementById("viewer-close");
  let shown = ""; // which one: the page may be drawn anew meanwhile
  let from = null;

  const shots = () => [...document.querySelectorAll("#pictures a.shot")];

  function show(link) {
    const small = link.querySelector("img");
    shown = link.dataset.shot;
    image.alt = small.alt;
    image.src = link.href;
    text.textContent = small.alt;
    const all = shots();
    const at = all.indexOf(link);
    document.getElementById("viewer-count").textContent = at < 0 ? "" : `${at + 1} / ${all.length}`;
    const ends = { before: at <= 0, after: at < 0 || at === all.length - 1 };
    for (const [name, end] of Object.entries(ends)) {
      const button = document.getElementById(`viewer-${name}`);
      if (end && button === document.activeElement) shut.focus(); // a button at rest takes no keys
      button.disabled = end;
    }
  }

  function step(by) {
    const all = shots();
    const next = all[all.findIndex((link) => link.dataset.shot === shown) + by];
    if (next) show(next);
  }

  image.addEventListener("error", () => {
    text.textContent = viewer.dataset.gone;
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.shot");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    from = link;
    const twin = shots().find((one) => one.dataset.shot === link.dataset.shot);
    show(twin ?? link);
    viewer.showModal();
    shut.focus();
  });
  viewer.addEventListener("keydown", (event) => {
    event.stopPropagation(); // keys of the page beneath rest
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  viewer.addEventListener("close", () => {
    image.removeAttribute("src"); // it is not kept longer than it is looked at
    const again = document.querySelector(`#pictures a.shot[data-shot="${shown}"]`);
    (again ?? from)?.focus();
  });
  document.getElementById("viewer-before").addEventListener("click", () => step(-1));
  document.getElementById("viewer-after").addEventListener("click", () => step(1));
  shut.addEventListener("click", () => viewer.close());
})();
