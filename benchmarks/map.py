"""The map with 3,000 endpoints: how long until it stands, and what a zoom costs the browser and the centre.

A real centre in a process of its own and Debian's Chromium. The sample district with 3,000 endpoints more at points of
their own, as its gateways told them. Cold: a new browser profile; when its HTML was there, when anything was painted
(`first`), when the areas were (`areas`), when the last answer had come and been drawn (`stands`), and what came over
the wire. Zoom: from the whole district in to its houses and out again by the keyboard, in STEPS
steps each way, the next when the one before has been painted with its answer. A task is long from 50 ms on (W3C Long
Tasks). Several versions are measured in turn in one run, so that the machine's other work meets all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.board import WATCH
from benchmarks.centre import Centre
from benchmarks.report import save
from scripts.screenshots import ARGS, CHROMIUM, DESK

ENDPOINTS = 3000
INCIDENTS = 200
ROUNDS = 2
STEPS = 6
PERSON = "shen-ruolan"  # of the whole street
QUIET_MS = 400  # nothing asked and nothing long for so long: it stands
STANDS = """async (quiet) => {
  const resources = () => performance.getEntriesByType('resource');
  const answers = () => resources().filter((e) => e.name.includes('/api/map/')).map((e) => e.responseEnd);
  const last = () => Math.max(window.drawn ?? 0, window.busy ?? 0, ...answers());
  const began = performance.now();
  while (performance.now() - Math.max(began, last()) < quiet || !window.drawn) {
    await new Promise((done) => setTimeout(done, 50));
  }
  const page = performance.getEntriesByType('navigation')[0];
  const sent = [page, ...resources().filter((e) => !e.name.includes('/api/live'))];
  return {
    html_ms: page.responseEnd,
    first_ms: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    areas_ms: window.drawn,
    stands_ms: last(),
    elements: document.querySelectorAll('#map *').length,
    requests: sent.length,
    kb: sent.reduce((sum, e) => sum + e.transferSize, 0) / 1000,
  };
}"""
# Painted: areas found at a frame were drawn in the one before
BUSY = """new PerformanceObserver((list) => list.getEntries().forEach((e) => {
  window.busy = Math.max(window.busy ?? 0, e.startTime + e.duration);
})).observe({type: 'longtask', buffered: true});
const look = (found) => {
  if (found) window.drawn = performance.now();
  else requestAnimationFrame(() => look(document.querySelector('#map .m-area')));
};
requestAnimationFrame(() => look(null));"""


class District(Centre):
    """A centre with the sample district and a crowd of endpoints."""

    def fill(self) -> str:
        """Everything; the cookie of one who sees it all."""
        self.tell(sample=True, crowd=ENDPOINTS)
        names = [f"crowd-{number:04}" for number in range(ENDPOINTS)]
        kind = {"kind": "fire", "place": "3 层", "grid": "110105001001001", "last_seen_ms": 1, "channels": {}}
        states = ("online",) * 18 + ("offline", "fault")
        told = [{"device": one, "state": states[at % len(states)], **kind} for at, one in enumerate(names)]
        self.tell(status={"endpoints": told})
        return self.log_in(PERSON)


def _page(browser: Browser, centre: Centre, cookie: str) -> Page:
    context = browser.new_context(viewport=DESK, locale="zh-CN", reduced_motion="no-preference")
    context.add_cookies([{"name": "gridwhistle", "value": cookie, "url": centre.url}])
    context.add_init_script(BUSY)
    page = context.new_page()
    page.goto(f"{centre.url}/map")
    return page


def _zoom(page: Page) -> dict[str, Any]:
    page.evaluate(WATCH)
    elements = 0
    for way in ("Equal",) * STEPS + ("Minus",) * STEPS:
        page.locator("#map").focus()
        page.keyboard.press(way)
        elements = max(elements, page.evaluate(STANDS, QUIET_MS)["elements"])
    tasks, frames = page.evaluate("[window.tasks, window.frames]")
    return {
        "long_ms": sum(tasks),
        "longest_ms": max(tasks, default=0),
        "slow_frame_ms": sorted(frames)[-3],
        "elements": elements,
    }


def once(browser: Browser, centre: Centre, cookie: str) -> dict[str, float]:
    """One cold opening and one way in and out."""
    cpu_s = centre.cpu_s()
    page = _page(browser, centre, cookie)
    opened = page.evaluate(STANDS, QUIET_MS)
    opened_cpu_s = centre.cpu_s()
    zoomed = _zoom(page)
    page.context.close()
    return {
        **{f"open_{name}": value for name, value in opened.items()},
        "open_server_cpu_ms": (opened_cpu_s - cpu_s) * 1000,
        **{f"zoom_{name}": value for name, value in zoomed.items()},
        "zoom_server_cpu_ms": (centre.cpu_s() - opened_cpu_s) * 1000,
    }


def measure(roots: dict[str, Path]) -> dict[str, Any]:
    """All versions in turn, ROUNDS times."""
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in roots}
    with ExitStack() as stack:
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=ARGS)
        stack.callback(browser.close)
        opened = {}
        for name, root in roots.items():
            centre = District(Path(stack.enter_context(tempfile.TemporaryDirectory())), root)
            stack.callback(centre.close)
            opened[name] = centre, centre.fill()
        for _ in range(ROUNDS):
            for name, (centre, cookie) in opened.items():
                seen[name].append(once(browser, centre, cookie))
    return {"load_1min": round(os.getloadavg()[0], 1)} | {
        name: {key: round(statistics.median(one[key] for one in ones)) for key in ones[0]}
        for name, ones in seen.items()
    }


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).resolve().parents[1]
    parser.add_argument("--before", type=Path, help="another version, beside this one, in turn")
    parser.add_argument("--only-print", action="store_true")
    options = parser.parse_args()
    roots = {"before": options.before, "now": here} if options.before else {"now": here}
    figures = measure(roots)
    print(json.dumps(figures, indent=2)) if options.only_print else save("map", str(__doc__), figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
