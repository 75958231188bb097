// A small map on another page: one incident, device, area or patrol, and what is around it.
"use strict";

(() => {
  const REFRESH_MS = 4000;
  const NEAR_PX = 110; // of an area: from here on single things have room

  class Small {
    constructor(element) {
      this.element = element;
      this.wanted = JSON.parse(element.dataset.map);
      this.feed = new gwMap.Feed((told) => this.draw(told));
    }

    async start() {
      if (this.wanted.patrol) {
        await this.patrol();
        return;
      }
      await this.ask();
      let askedAt = performance.now();
      document.body.addEventListener("live:board", () => {
        if (!this.element.isConnected || performance.now() - askedAt < REFRESH_MS) return;
        askedAt = performance.now();
        this.ask();
      });
    }

    ask() {
      const { incident, device, at } = this.wanted; // one of them; a name without a value would be a place of nobody's
      const place = incident ? { incident_id: incident } : device ? { device } : { at };
      return this.feed.ask("/api/map/around", { ...place, datum: gwMap.base.datum });
    }

    // The ground comes when there is something to put on it; until then the words inside stay
    ground(bounds) {
      const box = document.createElement("div");
      box.className = "map-box";
      this.element.replaceChildren(box);
      this.element.classList.add("drawn");
      this.map = gwMap.open(box, { scrollWheelZoom: false });
      this.map.fitBounds(bounds, { animate: false, maxZoom: 18 });
      const go = (show) => this.go(show);
      this.above = new gwMap.Above(this.map);
      this.areas = new gwMap.Areas(this.map, go);
      this.areas.lowest = true;
      this.buildings = new gwMap.Marks(this.map, "things");
      this.devices = new gwMap.Devices(this.map);
      this.incidents = new gwMap.Marks(this.map, "calls");
      this.map.on("zoomend", () => this.told && this.marks(this.told));
    }

    draw(told) {
      if (!told.bounds) {
        this.element.hidden = !this.element.childElementCount; // nobody knows where it is, and nothing stands in its place
        return;
      }
      this.told = told;
      if (!this.map) this.ground(gwMap.toBounds(told.bounds));
      this.areas.counts = told.incidents.counts;
      this.areas.show(told.areas);
      this.areas.mark(told.area);
      this.marks(told);
    }

    marks(told) {
      const go = (show) => this.go(show);
      const px = this.areas.widthPx();
      const near = px >= NEAR_PX;
      this.buildings.put(px >= 2 * NEAR_PX ? gwMap.buildingItems(told.buildings.features) : []);
      const own = this.wanted.incident;
      const seen = ({ properties: it }) => it.grave || (near && it.exact !== "area"); // as on the large map
      const others = told.incidents.features.filter((feature) => feature.id !== own && seen(feature));
      const items = gwMap.incidentItems(this.map, others, go);
      const mine = told.incidents.features.filter((feature) => feature.id === own);
      items.push(...gwMap.incidentItems(this.map, mine, go).map((item) => ({ ...item, cls: `${item.cls} own`, z: 3000 })));
      if (!mine.length && told.here) items.push(this.here(told.here));
      this.beside(items);
      this.incidents.put(items);
      this.areas.avoid(items);
      this.devices.put(near ? gwMap.deviceItems(told.endpoints.features, go) : []);
    }

    // What stands where our own one stands steps aside, or it would hide it
    beside(items) {
      const own = items.find((item) => item.cls.includes(" own"));
      if (!own) return;
      const [mine] = gwMap.boxes(this.map, [own]);
      for (const item of items) {
        const [box] = gwMap.boxes(this.map, [item]);
        if (item !== own && box.left < mine.right && mine.left < box.right && box.top < mine.bottom && mine.top < box.bottom) item.shift = [mine.right - box.left + 4, 0];
      }
    }

    here(feature) {
      return { key: "here", at: gwMap.latlng(feature.geometry.coordinates), cls: "here", label: gwMap.say("here"), html: '<i class="gw-ring"></i>', z: -1000 };
    }

    go(show) {
      const first = show.group ? `spot:${show.group[0].id}` : show.box ? `here:${show.box.join(",")}` : show;
      const [kind, ...rest] = first.split(":");
      const pages = { incident: "/incidents/", area: this.wanted.at ? "/areas?at=" : "/map?show=area:" };
      location.href = (pages[kind] ?? `/map?show=${kind}:`) + encodeURIComponent(rest.join(":"));
    }

    async patrol() {
      const answer = await fetch(`/api/map/tracks/${this.wanted.patrol}?datum=${gwMap.base.datum}`, { cache: "no-store" });
      if (!answer.ok) return;
      const track = await answer.json();
      if (!track.geometry.coordinates.length) return;
      const bounds = L.latLngBounds(track.geometry.coordinates.map(gwMap.latlng)).pad(0.25);
      this.ground(bounds);
      new gwMap.Tracks(this.map, document.querySelector("[data-track-time]")).draw(track, this.wanted.patrol);
      const level = gwMap.base.lowest;
      if (level) new gwMap.Feed((told) => this.areas.show(told)).ask("/api/map/areas", { level, ...gwMap.query(this.map) });
    }
  }

  for (const element of document.querySelectorAll("[data-map]")) new Small(element).start();
})();
