"""The page of one incident in a browser: two operators at once, what was typed, keyboard, phone, connection."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scripts.screenshots import PHONE
from tests.cloud import facts
from tests.console.conftest import Centre
from tests.console.test_moves import CALM_MS, calm, press, stage, tab_to

pytestmark = pytest.mark.chromium
WORDS_OUTSIDE = """box => {
  const chart = box.plot.chart, outside = [];
  for (const shape of chart.getZr().storage.getDisplayList(true)) {
    if (shape.type !== "tspan" || shape.invisible || !shape.style.text) continue;
    const edge = shape.getPaintRect ? shape.getPaintRect() : shape.getBoundingRect();
    const { x, y, width, height } = edge;
    if (x < 0 || y < 0 || x + width > chart.getWidth() + 1 || y + height > chart.getHeight() + 1) {
      outside.push([shape.style.text, x, x + width]);
    }
  }
  return outside;
}"""
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
    calm(page)
    page.locator("#act-first").click()
    expect(page.locator(".notice.bad")).to_contain_text("可能没有生效")
    expect(page.locator("#lost")).to_be_visible(timeout=20_000)
    centre.start()
    expect(page.locator("#live[data-state=on]")).to_be_visible(timeout=20_000)
    expect(page.locator(".notice.bad")).to_be_visible()  # until it is read
    page.locator(".notice .dismiss").click()
    expect(page.locator("#reason-feed_back")).to_have_value("正在排烟")
    page.locator("#act-first").click()
    stage(page, "已反馈")


def test_what_something_between_answers_is_uncertain_too(centre: Centre, seats: Any) -> None:
    """A proxy that says 502 for a centre that starts again; the stage tells whether it has happened."""
    seat = seats(ONE)
    page = seat.open(f"/incidents/{centre.fire()}")
    calm(page)
    page.route("**/moves/**", lambda route: route.fulfill(status=502, content_type="text/html", body="<html>no"))
    page.locator("#act-first").click()
    expect(page.locator(".notice.bad")).to_contain_text("可能没有生效")
    stage(page, "已上报")
    page.unroute("**/moves/**")
    seat.faults.clear()  # htmx told the browser of it
    page.locator("#act-first").click()
    stage(page, "已受理")


def test_everything_by_keyboard(centre: Centre, seats: Any) -> None:
    """The sensible move is the first thing in the page; the number, the rarer moves and their tick can be reached."""
    page = seats(ONE).open(f"/incidents/{centre.fire(kind='endpoint_offline', severity='minor')}")
    tab_to(page, "#act-first")
    press(page)
    stage(page, "已受理")
    tab_to(page, ".phone a")
    page.keyboard.press("Enter")
    expect(page.locator(".phone").first).to_contain_text("没有登记电话")
    expect(page.locator(".phone .hint").first).to_be_focused()
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


def test_on_paper(centre: Centre, seats: Any) -> None:
    """Ink on white without what surrounds the page, also what is drawn on a canvas; afterwards it is night again."""
    page = seats(ONE).open(f"/incidents/{centre.fire()}?theme=night")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for part in (".top", ".rail", ".act"):
        expect(page.locator(part)).to_be_hidden()
    expect(page.locator("html")).to_have_attribute("data-theme", "day")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("html")).to_have_attribute("data-theme", "night")


def test_on_the_phone_of_a_grid_leader(centre: Centre, seats: Any) -> None:
    """Nothing beside the screen, the action before the place, targets for a thumb, in both languages."""
    incident = centre.fire(place="三层楼道东侧,靠近电表箱和灭火器箱的地方,平时堆放住户电动自行车")
    page = seats(ONE, dict(PHONE)).open(f"/incidents/{incident}")
    for lang in ("zh", "en"):
        page.goto(f"{centre.url}/incidents/{incident}?lang={lang}")
        page.locator("#live[data-state=on]").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tops = [page.locator(which).first.bounding_box() for which in (".act", ".where", ".who-has", ".log")]
        heights = [box["y"] for box in tops if box]
        assert heights == sorted(heights)
        for top in (0, 1500):
            page.evaluate("top => window.scrollTo(0, top)", top)
            button = page.locator("#act-first").bounding_box()
            assert button is not None
            assert button["height"] >= 44
            assert 0 < button["y"] < PHONE["height"] - button["height"], "under the thumb wherever one reads"


def measured(centre: Centre) -> str:
    """A fire whose smoke spoke first, then its temperature; CO and battery stayed calm."""
    now_ms = centre.clock.now_ms()
    signals = [
        facts.signal("temp_high", "temp", 61.0, now_ms - 1000, limit=60.0, clear=50.0, unit="Cel"),
        facts.signal("smoke_level", "smoke", 0.03, now_ms - 9000, limit=0.02, clear=0.012, unit="1/m"),
    ]
    times = range(now_ms - 60_000, now_ms, 1000)
    shapes = {"smoke": 0.0005, "temp": 1.0, "co": 0.01, "battery": 0.1}
    evidence = {name: [[at, (at - times[0]) / 1000 * each] for at in times] for name, each in shapes.items()}
    return centre.fire(signals=signals, evidence=evidence)


def test_what_spoke_first_leads_the_readings_and_what_is_calm_is_folded(centre: Centre, seats: Any) -> None:
    """One axis of time; points are read by keys, in words; nothing is lost by a live refresh."""
    incident = measured(centre)
    page = seats(ONE).open(f"/incidents/{incident}")
    box = page.locator("#plot-box")
    expect(box).to_have_attribute("data-state", "drawn")
    parts = box.evaluate("box => [...new Map(box.plot.data.curves.map(one => [one.channel, one.part]))]")
    assert parts == [["smoke", "lead"], ["temp", "speaks"]]
    axes = "box => box.plot.chart.getOption().xAxis.map(axis => axis.axisLabel.show)"
    assert box.evaluate(axes) == [False, True]
    levels = "box => box.plot.chart.getOption().series[0].markLine.data.map(one => one.label.formatter)"
    assert box.evaluate(levels)[:2] == ["0.02 1/m", "0.012 1/m"]
    fold = box.locator("[data-plot=calm]")
    expect(fold).to_contain_text("另有 2 个平稳通道")
    fold.click()
    assert box.evaluate(axes) == [False, False, False, True]
    expect(fold).to_have_attribute("aria-expanded", "true")
    box.locator(".plot-frame").focus()
    page.keyboard.press("End")
    expect(box.locator(".plot-read")).to_contain_text("烟雾：0.0295 1/m")
    page.keyboard.press("ArrowLeft")
    expect(box.locator(".plot-read")).to_contain_text("烟雾：0.029 1/m")
    page.locator("#act-first").click()
    stage(page, "已受理")
    expect(box.locator(".plot-read")).to_contain_text("烟雾：0.029 1/m")
    expect(fold).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize("width", [320, 390, 1366])
def test_no_word_of_a_plot_is_cut_off(centre: Centre, seats: Any, width: int) -> None:
    """Heads, limits, the breach and times of the axis stand inside of the drawing, in both languages."""
    incident = measured(centre)
    seat = seats(ONE, {"width": width, "height": 844})
    for lang in ("zh", "en"):
        page = seat.open(f"/incidents/{incident}?lang={lang}")
        box = page.locator("#plot-box")
        expect(box).to_have_attribute("data-state", "drawn")
        assert box.evaluate(WORDS_OUTSIDE) == []


def test_a_double_click_is_one_act_and_the_way_back_keeps_the_note(centre: Centre, seats: Any) -> None:
    """The second click meets a button that rests; who looks at the board and comes back finds what was typed."""
    page = seats(ONE).open(f"/incidents/{centre.fire()}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("#act-first").dblclick()
    stage(page, "已受理")
    page.wait_for_timeout(CALM_MS)
    assert [url.rpartition("/")[2] for url in sent if "/moves/" in url] == ["accept"]
    expect(page.locator(".notice.bad")).to_have_count(0)

    page.locator("#reason-dispatch").fill("带上钥匙")
    page.locator(".back").click()
    expect(page.locator("#board")).to_be_visible()
    page.go_back()
    expect(page.locator("#reason-dispatch")).to_have_value("带上钥匙")
    page.reload()
    expect(page.locator("#reason-dispatch")).to_have_value("带上钥匙")
    page.locator("#person-dispatch").select_option(index=1)
    page.locator("#act-first").click()
    stage(page, "已派遣")
    page.locator(".back").click()
    expect(page.locator("#board")).to_be_visible()
    page.go_back()
    stage(page, "已派遣")
    expect(page.locator("#draft")).to_be_hidden()
    expect(page.locator("#reason-feed_back")).to_have_value("")


def test_who_logs_out_leaves_no_note_behind(centre: Centre, seats: Any) -> None:
    """At a desk of several people the next one finds nothing in the tab, whatever way he looks."""
    page = seats(ONE).open(f"/incidents/{centre.fire()}")
    page.locator("#act-first").click()
    stage(page, "已受理")
    page.locator("#reason-dispatch").fill("住户张三，三楼")
    page.locator(".me > summary").click()
    page.locator(".me form[action='/logout'] button").click()
    page.wait_for_url("**/login**")
    assert page.evaluate("JSON.stringify(sessionStorage)") == "{}"
