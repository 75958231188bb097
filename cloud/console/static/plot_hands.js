// Hands on a plot: keys read its points; wheel, drag, two fingers, keys and buttons move and widen its span.
"use strict";

gw.plotHands = (plot) => {
  const FACTOR = 1.6; // of one step of the wheel or one key
  const PAN = 0.25; // of the span, by a key or a button
  const frame = plot.box.querySelector(".plot-frame");
  const reads = { ArrowLeft: () => plot.cursor(-1), ArrowRight: () => plot.cursor(1), Home: () => plot.cursor(-Infinity), End: () => plot.cursor(Infinity) };
  const press = (acts) => frame.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
  press(reads);
  if (!plot.box.dataset.zoom) return; // its span is fixed: it can only be read
  const fingers = new Map();
  let pinch = null;

  const inside = (event) => {
    const edge = frame.getBoundingClientRect();
    const share = (event.clientX - edge.left - 62) / Math.max(1, edge.width - 98);
    return Math.min(1, Math.max(0, share));
  };
  const zoom = (factor, share = 0.5) => {
    const span = plot.to - plot.from;
    const next = Math.max(plot.LEAST_MS, Math.min(plot.MOST_MS, span * factor));
    const from = plot.from + (span - next) * share;
    plot.show(from, from + next);
  };
  const pan = (share) => {
    const span = plot.to - plot.from;
    plot.show(plot.from + span * share, plot.to + span * share);
  };

  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX / 1000);
    else zoom(event.deltaY < 0 ? 1 / FACTOR : FACTOR, inside(event));
  }, { passive: false });

  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    fingers.set(event.pointerId, event.clientX);
    frame.setPointerCapture(event.pointerId);
    pinch = null;
  });
  frame.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.get(event.pointerId);
    fingers.set(event.pointerId, event.clientX);
    const width = Math.max(1, frame.clientWidth - 98);
    if (fingers.size === 1) pan((before - event.clientX) / width);
    else {
      const [one, other] = [...fingers.values()];
      const apart = Math.max(20, Math.abs(one - other));
      if (pinch) zoom(pinch / apart, 0.5);
      pinch = apart;
    }
  });
  for (const over of ["pointerup", "pointercancel", "lostpointercapture"]) {
    frame.addEventListener(over, (event) => {
      fingers.delete(event.pointerId);
      pinch = null;
    });
  }

  const acts = {
    "+": () => zoom(1 / FACTOR), "=": () => zoom(1 / FACTOR), "-": () => zoom(FACTOR), _: () => zoom(FACTOR),
    PageUp: () => pan(-PAN), PageDown: () => pan(PAN), 0: () => plot.home(),
  };
  frame.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.shiftKey && event.key.startsWith("Arrow")) {
      event.preventDefault();
      pan(event.key === "ArrowLeft" ? -PAN : PAN);
    } else if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
    }
  });
  const buttons = { in: () => zoom(1 / FACTOR), out: () => zoom(FACTOR), earlier: () => pan(-PAN), later: () => pan(PAN), home: () => plot.home() };
  for (const button of plot.box.querySelectorAll("[data-plot]")) {
    button.addEventListener("click", () => buttons[button.dataset.plot]());
  }
};
