"""The plan in a real browser: a chain, somebody's nights, taking back; by keyboard, on a phone, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from scripts.screenshots import PHONE
from tests.console.conftest import Centre

pytestmark = pytest.mark.chromium
AXE = "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (
    "dispatch?list=chains", "dispatch/chains/1", "dispatch/placements/14", "people?list=duty",
    "people/shifts/zhou-mingyuan", "calendar/hours/0", "areas/areas/4", "departments/history", "areas/file",
    "matters", "matters/matters/2", "matters/duplicates/0", "matters/reading/0", "people",
)  # fmt: skip


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre with an administrator, `boss`, who needs no phone to log in. Each test has a section of its own."""
    process = Centre(tmp_path_factory.mktemp("planning") / "centre", easy=True)
    process.start()
    process.say(status={})
    process.log_in("boss", "administrator")
    yield process
    process.stop()


def test_a_chain_is_changed_previewed_stored_and_taken_back(centre: Centre, seats: Any) -> None:
    """The timeline follows what is typed; the preview counts incidents; the history says who and why."""
    centre.fire(1, severity="major")
    page = seats("boss").open("/plan")
    page.get_by_role("link", name="派遣与升级").click()
    page.get_by_role("link", name="升级链").click()
    page.get_by_role("link", name="可能危及生命", exact=True).or_(
        page.get_by_role("link", name="sudden", exact=True)
    ).first.click()
    page.get_by_label("等待").nth(1).fill("3")
    page.get_by_label("单位").nth(1).select_option("min")
    expect(page.locator("#say")).to_contain_text("再过 3 分钟未受理 → 区")
    page.get_by_role("button", name="下移 1").click()
    expect(page.locator("#say li").nth(1)).to_contain_text("区")
    page.get_by_role("button", name="上移 2").click()
    page.get_by_role("button", name="存入草稿").click()
    page.get_by_role("link", name="查看变化并生效").click()
    expect(page.locator("main")).to_contain_text("最近 1 起事件中，有 1 起会有不同的处理")
    page.get_by_label("变更原因").fill("夜间人手少")
    page.get_by_role("button", name="立即生效").click()
    expect(page.locator(".done")).to_contain_text("第 2 版")
    page.get_by_role("link", name="历史版本").first.click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("boss")
    expect(row).to_contain_text("夜间人手少")
    page.get_by_label("退回到").select_option("1")
    page.get_by_label("变更原因").fill("误改")
    page.get_by_role("button", name="退回", exact=True).click()
    expect(page.locator(".done")).to_contain_text("第 3 版")


def test_a_night_shift_is_changed_on_a_phone_by_keyboard(centre: Centre, seats: Any) -> None:
    """In English and by day: found by name, typed, kept, told as a sentence, brought into force without a mouse."""
    page = seats("boss", PHONE).open("/plan/people?list=duty&lang=en&theme=day")
    page.get_by_label("Find by name or id").focus()
    page.keyboard.type("秦越")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Change shifts 秦越").focus()
    page.keyboard.press("Enter")
    first = page.get_by_label("from 1", exact=True)
    expect(first).to_have_value("20:00")
    first.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("21:30")
    page.keyboard.press("Tab")
    expect(page.locator("#say")).to_contain_text("every day 21:30–next day 08:00")
    page.keyboard.press("Enter")
    expect(page.locator(".draft")).to_contain_text("1 changes")
    page.get_by_role("link", name="See what changes").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("because of this change")
    page.get_by_label("Why it changes").focus()
    page.keyboard.type("summer")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("version 2")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"


def test_two_editors_and_no_scripts(centre: Centre, seats: Any, chromium: Any) -> None:
    """Without scripts the same forms work; the second editor is told and chooses."""
    centre.log_in("chief", "administrator")
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    context.add_cookies([centre.log_in("chief")])
    plain = context.new_page()
    plain.goto(f"{centre.url}/plan/departments/departments/0")
    plain.locator('[name="name"]').fill("特勤站")
    plain.locator("button.big", has_text="存入草稿").click()
    page = seats("boss").open("/plan/departments/departments/0")
    page.get_by_label("名称", exact=False).first.fill("消防站")
    page.get_by_role("button", name="存入草稿").click()
    page.get_by_role("link", name="查看变化并生效").click()
    page.get_by_label("变更原因").fill("改名")
    page.get_by_role("button", name="立即生效").click()
    expect(page.locator(".done")).to_be_visible()
    plain.goto(f"{centre.url}/plan/departments/preview")
    assert "对方也改了这一项" in plain.content()
    plain.get_by_label("采用我的修改").check()
    plain.get_by_role("button", name="合到新版本上").click()
    plain.get_by_label("变更原因").fill("更准")
    plain.get_by_role("button", name="立即生效").click()
    assert "第 3 版" in plain.content()
    context.close()


def test_axe_finds_nothing(centre: Centre, seats: Any, repository: Any) -> None:
    """On forms, lists, preview, history, the headline of a fire above them; nothing scrolls sideways on a phone."""
    centre.fire(9, severity="major")
    seat = seats("boss")
    seat.context.add_init_script(path=repository / AXE)
    page = seat.open("/plan/facilities/buildings/new")
    page.get_by_label("名称").first.fill("1 号楼")
    page.get_by_label("编号").first.fill("b1")
    page.get_by_role("button", name="存入草稿").click()
    for number, path in enumerate(("/plan/facilities/preview", "/duty", *(f"/plan/{one}" for one in PAGES))):
        theme = "night" if number % 2 else "day"
        seat.open(f"{path}{'&' if '?' in path else '?'}theme={theme}")
        expect(page.locator(".headline")).to_contain_text("火警")
        for width in (1366, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        told = page.evaluate(f"axe.run(document, {{runOnly: {TAGS}}})")
        assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in told["violations"]] == [], path
