// Areas: boundaries coloured and hatched by what is open, each with a name or number that can be focused.
"use strict";

// Letters of a name, Latin ones as half
gwMap.wide = (name) => [...name].reduce((sum, letter) => sum + (letter > "\u2e80" ? 1 : 0.6), 0);

gwMap.Areas = class {
  static LETTER_PX = 16; // of a name, with some air
  static COUNT_PX = 26;
  static ROOM_PX = 110; // from here on single things stand in the middle, and the name above them

  constructor(map, choose) {
    this.map = map;
    this.choose = choose;
    this.shapes = new Map(); // id -> {feature, layer}
    this.counts = {};
    this.labels = new gwMap.Marks(map, "names");
    this.items = []; // marks that no name may lie under
    map.on("zoomend", () => this.#name());
  }

  show(told) {
    const ids = new Set(told.features.map((feature) => feature.id));
    for (const [id, shape] of this.shapes) {
      if (!ids.has(id)) {
        shape.layer.remove();
        this.shapes.delete(id);
      }
    }
    for (const feature of told.features) this.#put(feature);
    this.paint(this.counts);
  }

  #put(feature) {
    const known = this.shapes.get(feature.id);
    const rings = gwMap.rings(feature.geometry);
    if (known) {
      known.feature = feature;
      known.layer.setLatLngs(rings);
      return;
    }
    const layer = L.polygon(rings, { className: "m-area", smoothFactor: 0.5 }).addTo(this.map);
    layer.on("click", () => this.choose(`area:${feature.id}`));
    this.shapes.set(feature.id, { feature, layer });
  }

  paint(counts) {
    this.counts = counts;
    for (const [id, { layer }] of this.shapes) {
      const path = layer.getElement();
      const wanted = `m-area leaflet-interactive${this.#tone(counts[id])}${id === this.chosen ? " chosen" : ""}`;
      if (path && path.getAttribute("class") !== wanted) path.setAttribute("class", wanted);
    }
    this.#name();
  }

  avoid(items) {
    this.items = items;
    this.#name();
  }

  mark(id) {
    this.chosen = id;
    this.paint(this.counts);
  }

  // Of the area in the middle of them all, on the screen now
  widthPx() {
    const widths = [...this.shapes.values()].map(({ layer }) => this.#px(layer.getBounds())).sort((one, other) => one - other);
    return widths[widths.length >> 1] ?? 0;
  }

  #px(bounds) {
    return ((bounds.getEast() - bounds.getWest()) / 360) * 256 * 2 ** this.map.getZoom();
  }

  #tone(count) {
    if (!count) return "";
    if (count.life) return " s-critical life";
    return ` s-${count.worst} h-${count.worst}-${count.open > 5 ? 3 : count.open > 2 ? 2 : 1}`;
  }

  #name() {
    const items = [];
    const marks = gwMap.boxes(this.map, this.items);
    for (const { feature, layer } of this.shapes.values()) {
      const bounds = layer.getBounds();
      const widthPx = this.#px(bounds);
      const count = this.counts[feature.id];
      const named = widthPx >= Math.max(60, gwMap.wide(feature.properties.name) * gwMap.Areas.LETTER_PX);
      if (!named && !(count && widthPx >= gwMap.Areas.COUNT_PX)) continue;
      const item = this.#label(feature, count, named, widthPx >= gwMap.Areas.ROOM_PX && this.lowest ? bounds : null);
      items.push({ ...item, shift: this.#aside(item, feature, count, named, bounds, marks) });
    }
    this.labels.put(items);
  }

  #aside(item, feature, count, named, bounds, marks) {
    const size = L.point(Math.max(count ? 58 : 0, named ? gwMap.wide(feature.properties.name) * 15 + 14 : 0), (named ? 24 : 0) + (count ? 30 : 0));
    const inside = L.bounds(this.map.project(bounds.getNorthWest()), this.map.project(bounds.getSouthEast()));
    return gwMap.aside(this.map.project(item.at), size, inside, marks);
  }

  #label(feature, count, named, above) {
    const [lon, lat] = feature.properties.middle;
    const raised = above ? lat + (above.getNorth() - lat) * 0.55 : lat;
    const name = feature.properties.name;
    const said = count ? gwMap.say("open", { n: count.open }) : gwMap.say("none");
    const life = count && count.life ? gw.words["sep.comma"] + gwMap.say("life", { n: count.life }) : "";
    const number = count ? `<span class="number s-${count.worst}${count.life ? " life" : ""}">${gwMap.sign(count.worst)}${count.open}</span>` : "";
    return {
      key: feature.id, at: [raised, lon], cls: "area-name", label: `${name} ${said}${life}`,
      html: (named ? `<span class="name">${gwMap.safe(name)}</span> ` : "") + number, open: () => this.choose(`area:${feature.id}`),
    };
  }
};

// The level above as a thicker line: where one community ends and the next begins
gwMap.Above = class {
  constructor(map) {
    this.group = L.layerGroup().addTo(map);
  }

  show(told) {
    this.group.clearLayers();
    for (const feature of told.features) {
      L.polygon(gwMap.rings(feature.geometry), { className: "m-above", interactive: false, fill: false, pane: "above", smoothFactor: 0.5 }).addTo(this.group);
    }
  }
};
