// Tracks of patrols: a line with its begin, its end, and the time along it.
"use strict";

gwMap.Tracks = class {
  static TIMES = 6; // along a line, beside its two ends

  constructor(map, bar) {
    this.map = map;
    this.time = bar && new gwMap.TrackTime(map, bar);
    this.shown = new Map(); // patrol -> layers
    this.marks = new Map();
  }

  async show(patrol, fit = true) {
    const answer = await fetch(`/api/map/tracks/${patrol}?datum=${gwMap.base.datum}`, { cache: "no-store" });
    if (!answer.ok || this.shown.has(patrol)) return null;
    const track = await answer.json();
    const points = this.draw(track, patrol);
    if (fit && points.length) this.map.fitBounds(L.latLngBounds(points).pad(0.2), { maxZoom: 18, animate: !gwMap.calm });
    return track;
  }

  draw(track, patrol) {
    const points = track.geometry.coordinates.map(gwMap.latlng);
    if (!points.length) return points;
    const tone = this.shown.size % 3;
    const group = L.layerGroup([
      L.polyline(points, { className: "m-track-edge", interactive: false, pane: "above" }),
      L.polyline(points, { className: `m-track tone-${tone}`, interactive: false, pane: "above" }),
    ]).addTo(this.map);
    const marks = new gwMap.Marks(this.map, "things");
    marks.put(this.#times(track, points, patrol));
    this.shown.set(patrol, { group, marks });
    this.time?.add(patrol, track, points);
    return points;
  }

  hide(patrol) {
    const known = this.shown.get(patrol);
    known?.group.remove();
    known?.marks.put([]);
    this.shown.delete(patrol);
    this.time?.drop(patrol);
  }

  #times(track, points, patrol) {
    const { times_ms: times, person_name: name } = track.properties;
    const last = points.length - 1;
    const step = Math.max(1, Math.ceil(last / (gwMap.Tracks.TIMES + 1)));
    const wanted = new Set([0, last]);
    for (let at = step; at < last - step / 2; at += step) wanted.add(at);
    return [...wanted].map((at) => {
      const time = gw.timeOfDay(times[at]);
      const word = at === 0 ? gwMap.say("begin", { time }) : at === last ? gwMap.say("end", { time }) : time;
      const end = at === 0 || at === last;
      return {
        key: `${patrol}:${at}`, at: points[at], cls: `m-time${end ? " end" : ""}`, label: gwMap.say("track", { name }) + gw.words["sep.comma"] + word,
        html: `<i class="tick"></i><span class="name num">${gwMap.safe(end ? word : time.slice(0, 5))}</span>`,
      };
    });
  }
};
