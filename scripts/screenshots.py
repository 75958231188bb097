"""Pictures of the console: `python scripts/screenshots.py FOLDER [--url URL] [--all]`.

Without --url a centre with sample incidents is started for it. Needs Chromium and a CJK font (Debian: chromium,
fonts-noto-cjk).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from cloud.console.rooms import ROOMS

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
USUAL = (("zh", "night", "desk"), ("en", "day", "desk"), ("zh", "night", "phone"))
REST = (("en", "night", "desk"), ("zh", "day", "desk"), ("en", "day", "phone"))


@contextmanager
def seeded() -> Iterator[str]:
    """A centre with sample incidents; a link that logs in there."""
    command = [sys.executable, "-m", "tests.cloud.seed"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as centre:
        try:
            yield next(line for line in centre.stdout or () if line.startswith("http")).strip()
        finally:
            centre.terminate()


def shoot(page: Page, path: Path, *, whole: bool = False) -> None:
    """One picture, once the page has settled."""
    page.wait_for_timeout(1200)  # curves and maps draw themselves
    page.screenshot(path=path, full_page=whole)


def tour(browser: Browser, url: str, folder: Path, lang: str, theme: str, size: str) -> None:
    """Every room and the most urgent incident in one language, one theme, one size."""
    page = browser.new_page(viewport=DESK if size == "desk" else PHONE, locale="zh-CN")
    page.goto(url)
    home = page.url.partition("?")[0]
    page.goto(f"{home}?lang={lang}&theme={theme}")
    name = f"{lang}-{theme}-{size}.png"
    incident = page.locator(".row h3 a").first.get_attribute("href") or "/"
    pages = {room.name: room.path for room in ROOMS} | {"incident": incident, "endpoint": "/equipment/endpoints/fire-a"}
    for what, path in pages.items():
        page.goto(home.rstrip("/") + path)
        shoot(page, folder / f"{what}-{name}", whole=what == "incident")
    page.close()


def main() -> int:
    """Take the pictures; 0."""
    parser = argparse.ArgumentParser(description="Pictures of the console.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", help="a link that logs in, once: gridwhistle cloud account link PERSON")
    parser.add_argument("--all", action="store_true", help="more languages, themes and sizes")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for variant in USUAL + (REST if options.all else ()):
            if options.url:
                tour(browser, options.url, options.folder, *variant)
            else:
                with seeded() as url:
                    tour(browser, url, options.folder, *variant)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
