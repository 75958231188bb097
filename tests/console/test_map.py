"""The map in a real browser, over the sample district: live, by keyboard, on a phone, with nobody else told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scripts.screenshots import DESK, PHONE
from tests.cloud import facts
from tests.console.conftest import Centre

pytestmark = pytest.mark.chromium
AXE = "node_modules/axe-core/axe.min.js"
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
HIDDEN_NAMES = """() => {
  const box = (one) => one.getBoundingClientRect();
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const marks = [...document.querySelectorAll("#map .m-incident .shape")].map(box);
  const names = [...document.querySelectorAll("#map .area-name .in > *")];
  return names.filter((one) => marks.some((mark) => meet(mark, box(one)))).map((one) => one.textContent);
}"""
OUTSIDE = """() => {
  const all = document.getElementById("map").getBoundingClientRect();
  const areas = [...document.querySelectorAll("#map .m-area")].map((one) => one.getBoundingClientRect());
  const out = (one) => one.left < all.left || one.right > all.right || one.top < all.top || one.bottom > all.bottom;
  return areas.filter(out).map((one) => [one.left, one.top]);
}"""
FRAME = "await new Promise(requestAnimationFrame)"
PERSON = "shen-ruolan"  # of the whole street


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A running centre with the sample district, one for all tests here; a fire burns in 银杏."""
    process = Centre(tmp_path_factory.mktemp("centre"))
    process.start()
    process.say(sample=True)
    burn(process, 1, "yinxing-2", "110105001007002", "fire-0097")
    yield process
    process.stop()


def burn(centre: Centre, number: int, area: str, code: str, device: str) -> str:
    """A fire in a building of the sample."""
    return centre.fire(number, device=device, site=area.partition("-")[0], grid=code, place=f"{area} 三层楼道")


def open_map(seat: Any, query: str = "") -> Page:
    page: Page = seat.open(f"/map{query}")
    expect(page.locator("#map .m-area").first).to_be_visible()
    return page


@pytest.mark.parametrize(
    ("number", "lang", "community", "said"),
    [
        (2, "zh", "heping", "和平社区 1 件未结，危及生命 1 件"),
        (3, "en", "mingyue", "明月社区 1 open, life safety: 1"),
    ],
)
def test_a_fire_comes_to_the_map_and_nothing_else_moves(
    centre: Centre, seats: Any, number: int, lang: str, community: str, said: str
) -> None:
    """The area, its own mark and the list; view, choice and focus stay. Every request goes to the centre."""
    seat = seats(PERSON)
    asked: list[str] = []
    seat.page.on("request", lambda request: asked.append(request.url))
    page = open_map(seat, f"?lang={lang}")
    expect(page.locator("#map")).to_have_attribute("data-level", "community")
    page.locator("#map .gw-mark", has_text="春风社区").click()
    expect(page.locator("#map-panel h2")).to_have_text("春风社区")
    page.locator("#map .gw-mark", has_text="银杏社区").focus()
    before = page.locator("#map .leaflet-map-pane").get_attribute("style")
    code = {"heping": "110105001002003", "mingyue": "110105001003003"}[community]
    burn(centre, number, f"{community}-3", code, {"heping": "fire-0021", "mingyue": "fire-0037"}[community])

    expect(page.get_by_role("button", name=said)).to_be_visible()
    expect(page.locator(f"#map .m-incident.life[aria-label*={community}-3]")).to_be_visible()
    expect(page.locator("#map-list")).to_contain_text(f"{community}-3 三层楼道")
    expect(page.locator("#map .gw-mark", has_text="银杏社区")).to_be_focused()
    expect(page.locator("#map-panel h2")).to_have_text("春风社区")
    assert page.locator("#map .leaflet-map-pane").get_attribute("style") == before
    assert {url.split("/")[2] for url in asked} == {centre.url.split("/")[2]}


def test_zoom_layers_and_search(centre: Centre, seats: Any) -> None:
    """Communities from afar, grids and devices from near; a layer that is off is gone; a hit is shown and opened."""
    page = open_map(seats(PERSON))
    page.locator("#map-q").fill("和平第三")
    expect(page.locator("#map-found a", has_text="和平第三网格").first).to_be_visible()
    expect(page.locator("#map-q")).to_have_value("和平第三")
    page.locator("#map-found a", has_text="和平第三网格").first.click()
    expect(page.locator("#map-panel h2")).to_have_text("和平第三网格")
    expect(page.locator("#map")).to_have_attribute("data-level", "grid")
    devices = page.locator("#map .m-device")
    expect(devices.first).to_be_visible()
    layer = page.locator("#map-layers input[value=endpoints]")
    layer.uncheck()
    expect(devices).to_have_count(0)
    page.reload()
    expect(layer).not_to_be_checked()
    page.locator(".map-home").click()
    expect(page.locator("#map")).to_have_attribute("data-level", "community")


