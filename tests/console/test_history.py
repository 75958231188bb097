"""The page of the history in a browser: zoom without loading again, keys, files, both languages, a phone."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Centre
from tests.console.test_every_page import AXE, RULES

PHONE = {"width": 390, "height": 844}
CHOSEN = "/history?device=fire-a&device=fire-b&channel=temp&channel=smoke&span=quarter"


@pytest.fixture
def measured(centre: Centre) -> Centre:
    """Ten minutes of two devices, with a hole in the first."""
    now_ms = centre.clock.now_ms()
    centre.say(rows={"device": "fire-a", "first_seq": 1, "count": 240, "at_ms": now_ms - 600_000})
    centre.say(rows={"device": "fire-a", "first_seq": 400, "count": 200, "at_ms": now_ms - 200_000})
    centre.say(rows={"device": "fire-b", "first_seq": 1, "count": 600, "at_ms": now_ms - 600_000})
    return centre


def drawn(page: Page) -> Page:
    """Wait for the curves."""
    page.locator('.plot-box[data-state="drawn"] canvas').wait_for()
    return page


def span_of(page: Page) -> int:
    """What the plot shows, in milliseconds."""
    return int(page.evaluate("() => { const p = document.querySelector('.plot-box').plot; return p.to - p.from; }"))


def mark(page: Page) -> None:
    """A page that is loaded again loses it."""
    page.evaluate("() => { window.same = true; }")


def is_same(page: Page) -> bool:
    """True where the page was never loaded again."""
    return bool(page.evaluate("() => window.same === true"))


def test_zoom_and_pan_without_loading_the_page_again(measured: Centre, seats: Any) -> None:
    """By wheel, drag, buttons and presets; the address follows, the back button goes back, the old curve stays."""
    page = drawn(seats().open(CHOSEN))
    mark(page)
    frame = page.locator(".plot-frame")
    box = frame.bounding_box()
    assert box is not None
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/history/data" in request.url else None)
    frame.hover(position={"x": box["width"] / 2, "y": 60})
    page.mouse.wheel(0, -300)
    page.wait_for_url("**from_ms=**")
    drawn(page)
    first = span_of(page)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 150, box["y"] + 60, steps=4)
    page.mouse.up()
    page.locator("[data-plot=out]").click()
    page.locator(".spans a[data-span=year]").click()
    page.wait_for_url("**span=year**")
    expect(page.locator(".plot-said")).to_contain_text("小时汇总")
    page.go_back()
    page.wait_for_url("**from_ms=**")
    expect(page.locator(".plot-said")).to_contain_text("逐条读数")

    assert is_same(page)
    assert first < 900_000
    assert len(asked) >= 3, "movements that follow each other at once are one question"
    assert all("width=" in url for url in asked)


def test_by_keys_alone(measured: Centre, seats: Any) -> None:
    """The plot is reached by Tab, moved and read point by point; its values are written for a screen reader."""
    page = drawn(seats().open(CHOSEN))
    mark(page)
    page.locator("[data-plot=home]").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".plot-frame")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".plot-read")).to_contain_text("温度 · Room A")
    before = page.locator(".plot-read").inner_text()
    page.keyboard.press("Home")
    expect(page.locator(".plot-read")).not_to_have_text(before)
    page.keyboard.press("+")
    page.wait_for_url("**from_ms=**")
    zoomed = span_of(page)
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("0")
    page.wait_for_url("**span=quarter**")
    page.keyboard.press("Tab")

    assert zoomed < 900_000
    assert span_of(page) == 900_000
    expect(page.locator(".plot-frame")).not_to_be_focused()
    assert is_same(page)


def test_choosing_devices_and_seeing_values_as_a_table(measured: Centre, seats: Any) -> None:
    """Search, tick, show; the table has the same numbers; in English too."""
    page = seats().open("/history?lang=en")
    page.locator("#device-search").fill("room b")
    expect(page.locator(".places label:visible")).to_have_count(1)
    page.locator(".places label:visible").click()
    page.get_by_role("button", name="Show").click()
    drawn(page)
    label = page.locator("#history-plot").get_attribute("aria-label") or ""
    page.locator("#history-table summary").click()
    expect(page.locator("#history-rows tbody tr").first).to_be_visible()

    assert "Temperature" in label
    expect(page.locator("#history-rows thead")).to_contain_text("Room B")
    expect(page.locator(".channels input:checked")).to_have_count(3)


def test_a_file_with_progress_is_what_the_store_has(measured: Centre, seats: Any, tmp_path: Path) -> None:
    """Asked for on the page, written in the background, downloaded and compared; a spreadsheet as well."""
    page = drawn(seats().open(CHOSEN))
    files = {}
    for kind in ("parquet", "csv"):
        page.locator("select[name=format]").select_option(kind)
        page.get_by_role("button", name="开始导出").click()
        row = page.locator(f"#exports li[data-state=done]:has-text('{'CSV' if kind == 'csv' else 'Parquet'}')")
        row.wait_for()
        with page.expect_download() as got:
            row.get_by_role("link", name="下载").click()
        files[kind] = tmp_path / got.value.suggested_filename
        got.value.save_as(files[kind])
    table = pq.read_table(files["parquet"]).to_pylist()
    with files["csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))

    assert len(table) == 2 * (240 + 200 + 600)
    assert {(one["device"], one["channel"]) for one in table} == {
        (device, channel) for device in ("fire-a", "fire-b") for channel in ("temp", "smoke")
    }
    assert rows[0][:5] == ["设备", "通道", "单位", "当地时间", "时间戳（毫秒）"]
    assert len(rows) == len(table) + 1
    assert {(row[0], row[1], int(row[4]), float(row[5])) for row in rows[1:]} == {
        (one["device"], one["channel"], one["at_ms"], one["value"]) for one in table
    }


@pytest.mark.parametrize(("lang", "theme"), [("zh", "day")])
def test_axe_finds_nothing_where_curves_are_drawn(
    measured: Centre, seats: Any, repository: Path, lang: str, theme: str
) -> None:
    """With a table open and a file in the list."""
    page = drawn(seats().open(f"{CHOSEN}&lang={lang}&theme={theme}"))
    page.locator(".export button").click()
    page.locator("#exports li[data-state=done]").wait_for()
    page.locator("#history-table summary").click()
    page.locator("#history-rows tbody tr").first.wait_for()
    page.evaluate((repository / AXE).read_text(encoding="utf-8"))
    told = page.evaluate(f"axe.run(document, {RULES})")

    assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in told["violations"]] == []


def test_on_a_phone(measured: Centre, seats: Any) -> None:
    """Nothing is wider than the screen; two fingers and one move the plot; buttons are large enough."""
    page = drawn(seats(viewport=PHONE).open(CHOSEN))
    widths = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
    sizes = page.locator(".plot-bar button, .spans a").evaluate_all(
        "all => all.map((one) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height))"
    )
    page.evaluate("""() => {
      const frame = document.querySelector(".plot-frame");
      frame.setPointerCapture = () => {};
      const send = (name, id, x) => frame.dispatchEvent(new PointerEvent(name, {
        pointerId: id, clientX: x, clientY: 300, button: 0, bubbles: true, pointerType: "touch" }));
      send("pointerdown", 1, 150); send("pointerdown", 2, 200);
      for (let step = 0; step < 5; step += 1) {
        send("pointermove", 1, 150 - 15 * step);
        send("pointermove", 2, 200 + 15 * step);
      }
      send("pointerup", 1, 90); send("pointerup", 2, 260);
    }""")
    page.wait_for_url("**from_ms=**")

    assert widths[0] <= widths[1]
    assert min(sizes) >= 40
    assert span_of(page) < 600_000
