"""Every page of the console, in both languages and colours: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cloud.console.rooms import ROOMS
from scripts.screenshots import DESK
from tests.console.conftest import Centre, Seat

pytestmark = pytest.mark.chromium
AXE = "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 390, "height": 844}
DETAILS = (
    "/incidents/{fire}", "/incidents/{closed}", "/incidents/none", "/equipment/endpoints/fire-a",
    "/equipment/gateways/gw-chunfeng", "/equipment/visit", "/incidents/{fire}/photos",
    "/review/incidents", "/review/alarms", "/review/alarms/list",
    "/review/people", "/review/departments", "/review/people/lin-zhixia",
    "/system/tokens", "/system/notices", "/system/log", "/account/notices",
)  # fmt: skip
PATHS = tuple(room.path for room in ROOMS) + DETAILS
RULES = f"{{runOnly: {TAGS}}}"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, dict[str, str]]]:
    """A centre with a day's worth of everything, and what was made there."""
    centre = Centre(tmp_path_factory.mktemp("every") / "centre", easy=True)
    centre.start()
    centre.log_in("zhou-mingyuan", "administrator", "supervisor")
    yield centre, centre.seed()
    centre.stop()


@pytest.fixture
def seat(chromium: Browser, seeded: tuple[Centre, dict[str, str]], repository: Any) -> Iterator[Seat]:
    """Somebody who may see everything."""
    taken = Seat(chromium, seeded[0], "zhou-mingyuan")
    taken.context.add_init_script(path=repository / AXE)
    yield taken
    taken.context.close()
    assert [fault for fault in taken.faults if not fault.startswith("Failed to load resource")] == []


def ready(page: Page, url: str) -> None:
    """There, live, and what is fetched afterwards has arrived."""
    page.goto(url)
    page.locator("#live[data-state=on]").wait_for()
    expect(page.locator(".htmx-request")).to_have_count(0)


def is_fault(rule: str, html: str) -> bool:
    """Marks of a map may stand close together: the list beside it leads to the same (WCAG 2.5.8, equivalent)."""
    return not (rule == "target-size" and "leaflet-" in html)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("lang", "theme", "size"), [("zh", "night", DESK), ("en", "day", PHONE)], ids=["desk", "phone"]
)
def test_axe_finds_nothing(
    seeded: tuple[Centre, dict[str, str]], seat: Seat, path: str, lang: str, theme: str, size: Any
) -> None:
    """At a desk in Chinese by night, and in English by day on a phone, where nothing may scroll sideways either."""
    seat.page.set_viewport_size(size)
    where = seeded[0].url + path.format(**seeded[1])
    ready(seat.page, f"{where}{'&' if '?' in path else '?'}lang={lang}&theme={theme}")
    assert seat.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    told = seat.page.evaluate(f"axe.run(document, {RULES})")
    found = [(v["id"], node["html"][:160]) for v in told["violations"] for node in v["nodes"]]
    assert [one for one in found if is_fault(*one)] == []
