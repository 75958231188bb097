// A press takes effect on what it began on: while a button is held down no part of the page is swapped. A swap between
// the button going down and coming up makes a browser forget the click; what was held back is asked for at once after it.
"use strict";

(() => {
  const HELD_MS = 2000; // a finger that rests longer holds nothing back
  const PRESSED = "a, button, summary, label, select, input[type=checkbox], input[type=radio]";
  let downAt = -HELD_MS;
  let missed = false;

  gw.pressed = () => performance.now() - downAt < HELD_MS;

  function up() {
    downAt = -HELD_MS;
    if (!missed) return;
    missed = false;
    document.body.dispatchEvent(new CustomEvent("console:refresh"));
  }
  function down(event) {
    if (!event.target.closest?.(PRESSED)) return;
    if (!gw.pressed()) setTimeout(() => gw.pressed() || up(), HELD_MS);
    downAt = performance.now();
  }
  const later = () => setTimeout(up, 0); // the click itself comes first

  document.addEventListener("pointerdown", down, true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, later, true);
  document.addEventListener("keydown", (event) => event.key === " " && !event.repeat && down(event), true);
  document.addEventListener("keyup", (event) => event.key === " " && later(), true);
  window.addEventListener("blur", later);

  gw.holdBack = () => {
    missed = gw.pressed();
    return missed;
  };
})();
