"""The page of one incident in a browser: two operators at once, what was typed, keyboard, phone, connection."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scripts.screenshots import PHONE
from tests.console.conftest import Centre
from tests.console.test_moves import CALM_MS, calm, press, stage, tab_to

pytestmark = pytest.mark.chromium
ONE, TWO = "zhou-mingyuan", "qin-yue"


def to_dispatched(page: Page) -> None:
    """Accept and send somebody, each once the page takes a press again."""
    calm(page)
    page.locator("#act-first").click()
    page.locator("#person-dispatch").select_option(index=1)
    calm(page)
    page.locator("#act-first").click()
    stage(page, "已派遣")
    calm(page)


def test_two_operators_see_each_other_and_nothing_is_lost(centre: Centre, seats: Any) -> None:
    """One writes, the other is faster: both see it, the text stays, the late press changes nothing."""
    path = f"/incidents/{centre.fire()}"
    one, two = seats(ONE).open(path), seats(TWO).open(path)
    expect(one.locator("#watchers")).to_contain_text("秦越 正在看")
    expect(two.locator("#watchers")).to_contain_text("周明远 正在看")
    to_dispatched(one)
    stage(two, "已派遣")

    two.locator("#reason-feed_back").fill("灶台起火,已扑灭")
    expect(one.locator("#watchers .writes")).to_contain_text("秦越")
    expect(one.locator("#watchers .writes")).to_contain_text("正在填写“反馈”")
    expect(one.locator("#watchers .writes")).to_contain_text("反馈")

    one.locator("#more summary").click()
    one.locator("#act-start_handling").click()
    stage(one, "处置中")
    expect(two.locator(".notice.info")).to_contain_text("周明远")
    expect(two.locator(".notice.info")).to_contain_text("你填写的内容还在")
    stage(two, "处置中")
    expect(two.locator("#reason-feed_back")).to_have_value("灶台起火,已扑灭")

    two.wait_for_timeout(CALM_MS)
    two.locator("#act-first").click()  # decided on what was seen before
    expect(two.locator(".notice.bad")).to_contain_text("你的操作没有生效")
    stage(one, "处置中")
    expect(two.locator("#reason-feed_back")).to_have_value("灶台起火,已扑灭")
    two.wait_for_timeout(CALM_MS)
    two.locator("#act-first").click()  # having looked
    stage(two, "已反馈")
    expect(one.locator(".log")).to_contain_text("灶台起火,已扑灭")
    expect(one.locator("#watchers .writes")).to_have_count(0)
    two.close()
    expect(one.locator("#watchers li")).to_have_count(0)


def test_a_text_survives_its_form(centre: Centre, seats: Any) -> None:
    """Somebody else fed back meanwhile: what was typed can go into the present note."""
    path = f"/incidents/{centre.fire()}"
    one, two = seats(ONE).open(path), seats(TWO).open(path)
    to_dispatched(one)
    two.locator("#reason-feed_back").fill("二楼也有烟")
    one.locator("#reason-feed_back").fill("已扑灭")
    one.locator("#act-first").click()
    stage(two, "已反馈")
    expect(two.locator("#draft")).to_be_visible()
    expect(two.locator("#draft")).to_contain_text("二楼也有烟")
    two.locator("#draft-use").click()
    expect(two.locator("#reason-verify")).to_have_value("二楼也有烟")
    expect(two.locator("#draft")).to_be_hidden()
    expect(two.locator("#reason-verify")).to_be_focused()


def test_a_broken_connection_loses_no_text(centre: Centre, seats: Any) -> None:
    """The page says how old it is, keeps what is typed, and goes on."""
    incident = centre.fire()
    page = seats(ONE).open(f"/incidents/{incident}")
    to_dispatched(page)
    page.locator("#reason-feed_back").fill("正在排烟")
    centre.stop()
    expect(page.locator("#lost")).to_be_visible(timeout=20_000)
    centre.start()
    expect(page.locator("#live[data-state=on]")).to_be_visible(timeout=20_000)
    expect(page.locator("#reason-feed_back")).to_have_value("正在排烟")
    page.locator("#act-first").click()
    stage(page, "已反馈")


def test_everything_by_keyboard(centre: Centre, seats: Any) -> None:
    """The sensible move is the first thing in the page; the number, the rarer moves and their tick can be reached."""
    page = seats(ONE).open(f"/incidents/{centre.fire(kind='endpoint_offline', severity='minor')}")
    tab_to(page, "#act-first")
    press(page)
    stage(page, "已受理")
    tab_to(page, ".phone a")
    page.keyboard.press("Enter")
    expect(page.locator(".phone").first).to_contain_text("没有登记电话")
    centre.cleared(kind="endpoint_offline", severity="minor")
    tab_to(page, "#more summary")
    page.keyboard.press("Enter")
    tab_to(page, "#reason-void")
    page.keyboard.type("断电检修")
    tab_to(page, "#act-void")
    press(page)
    stage(page, "已受理")  # the browser asks for the tick
    tab_to(page, "#sure-void")
    page.keyboard.press("Space")
    tab_to(page, "#act-void")
    press(page)
    stage(page, "已作废")


def test_on_the_phone_of_a_grid_leader(centre: Centre, seats: Any) -> None:
    """Nothing beside the screen, the action before the place, targets for a thumb, in both languages."""
    incident = centre.fire(place="三层楼道东侧,靠近电表箱和灭火器箱的地方,平时堆放住户电动自行车")
    page = seats(ONE, dict(PHONE)).open(f"/incidents/{incident}")
    for lang in ("zh", "en"):
        page.goto(f"{centre.url}/incidents/{incident}?lang={lang}")
        page.locator("#live[data-state=on]").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tops = [page.locator(which).first.bounding_box() for which in ("#act-first", ".where", ".who-has", ".log")]
        heights = [box["y"] for box in tops if box]
        assert heights == sorted(heights)
        assert tops[0] is not None
        assert tops[0]["height"] >= 44
        assert tops[0]["y"] + tops[0]["height"] < PHONE["height"], "the action is on the first screen"
