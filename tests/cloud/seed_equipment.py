"""Equipment worth looking at: a low battery, old firmware, faults, somebody offline, an update half way, shelves."""

from __future__ import annotations

from typing import Any

from cloud.changes import Changed
from cloud.desk import Desk
from cloud.equipment.orders import Wish
from cloud.store.models import Gateway
from protocol import inventory
from tests.cloud import facts

GB = 1_000_000_000
LIMIT = {"sense": "high", "limit": 0.02, "clear": 0.012, "unit": "1/m"}
RULES: list[dict[str, Any]] = [
    {
        "name": "fire", "kinds": ["fire"], "raises": "fire", "life_safety": True,
        "steps": [
            {
                "severity": "major", "on_ms": 2000, "off_ms": 60_000,
                "limits": [
                    {"channel": "smoke", **LIMIT},
                    {"channel": "temp", "sense": "high", "limit": 57.0, "clear": 50.0, "unit": "Cel"},
                    {"channel": "temp", "sense": "rise", "limit": 8.0, "clear": 4.0, "unit": "Cel/min"},
                ],
            }
        ],
    },
    {
        "name": "battery_low", "kinds": ["fire", "lift"], "raises": "battery", "life_safety": False,
        "steps": [
            {
                "severity": severity, "on_ms": 60_000, "off_ms": 60_000,
                "limits": [{"channel": "battery", "sense": "low", "limit": low, "clear": low + 5, "unit": "%EL"}],
            }
            for severity, low in (("minor", 20), ("major", 10))
        ],
    },
    {
        "name": "housing_open", "label": "外壳打开", "kinds": ["fire"], "raises": "tamper", "life_safety": False,
        "latch": True, "devices": ["fire-a", "fire-b"],
        "steps": [
            {"severity": "minor", "on_ms": 0, "off_ms": 0,
             "limits": [{"channel": "tamper", "sense": "is", "states": [True]}]}
        ],
    },
    {"name": "entrapment", "kinds": ["lift"], "raises": "entrapment", "life_safety": True, "steps": []},
]  # fmt: skip
# device -> what is worth seeing of it
FACTS: dict[str, dict[str, Any]] = {
    "fire-a": {"firmware": "0.4.0", "battery": 96, "boot": 12, "progress": "good", "wave": 0},
    "fire-b": {"firmware": "0.3.0", "battery": 14, "boot": 3, "progress": "restarting", "wave": 1},
    "fire-c": {"firmware": "0.2.1", "battery": 71, "boot": 8, "progress": "queued", "wave": 2},
    "fire-d": {"firmware": "0.3.0", "battery": 88, "boot": 2, "progress": "rolled_back", "wave": 1, "error": "no room"},
    "fire-e": {"firmware": "0.3.0", "battery": 52, "boot": 5, "progress": "waiting", "wave": 1},
    "fire-f": {"firmware": "0.3.0", "battery": 9, "boot": 31},
}


def status(now_ms: int) -> dict[str, Any]:
    """What the gateway says now: two channels at fault, one endpoint away, a shelf that somebody at the site made."""
    said = facts.status(now_ms, devices="abcdef")
    rows = {row["device"]: row for row in said["endpoints"]}
    rows["fire-e"]["channels"] |= {"smoke": "fault:dirty", "co": "fault:no_answer"}
    rows["fire-f"] |= {"state": "offline", "last_seen_ms": now_ms - 3_600_000}
    rows["fire-f"]["channels"] = dict.fromkeys(rows["fire-f"]["channels"], "missing")
    shelf = {
        "id": "01935000-3333-7000-8000-000000000001", "device": "fire-d", "via": None, "kinds": ["escape_door"],
        "rule": None, "author": "lin-zhixia", "reason": "更换门磁", "from_ms": now_ms - 600_000,
        "until_ms": now_ms + 5_400_000, "waiting": 1,
    }  # fmt: skip
    return said | {
        "software": "gridwhistle 0.1.0", "site_link": "up", "shelved": [shelf], "shelf_orders": [],
        "failures": {"forward": 1}, "quarantine": {"count": 3, "by_reason": {"not_json": 2, "unknown_device": 1}},
    }  # fmt: skip


def pages(now_ms: int) -> list[dict[str, Any]]:
    """The inventory, a page for each part."""
    rollout = "01935000-4444-7000-8000-000000000001"
    endpoints = []
    for device, row in FACTS.items():
        update = {"rollout": rollout, "version": "0.4.0", "since_ms": now_ms - 60_000, "attempts": 1, "error": ""}
        update |= {name: row[name] for name in ("progress", "wave", "error") if name in row}
        fixed = {name: row[name] for name in ("firmware", "battery", "boot")}
        endpoints.append(
            {"device": device, "board": "esp32_s3", **fixed, **({"update": update} if "wave" in row else {})}
        )
    refused = [
        {"at_ms": now_ms - 90_000 * n, "reason": reason, "topic": f"gw/1/chunfeng/{device}/readings"}
        for n, (reason, device) in enumerate(
            [("not_json", "fire-a"), ("not_json", "fire-a"), ("unknown_device", "x-9")]
        )
    ]
    counts = {"good": 1, "restarting": 1, "rolled_back": 1, "waiting": 1, "queued": 1}
    update = {
        "id": rollout, "kind": "fire", "board": "esp32_s3", "version": "0.4.0", "state": "paused",
        "why": "1 rolled back", "changed_ms": now_ms - 30_000, "counts": counts,
    }  # fmt: skip
    about = {
        "started_ms": now_ms - 7 * 86_400_000,
        "database_bytes": 48_000_000,
        "disk_free": 21 * GB,
        "disk_size": 58 * GB,
    }
    parts = {"gateway": [about], "rules": RULES, "rollouts": [update], "quarantine": refused, "endpoints": endpoints}
    return [inventory.page(part, 0, 1, rows) for part, rows in parts.items()]


def tell(desk: Desk, gateway: str, site: str, said: dict[str, Any], now_ms: int) -> None:
    """A status, as the intake takes it."""
    with desk.transaction() as session:
        changed = desk.gateways.take_status(session, site, gateway, said, now_ms)
    desk.tell(Changed(incidents=frozenset(changed), gateways=True))


def seed_equipment(desk: Desk, now_ms: int) -> None:
    """Two gateways; the second has been silent since the centre was started."""
    for number, page in enumerate(pages(now_ms), 1):
        tell(desk, facts.GATEWAY, facts.SITE, status(now_ms + number) | {"inventory": page}, now_ms)
    quiet = facts.status(now_ms, devices="xy") | {"gateway": "gw-heping"}
    quiet["endpoints"] = [row | {"grid": "110105001002001"} for row in quiet["endpoints"]]
    tell(desk, "gw-heping", "heping", quiet, now_ms)
    with desk.transaction() as session:
        session.get_one(Gateway, "gw-heping").state = "unknown"
    desk.tell(Changed(gateways=True))
    for number, (device, kinds, why) in enumerate([("fire-b", ("tamper",), "换外壳"), ("fire-c", (), "墙面粉刷")], 1):
        wish = Wish(id=f"01935000-2222-7000-8000-{number:012d}", device=device, kinds=kinds, reason=why, hours=4)
        desk.equipment.shelve(wish, "zhou-mingyuan")
    done = [{"id": "01935000-2222-7000-8000-000000000001", "state": "in_force", "why": ""}]
    tell(desk, facts.GATEWAY, facts.SITE, status(now_ms + 9) | {"shelf_orders": done}, now_ms)
