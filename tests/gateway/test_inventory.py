"""What a gateway tells of itself: a page in each status, in turn, bounded, true to the site file of now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.rollouts.plan import Policy
from gateway.beliefs.memory import Memory
from gateway.health.in_force import rules_in_force
from gateway.health.inventory import Inventory
from gateway.rollouts.rollouts import Bundle
from gateway.site_file.site import load
from gateway.store.schema import open_database
from protocol import inventory, status
from protocol.errors import PayloadError
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS, write_site

RULES = """
[[rules.change]]
rule = "battery_low"
devices = ["fire-b"]
minor = { when = { channel = "battery", low = 30, clear = 35 } }
"""


def turn(told: Inventory, bench: Bench, pages: int) -> dict[str, list[dict[str, Any]]]:
    """So many pages, by part."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for _ in range(pages):
        page = inventory.check(told.fields(bench.db)["inventory"])
        parts.setdefault(page["part"], []).extend(page["rows"])
    return parts


def test_a_round_tells_everything(tmp_path: Path) -> None:
    """Firmware, boot and battery of endpoints, an update half way, a refused message, the disk."""
    bench = Bench(tmp_path)
    birth = {"state": "online", "why": "birth", "boot": 4, "at_ms": None, "board": "esp32_s3", "firmware": "0.3.0"}
    bench.take(status.encode(birth), kind="status")
    bench.take(b"")  # of no length a part is nothing
    bench.take(b"nonsense")
    bench.run(1, 2, {"temp": 20.0, "battery": 87.4})
    bundle = Bundle(kind="fire", board="esp32_s3", version=(0, 4, 0), sha256="0" * 64, size=1)
    bench.rollouts.start(bench.db, bundle, Policy(), START_MS, "lin-zhixia")
    parts = turn(Inventory(bench.site, bench.memory, tmp_path, START_MS), bench, 5)

    assert list(parts) == list(inventory.PARTS)
    one, two = parts["endpoints"]
    assert {name: one[name] for name in ("device", "firmware", "board", "battery")} == {
        "device": "fire-a", "firmware": "0.3.0", "board": "esp32_s3", "battery": 87,
    }  # fmt: skip
    assert (one["boot"], one["update"]["version"], one["update"]["progress"]) == (4, "0.4.0", "queued")
    assert {"firmware", "battery", "boot"} & set(two) == set()
    assert parts["rollouts"][0]["state"] == "running"
    assert [(row["reason"], row["sample"]) for row in parts["quarantine"]] == [
        ("not_json", "nonsense"),
        ("not_json", ""),
    ]
    assert 0 < parts["gateway"][0]["disk_free"] <= parts["gateway"][0]["disk_size"]
    assert [row["name"] for row in parts["rules"]][:2] == ["fire", "battery_low"]


def test_a_large_site_takes_turns_and_every_status_has_room(tmp_path: Path) -> None:
    """1,050 endpoints: 11 pages of at most a hundred; the second round is the first."""
    site = load(write_site(tmp_path, 1883, tuple(f"fire-{n:05}" for n in range(1050))))
    db, _ = open_database(tmp_path / "gateway.sqlite")
    told = Inventory(site, Memory(site), tmp_path, START_MS)
    pages = [told.fields(db)["inventory"] for _ in range(2 * 15)]

    assert [page["part"] for page in pages[:15]] == [*inventory.PARTS[:4], *["endpoints"] * 11]
    assert {row["device"] for page in pages[4:15] for row in page["rows"]} == set(site.endpoints)
    assert max(len(json.dumps(page)) for page in pages) < 60_000
    assert [page["page"] for page in pages[:15]] == [page["page"] for page in pages[15:]]
    db.close()


def test_rules_name_their_limits_and_whom_they_judge(tmp_path: Path) -> None:
    """A rule that was changed for one endpoint stands there twice, each with its endpoints."""
    path = write_site(tmp_path, 1883, ("fire-a", "fire-b"))
    path.write_text(path.read_text() + RULES)
    rows = rules_in_force(load(path))
    fire = rows[0]
    low = {tuple(row["devices"]): row["steps"] for row in rows if row["name"] == "battery_low"}

    assert (fire["life_safety"], fire["steps"][0]["limits"][0]) == (
        True,
        {"channel": "smoke", "sense": "high", "limit": 0.02, "clear": 0.012, "unit": "1/m"},
    )
    assert set(low) == {("fire-a",), ("fire-b",)}
    changed = next(step for step in low["fire-b",] if step["severity"] == "minor")
    assert changed["limits"] == [{"channel": "battery", "sense": "low", "limit": 30, "clear": 35, "unit": "%EL"}]
    assert all(row["steps"] for row in rows)


@pytest.mark.parametrize(
    "page",
    [
        {"part": "weather", "page": 0, "pages": 1, "rows": []},
        {"part": "rules", "page": 1, "pages": 1, "rows": []},
        {"part": "rules", "page": 0, "pages": 9999, "rows": []},
        {"part": "rules", "page": 0, "pages": 1, "rows": [7]},
        {"part": "rules", "page": 0, "pages": 1, "rows": [{}] * 101},
        {"part": "rules", "page": 0, "pages": 1, "rows": {}},
    ],
)
def test_what_is_no_page(page: dict[str, Any]) -> None:
    """Each is refused, with the field."""
    with pytest.raises(PayloadError):
        inventory.check(page)
