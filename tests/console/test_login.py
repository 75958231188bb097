"""Logging in, out and the own account, in a real browser: by keyboard, without scripts, in both languages."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from runtime.clock import Clock
from tests.console.conftest import Centre
from tests.console.test_pages import AXE

pytestmark = pytest.mark.chromium
OWN = "four-words-of-mine"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def log_in(page: Page, url: str, account: str, password: str) -> None:
    """By keyboard alone: the first field has the focus."""
    page.goto(url)
    expect(page.locator("#account")).to_be_focused()
    page.keyboard.type(account)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_a_first_login_by_keyboard_and_out_again(centre: Centre, seats: Any) -> None:
    """The one-time password must be changed; then the page that was asked for opens, under the person's name."""
    incident = centre.fire()
    password = centre.make_account("zhou-mingyuan")
    page = seats(person=None).page
    log_in(page, f"{centre.url}/incidents/{incident}", "zhou-mingyuan", "wrong-words-again")
    expect(page.locator(".wrong")).to_contain_text("账号、密码或链接不对")
    log_in(page, f"{centre.url}/incidents/{incident}", "zhou-mingyuan", password)
    expect(page.locator("h1")).to_have_text("设置新密码")
    for again, says in (("another-one-here", "两次输入的新密码不一样"), (OWN, "")):
        page.locator("#new").fill(OWN)
        page.locator("#again").fill(again)
        page.keyboard.press("Enter")
        if says:
            expect(page.locator(".wrong")).to_contain_text(says)
    expect(page).to_have_url(f"{centre.url}/incidents/{incident}")
    expect(page.locator(".top .operator")).to_contain_text("周明远")
    page.locator(".me summary").click()
    page.locator(".top form[action='/logout'] button").click()
    expect(page).to_have_url(re.compile("/login$"))
    page.goto(centre.url)
    expect(page).to_have_url(re.compile("/login"))


def test_an_administrator_needs_his_phone(centre: Centre, seats: Any) -> None:
    """The key is shown, a code of it is asked, recovery codes come once; the next log-in asks for a code."""
    password = centre.make_account("boss", "administrator")
    seat = seats(person=None)
    page = seat.page
    log_in(page, centre.url, "boss", password)
    for field in ("#new", "#again"):
        page.locator(field).fill(OWN)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("绑定手机验证器")
    expect(page.locator(".qr")).to_be_visible()
    assert page.locator(".qr").evaluate("image => image.naturalWidth > 0")
    totp = pyotp.TOTP(page.locator("code").inner_text())
    page.locator("#code").fill(totp.at(Clock().now_ms() // 1000))
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes li").first.inner_text()
    page.locator("a.big").click()
    expect(page.locator(".top .operator")).to_contain_text("boss")
    seat.context.clear_cookies()
    log_in(page, centre.url, "boss", OWN)
    expect(page.locator("h1")).to_have_text("第二步：验证码")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.locator(".wrong")).to_contain_text("验证码不对")
    page.locator("#code").fill(recovery)
    page.keyboard.press("Enter")
    expect(page.locator(".top .operator")).to_contain_text("boss")


def test_an_open_page_goes_to_the_login_when_its_session_ends(centre: Centre, seats: Any) -> None:
    """And the address that it showed comes back after it."""
    incident = centre.fire()
    page = seats().open(f"/incidents/{incident}")
    centre.throw_out("zhou-mingyuan")
    expect(page).to_have_url(re.compile(f"/login\\?back=/incidents/{incident}"), timeout=15_000)


def test_what_is_not_ones_own_is_refused_with_a_page(centre: Centre, seats: Any) -> None:
    """In words, with the way back."""
    incident = centre.fire()
    page = seats("xu-qinghe").page
    page.goto(f"{centre.url}/incidents/{incident}")
    expect(page.locator("h1")).to_have_text("没有这项权限")
    page.goto(f"{centre.url}/account")
    expect(page.locator("dl")).to_contain_text("和平社区")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_before_and_after_the_login(centre: Centre, seats: Any, repository: Any, lang: str) -> None:
    """Neither by night nor by day; nor where something was wrong; nothing needs a script."""
    found = []
    for person, path in ((None, "/login"), ("zhou-mingyuan", "/account"), ("xu-qinghe", f"/incidents/{centre.fire()}")):
        seat = seats(person)
        seat.context.add_init_script(path=repository / AXE)
        for theme in ("night", "day"):
            seat.page.goto(f"{centre.url}{path}?lang={lang}&theme={theme}")
            assert seat.page.locator("script").count() == 0
            told = seat.page.evaluate(f"axe.run(document, {{runOnly: {TAGS}}})")
            found += [(path, theme, v["id"], [n["html"][:160] for n in v["nodes"]]) for v in told["violations"]]
    assert found == []
