"""A real centre without a broker, told what its gateway says by lines of JSON on standard input.

`python -m tests.console.centre --port PORT --data FOLDER`; per line {"incident": {...}}, {"incidents": [...]},
{"status": {...}}, {"sample": true, "crowd": COUNT} or
{"seed": true}, {"past": COUNT, "days": DAYS},
{"login": PERSON}, {"account": NAME, "roles": [...]}, {"throw_out": NAME}.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cloud.app import Centre, open_centre, run_web
from cloud.changes import Changed
from cloud.plans import sample
from cloud.plans.writing import Wish
from cloud.settings import Settings
from cloud.trust import grants
from cloud.trust.desk import Trust
from cloud.trust.errors import BadRequest, NameTaken
from protocol import events
from runtime import logs
from runtime.clock import Clock
from tests.cloud import facts
from tests.cloud.seed import remember, seed


def tell(centre: Centre, line: bytes) -> None:
    """One fact of the gateway, as the intake takes it."""
    said: dict[str, Any] = json.loads(line)
    if answer := of_trust(centre.trust, said):
        print(answer, flush=True)
        return
    now_ms = centre.desk.clock.now_ms()
    if "seed" in said:
        print("made", json.dumps(seed(centre.desk, centre.series, now_ms)), flush=True)
        return
    changed: set[str] = set()
    with centre.desk.transaction() as session:
        for data in (*said.get("incidents", ()), *([said["incident"]] if "incident" in said else ())):
            changed |= centre.desk.conditions.take(session, data, f"gateway:{facts.GATEWAY}", now_ms)
        if "found" in said:
            told = said["found"]
            name = f"m-{told['id']}"
            event = events.Event(name, "/sites/x", events.REPORT, told["device"], "2026-11-22T05:31:37Z", told)
            changed |= centre.desk.field_work.take(session, facts.GATEWAY, event, now_ms)
        if "status" in said:
            changed = centre.desk.gateways.take_status(
                session, facts.SITE, facts.GATEWAY, facts.status(now_ms, **said["status"]), now_ms
            )
    _more(centre, said, now_ms)
    centre.desk.tell(Changed(incidents=frozenset(changed), gateways="status" in said))


def _more(centre: Centre, said: dict[str, Any], now_ms: int) -> None:
    if "past" in said:
        remember(centre.desk, now_ms, said["past"], said["days"])
    if "sample" in said:
        documents = sample.district()
        documents["facilities"]["facilities"] += crowd(documents["facilities"], said.get("crowd", 0))
        wishes = [Wish(section=name, document=doc, who="x", why="示例") for name, doc in documents.items()]
        centre.desk.plans.apply_all(wishes)
    if "rows" in said:
        centre.series.append(facts.rows(**said["rows"]))


def crowd(document: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """So many more endpoints, each at a point of its own around the buildings of the sample."""
    homes = document["buildings"]
    found = []
    for number in range(count):
        home = homes[number % len(homes)]
        lon, lat = home["point"]
        at = [round(lon + (number * 7 % 23 - 11) * 4e-5, 7), round(lat + (number * 5 % 19 - 9) * 4e-5, 7)]
        name = f"crowd-{number:04}"
        found.append(
            {"id": name, "name": "楼道消防终端", "kind": "endpoint", "area": home["area"], "device": name, "point": at}
        )
    return found


def of_trust(trust: Trust, said: dict[str, Any]) -> str:
    """What an administrator does; empty for a fact of the gateway."""
    if "login" in said:
        return f"cookie {cookie(trust, said['login'], said.get('roles', ()))}"
    if "account" in said:
        return f"password {trust.accounts.add(said['account'], grants.parse(said['roles']), by='test')}"
    if "throw_out" in said:
        return f"out {trust.sessions.end_all(said['throw_out'], by='test')}"
    return ""


def cookie(trust: Trust, person: str, roles: Sequence[str] = ()) -> str:
    """A browser of somebody who is logged in; `roles` beside those of the roster."""
    with suppress(NameTaken, BadRequest):  # logs in again
        trust.accounts.add(person, grants.parse(roles), by="test", links_only=True)
    return trust.log_in_by_link(trust.accounts.link(person, by="test"), "127.0.0.1")


async def listen(centre: Centre) -> None:
    """Take lines for ever."""
    reader = asyncio.StreamReader(limit=1 << 23)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        try:
            await asyncio.to_thread(tell, centre, line)
        except Exception:  # noqa: BLE001 - the test must hear of it, or it waits for ever
            print(f"failed {traceback.format_exc()!r}", flush=True)
        else:
            print("taken", flush=True)
    await asyncio.Event().wait()


async def main(port: int, data: Path, *, easy: bool) -> None:
    """Serve until a signal."""
    settings = Settings(data_dir=data, http_port=port, second_factor=not easy)
    with open_centre(settings, Clock.from_env()) as centre:
        await run_web(
            settings, centre, lambda url: print(url, flush=True), checks={}, jobs={"gateway": lambda: listen(centre)}
        )


def run(arguments: Sequence[str]) -> None:
    """With the arguments of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--easy", action="store_true", help="administrators need no second factor")
    options = parser.parse_args(arguments)
    logs.set_up("error")
    asyncio.run(main(options.port, options.data, easy=options.easy))


if __name__ == "__main__":
    run(sys.argv[1:])
