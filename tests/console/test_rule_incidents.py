"""What a rule of the gateway says, as the operator reads it: its numbers, no word twice, what it waits for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.conftest import Centre

BEGIN_MS = 1_795_325_497_817
LOW: dict[str, Any] = {
    "rule": "hydrant_pressure", "channel": "hydrant_pressure", "value": 64.5, "limit": 100.0, "clear": 132.0,
    "unit": "kPa", "at_ms": BEGIN_MS, "reason": "", "label": "",
}  # fmt: skip
FALLS = LOW | {
    "rule": "hydrant_falling", "value": -187.4, "limit": -120.0, "clear": -30.0, "unit": "kPa/min"
}  # fmt: skip
OPEN = LOW | {
    "rule": "camera_covered", "channel": "covered", "value": True, "limit": None, "clear": None, "unit": "",
    "reason": "waits_for_reset",
}  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("zh", ("消防水压异常", "消火栓水压异常", "64.5 kPa", "100 kPa", "132 kPa", "-187 kPa/分", "-120 kPa/分")),
        ("en", ("Fire water pressure", "Hydrant pressure out of limits", "64.5 kPa", "-187 kPa/min")),
    ],
)
def test_water_pressure(centre: Centre, seats: Any, lang: str, texts: tuple[str, ...]) -> None:
    """Two rules of one incident, each with its value and its limits."""
    incident = centre.fire(1, kind="water_pressure", severity="major", place="1 号楼消火栓", signals=[FALLS, LOW])
    page = seats().open(f"/incidents/{incident}?lang={lang}")

    shown = page.locator("main.incident").inner_text()
    for text in texts:
        assert text in shown, text


def test_a_word_stands_once_and_a_latched_alarm_says_what_it_waits_for(centre: Centre, seats: Any) -> None:
    """Rule and channel are often the same word."""
    incident = centre.fire(1, kind="camera_fault", severity="minor", place="北门", signals=[OPEN])
    page = seats().open(f"/incidents/{incident}?lang=zh")

    signal = page.locator("#signals li").inner_text()
    assert signal.count("镜头被遮挡") == 1
    assert "原因已消除，等人现场复位" in signal


def test_a_rule_of_the_site_has_its_own_word_and_a_sensor_fault_its_reason(centre: Centre, seats: Any) -> None:
    """Nobody has to know a code."""
    hot = LOW | {"rule": "boiler_room_hot", "channel": "temp", "unit": "Cel", "label": "锅炉房高温"}
    dead = OPEN | {"rule": "channel_fault", "channel": "co", "reason": "no_answer", "value": 3}
    site = centre.fire(1, kind="facility_fault", severity="warning", place="锅炉房", signals=[hot])
    fault = centre.fire(2, kind="sensor_fault", severity="minor", place="锅炉房", device="fire-b", signals=[dead])
    seat = seats()

    first = seat.open(f"/incidents/{site}?lang=zh").locator("#signals li").inner_text()
    assert "锅炉房高温" in first
    assert "温度" in first
    assert "boiler_room_hot" not in first
    assert "无应答" in seat.open(f"/incidents/{fault}?lang=zh").locator("#signals li").inner_text()
