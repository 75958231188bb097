"""A thousand open incidents on the board, five changes a second: what a browser and the centre spend on it.

A real centre in a process of its own, Debian's Chromium on one page, and as many readers beside it as said that do what
a page does: hear of a change, fetch the part, at most four times a second. Incidents are spread over two days, so that
nothing is grouped. A task is long from 50 ms on (W3C Long Tasks); frames are measured from one to the next.
`drawn` is how often the page took changes in: with a hundred rows drawn most changes are of rows further down.
Cold: a new browser profile until something of the board is painted, and the bytes and requests that it took; warm:
the same profile once more. Of each opening: when the first byte was there, when the styles were, when it was painted.
`--short`: fewer of everything, in less than a minute, printed only. The load of the machine
stands beside the times, which are others' work as much as ours.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.centre import Centre
from benchmarks.report import distribution, save
from runtime.clock import Clock
from scripts.screenshots import ARGS, CHROMIUM, DESK
from tests.cloud import facts

OPEN = 1000
TOLD = 50  # in one transaction: others wait for it
FIRES = 5
SPREAD_S = 175  # between two incidents: further apart than a flood
CHANGES_PER_S = 5
RUN_S = 20.0
READERS = (0, 19)  # beside the browser
OPENINGS = 8
SHORT: dict[str, Any] = {"run_s": 5.0, "openings": 3, "crowds": (0,)}
GAP_S = 0.25  # between two refreshes, as live.js does it
SEED = 20261122
WATCH = """() => {
  window.drawn = 0; document.body.addEventListener('htmx:afterSwap', () => { window.drawn += 1; });
  window.tasks = []; window.frames = []; window.last = performance.now();
  window.watching = new PerformanceObserver((list) => list.getEntries().forEach((e) => window.tasks.push(e.duration)));
  window.watching.observe({type: 'longtask'});
  const frame = (at) => { window.frames.push(at - window.last); window.last = at; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""
PAINT = """async () => {
  while (!performance.getEntriesByName('first-contentful-paint').length) await new Promise(requestAnimationFrame);
  const all = ['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type))
    .filter((e) => !e.name.includes('/api/live'));
  return { first_byte_ms: all[0].responseStart, requests: all.length,
    styled_ms: Math.max(...all.filter((e) => e.name.includes('.css')).map((e) => e.responseEnd)),
    paint_ms: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    bytes: all.reduce((sum, e) => sum + e.transferSize, 0) };
}"""


class Crowded(Centre):
    """With a thousand open incidents."""

    def __init__(self, folder: Path, root: Path) -> None:
        super().__init__(folder, root)
        self._random = random.Random(SEED)
        self._clock = Clock()
        self._began_ms = self._clock.now_ms()
        self._revisions = dict.fromkeys(range(OPEN), 1)

    def fill(self) -> str:
        """Everything that is open; the cookie of an operator."""
        self.tell(status={})
        for begin in range(0, OPEN, TOLD):
            self.tell(incidents=[_incident(n, self._raised_ms(n)) for n in range(begin, begin + TOLD)])
        return self.log_in("zhou-mingyuan")

    def change(self) -> None:
        """The severity of one of them changes, first from what it began with: its row looks different."""
        number = self._random.randrange(FIRES, OPEN)
        self._revisions[number] += 1
        revision = self._revisions[number]
        more = {"changed_at_ms": self._clock.now_ms(), "severity": ("warning", "minor")[revision % 2]}
        self.tell(incident=_incident(number, self._raised_ms(number), revision=revision, **more))

    def _raised_ms(self, number: int) -> int:
        return self._began_ms - number * SPREAD_S * 1000


def _incident(number: int, at_ms: int, **more: Any) -> dict[str, Any]:
    fire = {"kind": "fire", "severity": "major"} if number < FIRES else {"kind": "sensor_fault", "severity": "minor"}
    place = {"device": f"fire-{number}", "place": f"{number // 20 + 1} 号楼 {number % 20 + 1} 层"}
    return facts.incident(number, at_ms=at_ms, grid=f"{facts.GRID[:-1]}{number % 3}", **{**fire, **place, **more})


def read_on(url: str, cookie: str, stop: threading.Event) -> None:
    """What an open page costs the centre."""
    address = urlsplit(url)
    host, port = str(address.hostname), address.port
    headers = {"Cookie": cookie, "Accept-Encoding": "gzip", "HX-Request": "true"}
    hints = http.client.HTTPConnection(host, port, timeout=30)
    hints.request("GET", "/api/live", headers=headers)
    answer = hints.getresponse()
    parts, have = http.client.HTTPConnection(host, port, timeout=30), ""
    for line in answer:
        if stop.is_set():
            break
        if line.startswith(b"event: board"):
            parts.request("GET", f"/parts/board?have={have}", headers=headers)
            part = parts.getresponse()
            part.read()
            have = part.headers.get("X-Board", "")
            time.sleep(GAP_S)
    hints.close()
    parts.close()


@contextmanager
def readers(count: int, url: str, cookie: str) -> Iterator[None]:
    """So many pages beside the browser."""
    stop = threading.Event()
    threads = [threading.Thread(target=read_on, args=(url, cookie, stop), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()


def _under_changes(centre: Crowded, page: Page, run_s: float) -> dict[str, Any]:
    page.evaluate(WATCH)
    cpu_s, changes, end_s = centre.cpu_s(), 0, time.monotonic() + run_s
    while time.monotonic() < end_s:
        centre.change()
        changes += 1
        page.wait_for_timeout(1000 / CHANGES_PER_S)
    cpu_s = centre.cpu_s() - cpu_s
    tasks, frames = page.evaluate("[window.tasks, window.frames]")
    return {
        "changes": changes,
        "drawn": page.evaluate("window.drawn"),
        "rows_drawn": page.locator("#board article").count(),
        "long_tasks": len(tasks),
        "long_tasks_ms": round(sum(tasks)),
        "longest_task_ms": round(max(tasks, default=0)),
        "frame_ms": {name: round(value, 1) for name, value in distribution(frames).items()},
        "server_cpu_ms_per_change": round(cpu_s * 1000 / changes, 1),
    }


def _open(browser: Browser, centre: Centre, cookie: str, path: str = "/") -> Page:
    context = browser.new_context(viewport=DESK, locale="zh-CN")
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": centre.url}])
    page = context.new_page()
    page.goto(centre.url + path)
    page.locator("#live[data-state=on]").wait_for()
    return page


def _paints(browser: Browser, centre: Centre, cookie: str, openings: int) -> dict[str, Any]:
    seen: dict[str, list[dict[str, float]]] = {"cold": [], "warm": []}
    load = os.getloadavg()[0]
    for _ in range(openings):
        page = _open(browser, centre, cookie)
        seen["cold"].append(page.evaluate(PAINT))
        page.goto(centre.url)
        page.locator("#live[data-state=on]").wait_for()
        seen["warm"].append(page.evaluate(PAINT))
        page.context.close()
    figures: dict[str, Any] = {"load_1min": round(load, 1)}
    figures |= {name: max(one[name] for one in seen["cold"]) for name in ("bytes", "requests")}
    for which, ones in seen.items():
        for name in ("first_byte_ms", "styled_ms", "paint_ms"):
            figures[f"{which}_{name}"] = {k: round(v) for k, v in distribution([one[name] for one in ones]).items()}
    return figures


def measure(root: Path, run_s: float, openings: int = OPENINGS, crowds: Sequence[int] = READERS) -> dict[str, Any]:
    """All figures of one version of the centre."""
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        centre = Crowded(folder, root)
        stack.callback(centre.close)
        cookie = f"gridwhistle={centre.fill()}"
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=ARGS)
        stack.callback(browser.close)
        figures["first_paint"] = _paints(browser, centre, cookie, openings)
        for count in crowds:
            page = _open(browser, centre, cookie)
            with readers(count, centre.url, cookie):
                figures[f"pages_{count + 1}"] = _under_changes(centre, page, run_s)
            page.context.close()
        page = _open(browser, centre, cookie, f"/?rows={OPEN}")
        figures["all_rows_drawn"] = _under_changes(centre, page, run_s)
    return figures


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1], help="another version")
    parser.add_argument("--seconds", type=float, default=RUN_S)
    parser.add_argument("--short", action="store_true", help="in less than a minute, printed only")
    parser.add_argument("--only-print", action="store_true")
    options = parser.parse_args()
    figures = measure(options.root, **(SHORT if options.short else {"run_s": options.seconds}))
    print(json.dumps(figures, indent=2)) if options.only_print or options.short else save(
        "board", str(__doc__), figures
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
