"""The pages in a real browser, over a real centre: what they show, and that they stay live."""

from __future__ import annotations

import gzip
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scripts.screenshots import PHONE
from tests.console.conftest import LONG_GRID, Centre

pytestmark = pytest.mark.chromium
FIRST_PAINT_BYTES = 300_000  # compressed, without the plot library
AXE = "node_modules/axe-core/axe.min.js"


def sound(page: Page, state: str) -> None:
    expect(page.locator("#sound")).to_have_attribute("data-state", state)


@pytest.mark.parametrize(
    ("lang", "fire", "quiet"), [("zh", "疑似火警", "没有未结的火警"), ("en", "Suspected fire", "No open fire")]
)
def test_board_in_both_languages(centre: Centre, seats: Any, lang: str, fire: str, quiet: str) -> None:
    page = seats().open(f"/?lang={lang}")
    expect(page.locator("#headline")).to_contain_text(quiet)
    expect(page.locator("#headline")).to_have_class("headline h-quiet")
    expect(page.locator("#side")).to_contain_text("gw-chunfeng")
    centre.fire()
    expect(page.locator(".fires article")).to_contain_text(fire)
    page.goto(centre.url)  # the cookie keeps the language
    expect(page.locator("#headline")).to_have_class("headline h-alarm")
    expect(page.locator(".fires article")).to_contain_text(fire)


def test_a_fire_arrives_without_reload_and_sounds_until_accepted(centre: Centre, seats: Any) -> None:
    page = seats().open()
    page.evaluate("window.marker = 1")
    page.locator("#sound-test").click()
    sound(page, "on")
    assert page.title() == "吹哨 · 指挥中心"
    centre.fire()
    expect(page.locator(".fires article")).to_have_count(1)
    sound(page, "ringing")
    assert page.title() == "(1) 🔥1 吹哨 · 指挥中心"
    expect(page.locator("#announce")).to_contain_text("火警 1 处")
    page.locator("#sound-silence").click()
    sound(page, "silenced")
    centre.fire(2, device="fire-d", place="便民超市", grid=LONG_GRID)  # a new fire sounds again
    sound(page, "ringing")
    for _ in range(2):
        page.locator(".fires .big.first").first.click()
        expect(page.locator(".notice.ok")).to_be_visible()
        expect(page.locator("body")).not_to_have_class(re.compile("settling"))
    sound(page, "on")
    expect(page.locator("#headline")).to_have_class("headline h-taken")
    assert page.evaluate("window.marker") == 1


def test_a_browser_that_forbids_sound_asks_for_one_click(centre: Centre, seats: Any) -> None:
    page = seats().open()
    if page.locator("#sound").get_attribute("data-state") == "locked":
        expect(page.locator("#sound-ask")).to_be_visible()
        page.locator("#sound-enable").click()
    sound(page, "on")
    expect(page.locator("#sound-ask")).to_be_hidden()


def test_every_page_hears_of_every_fire(centre: Centre, seats: Any) -> None:
    incident = centre.fire()
    page = seats().open(f"/incidents/{incident}")
    page.locator("#sound-test").click()
    sound(page, "ringing")
    page.locator("#act-first").click()
    sound(page, "on")
    for number in (2, 3):
        centre.fire(number, device=f"fire-{number}", place=f"{number} 号楼", grid=LONG_GRID, kind="fire")
        expect(page.locator("#headline")).to_contain_text(f"火警 {number} 处")
        sound(page, "ringing")
    first = page.locator("#clock").inner_text()
    page.wait_for_timeout(2500)
    assert page.locator("#clock").inner_text() > first


def test_rooms_of_one_fire_stand_together(centre: Centre, seats: Any) -> None:
    page = seats().open()
    centre.fire(1)
    centre.fire(2, device="fire-b", place="Room B", severity="critical")
    card = page.locator(".fires article")
    expect(card.locator(".members li")).to_have_count(2)
    expect(card).to_have_count(1)
    expect(card).to_contain_text("确认火警")
    expect(page.locator("#headline")).to_contain_text("火警 2 处")


