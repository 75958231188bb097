// A plot on a page: fetches the curves that fit its span and width, keeps the old ones until the new are there.
//
// The contract is templates/_plot.html. A zoom fetches another level and never loads the page again.
"use strict";

(() => {
  const SETTLE_MS = 140; // after the last movement of a hand
  const FOLLOW_MS = 15000; // a plot whose end is now
  const WAIT_MS = 10000;
  const BUSY_MS = 2000;
  const PRESETS = { quarter: 900000, hour: 3600000, day: 86400000, week: 604800000, month: 2678400000, year: 31622400000 };

  class Plot {
    LEAST_MS = 10000;

    MOST_MS = 50 * 366 * 86400000;

    constructor(box) {
      this.box = box;
      this.canvas = box.querySelector(".plot-canvas");
      this.words = JSON.parse(box.dataset.words);
      this.fixed = !box.dataset.span && !box.dataset.fromMs;
      this.turn = 0;
      this.at = null; // the point that is read by keys
      this.home(true);
      gw.plotHands(this);
      box.querySelector("[data-plot=calm]")?.addEventListener("click", () => this.fold(!this.all));
      if (box.dataset.live) document.body.addEventListener(box.dataset.live, () => this.load());
      new ResizeObserver(() => this.resized()).observe(this.canvas.parentElement);
      setInterval(() => this.follow(), FOLLOW_MS);
      this.load();
    }

    // Where the plot began: a span until now, or fixed times
    home(first) {
      const set = this.box.dataset;
      this.follows = Boolean(set.span);
      this.to = set.span ? gw.nowMs() : Number(set.toMs);
      this.from = set.span ? this.to - PRESETS[set.span] : Number(set.fromMs);
      if (!first) this.moved();
    }

    show(from, to) {
      this.follows = false;
      this.from = Math.max(0, Math.round(from));
      this.to = Math.round(to);
      this.moved();
    }

    span(name) {
      this.box.dataset.span = name;
      this.home();
    }

    moved() {
      this.at = null;
      if (this.chart && this.data) {
        const axis = { min: this.from + this.offset(), max: this.to + this.offset() };
        this.chart.setOption({ xAxis: this.chart.getOption().xAxis.map(() => axis) });
      }
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), SETTLE_MS);
      this.box.dispatchEvent(new CustomEvent("plot:moved", { bubbles: true, detail: { from: this.from, to: this.to, follows: this.follows } }));
    }

    follow() {
      if (!this.follows || document.hidden || !this.box.isConnected) return;
      const span = this.to - this.from;
      this.to = gw.nowMs();
      this.from = this.to - span;
      this.load();
    }

    offset() {
      return Number(document.body.dataset.offsetMin) * 60000;
    }

    address() {
      const url = new URL(this.box.dataset.src, window.location.href);
      if (!this.fixed) {
        url.searchParams.set("from_ms", Math.round(this.from));
        url.searchParams.set("to_ms", Math.round(this.to));
        url.searchParams.set("width", Math.min(8000, Math.max(50, Math.round(this.canvas.clientWidth || 800))));
      }
      return url;
    }

    async load() {
      this.turn += 1;
      const turn = this.turn;
      this.box.dataset.state = "loading";
      let answer = null, data = null;
      try {
        answer = await fetch(this.address(), { signal: AbortSignal.timeout(WAIT_MS) });
        if (answer.ok) data = await answer.json(); // a log-in that has ended answers with a page
      } catch {
        // told below; the old curve stays
      }
      if (turn !== this.turn) return; // a newer question is on its way
      if (answer !== null && answer.status === 429) {
        this.timer = setTimeout(() => this.load(), BUSY_MS * (1 + Math.random())); // large questions take turns
        return;
      }
      if (data !== null) this.draw(data);
      else this.say(this.words.failed);
      this.box.dataset.state = data === null ? "failed" : "drawn";
    }

    draw(data) {
      this.told = data;
      const open = data.curves.filter((curve) => this.all || curve.part !== "calm");
      const folded = data.curves.length > open.length || Boolean(this.all && data.calm);
      this.folds(folded, data.calm);
      data = { ...data, curves: open };
      const empty = !data.curves.some((curve) => curve.points.some((point) => point[1] !== null));
      this.data = data;
      this.box.querySelector(".plot-none").hidden = !empty;
      this.canvas.hidden = data.curves.length === 0;
      this.say([data.said, data.more].filter(Boolean).join(" · "));
      this.canvas.setAttribute("aria-label", data.label || this.words.none);
      this.box.toggleAttribute("data-empty", empty);
      this.box.dispatchEvent(new CustomEvent("plot:drawn", { bubbles: true, detail: data }));
      if (this.canvas.hidden) return;
      this.canvas.style.height = `${gw.plotOption.size(data, this.canvas.clientWidth || 800, this.words).height}px`;
      if (!this.chart) this.chart = echarts.init(this.canvas, null, { renderer: "canvas" });
      this.chart.resize();
      this.chart.setOption(gw.plotOption(data, this.words, this.canvas), { notMerge: true });
    }

    // Channels that had nothing to say stand behind a button
    fold(all) {
      this.all = all;
      this.repaint();
    }

    repaint() {
      if (this.told) this.draw(this.told);
    }

    folds(some, text) {
      const button = this.box.querySelector("[data-plot=calm]");
      if (!button) return;
      button.hidden = !some;
      button.textContent = text ?? "";
      button.setAttribute("aria-expanded", String(Boolean(this.all)));
    }

    say(text) {
      this.box.querySelector(".plot-said").textContent = text;
    }

    resized() {
      if (!this.chart || !this.data || this.width === this.canvas.clientWidth) return;
      this.width = this.canvas.clientWidth;
      this.draw(this.told);
    }

    // The cursor by keys: its values are written and read out
    cursor(step) {
      if (!this.data) return;
      const times = gw.plotTimes(this.data);
      if (times.length === 0) return;
      const place = this.at === null ? times.length - 1 : times.findIndex((at) => at >= this.at);
      this.at = times[Math.max(0, Math.min(times.length - 1, this.at === null ? place : place + step))];
      this.box.querySelector(".plot-read").textContent = gw.plotSay(this.data, this.at, this.words).replaceAll("\n", "  ");
      const seriesIndex = 0;
      const dataIndex = this.data.curves[0].points.findIndex(([at]) => at >= this.at);
      if (dataIndex >= 0) this.chart.dispatchAction({ type: "showTip", seriesIndex, dataIndex });
    }
  }

  function start(root) {
    for (const box of root.querySelectorAll(".plot-box[data-src]")) {
      if (!box.plot) box.plot = new Plot(box);
    }
  }

  document.body.addEventListener("htmx:load", (event) => start(event.detail.elt.parentElement || document));
  start(document);
})();
