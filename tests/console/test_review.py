"""The review in a real browser: read by axe, gone through by keyboard, printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cloud.console.review.choice import address_of
from domain.assessment.periods import day_of, span
from scripts.screenshots import DESK
from tests.console.conftest import Centre, Seat
from tests.console.test_every_page import AXE, PHONE, RULES, is_fault, ready

pytestmark = pytest.mark.chromium
DAYS = 10


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre with ten days behind it."""
    centre = Centre(tmp_path_factory.mktemp("review") / "centre", easy=True)
    centre.start()
    centre.say(past=120, days=DAYS)
    yield centre
    centre.stop()


@pytest.fixture
def page(chromium: Browser, past: Centre, repository: Any) -> Iterator[Page]:
    """The supervisor of the district at a desk; no script of the page may fail."""
    seat = Seat(chromium, past, "supervisor")
    seat.context.add_init_script(path=repository / AXE)
    yield seat.page
    seat.context.close()
    assert seat.faults == []


def address(past: Centre) -> str:
    """Of the days that are made up."""
    today = day_of(past.clock.now_ms())
    told = address_of(span(day_of(past.clock.now_ms() - DAYS * 86_400_000), today))
    return f"{past.url}/review?on={told['on']}&to={told['to']}"


@pytest.mark.parametrize(
    ("lang", "theme", "size"), [("zh", "night", DESK), ("en", "day", PHONE)], ids=["desk", "phone"]
)
def test_axe_finds_nothing_in_a_full_report(past: Centre, page: Page, lang: str, theme: str, size: Any) -> None:
    """With everything on the page: urgent incidents, bars, hours; nothing scrolls sideways."""
    page.set_viewport_size(size)
    ready(page, f"{address(past)}&lang={lang}&theme={theme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    told = page.evaluate(f"axe.run(document, {RULES})")
    found = [(v["id"], node["html"][:160]) for v in told["violations"] for node in v["nodes"]]
    assert [one for one in found if is_fault(*one)] == []


def test_from_a_number_to_its_incidents_and_back_by_keyboard(past: Centre, page: Page) -> None:
    """The number stands again over the list; the period is still chosen on the way back."""
    ready(page, address(past))
    number = page.locator("#total + .happened .t-all b a")
    count = number.inner_text()
    number.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#list .label")).to_contain_text(f" {count} ")
    page.get_by_role("link", name="回到概览").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#total + .happened .t-all b a")).to_have_text(count)


def test_the_report_prints_on_two_pages(past: Centre, page: Page) -> None:
    """A4, without what is pressed; the button is there only where a script can print."""
    ready(page, address(past))
    expect(page.locator("button.print")).to_be_visible()
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") <= 2
    page.emulate_media(media="print")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".review .choice")).to_be_hidden()
    expect(page.locator("#total")).to_be_visible()
