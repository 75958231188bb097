"""A real centre with a day's worth of incidents, without a broker: `python -m tests.cloud.seed [--port 8080]`.

For work on the console: every stage, kind and severity is on the board, one fire has a family of rooms, one incident
is overdue, the plots have readings, and escalation runs on the real clock. `--past 3000 --person supervisor`: so many
incidents of the weeks before in the sample district, for the review.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Any

from cloud.app import open_centre, run_web
from cloud.changes import Changed
from cloud.desk import Desk
from cloud.history.port import Series
from cloud.plans import sample
from cloud.plans.writing import Wish
from cloud.settings import Settings
from cloud.trust.desk import Trust
from domain.incidents import Move
from runtime import logs
from runtime.clock import Clock
from tests.cloud import facts
from tests.cloud.seed_equipment import seed_equipment
from tests.cloud.seed_past import seed_past

FLOW = (
    (Move.ACCEPT, {}),
    (Move.DISPATCH, {"to": "he-anping"}),
    (Move.FEED_BACK, {}),
    (Move.VERIFY, {}),
    (Move.CLOSE, {}),
)


def seed(desk: Desk, series: Series, now_ms: int) -> dict[str, str]:
    """Fill a desk; name -> incident id of what was made."""
    made = {
        "fire": take(
            desk, facts.incident(1, at_ms=now_ms - 50_000, severity="critical", signals=facts.confirmed(now_ms))
        ),
        "room_b": take(desk, facts.incident(2, at_ms=now_ms - 20_000, device="fire-b", place="Room B")),
        "suspected": take(
            desk,
            facts.incident(3, at_ms=now_ms - 10_000, device="fire-d", place="便民超市", grid="110105001001002"),
        ),
        "fault": take(desk, fault(4, now_ms, "sensor_fault", "fire-e", "warning")),
        "offline": take(desk, fault(5, now_ms, "endpoint_offline", "fire-f", "minor")),
        "closed": take(desk, fault(6, now_ms, "sensor_fault", "fire-c", "minor")),
    }
    walk(desk, made["offline"], 3)
    take(desk, {**fault(6, now_ms, "sensor_fault", "fire-c", "minor"), "revision": 2, "condition": "cleared"})
    walk(desk, made["closed"], 5)
    with desk.transaction() as session:
        changed = desk.gateways.take_status(
            session, facts.SITE, facts.GATEWAY, facts.status(now_ms, devices="abcdef"), now_ms
        )
    desk.tell(Changed(incidents=frozenset(changed), gateways=True))
    seed_equipment(desk, now_ms)
    for device in ("fire-a", "fire-b", "fire-d"):
        series.append(facts.rows(device, 1, 240, now_ms - 240_000))
    return made


def fault(number: int, now_ms: int, kind: str, device: str, severity: str) -> dict[str, Any]:
    """A technical incident."""
    signals = [facts.signal("channel_fault", "smoke", 0, now_ms)]
    place = f"Room {device[-1].upper()}"
    return facts.incident(
        number, at_ms=now_ms - 300_000, kind=kind, device=device, place=place, severity=severity, signals=signals
    )


def take(desk: Desk, data: dict[str, Any]) -> str:
    """One message of the gateway into the desk, as the intake does it."""
    with desk.transaction() as session:
        changed = desk.conditions.take(session, data, f"gateway:{facts.GATEWAY}", desk.clock.now_ms())
    desk.tell(Changed(incidents=frozenset(changed)))
    return str(data["incident_id"])


def walk(desk: Desk, incident_id: str, moves: int) -> None:
    """The first moves of a life."""
    for move, more in FLOW[:moves]:
        version = desk.detail(incident_id).row.version
        desk.move(incident_id, move, actor="zhou-mingyuan", expected_version=version, reason="样例", **more)


def door(trust: Trust, person: str = "zhou-mingyuan") -> str:
    """A path that logs somebody in, once."""
    trust.accounts.add(person, by="seed", links_only=True)
    return f"/login/once/{trust.accounts.link(person, by='seed')}"


def remember(desk: Desk, now_ms: int, count: int, days: int = 60) -> None:
    """The sample district with a past, and the facts of it."""
    wishes = [Wish(section=name, document=doc, who="x", why="示例") for name, doc in sample.district().items()]
    desk.plans.apply_all(wishes)
    seed_past(desk.store, desk.plan, now_ms, count, days)
    while desk.facts.step():
        pass


async def main(port: int, past: int = 0, person: str = "zhou-mingyuan") -> None:
    """Serve a seeded centre until interrupted."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), http_port=port)
        clock = Clock()
        with open_centre(settings, clock) as centre:
            if past:
                await asyncio.to_thread(remember, centre.desk, clock.now_ms(), past)
            await asyncio.to_thread(seed, centre.desk, centre.series, clock.now_ms())
            await asyncio.to_thread(centre.desk.facts.step)
            link = await asyncio.to_thread(door, centre.trust, person)
            await run_web(settings, centre, lambda url: print(url + link, flush=True), checks={}, jobs={})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    logs.set_up()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--past", type=int, default=0, help="incidents of the weeks before, in the sample district")
    parser.add_argument("--person", default="zhou-mingyuan", help="who is let in; supervisor: of the sample district")
    options = parser.parse_args()
    asyncio.run(main(options.port, options.past, options.person))
