"""The pages of the system in a real browser: one whole story by keyboard, and axe over the pages of each step."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Centre
from tests.console.test_login import OWN, TAGS, log_in
from tests.console.test_pages import AXE

pytestmark = pytest.mark.chromium


@pytest.fixture
def centre(tmp_path: Any) -> Any:
    """A centre where administrators need no second factor."""
    process = Centre(tmp_path / "centre", easy=True)
    process.start()
    process.say(status={})
    yield process
    process.stop()


def tab_to(page: Page, target: str) -> None:
    """With the keyboard alone."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("target => document.activeElement?.matches(target)", target):
            return
    raise AssertionError(f"no way to {target} by Tab")


def there(page: Page, address: str) -> None:
    """A page has opened."""
    expect(page).to_have_url(re.compile(address))
    page.locator("#live[data-state=on]").wait_for()


def first_password(page: Page, account: str, url: str, password: str) -> None:
    """Log in with a one-time password and choose another."""
    page.goto(url)
    page.locator("#account:focus").wait_for()
    page.keyboard.type(account)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    for field in ("#new", "#again"):
        page.locator(field).fill(OWN)
    page.keyboard.press("Enter")
    expect(page.locator(".top .operator")).to_be_visible()


def test_an_account_is_made_used_and_locked_by_keyboard(centre: Centre, seats: Any) -> None:
    """Its one-time password lets in; locked, its open page goes to the log-in and the password lets in no more."""
    boss, person = seats(person=None).page, seats(person=None).page
    first_password(boss, "boss", f"{centre.url}/system/accounts", centre.make_account("boss", "administrator"))
    there(boss, "/system/accounts$")
    tab_to(boss, "a[href='/system/new-account']")
    boss.keyboard.press("Enter")
    there(boss, "/system/new-account$")
    tab_to(boss, "#account")
    boss.keyboard.type("zhou-mingyuan")
    tab_to(boss, "#why")
    boss.keyboard.type("新来的值班员")
    boss.keyboard.press("Enter")
    secret = boss.locator("#secret").inner_text()
    assert secret not in boss.url
    first_password(person, "zhou-mingyuan", f"{centre.url}/map", secret)
    expect(person).to_have_url(re.compile("/map$"))
    tab_to(boss, "main a.first")
    boss.keyboard.press("Enter")
    there(boss, "/system/accounts/zhou-mingyuan$")
    tab_to(boss, "a[href$='/lock']")
    boss.keyboard.press("Enter")
    there(boss, "/lock$")
    tab_to(boss, "#why")
    boss.keyboard.type("离岗")
    boss.keyboard.press("Enter")
    expect(boss.locator(".done")).to_contain_text("所有设备都已退出")
    expect(person).to_have_url(re.compile("/login\\?back="), timeout=20_000)
    log_in(person, centre.url, "zhou-mingyuan", OWN)
    expect(person.locator(".wrong")).to_contain_text("账号已停用")
    boss.goto(f"{centre.url}/system/log?who=boss")
    expect(boss.locator("tbody tr", has_text="停用账号")).to_contain_text("离岗")
    boss.go_back()
    boss.go_back()
    assert secret not in boss.content()


def test_axe_finds_nothing_on_the_pages_of_each_step(centre: Centre, seats: Any, repository: Any) -> None:
    """By night and day, on a phone too, where nothing scrolls sideways; the secret's page holds no script of ours."""
    seat = seats(person=None)
    seat.context.add_init_script(path=repository / AXE)
    page = seat.page
    first_password(page, "boss", centre.url, centre.make_account("boss", "administrator"))
    centre.make_account("zhou-mingyuan")
    found = []
    for number, path in enumerate(PAGES):
        page.set_viewport_size({"width": 390, "height": 844} if number % 2 else {"width": 1366, "height": 768})
        page.goto(f"{centre.url}{path}?lang={('zh', 'en')[number % 2]}&theme={('night', 'day')[number // 2 % 2]}")
        found += faults(page, path)
    page.goto(f"{centre.url}/system/new-token")
    for field, text in (("#name", "hotline"), ("#why", "12345")):
        page.locator(field).fill(text)
    page.locator("select[name=role]").first.select_option("operator")
    page.locator("#why").press("Enter")
    expect(page.locator("#secret")).to_contain_text("gw_")
    found += faults(page, "secret")
    assert found == []


PAGES = (
    "/system/accounts/zhou-mingyuan", "/system/accounts/zhou-mingyuan/roles", "/system/accounts/zhou-mingyuan/reset",
    "/system/new-account", "/system/new-token", "/system/notices/zhou-mingyuan", "/account/notices",
)  # fmt: skip


def faults(page: Page, path: str) -> list[Any]:
    """What axe finds, and a page that is wider than the screen."""
    page.locator("#live[data-state=on]").wait_for()
    told = page.evaluate(f"axe.run(document, {{runOnly: {TAGS}}})")
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [(path, v["id"], [n["html"][:160] for n in v["nodes"]]) for v in told["violations"]] + [path] * wide
