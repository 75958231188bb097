// Readings around the breach: one curve per channel, its limits drawn in. Fetched again when the incident changes.
"use strict";

(() => {
  const HEIGHT_PX = 190;
  const box = document.getElementById("plot");
  const none = document.getElementById("plot-none");
  let chart = null;
  let loading = false;
  let again = false;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const offsetMs = () => Number(document.body.dataset.offsetMin) * 60000;
  const short = (value) => String(Number(value.toPrecision(3)));

  function lines(curve, breachMs) {
    const drawn = [];
    const limit = (value, key, hue, type) => ({
      yAxis: value,
      lineStyle: { color: hue, type, width: 2 },
      label: { formatter: `${gw.words[key]} ${short(value)}`, position: "insideStartTop", color: hue, fontSize: 14 },
    });
    if (curve.limit !== null) drawn.push(limit(curve.limit, "inc.plot.limit", colour("--plot-limit"), "solid"));
    if (curve.clear !== null) drawn.push(limit(curve.clear, "inc.plot.clear", colour("--plot-clear"), "dashed"));
    drawn.push({
      xAxis: breachMs + offsetMs(),
      lineStyle: { color: colour("--text"), type: "dotted", width: 2 },
      label: { formatter: `${gw.words["inc.plot.breach"]} ${gw.timeOfDay(breachMs)}`, color: colour("--text"), fontSize: 14 },
    });
    return { silent: true, symbol: "none", animation: false, data: drawn };
  }

  // Room for the limit even where the readings stay below it
  function top(curve, value) {
    return curve.limit === null ? value.max : Math.max(value.max, curve.limit * 1.15);
  }

  function option(data) {
    const text = { color: colour("--muted"), fontSize: 14 };
    const grid = data.curves.map((_, index) => ({ left: 64, right: 24, top: 44 + index * HEIGHT_PX, height: HEIGHT_PX - 78 }));
    const line = { lineStyle: { color: colour("--line") } };
    return {
      animation: false,
      useUTC: true,
      textStyle: { fontFamily: "inherit" },
      title: data.curves.map((curve, index) => ({
        text: curve.unit ? `${curve.name}  ${curve.unit}` : curve.name,
        left: 8,
        top: 6 + index * HEIGHT_PX,
        textStyle: { color: colour("--text"), fontSize: 16 },
      })),
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
        scale: true,
        max: (value) => top(curve, value),
        splitNumber: 3,
        axisLabel: { ...text, formatter: short, showMaxLabel: false },
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
    box.style.height = `${data.curves.length * HEIGHT_PX + 6}px`;
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
