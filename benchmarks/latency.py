"""From the sample that breaches a rule to the operator's page, with 50 endpoints: real firmware, mosquitto, Chromium.

Real time, speed 1. 50 virtual boards sample at 1 Hz; smoke steps up in one room after the other, at random moments of
each round, and falls again. The breaching sample is the one at which the rule raises, by the endpoint's clock; the page
is the moment at which Chromium's DOM holds the incident. All clocks are this machine's.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from benchmarks.report import distribution, save
from scripts.system_parts import find_program
from simulators.physics import FireEnvironment
from simulators.stack import Room, Stack, StackSpec
from simulators.witness import FireSeen, fires

ENDPOINTS = 50
ROUNDS = 4
ROUND_S = 30.0
SMOKE_PER_M = 0.1
REST_PER_M = 0.001
CLEAR_AFTER_MS = 3000
SEED = 20261122
BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

# Remembers when each incident first stood in the page, on the wall clock in milliseconds
OBSERVE = """
window.firstSeen = {};
new MutationObserver(() => {
  for (const node of document.querySelectorAll("[id^='i-'], [id^='m-']")) {
    const id = node.id.slice(2);
    if (!(id in window.firstSeen)) window.firstSeen[id] = Date.now();
  }
}).observe(document.documentElement, { childList: true, subtree: true, attributes: true });
"""


@dataclass(slots=True)
class SteppingRoom:
    """Clean air, and smoke between two moments."""

    on_ms: int = field(default=1 << 60)
    off_ms: int = field(default=1 << 60)

    def at(self, sim_ms: int) -> FireEnvironment:
        """What the board is exposed to."""
        smoke = SMOKE_PER_M if self.on_ms <= sim_ms < self.off_ms else REST_PER_M
        return FireEnvironment(smoke_per_m=smoke, temp_c=22.0, co_ppm=1.0)


async def _rounds(stack: Stack, rooms: list[SteppingRoom], rng: random.Random) -> None:
    for _ in range(ROUNDS):
        now_ms = stack.clock.now_ms()
        for room in rooms:
            room.on_ms = now_ms + rng.randrange(1000, int(ROUND_S * 1000))
            room.off_ms = room.on_ms + 6000
        await asyncio.sleep(ROUND_S + 6 + CLEAR_AFTER_MS / 1000 + 3)


async def _measure(work_dir: Path) -> tuple[list[FireSeen], dict[str, int]]:
    rooms = [SteppingRoom() for _ in range(ENDPOINTS)]
    spec = StackSpec(
        rooms=tuple(
            Room(device=f"fire-{index:02d}", place=f"{index:02d} 室", physics=room) for index, room in enumerate(rooms)
        ),
        work_dir=work_dir,
        broker="mosquitto",
        fire_rules={"clear_after_ms": CLEAR_AFTER_MS},
    )
    async with Stack(spec) as stack, async_playwright() as playwright:
        await stack.wait_online()
        browser = await playwright.chromium.launch(executable_path=find_program("chromium"), args=BROWSER_ARGS)
        page: Page = await browser.new_page(viewport={"width": 1366, "height": 768})
        await page.goto(stack.login_url())
        await page.evaluate(OBSERVE)
        started_ms = stack.clock.now_ms()
        await _rounds(stack, rooms, random.Random(SEED))
        seen = await fires(stack, since_ms=started_ms)
        on_page: dict[str, int] = await page.evaluate("window.firstSeen")
        await browser.close()
        return seen, on_page


def _figures(seen: list[FireSeen], on_page: dict[str, int]) -> dict[str, Any]:
    page = [on_page[fire.incident_id] - fire.raised_at_ms for fire in seen if fire.incident_id in on_page]
    return {
        "endpoints": ENDPOINTS,
        "incidents": len(seen),
        "never_on_page": len(seen) - len(page),
        "expected": ENDPOINTS * ROUNDS,
        "gateway_ms": distribution([fire.gateway_delay_ms for fire in seen]),
        "centre_ms": distribution([fire.cloud_delay_ms for fire in seen]),
        "page_ms": distribution(page),
    }


def main() -> int:
    """Run once; 1 where an incident was missing or the p99 is over a second."""
    with tempfile.TemporaryDirectory(prefix="gridwhistle-") as folder:
        figures = _figures(*asyncio.run(_measure(Path(folder))))
    save("latency", (__doc__ or "").strip(), figures)
    complete = figures["incidents"] == figures["expected"] and not figures["never_on_page"]
    return 0 if complete and figures["page_ms"]["p99"] < 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