def test_devices_are_one_picture_and_are_walked_through_by_arrow_keys(centre: Centre, seats: Any) -> None:
    """One mark has the focus and says which of how many it is; a click on another one opens that."""
    page = open_map(seats(PERSON), "?show=area:heping-3")
    walker = page.locator("#map .m-device")
    page.locator("#map-panel [data-fit]").click()
    expect(walker).to_have_count(1)
    walker.focus()
    first = walker.get_attribute("aria-label") or ""
    assert "画面上第 1 处" in first
    page.keyboard.press("ArrowRight")
    expect(walker).to_have_attribute("aria-label", re.compile("画面上第 2 处"))
    expect(walker).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#map-panel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(walker).to_be_focused()
    place = walker.bounding_box()
    page.keyboard.press("ArrowLeft")
    expect(walker).to_have_attribute("aria-label", first)
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(page.locator("#map-panel h2")).to_contain_text(re.compile("此处|-|终端"))


def walk(centre: Centre) -> str:
    """A patrol of an hour, ten minutes between two points, that ended half an hour ago. The day when it began."""
    now_ms = centre.clock.now_ms()
    points = [[now_ms - (90 - 10 * n) * 60_000, 39_908_000 + 400 * n, 116_490_000 + 500 * n] for n in range(7)]
    for number, (what, details) in enumerate((("patrol_started", {}), ("track", {"points": points}))):
        who = {"site": facts.SITE, "id": f"hand-07-3-{number}", "device": "hand-07", "person": "lin-zhixia"}
        more = {"task": None, "incident_id": None, "counts": False, "at_ms": points[0][0], "received_ms": now_ms}
        centre.say(found={**who, **more, "what": what, "details": details})
    return datetime.fromtimestamp(points[0][0] / 1000, timezone(timedelta(hours=8))).strftime("%Y-%m-%d")


def test_where_who_was_is_shown_by_time(centre: Centre, seats: Any) -> None:
    """By arrow keys and by itself, in words; on the map and on the page of the patrol."""
    day = walk(centre)
    page = open_map(seats(PERSON))
    page.locator("#map-tracks summary").click()
    page.locator("#map-day").fill(day)
    page.locator("#map-patrols [data-track]").check()
    slider, mark = page.get_by_role("slider"), page.locator("#map .m-then")
    expect(mark).to_have_count(1)
    begins = slider.get_attribute("aria-valuetext") or ""
    assert re.match(r"\d\d:\d\d:\d\d；林知夏：\d\d:\d\d:\d\d 的定位", begins)
    place = mark.bounding_box()
    slider.focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("PageUp")
    expect(slider).not_to_have_attribute("aria-valuetext", begins)
    assert mark.bounding_box() != place
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("的定位|最后定位"))
    page.locator("#map-patrols [data-track]").uncheck()
    expect(slider).to_be_hidden()
    page.locator("#map-patrols a").click()
    expect(slider).to_be_visible()
    play = page.get_by_role("button", name="播放")
    play.click()
    expect(page.locator(".track-said b")).not_to_have_text(begins[:8])
    page.get_by_role("button", name="暂停").click()
    expect(play).to_be_visible()


def test_a_map_that_is_not_refreshed_says_so_and_no_tick_hides_a_fire(centre: Centre, seats: Any) -> None:
    """Refused, then heard again; the layer that is off holds for this tab, and not for what concerns lives."""
    page = open_map(seats(PERSON))
    fire, stale = page.locator("#map .m-incident.life[aria-label*=yinxing]"), page.locator("#map-stale")
    layer = page.locator("#map-layers input[value=incidents]")
    layer.uncheck()
    expect(fire).to_be_visible()
    page.route("**/api/map/incidents*", lambda route: route.fulfill(status=503))
    layer.check()
    expect(stale).to_be_visible()
    expect(stale.locator("b")).to_contain_text(re.compile(r"\d"))
    page.unroute("**/api/map/incidents*")
    expect(stale).to_be_hidden()
    layer.uncheck()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#map-layers input[value=incidents]")).to_be_checked()
    other.close()


