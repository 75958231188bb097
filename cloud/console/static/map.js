// The page of the map: which level is readable, which layers are on, what is chosen; keeps it live.
"use strict";

(() => {
  const box = document.getElementById("map");
  const panel = document.getElementById("map-panel");
  const levels = JSON.parse(box.dataset.levels); // lowest first
  const bounds = JSON.parse(box.dataset.bounds);
  let sent = JSON.parse(document.getElementById("map-sent").textContent); // the first picture: nothing is asked before it stands
  const READABLE_PX = innerWidth < 720 ? 44 : 72; // from here on an area has room for a number, its sign and most names; on a phone for a number
  const NEAR_PX = 110; // from here on single things have room
  const INCIDENTS_MS = 1000, ENDPOINTS_MS = 10000, PEOPLE_MS = 60000; // how often at most
  const RETRY_MS = 3000; // after an answer that did not come
  const KEEP = "gw.map.layers"; // of this tab: the next one at the desk begins with all of them
  if (!levels.length || !bounds) return;

  const map = gwMap.open(box);
  const on = (name) => document.querySelector(`#map-layers input[value="${name}"]`)?.checked ?? false;
  const px = (degrees) => (degrees / 360) * 256 * 2 ** map.getZoom();
  const levelNow = () => levels.find((level) => px(level.width) >= READABLE_PX) ?? levels[levels.length - 1];
  const near = () => px(levels[0].width) >= NEAR_PX;

  const above = new gwMap.Above(map);
  const areas = new gwMap.Areas(map, choose);
  const marks = Object.fromEntries([["incidents", "calls"], ["buildings", "things"], ["people", "things"]].map(([name, pane]) => [name, new gwMap.Marks(map, pane)]));
  marks.endpoints = new gwMap.Devices(map);
  const tracks = new gwMap.Tracks(map, document.querySelector("[data-track-time]"));
  let open = { features: [], counts: {} };

  const feeds = {
    areas: new gwMap.Feed((told) => {
      areas.lowest = box.dataset.level === levels[0].level;
      areas.show(told);
    }),
    above: new gwMap.Feed((told) => above.show(told)),
    incidents: new gwMap.Feed((told) => { open = told; areas.paint(told.counts); drawIncidents(); }),
    endpoints: new gwMap.Feed((told) => marks.endpoints.put(gwMap.deviceItems(told.features, choose))),
    buildings: new gwMap.Feed((told) => marks.buildings.put(gwMap.buildingItems(told.features))),
    people: new gwMap.Feed((told) => marks.people.put(gwMap.peopleItems(told.features, gw.nowMs()))),
  };

  function drawIncidents() {
    // from afar the numbers in the areas tell it; what is grave has its own mark at every distance, whatever is ticked
    const shown = open.features.filter(({ properties: it }) => it.grave || (on("incidents") && near() && it.exact !== "area"));
    const items = gwMap.incidentItems(map, shown, choose);
    marks.incidents.put(items);
    areas.avoid(items);
  }

  // What did not come is said, with its age, and asked for again
  const stale = document.getElementById("map-stale");
  const came = {}, missing = new Set();
  let retry = 0;
  async function ask(name, path, values) {
    const fresh = await feeds[name].ask(path, values);
    if (fresh) {
      came[name] = performance.now();
      missing.delete(name);
    } else missing.add(name);
    stale.hidden = !missing.size;
    if (!missing.size) return;
    const since = Math.min(...[...missing].map((one) => came[one] ?? 0));
    stale.querySelector("b").textContent = gwMap.say("age", { n: Math.round((performance.now() - since) / 1000) });
    retry ||= setTimeout(() => {
      retry = 0;
      asked.endpoints = asked.people = 0;
      for (const one of ["endpoints", "people", "buildings"]) if (!on(one)) missing.delete(one); // no longer wanted
      askGround();
      askThings(true);
    }, RETRY_MS);
  }

  // Boundaries as the screen needs them; a move that shows no other ground asks for none
  let ground = {};
  function askAreas(level, query) {
    if (ground.level === level && ground.query === query && !missing.has("areas") && !missing.has("above")) return;
    ground = { level, query };
    const higher = levels[levels.indexOf(level) + 1];
    const known = sent?.level === level.level && sent.zoom >= query.zoom ? sent : null;
    sent = null; // once: later the plan may be another one
    if (known) feeds.areas.use(known.areas);
    else ask("areas", "/api/map/areas", { level: level.level, ...query });
    if (known || !higher) {
      missing.delete("above"); // nothing more is wanted
      above.show(known?.above ?? { features: [] });
    } else ask("above", "/api/map/areas", { level: higher.level, ...query });
  }

  function askGround() {
    const level = levelNow();
    box.dataset.level = level.level;
    box.classList.toggle("near", near()); // from afar a hundred names would lie over each other
    const query = gwMap.query(map);
    askAreas(level, query);
    if (on("buildings") && px(levels[0].width) >= 2 * NEAR_PX) ask("buildings", "/api/map/buildings", query);
    else hide("buildings");
  }

  const asked = {};
  function hide(name) {
    marks[name].put([]);
    feeds[name].tag = null; // asked for again it is drawn, though nothing is new
    asked[name] = 0;
  }
  function due(name, everyMs) {
    const now = performance.now();
    if (asked[name] && now - asked[name] < everyMs) return false;
    asked[name] = now;
    return true;
  }
  function askThings(force = false) {
    if (force || due("incidents", INCIDENTS_MS)) ask("incidents", "/api/map/incidents", { datum: gwMap.base.datum });
    askDevices(force);
  }
  function askDevices(force = false) {
    if (!on("endpoints") || !near()) hide("endpoints");
    else if (due("endpoints", force ? 0 : ENDPOINTS_MS)) ask("endpoints", "/api/map/endpoints", gwMap.query(map));
    if (!on("people")) hide("people");
    else if (due("people", PEOPLE_MS)) {
      ask("people", "/api/map/people", { datum: gwMap.base.datum });
      htmx.ajax("GET", "/parts/map/people", { target: "#map-people" });
    }
  }

  function choose(show) {
    if (show.group) return list(show.group);
    if (show.box) {
      const close = gwMap.toBounds(show.box);
      const apart = map.getZoom() < 19 && map.distance(close.getSouthWest(), close.getNorthEast()) > 5;
      return apart ? map.fitBounds(close.pad(0.5), { maxZoom: 19, animate: !gwMap.calm }) : say(`here:${show.box.join(",")}`);
    }
    return say(show);
  }
  function list(group) {
    const first = group[0];
    if (group.some((one) => String(one.at) !== String(first.at)) && map.getZoom() < 19) {
      return map.fitBounds(L.latLngBounds(group.map((one) => one.at)).pad(0.5), { maxZoom: 19, animate: !gwMap.calm });
    }
    return say(`${group.length > 1 ? "spot" : "incident"}:${first.id}`);
  }
  async function say(show) {
    panel.hidden = false;
    panel.dataset.show = show;
    areas.mark(show.startsWith("area:") ? show.slice(5) : null);
    await htmx.ajax("GET", `/parts/map/panel?show=${encodeURIComponent(show)}`, { target: "#map-panel" });
    panel.focus({ preventScroll: false });
  }
  let cameFrom = null;
  function close() {
    panel.hidden = true;
    panel.replaceChildren();
    areas.mark(null);
    (cameFrom?.isConnected ? cameFrom : box).focus({ preventScroll: true });
  }

  function go(at, zoom) {
    map.setView(gwMap.latlng(at), Math.max(map.getZoom(), zoom), { animate: !gwMap.calm });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-show], [data-go], [data-fit], [data-close]");
    if (!link) return;
    if ("close" in link.dataset) return close();
    if (link.dataset.go) return go(JSON.parse(link.dataset.go), 18);
    if (link.dataset.fit) return map.fitBounds(gwMap.toBounds(JSON.parse(link.dataset.fit)), { maxZoom: 18, animate: !gwMap.calm });
    if (event.ctrlKey || event.metaKey || event.shiftKey || link === panel) return undefined; // a new tab, as links do
    event.preventDefault();
    cameFrom = link;
    if (link.dataset.at) go(JSON.parse(link.dataset.at), 17);
    return say(link.dataset.show);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  box.addEventListener("focusin", (event) => { cameFrom = event.target; });

  // A mark that gets the focus must not lie under the panel or outside
  box.addEventListener("focusin", ({ target }) => {
    if (!target.classList.contains("gw-mark") || !target.matches(":focus-visible")) return;
    const one = target.getBoundingClientRect(), all = box.getBoundingClientRect();
    if (one.left < all.left || one.right > all.right || one.top < all.top || one.bottom > all.bottom) {
      map.panInside(map.containerPointToLatLng([one.left - all.left, one.top - all.top]), { padding: [60, 60], animate: !gwMap.calm });
    }
  });

  const boxes = [...document.querySelectorAll("#map-layers input")];
  const kept = JSON.parse(sessionStorage.getItem(KEEP) ?? "{}");
  for (const input of boxes) {
    if (input.value in kept && input.value !== "people") input.checked = kept[input.value]; // positions are asked for anew, each time by hand
    input.addEventListener("change", () => {
      sessionStorage.setItem(KEEP, JSON.stringify(Object.fromEntries(boxes.map((one) => [one.value, one.checked]))));
      if (input.value === "people" && !input.checked) document.getElementById("map-people").replaceChildren();
      asked.people = asked.people && input.value === "people" ? 0 : asked.people;
      drawIncidents();
      askGround();
      askThings(true);
    });
  }
  document.getElementById("map-tracks")?.addEventListener("change", ({ target }) => {
    if (!target.dataset.track) return;
    if (target.checked) tracks.show(target.dataset.track);
    else tracks.hide(target.dataset.track);
  });
  document.body.addEventListener("htmx:afterSwap", ({ target }) => { // another day or person: what is not listed is not drawn
    if (target.id !== "map-patrols") return;
    const listed = new Map([...target.querySelectorAll("[data-track]")].map((input) => [input.dataset.track, input]));
    for (const patrol of [...tracks.shown.keys()]) {
      if (listed.has(patrol)) listed.get(patrol).checked = true;
      else tracks.hide(patrol);
    }
  });

  const home = new gwMap.Home(map, gwMap.toBounds(bounds));
  const bar = L.control({ position: "topleft" });
  bar.onAdd = () => {
    const holder = L.DomUtil.create("div", "leaflet-bar");
    const button = L.DomUtil.create("a", "map-home", holder);
    Object.assign(button, { href: "#", title: gwMap.say("home"), role: "button", textContent: "⌂" });
    button.setAttribute("aria-label", gwMap.say("home"));
    L.DomEvent.on(button, "click", (event) => { L.DomEvent.stop(event); home.go(); });
    return holder;
  };
  bar.addTo(map);
  const from = panel.querySelector("[data-go], [data-fit]");
  if (from?.dataset.fit) map.fitBounds(gwMap.toBounds(JSON.parse(from.dataset.fit)), { animate: false, maxZoom: 18 });
  else home.go();
  if (from?.dataset.go) map.setView(gwMap.latlng(JSON.parse(from.dataset.go)), 17, { animate: false });
  const legend = document.querySelector(".map-legend");
  window.addEventListener("beforeprint", () => { legend.open = true; }); // hatching without its legend says little
  let covered = null;
  map.on("moveend", () => {
    askGround();
    drawIncidents();
    const query = gwMap.query(map);
    if (query !== covered) asked.endpoints = 0;
    covered = query;
    askThings();
  });
  document.body.addEventListener("live:board", () => askThings());
  feeds.incidents.use(sent.incidents); // what came since then is asked for when the live connection stands
  askGround();
  askDevices(true);
})();
