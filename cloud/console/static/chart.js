// Readings around the breach: one curve per channel, its limits drawn in. Fetched again when the incident changes.
"use strict";

(() => {
  const EACH_PX = 190;
  const NARROW_PX = 520;
  const box = document.getElementById("plot");
  const none = document.getElementById("plot-none");
  if (box === null) return; // what people told has no readings
  let chart = null;
  let loading = false;
  let again = false;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const offsetMs = () => Number(document.body.dataset.offsetMin) * 60000;
  const each = () => (box.clientWidth < NARROW_PX ? EACH_PX + 20 : EACH_PX);
  const short = (value) => String(Number(value.toPrecision(3)));

  function lines(curve, breachMs) {
    const drawn = [];
    const level = (value, hue, type) => ({ yAxis: value, lineStyle: { color: hue, type, width: 2 }, label: { show: false } });
    if (curve.limit !== null) drawn.push(level(curve.limit, colour("--plot-limit"), "solid"));
    if (curve.clear !== null) drawn.push(level(curve.clear, colour("--plot-clear"), "dashed"));
    drawn.push({
      xAxis: breachMs + offsetMs(),
      lineStyle: { color: colour("--text"), type: "dotted", width: 2 },
      label: { formatter: `${gw.words["inc.plot.breach"]} ${gw.timeOfDay(breachMs)}`, color: colour("--text"), fontSize: 15 },
    });
    return { silent: true, symbol: "none", animation: false, data: drawn };
  }

  // Name, unit and limits above the curve, where they never lie on it; in two lines on a phone
  function heading(curve, index, size) {
    const limits = [];
    if (curve.limit !== null) limits.push(`{limit|━ ${gw.words["inc.plot.limit"]} ${short(curve.limit)}}`);
    if (curve.clear !== null) limits.push(`{clear|┅ ${gw.words["inc.plot.clear"]} ${short(curve.clear)}}`);
    const name = `{name|${curve.unit ? `${curve.name}  ${curve.unit}` : curve.name}}`;
    const rich = {
      name: { color: colour("--text"), fontSize: 16, fontWeight: "bold" },
      limit: { color: colour("--plot-limit"), fontSize: 15 },
      clear: { color: colour("--plot-clear"), fontSize: 15 },
    };
    const text = size.narrow ? `${name}\n${limits.join("   ")}` : [name, ...limits].join("     ");
    return { text, left: 8, top: 6 + index * size.each, textStyle: { rich, lineHeight: 22 } };
  }

  // Room around the readings, and for the limit even where they stay below it
  function reach(curve) {
    const values = curve.points.map(([, value]) => value).filter((value) => value !== null);
    if (curve.limit !== null) values.push(curve.limit);
    if (curve.clear !== null) values.push(curve.clear);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const room = (high - low || Math.abs(high) || 1) * 0.12;
    return { min: low < 0 || low - room > 0 ? low - room : 0, max: high + room };
  }

  function option(data) {
    const text = { color: colour("--muted"), fontSize: 15 };
    const size = { narrow: box.clientWidth < NARROW_PX, each: each() };
    const above = size.narrow ? 72 : 52;
    const grid = data.curves.map((_, index) => ({
      left: 64,
      right: 24,
      top: above + index * size.each,
      height: size.each - above - 34,
    }));
    const line = { lineStyle: { color: colour("--line") } };
    return {
      animation: false,
      useUTC: true,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      title: data.curves.map((curve, index) => heading(curve, index, size)),
      grid,
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "line" } },
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      xAxis: data.curves.map((_, index) => ({
        type: "time",
        gridIndex: index,
        axisLabel: { ...text, hideOverlap: true, formatter: "{HH}:{mm}:{ss}" },
        axisLine: line,
        axisTick: line,
      })),
      yAxis: data.curves.map((curve, index) => ({
        type: "value",
        gridIndex: index,
        ...reach(curve),
        splitNumber: 3,
        axisLabel: { ...text, formatter: short, showMinLabel: false, showMaxLabel: false },
        splitLine: line,
      })),
      series: data.curves.map((curve, index) => ({
        type: "line",
        name: curve.name,
        xAxisIndex: index,
        yAxisIndex: index,
        showSymbol: false,
        connectNulls: false,
        sampling: "minmax",
        data: curve.points.map(([at, value]) => [at + offsetMs(), value]),
        lineStyle: { color: colour("--plot-line"), width: 2.5 },
        itemStyle: { color: colour("--plot-line") },
        markLine: lines(curve, data.breach_ms),
      })),
    };
  }

  function draw(data) {
    none.hidden = data.curves.length > 0;
    box.hidden = data.curves.length === 0;
    if (box.hidden) return;
    box.style.height = `${data.curves.length * each() + 6}px`;
    box.setAttribute("aria-label", data.label);
    if (!chart) chart = echarts.init(box, null, { renderer: "canvas" });
    chart.resize();
    chart.setOption(option(data), { notMerge: true });
  }

  async function load() {
    if (loading) {
      again = true;
      return;
    }
    loading = true;
    try {
      const answer = await fetch(box.dataset.src, { signal: AbortSignal.timeout(8000) });
      if (answer.ok) draw(await answer.json());
    } catch {
      // the connection mark says so; the next refresh tries again
    }
    loading = false;
    if (again) {
      again = false;
      load();
    }
  }

  document.body.addEventListener("live:incident", load);
  window.addEventListener("resize", () => chart && chart.resize());
  load();
})();
