"""A dead switch and a shelf on the board: one card, its members inside, and who keeps what back."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.cloud import facts
from tests.console.conftest import Centre

SHELF = {
    "id": "s1", "device": "fire-a", "via": None, "kinds": ["fire"], "rule": None, "author": "林知夏",
    "reason": "三层走廊电焊", "from_ms": 1, "until_ms": 1_795_338_000_000, "waiting": 1,
}  # fmt: skip


def test_a_dead_switch_is_one_card(centre: Centre, seats: Any) -> None:
    """Thirty endpoints behind it: one matter, the first twelve listed, the way from a member to it."""
    cause = {"kind": "endpoints_offline", "severity": "major", "device": facts.GATEWAY, "signals": []}
    parent = centre.fire(1, **cause, place="3 号楼交换机")
    away = {"kind": "endpoint_offline", "severity": "minor", "signals": [], "parent": parent}
    for number in range(2, 32):
        centre.fire(number, **away, device=f"fire-{number}", place=f"3 号楼 {number} 层")
    centre.say(status={"shelved": [SHELF]})
    page = seats().open()

    card = page.locator(f"#i-{parent}")
    assert card.locator(".members a").count() == 12
    assert "另有 18 项" in card.inner_text()
    assert page.locator("#others .row").count() == 1
    assert page.locator("#headline.h-shelved").count() == 1
    assert "林知夏" in page.locator(".shelved li.strong").inner_text()
    card.locator(".members a").first.click()
    expect(page.locator("main.incident .facts a")).to_have_text("3 号楼交换机")
