"""Photos on the page of an incident in a real browser: added by keyboard on a phone, refused in words, seen large."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.cloud import facts
from tests.console.conftest import Centre
from tests.console.test_every_page import AXE, PHONE, RULES, is_fault
from tests.photos import photo

pytestmark = pytest.mark.chromium
RED = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(640, 480), sideways=True)}
BLUE = {"name": "b.png", "mimeType": "image/png", "buffer": photo("PNG", size=(400, 300), seed=2)}
BROKEN = {"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": photo()[:300]}


def go(page: Page, target: str, most: int = 80) -> None:
    """By Tab alone, to the element with that id."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == target:
            return
    raise AssertionError(f"#{target} is not reached by Tab")


def choose(page: Page, *files: dict[str, Any]) -> None:
    """The space bar on the field opens the chooser of the browser."""
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(list(files))  # type: ignore[arg-type]


def axe(page: Page, repository: Path) -> list[str]:
    """What it finds now."""
    page.evaluate((repository / AXE).read_text())
    told = page.evaluate(f"axe.run(document, {RULES})")
    found = [(v["id"], node["html"][:160]) for v in told["violations"] for node in v["nodes"]]
    return [" ".join(one) for one in found if is_fault(*one)]


def test_added_by_keyboard_on_a_phone(centre: Centre, seats: Any, repository: Path) -> None:
    """Two at once, one of them spoilt; seen large, the next by arrow; taken back with a reason. Axe finds nothing."""
    incident = centre.fire()
    page = seats("zhou-mingyuan", PHONE).open(f"/incidents/{incident}")
    page.on("filechooser", lambda _chooser: None)  # from now on, or the first one opens before anybody listens
    expect(page.locator("#pictures")).to_contain_text("还没有照片")
    page.locator("#photo-add > summary").focus()
    page.keyboard.press("Enter")
    go(page, "photo-file")
    choose(page, RED, BLUE, BROKEN)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said = page.locator("#photo-form .said")
    expect(said.locator(".good")).to_have_count(2)
    expect(said.locator(".bad")).to_contain_text(re.compile("broken.jpg.*不是完整的照片.*另存为 JPEG"))
    shots = page.locator("#pictures a.shot")
    expect(shots).to_have_count(2)
    expect(page.locator("#photo-file")).to_have_js_property("files.length", 3)
    expect(page.locator("#log-title")).to_be_visible()
    expect(page.locator(".log")).to_contain_text("添加照片")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe(page, repository) == []

    shots.first.focus()
    page.keyboard.press("Enter")
    image = page.locator("#viewer-image")
    expect(image).to_have_js_property("naturalHeight", 640)
    expect(page.locator("#viewer-count")).to_have_text("1 / 2")
    assert axe(page, repository) == []
    page.keyboard.press("ArrowRight")
    expect(image).to_have_js_property("naturalWidth", 400)
    expect(page.locator("#viewer-text")).to_contain_text(re.compile("周明远 添加的照片：Room A，"))
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    expect(shots.nth(1)).to_be_focused()

    page.locator(".drop summary").first.click()
    page.locator(".drop input").first.fill("拍到路人")
    page.keyboard.press("Enter")
    expect(page.locator("#pictures a.shot")).to_have_count(1)
    expect(page.locator("#photos-gone > summary")).to_have_text("已撤下 1 张")


def test_a_broken_connection_and_a_large_file_are_said(centre: Centre, seats: Any) -> None:
    """Nothing is half kept; the file is still chosen, and the next press sends it."""
    incident = centre.fire()
    page = seats().open(f"/incidents/{incident}")
    path = f"**/incidents/{incident}/photos"
    page.route(path, lambda route: route.abort("connectionreset"))
    page.locator("#photo-add > summary").click()
    page.locator("#photo-file").set_input_files([RED])
    button = page.locator("#photo-form button")
    button.click()
    said = page.locator("#photo-form .said")
    expect(said).to_contain_text("连接中断：这张没有保存，也没有留下半张")
    expect(page.locator("#pictures a.shot")).to_have_count(0)
    page.unroute(path)
    button.click()
    expect(said.locator(".good")).to_have_text("现场.jpg：已添加 1 张照片。")
    expect(page.locator("#pictures a.shot")).to_have_count(1)
    page.evaluate("document.getElementById('photo-form').dataset.max = '100'")
    page.locator("#photo-file").set_input_files([BLUE])
    button.click()
    expect(said).to_contain_text("b.png：文件过大，没有上传")
    listed = page.request.get(f"{centre.url}/api/incidents/{incident}/pictures").json()
    assert len(listed) == 1


def test_registered_with_photos(seats: Any) -> None:
    """A fire does not wait for its photos: it is there before the first one goes. Pressed again it stays one."""
    page = seats().open("/report")
    page.locator("#matter").select_option("escape_blocked")
    page.locator("#area").select_option(index=1)
    page.locator("#place").fill("3号楼")
    page.locator("#photo-file").set_input_files([RED, BLUE])
    form = page.locator("#report-form")
    send = form.locator("button.first")
    page.route("**/report", lambda route: route.abort("connectionreset"))
    send.click()
    expect(form.locator(".said")).to_contain_text("没有收到已登记的答复")
    page.unroute("**/report")

    page.route("**/photos", lambda route: route.abort("connectionreset"))
    send.click()
    expect(form.locator(".said")).to_contain_text("事件已登记，但有照片没有保存")
    target = form.locator(".said a").get_attribute("href")
    assert target is not None
    page.unroute("**/photos")
    send.click()
    page.wait_for_url(re.compile(f"{target}$"))
    expect(page.locator("#pictures a.shot")).to_have_count(2)


def test_the_photo_of_a_find_is_added_beside_it(centre: Centre, seats: Any) -> None:
    """The handheld told a number only: the link beside the report chooses it, the photo then stands there."""
    now_ms = centre.clock.now_ms()
    told = {"kind": "escape", "place": "p2", "place_text": "3号楼", "urgency": "urgent", "photo": 7}
    centre.say(
        found={
            "site": facts.SITE, "id": "hand-07-3-1", "device": "hand-07", "person": "lin-zhixia", "what": "found",
            "task": None, "incident_id": None, "counts": False, "at_ms": now_ms, "received_ms": now_ms, "details": told,
        }
    )  # fmt: skip
    page = seats().open()
    page.locator(".row h3 a").first.click()
    expect(page.locator(".missing")).to_contain_text("照片 7 由 林知夏 拍摄，还没有传到中心")
    page.locator("#live[data-state=on]").wait_for()  # before its scripts run the link only leads to the form
    page.locator(".missing a").click()
    expect(page.locator("#photo-file")).to_be_focused()
    expect(page.locator("#photo-report option:checked")).to_contain_text("照片 7 · 林知夏")
    page.locator("#photo-file").set_input_files([RED])
    page.locator("#photo-form button").click()
    expect(page.locator(".found img")).to_have_attribute("alt", re.compile("周明远 添加的照片 7：3号楼，"))
    expect(page.locator(".missing")).to_have_count(0)
    page.locator(".found a.shot").click()
    expect(page.locator("#viewer-image")).to_have_js_property("naturalHeight", 640)
