"""The technician's page in a real browser: it fits a phone and a desk, by night and by day, with long names too."""

from __future__ import annotations

import pytest
from playwright.sync_api import sync_playwright

from scripts.screenshots import ARGS, CHROMIUM
from tests.gateway.ops.pictures import DESK, PHONE, overview, show

pytestmark = pytest.mark.chromium
LONG = "1 号楼二单元地下一层消防水泵房旁边的走廊尽头（靠近配电间）ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CONTRAST = """() => {
  const channel = x => (x /= 255) <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(channel);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = one => {
    for (; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour !== 'rgba(0, 0, 0, 0)') return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const texts = document.querySelectorAll('h1, h2, h3, p, dt, dd, td, th, a, b, small, em, li span:not(.mark)');
  return Math.min(...[...texts].filter(one => one.innerText).map(one => {
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  }));
}"""


def test_it_fits_and_can_be_read() -> None:
    """No sideways scrolling, every text at 4.5 to 1 (WCAG 2.2 AA), in both themes and sizes."""
    seen = overview(ill=True)
    rows = [{**row, "place": LONG, "device": f"{row['device']}-{'x' * 40}"} for row in seen.durable.endpoints]
    object.__setattr__(seen.durable, "endpoints", tuple(rows))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for size in (PHONE, DESK):
            for theme in ("dark", "light"):
                page = browser.new_page(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
                for lang in ("zh", "en"):
                    show(page, seen, lang)
                    assert page.evaluate(WIDER) <= 0, (size, lang)
                    assert page.evaluate(CONTRAST) >= 4.5, (theme, lang)
                page.close()
        browser.close()
