"""What people do: by keyboard alone, two at once, and what they are told when it is refused."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Centre

pytestmark = pytest.mark.chromium
CALM_MS = 900  # live.js takes no second press before


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as a person without a mouse does."""
    for _ in range(90):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def stage(page: Page, text: str) -> None:
    expect(page.locator(".stepper [aria-current=step]")).to_contain_text(text)


def calm(page: Page) -> None:
    """The page takes a press."""
    expect(page.locator("body")).not_to_have_class(re.compile("settling"))


def press(page: Page) -> None:
    """Enter, once the page takes a press again."""
    calm(page)
    page.keyboard.press("Enter")


def accept_and_dispatch(page: Page, incident: str) -> None:
    """From the board to somebody on his way, by keyboard."""
    tab_to(page, f"#go-{incident}")
    press(page)
    expect(page.locator(f"#go-{incident}")).to_have_text("派遣")
    expect(page.locator(f"#go-{incident}")).to_be_focused()
    press(page)
    page.wait_for_url(f"**/incidents/{incident}*")
    page.locator("#live[data-state=on]").wait_for()
    tab_to(page, "#person-dispatch")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#act-first")
    press(page)


def test_a_whole_life_by_keyboard(centre: Centre, seats: Any) -> None:
    incident = centre.fire()
    page = seats().open()
    accept_and_dispatch(page, incident)
    stage(page, "已派遣")
    expect(page.locator("#act-first")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("油锅起火,已用灭火毯盖住")
    page.keyboard.press("Tab")
    press(page)
    stage(page, "已反馈")
    press(page)
    stage(page, "已核查")
    expect(page.locator(".still")).to_contain_text("不能结案")
    expect(page.locator("#move-close")).to_have_count(0)
    expect(page.locator("#now-title")).to_be_focused()  # not at the top of the page
    centre.cleared()
    expect(page.locator("#move-close")).to_be_visible()
    tab_to(page, "#reason-close")
    page.keyboard.type("已通风,住户无恙")
    page.keyboard.press("Tab")
    press(page)
    stage(page, "已结案")
    expect(page.locator(".log")).to_contain_text("已通风,住户无恙")
    expect(page.locator(".log")).to_contain_text("周明远")


def test_rework_and_return_need_a_reason(centre: Centre, seats: Any) -> None:
    incident = centre.fire()
    page = seats().open(f"/incidents/{incident}")
    page.locator("#act-first").click()
    page.locator("#person-dispatch").select_option(index=1)
    page.wait_for_timeout(CALM_MS)
    page.locator("#act-first").click()
    stage(page, "已派遣")
    page.locator("#more summary").click()
    page.wait_for_timeout(CALM_MS)
    page.locator("#act-return").click()
    stage(page, "已派遣")  # the browser asks for the reason
    page.locator("#reason-return").fill("不是我们网格")
    page.locator("#act-return").click()
    stage(page, "已受理")
    expect(page.locator(".log")).to_contain_text("不是我们网格")


def test_a_double_click_is_one_move(centre: Centre, seats: Any) -> None:
    incident = centre.fire()
    page = seats().open(f"/incidents/{incident}")
    page.locator("#act-first").click()
    page.locator("#person-dispatch").select_option(index=1)
    page.wait_for_timeout(CALM_MS)
    page.locator("#act-first").dblclick()
    stage(page, "已派遣")
    page.wait_for_timeout(CALM_MS)
    stage(page, "已派遣")
    expect(page.locator(".notice.bad")).to_have_count(0)


def test_two_people_at_once(centre: Centre, seats: Any) -> None:
    incident = centre.fire()
    first, second = seats("zhou-mingyuan"), seats("qin-yue")
    first.open(f"/incidents/{incident}")
    second.page.route("**/parts/**", lambda route: route.abort())  # has not seen it yet
    second.page.goto(f"{centre.url}/incidents/{incident}")
    first.page.locator("#act-first").click()
    stage(first.page, "已受理")
    second.page.locator("#act-first").click()
    expect(second.page.locator(".notice.bad")).to_contain_text("刚刚已由 周明远 在")
    expect(second.page.locator(".notice.bad")).to_contain_text("你的操作没有生效")
    second.page.unroute("**/parts/**")
    expect(second.page.locator(".holder")).to_contain_text("周明远")
    stage(second.page, "已受理")


def test_each_sees_what_the_other_does(centre: Centre, seats: Any) -> None:
    incident = centre.fire()
    board, detail = seats("zhou-mingyuan").open(), seats("qin-yue").open(f"/incidents/{incident}")
    detail.locator("#act-first").click()
    expect(board.locator(f"#i-{incident} .holder")).to_contain_text("秦越")
    expect(board.locator(f"#go-{incident}")).to_have_text("派遣")


def post(centre: Centre, path: str, **fields: str) -> tuple[int, str]:
    """A form as a browser without scripts sends it."""
    cookie = centre.log_in("zhou-mingyuan")
    headers = {"Cookie": f"{cookie['name']}={cookie['value']}", "Origin": centre.url}
    request = urllib.request.Request(centre.url + path, urllib.parse.urlencode(fields).encode(), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own loopback server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


@pytest.mark.parametrize(
    ("move", "fields", "status", "text"),
    [
        ("close", {"reason": "好了"}, 409, "不能结案"),
        ("rework", {}, 422, "返工必须写明情况或原因"),
        ("verify", {}, 409, "不能核查"),
        ("dispatch", {}, 422, "没有选择派给谁"),
        ("dispatch", {"person": "nobody"}, 422, "没有选择派给谁"),
    ],
)
def test_refusals_are_said_plainly(centre: Centre, move: str, fields: dict[str, str], status: int, text: str) -> None:
    code, body = post(centre, f"/incidents/{centre.fire()}/moves/{move}", version="1", **fields)
    assert (code, text in body) == (status, True), body


def test_an_unknown_incident_is_said_plainly(centre: Centre) -> None:
    code, body = post(centre, "/incidents/none/moves/accept", version="1")
    assert (code, "没有编号为 none 的事件" in body) == (404, True)
