// Puts a new board into the page: rows that it has stay untouched, be they a thousand; what differs is morphed in place.
"use strict";

(() => {
  // Everything but the two lists of rows: a dozen elements, few of them changed
  const AROUND = ["#headline", "#fires-title", ".bar", "#side"];

  const morph = (old, fresh) => Idiomorph.morph(old, fresh, { morphStyle: "outerHTML" });

  // Puts `now` where the list has come to; an element that is to move away is stepped over, so that one moves, not all
  function place(list, now, at) {
    if (now === at) return at.nextElementSibling;
    if (at && now === at.nextElementSibling) return now.nextElementSibling;
    list.insertBefore(now, at);
    return at;
  }

  function patchList(list, fresh, changed) {
    const wanted = new Set([...fresh.children].map((one) => one.id));
    for (const old of [...list.children]) if (!old.id || !wanted.has(old.id)) old.remove();
    const had = new Map([...list.children].map((old) => [old.id, old]));
    let at = list.firstElementChild;
    for (const one of [...fresh.children]) {
      const old = one.id ? had.get(one.id) : undefined;
      const kept = "same" in one.dataset;
      if (old && !kept) morph(old, one);
      if (!kept) changed.push(old || one);
      at = place(list, old || one, at); // a row said to be here that is not stays empty: board.js asks for all of it
    }
  }

  function patch(board, fresh) {
    const changed = [];
    const focused = document.activeElement;
    Object.assign(board.dataset, fresh.dataset);
    for (const part of AROUND) {
      const old = board.querySelector(part);
      morph(old, fresh.querySelector(part));
      changed.push(board.querySelector(part));
    }
    for (const name of ["fires", "others"]) {
      const list = fresh.querySelector(`#${name}`);
      patchList(board.querySelector(`#${name}`), list, changed);
      board.querySelector(`section.${name}`).className = fresh.querySelector(`section.${name}`).className;
    }
    // a row that moves loses the focus
    if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
    return changed;
  }

  if (!window.htmx || !window.Idiomorph) return;
  htmx.defineExtension("rows", {
    isInlineSwap: (style) => style === "rows",
    handleSwap: (style, target, fragment) => {
      if (style !== "rows") return false;
      const fresh = fragment.querySelector("#board");
      return fresh ? patch(target, fresh) : []; // live.js lets nothing else come so far
    },
  });
})();
