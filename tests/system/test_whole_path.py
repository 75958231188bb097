"""SDC07 from ignition to a closed incident: real firmware, mosquitto, gateway, cloud, and a person in Chromium."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from scripts.system_parts import find_program
from simulators.fire import device_of, light
from simulators.stack import Stack
from simulators.witness import fires

pytestmark = [pytest.mark.mosquitto, pytest.mark.chromium, pytest.mark.slow]

SPEED = 8.0
BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
BURN_MS = 90_000  # real: the fire, the airing and the quiet minute at this speed, twice over
READS_MS = 1500  # a person reads before pressing; the page ignores a second click right after the first
PICTURES = os.environ.get("GRIDWHISTLE_PICTURES")  # a folder: keep screenshots of this run there


async def _picture(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


async def _log_in(page: Page, link: str) -> None:
    await page.goto(link)
    await expect(page).to_have_url(re.compile(r"/$"), timeout=20_000)  # six boards are starting beside it


async def _press(page: Page, move: str, stage: str) -> None:
    """Fill what the move asks for, press its button, and see the stage move by itself."""
    form = page.locator(f"#move-{move}")
    await expect(form).to_be_visible(timeout=10_000)
    person = form.locator("select")
    if await person.count():
        await person.select_option(index=1)
    reason = form.locator("textarea")
    if await reason.count():
        await reason.fill("现场已处置")
    await page.wait_for_timeout(READS_MS)
    await form.locator("button.big").click()
    await expect(page.locator(".stepper li[aria-current=step]")).to_contain_text(stage, timeout=10_000)


async def _work_the_fire(page: Page) -> None:
    """From the board to a closed incident, as a person would."""
    fire = page.locator("#fires article").first
    await expect(fire).to_be_visible(timeout=BURN_MS)
    await expect(fire.locator("[data-due]")).to_have_text(re.compile(r"\d"))
    await expect(fire).to_have_class(re.compile("s-critical"), timeout=BURN_MS)
    await _picture(page, "board")
    await fire.locator("button.big").click()
    await expect(fire.locator(".holder")).not_to_have_class(re.compile("nobody"), timeout=10_000)
    await fire.locator("h3 a").click()
    await expect(page.locator("canvas").first).to_be_visible(timeout=10_000)
    await _press(page, "dispatch", "派遣")
    await _press(page, "feed_back", "反馈")
    await _picture(page, "incident")
    await _press(page, "verify", "核查")


async def test_from_ignition_to_a_closed_incident(spec_of, recording):
    """Nobody reloads a page; the fire cannot be closed while it burns; at the end it is closed with its whole log."""
    async with Stack(spec_of(SPEED)) as stack, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_program("chromium"), args=BROWSER_ARGS)
        context = await browser.new_context(
            base_url=stack.url, viewport={"width": 1366, "height": 768}, locale="zh-CN", reduced_motion="reduce"
        )
        page = await context.new_page()
        await _log_in(page, await asyncio.to_thread(stack.login_url))
        await stack.wait_online()
        ignition_ms = await light(stack)
        await _work_the_fire(page)
        assert "close" not in (await stack.get(f"/api/incidents/{page.url.rsplit('/', 1)[-1]}"))["moves"]
        await expect(page.locator("#move-close")).to_be_visible(timeout=BURN_MS)
        await _press(page, "close", "结案")
        seen = await fires(stack, since_ms=ignition_ms)
        detail = await stack.get(f"/api/incidents/{page.url.rsplit('/', 1)[-1]}")
        await browser.close()
    assert {fire.device for fire in seen} == {device_of(place) for place in recording.places}
    moves = [entry["what"] for entry in detail["log"]]
    wanted = ["raised", "accept", "dispatch", "feed_back", "verify", "cleared", "close"]
    assert next(what for what in moves if what in wanted) == "raised"
    assert set(wanted) <= set(moves)
    assert detail["row"]["stage"] == "closed"
    assert detail["row"]["condition"] == "cleared"
