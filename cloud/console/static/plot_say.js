// Says times and values of a plot in words: on the axis, beside the cursor, for a screen reader.
"use strict";

(() => {
  const DAY_MS = 86400000;
  const offsetMs = () => Number(document.body.dataset.offsetMin) * 60000;
  const two = (number) => String(number).padStart(2, "0");

  // What an axis writes depends on how long it is
  gw.plotTime = (data) => {
    const span = data.to_ms - data.from_ms;
    return (shifted) => {
      const at = new Date(shifted);
      const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
      const date = `${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
      if (span > 300 * DAY_MS) return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}`;
      if (span > 8 * DAY_MS) return date;
      if (span > DAY_MS) return shifted % DAY_MS === 0 ? date : `${date}\n${clock}`;
      if (span > 600000) return shifted % DAY_MS === 0 ? date : clock;
      return `${clock}:${two(at.getUTCSeconds())}`;
    };
  };

  gw.plotMoment = (atMs) => {
    const at = new Date(atMs + offsetMs());
    return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  };

  // The point of a curve that is nearest to a time; binary, a curve may have thousands
  function nearest(points, atMs) {
    let low = 0;
    let high = points.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle][0] < atMs) low = middle + 1;
      else high = middle;
    }
    const before = points[low - 1];
    return before && atMs - before[0] < Math.abs(points[low][0] - atMs) ? before : points[low];
  }

  gw.plotSay = (data, atMs, words) => {
    const said = [gw.plotMoment(atMs)];
    const several = new Set(data.curves.map((curve) => curve.device)).size > 1;
    const colon = gw.words["sep.colon"];
    const room = (data.to_ms - data.from_ms) / 40;
    for (const curve of data.curves) {
      const point = curve.points.length ? nearest(curve.points, atMs) : null;
      const name = several ? `${curve.name} · ${curve.place}` : curve.name;
      if (!point || Math.abs(point[0] - atMs) > room) continue;
      if (point[1] === null) { said.push(`${name}${colon}${words.gap}`); continue; }
      const number = (value) => gw.plotOption.short(value);
      const band = point.length > 2 && point[2] !== point[3] ? gw.say("in.brackets", { text: `${number(point[2])} – ${number(point[3])}` }) : "";
      const marked = curve.stretches.filter(([, from, to]) => point[0] >= from && point[0] <= to).map(([what]) => words[what]);
      said.push(`${name}${colon}${number(point[1])} ${curve.unit}${band}${marked.length ? ` · ${[...new Set(marked)].join(" · ")}` : ""}`);
    }
    return said.join("\n");
  };

  gw.plotTimes = (data) => {
    const times = new Set(data.curves.flatMap((curve) => curve.points.filter((point) => point[1] !== null).map(([at]) => at)));
    return [...times].sort((one, other) => one - other);
  };
})();
