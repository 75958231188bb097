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


PAST = ("--past", "3000", "--person", "supervisor")  # so many incidents of the weeks before
LAST_MONTH = 2  # its place among the periods of the review


@contextmanager
def seeded(*said: str) -> Iterator[str]:
    """A centre with sample incidents; a link that logs in there."""
    command = [sys.executable, "-m", "tests.cloud.seed", *said]
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
    home = entered(page, url, lang, theme)
    incident = page.locator(".row h3 a").first.get_attribute("href") or "/"
    pages = {room.name: room.path for room in ROOMS} | {"incident": incident, "endpoint": "/equipment/endpoints/fire-a"}
    for what, path in pages.items():
        page.goto(home + path)
        shoot(page, folder / f"{what}-{lang}-{theme}-{size}.png", whole=what == "incident")
    page.close()


def look_back(browser: Browser, url: str, folder: Path, lang: str, theme: str, size: str) -> None:
    """The pages of the review, of the last month; a centre without a past has nothing to show there."""
    page = browser.new_page(viewport=DESK if size == "desk" else PHONE, locale="zh-CN")
    home = entered(page, url, lang, theme)
    page.goto(home + "/review")
    page.locator(".spans a").nth(LAST_MONTH).click()
    tabs = page.locator(".review-top .tabs a")
    for at in range(tabs.count()):
        tabs.nth(at).click()
        what = page.url.partition("?")[0].removeprefix(home + "/").replace("/", "-")
        shoot(page, folder / f"{what}-month-{lang}-{theme}-{size}.png", whole=True)
    page.close()


def entered(page: Page, url: str, lang: str, theme: str) -> str:
    """Logged in, in this language and theme; the address of the board without its last stroke."""
    page.goto(url)
    home = page.url.partition("?")[0]
    page.goto(f"{home}?lang={lang}&theme={theme}")
    return home.rstrip("/")


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
                with seeded(*PAST) as url:
                    look_back(browser, url, options.folder, *variant)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
