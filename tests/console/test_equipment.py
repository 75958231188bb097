"""Equipment in a real browser: filters, an endpoint with its curve, shelving by keyboard, both languages, a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.cloud import seed_equipment
from tests.console.conftest import Centre

pytestmark = pytest.mark.chromium
PHONE = {"width": 390, "height": 844}
HERE = "/equipment/endpoints/fire-a"


@pytest.fixture
def told(centre: Centre) -> Centre:
    """A gateway that has told all of itself."""
    now_ms = centre.clock.now_ms()
    for page in seed_equipment.pages(now_ms):
        centre.say(status=said_now(now_ms, inventory=page))
    centre.say(rows={"device": "fire-a", "first_seq": 1, "count": 60, "at_ms": now_ms - 60_000})
    return centre


def said_now(now_ms: int, **more: Any) -> dict[str, Any]:
    """A status of that gateway; the time is the centre's own."""
    return {name: value for name, value in seed_equipment.status(now_ms).items() if name != "at_ms"} | more


def tab_to(page: Page, target: str) -> None:
    """By keyboard, and in a bounded number of steps."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.locator(f"{target}:focus").count():
            return
    raise AssertionError(f"the keyboard does not reach {target}")


def test_a_list_to_walk_along_is_on_paper(told: Centre, seats: Any) -> None:
    """What is visited stands in a form; the fields to look for it do not."""
    page = seats().open("/equipment/visit")
    page.emulate_media(media="print")
    expect(page.locator("form.visit tbody th").first).to_be_visible()
    expect(page.locator("form.filter")).to_be_hidden()
    expect(page.locator("form.visit button").first).to_be_hidden()


def test_find_an_endpoint_and_look_at_it(told: Centre, seats: Any) -> None:
    """A tile filters, a word finds, the page draws the curve of its channels; also in English."""
    seat = seats()
    page = seat.open("/equipment")
    expect(page.locator(".tiles .t-offline b")).to_have_text("1")
    page.locator(".tiles .t-battery").click()
    expect(page.locator("#found")).to_contain_text("2 台")
    page.keyboard.press("/")
    expect(page.get_by_label("查找（编号、位置）")).to_be_focused()
    page.keyboard.type("room b")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text("1 台")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Room B")

    page = seat.open(f"{HERE}?lang=en&theme=day")
    expect(page.locator("#own canvas, #own svg").first).to_be_visible()
    expect(page.get_by_text("≥ 0.02 1/m (ends below 0.012 1/m)").first).to_be_visible()


def test_shelve_by_keyboard_and_see_it_confirmed(told: Centre, seats: Any) -> None:
    """Nothing but keys; ordered until the gateway says so, and then in force, with nobody loading the page again."""
    page = seats().open(HERE)
    tab_to(page, "#shelves summary")
    page.keyboard.press("Enter")
    tab_to(page, "#kind")
    for _ in range(10):
        if page.locator("#kind").input_value() == "tamper":
            break
        page.keyboard.press("ArrowDown")
    tab_to(page, "#why")
    page.keyboard.type("换外壳")
    page.keyboard.press("Enter")
    expect(page.locator('[data-state="ordered"]')).to_contain_text("现场尚未确认")
    path = page.locator('[data-state="ordered"] form').get_attribute("action") or ""
    confirmed = [{"id": path.split("/")[-2], "state": "in_force", "why": ""}]
    told.say(status=said_now(told.clock.now_ms(), shelf_orders=confirmed))
    expect(page.locator('[data-state="in_force"]')).to_contain_text("外壳被打开")


def test_on_a_phone_nothing_scrolls_sideways(told: Centre, seats: Any) -> None:
    """List, gateway and endpoint."""
    seat = seats(viewport=PHONE)
    for path in ("/equipment", "/equipment/gateways/gw-chunfeng", HERE):
        page = seat.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_a_whole_building_is_recorded_by_keyboard(told: Centre, seats: Any) -> None:
    """One visit: all passed but one, which is told so; then one record is corrected, and stays readable."""
    page = seats().open("/equipment/visit?at=chunfeng")
    tab_to(page, "#done-by")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("鑫安消防")
    tab_to(page, "#others")
    page.keyboard.press("ArrowDown")
    tab_to(page, '[aria-label^="Room B"]')
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "form.visit button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已记录 6 台。")).to_be_visible()
    page.goto(f"{told.url}/equipment/endpoints/fire-b")
    expect(page.locator("#maintenance")).to_contain_text("不合格")
    page.goto(told.url + HERE)
    expect(page.locator(".dues")).to_contain_text("未到期")
    tab_to(page, ".past summary")
    page.keyboard.press("Enter")
    tab_to(page, ".past input")
    page.keyboard.type("记错了台")
    page.keyboard.press("Enter")
    expect(page.locator(".past")).to_contain_text("已更正，不再算数：周明远，记错了台")
    expect(page.locator(".dues")).to_contain_text("没有记录")
