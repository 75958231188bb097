// The time of tracks: a slider says and shows where who was; drag, arrow keys, or a minute in each second.
"use strict";

gwMap.TrackTime = class {
  static STEP_S = 10; // of one arrow key
  static SPEED = 60; // a minute of the track in a second

  constructor(map, bar) {
    this.map = map;
    this.bar = bar;
    this.range = bar.querySelector("input");
    this.said = bar.querySelector(".track-said");
    this.button = bar.querySelector("button");
    this.tracks = new Map(); // patrol -> {name, times, points}
    this.marks = new gwMap.Marks(map, "calls");
    this.playing = 0;
    this.range.addEventListener("input", () => { this.stop(); this.show(); });
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
  }

  add(patrol, track, points) {
    if (!points.length) return;
    this.tracks.set(patrol, { name: track.properties.person_name, times: track.properties.times_ms, points, tone: this.tracks.size % 3 });
    this.#reach();
  }

  drop(patrol) {
    if (this.tracks.delete(patrol)) this.#reach();
  }

  // From the first point of all to the last one; the moment that is shown stays where it can
  #reach() {
    const shown = this.fromMs === undefined ? null : this.atMs();
    const all = [...this.tracks.values()];
    this.bar.hidden = !all.length;
    this.stop();
    if (!all.length) return this.marks.put([]);
    this.fromMs = Math.min(...all.map(({ times }) => times[0]));
    const seconds = (Math.max(...all.map(({ times }) => times[times.length - 1])) - this.fromMs) / 1000;
    const { STEP_S } = gwMap.TrackTime;
    Object.assign(this.range, { min: 0, max: Math.max(STEP_S, Math.ceil(seconds / STEP_S) * STEP_S), step: STEP_S });
    this.range.value = shown === null ? 0 : (shown - this.fromMs) / 1000;
    return this.show();
  }

  atMs() {
    return this.fromMs + Number(this.range.value) * 1000;
  }

  show(atMs = this.atMs()) {
    const clock = gw.timeOfDay(atMs);
    const told = [...this.tracks].map(([patrol, track]) => this.#where(patrol, track, atMs));
    const words = told.map(({ words: one }) => one).join(gw.words["sep.part"]);
    this.marks.put(told.flatMap(({ item }) => (item ? [item] : [])));
    this.range.setAttribute("aria-valuetext", clock + gw.words["sep.part"] + words);
    this.said.querySelector("b").textContent = clock;
    this.said.querySelector("span").textContent = words;
  }

  // The last point that was told by then; nobody knows the way between two
  #where(patrol, { name, times, points, tone }, atMs) {
    let at = -1;
    while (at + 1 < times.length && times[at + 1] <= atMs) at += 1;
    const ended = at === times.length - 1 && atMs > times[at];
    const say = at < 0 ? "not_yet" : ended ? "over" : "seen";
    const words = gwMap.say(say, { name, time: gw.timeOfDay(times[Math.max(0, at)]) });
    const item = at < 0 ? null : {
      key: `now:${patrol}`, at: points[at], cls: `m-worker m-then tone-${tone}${ended ? " old" : ""}`, z: 900, label: words,
      html: `<span class="gw-dot worker">${gwMap.PERSON}</span><span class="name">${gwMap.safe(name)} <span class="num">${gw.timeOfDay(times[at]).slice(0, 5)}</span></span>`,
    };
    return { words, item };
  }

  play() {
    const max = Number(this.range.max);
    if (Number(this.range.value) >= max) this.range.value = 0;
    const fromS = Number(this.range.value), began = performance.now();
    const step = (now) => {
      const seconds = Math.min(max, fromS + ((now - began) / 1000) * gwMap.TrackTime.SPEED);
      this.range.value = seconds; // rests on a step of its own; what is shown moves on between
      this.show(this.fromMs + seconds * 1000);
      if (seconds >= max) this.stop();
      else this.playing = requestAnimationFrame(step);
    };
    this.#press(true);
    this.playing = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    this.#press(false);
  }

  #press(on) {
    this.button.querySelector("span").textContent = gwMap.say(on ? "pause" : "play");
    this.button.querySelector("i").textContent = on ? "❚❚" : "▶";
  }
};
