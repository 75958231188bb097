// A press takes effect on what it began on: while a button is held down no part of the page is swapped. A swap between
// the button going down and coming up makes a browser forget the click; what was held back is asked for at once after it.
"use strict";

(() => {
  const HELD_MS = 2000; // a finger that rests longer, or never comes up, holds nothing back
  const PRESSED = "a, button, summary, label, select, input[type=checkbox], input[type=radio]";
  const SPACE = "space";
  const held = new Map(); // pointer, or SPACE -> when it went down
  let missed = false;

  gw.pressed = () => held.size > 0;

  function up(what) {
    held.delete(what);
    if (gw.pressed() || !missed) return;
    missed = false;
    document.body.dispatchEvent(new CustomEvent("console:refresh"));
  }
  function down(what, target) {
    if (!target.closest?.(PRESSED)) return;
    const at = performance.now();
    held.set(what, at);
    setTimeout(() => held.get(what) === at && up(what), HELD_MS);
  }
  const later = (what) => setTimeout(up, 0, what); // the click itself comes first

  document.addEventListener("pointerdown", (event) => down(event.pointerId, event.target), true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, (event) => later(event.pointerId), true);
  document.addEventListener("keydown", (event) => event.key === " " && !event.repeat && down(SPACE, event.target), true);
  document.addEventListener("keyup", (event) => event.key === " " && later(SPACE), true);
  window.addEventListener("blur", () => [...held.keys()].forEach(later));

  gw.holdBack = () => {
    missed ||= gw.pressed();
    return gw.pressed();
  };
})();
