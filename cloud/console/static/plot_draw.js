// Draws curves: one panel per channel, the devices of it as lines, each with its band from lowest to highest.
//
// Lines differ in dash and not in colour only; marked stretches have a pattern and a word; a gap stays a gap.
"use strict";

gw.plotOption = (() => {
  const DASHES = ["solid", "dashed", "dotted", [12, 4, 3, 4]];
  const PATTERNS = { late: "lines", uncertain: "dots", fault: "cross" };
  const SIGNS = { late: "╱", uncertain: "▪", fault: "╳" };
  const STROKES = ["━━", "━ ━", "┅┅", "━ ┅"];
  const EACH_PX = 106;
  const LEAD_PX = 150;
  const SMALL_PX = 62;
  const AXIS_PX = 38;
  const LEFT_PX = 62;
  const RIGHT_PX = 36; // half of a time on the axis
  const WORD_PX = 130; // a word with a time
  const NARROW_PX = 520;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const offsetMs = () => Number(document.body.dataset.offsetMin) * 60000;
  const short = (value) => String(Number(Number(value).toPrecision(4)));
  const level = (value, curve) => `${short(value)} ${curve.unit}`.trim();
  const pen = document.createElement("canvas").getContext("2d"); // measures words
  const AIR_PX = 20; // between two of them
  const hue = (index) => colour(`--plot-${(index % 4) + 1}`) || colour("--plot-line");

  // One panel per channel, in the order in which channels come
  function panels(data) {
    const found = new Map();
    for (const curve of data.curves) {
      if (!found.has(curve.channel)) found.set(curve.channel, []);
      found.get(curve.channel).push(curve);
    }
    return [...found.values()];
  }

  // Panels with one time axis stand close together: the one that breached first is the largest
  function tall(data, curves) {
    if (!data.shared) return EACH_PX;
    return curves[0].part === "lead" ? LEAD_PX : SMALL_PX;
  }

  function size(data, width, words) {
    const narrow = width < NARROW_PX;
    const shown = panels(data);
    const heads = shown.map((curves, index) => 16 + said(curves, words, width).lines.length * 23 + (index === 0 && data.marks.length ? 20 : 0));
    const tops = [];
    let y = 0;
    shown.forEach((curves, index) => {
      tops.push(y);
      y += heads[index] + tall(data, curves) + (data.shared && index < shown.length - 1 ? 8 : AXIS_PX);
    });
    return { narrow, heads, tops, height: y + 8 };
  }

  function pattern(kind) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 10;
    const pen = tile.getContext("2d");
    pen.strokeStyle = pen.fillStyle = colour("--muted");
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1.5;
    pen.beginPath();
    if (kind !== "dots") { pen.moveTo(0, 10); pen.lineTo(10, 0); }
    if (kind === "cross") { pen.moveTo(0, 0); pen.lineTo(10, 10); }
    pen.stroke();
    if (kind === "dots") pen.fillRect(4, 4, 3, 3);
    return { image: tile, repeat: "repeat" };
  }

  // What stands above a panel, in lines that fit: name and unit, limits, marks, then the devices
  function said(curves, words, width) {
    const first = curves[0];
    const rich = {
      name: { color: colour("--text"), fontSize: 16, fontWeight: "bold" },
      limit: { color: colour("--plot-limit"), fontSize: 15 },
      clear: { color: colour("--plot-clear"), fontSize: 15 },
      more: { color: colour("--muted"), fontSize: 14 },
    };
    const parts = [["name", first.unit ? `${first.name}  ${first.unit}` : first.name]];
    if (curves.length === 1 && first.place && (!first.part || first.near)) parts.push(["more", first.place]);
    const limited = curves.find((curve) => curve.limit !== null);
    if (limited) parts.push(["limit", `━ ${words.limit} ${level(limited.limit, limited)}`]);
    if (limited && limited.clear !== null) parts.push(["clear", `┅ ${words.clear} ${level(limited.clear, limited)}`]);
    const marked = new Set(curves.flatMap((curve) => curve.stretches.map(([what]) => what)));
    for (const what of marked) parts.push(["more", `${SIGNS[what]} ${words[what]}`]);
    const named = curves.length === 1 ? [] : curves.map((curve, index) => {
      rich[`d${index}`] = { color: hue(index), fontSize: 15, fontWeight: "bold" };
      return [`d${index}`, `${STROKES[index % 4]} ${curve.place}`];
    });
    return { lines: [...fill(parts, rich, width), ...fill(named, rich, width)], rich };
  }

  // As many on a line as fit; what is wider than a line stands on one of its own
  function fill(parts, rich, width) {
    const lines = [];
    let left = 0;
    for (const [style, text] of parts) {
      pen.font = `${rich[style].fontWeight ?? "normal"} ${rich[style].fontSize}px sans-serif`;
      const wide = pen.measureText(text).width + AIR_PX;
      const piece = `{${style}|${text}}`;
      if (lines.length === 0 || wide > left) {
        lines.push(piece);
        left = width - 16 - wide;
      } else {
        lines[lines.length - 1] += `    ${piece}`;
        left -= wide;
      }
    }
    return lines;
  }

  function heading(curves, words, top, width) {
    const { lines, rich } = said(curves, words, width);
    return { text: lines.join("\n"), left: 8, top: top + 6, textStyle: { rich, lineHeight: 23 } };
  }

  function reach(curves) {
    let low = Infinity;
    let high = -Infinity;
    for (const curve of curves) {
      for (const point of curve.points) {
        for (let at = 1; at < point.length; at += 1) {
          const value = point[at];
          if (value !== null) { low = Math.min(low, value); high = Math.max(high, value); }
        }
      }
      for (const value of [curve.limit, curve.clear]) if (value !== null) { low = Math.min(low, value); high = Math.max(high, value); }
    }
    if (low > high) return { min: 0, max: 1 };
    if (low >= 0 && high <= 1 && curves.every((curve) => !curve.unit)) return { min: 0, max: 1.2, interval: 1 }; // no or yes
    const room = (high - low || Math.abs(high) || 1) * 0.12;
    return { min: low < 0 || low - room > 0 ? low - room : 0, max: high + room };
  }

  // Words at a line stay inside the drawing
  function side(atMs, data, width) {
    const px = ((atMs - data.from_ms) / (data.to_ms - data.from_ms || 1)) * (width - LEFT_PX - RIGHT_PX);
    return width - LEFT_PX - px < WORD_PX / 2 ? "right" : px + LEFT_PX < WORD_PX / 2 ? "left" : "center";
  }

  function guides(curve, data, words, place) {
    const drawn = [];
    const high = Math.max(curve.limit ?? -Infinity, curve.clear ?? -Infinity);
    const { min, max } = reach([curve]);
    const where = (value) => { // below a line that lies low stand the times
      if (value === high) return "insideStartTop";
      return (value - min) / (max - min) < 0.15 ? "insideEndTop" : "insideStartBottom";
    };
    const line = (value, tone, type) => ({
      yAxis: value, lineStyle: { color: tone, type, width: 2 },
      label: {
        show: place.curve === 0, position: where(value), formatter: level(value, curve),
        color: tone, fontSize: 14, fontWeight: "bold", textBorderColor: colour("--panel"), textBorderWidth: 3,
      },
    });
    if (curve.limit !== null) drawn.push(line(curve.limit, colour("--plot-limit"), "solid"));
    if (curve.clear !== null) drawn.push(line(curve.clear, colour("--plot-clear"), "dashed"));
    if (place.curve === 0) {
      for (const mark of data.marks) {
        drawn.push({
          xAxis: mark.at_ms + offsetMs(),
          lineStyle: { color: colour("--text"), type: "dotted", width: 2 },
          label: {
            show: place.panel === 0, formatter: `${mark.word} ${gw.timeOfDay(mark.at_ms)}`, align: side(mark.at_ms, data, place.width),
            color: colour("--text"), fontSize: 15,
          },
        });
      }
    }
    return { silent: true, symbol: "none", animation: false, data: drawn };
  }

  function stretches(curve, words) {
    const data = curve.stretches.map(([what, from, to]) => [
      { xAxis: from + offsetMs(), name: words[what], itemStyle: { color: pattern(PATTERNS[what]) } },
      { xAxis: to + offsetMs() },
    ]);
    return { silent: true, animation: false, label: { show: false }, data };
  }

  // A reading with a gap on both sides would be no line at all: it is a dot
  function value(points, index) {
    const [at, mean] = points[index];
    const alone = mean !== null && (points[index - 1]?.[1] ?? null) === null && (points[index + 1]?.[1] ?? null) === null;
    const pair = [at + offsetMs(), mean];
    return alone ? { value: pair, symbol: "circle", symbolSize: 6 } : pair;
  }

  function lines(curve, panel, place, data, words, width) {
    const common = { type: "line", xAxisIndex: panel, yAxisIndex: panel, connectNulls: false, animation: false };
    const tone = hue(place);
    const main = {
      ...common, name: curve.place || curve.name, symbol: "none", showSymbol: true, showAllSymbol: true, z: 3,
      data: curve.points.map((_, index) => value(curve.points, index)),
      lineStyle: { color: tone, width: 2.5, type: DASHES[place % 4] }, itemStyle: { color: tone },
      markLine: guides(curve, data, words, { panel, curve: place, width }), markArea: stretches(curve, words),
    };
    if (!curve.points.some((point) => point.length > 2)) return [main];
    const stack = `${panel}-${place}`;
    const band = { ...common, stack, stackStrategy: "all", symbol: "none", silent: true, tooltip: { show: false }, lineStyle: { opacity: 0 }, z: 2 };
    const low = curve.points.map((point) => [point[0] + offsetMs(), point[2] ?? null]);
    const more = curve.points.map((point) => [point[0] + offsetMs(), point[3] == null ? null : point[3] - point[2]]);
    return [main, { ...band, data: low }, { ...band, data: more, areaStyle: { color: tone, opacity: 0.28 } }];
  }

  function option(data, words, box) {
    const text = { color: colour("--muted"), fontSize: 14 };
    const told = panels(data);
    const room = size(data, box.clientWidth || 800, words);
    const line = { lineStyle: { color: colour("--line") } };
    const width = box.clientWidth || 800;
    const last = told.length - 1;
    const grid = told.map((curves, index) => ({ left: LEFT_PX, right: RIGHT_PX, top: room.tops[index] + room.heads[index], height: tall(data, curves) }));
    return {
      animation: false, useUTC: true, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      title: told.map((curves, index) => heading(curves, words, room.tops[index], width)),
      grid,
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "line", snap: true },
        formatter: (found) => gw.plotSay(data, (Array.isArray(found) ? found[0] : found).axisValue - offsetMs(), words),
      },
      xAxis: told.map((_, index) => ({
        type: "time", gridIndex: index, min: data.from_ms + offsetMs(), max: data.to_ms + offsetMs(),
        splitNumber: room.narrow ? 3 : 7, axisLabel: { ...text, show: !data.shared || index === last, hideOverlap: true, formatter: gw.plotTime(data) },
        axisLine: line, axisTick: line,
      })),
      yAxis: told.map((curves, index) => ({
        type: "value", gridIndex: index, ...reach(curves), splitNumber: tall(data, curves) < EACH_PX ? 2 : 3,
        axisLabel: { ...text, formatter: short, showMinLabel: reach(curves).interval === 1, showMaxLabel: false }, splitLine: line,
      })),
      series: told.flatMap((curves, panel) => curves.flatMap((curve, place) => lines(curve, panel, place, data, words, width))),
    };
  }

  option.size = size;
  option.short = short;
  return option;
})();
