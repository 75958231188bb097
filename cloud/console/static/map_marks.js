// Marks on the map. Each keeps its element as long as it is there, so that focus survives every refresh.
"use strict";

gwMap.Marks = class {
  constructor(map, pane) {
    this.map = map;
    this.pane = pane;
    this.known = new Map();
  }

  put(items) {
    const keys = new Set(items.map((item) => item.key));
    for (const [key, known] of this.known) {
      if (keys.has(key)) continue;
      if (known.marker.getElement() === document.activeElement) this.map.getContainer().focus({ preventScroll: true });
      known.marker.remove();
      this.known.delete(key);
    }
    for (const item of items) this.#one(item);
  }

  #one(item) {
    let known = this.known.get(item.key);
    if (!known) {
      const icon = L.divIcon({ className: "gw-mark", iconSize: null, html: "" });
      const marker = L.marker(item.at, { icon, pane: this.pane, keyboard: true, interactive: Boolean(item.open), zIndexOffset: item.z ?? 0 });
      known = { marker, item: {} };
      this.known.set(item.key, known);
      marker.on("click", () => known.item.open?.());
      marker.addTo(this.map);
      marker.getElement().addEventListener("keydown", (event) => {
        known.item.keys?.(event);
        if (event.key !== " " && event.key !== "Enter") return;
        event.preventDefault(); // no scrolling, and not once more by Leaflet's own
        known.item.open?.();
      });
    }
    this.#dress(known, item);
  }

  #dress(known, item) {
    const element = known.marker.getElement();
    const before = known.item;
    if (String(before.at) !== String(item.at)) known.marker.setLatLng(item.at);
    const [dx, dy] = item.shift ?? [0, 0];
    element.style.marginLeft = `${Math.round(dx)}px`;
    element.style.marginTop = `${Math.round(dy)}px`;
    if (before.html !== item.html) element.innerHTML = `<span class="in">${item.html}</span>`;
    if (before.cls !== item.cls) {
      if (before.cls) element.classList.remove(...before.cls.split(" "));
      element.classList.add(...item.cls.split(" "));
    }
    if (before.label !== item.label) {
      element.setAttribute("aria-label", item.label);
      element.title = item.label;
    }
    if (!item.open) {
      element.setAttribute("role", "img");
      element.removeAttribute("tabindex");
    }
    known.item = item;
  }
};

