"""Pictures of the technician's page: `python -m tests.gateway.ops.pictures FOLDER`, or a test's eyes on it."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from gateway.ops.overview import Disk, Durable, Overview
from gateway.ops.page import CSS, render
from gateway.ops.runs import Run
from gateway.pulse.latency import COMMIT, ENDPOINT, Latency
from scripts.screenshots import ARGS, CHROMIUM

NOW_MS = 1_795_000_000_000
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1366, "height": 768}


def row(number: int, state: str = "online", **channels: str) -> dict[str, object]:
    """One endpoint."""
    return {
        "device": f"fire-{number:02d}",
        "kind": ("fire", "lift", "video", "handheld")[number % 4],
        "place": f"{number // 4 + 1} 号楼 {number % 4 + 1} 层走廊",
        "grid": "110105001001001",
        "state": state,
        "last_seen_ms": None if state == "unknown" else NOW_MS - (700 if state == "online" else 8_000_000),
        "channels": {"smoke": "good", "temp": "good"} | channels,
    }


def overview(*, ill: bool) -> Overview:
    """A moment of a gateway: well, or with everything at once."""
    rows = [row(number) for number in range(8)]
    if ill:
        rows[2] = row(2, "offline")
        rows[3] = row(3, "unknown")
        rows[5] = row(5, smoke="fault:open_circuit")
    durable = Durable(
        pending=18_240 if ill else 3,
        pending_bytes=7_340_000,
        oldest_ms=NOW_MS - (5_400_000 if ill else 800),
        quarantined={"unknown_device": 12, "not_senml": 1} if ill else {},
        counters={"outbox.dropped.backfill": 310} if ill else {},
        runs=(Run(boot=14, version="0.1.0", started_ms=NOW_MS - 90_000_000, alive_ms=NOW_MS),),
        endpoints=tuple(rows),
    )
    return Overview(
        at_ms=NOW_MS, site="chunfeng", gateway="gw-chunfeng", software="gridwhistle 0.1.0", boot=14,
        started_ms=NOW_MS - 90_000_000, answered=True, durable=durable, commit="good", commit_error="", complaints=(),
        site_link=True, cloud_link=not ill, failures={}, databases_torn=0, database_bytes=42_000_000, version="0.1.0",
        disk=Disk(free=600_000_000 if ill else 5_400_000_000, total=7_200_000_000),
    )  # fmt: skip


def latency() -> Latency:
    """Some figures."""
    found = Latency()
    for number in range(200):
        found.observe(ENDPOINT, 0.02 + number / 2000)
        found.observe(COMMIT, 0.004 + number / 10_000)
    return found


def show(page: Page, seen: Overview, lang: str) -> None:
    """Put the page into a browser tab."""
    html = render(seen, latency(), lang)
    page.set_content(html.replace('<link rel="stylesheet" href="status.css">', f"<style>{CSS}</style>"))


def main(folder: Path) -> None:
    """All variants."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for name, size in (("phone", PHONE), ("desk", DESK)):
            for theme in ("dark", "light"):
                page = browser.new_page(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
                for lang, ill in (("zh", True), ("en", True), ("zh", False)):
                    show(page, overview(ill=ill), lang)
                    page.screenshot(
                        path=folder / f"{name}-{theme}-{lang}-{'ill' if ill else 'well'}.png", full_page=True
                    )
                page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
