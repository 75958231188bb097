// On paper what is drawn on a canvas has the colours of the day too: light lines would be lost on white.
"use strict";

(() => {
  const root = document.documentElement;
  const { theme } = root.dataset;
  function paint(colours) {
    root.dataset.theme = colours;
    for (const box of document.querySelectorAll(".plot-box")) box.plot?.repaint();
  }
  window.addEventListener("beforeprint", () => paint("day"));
  window.addEventListener("afterprint", () => paint(theme));
})();
