// Endpoints and gateways: drawn on one canvas, however many there are. One real mark walks among them by arrow keys.
"use strict";

(() => {
  const RADIUS_PX = 13;
  const REACH_PX = 22; // from the middle to the end of a number
  const KEPT = 500; // pictures
  const ROW_PX = 48; // marks so close in height are walked through from left to right
  const TONES = { online: ["--good", "--good-ink"], fault: ["--minor", "--minor-ink"], offline: ["--critical", "--critical-ink"], unknown: ["--ground", "--minor-text"], unheard: ["--ground", "--muted"] };
  const SQUARE = ["fault", "offline"], DASHED = ["unknown", "unheard"];
  const BOX_PX = 80; // a drawn mark, its middle in the middle
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const font = (px) => `700 ${px}px ${getComputedStyle(document.body).fontFamily}`;
  const drawn = new Map(); // look -> its picture: there are few looks, and text is slow to draw

  function outline(pen, { x, y }, radius, square) {
    pen.beginPath();
    if (square) pen.roundRect(x - radius, y - radius, radius * 2, radius * 2, 4);
    else pen.arc(x, y, radius, 0, Math.PI * 2);
  }

  // A state has its own shape and sign, a gateway and a handheld a second outline; as .gw-dot of map_marks.css
  function draw(pen, at, { state, kind, count }) {
    const [ground, ink] = TONES[state];
    const square = SQUARE.includes(state) || kind === "gateway";
    pen.setLineDash([]);
    if (kind === "gateway" || kind === "handheld") {
      outline(pen, at, RADIUS_PX + 2, square);
      pen.fillStyle = colour(kind === "gateway" ? "--text" : "--action");
      pen.fill();
    }
    outline(pen, at, RADIUS_PX, square);
    pen.fillStyle = colour("--ground");
    pen.fill();
    outline(pen, at, RADIUS_PX - 2, square);
    pen.fillStyle = colour(ground);
    pen.fill();
    if (DASHED.includes(state)) {
      pen.setLineDash([3, 3]);
      pen.lineWidth = 2;
      pen.strokeStyle = colour(ink);
      pen.stroke();
    }
    write(pen, gwMap.SIGNS[state], at, 16, colour(ink));
    if (count > 1) number(pen, at, String(count));
  }

  function write(pen, text, { x, y }, px, tone) {
    pen.font = font(px);
    pen.fillStyle = tone;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(text, x, y + 1);
  }

  function number(pen, at, text) {
    pen.font = font(14);
    const wide = Math.max(20, pen.measureText(text).width + 9);
    const middle = { x: at.x + 5 + wide / 2, y: at.y - 13 };
    pen.setLineDash([]);
    pen.beginPath();
    pen.roundRect(middle.x - wide / 2, middle.y - 9, wide, 18, 9);
    pen.fillStyle = colour("--ground");
    pen.fill();
    pen.lineWidth = 1;
    pen.strokeStyle = colour("--edge");
    pen.stroke();
    write(pen, text, middle, 14, colour("--text"));
  }

  function picture(look) {
    const key = JSON.stringify(look);
    if (!drawn.has(key)) {
      const canvas = document.createElement("canvas");
      const sharp = L.Browser.retina ? 2 : 1;
      canvas.width = canvas.height = BOX_PX * sharp;
      const pen = canvas.getContext("2d");
      pen.scale(sharp, sharp);
      draw(pen, { x: BOX_PX / 2, y: BOX_PX / 2 }, look);
      if (drawn.size >= KEPT) drawn.clear();
      drawn.set(key, canvas);
    }
    return drawn.get(key);
  }

  const Dot = L.CircleMarker.extend({
    _updatePath() {
      this._renderer._ctx.drawImage(picture(this.options.item.look), Math.round(this._point.x) - BOX_PX / 2, Math.round(this._point.y) - BOX_PX / 2, BOX_PX, BOX_PX);
    },
  });

  gwMap.Devices = class {
    constructor(map) {
      this.map = map;
      this.dots = new Map();
      this.renderer = L.canvas({ pane: "devices", padding: 0.3 });
      this.walker = new gwMap.Marks(map, "things");
      this.at = null; // key of the one that can be focused
      map.on("moveend", () => this.#walk());
      const box = map.getContainer();
      box.addEventListener("click", (event) => this.#pressed(event), true);
      box.addEventListener("mousemove", (event) => this.#over(event));
    }

    put(items) {
      const keys = new Set(items.map((item) => item.key));
      for (const [key, dot] of this.dots) {
        if (keys.has(key)) continue;
        dot.remove();
        this.dots.delete(key);
      }
      for (const item of items) this.#one(item);
      this.#walk();
    }

    #one(item) {
      const known = this.dots.get(item.key);
      if (!known) {
        this.dots.set(item.key, new Dot(item.at, { renderer: this.renderer, pane: "devices", interactive: false, radius: REACH_PX, item }).addTo(this.map));
        return;
      }
      const before = known.options.item;
      known.options.item = item;
      if (String(before.at) !== String(item.at)) known.setLatLng(item.at);
      else if (JSON.stringify(before.look) !== JSON.stringify(item.look)) known.redraw();
    }

    // The mark under the pointer; the nearest where two touch
    #under(event) {
      if (event.target.closest(".gw-mark, .leaflet-control")) return null;
      const pointer = this.map.mouseEventToContainerPoint(event);
      let found = null, nearest = RADIUS_PX + 3;
      for (const { options } of this.dots.values()) {
        const far = this.map.latLngToContainerPoint(options.item.at).distanceTo(pointer);
        if (far < nearest) [found, nearest] = [options.item, far];
      }
      return found;
    }

    #pressed(event) {
      const item = event.detail && this.dots.size ? this.#under(event) : null;
      if (!item || this.map.dragging?.moved()) return;
      event.stopPropagation(); // the area below was not meant
      item.open();
    }

    #over(event) {
      if (!this.dots.size || event.buttons) return;
      const item = this.#under(event);
      const box = this.map.getContainer();
      box.classList.toggle("over-device", Boolean(item));
      if (box.title !== (item?.label ?? "")) box.title = item?.label ?? "";
    }

    // Those on the screen as one reads
    #seen() {
      const inside = L.bounds([0, 0], this.map.getSize());
      const rows = [...this.dots.values()].map(({ options }) => ({ item: options.item, at: this.map.latLngToContainerPoint(options.item.at) }));
      const row = ({ at }) => Math.floor(at.y / ROW_PX);
      return rows.filter(({ at }) => inside.contains(at)).sort((one, other) => row(one) - row(other) || one.at.x - other.at.x).map(({ item }) => item);
    }

    #walk(step = 0) {
      const seen = this.#seen();
      const here = Math.max(0, seen.findIndex((item) => item.key === this.at));
      const next = (here + step + seen.length) % seen.length;
      const item = seen[next];
      this.at = item?.key ?? null;
      const told = item && { ...item, key: "walker", cls: `walker ${item.cls}`, z: 1, label: item.label + gw.say("in.brackets", { text: gwMap.say("walk", { n: next + 1, all: seen.length }) }), keys: (event) => this.#keyed(event) };
      this.walker.put(told ? [told] : []);
    }

    #keyed(event) {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation(); // the map itself stays
      this.#walk(step);
    }
  };
})();