def test_typing_focus_and_open_parts_survive_live_updates(centre: Centre, seats: Any) -> None:
    incident = centre.fire()
    page = seats().open(f"/incidents/{incident}")
    page.locator("#act-first").click()
    expect(page.locator("#move-dispatch")).to_be_visible()
    page.locator("#reason-dispatch").fill("带上灭火器")
    page.locator("#more summary").click()
    page.locator("#reason-dispatch").focus()
    centre.fire(revision=2, severity="critical")
    expect(page.locator("h1")).to_contain_text("确认火警")
    expect(page.locator("#reason-dispatch")).to_have_value("带上灭火器")
    expect(page.locator("#reason-dispatch")).to_be_focused()
    expect(page.locator("#move-feed_back")).to_be_visible()


def test_plot_and_its_table(centre: Centre, seats: Any) -> None:
    now_ms = centre.clock.now_ms()
    centre.say(rows={"device": "fire-a", "first_seq": 1, "count": 120, "at_ms": now_ms - 120_000})
    page = seats().open(f"/incidents/{centre.fire()}")
    expect(page.locator("#plot canvas")).to_be_visible()
    label = page.locator("#plot").get_attribute("aria-label") or ""
    assert re.search("烟雾 的折线图：.*报警限 0.02，恢复限 0.012", label)
    page.locator("#readings summary").click()
    expect(page.locator("#readings-table tbody tr").first).to_be_visible()
    expect(page.locator("#readings-table thead")).to_contain_text("温度")


def test_no_horizontal_scroll_on_a_phone(centre: Centre, seats: Any) -> None:
    incident = centre.fire(1)
    centre.fire(2, device="fire-b", place="Room B 二层东侧走廊尽头的配电间旁边", severity="critical")
    for lang in ("zh", "en"):
        page = seats(viewport=PHONE).open(f"/?lang={lang}")
        for path in ("/", f"/incidents/{incident}", "/account"):
            page.goto(centre.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], (lang, path)


def test_life_safety_stays_in_view_whatever_is_scrolled(centre: Centre, seats: Any) -> None:
    centre.fire()
    for number in range(10, 40):
        centre.fire(number, kind="sensor_fault", severity="minor", device=f"fire-{number}", place=f"Room {number}")
    page = seats().open()
    page.locator("#others article").last.scroll_into_view_if_needed()
    expect(page.locator(".fires article")).to_be_in_viewport()
    phone = seats(viewport=PHONE).open()
    phone.locator("#others article").last.scroll_into_view_if_needed()
    expect(phone.locator("#headline")).to_be_in_viewport()


@pytest.mark.slow
def test_a_lost_connection_shows_and_heals(centre: Centre, seats: Any) -> None:
    page = seats().open()
    expect(page.locator("#lost")).to_be_hidden()
    centre.stop()
    expect(page.locator("#live")).to_have_attribute("data-state", "off")
    expect(page.locator("#lost")).to_contain_text(re.compile(r"连接中断 — 画面停在 \d\d:\d\d:\d\d.*\d\d:\d\d前", re.S))
    centre.start()
    expect(page.locator("#live")).to_have_attribute("data-state", "on", timeout=15_000)
    expect(page.locator("#lost")).to_be_hidden()
    centre.fire()
    expect(page.locator(".fires article")).to_have_count(1)


def test_first_paint_is_small(centre: Centre) -> None:
    total = 0
    cookie = centre.log_in("zhou-mingyuan")
    page = fetch(centre.url + "/", f"{cookie['name']}={cookie['value']}")
    total += len(page)
    html = gzip.decompress(page).decode()
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    assert len(assets) >= 8
    total += sum(len(fetch(centre.url + path)) for path in assets)
    print(f"first paint of the board: {total} bytes compressed")
    assert total < FIRST_PAINT_BYTES


def fetch(url: str, cookie: str = "") -> bytes:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip", "Cookie": cookie})  # noqa: S310 - our own loopback server
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        body: bytes = answer.read()
        return body
