// What every map of ours needs: the ground under it, its words, its data. Draws nothing by itself.
"use strict";

window.gwMap = (() => {
  const base = JSON.parse(document.getElementById("map-base").textContent);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const ZOOM_MAX = 19;
  const MARGIN = 0.25; // of the screen, on each side
  const asked = new WeakMap(); // map -> what its last query covers

  function say(key, values = {}) {
    return base.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  const escaped = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const safe = (text) => String(text).replace(/[&<>"]/g, (letter) => escaped[letter]);

  // What is open, in one word, as Words.headline of the server
  function headline(incident) {
    if (incident.kind === "fire") return base.fires[incident.severity];
    return base.kinds[incident.kind] ?? incident.kind;
  }

  function open(element, options = {}) {
    element.hidden = false;
    hatch();
    const map = L.map(element, {
      zoomSnap: 0.25, wheelPxPerZoomLevel: 90, maxZoom: ZOOM_MAX, minZoom: 3, zoomControl: false, renderer: L.svg({ padding: 0.6 }),
      zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm, inertia: !calm, ...options,
    });
    map.attributionControl.setPrefix(false);
    L.control.zoom({ position: "topleft", zoomInTitle: say("in"), zoomOutTitle: say("out") }).addTo(map);
    if (base.tiles) {
      L.tileLayer(base.tiles.url, {
        minNativeZoom: base.tiles.min, maxNativeZoom: base.tiles.max, maxZoom: ZOOM_MAX, attribution: safe(base.tiles.attribution),
      }).addTo(map);
      element.classList.add("tiled");
    } else map.removeControl(map.attributionControl);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    for (const [name, level] of [["above", 410], ["names", 610], ["devices", 615], ["things", 620], ["calls", 640]]) {
      map.createPane(name).style.zIndex = level;
    }
    return map;
  }

  // Patterns of the areas: how much is open is told by hatching too, never by colour alone
  function hatch() {
    if (document.getElementById("hatch-life")) return;
    const lines = (level, n, gap) =>
      `<pattern id="hatch-${level}-${n}" class="s-${level}" width="${gap}" height="${gap}" patternUnits="userSpaceOnUse" patternTransform="rotate(${n === 2 ? -45 : 45})"><rect class="under" width="${gap}" height="${gap}"/><rect class="line" width="${gap}" height="2"/></pattern>`;
    const levels = ["warning", "minor", "major", "critical"].map((level) => lines(level, 1, 16) + lines(level, 2, 10) + lines(level, 3, 6));
    const life = '<pattern id="hatch-life" width="12" height="12" patternUnits="userSpaceOnUse"><rect class="full" width="12" height="12"/><circle cx="3" cy="3" r="1.600"/><circle cx="9" cy="9" r="1.600"/></pattern>';
    const holder = document.createElement("div");
    holder.className = "gw-hatches";
    holder.innerHTML = `<svg width="0" height="0" aria-hidden="true" focusable="false"><defs>${levels.join("")}${life}</defs></svg>`;
    document.body.append(holder);
  }

  const boxOf = (bounds) => [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((edge) => edge.toFixed(6)).join(",");

  // What the screen shows and a margin; the same object until a move leaves that, so that a small one asks for nothing
  function query(map) {
    const zoom = Math.max(0, Math.min(22, Math.ceil(map.getZoom())));
    const seen = map.getBounds(), before = asked.get(map);
    if (before && before.query.zoom === zoom && before.bounds.contains(seen)) return before.query;
    const bounds = seen.pad(MARGIN);
    const wanted = { bbox: boxOf(bounds), zoom, datum: base.datum };
    asked.set(map, { bounds, query: wanted });
    return wanted;
  }

  // Asks for JSON; calls `use` only where something is new since the last answer from the same address
  class Feed {
    constructor(use) {
      this.use = use;
      this.tag = null;
      this.address = null;
      this.turn = 0;
    }

    async ask(path, values) {
      const address = `${path}?${new URLSearchParams(values)}`;
      const turn = ++this.turn;
      const headers = this.tag && address === this.address ? { "If-None-Match": this.tag } : {};
      let answer, told;
      try {
        answer = await fetch(address, { headers, signal: AbortSignal.timeout(8000) });
        if (answer.status === 304) return true;
        told = answer.ok && (await answer.json());
      } catch {
        return false;
      }
      if (!told) return false;
      if (turn !== this.turn) return true; // something newer is on its way
      this.address = address;
      this.tag = answer.headers.get("ETag");
      this.use(told);
      return true;
    }
  }

  const latlng = ([lon, lat]) => [lat, lon];
  function rings(geometry) {
    const turned = (value) => (typeof value[0] === "number" ? latlng(value) : value.map(turned));
    return turned(geometry.coordinates);
  }
  const toBounds = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east]);

  return { base, calm, say, safe, headline, open, query, Feed, latlng, rings, toBounds };
})();
