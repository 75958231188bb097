// Where a map begins, and where the names of areas stand so that no mark hides them.
"use strict";

// The whole district, at first and again when the screen is turned, as long as nobody looks elsewhere
gwMap.Home = class {
  static EDGE_PX = 10;
  static BUTTONS_PX = 60; // on the left; a phone has no room to spare, and no mark of a wide district lies so high
  static PHONE_PX = 720;

  constructor(map, whole) {
    this.map = map;
    this.whole = whole;
    this.here = this.going = false;
    map.on("movestart", () => { this.here = this.going; });
    map.on("resize", () => { if (this.here) this.go(); });
  }

  go() {
    this.going = true;
    const { EDGE_PX, BUTTONS_PX, PHONE_PX } = gwMap.Home;
    const left = this.map.getSize().x < PHONE_PX ? EDGE_PX : BUTTONS_PX;
    this.map.fitBounds(this.whole, { animate: false, maxZoom: 18, paddingTopLeft: [left, EDGE_PX], paddingBottomRight: [EDGE_PX, EDGE_PX] });
    this.going = false;
    this.here = true;
  }
};

// How far a name has to step aside; `at` and `size` in pixels, `inside` the box of its area, `marks` what stands there
gwMap.aside = (at, size, inside, marks) => {
  const GAP = 3;
  const box = ([dx, dy]) => ({ left: at.x + dx - size.x / 2, right: at.x + dx + size.x / 2, top: at.y + dy - size.y / 2, bottom: at.y + dy + size.y / 2 });
  const meet = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  const free = (shift) => !marks.some((mark) => meet(box(shift), mark));
  if (free([0, 0])) return [0, 0];
  const hit = marks.filter((mark) => meet(box([0, 0]), mark));
  const here = box([0, 0]);
  const down = Math.max(...hit.map((mark) => mark.bottom)) - here.top + GAP;
  const up = Math.min(...hit.map((mark) => mark.top)) - here.bottom - GAP;
  const right = Math.max(...hit.map((mark) => mark.right)) - here.left + GAP;
  const left = Math.min(...hit.map((mark) => mark.left)) - here.right - GAP;
  const ways = [[0, down], [0, up], [right, 0], [left, 0]].filter(free);
  const within = (shift) => {
    const there = box(shift);
    return there.left >= inside.min.x && there.right <= inside.max.x && there.top >= inside.min.y && there.bottom <= inside.max.y;
  };
  const far = ([dx, dy]) => Math.abs(dx) + Math.abs(dy);
  return ways.find(within) ?? ways.sort((one, other) => far(one) - far(other))[0] ?? [0, 0];
};

// The boxes of marks of incidents on the screen, with the number at their corner
gwMap.boxes = (map, items) => {
  const rem = (gwMap.rem ??= parseFloat(getComputedStyle(document.documentElement).fontSize)); // asked once: it makes the browser lay out
  return items.map((item) => {
    const at = map.project(item.at);
    const side = (item.cls.includes(" life") ? (innerWidth <= 720 ? 2.2 : 2.9) : 2) * rem;
    const [dx, dy] = item.shift ?? [0, 0];
    const many = item.html.includes("gw-many");
    return { left: at.x + dx - side / 2, right: at.x + dx + side / 2 + (many ? rem * 0.6 : 0), top: at.y + dy - side - (many ? rem * 0.5 : 0), bottom: at.y + dy + 4 };
  });
};