(() => {
  gwMap.SIGNS = { online: "✓", fault: "!", offline: "✕", unknown: "?", unheard: "–" };
  const CLOSE_PX = 44; // nearer marks would cover each other
  const OLD_MS = 1800000; // a position of half an hour ago is drawn hollow
  const PATHS = {
    critical: '<path d="M13 2h14l11 11v14L27 38H13L2 27V13z"/><path class="ink" d="M20 7c2 5 8 8 8 15a8 8 0 0 1-16 0c0-4 2-6 4-8 0 3 1 4 2 5 2-3 3-7 2-12z"/>',
    major: '<path d="M20 2 39 36H1z"/><path class="ink" d="M18 13h4l-.7 12h-2.600zM18 28h4v4h-4z"/>',
    minor: '<path d="M20 2 38 20 20 38 2 20z"/><path class="ink" d="M18 10h4l-.6 12h-2.800zM18 25h4v4h-4z"/>',
    warning: '<circle cx="20" cy="20" r="17"/><path class="ink" d="M18 10h4v4h-4zM18 17h4v13h-4z"/>',
  };
  const ORDER = ["warning", "minor", "major", "critical"];
  const PERSON = gwMap.PERSON = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM3.500 21c0-4.500 3.800-7 8.500-7s8.500 2.500 8.500 7z"/></svg>';

  // As templates/_marks.html: a severity has its own shape
  gwMap.sign = (severity) => `<svg class="shape s-${severity}" viewBox="0 0 40 40" aria-hidden="true">${PATHS[severity] ?? PATHS.warning}</svg>`;

  // Incidents that would cover each other as one mark; what concerns lives never hides inside another
  gwMap.incidentItems = (map, features, choose) => {
    const groups = [];
    for (const feature of features) {
      const one = { ...feature.properties, id: feature.id, at: gwMap.latlng(feature.geometry.coordinates) };
      const pixel = map.project(one.at);
      const near = groups.find((group) => group.life === one.life_safety && group.pixel.distanceTo(pixel) < CLOSE_PX);
      if (near) near.members.push(one);
      else groups.push({ life: one.life_safety, pixel, members: [one] });
    }
    return groups.map((group) => incidentItem(group.members, choose));
  };

  function incidentItem(group, choose) {
    const worst = group.reduce((one, other) => (ORDER.indexOf(other.severity) > ORDER.indexOf(one.severity) ? other : one));
    const life = worst.life_safety;
    const words = group.slice(0, 3).map((one) => `${one.place} ${gwMap.headline(one)}`);
    const roughly = group.every((one) => one.exact === "area") ? gw.say("in.brackets", { text: gwMap.say("roughly") }) : "";
    const number = group.length > 1 ? `<b class="gw-many">${group.length}</b>` : "";
    const alarm = life && group.some((one) => one.stage === "reported");
    return {
      key: `incident:${worst.id}`, at: worst.at, z: life ? 2000 : 1000, html: gwMap.sign(worst.severity) + number,
      cls: `m-incident s-${worst.severity}${life ? " life" : ""}${alarm ? " alarm" : ""}${roughly ? " roughly" : ""}`,
      label: (group.length > 1 ? gwMap.say("incidents", { n: group.length }) + gw.words["sep.colon"] : "") + words.join(gw.words["sep.part"]) + roughly,
      open: () => choose(group.length > 1 ? { group } : `incident:${worst.id}`),
    };
  }

  gwMap.deviceItems = (features, choose) =>
    features.map((feature) => {
      const it = feature.properties;
      const state = `${gwMap.base.states[it.state]}`;
      const many = it.count > 1;
      const kind = gwMap.base.things[it.kind] ?? "";
      const label = many ? gwMap.say("devices", { n: it.count }) + gw.words["sep.colon"] + Object.entries(it.states).map(([name, n]) => `${gwMap.base.states[name]} ${n}`).join(gw.words["list.sep"]) : `${kind} ${it.place || it.device} ${it.device}${gw.words["sep.comma"]}${state}`;
      return {
        key: feature.id, at: gwMap.latlng(feature.geometry.coordinates), label: label.trim(),
        look: { state: it.state, kind: many ? "" : it.kind, count: it.count }, cls: `m-device k-${many ? "many" : it.kind}`,
        html: `<span class="gw-dot st-${it.state}">${gwMap.SIGNS[it.state]}</span>${many ? `<b class="gw-many">${it.count}</b>` : ""}`,
        open: () => choose(many ? { box: it.box } : `device:${it.device}`),
      };
    });

  gwMap.buildingItems = (features) =>
    features.map((feature) => ({
      key: feature.id, at: gwMap.latlng(feature.geometry.coordinates), cls: "m-building", label: gwMap.say("building", { name: feature.properties.name }),
      html: `<span class="name">▪ ${gwMap.safe(feature.properties.name)}</span>`,
    }));

  gwMap.peopleItems = (features, nowMs) =>
    features.map((feature) => {
      const { name, at_ms } = feature.properties; // the age runs on by clock.js
      const age = gw.span(Math.max(0, nowMs - at_ms));
      const old = nowMs - at_ms > OLD_MS;
      return {
        key: feature.id, at: gwMap.latlng(feature.geometry.coordinates), cls: `m-worker${old ? " old" : ""}`, z: 500,
        label: `${name} ${gwMap.say("ago", { age })}`, html: `<span class="gw-dot worker">${PERSON}</span><span class="name">${gwMap.safe(name)} ${gwMap.safe(gwMap.say("old", { age: "\0" })).replace("\0", `<span class="num" data-since="${at_ms}">${age}</span>`)}</span>`,
      };
    });
})();
