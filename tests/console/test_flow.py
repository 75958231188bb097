"""The rest of the flow on the page: suspending, departments, merging, passing up, evaluating; and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Centre
from tests.console.test_moves import CALM_MS, stage

pytestmark = pytest.mark.chromium
PIPE = {"kind": "water_pressure", "severity": "minor", "device": "hydrant-1"}


def do(page: Page, move: str, reason: str = "因故", **picked: str) -> None:
    """Open the form of a move beside the stage, fill it in and press."""
    form = page.locator(f"#move-{move}")
    if not form.is_visible():
        page.locator(f"details:has(> #move-{move}) > summary").click()
    for name, value in picked.items():
        form.locator(f"[name={name}]").select_option(value)
    form.locator("textarea").fill(reason)
    for tick in form.locator("[name=sure]").all():
        tick.check()
    page.wait_for_timeout(CALM_MS)
    form.locator("button").click()


def test_the_whole_flow_on_the_page(centre: Centre, seats: Any) -> None:
    """What is suspended says so and offers to go on; a department answers; the reporter is called back."""
    incident = centre.fire(1, **PIPE)
    page = seats().open(f"/incidents/{incident}")
    page.locator("#act-first").click()
    stage(page, "已受理")
    do(page, "suspend", "等备件")
    expect(page.locator(".paused")).to_contain_text("时限暂停")
    expect(page.locator("#act-first")).to_have_text("销账")
    page.wait_for_timeout(CALM_MS)
    page.locator("#act-first").click()
    expect(page.locator(".paused")).to_have_count(0)
    office = page.locator("#department-ask option").nth(1)
    name, code = office.inner_text(), str(office.get_attribute("value"))
    do(page, "ask", "请查总管", department=code)
    expect(page.locator(".parts")).to_contain_text(name)
    expect(page.locator(".parts")).to_contain_text("待答复")
    do(page, "reply", "已换管", department=code)
    expect(page.locator(".parts")).to_contain_text("已换管")
    centre.cleared(1, **PIPE)
    for move, word in (("feed_back", "已反馈"), ("verify", "已核查"), ("close", "已结案")):
        do(page, move, "好了")
        stage(page, word)
    do(page, "evaluate", "还在漏", grade="unsatisfied")
    stage(page, "已上报")
    expect(page.locator(".log")).to_contain_text("还在漏")


def test_merging_and_taking_apart_on_the_page(centre: Centre, seats: Any) -> None:
    """The other one is chosen from a list; each page leads to the other."""
    first = centre.fire(1, place="水表间", **PIPE)
    second = centre.fire(2, **{**PIPE, "device": "hydrant-2", "place": "泵房"})
    page = seats().open(f"/incidents/{second}")
    do(page, "link", other=first)
    expect(page.locator("a", has_text=re.compile("水表间 · 消防水压异常"))).to_have_count(1)
    do(page, "merge", "同一根水管", other=first)
    expect(page.locator(".facts a", has_text="水表间")).to_be_visible()
    expect(page.locator("#do-suspend")).to_have_count(0)
    do(page, "split", "其实是两处")
    expect(page.locator(".facts a", has_text="水表间")).to_have_count(0)
    expect(page.locator(".log")).to_contain_text("其实是两处")