def test_by_keyboard_alone(centre: Centre, seats: Any) -> None:
    """Into the map, from mark to mark, open, go to the incident's page; Escape gives the focus back."""
    page = open_map(seats(PERSON))
    mark = page.locator("#map .m-incident[aria-label*=yinxing]")
    expect(mark).to_be_visible()
    page.locator("#map").focus()
    page.keyboard.press("+")
    expect(page.locator("#map .leaflet-control-zoom-in")).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if mark.evaluate("mark => mark === document.activeElement"):
            break
    expect(mark).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#map-panel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()
    page.keyboard.press(" ")
    expect(page.locator("#map-panel")).to_be_focused()
    link = page.locator("#map-panel a.big")
    for _ in range(4):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/*")


def test_on_a_phone_the_panel_is_a_sheet(centre: Centre, seats: Any) -> None:
    """Nothing is cut off, targets are large enough, the map stays in sight."""
    page = open_map(seats(PERSON, PHONE))
    page.locator("#map .m-incident[aria-label*=yinxing]").click()
    panel = page.locator("#map-panel")
    expect(panel).to_be_visible()
    place = panel.bounding_box()
    assert place is not None
    assert place["width"] == PHONE["width"]
    assert place["y"] > 844 * 0.4
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = page.evaluate(
        "[...document.querySelectorAll('#map .gw-mark .in, #map-panel a, #map-panel button, #map .leaflet-bar a')]"
        ".filter(one => one.offsetHeight && (one.offsetHeight < 24 || one.offsetWidth < 24)).map(one => one.outerHTML)"
    )
    assert small == []


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_the_whole_district_is_there_at_once_and_after_turning(centre: Centre, seats: Any, size: Any) -> None:
    """Without asking for a boundary; numbers and names are not hidden by marks; who looks elsewhere stays there."""
    seat = seats(PERSON, dict(size))
    asked: list[str] = []
    seat.page.on("request", lambda request: asked.append(request.url))
    page = open_map(seat)
    fire = page.locator("#map .m-incident.life[aria-label*=yinxing]")
    expect(fire).to_be_in_viewport(ratio=1)
    expect(page.locator("#map")).to_have_attribute("data-level", "community")
    assert page.evaluate(HIDDEN_NAMES) == []
    assert not [url for url in asked if "/api/map/areas" in url]
    assert page.evaluate(OUTSIDE) == []

    page.set_viewport_size({"width": size["height"], "height": size["width"]})
    page.evaluate(f"async () => {{ const out = {OUTSIDE}; while (out().length) {FRAME}; }}")
    page.locator(".leaflet-control-zoom-in").click()
    page.evaluate(f"async () => {{ const out = {OUTSIDE}; while (!out().length) {FRAME}; }}")
    page.set_viewport_size(dict(size))
    page.evaluate(f"async () => {{ while (innerWidth !== {size['width']}) {FRAME}; {FRAME}; }}")
    assert page.evaluate(OUTSIDE) != []


def test_all_that_is_in_one_place_is_listed_in_the_order_of_the_map(centre: Centre, seats: Any) -> None:
    """Three matters of one stair are one mark with a number; it opens all three, the gravest first."""
    ids = [burn(centre, number, "chunfeng-1", "110105001001001", "fire-0001") for number in (31, 32, 33)]
    page = open_map(seats(PERSON), f"?show=incident:{ids[0]}")
    mark = page.locator("#map .m-incident[aria-label^='3 个事件']")
    mark.click()
    expect(page.locator("#map-panel h2")).to_have_text("此处未结 3 件")
    rows = page.locator("#map-panel .map-rows a")
    expect(rows).to_have_count(3)
    links = [row.get_attribute("href") for row in rows.all()]
    listed = [row.get_attribute("href") for row in page.locator("#map-list a[id^=l-]").all()]
    wanted = [href.rpartition(":")[2] for href in listed if href and any(one in href for one in ids)]
    assert [link and link.rpartition("/")[2] for link in links] == wanted


def test_a_small_map_on_the_page_of_an_area(centre: Centre, seats: Any) -> None:
    """Its parts as on the large one; each leads to its page."""
    page = seats(PERSON).open("/areas?at=yinxing")
    expect(page.locator(".map-small.drawn path.life")).to_have_count(1)
    page.get_by_role("button", name=re.compile("银杏第五网格")).click()
    page.wait_for_url("**/areas?at=yinxing-5")


@pytest.mark.parametrize("theme", ["day"])
def test_axe_finds_nothing(centre: Centre, seats: Any, repository: Path, theme: str) -> None:
    """With a fire, devices, a panel and a search on it."""
    seat = seats(PERSON)
    seat.context.add_init_script(path=repository / AXE)
    for query in ("?show=area:heping", "?show=device:fire-0097"):
        page = open_map(seat, f"{query}&theme={theme}")
        page.locator("#map-q").fill("和平")
        expect(page.locator("#map-found a").first).to_be_visible()
        page.locator(".map-legend summary").click()
        found = page.evaluate(RULES)
        assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == [], query
